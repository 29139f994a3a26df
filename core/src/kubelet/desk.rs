//! What everything on a node shares while it decides: settings, the outbox, the journal, timers, waits.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{Timer, Timers, WakeReason, waits::Waits};
use crate::{
    config::Config,
    contract::{Action, ApiAction, Cause, Failure, Planned},
    correlator::Correlator,
    id::{ActionId, ContainerName, PodRef, PodUid},
    journal::{Fact, Journal, PodLog},
    pod::{AboutContainer, BackOffs, PodEvent},
    rng::Rng,
    time::Time,
};

/// How often the kubelet lists all containers.
const LIST: Duration = Duration::from_secs(1);

/// Who waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The folder.
    Folder,
    /// The list of everything in the runtime. Carries how many events the node had handled when it asked.
    Relist {
        /// The node's event count at that time.
        asked: u64,
    },
    /// A pod's worker.
    Worker(PodRef),
    /// The clean-up; nothing waits.
    Garbage(PodRef),
    /// What is said to the API server.
    Api(Option<PodRef>),
}

/// An action that was not answered yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Who waits.
    pub owner: Owner,
    /// For what.
    pub action: Action,
}

/// What a crash loop's wait belongs to: any change of these starts it anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CrashKey {
    /// The pod.
    pub pod: PodUid,
    /// The container.
    pub container: ContainerName,
    /// Its image.
    pub image: Arc<str>,
    /// What it asks of the machine, and what it may use at most.
    pub resources: [Vec<(Arc<str>, Arc<str>)>; 2],
}

/// Settings, outbox, journal, timers, waits.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The node's settings.
    pub config: Config,
    /// What happened.
    pub journal: Journal,
    /// What has been said before.
    correlator: Correlator,
    /// Seeded; for jitter.
    pub rng: Rng,
    /// What is due.
    pub timers: Timers,
    /// Waits of crash loops.
    pub crash_back_off: BackOffs<CrashKey>,
    /// Waits of image pulls.
    pub image_back_off: BackOffs<(PodUid, Arc<str>)>,
    /// Image pulls, one at a time.
    pub pulls: Pulls,
    /// When the kubelet started: its ticks count from here.
    pub started: Time,
    /// How long after these ticks the runtime is listed: two loops that know nothing of each other.
    pub lists_after: Duration,
    /// How many events were handled.
    pub events: u64,
    /// Pods that were synced since the last event; counted only where there is an API server.
    pub synced: BTreeSet<PodUid>,
    pending: BTreeMap<ActionId, Pending>,
    waits: Waits,
    outbox: Vec<Planned>,
    next_action: u64,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            crash_back_off: BackOffs::new(config.max_container_restart_period),
            image_back_off: BackOffs::new(Duration::from_secs(300)),
            config,
            journal: Journal::default(),
            correlator: Correlator::default(),
            rng: Rng::new(seed),
            timers: Timers::default(),
            pulls: Pulls::default(),
            started: Time::ZERO,
            lists_after: Duration::from_millis(Rng::new(!seed).below(1000)),
            events: 0,
            synced: BTreeSet::new(),
            pending: BTreeMap::new(),
            waits: Waits::default(),
            outbox: Vec::new(),
            next_action: 0,
        }
    }

    /// Plans an action.
    pub fn plan(&mut self, now: Time, owner: Owner, action: Action, because: Cause) -> ActionId {
        let id = ActionId(self.next_action);
        self.next_action += 1;
        let pod = match &owner {
            Owner::Folder | Owner::Relist { .. } => None,
            Owner::Worker(pod) | Owner::Garbage(pod) => Some(pod.clone()),
            Owner::Api(pod) => pod.clone(),
        };
        // Listings and look-ups change nothing; writing them down would bury what does.
        match &action {
            Action::ListManifests
            | Action::ListRuntime
            | Action::InspectImage { .. }
            | Action::RunProbe { .. }
            | Action::Api(
                ApiAction::ReportNode { .. } | ApiAction::RenewLease | ApiAction::PatchStatus { .. },
            ) => {}
            Action::Api(
                ApiAction::RegisterNode | ApiAction::CreateMirror { .. } | ApiAction::DeletePod { .. },
            )
            | Action::PullImage { .. }
            | Action::CreateSandbox { .. }
            | Action::StopSandbox { .. }
            | Action::RemoveSandbox { .. }
            | Action::CreateContainer { .. }
            | Action::StartContainer { .. }
            | Action::StopContainer { .. }
            | Action::RunHook { .. }
            | Action::RemoveContainer { .. }
            | Action::RemovePodData { .. } => {
                self.journal.write(
                    now,
                    pod,
                    Fact::Planned { id, action: action.clone(), because: because.clone() },
                );
            }
        }
        self.waits.count(&owner, &action, 1);
        self.pending.insert(id, Pending { owner, action: action.clone() });
        self.outbox.push(Planned { id, action, because });
        id
    }

    /// Takes the action that an answer belongs to; `None` for an answer nobody waits for.
    pub fn answered(&mut self, id: ActionId) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        self.waits.count(&pending.owner, &pending.action, -1);
        Some(pending)
    }

    /// The actions that were not answered yet.
    pub fn pending(&self) -> impl Iterator<Item = (&ActionId, &Pending)> {
        self.pending.iter()
    }

    /// What was planned since the last call.
    pub fn take_outbox(&mut self) -> Vec<Planned> {
        std::mem::take(&mut self.outbox)
    }

    /// The counts of what was planned and is not answered.
    #[must_use]
    pub const fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Writes down an event about a pod.
    pub fn event(&mut self, now: Time, pod: &PodRef, event: PodEvent) {
        let series = self.correlator.take(now, &pod.uid, &event);
        self.journal.write(now, Some(pod.clone()), Fact::Event(event, series));
    }

    /// Writes down an event about a container.
    pub fn container_event(
        &mut self,
        now: Time,
        pod: &PodRef,
        container: &ContainerName,
        init: bool,
        what: AboutContainer,
    ) {
        self.event(now, pod, PodEvent::container(container, init, what));
    }

    /// Writes down a line of the log.
    pub fn log(&mut self, now: Time, pod: &PodRef, line: PodLog) {
        self.journal.write(now, Some(pod.clone()), Fact::Log(line));
    }

    /// Writes down that an action failed.
    pub fn failed(&mut self, now: Time, pod: Option<PodRef>, id: ActionId, failure: Failure) {
        self.journal.write(now, pod, Fact::Failed { id, failure });
    }

    /// The first of the kubelet's ticks at or after `at`.
    #[must_use]
    pub fn tick(&self, at: Time, period: Duration) -> Time {
        at.next_tick(self.started, period)
    }

    /// The first of the kubelet's lists of all containers at or after `at`.
    #[must_use]
    pub fn list_at(&self, at: Time) -> Time {
        at.next_tick(self.started + self.lists_after, LIST)
    }

    /// The first of these lists after `at`.
    #[must_use]
    pub fn list_after(&self, at: Time) -> Time {
        self.list_at(at + Duration::from_nanos(1))
    }

    /// When a pod is looked at again after `wait`: jittered by up to a half, at a whole tick.
    pub fn sync_later(&mut self, now: Time, pod: &PodUid, wait: Duration, why: WakeReason) {
        let wait = self.rng.jitter(wait, 0.5);
        let at = self.tick(now + wait, Duration::from_secs(1));
        self.timers.set(Timer::Sync(pod.clone()), at, why);
    }
}

/// Image pulls are made one at a time, in the order they were asked for.
#[derive(Clone, Debug, Default)]
pub struct Pulls {
    active: Option<Active>,
    waiting: VecDeque<Ticket>,
}

#[derive(Clone, Debug)]
struct Active {
    pod: PodUid,
    started: Time,
}

/// A pull that waits for its turn.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// For whom.
    pub pod: PodRef,
    /// What to pull.
    pub image: Arc<str>,
    /// Why.
    pub because: Cause,
}

impl Desk {
    /// Asks for an image; it is pulled when all earlier ones are done.
    pub fn pull(&mut self, now: Time, ticket: Ticket) {
        self.pulls.waiting.push_back(ticket);
        self.next_pull(now);
    }

    fn next_pull(&mut self, now: Time) {
        if self.pulls.active.is_some() {
            return;
        }
        let Some(Ticket { pod, image, because }) = self.pulls.waiting.pop_front() else { return };
        self.pulls.active = Some(Active { pod: pod.uid.clone(), started: now });
        self.plan(now, Owner::Worker(pod), Action::PullImage { image }, because);
    }

    /// A pull was answered: gives how long it took, and lets the next one begin.
    pub fn pull_done(&mut self, now: Time) -> Duration {
        let took = self.pulls.active.take().map_or(Duration::ZERO, |active| now.since(active.started));
        self.next_pull(now);
        took
    }

    /// Gives up a pull that has not begun. False when it has, so that its answer must be waited for.
    pub fn cancel_pull(&mut self, pod: &PodUid) -> bool {
        let before = self.pulls.waiting.len();
        self.pulls.waiting.retain(|ticket| &ticket.pod.uid != pod);
        self.pulls.waiting.len() < before
            || self.pulls.active.as_ref().is_none_or(|active| &active.pod != pod)
    }
}
