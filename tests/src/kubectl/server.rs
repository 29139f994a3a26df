//! An API server on the loopback that shows objects to the real client, and no more than it asks for.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use standfast_core::{cluster::Kind, console::print::table_of, time::UnixSeconds};

use super::objects::Objects;

pub(super) struct Server {
    address: SocketAddr,
}

/// The machine's wall clock.
pub(super) fn clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}

impl Server {
    /// Serves until the tests end.
    pub(super) fn start(objects: Objects) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let address = listener.local_addr().expect("an address");
        let objects = Arc::new(objects);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let objects = Arc::clone(&objects);
                thread::spawn(move || serve(stream, &objects));
            }
        });
        Self { address }
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(mut stream: TcpStream, objects: &Objects) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let (mut first, mut accept) = (String::new(), String::new());
    if reader.read_line(&mut first).is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("accept:") {
            value.trim().clone_into(&mut accept);
        }
    }
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let answer = answer(path, query, accept.contains("as=table"), objects);
    let code = if answer["kind"] == "Status" { "404 Not Found" } else { "200 OK" };
    let body = answer.to_string();
    let head = format!(
        "HTTP/1.1 {code}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

fn answer(path: &str, query: &str, table: bool, objects: &Objects) -> Value {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["version"] => json!({"major": "1", "minor": "36", "gitVersion": "v1.36.2"}),
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"]}),
        ["apis"] => groups(),
        ["api", "v1"] => resources("v1"),
        ["apis", group, version] => resources(&format!("{group}/{version}")),
        ["api", "v1", rest @ ..] => list("v1", rest, query, table, objects),
        ["apis", group, version, rest @ ..] => {
            list(&format!("{group}/{version}"), rest, query, table, objects)
        }
        _ => missing(path),
    }
}

fn missing(what: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
        "message": format!("{what} not found")})
}

fn groups() -> Value {
    let mut groups: Vec<String> = Kind::all().map(Kind::api_version).filter(|it| it.contains('/')).collect();
    groups.sort();
    groups.dedup();
    let group = |version: &String| {
        let it = json!({"groupVersion": version, "version": "v1"});
        json!({"name": version.split('/').next(), "versions": [it], "preferredVersion": it})
    };
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups.iter().map(group).collect::<Vec<_>>()})
}

fn resources(version: &str) -> Value {
    let resource = |kind: Kind| {
        json!({"name": kind.plural(), "singularName": kind.name().to_lowercase(), "namespaced": kind.is_namespaced(), "kind": kind.name(),
            "verbs": ["get", "list"], "shortNames": kind.short_names()})
    };
    let own = Kind::all().filter(|kind| kind.api_version() == version).map(resource);
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": own.collect::<Vec<_>>()})
}

fn list(version: &str, rest: &[&str], query: &str, table: bool, objects: &Objects) -> Value {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let known = Kind::all().find(|kind| kind.plural() == rest[0] && kind.api_version() == version);
    let Some(kind) = known else { return missing(rest[0]) };
    let mut found = objects.of(kind);
    found.retain(|it| {
        namespace.is_none_or(|namespace| it["metadata"]["namespace"] == namespace) && selected(it, query)
    });
    if let Some(name) = rest.get(1) {
        found.retain(|object| object["metadata"]["name"] == *name);
        if found.is_empty() {
            return missing(&format!("{} \"{name}\"", kind.resource()));
        }
        if !table {
            return found[0].clone();
        }
    }
    if !table {
        return json!({"kind": format!("{}List", kind.name()), "apiVersion": version, "metadata": {"resourceVersion": "1"},
            "items": found});
    }
    let table = table_of(kind, found, UnixSeconds(clock()));
    let column = |column: &standfast_core::console::print::Column| json!({"name": column.name, "type": "string", "format": "", "description": "", "priority": i32::from(column.wide)});
    let row = |(cells, object): &(Vec<String>, &Value)| json!({"cells": cells, "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]}});
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"},
        "columnDefinitions": table.columns.iter().map(column).collect::<Vec<_>>(),
        "rows": table.rows.iter().map(row).collect::<Vec<_>>()})
}

/// Whether an object is what the query's field and label selectors want.
fn selected(object: &Value, query: &str) -> bool {
    let decoded = query.replace("%3D", "=").replace("%2C", ",").replace("%21", "!");
    decoded.split('&').all(|pair| {
        let (key, terms) = pair.split_once('=').unwrap_or((pair, ""));
        terms.split(',').filter(|term| !term.is_empty()).all(|term| {
            let (path, value, wanted) = match term.split_once("!=") {
                Some((path, value)) => (path, value, false),
                None => term.split_once('=').map_or((term, "", true), |(path, value)| (path, value, true)),
            };
            let found = match key {
                "fieldSelector" => object.pointer(&format!("/{}", path.replace('.', "/"))),
                "labelSelector" => object["metadata"]["labels"].get(path),
                _ => return true,
            };
            (found.and_then(Value::as_str).unwrap_or_default() == value) == wanted
        })
    })
}
