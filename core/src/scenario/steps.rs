//! From lines to steps.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Step, StepKind, When,
    check::{Amount, Expectation, PodState, Subject},
    error::{ScenarioError, nearest},
    words::Words,
};
use crate::{
    sim::{Ending, Fault},
    trace::Input,
    view::Phase,
};

type Files = BTreeMap<Arc<str>, Arc<str>>;

pub(super) fn parse(lines: &[(u32, &str)], files: &Files) -> Result<Vec<Step>, ScenarioError> {
    let mut steps = Vec::new();
    for (line, text) in lines {
        let mut words = Words::new(*line, text)?;
        if !words.is_empty() {
            let kind = step(&mut words, files)?;
            words.finish()?;
            steps.push(Step { line: *line, text: text.trim().into(), kind });
        }
    }
    Ok(steps)
}

const DEEDS: [&str; 17] = [
    "write", "empty", "remove", "rename", "touch", "make", "kill", "delete", "stop", "start", "restart",
    "lose", "tell", "runtime", "image", "wait", "note",
];
const SUBJECTS: [&str; 8] = ["pod", "container", "output", "event", "no", "log", "file", "there"];
const TIMES: [&str; 3] = ["within", "for", "between"];

fn step(words: &mut Words<'_>, files: &Files) -> Result<StepKind, ScenarioError> {
    let all: Vec<&str> = DEEDS.into_iter().chain(SUBJECTS).chain(TIMES).collect();
    let first = words.one_of(&all)?;
    let when = match first {
        "within" => When::Within(words.duration()?),
        "for" => When::For(words.duration()?),
        "between" => {
            let from = words.duration()?;
            words.expect("and")?;
            let to = words.duration()?;
            if to < from {
                return Err(words.wrong("the span ends before it begins", "write the earlier time first"));
            }
            When::Between(from, to)
        }
        "wait" => return words.duration().map(StepKind::Wait),
        "note" => return Ok(StepKind::Note),
        deed if DEEDS.contains(&deed) => return self::deed(deed, words, files).map(StepKind::Do),
        subject => {
            let expectation = expectation(subject, words)?;
            return Ok(StepKind::Expect { when: When::Now, expectation });
        }
    };
    let subject = words.one_of(&SUBJECTS)?;
    Ok(StepKind::Expect { when, expectation: expectation(subject, words)? })
}

fn deed(verb: &str, words: &mut Words<'_>, files: &Files) -> Result<Vec<Input>, ScenarioError> {
    let fault = |fault| Ok(vec![Input::Inject { fault }]);
    match verb {
        "write" => write(words, files),
        "empty" => Ok(vec![Input::Write { file: name(words)?, bytes: Arc::from([]) }]),
        "remove" if words.eat("folder") => Ok(vec![Input::RemoveFolder]),
        "remove" => Ok(vec![Input::Remove { file: name(words)? }]),
        "rename" => {
            let from = name(words)?;
            words.expect("to")?;
            Ok(vec![Input::Rename { from, to: name(words)? }])
        }
        "touch" => Ok(vec![Input::Touch { file: name(words)? }]),
        "make" => words.expect("folder").map(|()| vec![Input::MakeFolder]),
        "kill" if words.eat("sandbox") => fault(Fault::KillSandbox { pod: words.any("a pod")?.into() }),
        "kill" => kill(words).and_then(fault),
        "delete" => {
            words.expect("container")?;
            let (pod, container) = words.container()?;
            fault(Fault::RemoveContainer { pod: pod.into(), container: container.into() })
        }
        "stop" => words.expect("kubelet").map(|()| vec![Input::StopKubelet]),
        "start" => words.expect("kubelet").map(|()| vec![Input::StartKubelet]),
        "restart" => words.expect("kubelet").map(|()| vec![Input::StopKubelet, Input::StartKubelet]),
        "lose" => words.expect("events").and_then(|()| fault(Fault::LoseEvents { on: true })),
        "tell" => words.expect("events").and_then(|()| fault(Fault::LoseEvents { on: false })),
        "runtime" => match words.one_of(&["down", "up"])? {
            "down" => fault(Fault::RuntimeDown),
            _ => fault(Fault::RuntimeUp),
        },
        _ => image(words).and_then(fault),
    }
}

fn name(words: &mut Words<'_>) -> Result<Arc<str>, ScenarioError> {
    words.any("a file's name").map(Into::into)
}

fn write(words: &mut Words<'_>, files: &Files) -> Result<Vec<Input>, ScenarioError> {
    let file = name(words)?;
    let Some(text) = files.get(&file) else {
        let known: Vec<&str> = files.keys().map(|name| &**name).collect();
        let help = nearest(&file, &known).map_or_else(
            || format!("add a fenced block that begins with ```yaml file={file}"),
            |meant| format!("did you mean `{meant}`?"),
        );
        return Err(words.wrong(&format!("there is no block for `{file}`"), &help));
    };
    let to = if words.eat("to") { name(words)? } else { Arc::clone(&file) };
    Ok(vec![Input::Write { file: to, bytes: text.as_bytes().into() }])
}

fn kill(words: &mut Words<'_>) -> Result<Fault, ScenarioError> {
    let (pod, container) = words.container()?;
    let how = if !words.eat("with") || words.eat("KILL") {
        Ending::Kill
    } else if words.eat("OOM") {
        Ending::OutOfMemory
    } else {
        match words.number("an exit code, KILL or OOM")? {
            137 => Ending::Kill,
            code => Ending::Exit { code },
        }
    };
    Ok(Fault::Kill { pod: pod.into(), container: container.into(), how })
}

fn image(words: &mut Words<'_>) -> Result<Fault, ScenarioError> {
    let image: Arc<str> = words.any("an image")?.into();
    if words.one_of(&["is", "takes"])? == "takes" {
        return Ok(Fault::SlowPull { image, takes: words.duration()? });
    }
    Ok(match words.one_of(&["missing", "back"])? {
        "missing" => Fault::MissingImage { image },
        _ => Fault::RestoreImage { image },
    })
}

fn expectation(subject: &str, words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
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
        "file" => file(words),
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

fn pod(words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    let name: Arc<str> = words.any("a pod's name")?.into();
    match words.one_of(&["is", "stays", "shows", "restarts", "has"])? {
        "shows" => Ok(Expectation::PodShows { pod: name, status: text(words)? }),
        "restarts" => Ok(Expectation::Restarts { subject: Subject::Pod(name), amount: amount(words)? }),
        "has" => {
            words.expect("reason")?;
            Ok(Expectation::PodReason { pod: name, reason: text(words)? })
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
            const STATES: [(&str, PodState); 7] = [
                ("Pending", PodState::Phase(Phase::Pending)),
                ("Running", PodState::Phase(Phase::Running)),
                ("Succeeded", PodState::Phase(Phase::Succeeded)),
                ("Failed", PodState::Phase(Phase::Failed)),
                ("ready", PodState::Ready),
                ("gone", PodState::Gone),
                ("terminating", PodState::Terminating),
            ];
            let mut choices: Vec<&str> = STATES.iter().map(|(word, _)| *word).collect();
            choices.extend(["another", "the same", "not ready", "waiting to start"]);
            let word = words.one_of(&choices)?;
            let state =
                STATES.iter().find(|(name, _)| *name == word).map_or(PodState::Ready, |(_, state)| *state);
            Ok(Expectation::Pod { pod: name, state })
        }
    }
}

fn container(words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    let (pod, name) = words.container()?;
    let (pod, container): (Arc<str>, Arc<str>) = (pod.into(), name.into());
    let subject = || Subject::Container { pod: Arc::clone(&pod), container: Arc::clone(&container) };
    match words.one_of(&["is", "stays", "restarts", "last", "says"])? {
        "restarts" => Ok(Expectation::Restarts { subject: subject(), amount: amount(words)? }),
        "says" => Ok(Expectation::Message { pod, container, text: text(words)? }),
        "last" => {
            words.expect("ended")?;
            let (reason, code) = ended(words)?;
            Ok(Expectation::LastEnded { pod, container, reason, code })
        }
        _ if words.eat_all(&["the", "same"]) => Ok(Expectation::Identity { subject: subject(), same: true }),
        _ if words.eat("another") => Ok(Expectation::Identity { subject: subject(), same: false }),
        _ => match words.one_of(&["Running", "Waiting", "Terminated", "another", "the same"])? {
            "Running" => Ok(Expectation::Running { pod, container }),
            "Waiting" => {
                let reason = words.peek().map(Arc::from);
                if reason.is_some() {
                    words.any("a reason")?;
                }
                Ok(Expectation::Waiting { pod, container, reason })
            }
            _ => {
                let (reason, code) = ended(words)?;
                Ok(Expectation::Ended { pod, container, reason, code })
            }
        },
    }
}

/// `[REASON] [CODE]`.
fn ended(words: &mut Words<'_>) -> Result<(Option<Arc<str>>, Option<i32>), ScenarioError> {
    let is_number = |words: &Words<'_>| words.peek().is_some_and(|word| word.parse::<i32>().is_ok());
    let mut reason = None;
    if words.peek().is_some() && !is_number(words) {
        reason = Some(words.any("a reason")?.into());
    }
    let code = if is_number(words) { Some(words.number("an exit code")?) } else { None };
    Ok((reason, code))
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
    if words.eat("says") {
        said = Some(text(words)?);
    } else if words.peek().is_some() {
        wanted = amount(words)?;
        words.one_of(&["times", "time"])?;
    }
    Ok(Expectation::Event { reason, pod, amount: wanted, text: said })
}

fn file(words: &mut Words<'_>) -> Result<Expectation, ScenarioError> {
    let name = name(words)?;
    if words.one_of(&["is", "warns"])? == "warns" {
        return Ok(Expectation::FileWarns { file: name, code: text(words)? });
    }
    if words.eat_all(&["the", "winner"]) {
        return Ok(Expectation::FileWins { file: name });
    }
    let state = words.one_of(&["accepted", "refused", "unread", "the winner"])?;
    Ok(match state {
        "accepted" => Expectation::FileAccepted { file: name, accepted: true },
        "refused" => Expectation::FileAccepted { file: name, accepted: false },
        _ => Expectation::FileUnread { file: name },
    })
}
