//! Steps and expectations about a cluster: its API server, its objects, its other nodes.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    Testbed,
    check::{Amount, Unmet, unmet},
    error::ScenarioError,
    words::Words,
};
use crate::{
    cluster::{ApiRequest, ApiServer, Kind, Object, PatchKind, Selector, kubeadm},
    trace::Input,
};

/// What is done to the API.
pub(super) const API_DEEDS: [&str; 6] = ["down", "up", "delete", "label", "annotate", "patch"];

/// Something that is to hold of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the words of the step")]
pub enum ApiExpectation {
    /// How an object is.
    Object { kind: Kind, namespace: Arc<str>, name: Arc<str>, state: ObjectState },
    /// How many objects there are of a kind, of those that a selector takes.
    Count { kind: Kind, namespace: Option<Arc<str>>, labels: Selector, amount: Amount },
    /// An event about an object of this name.
    Event { reason: Arc<str>, name: Arc<str>, text: Option<Arc<str>> },
    /// Whether it answers.
    Answers(bool),
    /// What it refused the last `try`.
    Refused(Arc<str>),
}

/// How an object can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectState {
    /// It is there.
    Exists,
    /// It is not.
    Gone,
    /// It is being deleted.
    Terminating,
    /// A field has this value.
    Has(Arc<str>, Arc<str>),
    /// A field is not there.
    Lacks(Arc<str>),
    /// Its uid is the one at the last note, or not.
    Same(bool),
}

/// Uids of pods and nodes at the last note.
pub(super) type NotedUids = BTreeMap<(Kind, String, String), String>;

pub(super) fn uids(api: &ApiServer) -> NotedUids {
    let all = Selector::default();
    let one = |object: &Arc<Object>| {
        let meta = &object.meta;
        ((object.kind, meta.namespace.to_string(), meta.name.to_string()), meta.uid.to_string())
    };
    Kind::all()
        .filter(|kind| !matches!(kind, Kind::Event | Kind::Lease))
        .flat_map(|kind| api.list(kind, None, &all).map(one).collect::<Vec<_>>())
        .collect()
}

/// `api ...` as a deed.
pub(super) fn deed(words: &mut Words<'_>) -> Result<Vec<Input>, ScenarioError> {
    let verb = words.one_of(&API_DEEDS)?;
    if verb == "down" || verb == "up" {
        return Ok(vec![Input::ApiServer { up: verb == "up" }]);
    }
    let (kind, name) = object(words)?;
    let patch = |namespace: Arc<str>, patch: Value| ApiRequest::Patch {
        kind,
        namespace,
        name: Arc::clone(&name),
        patch,
        how: PatchKind::Strategic,
    };
    let request = match verb {
        "delete" => {
            let namespace = namespace(words, kind)?;
            let grace = words.eat("now").then_some(0);
            ApiRequest::Delete { kind, namespace, name, grace }
        }
        "patch" => {
            let text = words.any("a patch, as JSON in double quotes")?;
            let value: Value = serde_json::from_str(&text)
                .map_err(|error| words.wrong("this is no JSON", &error.to_string()))?;
            patch(namespace(words, kind)?, value)
        }
        _ => {
            let field = if verb == "label" { "labels" } else { "annotations" };
            let pair = words.any("key=value, or key- to take it away")?;
            let (key, value) = match pair.split_once('=') {
                Some((key, value)) => (key.to_owned(), Value::from(value)),
                None => (pair.trim_end_matches('-').to_owned(), Value::Null),
            };
            let mut value_of = json!({"metadata": {}});
            value_of["metadata"][field][key] = value;
            patch(namespace(words, kind)?, value_of)
        }
    };
    Ok(vec![Input::Api { request }])
}

/// `apply FILE`: each document is an object.
pub(super) fn apply(words: &Words<'_>, text: &str) -> Result<Vec<Input>, ScenarioError> {
    let mut inputs = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let object = <Value as serde::Deserialize>::deserialize(document)
            .map_err(|error| words.wrong("the file cannot be read", &error.to_string()))?;
        if !object.is_null() {
            inputs.push(Input::Api { request: ApiRequest::Apply { object } });
        }
    }
    Ok(inputs)
}

/// `kubeadm init NODE ADDRESS` writes the manifests of a control plane; `kubeadm addons` applies what belongs to it.
pub(super) fn kubeadm(words: &mut Words<'_>) -> Result<Vec<Input>, ScenarioError> {
    if words.one_of(&["init", "addons"])? == "addons" {
        let apply = |object| Input::Api { request: ApiRequest::Apply { object } };
        return Ok(kubeadm::addons(kubeadm::VERSION).into_iter().map(apply).collect());
    }
    let node = words.any("the node's name")?;
    let ip = words.any("the node's address")?;
    let write = |(name, text): (&str, String)| Input::Write {
        file: format!("{name}.yaml").into(),
        bytes: text.into_bytes().into(),
    };
    Ok(kubeadm::manifests(&kubeadm::Plan::of(&node, &ip)).into_iter().map(write).collect())
}

/// `api ...` as an expectation.
pub(super) fn expectation(words: &mut Words<'_>) -> Result<ApiExpectation, ScenarioError> {
    if words.eat("answers") {
        return Ok(ApiExpectation::Answers(true));
    }
    if words.eat_all(&["is", "unreachable"]) {
        return Ok(ApiExpectation::Answers(false));
    }
    if words.eat("refused") {
        return Ok(ApiExpectation::Refused(words.any("a text in double quotes")?.into()));
    }
    if words.eat("event") {
        let reason = words.any("an event's reason")?.into();
        words.expect("on")?;
        let name = words.any("an object's name")?.into();
        let text = words.eat("says").then(|| words.any("a text in double quotes")).transpose()?;
        return Ok(ApiExpectation::Event { reason, name, text: text.map(Into::into) });
    }
    if words.eat("has") {
        let amount = if words.eat_all(&["at", "least"]) {
            Amount::AtLeast(words.number("a number")?)
        } else {
            Amount::Exactly(if words.eat("no") { 0 } else { words.number("a number, or no")? })
        };
        let kind = kind(words)?;
        let namespace = words.eat("in").then(|| words.any("a namespace")).transpose()?;
        let labels = if words.eat("with") { words.any("a label selector")? } else { String::new() };
        let labels = Selector::parse(&labels)
            .map_err(|error| words.wrong("this is no label selector", &error.to_string()))?;
        return Ok(ApiExpectation::Count { kind, namespace: namespace.map(Into::into), labels, amount });
    }
    let (kind, name) = object(words)?;
    let namespace = namespace(words, kind)?;
    let state = match words.one_of(&["exists", "is", "has", "lacks"])? {
        "exists" => ObjectState::Exists,
        "has" => {
            let path = words.any("a field, such as status.phase")?.into();
            ObjectState::Has(path, words.any("its value")?.into())
        }
        "lacks" => ObjectState::Lacks(words.any("a field, such as metadata.labels.app")?.into()),
        _ if words.eat_all(&["the", "same"]) => ObjectState::Same(true),
        _ => match words.one_of(&["gone", "terminating", "another", "the same"])? {
            "gone" => ObjectState::Gone,
            "terminating" => ObjectState::Terminating,
            _ => ObjectState::Same(false),
        },
    };
    Ok(ApiExpectation::Object { kind, namespace, name, state })
}

fn kind(words: &mut Words<'_>) -> Result<Kind, ScenarioError> {
    let word = words.any("a kind of object, such as pod or node")?;
    Kind::of_word(&word)
        .ok_or_else(|| words.wrong(&format!("there is no kind `{word}`"), "write pod, node, daemonset ..."))
}

fn object(words: &mut Words<'_>) -> Result<(Kind, Arc<str>), ScenarioError> {
    Ok((kind(words)?, words.any("an object's name")?.into()))
}

fn namespace(words: &mut Words<'_>, kind: Kind) -> Result<Arc<str>, ScenarioError> {
    let named = if words.eat("in") { words.any("a namespace")? } else { "default".to_owned() };
    Ok(if kind.is_namespaced() { named.into() } else { "".into() })
}

impl ApiExpectation {
    pub(super) fn check(
        &self,
        bed: &mut dyn Testbed,
        noted: &NotedUids,
        refusal: Option<&str>,
    ) -> Result<(), Unmet> {
        if let Self::Refused(text) = self {
            let found = refusal.unwrap_or("nothing was refused");
            return met(found.contains(&**text), || format!("a refusal with \"{text}\""), found);
        }
        let api = bed.api();
        if let Self::Answers(wanted) = self {
            let word = if *wanted { "an API server that answers" } else { "no API server that answers" };
            let found = api.map_or_else(|error| error.to_string(), |_| "it answers".to_owned());
            return met((found == "it answers") == *wanted, || word.to_owned(), &found);
        }
        let api = api.map_err(|error| unmet("an API server".to_owned(), error.to_string()))?;
        match self {
            Self::Object { kind, namespace, name, state } => {
                let object = api.get(*kind, namespace, name).ok();
                let before = noted.get(&(*kind, namespace.to_string(), name.to_string()));
                state.check(&format!("{} {name}", kind.singular()), object.map(|it| &**it), before)
            }
            Self::Count { kind, namespace, labels, amount } => {
                let found: Vec<&str> =
                    api.list(*kind, namespace.as_deref(), labels).map(|it| &*it.meta.name).collect();
                let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
                let shown = format!("{count}: {}", found.join(", "));
                met(amount.holds(count), || format!("{amount} {}", kind.plural()), &shown)
            }
            Self::Event { reason, name, text } => {
                let all = Selector::default();
                let events = api.list(Kind::Event, None, &all).filter_map(|it| it.event());
                let about: Vec<_> = events.filter(|event| event.involved.name == *name).collect();
                let is_it = |event: &&std::sync::Arc<crate::cluster::EventBody>| {
                    event.reason == *reason
                        && text.as_ref().is_none_or(|text| event.message.contains(&**text))
                };
                let said = about.iter().map(|event| format!("{}: {}", event.reason, event.message));
                let shown = said.collect::<Vec<_>>().join(" / ");
                met(about.iter().any(is_it), || format!("event {reason} on {name}"), &shown)
            }
            Self::Answers(_) | Self::Refused(_) => Ok(()),
        }
    }
}

impl ObjectState {
    fn check(&self, what: &str, object: Option<&Object>, before: Option<&String>) -> Result<(), Unmet> {
        let Some(object) = object else {
            return met(*self == Self::Gone, || what.to_owned(), "there is none");
        };
        let json = object.to_json();
        match self {
            Self::Exists => Ok(()),
            Self::Gone => met(false, || format!("no {what}"), &format!("it has uid {}", object.meta.uid)),
            Self::Terminating => {
                met(object.meta.deletion.is_some(), || format!("{what} that is being deleted"), "it is not")
            }
            Self::Has(path, value) => {
                let found = field(&json, path);
                met(
                    found.as_deref() == Some(&**value),
                    || format!("{what} with {path} {value}"),
                    found.as_deref().unwrap_or("no such field"),
                )
            }
            Self::Lacks(path) => {
                let found = field(&json, path);
                met(
                    found.is_none(),
                    || format!("{what} without {path}"),
                    found.as_deref().unwrap_or_default(),
                )
            }
            Self::Same(same) => {
                let now = object.meta.uid.to_string();
                let word = if *same { "still" } else { "other than" };
                let wanted = || format!("{what} {word} {}", before.map_or("none", String::as_str));
                met(before.is_some_and(|before| (*before == now) == *same), wanted, &now)
            }
        }
    }
}

/// A field by its path; a part may be a number, and dots in a key are written as `\.`.
fn field(json: &Value, path: &str) -> Option<String> {
    let parts = path.replace("\\.", "\u{0}");
    let mut value = json;
    for part in parts.split('.') {
        let key = part.replace('\u{0}', ".");
        value = match value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            other => other.get(&key)?,
        };
    }
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn met(holds: bool, wanted: impl FnOnce() -> String, found: &str) -> Result<(), Unmet> {
    if holds { Ok(()) } else { Err(unmet(wanted(), found.to_owned())) }
}
