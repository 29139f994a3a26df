//! `crictl`: pods and containers of a node as its container runtime shows them.

use std::fmt::Write as _;

use std::time::Duration;

use serde_json::json;

use super::{
    super::{
        follow::{Follow, Logs},
        print,
    },
    Cx, Flags, Reply,
    containers::{Deed, Found, ago, does, exec, exit_of, find, here, logs, runs, short},
};
use crate::contract::{ContainerReport, RunState, SandboxState};

pub(in crate::console) const VERBS: &[&str] =
    &["pods", "ps", "logs", "inspect", "inspectp", "exec", "stop", "rm", "stopp", "images"];

const ID: usize = 13;

pub(super) fn run(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    // There is one runtime.
    let words = match words {
        ["--runtime-endpoint" | "-r", _, rest @ ..] => rest,
        words => words,
    };
    let Some((verb, rest)) = words.split_first() else {
        return Reply::failed(format!("crictl: name what to do: {}", VERBS.join(", ")));
    };
    match *verb {
        "pods" => pods(cx, rest),
        "ps" => ps(cx, rest),
        "images" | "img" => images(cx),
        "logs" => show_logs(cx, rest),
        "inspect" | "inspectp" => inspect(cx, rest),
        "exec" => exec_in(cx, rest),
        "stop" | "rm" | "stopp" => each(cx, verb, rest),
        other => Reply::failed(format!("No help topic for '{other}'\nThere is: {}", VERBS.join(", "))),
    }
}

fn missing(word: &str) -> Reply {
    Reply::failed(format!(
        "E container \"{word}\": rpc error: code = NotFound desc = an error occurred when try to find container \"{word}\": not found"
    ))
}

fn pods(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["--name", "--namespace", "--state", "-s"]);
    let (_, state) = here(cx);
    let now = cx.world.now();
    let wanted = flags.value(&["--name"]).unwrap_or_default();
    let mut text = "POD ID\tCREATED\tSTATE\tNAME\tNAMESPACE\tATTEMPT\tRUNTIME\n".to_owned();
    for sandbox in state.sandboxes.iter().filter(|it| it.pod.name.contains(wanted)) {
        let ready = if sandbox.state == SandboxState::Ready { "Ready" } else { "NotReady" };
        if flags.value(&["--state", "-s"]).is_some_and(|state| !state.eq_ignore_ascii_case(ready)) {
            continue;
        }
        let attempt = sandbox.id.attempt.to_string();
        let (id, created) = (short(&sandbox.runtime_id, ID), ago(now, sandbox.created));
        let cells = [&id, &created, ready, &sandbox.pod.name, &sandbox.pod.namespace, &attempt, "(default)"];
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    Reply::out(print::align(&text, 20, 3))
}

fn state_of(container: &ContainerReport) -> &'static str {
    match container.state {
        RunState::Running { .. } => "Running",
        RunState::Exited(_) => "Exited",
        RunState::Created => "Created",
        RunState::Unknown => "Unknown",
    }
}

fn ps(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["--name", "--pod", "-p", "--state", "-s"]);
    let (_, state) = here(cx);
    let now = cx.world.now();
    let all = flags.has(&["-a", "--all"]);
    let wanted = flags.value(&["--name"]).unwrap_or_default();
    let mut text = "CONTAINER\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID\tPOD\tNAMESPACE\n".to_owned();
    let mut ids = String::new();
    for container in state.containers.iter().filter(|it| all || runs(it)) {
        let name = container.instance.container.as_str();
        if !name.contains(wanted) {
            continue;
        }
        let own = |it: &&crate::contract::SandboxReport| {
            it.id.pod == container.instance.pod && it.id.attempt == container.sandbox
        };
        let sandbox =
            state.sandboxes.iter().find(own).map(|it| short(&it.runtime_id, ID)).unwrap_or_default();
        let id = short(&container.runtime_id, ID);
        let _ = writeln!(ids, "{}", container.runtime_id);
        let image = short(container.image_id.trim_start_matches("sha256:"), ID);
        let (created, attempt) = (ago(now, container.created), container.instance.attempt.to_string());
        let pod = &container.pod;
        let cells =
            [&id, &image, &created, state_of(container), name, &attempt, &sandbox, &pod.name, &pod.namespace];
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    Reply::out(if flags.has(&["-q", "--quiet"]) { ids } else { print::align(&text, 20, 3) })
}

fn images(cx: &mut Cx<'_>) -> Reply {
    let (node, _) = here(cx);
    let mut text = "IMAGE\tTAG\tIMAGE ID\tSIZE\n".to_owned();
    for (name, info) in cx.world.images(&node).unwrap_or_default() {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((&name, "<none>"));
        let id = short(info.id.trim_start_matches("sha256:"), ID);
        let _ = writeln!(text, "{repository}\t{tag}\t{id}\t{}MB", info.size / 1_000_000);
    }
    Reply::out(print::align(&text, 20, 3))
}

fn show_logs(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["--tail", "-n"]);
    let Some(word) = flags.rest.first() else { return Reply::failed("ID cannot be empty") };
    let (node, state) = here(cx);
    let Some(Found::Container(container)) = find(&state, word) else { return missing(word) };
    let text = logs(cx, &node, &container, &flags);
    if !flags.has(&["-f", "--follow"]) {
        return Reply::out(text);
    }
    let logs = Logs::of(cx.world, &node, &container.pod.name, container.instance.container.as_str());
    Reply { follow: logs.map(|logs| Box::new(Follow::Logs(logs))), ..Reply::out(text) }
}

fn inspect(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let Some(word) = words.first() else { return Reply::failed("ID cannot be empty") };
    let (node, state) = here(cx);
    let epoch = cx.world.node_view(&node).map(|view| view.epoch).unwrap_or_default();
    let at = |time| epoch.at(time).to_string();
    let value = match find(&state, word) {
        None => return missing(word),
        Some(Found::Sandbox(sandbox)) => json!({"status": {
            "id": &*sandbox.runtime_id,
            "createdAt": at(sandbox.created),
            "state": if sandbox.state == SandboxState::Ready { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" },
            "metadata": {"name": &*sandbox.pod.name, "namespace": &*sandbox.pod.namespace, "uid": sandbox.pod.uid.as_str(), "attempt": sandbox.id.attempt},
            "network": {"ip": sandbox.ip.as_deref().unwrap_or_default()},
        }}),
        Some(Found::Container(container)) => {
            let exit = exit_of(&container);
            json!({"status": {
                "id": &*container.runtime_id,
                "createdAt": at(container.created),
                "finishedAt": exit.map(|exit| at(exit.finished)),
                "exitCode": exit.map_or(0, |exit| exit.code),
                "reason": exit.map(|exit| exit.reason.to_string()).unwrap_or_default(),
                "message": exit.map_or("", |exit| &exit.message),
                "state": format!("CONTAINER_{}", state_of(&container).to_uppercase()),
                "image": {"image": &*container.image},
                "imageRef": &*container.image_id,
                "metadata": {"name": container.instance.container.as_str(), "attempt": container.instance.attempt},
                "labels": {
                    "io.kubernetes.container.name": container.instance.container.as_str(),
                    "io.kubernetes.pod.name": &*container.pod.name,
                    "io.kubernetes.pod.namespace": &*container.pod.namespace,
                    "io.kubernetes.pod.uid": container.pod.uid.as_str(),
                },
            }, "info": {"config": {"command": cx.world.command(&node, &container.instance).unwrap_or_default()}}})
        }
    };
    Reply::out(print::json(&value))
}

fn exec_in(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let words: Vec<&str> = words.iter().copied().skip_while(|word| word.starts_with('-')).collect();
    let Some((word, command)) = words.split_first().filter(|(_, command)| !command.is_empty()) else {
        return Reply::failed("crictl: name a container and a command");
    };
    let (node, state) = here(cx);
    match find(&state, word) {
        Some(Found::Container(container)) => exec(cx, &node, &container, command),
        Some(Found::Sandbox(_)) | None => missing(word),
    }
}

fn each(cx: &mut Cx<'_>, verb: &str, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["-t", "--timeout"]);
    let grace = flags.value(&["-t", "--timeout"]).and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let mut reply = Reply::default();
    for word in &flags.rest {
        let (node, state) = here(cx);
        let Some(found) = find(&state, word) else { return missing(word) };
        let running = matches!(&found, Found::Container(container) if runs(container));
        let deed = match verb {
            "rm" if running && !flags.has(&["-f", "--force"]) => {
                return Reply::failed(format!(
                    "removing container \"{word}\" failed: container is running, please stop it first"
                ));
            }
            "rm" => Deed::Remove,
            _ if grace == 0 => Deed::Kill,
            _ => Deed::Stop(Duration::from_secs(grace)),
        };
        match does(cx, &node, &found, deed) {
            Ok(()) => drop(writeln!(reply.out, "{word}")),
            Err(error) => return Reply::failed(error.to_string()),
        }
    }
    reply
}
