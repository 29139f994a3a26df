//! `docker`: the containers of a node as Docker's client shows them.

use std::fmt::Write as _;

use std::time::Duration;

use serde_json::json;

use super::{
    super::{
        follow::{Follow, Logs},
        print,
    },
    Cx, Flags, Reply,
    containers::{
        Deed, Found, ago, docker_name, does, exec, exit_of, find, here, human, logs, runs, sandbox_name,
        short,
    },
};
use crate::contract::{ContainerReport, RunState, SandboxState};

pub(in crate::console) const VERBS: &[&str] =
    &["ps", "logs", "inspect", "kill", "stop", "rm", "exec", "images"];

pub(super) fn run(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let Some((verb, rest)) = words.split_first() else {
        return Reply::failed(format!("docker: name what to do: {}", VERBS.join(", ")));
    };
    match *verb {
        "ps" => ps(cx, rest),
        "images" => images(cx),
        "logs" => on_container(cx, rest, show_logs),
        "exec" => exec_in(cx, rest),
        "inspect" => inspect(cx, rest),
        "kill" | "stop" | "rm" => each(cx, verb, rest),
        "restart" | "start" => {
            Reply::failed("docker: the kubelet starts containers here; stop or kill one and see")
        }
        other => {
            Reply::failed(format!("docker: unknown command: docker {other}\nThere is: {}", VERBS.join(", ")))
        }
    }
}

fn missing(word: &str) -> Reply {
    Reply::failed(format!("Error response from daemon: No such container: {word}"))
}

fn ps(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["--filter", "-f", "--format", "-n"]);
    let (node, state) = here(cx);
    let all = flags.has(&["-a", "--all"]);
    let wanted =
        flags.value(&["--filter", "-f"]).and_then(|filter| filter.strip_prefix("name=")).unwrap_or("");
    let now = cx.world.now();
    let mut rows = Vec::new();
    for container in state.containers.iter().filter(|it| all || runs(it)) {
        let command = cx.world.command(&node, &container.instance).unwrap_or_default().join(" ");
        let (image, name) = (container.image.to_string(), docker_name(container));
        rows.push((
            container.created,
            &container.runtime_id,
            image,
            cut(&command),
            status(cx, container),
            name,
        ));
    }
    for sandbox in &state.sandboxes {
        let ready = sandbox.state == SandboxState::Ready;
        if ready || all {
            let status =
                if ready { format!("Up {}", human(now.since(sandbox.created))) } else { "Exited (0)".into() };
            let image = "registry.k8s.io/pause:3.10".to_owned();
            rows.push((
                sandbox.created,
                &sandbox.runtime_id,
                image,
                cut("/pause"),
                status,
                sandbox_name(sandbox),
            ));
        }
    }
    rows.retain(|(.., name)| name.contains(wanted));
    crate::sort::by(&mut rows, |a, b| b.0.cmp(&a.0));
    if flags.has(&["-q"]) {
        return Reply::out(rows.iter().fold(String::new(), |all, row| all + &short(row.1, 12) + "\n"));
    }
    let mut text = "CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n".to_owned();
    for (created, id, image, command, status, name) in rows {
        let cells = [&short(id, 12), &image, &command, &ago(now, created), &status, "", &name];
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    Reply::out(print::align(&text, 10, 3))
}

/// A command in quotes, cut after twenty letters.
fn cut(command: &str) -> String {
    if command.chars().count() <= 20 {
        return format!("\"{command}\"");
    }
    format!("\"{}…\"", command.chars().take(19).collect::<String>())
}

fn status(cx: &Cx<'_>, container: &ContainerReport) -> String {
    let now = cx.world.now();
    match &container.state {
        RunState::Running { since } => format!("Up {}", human(now.since(*since))),
        RunState::Exited(exit) => format!("Exited ({}) {}", exit.code, ago(now, exit.finished)),
        RunState::Created => "Created".to_owned(),
        RunState::Unknown => "Dead".to_owned(),
    }
}

fn images(cx: &mut Cx<'_>) -> Reply {
    let (node, _) = here(cx);
    let mut text = "REPOSITORY\tTAG\tIMAGE ID\tSIZE\n".to_owned();
    for (name, info) in cx.world.images(&node).unwrap_or_default() {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((&name, "<none>"));
        let repository = repository.trim_start_matches("docker.io/").trim_start_matches("library/");
        let id = short(info.id.trim_start_matches("sha256:"), 12);
        let _ = writeln!(text, "{repository}\t{tag}\t{id}\t{}MB", info.size / 1_000_000);
    }
    Reply::out(print::align(&text, 10, 3))
}

fn on_container(
    cx: &mut Cx<'_>,
    words: &[&str],
    run: impl FnOnce(&mut Cx<'_>, &ContainerReport, &Flags<'_>) -> Reply,
) -> Reply {
    let flags = Flags::parse(words, &["--tail", "-n"]);
    let Some(word) = flags.rest.first() else { return Reply::failed("docker: name a container") };
    let (_, state) = here(cx);
    match find(&state, word) {
        Some(Found::Container(container)) => run(cx, &container, &flags),
        Some(Found::Sandbox(_)) => Reply::default(),
        None => missing(word),
    }
}

fn show_logs(cx: &mut Cx<'_>, container: &ContainerReport, flags: &Flags<'_>) -> Reply {
    let (node, _) = here(cx);
    let text = logs(cx, &node, container, flags);
    if !flags.has(&["-f", "--follow"]) {
        return Reply::out(text);
    }
    let logs = Logs::of(cx.world, &node, &container.pod.name, container.instance.container.as_str());
    Reply { follow: logs.map(|logs| Box::new(Follow::Logs(logs))), ..Reply::out(text) }
}

fn exec_in(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let words: Vec<&str> = words.iter().copied().skip_while(|word| word.starts_with('-')).collect();
    let Some((word, command)) = words.split_first().filter(|(_, command)| !command.is_empty()) else {
        return Reply::failed("docker: name a container and a command");
    };
    let (node, state) = here(cx);
    match find(&state, word) {
        Some(Found::Container(container)) => exec(cx, &node, &container, command),
        Some(Found::Sandbox(_)) => {
            Reply { code: 126, ..Reply::failed("OCI runtime exec failed: the pause image has no programs") }
        }
        None => missing(word),
    }
}

fn inspect(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    on_container(cx, words, |cx, container, _| {
        let (node, _) = here(cx);
        let epoch = cx.world.node_view(&node).map(|view| view.epoch).unwrap_or_default();
        let exit = exit_of(container);
        let value = json!([{
            "Id": &*container.runtime_id,
            "Name": format!("/{}", docker_name(container)),
            "Created": epoch.at(container.created).to_string(),
            "Image": &*container.image_id,
            "State": {
                "Status": if runs(container) { "running" } else { "exited" },
                "Running": runs(container),
                "ExitCode": exit.map_or(0, |exit| exit.code),
                "OOMKilled": exit.is_some_and(|exit| exit.reason == crate::contract::ExitReason::OomKilled),
            },
            "RestartCount": 0,
            "HostConfig": {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}},
            "Config": {
                "Image": &*container.image,
                "Cmd": cx.world.command(&node, &container.instance).unwrap_or_default(),
                "Labels": {
                    "io.kubernetes.container.name": container.instance.container.as_str(),
                    "io.kubernetes.pod.name": &*container.pod.name,
                    "io.kubernetes.pod.namespace": &*container.pod.namespace,
                    "io.kubernetes.pod.uid": container.pod.uid.as_str(),
                },
            },
        }]);
        Reply::out(print::json(&value))
    })
}

fn each(cx: &mut Cx<'_>, verb: &str, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["-t", "--time", "-s", "--signal"]);
    let grace = flags.value(&["-t", "--time"]).and_then(|seconds| seconds.parse().ok()).unwrap_or(10);
    let mut reply = Reply::default();
    for word in &flags.rest {
        let (node, state) = here(cx);
        let Some(found) = find(&state, word) else { return missing(word) };
        let running = matches!(&found, Found::Container(container) if runs(container));
        let deed = match verb {
            "kill" => Deed::Kill,
            "stop" => Deed::Stop(Duration::from_secs(grace)),
            _ if running && !flags.has(&["-f", "--force"]) => {
                return Reply::failed(format!(
                    "Error response from daemon: cannot remove container \"{word}\": container is running: stop the container before removing or force remove"
                ));
            }
            _ => Deed::Remove,
        };
        match does(cx, &node, &found, deed) {
            Ok(()) => drop(writeln!(reply.out, "{word}")),
            Err(error) => return Reply::failed(format!("Error response from daemon: {error}")),
        }
    }
    reply
}
