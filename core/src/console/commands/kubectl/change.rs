//! `kubectl delete`, `apply`, `create`, `label` and `annotate`: each becomes requests that the world's recording holds.

use std::fmt::Write as _;

use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::{
    super::{Cx, Flags, Reply},
    reach, said,
};
use crate::cluster::{ApiAnswer, ApiError, ApiRequest, Kind, PatchKind};

fn namespace<'w>(kind: Kind, flags: &Flags<'w>) -> &'w str {
    if kind.is_namespaced() { flags.value(&["-n", "--namespace"]).unwrap_or("default") } else { "" }
}

/// Asks, when the machine that the person is on reaches the API server.
fn ask(cx: &mut Cx<'_>, request: ApiRequest) -> Result<ApiAnswer, ApiError> {
    reach::server(cx)?;
    cx.world.request(request)
}

/// `KIND NAME...` or `KIND/NAME...`.
fn named<'w>(words: &[&'w str]) -> Result<Vec<(Kind, &'w str)>, Reply> {
    let unknown =
        |word: &str| Reply::failed(format!("error: the server doesn't have a resource type \"{word}\""));
    let kind = |word: &str| Kind::of_word(word).ok_or_else(|| unknown(word));
    match words.split_first() {
        Some((first, _)) if first.contains('/') => {
            let pairs = words.iter().filter_map(|word| word.split_once('/'));
            pairs.map(|(word, name)| Ok((kind(word)?, name))).collect()
        }
        Some((first, names)) if !names.is_empty() => {
            let kind = kind(first)?;
            Ok(names.iter().map(|name| (kind, *name)).collect())
        }
        Some(_) | None => Err(Reply::failed("error: resource(s) were provided, but no name was specified")),
    }
}

pub(super) fn delete(cx: &mut Cx<'_>, flags: &Flags<'_>) -> Reply {
    let targets = match flags.value(&["-f", "--filename"]) {
        Some(path) => match documents(cx, path) {
            Ok(documents) => documents.iter().filter_map(identity).collect(),
            Err(failed) => return failed,
        },
        None => match named(&flags.rest) {
            Ok(named) => named.into_iter().map(|(kind, name)| (kind, name.to_owned())).collect::<Vec<_>>(),
            Err(failed) => return failed,
        },
    };
    let force = flags.has(&["--force"]);
    let given = flags.value(&["--grace-period"]).and_then(|seconds| seconds.parse().ok());
    let mut reply = Reply::default();
    if force {
        reply.err.push_str("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n");
    }
    for (kind, name) in targets {
        let space = namespace(kind, flags);
        let grace = given.or(force.then_some(0));
        let request = ApiRequest::Delete { kind, namespace: space.into(), name: name.as_str().into(), grace };
        let place = if space.is_empty() { String::new() } else { format!(" from {space} namespace") };
        let how = if force { "force deleted" } else { "deleted" };
        match ask(cx, request) {
            Ok(_) => drop(writeln!(reply.out, "{} \"{name}\" {how}{place}", kind.singular())),
            Err(error) => add(&mut reply, &said(&error)),
        }
    }
    reply
}

fn add(reply: &mut Reply, failed: &Reply) {
    reply.err.push_str(&failed.err);
    reply.code = failed.code;
}

/// The documents of a file, or of what was piped in.
fn documents(cx: &mut Cx<'_>, path: &str) -> Result<Vec<Value>, Reply> {
    let text = match path {
        "-" => cx.input.unwrap_or_default().to_owned(),
        path => cx.console.files(cx.world).read(path).map_err(|why| {
            let text = why.to_string().to_lowercase();
            Reply::failed(format!("error: the path \"{path}\" cannot be read: {text}"))
        })?,
    };
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&text) {
        match Value::deserialize(document) {
            Ok(Value::Null) => {}
            Ok(value) => documents.push(value),
            Err(error) => return Err(Reply::failed(format!("error: error parsing {path}: {error}"))),
        }
    }
    if documents.is_empty() { Err(Reply::failed("error: no objects passed to apply")) } else { Ok(documents) }
}

fn identity(document: &Value) -> Option<(Kind, String)> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let kind = Kind::of_manifest(text("/apiVersion")?, text("/kind")?)?;
    Some((kind, text("/metadata/name")?.to_owned()))
}

/// `apply -f` and `create -f`.
pub(super) fn put(cx: &mut Cx<'_>, verb: &str, flags: &Flags<'_>) -> Reply {
    let Some(path) = flags.value(&["-f", "--filename"]) else {
        return Reply::failed(format!(
            "error: must specify one of -f and -k: write `kubectl {verb} -f FILE`"
        ));
    };
    let documents = match documents(cx, path) {
        Ok(documents) => documents,
        Err(failed) => return failed,
    };
    let mut reply = Reply::default();
    for mut object in documents {
        let Some((kind, name)) = identity(&object) else {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let failed = format!(
                "error: resource mapping not found for name: \"{}\" namespace: \"{}\" from \"{path}\": no matches for kind \"{}\" in version \"{}\"\nensure CRDs are installed first",
                text("/metadata/name"),
                text("/metadata/namespace"),
                text("/kind"),
                text("/apiVersion")
            );
            add(&mut reply, &Reply::failed(failed));
            continue;
        };
        if kind.is_namespaced() && object.pointer("/metadata/namespace").is_none() {
            object["metadata"]["namespace"] = namespace(kind, flags).into();
        }
        let request =
            if verb == "apply" { ApiRequest::Apply { object } } else { ApiRequest::Create { object } };
        match ask(cx, request) {
            Ok(answer) => {
                let done = match answer {
                    ApiAnswer::Created(_) => "created",
                    ApiAnswer::Changed(_) => "configured",
                    ApiAnswer::Unchanged(_) => "unchanged",
                    ApiAnswer::Deleted(_) => "deleted",
                };
                let _ = writeln!(reply.out, "{}/{name} {done}", kind.singular());
            }
            Err(error @ (ApiError::Unreachable { .. } | ApiError::Invalid { .. })) => {
                add(&mut reply, &said(&error));
            }
            Err(error) => {
                let text = format!(
                    "Error from server ({}): error when creating \"{path}\": {error}",
                    error.reason()
                );
                add(&mut reply, &Reply::failed(text));
            }
        }
    }
    reply
}

/// `label` and `annotate`: `KEY=VALUE` sets, `KEY-` takes away.
pub(super) fn mark(cx: &mut Cx<'_>, verb: &str, flags: &Flags<'_>) -> Reply {
    let (pairs, targets): (Vec<&str>, Vec<&str>) =
        flags.rest.iter().partition(|word| word.contains('=') || word.ends_with('-'));
    let targets = match named(&targets) {
        Ok(targets) => targets,
        Err(failed) => return failed,
    };
    let (field, done) = if verb == "label" { ("labels", "labeled") } else { ("annotations", "annotated") };
    let mut marks = Map::new();
    for pair in pairs {
        match pair.split_once('=') {
            Some((key, value)) => marks.insert(key.to_owned(), value.into()),
            None => marks.insert(pair.trim_end_matches('-').to_owned(), Value::Null),
        };
    }
    let removes = !marks.is_empty() && marks.values().all(Value::is_null);
    let done = if removes && verb == "label" { "unlabeled" } else { done };
    let mut reply = Reply::default();
    for (kind, name) in targets {
        let request = ApiRequest::Patch {
            kind,
            namespace: namespace(kind, flags).into(),
            name: name.into(),
            patch: json!({ "metadata": { field: marks } }),
            how: PatchKind::Merge,
        };
        match ask(cx, request) {
            Ok(ApiAnswer::Unchanged(_)) => drop(writeln!(reply.out, "{}/{name} not {done}", kind.singular())),
            Ok(_) => drop(writeln!(reply.out, "{}/{name} {done}", kind.singular())),
            Err(error) => add(&mut reply, &said(&error)),
        }
    }
    reply
}
