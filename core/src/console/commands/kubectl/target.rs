//! The pod and the container that `logs`, `exec` and `port-forward` are about, and the kubelet that they are passed on to.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    super::{Cx, Reply},
    flags::Call,
    get, reach, said,
};
use crate::{
    cluster::{Kind, Selector},
    id::NodeName,
};

/// A pod that a command is about.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) node: NodeName,
    pub(super) object: Value,
    /// What is said about the choice.
    pub(super) note: String,
}

/// The pod that a word means: its name, `pod/NAME`, or the first pod of `TYPE/NAME`.
pub(super) fn pod(cx: &mut Cx<'_>, call: &Call<'_>, word: &str) -> Result<Target, Reply> {
    let (kind, name) = match word.split_once('/') {
        Some((kind, name)) => (Kind::of_word(kind).ok_or_else(|| super::change::no_type(kind))?, name),
        None => (Kind::Pod, word),
    };
    let server = reach::server(cx, call)?;
    let object = server.get(kind, call.namespace(), name).map_err(|error| said(&error))?.to_json();
    if kind == Kind::Pod {
        return Ok(target(object, String::new()));
    }
    let labels = Selector::of_object(object.pointer("/spec/selector").unwrap_or(&Value::Null));
    let found: Vec<Value> =
        server.list(Kind::Pod, Some(call.namespace()), &labels).map(|it| it.to_json()).collect();
    let count = found.len();
    let Some(first) = found.into_iter().next() else {
        return Err(Reply::failed("error: timed out waiting for the condition"));
    };
    let name = text(&first, "/metadata/name");
    let note = if count > 1 { format!("Found {count} pods, using pod/{name}\n") } else { String::new() };
    Ok(target(first, note))
}

fn target(object: Value, note: String) -> Target {
    let (name, host) = (text(&object, "/metadata/name").to_owned(), text(&object, "/spec/nodeName").into());
    Target { name, node: host, object, note }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The container that is meant. When nobody says which, the first is, and of several it is said.
pub(super) fn container<'a>(
    object: &'a Value,
    pod: &str,
    wanted: Option<&'a str>,
    note: &mut String,
) -> Result<&'a str, Reply> {
    let all = get::containers(object);
    let inits = object.pointer("/spec/initContainers").and_then(Value::as_array).map_or(0, Vec::len);
    let regular = all.len() - inits;
    let Some(wanted) = wanted else {
        if all.len() > 1 {
            let shown = all
                .iter()
                .enumerate()
                .map(|(at, name)| if at < regular { (*name).to_owned() } else { format!("{name} (init)") });
            let shown = shown.collect::<Vec<_>>().join(", ");
            let _ = writeln!(note, "Defaulted container \"{}\" out of: {shown}", all[0]);
        }
        return Ok(all.first().copied().unwrap_or_default());
    };
    if all.contains(&wanted) {
        return Ok(wanted);
    }
    let names = all.join(", ");
    Err(Reply::failed(format!("error: container {wanted} is not valid for pod {pod} out of: {names}")))
}

/// Whether the kubelet of a node answers; `failed` begins what is said when it does not.
pub(super) fn kubelet(cx: &Cx<'_>, node: &NodeName, failed: impl Fn(&str) -> String) -> Result<(), Reply> {
    let (on, connected) = cx.world.node_power(node).unwrap_or((true, true));
    let runs = cx.world.kubelet_runs(node).unwrap_or(true);
    let address = || format!("{}:10250", cx.world.address_of(node));
    match (on && connected, runs) {
        (true, true) => Ok(()),
        (true, false) => Err(Reply::failed(failed(&address()) + "connect: connection refused")),
        (false, _) => Err(Reply::failed(failed(&address()) + "connect: no route to host")),
    }
}
