//! One object of the API server. What a kubelet made is kept as the kubelet has it and becomes JSON when somebody asks; everything else is
//! kept as it was sent, field for field.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{ApiError, EventBody, Kind, Meta};
use crate::{
    id::NodeName,
    manifest::{Pod, print},
    time::UnixSeconds,
    view::{
        PodView,
        object::{Place, pod_status},
    },
};

/// An object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Who it is.
    pub meta: Meta,
    /// The rest.
    pub body: Body,
}

/// What an object holds beside kind and metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Its other fields.
    Json(Arc<Map<String, Value>>),
    /// A pod.
    Pod(PodBody),
    /// An event.
    Event(Arc<EventBody>),
}

/// A pod's spec and status.
#[derive(Clone, Debug, PartialEq)]
pub struct PodBody {
    /// What it should be.
    pub spec: PodSpecBody,
    /// How it is.
    pub status: PodStatusBody,
    /// `spec.nodeName`, once it has one.
    pub node: Option<NodeName>,
    /// `spec.priority`, as admission computed it.
    pub priority: Option<i64>,
}

/// A pod's spec.
#[derive(Clone, Debug, PartialEq)]
pub enum PodSpecBody {
    /// As it was sent, with its defaults.
    Json(Arc<Value>),
    /// The spec of a static pod, shared with its kubelet.
    Static(Arc<Pod>),
}

/// A pod's status.
#[derive(Clone, Debug, PartialEq)]
pub enum PodStatusBody {
    /// As it was sent.
    Json(Arc<Value>),
    /// As its kubelet told.
    Kubelet(Arc<PodReport>),
}

/// How a kubelet sees a pod, and what is needed to say so in Kubernetes' words.
#[derive(Clone, Debug, PartialEq)]
pub struct PodReport {
    /// How it is.
    pub view: Arc<PodView>,
    /// What it should be.
    pub pod: Arc<Pod>,
    /// The wall clock at the view's zero.
    pub epoch: UnixSeconds,
    /// The node's address.
    pub host_ip: Option<Arc<str>>,
}

impl PodReport {
    /// The whole `status` in Kubernetes' words.
    fn to_json(&self) -> Value {
        let place = Place { epoch: self.epoch, runtime: "containerd", host_ip: self.host_ip.as_deref() };
        pod_status(&self.pod, &self.view, &place)
    }
}

impl Object {
    /// An object of these fields (`spec`, `status`, `data` and the like).
    #[must_use]
    pub fn new(kind: Kind, meta: Meta, fields: Value) -> Self {
        let Value::Object(mut fields) = fields else {
            return Self { kind, meta, body: Body::Json(Arc::new(Map::new())) };
        };
        let body = if kind == Kind::Pod {
            let status = fields.remove("status").unwrap_or_else(|| json!({}));
            let spec = fields.remove("spec").unwrap_or_else(|| json!({}));
            Body::Pod(PodBody::from_json(spec, status))
        } else if let Some(event) =
            (kind == Kind::Event).then(|| EventBody::from_json(&fields).ok()).flatten()
        {
            Body::Event(Arc::new(event))
        } else {
            Body::Json(Arc::new(fields))
        };
        Self { kind, meta, body }
    }

    /// Reads an object.
    pub fn from_json(value: &Value) -> Result<Self, ApiError> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let (api_version, name) = (text("apiVersion"), text("kind"));
        let Some(kind) = Kind::of_manifest(api_version, name) else {
            return Err(ApiError::BadRequest(format!(
                "no matches for kind \"{name}\" in version \"{api_version}\""
            )));
        };
        let Value::Object(fields) = value else {
            return Err(ApiError::BadRequest("an object must be a mapping".to_owned()));
        };
        let meta = fields.get("metadata").map_or(Ok(Meta::default()), Meta::from_json)?;
        let mut fields = fields.clone();
        for known in ["apiVersion", "kind", "metadata"] {
            fields.remove(known);
        }
        Ok(Self::new(kind, meta, Value::Object(fields)))
    }

    /// As Kubernetes writes it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut fields = match &self.body {
            Body::Json(fields) => (**fields).clone(),
            Body::Pod(pod) => {
                let mut fields = Map::new();
                fields.insert("spec".to_owned(), pod.spec_json());
                fields.insert("status".to_owned(), pod.status_json());
                fields
            }
            Body::Event(event) => event.to_json(),
        };
        fields.insert("apiVersion".to_owned(), self.kind.api_version().into());
        fields.insert("kind".to_owned(), self.kind.name().into());
        fields.insert("metadata".to_owned(), self.meta.to_json());
        Value::Object(fields)
    }

    /// A top-level field, such as `spec` or `status`; `Null` when it is not there.
    #[must_use]
    pub fn field(&self, name: &str) -> Value {
        match (&self.body, name) {
            (Body::Json(fields), _) => fields.get(name).cloned().unwrap_or_default(),
            (Body::Pod(pod), "spec") => pod.spec_json(),
            (Body::Pod(pod), "status") => pod.status_json(),
            (Body::Pod(_), _) => Value::Null,
            (Body::Event(event), _) => event.to_json().remove(name).unwrap_or_default(),
        }
    }

    /// A field that is not a pod's, without copying it: `at("/spec/replicas")`.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        const NULL: &Value = &Value::Null;
        let Body::Json(fields) = &self.body else { return NULL };
        let path = pointer.trim_start_matches('/');
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let Some(field) = fields.get(first) else { return NULL };
        if rest.is_empty() { field } else { field.pointer(&format!("/{rest}")).unwrap_or(NULL) }
    }

    /// Changes a top-level field.
    pub fn set_field(&mut self, name: &str, value: Value) {
        match (&mut self.body, name) {
            (Body::Json(fields), _) => {
                Arc::make_mut(fields).insert(name.to_owned(), value);
            }
            (Body::Pod(pod), "status") => pod.status = PodStatusBody::Json(Arc::new(value)),
            (Body::Pod(pod), "spec") => pod.set_spec(value),
            (Body::Pod(_) | Body::Event(_), _) => {}
        }
    }

    /// The event that it is.
    #[must_use]
    pub fn event(&self) -> Option<&Arc<EventBody>> {
        match &self.body {
            Body::Event(event) => Some(event),
            Body::Json(_) | Body::Pod(_) => None,
        }
    }

    /// The pod that it is.
    #[must_use]
    pub fn pod(&self) -> Option<&PodBody> {
        match &self.body {
            Body::Pod(pod) => Some(pod),
            Body::Json(_) | Body::Event(_) => None,
        }
    }

    /// The pod that it is, to be changed.
    pub fn pod_mut(&mut self) -> Option<&mut PodBody> {
        match &mut self.body {
            Body::Pod(pod) => Some(pod),
            Body::Json(_) | Body::Event(_) => None,
        }
    }
}

impl PodBody {
    fn from_json(spec: Value, status: Value) -> Self {
        let mut pod = Self {
            spec: PodSpecBody::Json(Arc::new(Value::Null)),
            status: PodStatusBody::Json(Arc::new(status)),
            node: None,
            priority: None,
        };
        pod.set_spec(spec);
        pod
    }

    fn set_spec(&mut self, spec: Value) {
        let node = spec.get("nodeName").and_then(Value::as_str).filter(|name| !name.is_empty());
        self.node = node.map(NodeName::from);
        self.priority = spec.get("priority").and_then(Value::as_i64);
        self.spec = PodSpecBody::Json(Arc::new(spec));
    }

    /// Its spec as Kubernetes writes it.
    #[must_use]
    pub fn spec_json(&self) -> Value {
        let mut spec = match &self.spec {
            PodSpecBody::Json(spec) => (**spec).clone(),
            PodSpecBody::Static(pod) => pod.object.tree().get("spec").map(print::to_json).unwrap_or_default(),
        };
        if let Value::Object(fields) = &mut spec {
            if let Some(node) = &self.node {
                fields.insert("nodeName".to_owned(), node.as_str().into());
            }
            if let Some(priority) = self.priority {
                fields.insert("priority".to_owned(), priority.into());
                fields.entry("preemptionPolicy").or_insert_with(|| "PreemptLowerPriority".into());
            }
        }
        spec
    }

    /// Its status as Kubernetes writes it.
    #[must_use]
    pub fn status_json(&self) -> Value {
        match &self.status {
            PodStatusBody::Json(status) => (**status).clone(),
            PodStatusBody::Kubelet(report) => report.to_json(),
        }
    }

    /// A field of its status that is a text, such as `phase`.
    #[must_use]
    pub fn status_text(&self, name: &str) -> Option<String> {
        match (&self.status, name) {
            (PodStatusBody::Json(status), _) => Some(status.get(name)?.as_str()?.to_owned()),
            (PodStatusBody::Kubelet(report), "phase") => Some(report.view.phase.to_string()),
            (PodStatusBody::Kubelet(report), "reason") => Some(report.view.reason.as_ref()?.to_string()),
            (PodStatusBody::Kubelet(report), _) => Some(report.to_json().get(name)?.as_str()?.to_owned()),
        }
    }

    /// Its phase; `Pending` until somebody says otherwise.
    #[must_use]
    pub fn phase(&self) -> String {
        self.status_text("phase").unwrap_or_else(|| "Pending".to_owned())
    }

    /// Whether it has ended for good.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase().as_str(), "Succeeded" | "Failed")
    }

    /// Whether a condition of its status holds.
    #[must_use]
    pub fn condition(&self, kind: &str) -> bool {
        match &self.status {
            PodStatusBody::Kubelet(report) => {
                report.view.conditions.iter().any(|condition| &*condition.kind == kind && condition.status)
            }
            PodStatusBody::Json(status) => {
                let conditions = status.get("conditions").and_then(Value::as_array);
                conditions.into_iter().flatten().any(|condition| {
                    condition.get("type").and_then(Value::as_str) == Some(kind)
                        && condition.get("status").and_then(Value::as_str) == Some("True")
                })
            }
        }
    }
}
