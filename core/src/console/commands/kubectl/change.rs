//! `kubectl delete`, `apply`, `create`, `label` and `annotate`: each becomes requests that the world's recording holds.

use std::fmt::Write as _;

use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::{
    super::{Cx, Reply},
    Waiting,
    flags::Call,
    get,
    gone::{Gone, Left},
    kubeconfig::{self, Access},
    reach, said,
};
use crate::cluster::{ApiAnswer, ApiError, ApiRequest, Kind, PatchKind};

pub(super) fn namespace<'w>(kind: Kind, call: &Call<'w>) -> &'w str {
    if kind.is_namespaced() { call.namespace() } else { "" }
}

/// Asks, when the machine that the person is on reaches the API server; else what is said then.
pub(super) fn ask(cx: &mut Cx<'_>, call: &Call<'_>, request: ApiRequest) -> Result<ApiAnswer, Reply> {
    reach::server(cx, call)?;
    cx.world.request(request).map_err(|error| said(&error))
}

/// A word that is no kind.
pub(super) fn no_type(word: &str) -> Reply {
    Reply::failed(format!("error: the server doesn't have a resource type \"{word}\""))
}

/// `KIND NAME...` or `KIND/NAME...`.
pub(super) fn named<'w>(words: &[&'w str]) -> Result<Vec<(Kind, &'w str)>, Reply> {
    let kind = |word: &str| Kind::of_word(word).ok_or_else(|| no_type(word));
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

const NOTHING_NAMED: &str = "error: You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/// What is said when nothing is named.
pub(super) fn nothing_named() -> Reply {
    Reply::failed(NOTHING_NAMED)
}

/// What a deletion is about.
fn targets(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Vec<(Kind, String)>, Reply> {
    if let Some(path) = call.value("filename") {
        return Ok(documents(cx, path)?.iter().filter_map(identity).collect());
    }
    if call.rest.is_empty() {
        return Err(nothing_named());
    }
    if !call.has("all") && call.value("selector").is_none() {
        return Ok(named(&call.rest)?.into_iter().map(|(kind, name)| (kind, name.to_owned())).collect());
    }
    let asked = get::asked_of(call).map_err(no_type)?;
    let labels = get::labels(call)?;
    let server = reach::server(cx, call)?;
    let mut found = Vec::new();
    for (kind, _) in asked {
        let space = kind.is_namespaced().then(|| call.namespace());
        found.extend(server.list(kind, space, &labels).map(|it| (kind, it.meta.name.to_string())));
    }
    Ok(found)
}

pub(super) fn delete(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let (access, dry_run, targets) =
        match accessed(cx, call).and_then(|(access, dry_run)| Ok((access, dry_run, targets(cx, call)?))) {
            Ok(known) => known,
            Err(failed) => return failed,
        };
    let force = call.has("force");
    let given = call.number("grace-period").filter(|seconds| *seconds >= 0);
    // Without force nobody loses a pod at once.
    let given = given.map(|seconds| if force { seconds } else { seconds.max(1) });
    let grace = given.or(call.has("now").then_some(1)).or(force.then_some(0));
    let grace = grace.and_then(|seconds| u64::try_from(seconds).ok());
    let mut reply = Reply::default();
    if force && grace == Some(0) {
        reply.err.push_str("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n");
    }
    let mut left = Vec::new();
    for (kind, name) in targets {
        let space = namespace(kind, call);
        let there = match reach::server(cx, call).map(|server| server.get(kind, space, &name).ok().cloned()) {
            Ok(there) => there,
            Err(failed) => return failed,
        };
        let place = if space.is_empty() { String::new() } else { format!(" from {space} namespace") };
        let how = if force { "force deleted" } else { "deleted" };
        let line = format!("{} \"{name}\" {how}{place}", kind.singular());
        if let (Some(how), Some(_)) = (dry_run, &there) {
            let _ = writeln!(reply.out, "{line}{how}");
            continue;
        }
        let request = ApiRequest::Delete { kind, namespace: space.into(), name: name.as_str().into(), grace };
        match ask(cx, call, request) {
            Ok(_) => {
                let _ = writeln!(reply.out, "{line}");
                left.extend(there.as_deref().map(Left::of));
            }
            Err(_) if call.has("ignore-not-found") && there.is_none() => {}
            Err(failed) => add(&mut reply, &failed),
        }
    }
    if !left.is_empty() && call.value("wait") != Some("false") {
        let gone = Gone { access, left, code: reply.code };
        return reply.waits(Waiting::Gone(gone));
    }
    reply
}

/// How the server is reached, and whether nothing is to be changed.
pub(super) fn accessed(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<(Access, Option<&'static str>), Reply> {
    Ok((kubeconfig::access(cx, call)?, call.dry_run()?))
}

pub(super) fn add(reply: &mut Reply, failed: &Reply) {
    reply.err.push_str(&failed.err);
    reply.code = failed.code;
}

/// The documents of a file, or of what was piped in.
pub(super) fn documents(cx: &mut Cx<'_>, path: &str) -> Result<Vec<Value>, Reply> {
    let text = match path {
        "-" => cx.input.unwrap_or_default().to_owned(),
        path => cx.console.files(cx.world).read(path).map_err(|why| {
            let text = why.to_string().to_lowercase();
            let text = if text.starts_with("no such") {
                "does not exist".to_owned()
            } else {
                format!("cannot be read: {text}")
            };
            Reply::failed(format!("error: the path \"{path}\" {text}"))
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

pub(super) fn identity(document: &Value) -> Option<(Kind, String)> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let kind = Kind::of_manifest(text("/apiVersion")?, text("/kind")?)?;
    Some((kind, text("/metadata/name")?.to_owned()))
}

/// `apply -f` and `create -f`.
pub(super) fn put(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let Some(path) = call.value("filename") else {
        return Reply::failed(format!(
            "error: must specify one of -f and -k\nWrite `kubectl {} -f FILE`.",
            call.verb
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
            object["metadata"]["namespace"] = namespace(kind, call).into();
        }
        let request =
            if call.verb == "apply" { ApiRequest::Apply { object } } else { ApiRequest::Create { object } };
        if let Err(failed) = reach::server(cx, call) {
            return failed;
        }
        match cx.world.request(request) {
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
pub(super) fn mark(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let (pairs, targets): (Vec<&str>, Vec<&str>) =
        call.rest.iter().partition(|word| word.contains('=') || word.ends_with('-'));
    if targets.is_empty() {
        return Reply::failed(
            "error: one or more resources must be specified as <resource> <name> or <resource>/<name>",
        );
    }
    if pairs.is_empty() {
        let what = if call.verb == "label" { "label" } else { "annotation" };
        return Reply::failed(format!("error: at least one {what} update is required"));
    }
    let targets = match named(&targets) {
        Ok(targets) => targets,
        Err(failed) => return failed,
    };
    let (field, done) =
        if call.verb == "label" { ("labels", "labeled") } else { ("annotations", "annotated") };
    let mut marks = Map::new();
    for pair in pairs {
        match pair.split_once('=') {
            Some((key, value)) => marks.insert(key.to_owned(), value.into()),
            None => marks.insert(pair.trim_end_matches('-').to_owned(), Value::Null),
        };
    }
    let removes = !marks.is_empty() && marks.values().all(Value::is_null);
    let done = if removes && call.verb == "label" { "unlabeled" } else { done };
    let mut reply = Reply::default();
    for (kind, name) in targets {
        let space = namespace(kind, call);
        let there = match reach::server(cx, call).map(|server| server.get(kind, space, name).ok().cloned()) {
            Ok(there) => there.map(|it| it.to_json()).unwrap_or_default(),
            Err(failed) => return failed,
        };
        let known = |key: &str| there.pointer(&format!("/metadata/{field}"))?.get(key)?.as_str();
        let taken = marks.iter().find_map(|(key, value)| {
            let known = known(key).filter(|known| value.as_str().is_some_and(|value| value != *known))?;
            Some(format!("error: '{key}' already has a value ({known}), and --overwrite is false"))
        });
        if let Some(text) = taken.filter(|_| !call.has("overwrite")) {
            add(&mut reply, &Reply::failed(text));
            continue;
        }
        let request = ApiRequest::Patch {
            kind,
            namespace: space.into(),
            name: name.into(),
            patch: json!({ "metadata": { field: marks } }),
            how: PatchKind::Merge,
        };
        match ask(cx, call, request) {
            Ok(ApiAnswer::Unchanged(_)) => drop(writeln!(reply.out, "{}/{name} not {done}", kind.singular())),
            Ok(_) => drop(writeln!(reply.out, "{}/{name} {done}", kind.singular())),
            Err(failed) => add(&mut reply, &failed),
        }
    }
    reply
}
