//! `kubectl exec`: a command in a pod's container; and what is said about `port-forward`.

use std::{fmt::Write as _, sync::Arc};

use serde_json::Value;

use super::{
    super::{Cx, Reply},
    flags::Call,
    target::{Target, container, kubelet, pod},
};

pub(super) fn exec(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    executed(cx, call).unwrap_or_else(|failed| failed)
}

fn executed(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Reply, Reply> {
    let Some((word, rest)) = call.rest.split_first() else {
        return Err(Reply::failed("error: pod, type/name or --filename must be specified"));
    };
    if rest.is_empty() {
        return Err(Reply::failed("error: you must specify at least one command for the container"));
    }
    if call.dash != Some(1) {
        return Err(call
            .misused("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead"));
    }
    let Target { name, node, object, mut note } = pod(cx, call, word)?;
    let phase = object.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Reply::failed(format!(
            "error: cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = container(&object, &name, call.value("container"), &mut note)?.to_owned();
    if node.as_str().is_empty() {
        return Err(Reply::failed(format!(
            "Error from server (BadRequest): pod {name} does not have a host assigned"
        )));
    }
    kubelet(cx, &node, |address| format!("Error from server: error dialing backend: dial tcp {address}: "))?;
    let command: Vec<Arc<str>> = rest.iter().map(|word| Arc::from(*word)).collect();
    let Ok(done) = cx.world.exec(&node, &name, &container, &command) else {
        return Err(Reply {
            err: note
                + &format!(
                    "error: Internal error occurred: unable to upgrade connection: container not found (\"{container}\")\n"
                ),
            code: 1,
            ..Reply::default()
        });
    };
    let mut reply = Reply { err: note, ..Reply::out(done.output) };
    match done.code {
        Some(0) => {}
        Some(126) if reply.out.starts_with("exec: ") => {
            let id = runtime_id(cx, &node, &name, &container);
            let why = std::mem::take(&mut reply.out);
            let _ = write!(
                reply.err,
                "error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: {why}"
            );
            reply.code = 1;
        }
        Some(code) => {
            let _ = writeln!(reply.err, "command terminated with exit code {code}");
            reply.code = code;
        }
        // It waits for something: a person's next line, or time.
        None => reply.err.push_str("(it goes on; a terminal inside a container is not simulated: write `kubectl exec POD -- sh -c \"COMMAND\"`)\n"),
    }
    Ok(reply)
}

/// An id for the command, of the form that the runtime gives: as long as that of its container.
fn runtime_id(cx: &Cx<'_>, node: &crate::id::NodeName, pod: &str, container: &str) -> String {
    let state = cx.world.runtime_state(node).unwrap_or_default();
    let own = state
        .containers
        .into_iter()
        .find(|it| *it.pod.name == *pod && it.instance.container.as_str() == container);
    own.map(|it| it.runtime_id.to_string()).unwrap_or_default()
}

/// There is nothing on these machines that could use the port.
pub(super) fn port_forward(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    if call.rest.len() < 2 {
        return call.misused("TYPE/NAME and list of ports are required for port-forward");
    }
    match pod(cx, call, call.rest[0]) {
        Ok(target) => {
            let phase = target.object.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
            if phase != "Running" {
                return Reply::failed(format!(
                    "error: unable to forward port because pod is not running. Current status={phase}"
                ));
            }
            Reply::failed(format!(
                "error: port-forward is not simulated: nothing here could use the port.\nLook from inside: `kubectl exec {} -- COMMAND`.",
                call.rest[0]
            ))
        }
        Err(failed) => failed,
    }
}
