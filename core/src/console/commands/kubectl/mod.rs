//! `kubectl`: asks the API server, and prints what it says as the real client does.

mod change;
mod get;
mod reach;
#[cfg(test)]
mod tests;

use super::{Cx, Flags, Reply};
use crate::cluster::{ApiError, Kind};

/// What it can do.
pub(in crate::console) const VERBS: &[&str] = &[
    "annotate",
    "api-resources",
    "apply",
    "create",
    "delete",
    "describe",
    "events",
    "get",
    "label",
    "logs",
    "version",
];

/// Flags that take a value.
const VALUED: [&str; 18] = [
    "--filename",
    "--grace-period",
    "-n",
    "--namespace",
    "-o",
    "--output",
    "-l",
    "--selector",
    "-L",
    "-c",
    "--container",
    "--tail",
    "--for",
    "--field-selector",
    "--sort-by",
    "--since",
    "-f",
    "--context",
];

pub(super) fn run(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let Some((verb, rest)) = words.split_first() else {
        return Reply::out(format!(
            "kubectl controls the Kubernetes cluster manager.\n\nCommands: {}\n",
            VERBS.join(", ")
        ));
    };
    // What `-f` means depends on the verb: a file, or to follow.
    let valued: Vec<&str> = VALUED.into_iter().filter(|flag| *flag != "-f" || *verb != "logs").collect();
    let flags = Flags::parse(rest, &valued);
    match *verb {
        "version" => version(cx),
        "api-resources" => resources(),
        "get" | "describe" | "events" => {
            let now = reach::clock(cx);
            match reach::server(cx) {
                Ok(server) => get::run(server, now, verb, &flags),
                Err(error) => said(&error),
            }
        }
        "logs" => logs(cx, &flags),
        "delete" => change::delete(cx, &flags),
        "apply" | "create" => change::put(cx, verb, &flags),
        "label" | "annotate" => change::mark(cx, verb, &flags),
        other => Reply::failed(format!(
            "error: unknown command \"{other}\" for \"kubectl\"\nThere is: {}",
            VERBS.join(", ")
        )),
    }
}

/// What the client prints when the server says no, or says nothing.
fn said(error: &ApiError) -> Reply {
    match error.reason() {
        "" => Reply::failed(error.to_string()),
        "Invalid" => Reply::failed(format!("The {error}")),
        reason => Reply::failed(format!("Error from server ({reason}): {error}")),
    }
}

fn version(cx: &mut Cx<'_>) -> Reply {
    let client = "Client Version: v1.36.2\nKustomize Version: v5.8.1\n";
    match reach::server(cx) {
        Ok(_) => Reply::out(format!("{client}Server Version: v1.36.2\n")),
        Err(error) => Reply { out: client.to_owned(), ..said(&error) },
    }
}

fn resources() -> Reply {
    let mut text = "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND\n".to_owned();
    for kind in Kind::all() {
        let short = kind.short_names().join(",");
        let line =
            [kind.plural(), &short, &kind.api_version(), &kind.is_namespaced().to_string(), kind.name()];
        text.push_str(&line.join("\t"));
        text.push('\n');
    }
    Reply::out(crate::console::print::align(&text, 6, 3))
}

/// What a pod's container wrote. The API server passes the question on to the node's kubelet.
fn logs(cx: &mut Cx<'_>, flags: &Flags<'_>) -> Reply {
    let Some(name) = flags.rest.first() else {
        return Reply::failed(
            "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
        );
    };
    let name = name.trim_start_matches("pod/").trim_start_matches("pods/");
    let namespace = flags.value(&["-n", "--namespace"]).unwrap_or("default");
    let pod = match reach::server(cx).and_then(|server| server.get(Kind::Pod, namespace, name).cloned()) {
        Ok(pod) => pod.to_json(),
        Err(error) => return said(&error),
    };
    let containers: Vec<&str> = get::containers(&pod);
    let wanted = flags.value(&["-c", "--container"]).or(flags.rest.get(1).copied());
    let container = match wanted {
        Some(wanted) if containers.contains(&wanted) => wanted,
        Some(wanted) => {
            return Reply::failed(format!(
                "error: container {wanted} is not valid for pod {name} out of: {}",
                containers.join(", ")
            ));
        }
        None => containers.first().copied().unwrap_or_default(),
    };
    let node = pod.pointer("/spec/nodeName").and_then(serde_json::Value::as_str).unwrap_or_default();
    let previous = flags.has(&["-p", "--previous"]);
    match cx.world.logs(&node.into(), name, container, previous) {
        Ok(lines) => {
            let tail = flags.value(&["--tail"]).and_then(|it| it.parse().ok()).unwrap_or(lines.len());
            let skip = lines.len().saturating_sub(tail);
            Reply::out(lines.iter().skip(skip).fold(String::new(), |all, line| all + &line.text + "\n"))
        }
        Err(_) if previous => Reply::failed(format!(
            "Error from server (BadRequest): previous terminated container \"{container}\" in pod \"{name}\" not found"
        )),
        Err(_) => Reply::failed(format!(
            "Error from server (BadRequest): container \"{container}\" in pod \"{name}\" is waiting to start: ContainerCreating"
        )),
    }
}
