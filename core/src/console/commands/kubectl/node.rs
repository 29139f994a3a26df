//! `kubectl cordon`, `uncordon` and `taint`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    super::{Cx, Reply},
    change::{add, ask, no_type},
    flags::Call,
    get, reach, said,
};
use crate::cluster::{ApiRequest, Kind, PatchKind};

const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

pub(super) fn cordon(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    mark(cx, call, true)
}

pub(super) fn uncordon(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    mark(cx, call, false)
}

/// The nodes that a call names.
pub(super) fn named(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Vec<String>, Reply> {
    if call.rest.is_empty() && call.value("selector").is_none() {
        return Err(call.misused(&format!("USAGE: {} NODE [flags]", call.verb)));
    }
    let labels = get::labels(call)?;
    let server = reach::server(cx, call)?;
    if call.rest.is_empty() {
        return Ok(server.list(Kind::Node, None, &labels).map(|it| it.meta.name.to_string()).collect());
    }
    let bare = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let names: Vec<String> = call.rest.iter().map(|word| bare(word)).collect();
    match names.iter().find_map(|name| server.get(Kind::Node, "", name).err()) {
        Some(error) => Err(said(&error)),
        None => Ok(names),
    }
}

fn mark(cx: &mut Cx<'_>, call: &Call<'_>, cordon: bool) -> Reply {
    match named(cx, call) {
        Ok(names) => names.iter().fold(Reply::default(), |mut reply, name| {
            match marked(cx, call, name, cordon) {
                Ok(line) => reply.out.push_str(&line),
                Err(failed) => add(&mut reply, &failed),
            }
            reply
        }),
        Err(failed) => failed,
    }
}

/// Marks a node as one that takes pods, or does not; gives the line that says so.
pub(super) fn marked(cx: &mut Cx<'_>, call: &Call<'_>, name: &str, cordon: bool) -> Result<String, Reply> {
    let word = if cordon { "cordoned" } else { "uncordoned" };
    let how = call.dry_run()?.unwrap_or_default();
    let server = reach::server(cx, call)?;
    let node = server.get(Kind::Node, "", name).map_err(|error| said(&error))?;
    if (node.at("/spec/unschedulable") == &Value::Bool(true)) == cordon {
        return Ok(format!("node/{name} already {word}{how}\n"));
    }
    if how.is_empty() {
        let value = if cordon { Value::Bool(true) } else { Value::Null };
        ask(cx, call, patch(name, &json!({"unschedulable": value})))?;
    }
    Ok(format!("node/{name} {word}{how}\n"))
}

fn patch(name: &str, spec: &Value) -> ApiRequest {
    ApiRequest::Patch {
        kind: Kind::Node,
        namespace: "".into(),
        name: name.into(),
        patch: json!({ "spec": spec }),
        how: PatchKind::Merge,
    }
}

/// One word of `kubectl taint`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taint<'w> {
    key: &'w str,
    value: &'w str,
    effect: &'w str,
    removes: bool,
}

impl<'w> Taint<'w> {
    fn parse(word: &'w str) -> Result<Self, String> {
        let (bare, removes) = word.strip_suffix('-').map_or((word, false), |bare| (bare, true));
        let (pair, effect) = bare.split_once(':').unwrap_or((bare, ""));
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let letters = |key: &str| {
            key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
                && key.starts_with(|c: char| c.is_ascii_alphanumeric())
                && key.ends_with(|c: char| c.is_ascii_alphanumeric())
        };
        if key.is_empty() {
            return Err(format!("invalid taint spec: {word}, name part must be non-empty; {NAME}"));
        }
        if !letters(key) || (effect.is_empty() && !removes) {
            return Err(format!("invalid taint spec: {word}, {NAME}"));
        }
        if !effect.is_empty() && !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect) {
            return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
        }
        Ok(Self { key, value, effect, removes })
    }

    /// Whether a node's taint is the one that is meant.
    fn is(&self, known: &Value) -> bool {
        let text = |field: &str| known.get(field).and_then(Value::as_str).unwrap_or_default();
        text("key") == self.key && (self.effect.is_empty() || text("effect") == self.effect)
    }

    fn to_json(&self) -> Value {
        let mut taint = json!({"effect": self.effect, "key": self.key});
        if !self.value.is_empty() {
            taint["value"] = self.value.into();
        }
        taint
    }
}

pub(super) fn taint(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let is_taint = |word: &str| word.contains(['=', ':']) || word.ends_with('-');
    let Some((kind, rest)) = call.rest.split_first() else {
        return Reply::failed("error: one or more resources must be specified as <resource> <name>");
    };
    let (taints, names): (Vec<&str>, Vec<&str>) = rest.iter().partition(|word| is_taint(word));
    if taints.is_empty() {
        return Reply::failed("error: at least one taint update is required");
    }
    let mut parsed = Vec::new();
    for word in taints {
        match Taint::parse(word) {
            Ok(taint) => parsed.push(taint),
            Err(text) => return call.misused(&text),
        }
    }
    match Kind::of_word(kind) {
        Some(Kind::Node) => {}
        Some(_) => {
            return Reply::failed(format!(
                "error: invalid resource type {kind}, only node types are supported"
            ));
        }
        None => return no_type(kind),
    }
    names.iter().fold(Reply::default(), |mut reply, name| {
        match tainted(cx, call, name, &parsed) {
            Ok(word) => drop(writeln!(reply.out, "node/{name} {word}")),
            Err(failed) => add(&mut reply, &failed),
        }
        reply
    })
}

/// Changes the taints of a node; gives the word for what was done.
fn tainted(
    cx: &mut Cx<'_>,
    call: &Call<'_>,
    name: &str,
    taints: &[Taint<'_>],
) -> Result<&'static str, Reply> {
    let server = reach::server(cx, call)?;
    let node = server.get(Kind::Node, "", name).map_err(|error| said(&error))?;
    let mut all = node.at("/spec/taints").as_array().cloned().unwrap_or_default();
    let adds = taints.iter().any(|taint| !taint.removes);
    let mut replaced = false;
    for taint in taints.iter().filter(|taint| !taint.removes) {
        if all.iter().any(|known| taint.is(known)) {
            if !call.has("overwrite") {
                return Err(Reply::failed(format!(
                    "error: node {name} already has {} taint(s) with same effect(s) and --overwrite is false",
                    taint.key
                )));
            }
            replaced = true;
        }
        all.retain(|known| !taint.is(known));
        all.push(taint.to_json());
    }
    for taint in taints.iter().filter(|taint| taint.removes) {
        let before = all.len();
        all.retain(|known| !taint.is(known));
        if all.len() == before {
            let shown = if taint.effect.is_empty() {
                taint.key.to_owned()
            } else {
                format!("{}:{}", taint.key, taint.effect)
            };
            return Err(Reply::failed(format!("error: taint \"{shown}\" not found")));
        }
    }
    let removes = taints.iter().any(|taint| taint.removes);
    let all = if all.is_empty() { Value::Null } else { Value::Array(all) };
    if call.dry_run()?.is_none() {
        ask(cx, call, patch(name, &json!({ "taints": all })))?;
    }
    Ok(match (adds, removes) {
        (true, false) if !replaced => "tainted",
        (false, true) => "untainted",
        (true | false, _) => "modified",
    })
}
