//! The API server: what can be asked of it.

use std::sync::Arc;

use serde_json::Value;

use super::{
    ApiError, Change, Deletion, EventBody, Kind, Meta, Object, PatchKind, PodReport, PodStatusBody, Refusal,
    Selector, admission, defaults, object::Body, patch, table::Table, validation,
};
use crate::{id::NodeName, rng::Rng, time::UnixSeconds};

/// How long a pod may take to end when nobody says otherwise.
const GRACE: u64 = 30;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// A person who may do everything.
    Admin,
    /// The kubelet of a node.
    Node(NodeName),
    /// A part of the control plane.
    Controller,
}

/// How an object is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// How many seconds a pod may take; its own grace when not given.
    pub grace: Option<u64>,
    /// Only the object with this uid.
    pub uid: Option<Arc<str>>,
}

/// What became of an object that was to be deleted.
#[derive(Clone, Debug, PartialEq)]
pub enum Deleted {
    /// It is gone.
    Gone(Arc<Object>),
    /// It is being deleted.
    Terminating(Arc<Object>),
}

/// The API server with its store.
#[derive(Clone, Debug)]
pub struct ApiServer {
    pub(super) table: Table,
    rng: Rng,
}

impl ApiServer {
    /// A server that has what a new cluster has: its four namespaces and the two priority classes of the system.
    #[must_use]
    pub fn new(seed: u64, now: UnixSeconds) -> Self {
        let mut server = Self { table: Table::default(), rng: Rng::new(seed) };
        for object in defaults::first_objects() {
            // They keep all rules.
            let _ = server.create(&User::Controller, now, object);
        }
        server
    }

    /// The version of the newest change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.table.version
    }

    /// One object.
    pub fn get(&self, kind: Kind, namespace: &str, name: &str) -> Result<&Arc<Object>, ApiError> {
        self.table.get(kind, namespace, name).ok_or_else(|| ApiError::not_found(kind, name))
    }

    /// The objects of a kind, of one namespace or of all, by namespace and name.
    pub fn list<'a>(
        &'a self,
        kind: Kind,
        namespace: Option<&'a str>,
        labels: &'a Selector,
    ) -> impl Iterator<Item = &'a Arc<Object>> {
        self.table.list(kind, namespace).filter(|object| labels.matches(&object.meta.labels))
    }

    /// The pods that are bound to a node.
    pub fn pods_on<'a>(&'a self, node: &NodeName) -> impl Iterator<Item = &'a Arc<Object>> {
        self.table.on_node(node)
    }

    /// What has changed after a version.
    pub fn watch(&self, version: u64) -> Result<impl Iterator<Item = &Change>, ApiError> {
        self.table.since(version)
    }

    /// What has changed since the last call: for the one who runs the server.
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.table.take_fresh()
    }

    /// Makes an object. Name, namespace and all that the server gives are filled in.
    pub fn create(
        &mut self,
        user: &User,
        now: UnixSeconds,
        mut object: Object,
    ) -> Result<Arc<Object>, ApiError> {
        let kind = object.kind;
        if !kind.is_namespaced() {
            object.meta.namespace = "".into();
        } else if object.meta.namespace.is_empty() {
            object.meta.namespace = "default".into();
        }
        if object.meta.name.is_empty() {
            let Some(prefix) = object.meta.generate_name.clone() else {
                let text = "Required value: name or generateName is required";
                return Err(ApiError::invalid(kind, "", format!("metadata.name: {text}")));
            };
            object.meta.name = format!("{prefix}{}", self.suffix()).into();
        }
        defaults::apply(&mut object)?;
        admission::create(self, user, &mut object)?;
        validation::create(&object)?;
        if self.table.get(kind, &object.meta.namespace, &object.meta.name).is_some() {
            return Err(ApiError::AlreadyExists { kind, name: object.meta.name.to_string() });
        }
        object.meta.uid = self.new_uid();
        object.meta.created = now;
        object.meta.deletion = None;
        object.meta.generation = u64::from(defaults::has_generation(kind));
        Ok(self.table.put(object))
    }

    /// Puts an object in the place of the one that is there. Its status stays.
    pub fn update(&mut self, user: &User, object: Object) -> Result<Arc<Object>, ApiError> {
        self.replace(user, object, false)
    }

    /// Puts an object's status in the place of the one that is there. All else stays.
    pub fn update_status(&mut self, user: &User, object: Object) -> Result<Arc<Object>, ApiError> {
        self.replace(user, object, true)
    }

    fn replace(&mut self, user: &User, mut object: Object, status: bool) -> Result<Arc<Object>, ApiError> {
        let (kind, name) = (object.kind, Arc::clone(&object.meta.name));
        let old = Arc::clone(self.get(kind, &object.meta.namespace, &name)?);
        let given = object.meta.resource_version;
        if given != 0 && given != old.meta.resource_version {
            return Err(ApiError::Modified { kind, name: name.to_string() });
        }
        if !object.meta.uid.is_empty() && object.meta.uid != old.meta.uid {
            let (wanted, found) = (object.meta.uid.to_string(), old.meta.uid.to_string());
            return Err(ApiError::OtherUid { kind, name: name.to_string(), wanted, found });
        }
        if status {
            let told = object.field("status");
            object = (*old).clone();
            object.set_field("status", told);
        } else {
            keep_status(&mut object, &old);
            defaults::apply(&mut object)?;
            admission::update(user, &old, &object)?;
            validation::update(&old, &object)?;
            let Meta { uid, created, deletion, generation, generate_name, .. } = &old.meta;
            (object.meta.uid, object.meta.created) = (Arc::clone(uid), *created);
            (object.meta.deletion, object.meta.generation) = (*deletion, *generation);
            object.meta.generate_name.clone_from(generate_name);
            if *generation > 0 && object.field("spec") != old.field("spec") {
                object.meta.generation += 1;
            }
        }
        object.meta.resource_version = old.meta.resource_version;
        if object == *old {
            return Ok(old);
        }
        if object.meta.deletion.is_some() && object.meta.finalizers.is_empty() && kind != Kind::Pod {
            let gone = self.table.take(kind, &object.meta.namespace, &name);
            return gone.ok_or_else(|| ApiError::not_found(kind, &name));
        }
        Ok(self.table.put(object))
    }

    /// Changes an object by a patch of its JSON.
    pub fn patch(
        &mut self,
        user: &User,
        (kind, namespace, name): (Kind, &str, &str),
        change: &Value,
        how: PatchKind,
    ) -> Result<Arc<Object>, ApiError> {
        let old = self.get(kind, namespace, name)?;
        let mut value = old.to_json();
        patch::apply(&mut value, change, how);
        let mut object = Object::from_json(&value)?;
        object.meta.name = Arc::clone(&old.meta.name);
        object.meta.namespace = Arc::clone(&old.meta.namespace);
        self.update(user, object)
    }

    /// Deletes an object, or begins to.
    pub fn delete(
        &mut self,
        user: &User,
        now: UnixSeconds,
        (kind, namespace, name): (Kind, &str, &str),
        options: &DeleteOptions,
    ) -> Result<Deleted, ApiError> {
        let old = Arc::clone(self.get(kind, namespace, name)?);
        if let Some(wanted) = options.uid.as_ref().filter(|wanted| **wanted != old.meta.uid) {
            let (wanted, found) = (wanted.to_string(), old.meta.uid.to_string());
            return Err(ApiError::OtherUid { kind, name: name.to_owned(), wanted, found });
        }
        admission::delete(user, &old)?;
        let grace = old.pod().map_or(0, |pod| {
            let spec = || pod.spec_json().get("terminationGracePeriodSeconds").and_then(Value::as_i64);
            let own = || u64::try_from(spec().unwrap_or_default()).unwrap_or(1);
            let idle = pod.node.is_none() || pod.is_over();
            if idle { 0 } else { options.grace.unwrap_or_else(own) }
        });
        let waits = kind == Kind::Namespace || !old.meta.finalizers.is_empty();
        if grace == 0 && !waits {
            let gone = self.table.take(kind, namespace, name);
            return gone.map(Deleted::Gone).ok_or_else(|| ApiError::not_found(kind, name));
        }
        let at = UnixSeconds(now.0.saturating_add(grace));
        if old.meta.deletion.is_some_and(|known| known.at <= at) {
            return Ok(Deleted::Terminating(old));
        }
        let mut object = (*old).clone();
        object.meta.deletion = Some(Deletion { at, grace });
        if object.meta.generation > 0 && old.meta.deletion.is_none() {
            object.meta.generation += 1;
        }
        if kind == Kind::Namespace {
            object.set_field("status", serde_json::json!({"phase": "Terminating"}));
        }
        Ok(Deleted::Terminating(self.table.put(object)))
    }

    /// What a kubelet tells of a pod. `None` when the pod is another by now, or gone.
    pub fn report(&mut self, (namespace, name, uid): (&str, &str, &str), report: PodReport) -> Option<()> {
        let old = self.table.get(Kind::Pod, namespace, name).filter(|old| *old.meta.uid == *uid)?;
        let mut object = (**old).clone();
        object.pod_mut()?.status = PodStatusBody::Kubelet(Arc::new(report));
        self.table.put(object);
        Some(())
    }

    /// Binds a pod to a node.
    pub fn bind(
        &mut self,
        now: UnixSeconds,
        (namespace, name): (&str, &str),
        node: &NodeName,
    ) -> Result<(), ApiError> {
        let mut object = (**self.get(Kind::Pod, namespace, name)?).clone();
        if let Some(pod) = object.pod_mut() {
            pod.node = Some(node.clone());
            let mut status = pod.status_json();
            status["conditions"] = serde_json::json!([{
                "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now.to_string(),
            }]);
            pod.status = PodStatusBody::Json(Arc::new(status));
        }
        self.table.put(object);
        Ok(())
    }

    /// Lets a namespace go that has been emptied.
    pub(super) fn forget_namespace(&mut self, name: &str) {
        self.table.take(Kind::Namespace, "", name);
    }

    /// Keeps an event, counting it with the one of the same name when there is one.
    pub fn record(&mut self, now: UnixSeconds, name: Arc<str>, event: EventBody) -> Result<(), ApiError> {
        let namespace = if event.involved.namespace.is_empty() {
            "default".into()
        } else {
            Arc::clone(&event.involved.namespace)
        };
        if let Some(old) = self.table.get(Kind::Event, &namespace, &name) {
            let object = Object { body: Body::Event(Arc::new(event)), ..(**old).clone() };
            self.table.put(object);
            return Ok(());
        }
        let meta = Meta { name, namespace, ..Meta::default() };
        let object = Object { kind: Kind::Event, meta, body: Body::Event(Arc::new(event)) };
        self.create(&User::Controller, now, object).map(drop)
    }

    /// Five letters and digits as Kubernetes makes names of.
    pub(super) fn suffix(&mut self) -> String {
        const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut letter = || ALPHABET[usize::try_from(self.rng.below(ALPHABET.len() as u64)).unwrap_or(0)];
        (0..5).map(|_| char::from(letter())).collect()
    }

    /// A uid of the form that the API server gives.
    fn new_uid(&mut self) -> Arc<str> {
        let (a, b) = (self.rng.next_u64(), self.rng.next_u64());
        let (head, middle, version) = (a >> 32, a >> 16 & 0xffff, a & 0xfff);
        let (variant, tail) = (b >> 48 & 0x3fff | 0x8000, b & 0xffff_ffff_ffff);
        format!("{head:08x}-{middle:04x}-4{version:03x}-{variant:04x}-{tail:012x}").into()
    }

    /// Whether objects can be made in a namespace.
    pub(super) fn namespace_is_open(&self, object: &Object) -> Result<(), ApiError> {
        let namespace = &object.meta.namespace;
        let found = self.get(Kind::Namespace, "", namespace)?;
        if found.meta.deletion.is_some() {
            let why = Refusal::NamespaceTerminating { namespace: namespace.to_string() };
            return Err(ApiError::forbidden(object.kind, &object.meta.name, why));
        }
        Ok(())
    }

    /// The grace that a pod has when nobody says otherwise.
    #[must_use]
    pub const fn default_grace() -> u64 {
        GRACE
    }
}

fn keep_status(object: &mut Object, old: &Object) {
    match (&mut object.body, &old.body) {
        (Body::Pod(new), Body::Pod(old)) => new.status = old.status.clone(),
        (Body::Json(_), Body::Json(_)) => {
            let status = old.field("status");
            if !status.is_null() {
                object.set_field("status", status);
            }
        }
        (Body::Pod(_) | Body::Json(_) | Body::Event(_), _) => {}
    }
}
