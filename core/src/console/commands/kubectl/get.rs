//! `kubectl get`, `describe` and `events`.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{
    super::{Cx, Reply},
    flags::Call,
    reach, said, watch,
};
use crate::{
    cluster::{ApiError, ApiServer, Kind, Selector},
    console::print::{Context, JsonPath, Look, custom_columns, describe, json as to_json, table_of, yaml},
    time::UnixSeconds,
};

/// Names of a kind that are asked for; none for all.
pub(super) type Asked<'w> = (Kind, Vec<&'w str>);

pub(super) fn show(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    if call.has("watch") || call.has("watch-only") {
        return watch::begin(cx, call);
    }
    let now = reach::clock(cx);
    if call.rest.is_empty() && call.verb != "events" {
        return nothing_named(call.verb);
    }
    match reach::server(cx, call) {
        Ok(server) => run(server, now, call),
        Err(failed) => failed,
    }
}

pub(super) fn run(server: &ApiServer, now: UnixSeconds, call: &Call<'_>) -> Reply {
    let asked = match asked_of(call) {
        Ok(asked) if asked.is_empty() => return nothing_named(call.verb),
        Ok(asked) => asked,
        Err(word) => {
            return Reply::failed(format!("error: the server doesn't have a resource type \"{word}\""));
        }
    };
    let labels = match labels(call) {
        Ok(labels) => labels,
        Err(failed) => return failed,
    };
    let mut failed = Reply::default();
    let mut groups = Vec::new();
    for (kind, names) in asked {
        match objects(server, kind, &names, &labels, call) {
            Ok(objects) => groups.push((kind, objects)),
            Err(error) => {
                failed.err.push_str(&said(&error).err);
                failed.code = 1;
            }
        }
    }
    let named = call.rest.len() > 1 || call.rest.iter().any(|word| word.contains('/'));
    let printed = match call.verb {
        "describe" => Ok(describe_all(server, now, &groups)),
        _ => print(now, &groups, named, call),
    };
    let empty = groups.iter().all(|(_, objects)| objects.is_empty());
    match printed {
        Ok(text) => {
            let mut reply = Reply { out: text, ..failed };
            let format = call.value("output").unwrap_or_default();
            if empty && reply.code == 0 && matches!(format, "" | "wide") {
                reply.err.push_str(&none_found(
                    call,
                    groups.first().is_some_and(|(kind, _)| kind.is_namespaced()),
                ));
            }
            reply
        }
        Err(text) => Reply::failed(text),
    }
}

pub(super) fn nothing_named(verb: &str) -> Reply {
    if verb == "describe" {
        return Reply::failed(
            "error: You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        );
    }
    Reply::failed(
        "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n\
         error: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\n\
         See 'kubectl get -h' for help and examples",
    )
}

fn none_found(call: &Call<'_>, namespaced: bool) -> String {
    let all = call.has("all-namespaces");
    if all || !namespaced {
        return "No resources found\n".to_owned();
    }
    format!("No resources found in {} namespace.\n", call.namespace())
}

/// The labels that objects must have.
pub(super) fn labels(call: &Call<'_>) -> Result<Selector, Reply> {
    let text = call.value("selector").unwrap_or_default();
    Selector::parse(text).map_err(|error| Reply::failed(format!("error: {error}")))
}

/// What the words of a call name.
pub(super) fn asked_of<'w>(call: &Call<'w>) -> Result<Vec<Asked<'w>>, &'w str> {
    if call.verb == "events" { Ok(vec![(Kind::Event, Vec::new())]) } else { asked(&call.rest) }
}

/// `pods`, `pods,svc`, `pod NAME...`, `pod/NAME ...`. The error is a word that is no kind.
fn asked<'w>(words: &[&'w str]) -> Result<Vec<Asked<'w>>, &'w str> {
    let kind = |word: &'w str| Kind::of_word(word).ok_or(word);
    let Some((first, names)) = words.split_first() else { return Ok(Vec::new()) };
    if first.contains('/') {
        let pair = |word: &&'w str| {
            let (word, name) = word.split_once('/').unwrap_or((word, ""));
            Ok((kind(word)?, vec![name]))
        };
        return words.iter().map(pair).collect();
    }
    let all = if *first == "all" { "pods,services,daemonsets,deployments,replicasets" } else { first };
    all.split(',').map(|word| Ok((kind(word)?, names.to_vec()))).collect()
}

pub(super) fn objects(
    server: &ApiServer,
    kind: Kind,
    names: &[&str],
    labels: &Selector,
    call: &Call<'_>,
) -> Result<Vec<Value>, ApiError> {
    let namespace = call.namespace();
    let namespace = if kind.is_namespaced() { namespace } else { "" };
    if !names.is_empty() {
        return names.iter().map(|name| Ok(server.get(kind, namespace, name)?.to_json())).collect();
    }
    let all = call.has("all-namespaces") || !kind.is_namespaced();
    let found = server.list(kind, (!all).then_some(namespace), labels);
    let mut found: Vec<Value> = found.map(|object| object.to_json()).collect();
    if let Some(fields) = call.value("field-selector") {
        found.retain(|object| selected(object, fields));
    }
    if let Some(path) = call.value("sort-by") {
        let path = format!("{{{}}}", path.trim_matches(['{', '}']));
        if let Ok(path) = JsonPath::parse(&path) {
            crate::sort::by(&mut found, |a, b| path.print(a).cmp(&path.print(b)));
        }
    }
    Ok(found)
}

/// Whether an object's fields are what a field selector wants.
pub(super) fn selected(object: &Value, fields: &str) -> bool {
    fields.split(',').all(|term| {
        let (path, value, wanted) = if let Some((path, value)) = term.split_once("!=") {
            (path, value, false)
        } else {
            let (path, value) = term.split_once('=').unwrap_or((term, ""));
            (path, value.trim_start_matches('='), true)
        };
        let found = object.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Value::as_str);
        (found.unwrap_or_default() == value) == wanted
    })
}

fn describe_all(server: &ApiServer, now: UnixSeconds, groups: &[(Kind, Vec<Value>)]) -> String {
    let everything = Selector::default();
    let all = |kind: Kind| server.list(kind, None, &everything).map(|it| Cow::Owned(it.to_json())).collect();
    let context = Context { now, all: &all, events: true };
    let pages =
        groups.iter().flat_map(|(kind, objects)| objects.iter().map(|it| describe(*kind, it, &context)));
    pages.collect::<Vec<_>>().join("\n\n")
}

pub(super) fn print(
    now: UnixSeconds,
    groups: &[(Kind, Vec<Value>)],
    named: bool,
    call: &Call<'_>,
) -> Result<String, String> {
    let all: Vec<&Value> = groups.iter().flat_map(|(_, objects)| objects).collect();
    let whole = || match all.as_slice() {
        [one] if named => (*one).clone(),
        all => json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": all}),
    };
    let format = call.value("output").unwrap_or_default();
    let (format, argument) = format.split_once('=').unwrap_or((format, ""));
    match format {
        "yaml" => Ok(yaml(&whole())),
        "json" => Ok(to_json(&whole())),
        "name" => Ok(groups.iter().fold(String::new(), |text, (kind, objects)| {
            objects.iter().fold(text, |text, it| {
                let name = it.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
                text + &format!("{}/{name}\n", kind.singular())
            })
        })),
        "jsonpath" => match JsonPath::parse(argument) {
            Ok(path) => Ok(path.print(&whole())),
            Err(error) => Err(format!("error: error parsing jsonpath {argument}, {error}")),
        },
        "custom-columns" => {
            custom_columns(argument, all, !call.has("no-headers")).map_err(|error| format!("error: {error}"))
        }
        "" | "wide" => Ok(tables(now, groups, call)),
        other => Err(format!(
            "error: unable to match a printer suitable for the output format \"{other}\", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml"
        )),
    }
}

fn tables(now: UnixSeconds, groups: &[(Kind, Vec<Value>)], call: &Call<'_>) -> String {
    let several = groups.len() > 1;
    let shown = groups.iter().filter(|(_, objects)| !objects.is_empty());
    let print = |(kind, objects): &(Kind, Vec<Value>)| {
        let prefix = if several { format!("{}/", kind.singular()) } else { String::new() };
        table_of(*kind, objects, now).print(&Look { prefix, ..look(*kind, call) })
    };
    shown.map(print).collect::<Vec<_>>().join("\n")
}

/// How a table is laid out.
pub(super) fn look(kind: Kind, call: &Call<'_>) -> Look {
    Look {
        wide: call.value("output") == Some("wide"),
        namespace: call.has("all-namespaces") && kind.is_namespaced(),
        labels: call.has("show-labels"),
        no_headers: call.has("no-headers"),
        label_columns: call.values("label-columns").flat_map(|it| it.split(',')).map(str::to_owned).collect(),
        ..Look::default()
    }
}

/// The names of a pod's containers, regular ones first.
pub(super) fn containers(pod: &Value) -> Vec<&str> {
    let of = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array);
    let lists = [of("/spec/containers"), of("/spec/initContainers")];
    lists.into_iter().flatten().flatten().filter_map(|it| it.get("name")?.as_str()).collect()
}
