//! The controllers of a control plane: each sees what has changed, and makes the objects be what others ask for.
//!
//! Follows `pkg/controller/{daemon,replicaset,deployment,nodelifecycle,podgc,garbagecollector,namespace,tainteviction}` and `pkg/scheduler` of
//! Kubernetes, as far as static pods are understood by the contrast. While nothing runs that may act, what is to be done waits.

mod daemon;
mod deployment;
mod garbage;
mod nodes;
mod owned;
mod placement;
mod replica;
mod scheduler;
mod template;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use nodes::Seen;
use owned::Owned;
use scheduler::Usage;

use super::{ApiServer, Change, ChangeKind, EventBody, EventSource, Involved, Key, Kind, Object, Selector};
use crate::{
    id::NodeName,
    time::{Time, UnixSeconds},
    trace::Fnv,
};

/// How long a change waits until a controller acts on it.
const DELAY: Duration = Duration::from_millis(50);
/// How often nodes are looked at.
const MONITOR: Duration = Duration::from_secs(5);

/// Which parts of the control plane run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// `kube-controller-manager`.
    pub manager: bool,
    /// `kube-scheduler`.
    pub scheduler: bool,
}

/// Namespace and name.
type Place = (Arc<str>, Arc<str>);

/// All controllers and the scheduler.
#[derive(Clone, Debug)]
pub struct Controllers {
    epoch: UnixSeconds,
    /// Objects that may not be what they ask for.
    dirty: BTreeSet<Key>,
    /// Pods without a node.
    unscheduled: BTreeSet<Place>,
    /// Pods that no node takes.
    hopeless: BTreeSet<Place>,
    owned: Owned,
    usage: BTreeMap<NodeName, Usage>,
    nodes: BTreeMap<NodeName, Seen>,
    /// Nodes that somebody has given a taint that ends pods.
    tainted: BTreeSet<NodeName>,
    /// Uids of objects that are gone, whose dependants go too.
    orphaned: BTreeSet<Arc<str>>,
    /// Pods that are to be deleted because of a taint, and when.
    evictions: BTreeMap<Place, Time>,
    work_at: Option<Time>,
    monitor_at: Option<Time>,
    /// When nodes that pods name were first missed.
    missed: BTreeMap<NodeName, Time>,
}

impl Controllers {
    /// Controllers that have seen nothing. A seed tells nothing apart yet: none of them draws lots.
    #[must_use]
    pub fn new(_seed: u64, epoch: UnixSeconds) -> Self {
        Self {
            epoch,
            dirty: BTreeSet::new(),
            unscheduled: BTreeSet::new(),
            hopeless: BTreeSet::new(),
            owned: Owned::default(),
            usage: BTreeMap::new(),
            nodes: BTreeMap::new(),
            tainted: BTreeSet::new(),
            orphaned: BTreeSet::new(),
            evictions: BTreeMap::new(),
            work_at: None,
            monitor_at: None,
            missed: BTreeMap::new(),
        }
    }

    /// When they act next.
    #[must_use]
    pub fn next_at(&self, running: Running) -> Option<Time> {
        let manager = [self.work_at, self.monitor_at, self.evictions.values().min().copied()];
        let manager = manager.into_iter().flatten().min().filter(|_| running.manager);
        let scheduler = self.work_at.filter(|_| running.scheduler);
        [manager, scheduler].into_iter().flatten().min()
    }

    /// Some of them were started: they look at everything.
    pub fn started(&mut self, now: Time, api: &ApiServer, running: Running) {
        let all = Selector::default();
        for kind in [Kind::DaemonSet, Kind::ReplicaSet, Kind::Deployment, Kind::Namespace] {
            self.dirty.extend(api.list(kind, None, &all).map(|object| Key::of(object)));
        }
        let pending = api.list(Kind::Pod, None, &all).filter(|pod| is_unscheduled(pod));
        self.unscheduled.extend(pending.map(|pod| place(pod)));
        for seen in self.nodes.values_mut() {
            // A manager that starts gives every node its time anew.
            seen.heard = now;
        }
        if running.manager {
            self.monitor_at = Some(now + MONITOR);
        }
        self.work_at = Some(now + DELAY);
    }

    /// Takes in what has changed.
    pub fn note(&mut self, now: Time, changes: &[Change]) {
        for change in changes {
            self.note_one(now, change);
        }
    }

    fn note_one(&mut self, now: Time, change: &Change) {
        let object = &change.object;
        let gone = change.what == ChangeKind::Deleted;
        self.owned.note(object, gone);
        let mut news = true;
        match object.kind {
            Kind::Pod => {
                self.note_use(change);
                let place = place(object);
                if is_unscheduled(object) && !gone {
                    self.unscheduled.insert(place);
                } else {
                    self.unscheduled.remove(&place);
                    self.hopeless.remove(&place);
                }
                if gone || object.pod().is_some_and(super::PodBody::is_over) {
                    self.unscheduled.append(&mut self.hopeless);
                }
                self.evictions.remove(&place_if(gone, object));
                match object.meta.controller() {
                    Some(owner) => self.dirty.extend(self.owned.key(&owner.uid)),
                    None => news = !self.unscheduled.is_empty(),
                }
            }
            Kind::DaemonSet | Kind::ReplicaSet | Kind::Deployment => {
                self.dirty.insert(Key::of(object));
                self.dirty.extend(object.meta.controller().and_then(|owner| self.owned.key(&owner.uid)));
            }
            Kind::Namespace => {
                self.dirty.insert(Key::of(object));
            }
            Kind::Node => {
                self.note_node(now, change);
                self.dirty.extend(self.owned.of_kind(Kind::DaemonSet));
                self.unscheduled.append(&mut self.hopeless);
            }
            Kind::Lease => {
                self.note_lease(now, object);
                news = false;
            }
            Kind::Event
            | Kind::Service
            | Kind::ConfigMap
            | Kind::Secret
            | Kind::ServiceAccount
            | Kind::ResourceQuota
            | Kind::LimitRange
            | Kind::PriorityClass => news = false,
        }
        if gone && self.owned.has_children(&object.meta.uid) {
            self.orphaned.insert(Arc::clone(&object.meta.uid));
        }
        if news {
            let at = now + DELAY;
            self.work_at = Some(self.work_at.map_or(at, |known| known.min(at)));
        }
    }

    /// Does what there is to do.
    pub fn act(&mut self, now: Time, api: &mut ApiServer, running: Running) {
        let work = self.work_at.is_some_and(|at| at <= now);
        if work {
            self.work_at = None;
        }
        let mut cx = Cx { now, clock: self.epoch.at(now), api };
        if running.manager {
            if self.monitor_at.is_some_and(|at| at <= now) {
                self.monitor_at = Some(now + MONITOR);
                self.monitor(&mut cx);
                self.collect_pods(&mut cx);
            }
            self.evict(&mut cx);
            if work {
                self.bear_taints(&cx);
                self.collect_orphans(&mut cx);
                for key in std::mem::take(&mut self.dirty) {
                    self.reconcile(&mut cx, &key);
                }
            }
        }
        if running.scheduler && work {
            self.schedule(&mut cx);
        }
    }

    fn reconcile(&mut self, cx: &mut Cx<'_>, key: &Key) {
        let Ok(object) = cx.api.get(key.kind, &key.namespace, &key.name).cloned() else { return };
        match key.kind {
            Kind::DaemonSet => self.daemon_set(cx, &object),
            Kind::ReplicaSet => self.replica_set(cx, &object),
            Kind::Deployment => self.deployment(cx, &object),
            Kind::Namespace => self.namespace(cx, &object),
            Kind::Pod
            | Kind::Node
            | Kind::Event
            | Kind::Lease
            | Kind::Service
            | Kind::ConfigMap
            | Kind::Secret
            | Kind::ServiceAccount
            | Kind::ResourceQuota
            | Kind::LimitRange
            | Kind::PriorityClass => {}
        }
    }
}

/// What a controller has at hand.
pub(super) struct Cx<'a> {
    now: Time,
    clock: UnixSeconds,
    api: &'a mut ApiServer,
}

impl Cx<'_> {
    /// Tells an event.
    fn event(&mut self, about: &Object, component: &str, warning: bool, reason: &str, message: &str) {
        let mut hash = Fnv::default();
        for part in [&*about.meta.uid, reason, message] {
            hash.write(part.as_bytes());
        }
        let name: Arc<str> = format!("{}.{:016x}", about.meta.name, hash.finish()).into();
        let space = if about.meta.namespace.is_empty() { "default" } else { &*about.meta.namespace };
        let known = self.api.get(Kind::Event, space, &name).ok().and_then(|event| event.event().cloned());
        let body = EventBody {
            involved: Involved {
                kind: about.kind,
                namespace: Arc::clone(&about.meta.namespace),
                name: Arc::clone(&about.meta.name),
                uid: Arc::clone(&about.meta.uid),
                field_path: "".into(),
            },
            warning,
            reason: reason.into(),
            message: message.into(),
            source: EventSource { component: component.into(), host: "".into() },
            first: known.as_ref().map_or(self.clock, |known| known.first),
            last: self.clock,
            count: known.map_or(1, |known| known.count + 1),
        };
        // Events of a namespace that is gone are lost, as in life.
        let _ = self.api.record(self.clock, name, body);
    }
}

fn place(object: &Object) -> Place {
    (Arc::clone(&object.meta.namespace), Arc::clone(&object.meta.name))
}

/// The place of an object that is gone; of any other one that is no object's.
fn place_if(gone: bool, object: &Object) -> Place {
    if gone { place(object) } else { ("".into(), "".into()) }
}

fn is_unscheduled(object: &Object) -> bool {
    object.meta.deletion.is_none() && object.pod().is_some_and(|pod| pod.node.is_none() && !pod.is_over())
}

/// Ten letters and digits over a template, as names of versions have them.
fn template_hash(template: &serde_json::Value) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash = Fnv::default();
    hash.write(template.to_string().as_bytes());
    let mut rest = hash.finish();
    let mut text = String::new();
    for _ in 0..10 {
        let at = usize::try_from(rest % ALPHABET.len() as u64).unwrap_or(0);
        text.push(char::from(ALPHABET[at]));
        rest /= ALPHABET.len() as u64;
    }
    text
}
