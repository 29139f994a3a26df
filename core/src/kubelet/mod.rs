//! One node: [`Kubelet`]. Feed it events, execute what it plans, answer each action once.
//!
//! This is wiring. What a pod needs is decided in [`pod`](crate::pod), what the folder asks for in [`source`](crate::source).
//!
//! ```
//! use standfast_core::{config::Config, contract::{Event, Folder, Outcome, RuntimeState, Action}, kubelet::Kubelet, time::Time};
//!
//! let mut kubelet = Kubelet::new(Config::default(), 1);
//! let mut planned = kubelet.start(Time::ZERO);
//! // A host that has nothing: an empty folder and an empty runtime.
//! while let Some(next) = planned.pop() {
//!     let outcome = match next.action {
//!         Action::ListManifests => Outcome::Folder(Folder::Directory(Vec::new())),
//!         Action::ListRuntime => Outcome::Runtime(RuntimeState::default()),
//!         _ => unreachable!("an empty node has nothing else to do"),
//!     };
//!     planned.extend(kubelet.handle(Time::ZERO, Event::Finished { id: next.id, outcome }));
//! }
//! assert!(kubelet.next_wakeup().is_some_and(|wakeup| wakeup.at > Time::ZERO));
//! ```

mod answers;
mod api;
mod changes;
mod desk;
mod essence;
mod eviction;
mod housekeeping;
mod lists;
mod locks;
mod shutdown;
#[cfg(test)]
mod tests;
mod timers;
mod waits;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

pub use api::SentEvent;
pub use desk::{CrashKey, Desk, Owner, Pending, Pulls, Ticket};
pub use essence::Essence;
pub(crate) use essence::write_pod;
use locks::StartLocks;
use shutdown::Shutdown;
pub use timers::{Timer, Timers, WakeReason, Wakeup};
pub use waits::Waits;

use crate::{
    admission::Load,
    config::{Config, StartRetry},
    contract::{Action, Cause, Event, Planned, ProbeKind},
    id::{ContainerName, PodRef, PodUid},
    manifest::Pod,
    pod::{Observed, Stage, Worker},
    source::Source,
    time::Time,
    view::{NodeView, PodView, RecordView},
};

/// One node's decisions.
#[derive(Clone, Debug)]
pub struct Kubelet {
    desk: Desk,
    source: Source,
    /// Whether the folder has been read once: until then nothing is stopped.
    source_ready: bool,
    /// Whether the runtime has been listed once: until then nothing is started.
    runtime_known: bool,
    observed: BTreeMap<PodUid, Observed>,
    /// The event at which something in the runtime of a pod was last changed or told: a list that was asked for earlier may be older.
    touched: BTreeMap<PodUid, u64>,
    /// Pods of which the last list was too old: they are listed when they come to rest.
    unlisted: BTreeSet<PodUid>,
    /// Pods that are looked at again as soon as a list is there.
    held: BTreeMap<PodUid, WakeReason>,
    /// Boxed, because a tree keeps room for entries that are not there.
    workers: BTreeMap<PodUid, Box<Worker>>,
    /// What the pods that may run ask for together.
    load: Load,
    locks: StartLocks,
    /// Pods that the clean-up should look at.
    untidy: BTreeSet<PodUid>,
    /// Pods in the runtime that no manifest asks for, or of which there may be more than a pod needs.
    strays: BTreeSet<PodUid>,
    /// Pods that wait until others have made room for them.
    room_for: BTreeMap<PodUid, BTreeSet<PodUid>>,
    /// The node is about to be shut down.
    shutdown: Option<Shutdown>,
    /// What the node is short of.
    shortages: eviction::Shortages,
    /// What it knows of its API server.
    api: api::Api,
}

impl Kubelet {
    /// A node that has not started.
    #[must_use]
    pub fn new(mut config: Config, seed: u64) -> Self {
        // The kubelet lower-cases the node's name before anything else sees it.
        config.node = config.node.as_str().to_lowercase().into();
        Self {
            source: Source::new(&config.static_pod_path, config.node.clone(), config.policies),
            desk: Desk::new(config, seed),
            source_ready: false,
            runtime_known: false,
            observed: BTreeMap::new(),
            touched: BTreeMap::new(),
            unlisted: BTreeSet::new(),
            held: BTreeMap::new(),
            workers: BTreeMap::new(),
            load: Load::default(),
            locks: StartLocks::default(),
            untidy: BTreeSet::new(),
            strays: BTreeSet::new(),
            room_for: BTreeMap::new(),
            shutdown: None,
            shortages: BTreeMap::new(),
            api: api::Api::default(),
        }
    }

    /// Starts the node: it asks for the runtime and the folder. Call it once.
    #[must_use = "every planned action must be executed or reported as failed"]
    pub fn start(&mut self, now: Time) -> Vec<Planned> {
        self.desk.started = now;
        self.relist(now, Cause::KubeletStarted);
        self.pass(now, Cause::KubeletStarted);
        self.start_api(now);
        self.desk.take_outbox()
    }

    /// Takes in an event, and says what is to be done.
    #[must_use = "every planned action must be executed or reported as failed"]
    pub fn handle(&mut self, now: Time, event: Event) -> Vec<Planned> {
        self.desk.events += 1;
        match event {
            Event::Timeout => {}
            Event::Finished { id, outcome } => self.on_finished(now, id, outcome),
            Event::FileWritten { path, content } => {
                let changes = self.source.written(&path, &content);
                self.on_changes(now, changes);
            }
            Event::FileRemoved { path } => {
                let changes = self.source.removed(&path);
                self.on_changes(now, changes);
            }
            Event::Exited { instance, exit } => self.on_exited(now, &instance, exit),
            Event::ContainerGone { instance } => self.on_container_gone(now, &instance),
            Event::SandboxGone { sandbox } => self.on_sandbox_gone(now, &sandbox),
            Event::Pressure { what, short } => self.on_pressure(now, what, short),
            Event::Shutdown { imminent } => self.on_shutdown(now, imminent),
            Event::Api(event) => self.on_api(now, event),
            Event::EdgesLost => {
                self.relist(now, Cause::EdgesLost);
                self.pass(now, Cause::EdgesLost);
            }
        }
        while let Some((timer, why)) = self.desk.timers.pop(now) {
            self.on_timer(now, timer, why);
        }
        self.settle_api(now);
        self.desk.take_outbox()
    }

    /// When the node wants [`Event::Timeout`], and why. It may change with every event.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        self.desk.timers.first()
    }

    /// The first of the kubelet's lists of all containers after `now`.
    #[must_use]
    pub fn next_list(&self, now: Time) -> Time {
        self.desk.list_after(now)
    }

    /// The node's settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.desk.config
    }

    /// How the node looks. What did not change since the last call is shared with it.
    #[must_use]
    pub fn snapshot(&self, now: Time) -> NodeView {
        let mut pods: Vec<_> = self.workers.values().map(|worker| worker.view(&self.desk)).collect();
        crate::sort::by(&mut pods, |a, b| {
            (&a.id.namespace, &a.id.name, a.seen, &a.id.uid).cmp(&(
                &b.id.namespace,
                &b.id.name,
                b.seen,
                &b.id.uid,
            ))
        });
        NodeView {
            name: self.desk.config.node.clone(),
            now,
            epoch: self.desk.config.epoch,
            static_pod_path: self.desk.config.static_pod_path.clone(),
            policies: self.desk.config.policies,
            pressures: self.pressures(),
            next_pass: self.desk.timers.get(&Timer::Pass).map(|wakeup| wakeup.at),
            files: self.source.files().cloned().collect(),
            pods,
        }
    }

    /// The pods it knows, as their manifests want them and as they are, by uid.
    pub fn pods(&self) -> impl Iterator<Item = (&Arc<Pod>, Arc<PodView>)> {
        self.workers.values().map(|worker| (&worker.pod, worker.view(&self.desk)))
    }

    /// The pod of this uid, as its manifest wants it and as it is.
    #[must_use]
    pub fn pod(&self, uid: &PodUid) -> Option<(&Arc<Pod>, Arc<PodView>)> {
        self.workers.get(uid).map(|worker| (&worker.pod, worker.view(&self.desk)))
    }

    /// The journal from record number `seq` on.
    #[must_use]
    pub fn records_since(&self, seq: u64) -> Vec<RecordView> {
        self.desk.journal.since(seq).map(|record| record.view()).collect()
    }

    /// The events from record number `seq` on, as a client that sends events sends them.
    #[must_use]
    pub fn events_since(&self, seq: u64) -> Vec<SentEvent> {
        self.desk.journal.since(seq).filter_map(|record| SentEvent::of(record)).collect()
    }

    /// The number that the journal's next record will carry.
    #[must_use]
    pub fn next_record(&self) -> u64 {
        self.desk.journal.next_seq()
    }

    fn on_timer(&mut self, now: Time, timer: Timer, why: WakeReason) {
        match timer {
            Timer::Pass => self.pass(now, Cause::PassDue),
            Timer::Relist => self.relist(now, Cause::PassDue),
            Timer::Sync(uid) if self.waits_for_list(&uid) => {
                self.held.insert(uid, why);
            }
            Timer::Sync(uid) | Timer::Hook(uid) | Timer::Deadline(uid) => self.wake(now, &uid, why),
            Timer::Probe(uid, container, kind) => self.probe(now, &uid, &container, kind),
            Timer::Eviction => self.evict(now),
            Timer::Shutdown => self.shut_down_next(now),
            Timer::Housekeeping => self.housekeeping(now),
            Timer::GarbageCollection => self.collect_garbage(now),
            Timer::Statuses => self.tell_statuses(now),
            Timer::Heartbeat => self.heartbeat(now),
        }
    }

    /// Reads the whole folder, and sets the time for the next reading.
    fn pass(&mut self, now: Time, because: Cause) {
        let next = now + self.desk.config.file_check_frequency;
        self.desk.timers.set(Timer::Pass, next, WakeReason::Pass);
        if !self.desk.waits().for_folder() {
            self.desk.plan(now, Owner::Folder, Action::ListManifests, because);
        }
    }

    /// Lists the runtime, and sets the time for the next list.
    fn relist(&mut self, now: Time, because: Cause) {
        let next = now + self.desk.config.relist_period;
        self.desk.timers.set(Timer::Relist, next, WakeReason::Relist);
        let asked = self.desk.events;
        self.desk.plan(now, Owner::Relist { asked }, Action::ListRuntime, because);
    }

    /// A pod's time has come.
    fn wake(&mut self, now: Time, uid: &PodUid, _why: WakeReason) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let observed = observed_of(&mut self.observed, &worker.id);
        match worker.stage {
            Stage::WaitingToStart => self.try_start(now, uid),
            Stage::Syncing(None) => worker.sync(observed, &mut self.desk, now),
            Stage::Syncing(Some(_)) | Stage::Terminating(_) => worker.woken(observed, &mut self.desk, now),
            Stage::Terminated => {}
        }
        self.after_work(now, uid);
    }

    /// Runs a probe.
    fn probe(&mut self, now: Time, uid: &PodUid, container: &ContainerName, kind: ProbeKind) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let observed = observed_of(&mut self.observed, &worker.id);
        worker.probe(observed, &mut self.desk, now, container, kind);
    }

    /// Lets a pod start when no other holds its name; else it tries again later.
    fn try_start(&mut self, now: Time, uid: &PodUid) {
        let Some(worker) = self.workers.get(uid) else { return };
        if !matches!(worker.stage, Stage::WaitingToStart) {
            return;
        }
        if !self.runtime_known || self.room_for.contains_key(uid) {
            return;
        }
        let left = match self.desk.config.policies.start_retry {
            StartRetry::Prompt => self.left_behind(uid),
            StartRetry::Kubelet => None,
        };
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let free = left.is_none() && self.locks.take(&worker.id);
        if free {
            worker.stage = Stage::Syncing(None);
            let observed = observed_of(&mut self.observed, &worker.id);
            return worker.sync(observed, &mut self.desk, now);
        }
        self.locks.wait(&worker.id);
        let wait = Duration::from_secs(10);
        self.desk.sync_later(now, uid, wait, WakeReason::StartLock);
        match left {
            Some(left) if self.source_ready => self.tidy(now, &left),
            // What was not read yet may ask for it.
            Some(left) => {
                self.untidy.insert(left);
                self.housekeep_soon(now);
            }
            None => {}
        }
    }

    /// Whatever a worker has just done: when it has ended, its name is free and the clean-up has something to do.
    fn after_work(&mut self, now: Time, uid: &PodUid) {
        self.list_at_rest(now, uid);
        self.weigh(uid);
        self.pod_moved(uid);
        let Some(worker) = self.workers.get(uid).filter(|worker| worker.is_finished()) else { return };
        let id = worker.id.clone();
        let next = self.locks.release(&id);
        self.pod_left(&id);
        self.untidy.insert(uid.clone());
        self.housekeep_soon(now);
        self.made_room(now, uid);
        self.shut_down_further(now, uid);
        if let (Some(next), StartRetry::Prompt) = (next, self.desk.config.policies.start_retry) {
            self.try_start(now, &next);
            self.after_work(now, &next);
        }
    }
}

impl Kubelet {
    /// Another pod of the same full name that runs though no manifest asks for it: its file was changed while no kubelet was there. The
    /// kubelet starts the new one beside it.
    fn left_behind(&self, pod: &PodUid) -> Option<PodUid> {
        let id = &self.workers.get(pod)?.id;
        let mut strays = self.strays.iter().filter_map(|uid| self.observed.get(uid));
        let unasked = |uid: &PodUid| self.workers.get(uid).is_none_or(|worker| worker.orphan);
        let found = strays.find(|other| {
            let named = other.pod.name == id.name && other.pod.namespace == id.namespace;
            named && other.pod.uid != id.uid && other.runs() && unasked(&other.pod.uid)
        });
        found.map(|other| other.pod.uid.clone())
    }

    /// A pod has ended: whoever waited for its room may start.
    fn made_room(&mut self, now: Time, ended: &PodUid) {
        self.room_for.remove(ended);
        let mut free = Vec::new();
        self.room_for.retain(|waiting, victims| {
            if victims.remove(ended) && victims.is_empty() {
                free.push(waiting.clone());
            }
            !victims.is_empty()
        });
        for uid in free {
            self.try_start(now, &uid);
            self.after_work(now, &uid);
        }
    }
}

/// What the runtime has of a pod; an empty entry when it has nothing yet.
fn observed_of<'a>(all: &'a mut BTreeMap<PodUid, Observed>, pod: &PodRef) -> &'a mut Observed {
    all.entry(pod.uid.clone()).or_insert_with(|| Observed::nothing(pod.clone()))
}
