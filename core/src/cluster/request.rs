//! What people ask of an API server, as data: a recording holds it, and a console says it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ApiError, ApiServer, DeleteOptions, Deleted, Kind, Object, PatchKind, User, meta};
use crate::time::UnixSeconds;

/// The annotation in which `kubectl apply` keeps what it applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A request that changes something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "verb")]
#[expect(missing_docs, reason = "the fields are those of the requests themselves")]
pub enum ApiRequest {
    /// Make an object.
    Create { object: Value },
    /// Make an object, or make the one that is there like it, as `kubectl apply` does.
    Apply { object: Value },
    /// Put an object in the place of the one that is there.
    Update { object: Value },
    /// Put an object's status in the place of the one that is there.
    UpdateStatus { object: Value },
    /// Change an object by a patch.
    Patch { kind: Kind, namespace: Arc<str>, name: Arc<str>, patch: Value, how: PatchKind },
    /// Delete an object.
    Delete { kind: Kind, namespace: Arc<str>, name: Arc<str>, grace: Option<u64> },
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiAnswer {
    /// The object is new.
    Created(Arc<Object>),
    /// The object was changed.
    Changed(Arc<Object>),
    /// The object was so already.
    Unchanged(Arc<Object>),
    /// The object is gone, or will be.
    Deleted(Deleted),
}

impl ApiServer {
    /// Does what somebody asks.
    pub fn request(
        &mut self,
        user: &User,
        now: UnixSeconds,
        request: ApiRequest,
    ) -> Result<ApiAnswer, ApiError> {
        match request {
            ApiRequest::Create { object } => {
                self.create(user, now, Object::from_json(&object)?).map(ApiAnswer::Created)
            }
            ApiRequest::Apply { object } => self.apply(user, now, object),
            ApiRequest::Update { object } => {
                let object = placed(Object::from_json(&object)?);
                self.changing(|server| server.update(user, object))
            }
            ApiRequest::UpdateStatus { object } => {
                let object = placed(Object::from_json(&object)?);
                self.changing(|server| server.update_status(user, object))
            }
            ApiRequest::Patch { kind, namespace, name, patch, how } => {
                self.changing(|server| server.patch(user, (kind, &namespace, &name), &patch, how))
            }
            ApiRequest::Delete { kind, namespace, name, grace } => {
                let options = DeleteOptions { grace, uid: None };
                self.delete(user, now, (kind, &namespace, &name), &options).map(ApiAnswer::Deleted)
            }
        }
    }

    fn changing(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<Arc<Object>, ApiError>,
    ) -> Result<ApiAnswer, ApiError> {
        let before = self.version();
        let object = change(self)?;
        Ok(if self.version() == before { ApiAnswer::Unchanged(object) } else { ApiAnswer::Changed(object) })
    }

    fn apply(&mut self, user: &User, now: UnixSeconds, value: Value) -> Result<ApiAnswer, ApiError> {
        let mut object = placed(Object::from_json(&value)?);
        let applied = value.to_string();
        meta::set(&mut object.meta.annotations, LAST_APPLIED, Some(&format!("{applied}\n")));
        let (kind, namespace, name) =
            (object.kind, Arc::clone(&object.meta.namespace), Arc::clone(&object.meta.name));
        let Ok(there) = self.get(kind, &namespace, &name) else {
            return self.create(user, now, object).map(ApiAnswer::Created);
        };
        let last = there.meta.annotation(LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok());
        let mut patch = value;
        if let Some(last) = last {
            take_away(&last, &mut patch);
        }
        patch["metadata"]["annotations"][LAST_APPLIED] = format!("{applied}\n").into();
        self.changing(|server| server.patch(user, (kind, &namespace, &name), &patch, PatchKind::Strategic))
    }
}

/// The object with the namespace that it gets when it names none.
fn placed(mut object: Object) -> Object {
    if object.kind.is_namespaced() && object.meta.namespace.is_empty() {
        object.meta.namespace = "default".into();
    }
    object
}

/// What was applied last and is not any more is taken away: the patch says null for it.
fn take_away(last: &Value, patch: &mut Value) {
    let (Value::Object(last), Value::Object(patch)) = (last, patch) else { return };
    let gone: Map<String, Value> =
        last.keys().filter(|key| !patch.contains_key(*key)).map(|key| (key.clone(), Value::Null)).collect();
    for (key, value) in last {
        if let Some(now) = patch.get_mut(key) {
            take_away(value, now);
        }
    }
    patch.extend(gone);
}
