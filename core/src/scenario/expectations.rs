//! From words to expectations.

use std::sync::Arc;

use super::{
    check::{Amount, ContainerState, End, Expectation, FileState, PodState, SeriesState, Subject},
    cluster,
    error::ScenarioError,
    words::Words,
};
use crate::view::Phase;

pub(super) fn expectation(subject: &str, words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    match subject {
        "pod" => pod(words),
        "container" => container(words),
        "output" => {
            words.expect("of")?;
            let (pod, container) = words.container()?;
            words.expect("contains")?;
            Ok(Expectation::Output { pod: pod.into(), container: container.into(), text: text(words)? })
        }
        "event" => event(words),
        "no" => {
            words.expect("event")?;
            let (reason, pod) = event_of(words)?;
            Ok(Expectation::Event { reason, pod, amount: Amount::Exactly(0), text: None })
        }
        "log" => {
            let present = words.one_of(&["contains", "lacks"])? == "contains";
            Ok(Expectation::Log { text: text(words)?, present })
        }
        "prints" => {
            let present = !words.eat("no");
            Ok(Expectation::Prints { text: text(words)?, present })
        }
        "file" => file(words),
        "api" => cluster::expectation(words).map(Expectation::Api),
        _ => {
            words.one_of(&["are", "is"])?;
            let count = if words.eat("no") { 0 } else { words.number("a number, or no")? };
            words.one_of(&["pods", "pod"])?;
            Ok(Expectation::PodCount(count))
        }
    }
}

fn text(words: &mut Words<'_>) -> Result<Arc<str>, ScenarioError> {
    words.any("a text in double quotes").map(Into::into)
}

/// The states of a pod that are one word.
const STATES: [(&str, PodState); 7] = [
    ("Pending", PodState::Phase(Phase::Pending)),
    ("Running", PodState::Phase(Phase::Running)),
    ("Succeeded", PodState::Phase(Phase::Succeeded)),
    ("Failed", PodState::Phase(Phase::Failed)),
    ("ready", PodState::Ready),
    ("gone", PodState::Gone),
    ("terminating", PodState::Terminating),
];

fn pod(words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    let name: Arc<str> = words.any("a pod's name")?.into();
    match words.one_of(&["is", "stays", "shows", "restarts", "has"])? {
        "shows" => Ok(Expectation::Pod { pod: name, state: PodState::Shows(text(words)?) }),
        "restarts" => Ok(Expectation::Restarts { subject: Subject::Pod(name), amount: amount(words)? }),
        "has" => {
            words.expect("reason")?;
            Ok(Expectation::Pod { pod: name, state: PodState::Reason(text(words)?) })
        }
        _ if words.eat_all(&["waiting", "to", "start"]) => {
            Ok(Expectation::Pod { pod: name, state: PodState::WaitingToStart })
        }
        _ if words.eat_all(&["not", "ready"]) => {
            Ok(Expectation::Pod { pod: name, state: PodState::NotReady })
        }
        _ if words.eat_all(&["the", "same"]) => {
            Ok(Expectation::Identity { subject: Subject::Pod(name), same: true })
        }
        _ if words.eat("another") => Ok(Expectation::Identity { subject: Subject::Pod(name), same: false }),
        _ => {
            let words_of_states = STATES.iter().map(|(word, _)| *word);
            let choices: Vec<&str> =
                words_of_states.chain(["another", "the same", "not ready", "waiting to start"]).collect();
            let word = words.one_of(&choices)?;
            let found = STATES.iter().find(|(name, _)| *name == word);
            let state = found.map_or(PodState::Ready, |(_, state)| state.clone());
            Ok(Expectation::Pod { pod: name, state })
        }
    }
}

fn container(words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    let (pod, container) = words.container()?;
    let (pod, container): (Arc<str>, Arc<str>) = (pod.into(), container.into());
    let subject = || Subject::Container { pod: Arc::clone(&pod), container: Arc::clone(&container) };
    let state = match words.one_of(&["is", "stays", "restarts", "last", "says"])? {
        "restarts" => return Ok(Expectation::Restarts { subject: subject(), amount: amount(words)? }),
        "says" => ContainerState::Says(text(words)?),
        "last" => {
            words.expect("ended")?;
            ContainerState::LastEnded(end(words)?)
        }
        _ if words.eat_all(&["the", "same"]) => {
            return Ok(Expectation::Identity { subject: subject(), same: true });
        }
        _ if words.eat("another") => return Ok(Expectation::Identity { subject: subject(), same: false }),
        _ => match words.one_of(&["Running", "Waiting", "Terminated", "another", "the same"])? {
            "Running" => ContainerState::Running,
            "Waiting" if words.peek().is_some() => ContainerState::Waiting(Some(text(words)?)),
            "Waiting" => ContainerState::Waiting(None),
            _ => ContainerState::Ended(end(words)?),
        },
    };
    Ok(Expectation::Container { pod, container, state })
}

/// `[REASON] [CODE]`.
fn end(words: &mut Words<'_>) -> Result<End, ScenarioError> {
    let is_number = |words: &Words<'_>| words.peek().is_some_and(|word| word.parse::<i32>().is_ok());
    let named = words.peek().is_some() && !is_number(words);
    let reason = if named { Some(text(words)?) } else { None };
    let code = if is_number(words) { Some(words.number("an exit code")?) } else { None };
    Ok(End { reason, code })
}

fn amount(words: &mut Words<'_>) -> Result<Amount, ScenarioError> {
    if words.eat_all(&["at", "least"]) {
        return Ok(Amount::AtLeast(words.number("a number")?));
    }
    words.number("a number, or at least a number").map(Amount::Exactly)
}

fn event_of(words: &mut Words<'_>) -> Result<(Arc<str>, Arc<str>), ScenarioError> {
    let reason = words.any("an event's reason")?.into();
    words.expect("on")?;
    Ok((reason, words.any("a pod's name")?.into()))
}

fn event(words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    let (reason, pod) = event_of(words)?;
    let (mut wanted, mut said) = (Amount::AtLeast(1), None);
    if words.eat("counts") {
        let state = SeriesState::Counts(amount(words)?);
        return Ok(Expectation::Series { reason, pod, state });
    }
    if words.eat("is") {
        let state = match words.one_of(&["combined", "dropped"])? {
            "combined" => SeriesState::Combined,
            _ => SeriesState::Dropped,
        };
        return Ok(Expectation::Series { reason, pod, state });
    }
    if words.eat("says") {
        said = Some(text(words)?);
    } else if words.peek().is_some() {
        wanted = amount(words)?;
        words.one_of(&["times", "time"])?;
    }
    Ok(Expectation::Event { reason, pod, amount: wanted, text: said })
}

fn file(words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    let file: Arc<str> = words.any("a file's name")?.into();
    let state = if words.one_of(&["is", "warns"])? == "warns" {
        FileState::Warns(text(words)?)
    } else if words.eat_all(&["the", "winner"]) {
        FileState::Wins
    } else {
        match words.one_of(&["accepted", "refused", "unread", "the winner"])? {
            "accepted" => FileState::Accepted,
            "refused" => FileState::Refused,
            _ => FileState::Unread,
        }
    };
    Ok(Expectation::File { file, state })
}
