//! `kubectl scale` and `kubectl set image`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{
    super::{Cx, Reply},
    change::{add, ask, named, namespace, nothing_named},
    flags::Call,
    reach, said,
};
use crate::cluster::{ApiAnswer, ApiRequest, Kind, PatchKind};

pub(super) fn scale(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let Some(replicas) = call.number("replicas") else {
        return Reply::failed("error: required flag(s) \"replicas\" not set");
    };
    if replicas < 0 {
        return Reply::failed(
            "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        );
    }
    if call.rest.is_empty() {
        return nothing_named();
    }
    let targets = match named(&call.rest) {
        Ok(targets) => targets,
        Err(failed) => return failed,
    };
    targets.into_iter().fold(Reply::default(), |mut reply, (kind, name)| {
        match scaled(cx, call, (kind, name), replicas) {
            Ok(how) => drop(writeln!(reply.out, "{}/{name} scaled{how}", kind.singular())),
            Err(failed) => add(&mut reply, &failed),
        }
        reply
    })
}

fn scaled(
    cx: &mut Cx<'_>,
    call: &Call<'_>,
    (kind, name): (Kind, &str),
    replicas: i64,
) -> Result<&'static str, Reply> {
    let how = call.dry_run()?.unwrap_or_default();
    let space = namespace(kind, call);
    let server = reach::server(cx, call)?;
    let there = server.get(kind, space, name).map_err(|error| said(&error))?;
    if !matches!(kind, Kind::Deployment | Kind::ReplicaSet) {
        // The server knows no scale of it.
        return Err(Reply::failed(
            "Error from server (NotFound): the server could not find the requested resource",
        ));
    }
    let now = there.at("/spec/replicas").as_i64().unwrap_or(1);
    if let Some(expected) = call.number("current-replicas").filter(|expected| *expected != now) {
        return Err(Reply::failed(format!("error: Expected replicas to be {expected}, was {now}")));
    }
    if how.is_empty() {
        ask(cx, call, patch((kind, space, name), json!({"spec": {"replicas": replicas}})))?;
    }
    Ok(how)
}

/// A strategic patch.
pub(super) fn patch((kind, space, name): (Kind, &str, &str), patch: Value) -> ApiRequest {
    ApiRequest::Patch { kind, namespace: space.into(), name: name.into(), patch, how: PatchKind::Strategic }
}

pub(super) fn set(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    match call.rest.split_first() {
        Some((&"image", rest)) => set_image(cx, call, rest),
        Some((other, _)) => Reply::failed(format!(
            "error: unknown command \"{other}\"\nSee 'kubectl set -h' for help and examples\nThere is: image"
        )),
        None => Reply::failed(
            "Configure application resources.\n\nAvailable Commands:\n  image            Update the image of a pod template\n\nUsage:\n  kubectl set SUBCOMMAND [options]",
        ),
    }
}

fn set_image(cx: &mut Cx<'_>, call: &Call<'_>, words: &[&str]) -> Reply {
    let (images, targets): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.contains('='));
    if targets.is_empty() {
        return nothing_named();
    }
    let images: Vec<(&str, &str)> = images.iter().filter_map(|word| word.split_once('=')).collect();
    let targets = match named(&targets) {
        Ok(targets) => targets,
        Err(failed) => return failed,
    };
    targets.into_iter().fold(Reply::default(), |mut reply, (kind, name)| {
        match imaged(cx, call, (kind, name), &images) {
            Ok(line) => reply.out.push_str(&line),
            Err(failed) => add(&mut reply, &failed),
        }
        reply
    })
}

fn imaged(
    cx: &mut Cx<'_>,
    call: &Call<'_>,
    (kind, name): (Kind, &str),
    images: &[(&str, &str)],
) -> Result<String, Reply> {
    let how = call.dry_run()?.unwrap_or_default();
    let space = namespace(kind, call);
    let server = reach::server(cx, call)?;
    let there = server.get(kind, space, name).map_err(|error| said(&error))?.to_json();
    if images.is_empty() {
        return Err(Reply::failed("error: at least one image update is required"));
    }
    let spec = if kind == Kind::Pod { there.get("spec") } else { there.pointer("/spec/template/spec") };
    let mut change = Map::new();
    let mut found: Vec<&str> = Vec::new();
    for list in ["containers", "initContainers"] {
        let names = spec.and_then(|spec| spec.get(list)).and_then(Value::as_array).into_iter().flatten();
        let names = names.filter_map(|container| container.get("name").and_then(Value::as_str));
        let mut items = Vec::new();
        for container in names {
            let image = images.iter().rfind(|(wanted, _)| *wanted == container || *wanted == "*");
            if let Some((wanted, image)) = image {
                found.push(wanted);
                items.push(json!({"name": container, "image": image}));
            }
        }
        if !items.is_empty() {
            change.insert(list.to_owned(), Value::Array(items));
        }
    }
    if let Some((missing, _)) = images.iter().find(|(wanted, _)| !found.contains(wanted)) {
        return Err(Reply::failed(format!("error: unable to find container named \"{missing}\"")));
    }
    let line = format!("{}/{name} image updated{how}\n", kind.singular());
    if !how.is_empty() {
        return Ok(line);
    }
    let change = if kind == Kind::Pod {
        json!({ "spec": change })
    } else {
        json!({"spec": {"template": {"spec": change}}})
    };
    match ask(cx, call, patch((kind, space, name), change))? {
        // Nothing is said when it was so already.
        ApiAnswer::Unchanged(_) => Ok(String::new()),
        ApiAnswer::Created(_) | ApiAnswer::Changed(_) | ApiAnswer::Deleted(_) => Ok(line),
    }
}
