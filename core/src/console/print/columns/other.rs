//! Kinds of which little is shown.

use serde_json::Value;

use super::super::{
    age::age,
    object::{entries, holds, list, number, pairs, scalar, text},
};
use crate::time::UnixSeconds;

pub(super) const SERVICE: &[&str] =
    &["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "+Selector"];

fn name(object: &Value) -> String {
    text(object, "/metadata/name").to_owned()
}

pub(super) fn plain(object: &Value, now: UnixSeconds) -> Vec<String> {
    vec![name(object), age(object, now)]
}

pub(super) fn namespace(object: &Value, now: UnixSeconds) -> Vec<String> {
    vec![name(object), text(object, "/status/phase").to_owned(), age(object, now)]
}

pub(super) fn config_map(object: &Value, now: UnixSeconds) -> Vec<String> {
    let data = entries(object, "/data").len() + entries(object, "/binaryData").len();
    vec![name(object), data.to_string(), age(object, now)]
}

pub(super) fn secret(object: &Value, now: UnixSeconds) -> Vec<String> {
    let data = entries(object, "/data").len().to_string();
    vec![name(object), text(object, "/type").to_owned(), data, age(object, now)]
}

pub(super) fn lease(object: &Value, now: UnixSeconds) -> Vec<String> {
    vec![name(object), text(object, "/spec/holderIdentity").to_owned(), age(object, now)]
}

pub(super) fn limit_range(object: &Value, _: UnixSeconds) -> Vec<String> {
    vec![name(object), text(object, "/metadata/creationTimestamp").to_owned()]
}

pub(super) fn quota(object: &Value, now: UnixSeconds) -> Vec<String> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in entries(object, "/status/hard") {
        let used = object.pointer("/status/used").and_then(|used| used.get(resource));
        let text = format!("{resource}: {}/{}", used.map_or("0".to_owned(), scalar), scalar(hard));
        if resource.starts_with("limits.") { limits.push(text) } else { requests.push(text) }
    }
    vec![name(object), requests.join(", "), limits.join(", "), age(object, now)]
}

pub(super) fn priority_class(object: &Value, now: UnixSeconds) -> Vec<String> {
    vec![
        name(object),
        number(object, "/value").to_string(),
        holds(object, "/globalDefault").to_string(),
        age(object, now),
        text(object, "/preemptionPolicy").to_owned(),
    ]
}

pub(super) fn service(object: &Value, now: UnixSeconds) -> Vec<String> {
    let kind = text(object, "/spec/type");
    let ip = match text(object, "/spec/clusterIP") {
        "" => "<none>",
        ip => ip,
    };
    let ports: Vec<String> = list(object, "/spec/ports").iter().map(port).collect();
    let external: Vec<&str> = list(object, "/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    let external = match kind {
        "ExternalName" => text(object, "/spec/externalName").to_owned(),
        "LoadBalancer" if external.is_empty() => "<pending>".to_owned(),
        _ if external.is_empty() => "<none>".to_owned(),
        _ => external.join(","),
    };
    vec![
        name(object),
        kind.to_owned(),
        ip.to_owned(),
        external,
        if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") },
        age(object, now),
        pairs(object, "/spec/selector"),
    ]
}

fn port(port: &Value) -> String {
    let (number, protocol) = (self::number(port, "/port"), text(port, "/protocol"));
    match self::number(port, "/nodePort") {
        0 => format!("{number}/{protocol}"),
        node => format!("{number}:{node}/{protocol}"),
    }
}
