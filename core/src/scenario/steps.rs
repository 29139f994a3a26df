//! From lines to steps.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Step, StepKind, When, cluster,
    error::{ScenarioError, nearest},
    expectations::expectation,
    typed,
    words::Words,
};
use crate::{
    config::Config,
    contract::Pressure,
    sim::{Ending, Fault},
    trace::Input,
};

type Files = BTreeMap<Arc<str>, Arc<str>>;

pub(super) fn parse(
    lines: &[(u32, &str)],
    files: &Files,
    config: &Config,
) -> Result<Vec<Step>, ScenarioError> {
    let mut steps = Vec::new();
    for (line, text) in lines {
        if let Some(kind) = typed::typed(*line, text)? {
            steps.push(Step { line: *line, text: text.trim().into(), node: None, kind });
            continue;
        }
        let mut words = Words::new(*line, text)?;
        if !words.is_empty() {
            let mut node = None;
            if words.eat("on") {
                node = Some(node_name(&mut words)?);
            }
            let kind = match words.peek() {
                Some(verb @ ("cut" | "mend" | "power" | "add")) => {
                    let verb = verb.to_owned();
                    let (of, inputs) = of_node(&verb, &mut words, config)?;
                    node = of.or(node);
                    StepKind::Do(inputs)
                }
                Some(_) | None => step(&mut words, files)?,
            };
            words.finish()?;
            steps.push(Step { line: *line, text: text.trim().into(), node, kind });
        }
    }
    Ok(steps)
}

fn node_name(words: &mut Words<'_>) -> Result<Arc<str>, ScenarioError> {
    words.any("a node's name").map(Into::into)
}

/// What is done to a node as a whole, and to which.
fn of_node(
    verb: &str,
    words: &mut Words<'_>,
    config: &Config,
) -> Result<(Option<Arc<str>>, Vec<Input>), ScenarioError> {
    words.expect(verb)?;
    match verb {
        "cut" => Ok((Some(node_name(words)?), vec![Input::Cut { cut: true }])),
        "mend" => Ok((Some(node_name(words)?), vec![Input::Cut { cut: false }])),
        "power" => {
            let on = words.one_of(&["off", "on"])? == "on";
            Ok((Some(node_name(words)?), vec![Input::Power { on }]))
        }
        _ => {
            words.expect("node")?;
            let mut config = Config { node: (&*node_name(words)?).into(), ..config.clone() };
            loop {
                if words.eat("tainted") {
                    config.register_with_taints.push(words.any("a taint, as key=value:effect")?.into());
                } else if words.eat("labelled") {
                    let pair = words.any("a label, as key=value")?;
                    let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
                    config.node_labels.insert(key.into(), value.into());
                } else {
                    return Ok((None, vec![Input::AddNode { config: Box::new(config) }]));
                }
            }
        }
    }
}

const DEEDS: [&str; 25] = [
    "api", "apply", "try", "kubeadm", "write", "empty", "remove", "rename", "touch", "make", "kill",
    "delete", "stop", "start", "restart", "lose", "tell", "runtime", "image", "wait", "note", "shut",
    "cancel", "memory", "pids",
];
const SUBJECTS: [&str; 10] =
    ["pod", "container", "output", "event", "no", "log", "file", "there", "prints", "api"];
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
        "try" => {
            let verb = words.one_of(&DEEDS)?;
            return self::deed(verb, words, files).map(StepKind::Try);
        }
        "api" if !words.peek().is_some_and(|word| cluster::API_DEEDS.contains(&word)) => {
            let expectation = expectation("api", words)?;
            return Ok(StepKind::Expect { when: When::Now, expectation });
        }
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
        "api" => cluster::deed(words),
        "kubeadm" => cluster::kubeadm(words),
        "apply" => {
            let file = name(words)?;
            let text = text_of(&file, words, files)?;
            cluster::apply(words, text)
        }
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
    let text = text_of(&file, words, files)?;
    let to = if words.eat("to") { name(words)? } else { Arc::clone(&file) };
    Ok(vec![Input::Write { file: to, bytes: text.as_bytes().into() }])
}

/// The text of a block.
fn text_of<'f>(file: &Arc<str>, words: &Words<'_>, files: &'f Files) -> Result<&'f str, ScenarioError> {
    let Some(text) = files.get(file) else {
        let known: Vec<&str> = files.keys().map(|name| &**name).collect();
        let help = nearest(file, &known).map_or_else(
            || format!("add a fenced block that begins with ```yaml file={file}"),
            |meant| format!("did you mean `{meant}`?"),
        );
        return Err(words.wrong(&format!("there is no block for `{file}`"), &help));
    };
    Ok(text)
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
