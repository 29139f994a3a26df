//! Event objects. There are many of them, so they are kept small and become JSON when somebody asks.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{ApiError, Kind};
use crate::{
    kubelet::SentEvent,
    time::{Time, UnixSeconds},
};

/// What an Event object holds beside its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBody {
    /// What it is about.
    pub involved: Involved,
    /// Whether of type Warning; else Normal.
    pub warning: bool,
    /// Such as `BackOff`.
    pub reason: Arc<str>,
    /// The sentence.
    pub message: Arc<str>,
    /// Who says it.
    pub source: EventSource,
    /// When it was so first.
    pub first: UnixSeconds,
    /// When it was so last.
    pub last: UnixSeconds,
    /// How often.
    pub count: u32,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Involved {
    /// Of which kind.
    pub kind: Kind,
    /// Its namespace; empty for kinds that have none.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its uid; a kubelet names a static pod by the uid of its own, not by the mirror's.
    pub uid: Arc<str>,
    /// Such as `spec.containers{web}`; empty when about all of it.
    pub field_path: Arc<str>,
}

/// Who says an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventSource {
    /// Such as `kubelet`.
    pub component: Arc<str>,
    /// The node, for a kubelet; else empty.
    pub host: Arc<str>,
}

impl EventBody {
    /// What the kubelet of `node` tells of one of its pods, last at `last`.
    #[must_use]
    pub fn of_kubelet(event: SentEvent, node: &str, epoch: UnixSeconds, last: Time) -> Self {
        let SentEvent { pod, warning, reason, field_path, message, series } = event;
        let combined = || format!("(combined from similar events): {message}").into();
        Self {
            involved: Involved {
                kind: Kind::Pod,
                namespace: Arc::clone(&pod.namespace),
                name: Arc::clone(&pod.name),
                uid: pod.uid.as_str().into(),
                field_path,
            },
            warning,
            reason,
            message: if series.combined { combined() } else { message },
            source: EventSource { component: "kubelet".into(), host: node.into() },
            first: epoch.at(series.first),
            last: epoch.at(last),
            count: series.count,
        }
    }

    /// Its fields as Kubernetes writes them.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let Involved { kind, namespace, name, uid, field_path } = &self.involved;
        let mut involved = json!({
            "apiVersion": kind.api_version(), "kind": kind.name(), "name": &**name, "uid": &**uid,
        });
        for (key, text) in [("namespace", namespace), ("fieldPath", field_path)] {
            if !text.is_empty() {
                involved[key] = (**text).into();
            }
        }
        let mut source = json!({"component": &*self.source.component});
        if !self.source.host.is_empty() {
            source["host"] = (*self.source.host).into();
        }
        let value = json!({
            "involvedObject": involved,
            "type": if self.warning { "Warning" } else { "Normal" },
            "reason": &*self.reason,
            "message": &*self.message,
            "source": source,
            "firstTimestamp": self.first.to_string(),
            "lastTimestamp": self.last.to_string(),
            "count": self.count,
            "eventTime": null,
            "reportingComponent": &*self.source.component,
            "reportingInstance": &*self.source.host,
        });
        match value {
            Value::Object(fields) => fields,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Map::new()
            }
        }
    }

    /// Reads an event's fields. `None` when they are not of the form that this one writes.
    pub(super) fn from_json(fields: &Map<String, Value>) -> Result<Self, ApiError> {
        let wrong = |what: &str| ApiError::BadRequest(format!("event: {what} is missing"));
        let involved = fields.get("involvedObject").ok_or_else(|| wrong("involvedObject"))?;
        let text = |value: Option<&Value>| Arc::from(value.and_then(Value::as_str).unwrap_or_default());
        let part = |key: &str| text(involved.get(key));
        let source = |key: &str| text(fields.get("source").and_then(|source| source.get(key)));
        let time = |key: &str| {
            fields.get(key).and_then(Value::as_str).and_then(UnixSeconds::parse).unwrap_or_default()
        };
        let kind = Kind::of_manifest(&part("apiVersion"), &part("kind"));
        Ok(Self {
            involved: Involved {
                kind: kind.ok_or_else(|| wrong("involvedObject.kind"))?,
                namespace: part("namespace"),
                name: part("name"),
                uid: part("uid"),
                field_path: part("fieldPath"),
            },
            warning: fields.get("type").and_then(Value::as_str) == Some("Warning"),
            reason: text(fields.get("reason")),
            message: text(fields.get("message")),
            source: EventSource { component: source("component"), host: source("host") },
            first: time("firstTimestamp"),
            last: time("lastTimestamp"),
            count: fields.get("count").and_then(Value::as_u64).and_then(|it| it.try_into().ok()).unwrap_or(1),
        })
    }
}
