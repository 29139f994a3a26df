//! `kubectl run`, and what `kubectl create` makes without a file. Follows `k8s.io/kubectl/pkg/cmd/{run,create}`.

use serde_json::{Map, Value, json};

use super::{
    super::{Cx, Reply},
    change,
    flags::Call,
    reach,
};
use crate::{
    cluster::{ApiAnswer, ApiRequest, Kind},
    console::print::{json as to_json, yaml},
    pod::check_image_reference,
};

pub(super) fn run(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    ran(cx, call).unwrap_or_else(|failed| failed)
}

fn ran(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Reply, Reply> {
    let Some(image) = call.value("image") else {
        return Err(Reply::failed("error: required flag(s) \"image\" not set"));
    };
    let (name, args) = match (call.rest.split_first(), call.dash) {
        (Some((name, args)), dash) if dash != Some(0) => (*name, args),
        _ => return Err(call.misused("NAME is required for run")),
    };
    if let Err(why) = check_image_reference(image) {
        return Err(Reply::failed(format!("error: Invalid image name \"{image}\": {why}")));
    }
    let restart = call.value("restart").unwrap_or("Always");
    if !["Always", "OnFailure", "Never"].contains(&restart) {
        return Err(call.misused(&format!("invalid restart policy: {restart}")));
    }
    let how = call.dry_run()?;
    // The client asks what kinds there are, even when it makes nothing.
    reach::server(cx, call)?;
    let pod = pod(call, (name, image, restart), args)?;
    let mut reply = made(cx, call, (Kind::Pod, pod), how)?;
    if how.is_none() && (call.has("stdin") || call.has("tty") || call.has("attach")) {
        reply.err.push_str("(attaching to a container is not simulated: write `kubectl logs -f POD`)\n");
    }
    Ok(reply)
}

/// `KEY=VALUE,KEY=VALUE`.
fn pairs(text: &str) -> Result<Map<String, Value>, Reply> {
    let mut map = Map::new();
    for pair in text.split(',').filter(|pair| !pair.is_empty()) {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Reply::failed(format!("error: unexpected label spec: {pair}")));
        };
        map.insert(key.to_owned(), value.into());
    }
    Ok(map)
}

fn pod(call: &Call<'_>, (name, image, restart): (&str, &str, &str), args: &[&str]) -> Result<Value, Reply> {
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !args.is_empty() {
        container[if call.has("command") { "command" } else { "args" }] = args.into();
    }
    let mut env = Vec::new();
    for pair in call.values("env") {
        match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => env.push(json!({"name": key, "value": value})),
            _ => return Err(Reply::failed(format!("error: invalid env: {pair}"))),
        }
    }
    if !env.is_empty() {
        container["env"] = Value::Array(env);
    }
    if let Some(port) = call.number("port") {
        container["ports"] = json!([{"containerPort": port}]);
    }
    if let Some(policy) = call.value("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    if call.has("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    for (flag, fields) in [("stdin", &["stdin", "stdinOnce"][..]), ("tty", &["tty"])] {
        for field in fields.iter().filter(|_| call.has(flag)) {
            container[*field] = true.into();
        }
    }
    let labels = match call.value("labels") {
        Some(labels) => pairs(labels)?,
        None => pairs(&format!("run={name}"))?,
    };
    let mut meta = json!({"labels": labels, "name": name});
    if let Some(space) = call.value("namespace") {
        meta["namespace"] = space.into();
    }
    let mut annotations = Map::new();
    for given in call.values("annotations") {
        annotations.extend(pairs(given)?);
    }
    if !annotations.is_empty() {
        meta["annotations"] = Value::Object(annotations);
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": {},
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
    }))
}

/// Makes an object, or shows what would be made.
fn made(
    cx: &mut Cx<'_>,
    call: &Call<'_>,
    (kind, object): (Kind, Value),
    how: Option<&'static str>,
) -> Result<Reply, Reply> {
    let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let shown = if how.is_some() {
        object
    } else {
        let mut object = object;
        if kind.is_namespaced() {
            object["metadata"]["namespace"] = call.namespace().into();
        }
        match change::ask(cx, call, ApiRequest::Create { object })? {
            ApiAnswer::Created(object) | ApiAnswer::Changed(object) | ApiAnswer::Unchanged(object) => {
                object.to_json()
            }
            ApiAnswer::Deleted(_) => Value::Null,
        }
    };
    match call.value("output") {
        Some("yaml") => Ok(Reply::out(yaml(&shown))),
        Some("json") => Ok(Reply::out(to_json(&shown))),
        Some("name") => Ok(Reply::out(format!("{}/{name}\n", kind.singular()))),
        Some(other) => Err(Reply::failed(format!(
            "error: unable to match a printer suitable for the output format \"{other}\", allowed formats are: go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml"
        ))),
        None => Ok(Reply::out(format!("{}/{name} created{}\n", kind.singular(), how.unwrap_or_default()))),
    }
}

pub(super) fn create(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let made = match call.rest.split_first() {
        None => return change::put(cx, call),
        Some((&("deployment" | "deploy" | "dep"), names)) => deployment(call, names),
        Some((&("namespace" | "ns"), names)) => namespace(call, names),
        Some(_) => {
            let text = format!("Unexpected args: [{}]", call.rest.join(" "));
            let failed = call.misused(&text);
            return Reply { err: failed.err + "There is: -f FILE, deployment, namespace\n", ..failed };
        }
    };
    made.and_then(|made| self::made(cx, call, made, call.dry_run()?)).unwrap_or_else(|failed| failed)
}

fn one_name<'w>(call: &Call<'_>, what: &str, names: &[&'w str]) -> Result<&'w str, Reply> {
    match names {
        [name] => Ok(name),
        names => Err(Reply::failed(format!(
            "error: exactly one NAME is required, got {}\nSee 'kubectl {} {what} -h' for help and examples",
            names.len(),
            call.verb
        ))),
    }
}

fn namespace(call: &Call<'_>, names: &[&str]) -> Result<(Kind, Value), Reply> {
    let name = one_name(call, "namespace", names)?;
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}});
    Ok((Kind::Namespace, object))
}

fn deployment(call: &Call<'_>, names: &[&str]) -> Result<(Kind, Value), Reply> {
    let Some(image) = call.value("image") else {
        return Err(Reply::failed("error: required flag(s) \"image\" not set"));
    };
    let own = call.dash.map_or(names.len(), |dash| dash.saturating_sub(1));
    let (names, command) = names.split_at(own.min(names.len()));
    let name = one_name(call, "deployment", names)?;
    let bare = image.rsplit('/').next().unwrap_or_default().split([':', '@']).next().unwrap_or_default();
    let mut container = json!({"image": image, "name": bare.replace('_', "-"), "resources": {}});
    if !command.is_empty() {
        container["command"] = command.into();
    }
    if let Some(port) = call.number("port") {
        container["ports"] = json!([{"containerPort": port}]);
    }
    let labels = json!({"app": name});
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": labels, "name": name}, "status": {},
        "spec": {
            "replicas": call.number("replicas").unwrap_or(1), "selector": {"matchLabels": labels}, "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    });
    if let Some(space) = call.value("namespace") {
        object["metadata"]["namespace"] = space.into();
    }
    Ok((Kind::Deployment, object))
}
