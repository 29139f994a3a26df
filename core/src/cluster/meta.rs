//! What every object has beside its kind: `metadata`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ApiError;
use crate::time::UnixSeconds;

/// Labels or annotations, sorted by key.
pub type Pairs = Vec<(Arc<str>, Arc<str>)>;

/// An object's `metadata`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// Its name.
    pub name: Arc<str>,
    /// What the API server makes a name from when it has none.
    pub generate_name: Option<Arc<str>>,
    /// Its namespace; empty for kinds that have none.
    pub namespace: Arc<str>,
    /// Who it is; given by the API server.
    pub uid: Arc<str>,
    /// When it was last changed, in the API server's counting.
    pub resource_version: u64,
    /// How often its spec was changed; 0 for kinds that do not count it.
    pub generation: u64,
    /// When it was made.
    pub created: UnixSeconds,
    /// When it is to be gone.
    pub deletion: Option<Deletion>,
    /// Labels.
    pub labels: Pairs,
    /// Annotations.
    pub annotations: Pairs,
    /// Who it belongs to.
    pub owners: Vec<Owner>,
    /// Who must agree before it is gone.
    pub finalizers: Vec<Arc<str>>,
    /// All other fields.
    pub other: Option<Arc<Map<String, Value>>>,
}

/// That an object is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// `deletionTimestamp`: when it should be gone.
    pub at: UnixSeconds,
    /// `deletionGracePeriodSeconds`.
    pub grace: u64,
}

/// An entry of `ownerReferences`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Such as `apps/v1`.
    pub api_version: Arc<str>,
    /// Such as `DaemonSet`.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its uid.
    pub uid: Arc<str>,
    /// Whether it is the one that manages the object.
    pub controller: Option<bool>,
    /// Whether it waits for the object when it is deleted itself.
    pub block_deletion: Option<bool>,
}

impl Meta {
    /// The `metadata` of an object that somebody sends.
    #[must_use]
    pub fn named(namespace: &str, name: &str) -> Self {
        Self { name: name.into(), namespace: namespace.into(), ..Self::default() }
    }

    /// A label's value.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&Arc<str>> {
        get(&self.labels, key)
    }

    /// An annotation's value.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&Arc<str>> {
        get(&self.annotations, key)
    }

    /// The owner that manages it.
    #[must_use]
    pub fn controller(&self) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.controller == Some(true))
    }

    /// Reads `metadata`.
    pub fn from_json(value: &Value) -> Result<Self, ApiError> {
        let Value::Object(fields) = value else {
            return Err(ApiError::BadRequest("metadata must be an object".to_owned()));
        };
        let mut meta = Self::default();
        let mut other = Map::new();
        for (key, value) in fields {
            let text = || value.as_str().map(Arc::from);
            match key.as_str() {
                "name" => meta.name = text().unwrap_or_default(),
                "generateName" => meta.generate_name = text(),
                "namespace" => meta.namespace = text().unwrap_or_default(),
                "uid" => meta.uid = text().unwrap_or_default(),
                "resourceVersion" => {
                    meta.resource_version = value.as_str().and_then(|it| it.parse().ok()).unwrap_or(0);
                }
                "generation" => meta.generation = value.as_u64().unwrap_or(0),
                "creationTimestamp" => meta.created = time(value).unwrap_or_default(),
                "deletionTimestamp" => {
                    let grace = fields.get("deletionGracePeriodSeconds").and_then(Value::as_u64).unwrap_or(0);
                    meta.deletion = time(value).map(|at| Deletion { at, grace });
                }
                "deletionGracePeriodSeconds" => {}
                "labels" => meta.labels = pairs(key, value)?,
                "annotations" => meta.annotations = pairs(key, value)?,
                "ownerReferences" => {
                    meta.owners = value.as_array().into_iter().flatten().map(Owner::from_json).collect();
                }
                "finalizers" => {
                    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    meta.finalizers = texts.map(Arc::from).collect();
                }
                _ => {
                    other.insert(key.clone(), value.clone());
                }
            }
        }
        meta.other = (!other.is_empty()).then(|| Arc::new(other));
        Ok(meta)
    }

    /// As Kubernetes writes it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut fields = self.other.as_deref().cloned().unwrap_or_default();
        let mut put = |key: &str, value: Value| {
            fields.insert(key.to_owned(), value);
        };
        let text = |text: &Arc<str>| Value::String(text.to_string());
        if !self.name.is_empty() {
            put("name", text(&self.name));
        }
        if let Some(prefix) = &self.generate_name {
            put("generateName", text(prefix));
        }
        if !self.namespace.is_empty() {
            put("namespace", text(&self.namespace));
        }
        if !self.uid.is_empty() {
            put("uid", text(&self.uid));
        }
        if self.resource_version > 0 {
            put("resourceVersion", self.resource_version.to_string().into());
        }
        if self.generation > 0 {
            put("generation", self.generation.into());
        }
        if self.created != UnixSeconds::default() {
            put("creationTimestamp", self.created.to_string().into());
        }
        if let Some(Deletion { at, grace }) = self.deletion {
            put("deletionTimestamp", at.to_string().into());
            put("deletionGracePeriodSeconds", grace.into());
        }
        for (key, pairs) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            if !pairs.is_empty() {
                put(key, pairs.iter().map(|(key, value)| (key.to_string(), text(value))).collect());
            }
        }
        if !self.owners.is_empty() {
            put("ownerReferences", self.owners.iter().map(Owner::to_json).collect());
        }
        if !self.finalizers.is_empty() {
            put("finalizers", self.finalizers.iter().map(text).collect());
        }
        Value::Object(fields)
    }
}

impl Owner {
    fn from_json(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().into();
        Self {
            api_version: text("apiVersion"),
            kind: text("kind"),
            name: text("name"),
            uid: text("uid"),
            controller: value.get("controller").and_then(Value::as_bool),
            block_deletion: value.get("blockOwnerDeletion").and_then(Value::as_bool),
        }
    }

    fn to_json(&self) -> Value {
        let mut value = json!({
            "apiVersion": &*self.api_version, "kind": &*self.kind, "name": &*self.name, "uid": &*self.uid,
        });
        let flags = [("controller", self.controller), ("blockOwnerDeletion", self.block_deletion)];
        for (key, flag) in flags {
            if let Some(flag) = flag {
                value[key] = flag.into();
            }
        }
        value
    }
}

/// The value of a key.
#[must_use]
pub fn get<'a>(pairs: &'a Pairs, key: &str) -> Option<&'a Arc<str>> {
    let at = pairs.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
    pairs.get(at).map(|(_, value)| value)
}

/// Sets a key's value, or takes it out.
pub fn set(pairs: &mut Pairs, key: &str, value: Option<&str>) {
    match (pairs.binary_search_by(|(name, _)| (**name).cmp(key)), value) {
        (Ok(at), Some(value)) => pairs[at].1 = value.into(),
        (Ok(at), None) => drop(pairs.remove(at)),
        (Err(at), Some(value)) => pairs.insert(at, (key.into(), value.into())),
        (Err(_), None) => {}
    }
}

fn pairs(field: &str, value: &Value) -> Result<Pairs, ApiError> {
    let mut all = Pairs::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let Some(text) = value.as_str() else {
            let text = format!("metadata.{field}.{key}: the value must be a string, put it in quotes");
            return Err(ApiError::BadRequest(text));
        };
        set(&mut all, key, Some(text));
    }
    Ok(all)
}

fn time(value: &Value) -> Option<UnixSeconds> {
    value.as_str().and_then(UnixSeconds::parse)
}
