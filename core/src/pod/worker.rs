//! A pod's worker: waits for its turn, keeps the pod as its manifest says, stops it, and is done.
//!
//! Follows `pkg/kubelet/pod_workers.go`: one worker for each uid; once it stops a pod it never goes back.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{
    Cx, Memory, Observed, PodFailure, Probers, Sync, Termination, Told,
    events::{AboutPod, PodEvent},
    notice::changes,
    plan::plan,
    start::Trouble,
    status::{self, Seen},
};
use crate::{
    admission::Rejection,
    config::Reaction,
    contract::{Action, Cause, Outcome, ProbeKind},
    id::{ActionId, ContainerName, PodRef},
    journal::PodLog,
    kubelet::{Desk, Timer, WakeReason},
    manifest::Pod,
    time::Time,
    view::{Phase, PodStage, PodView},
};

/// How long a pod with trouble rests when nothing says otherwise.
const RETRY: Duration = Duration::from_secs(10);

/// A pod's worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Whose.
    pub id: PodRef,
    /// What the pod should be.
    pub pod: Arc<Pod>,
    /// Whether the manifest is gone and only the runtime knows the pod.
    pub orphan: bool,
    /// Whether some manifest asks for it.
    pub desired: bool,
    /// The same manifest came back while the pod was being stopped.
    pub restart_requested: Option<Arc<Pod>>,
    /// The pod as it is counted in what the node's pods ask for together.
    pub weight: Option<Arc<Pod>>,
    /// What it is doing.
    pub stage: Stage,
    /// When the node first saw the pod.
    pub first_seen: Time,
    /// When it was first worked on.
    pub started: Option<Time>,
    pub(super) memory: Memory,
    pub(super) seen: Seen,
    pub(super) told: Told,
    /// The clean-up has dropped its status, because no manifest asked for it.
    pub(super) dropped: bool,
    pub(super) view: OnceLock<Arc<PodView>>,
}

/// What a worker is doing.
#[derive(Clone, Debug)]
pub enum Stage {
    /// A pod of the same name has not ended yet.
    WaitingToStart,
    /// The pod is kept as its manifest says; with a plan under way, or none.
    Syncing(Option<Sync>),
    /// The pod is being stopped.
    Terminating(Termination),
    /// The pod has been stopped.
    Terminated,
}

impl Worker {
    /// A worker that has done nothing yet.
    #[must_use]
    pub fn new(pod: Arc<Pod>, stage: Stage, now: Time) -> Self {
        Self {
            id: pod.id.clone(),
            seen: Seen::nothing(pod.id.clone()),
            pod,
            orphan: false,
            desired: true,
            restart_requested: None,
            weight: None,
            stage,
            first_seen: now,
            started: None,
            memory: Memory::default(),
            told: Told::default(),
            dropped: false,
            view: OnceLock::new(),
        }
    }

    /// A worker for a pod that the node refuses: there is nothing for it to do.
    #[must_use]
    pub fn rejected(pod: Arc<Pod>, rejection: Rejection, now: Time) -> Self {
        let mut worker = Self::new(pod, Stage::Terminated, now);
        worker.started = Some(now);
        worker.seen.failure = Some(PodFailure::Rejected(rejection));
        worker
    }

    /// Whether the node refused the pod.
    #[must_use]
    pub const fn is_rejected(&self) -> bool {
        matches!(self.seen.failure, Some(PodFailure::Rejected(_)))
    }

    /// Whether it has nothing left to do.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Terminated)
    }

    /// Whether the pod counts when others are admitted.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.desired && !self.is_finished()
    }

    /// Whether the pod is being stopped or has been.
    #[must_use]
    pub const fn is_ending(&self) -> bool {
        matches!(self.stage, Stage::Terminating(_) | Stage::Terminated)
    }

    /// The clean-up drops the status of a pod that no manifest asks for. It is shown all the same until the pod is gone.
    pub fn drop_status(&mut self) {
        self.dropped = true;
    }

    /// The same manifest came back while the pod is being stopped: it starts anew when it has ended, and says nothing until then when its
    /// status was dropped.
    pub fn come_back(&mut self, pod: Arc<Pod>) {
        self.restart_requested = Some(pod);
        if std::mem::take(&mut self.dropped) {
            self.seen = Seen::nothing(self.id.clone());
            self.started = None;
            self.view.take();
        }
    }

    /// Takes another spec for the same uid.
    pub fn update(&mut self, pod: Arc<Pod>) {
        self.pod = pod;
        self.view.take();
    }

    /// Looks at the pod and does what it needs, unless it is busy already.
    pub fn sync(&mut self, observed: &mut Observed, desk: &mut Desk, now: Time) {
        self.view.take();
        // A sync that acted is followed by another that sees what became of it; a third would find nothing new.
        for _ in 0..3 {
            if !matches!(self.stage, Stage::Syncing(None)) {
                break;
            }
            self.told.begin(now);
            let started = *self.started.get_or_insert(now);
            if desk.config.api {
                desk.synced.insert(self.id.uid.clone());
            }
            self.watch_deadline(desk, now, started);
            self.look(observed, now);
            if self.seen.failure.is_some() {
                self.terminate(observed, desk, now, Cause::DeadlineExceeded, None);
                return;
            }
            if matches!(self.phase(), Phase::Succeeded | Phase::Failed) {
                self.terminate(observed, desk, now, Cause::PodFinished, None);
                return;
            }
            prune(observed, &mut self.memory, desk, now);
            let mut cx = Cx {
                now,
                first_seen: self.first_seen,
                pod: &self.pod,
                observed,
                memory: &mut self.memory,
                desk,
                stopping: false,
            };
            Probers::ensure(&mut cx);
            Probers::hurry(&mut cx);
            if cx.desk.config.policies.reaction == Reaction::Prompt {
                cx.memory.probers.meet_all(cx.pod, cx.observed);
                self.seen.memory.probers.clone_from(&cx.memory.probers);
            }
            let plan = plan(&self.pod, observed, &self.memory.probers);
            if plan.is_empty() {
                let wait = desk.config.sync_frequency;
                desk.sync_later(now, &self.id.uid, wait, WakeReason::Resync);
                return self.look_again(desk, now);
            }
            self.stage = Stage::Syncing(Some(Sync::new(plan)));
            self.go_on(observed, desk, now);
            if desk.timers.get(&Timer::Sync(self.id.uid.clone())).is_some() {
                return;
            }
        }
        if !matches!(self.stage, Stage::Syncing(None)) {
            self.go_on(observed, desk, now);
        }
    }

    /// A pod that ran longer than it may has failed; until then its time is set.
    fn watch_deadline(&mut self, desk: &mut Desk, now: Time, started: Time) {
        let Some(deadline) = self.pod.spec.active_deadline else { return };
        let end = started + deadline;
        if now < end {
            let at = desk.tick(end, Duration::from_secs(1));
            desk.timers.set_by(Timer::Deadline(self.id.uid.clone()), at, WakeReason::Deadline);
        } else if self.seen.failure.is_none() {
            self.seen.failure = Some(PodFailure::DeadlineExceeded);
            desk.event(now, &self.id, PodEvent::Pod(AboutPod::DeadlineExceeded));
        }
    }

    /// The answer to one of its actions.
    pub fn answered(
        &mut self,
        observed: &mut Observed,
        desk: &mut Desk,
        now: Time,
        id: ActionId,
        action: &Action,
        outcome: Outcome,
    ) {
        self.view.take();
        let Self { stage, pod, memory, first_seen, .. } = self;
        let stopping = matches!(stage, Stage::Terminating(_));
        let mut cx = Cx { now, first_seen: *first_seen, pod, observed, memory, desk, stopping };
        if matches!(action, Action::RunProbe { .. }) {
            if Probers::answered(&mut cx, id, action, outcome) {
                self.noticed_by_probe(observed, desk, now);
            }
            return;
        }
        let mut trouble = None;
        let changes = changes(action, &outcome);
        match stage {
            Stage::Syncing(Some(sync)) => sync.answered(&mut cx, id, action, outcome),
            Stage::Terminating(termination) => trouble = termination.answered(&mut cx, id, action, outcome),
            Stage::WaitingToStart | Stage::Syncing(None) | Stage::Terminated => {}
        }
        if self.seen.sandbox_ready_since.is_none() && observed.ready_sandboxes().next().is_some() {
            self.seen.sandbox_ready_since = Some(now);
        }
        if changes {
            self.changed(desk, now);
        }
        if let Some(trouble) = trouble {
            self.report(desk, now, &[trouble]);
        }
        self.go_on_and_sync(observed, desk, now);
    }

    /// One of its probes is due.
    pub fn probe(
        &mut self,
        observed: &mut Observed,
        desk: &mut Desk,
        now: Time,
        name: &ContainerName,
        kind: ProbeKind,
    ) {
        // Two that are due at one moment come in any order. It matters once in a container's life: one that comes before the startup probe
        // still takes the container for started when the one before it was.
        let newest = self.seen.observed.newest(name).map(|report| &report.instance);
        if kind != ProbeKind::Startup
            && newest.is_some_and(|newest| self.memory.probers.is_stale(name, newest))
            && Probers::startup_is_due(&self.pod, name, desk, now)
            && desk.rng.below(2) == 0
        {
            self.tick(observed, desk, now, name, ProbeKind::Startup);
        }
        self.tick(observed, desk, now, name, kind);
    }

    fn tick(
        &mut self,
        observed: &mut Observed,
        desk: &mut Desk,
        now: Time,
        name: &ContainerName,
        kind: ProbeKind,
    ) {
        let stopping = self.is_ending();
        let Self { pod, memory, first_seen, seen, .. } = self;
        let mut cx = Cx { now, first_seen: *first_seen, pod, observed, memory, desk, stopping };
        let status = match cx.desk.config.policies.reaction {
            Reaction::Kubelet => Some((&seen.observed, &seen.memory.probers)),
            Reaction::Prompt => None,
        };
        if Probers::tick(&mut cx, status, name, kind) {
            self.noticed_by_probe(observed, desk, now);
        }
    }

    pub(super) fn go_on_and_sync(&mut self, observed: &mut Observed, desk: &mut Desk, now: Time) {
        self.go_on(observed, desk, now);
        if matches!(self.stage, Stage::Syncing(None))
            && desk.timers.get(&Timer::Sync(self.id.uid.clone())).is_none()
        {
            self.sync(observed, desk, now);
        }
    }

    /// Goes on with whatever is under way. A sync that ended without trouble leaves no timer behind: the caller looks again at once.
    pub(super) fn go_on(&mut self, observed: &mut Observed, desk: &mut Desk, now: Time) {
        let Self { stage, pod, memory, first_seen, .. } = self;
        match stage {
            Stage::Syncing(Some(sync)) => {
                let mut cx =
                    Cx { now, first_seen: *first_seen, pod, observed, memory, desk, stopping: false };
                if !sync.run(&mut cx) {
                    return;
                }
                let troubles = std::mem::take(&mut sync.troubles);
                *stage = Stage::Syncing(None);
                desk.timers.clear(&Timer::Sync(self.id.uid.clone()));
                if troubles.is_empty() {
                    self.told.done(now);
                } else {
                    self.report(desk, now, &troubles);
                    self.retry(observed, desk, now, &troubles);
                }
            }
            Stage::Terminating(_) => self.go_on_stopping(observed, desk, now),
            Stage::WaitingToStart | Stage::Syncing(None) | Stage::Terminated => {}
        }
    }

    /// Writes down what could not be done.
    fn report(&self, desk: &mut Desk, now: Time, troubles: &[Trouble]) {
        let texts: Vec<&str> = troubles.iter().map(|trouble| trouble.text.as_str()).collect();
        let text = if let [text] = texts[..] { text.to_owned() } else { format!("[{}]", texts.join(", ")) };
        desk.log(now, &self.id, PodLog::SyncFailed(text));
        if matches!(self.stage, Stage::Terminating(_)) {
            desk.sync_later(now, &self.id.uid, RETRY, WakeReason::Retry);
        }
    }

    /// When to try again: when the shortest wait is over, else after ten to fifteen seconds; earlier when the runtime shows something new.
    fn retry(&mut self, observed: &Observed, desk: &mut Desk, now: Time, troubles: &[Trouble]) {
        let shortest = troubles.iter().filter_map(|trouble| trouble.wait).min();
        let why = if shortest.is_some() { WakeReason::BackOff } else { WakeReason::Retry };
        let wait = shortest.unwrap_or(RETRY).min(desk.config.sync_frequency);
        desk.sync_later(now, &self.id.uid, wait, why);
        match desk.config.policies.reaction {
            Reaction::Kubelet => self.look_again(desk, now),
            Reaction::Prompt if observed.has_news(&self.seen.observed) => {
                let at = desk.tick(now + Duration::from_millis(1), Duration::from_secs(1));
                desk.timers.set_by(Timer::Sync(self.id.uid.clone()), at, WakeReason::Observe);
            }
            Reaction::Prompt => {}
        }
    }

    /// Remembers what the status is derived from.
    pub(super) fn look(&mut self, observed: &Observed, now: Time) {
        self.seen.look(&self.pod, observed, &self.memory, now);
    }

    fn phase(&self) -> Phase {
        status::phase(&self.pod, &self.seen)
    }

    /// For people and wires.
    #[must_use]
    pub fn view(&self, desk: &Desk) -> Arc<PodView> {
        self.view
            .get_or_init(|| {
                let stage = match &self.stage {
                    Stage::WaitingToStart => PodStage::WaitingToStart,
                    Stage::Syncing(_) => PodStage::Syncing,
                    Stage::Terminating(_) => PodStage::Terminating,
                    Stage::Terminated => PodStage::Terminated,
                };
                let due = desk.timers.get(&Timer::Sync(self.id.uid.clone()));
                Arc::new(status::view(
                    &self.pod,
                    &self.seen,
                    status::Around {
                        stage,
                        desired: self.desired,
                        orphan: self.orphan,
                        first_seen: self.first_seen,
                        started: self.started,
                        due,
                    },
                ))
            })
            .clone()
    }
}

/// Removes dead instances that nobody will look at again.
fn prune(observed: &mut Observed, memory: &mut Memory, desk: &mut Desk, now: Time) {
    let superfluous: Vec<_> = observed.superfluous().cloned().collect();
    for instance in superfluous {
        // How it ended is told on as long as nothing newer has ended.
        if let Some(exit) = observed.exit_of(&instance) {
            memory.ends.insert(instance.container.clone(), exit.clone());
        }
        observed.removing(&instance);
        let owner = crate::kubelet::Owner::Garbage(observed.pod.clone());
        desk.plan(now, owner, Action::RemoveContainer { instance }, Cause::Superseded);
    }
}
