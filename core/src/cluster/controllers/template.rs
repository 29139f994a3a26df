//! Pods from a template, and their ends.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Cx;
use crate::cluster::{ApiError, DeleteOptions, Kind, Meta, Object, Owner, User, meta};

/// The pod that an object's template makes.
pub(super) fn pod_of(
    owner: &Object,
    extra_labels: &[(&str, &str)],
    change: impl FnOnce(&mut Value),
) -> Object {
    let template = owner.at("/spec/template");
    let mut meta = template.get("metadata").and_then(|it| Meta::from_json(it).ok()).unwrap_or_default();
    meta.name = "".into();
    meta.generate_name = Some(format!("{}-", owner.meta.name).into());
    meta.namespace = Arc::clone(&owner.meta.namespace);
    for (key, value) in extra_labels {
        meta::set(&mut meta.labels, key, Some(value));
    }
    meta.owners = vec![owner_ref(owner)];
    let mut spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    change(&mut spec);
    Object::new(Kind::Pod, meta, json!({"spec": spec}))
}

/// The reference to an object that manages others.
pub(super) fn owner_ref(owner: &Object) -> Owner {
    Owner {
        api_version: owner.kind.api_version().into(),
        kind: owner.kind.name().into(),
        name: Arc::clone(&owner.meta.name),
        uid: Arc::clone(&owner.meta.uid),
        controller: Some(true),
        block_deletion: Some(true),
    }
}

impl Cx<'_> {
    /// Makes a pod for its owner, and says so.
    pub(super) fn make_pod(&mut self, owner: &Object, component: &str, pod: Object) -> Result<(), ApiError> {
        match self.api.create(&User::Controller, self.clock, pod) {
            Ok(pod) => {
                let message = format!("Created pod: {}", pod.meta.name);
                self.event(owner, component, false, "SuccessfulCreate", &message);
                Ok(())
            }
            Err(error) => {
                self.event(owner, component, true, "FailedCreate", &format!("Error creating: {error}"));
                Err(error)
            }
        }
    }

    /// Deletes a pod of its owner, and says so.
    pub(super) fn end_pod(&mut self, owner: &Object, component: &str, pod: &Object) {
        let key = (Kind::Pod, &*pod.meta.namespace, &*pod.meta.name);
        if self.api.delete(&User::Controller, self.clock, key, &DeleteOptions::default()).is_ok() {
            let message = format!("Deleted pod: {}", pod.meta.name);
            self.event(owner, component, false, "SuccessfulDelete", &message);
        }
    }

    /// Writes an object's status, when it is another.
    pub(super) fn write_status(&mut self, object: &Object, status: Value) {
        let mut object = object.clone();
        object.meta.resource_version = 0;
        object.set_field("status", status);
        // An object that is gone by now needs no status.
        let _ = self.api.update_status(&User::Controller, object);
    }
}

/// How many of `all` a number or a percentage is.
pub(super) fn share(value: &Value, all: i64, up: bool) -> i64 {
    match value.as_str().and_then(|text| text.strip_suffix('%')).and_then(|text| text.parse::<i64>().ok()) {
        Some(percent) if up => (all * percent + 99) / 100,
        Some(percent) => all * percent / 100,
        None => value.as_i64().unwrap_or(0),
    }
}

/// Whether a pod counts: it has not ended and nobody is ending it.
pub(super) fn is_active(pod: &Object) -> bool {
    pod.meta.deletion.is_none() && !pod.pod().is_some_and(crate::cluster::PodBody::is_over)
}

/// Whether a pod serves.
pub(super) fn is_ready(pod: &Object) -> bool {
    pod.meta.deletion.is_none() && pod.pod().is_some_and(|pod| pod.condition("Ready"))
}
