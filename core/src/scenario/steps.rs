//! From lines to steps.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Step, StepKind, When,
    error::{ScenarioError, nearest},
    expectations::expectation,
    words::Words,
};
use crate::{
    contract::Pressure,
    sim::{Ending, Fault},
    trace::Input,
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

const DEEDS: [&str; 21] = [
    "write", "empty", "remove", "rename", "touch", "make", "kill", "delete", "stop", "start", "restart",
    "lose", "tell", "runtime", "image", "wait", "note", "shut", "cancel", "memory", "pids",
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
        "shut" => {
            words.expect("down")?;
            words.expect("node").map(|()| vec![Input::Shutdown { imminent: true }])
        }
        "memory" => pressure(Pressure::Memory, words),
        "pids" => pressure(Pressure::Pids, words),
        "cancel" => words.expect("shutdown").map(|()| vec![Input::Shutdown { imminent: false }]),
        "runtime" => match words.one_of(&["down", "up"])? {
            "down" => fault(Fault::RuntimeDown),
            _ => fault(Fault::RuntimeUp),
        },
        _ => image(words).and_then(fault),
    }
}

fn pressure(what: Pressure, words: &mut Words<'_>) -> Result<Vec<Input>, ScenarioError> {
    words.expect("is")?;
    let short = words.one_of(&["short", "enough"])? == "short";
    Ok(vec![Input::Pressure { what, short }])
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
