//! `kubectl logs`: what a pod's container wrote. The API server passes the question on to the node's kubelet.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    super::{Cx, Reply},
    flags::Call,
    get,
    target::{Target, container, kubelet, pod},
};
use crate::console::follow::{Follow, Logs};

pub(super) fn logs(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    shown(cx, call).unwrap_or_else(|failed| failed)
}

fn shown(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Reply, Reply> {
    let Some(word) = call.rest.first() else {
        return Err(call.misused(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
        ));
    };
    let Target { name, node, object, note } =
        pod(cx, call, word).map_err(|failed| reworded(call, word, failed))?;
    let (containers, mut note) = (get::containers(&object), note);
    let all = call.has("all-containers");
    let wanted = call.value("container").or(call.rest.get(1).copied());
    let chosen = if all { containers.clone() } else { vec![container(&object, &name, wanted, &mut note)?] };
    let previous = call.has("previous");
    let mut reply = Reply { err: note, ..Reply::default() };
    for container in &chosen {
        let path = format!("containerLogs/{}/{name}/{container}", call.namespace());
        kubelet(cx, &node, |address| {
            format!("Error from server: Get \"https://{address}/{path}\": dial tcp {address}: ")
        })?;
        let lines = match cx.world.logs(&node, &name, container, previous) {
            Ok(lines) => lines,
            Err(_) if previous => {
                return Err(Reply::failed(format!(
                    "Error from server (BadRequest): previous terminated container \"{container}\" in pod \"{name}\" not found"
                )));
            }
            Err(_) => {
                let reason = waiting(&object, container);
                return Err(Reply::failed(format!(
                    "Error from server (BadRequest): container \"{container}\" in pod \"{name}\" is waiting to start: {reason}"
                )));
            }
        };
        let tail = call.number("tail").and_then(|it| usize::try_from(it).ok()).unwrap_or(lines.len());
        let prefix = if call.has("prefix") { format!("[pod/{name}/{container}] ") } else { String::new() };
        for line in lines.iter().skip(lines.len().saturating_sub(tail)) {
            let _ = writeln!(reply.out, "{prefix}{}", line.text);
        }
    }
    if let ([container], true, false) = (&*chosen, call.has("follow"), previous) {
        reply.follow = Logs::of(cx.world, &node, &name, container).map(|logs| Box::new(Follow::Logs(logs)));
    }
    Ok(reply)
}

/// `logs` has words of its own for a pod that is not there.
fn reworded(call: &Call<'_>, word: &str, failed: Reply) -> Reply {
    let missing = format!("Error from server (NotFound): pods \"{word}\" not found\n");
    if failed.err == missing {
        let space = call.namespace();
        return Reply::failed(format!(
            "error: error from server (NotFound): pods \"{word}\" not found in namespace \"{space}\""
        ));
    }
    failed
}

/// Why a container does not run yet.
fn waiting(pod: &Value, name: &str) -> String {
    let lists = ["/status/containerStatuses", "/status/initContainerStatuses"];
    let all = lists.iter().filter_map(|list| pod.pointer(list)?.as_array()).flatten();
    let mut own = all.filter(|it| it.get("name").and_then(Value::as_str) == Some(name));
    let reason = own.find_map(|it| it.pointer("/state/waiting/reason")?.as_str());
    match reason {
        // A server says what is wrong with an image, and nothing of a pod that was just made.
        Some("ErrImagePull" | "ImagePullBackOff") => "trying and failing to pull image".to_owned(),
        Some(reason) => reason.to_owned(),
        None => "ContainerCreating".to_owned(),
    }
}
