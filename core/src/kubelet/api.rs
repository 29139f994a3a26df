//! The kubelet's side of an API server: mirrors of its static pods, pods that are bound to it, statuses, signs of life.
//!
//! Follows `pkg/kubelet/pod/mirror_client.go`, `tryReconcileMirrorPods` (`pkg/kubelet/kubelet.go`) and `pkg/kubelet/status/status_manager.go`. Static
//! pods never depend on any of it. A mirror is looked at when its static pod is synced, when it is being deleted, and, without a static pod, by the
//! clean-up; one that vanishes otherwise stays away until the next sync.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{Kubelet, Owner, Timer, WakeReason, observed_of};
use crate::{
    contract::{Action, ApiAction, ApiEvent, ApiPod, ApiPodKind, Cause, Outcome, Pressure},
    id::{ActionId, PodRef, PodUid},
    journal::{Fact, PodLog, PodSource, Record},
    manifest::Pod,
    mirror,
    pod::Stage,
    time::Time,
    view::{PodView, SeriesView},
};

/// How often the node says that it is alive, and how often statuses that could not be told are told again.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often the node says how it is when nothing changed.
const REPORT: Duration = Duration::from_secs(300);
/// How soon a node that could not register tries again.
const REGISTER_AGAIN: Duration = Duration::from_secs(1);

/// Namespace and name.
type FullName = (Arc<str>, Arc<str>);

/// What a node knows of its API server.
#[derive(Clone, Debug, Default)]
pub(super) struct Api {
    /// It has told once what is bound to this node.
    pub(super) ready: bool,
    registered: bool,
    /// The uid of the node's object.
    node: Option<Arc<str>>,
    mirrors: BTreeMap<FullName, Mirror>,
    /// Pods that were bound to this node; with what they may take to end when they are being deleted.
    pods: BTreeMap<PodUid, Option<Duration>>,
    /// What was told last, and of which object.
    told: BTreeMap<PodUid, (PodUid, Arc<PodView>)>,
    /// Statuses on their way.
    reporting: BTreeMap<PodUid, (PodUid, Arc<PodView>)>,
    /// Statuses to be told again.
    stale: BTreeSet<PodUid>,
    /// Pods whose object is being made or deleted.
    busy: BTreeSet<PodUid>,
    /// Mirrors that may have no static pod any more.
    suspects: BTreeSet<FullName>,
    /// Pods that may look different since the last event.
    moved: BTreeSet<PodUid>,
    reported: Option<(Time, Vec<Pressure>)>,
}

#[derive(Clone, Debug)]
struct Mirror {
    id: PodRef,
    hash: Arc<str>,
    deleting: bool,
}

impl Kubelet {
    /// Whether all sources of pods have told once what there is: until then nothing is stopped.
    pub(super) fn sources_ready(&self) -> bool {
        self.source_ready && (!self.desk.config.api || self.api.ready)
    }

    /// Begins to talk to the API server.
    pub(super) fn start_api(&mut self, now: Time) {
        if self.desk.config.api {
            self.desk.plan(
                now,
                Owner::Api(None),
                Action::Api(ApiAction::RegisterNode),
                Cause::KubeletStarted,
            );
        }
    }

    /// A pod may look different.
    pub(super) fn pod_moved(&mut self, uid: &PodUid) {
        if self.desk.config.api {
            self.api.moved.insert(uid.clone());
        }
    }

    /// A pod has ended, or is forgotten.
    pub(super) fn pod_left(&mut self, pod: &PodRef) {
        let key = full_name(pod);
        if self.api.mirrors.contains_key(&key) {
            self.api.suspects.insert(key);
        }
    }

    /// A worker is gone.
    pub(super) fn forget_report(&mut self, uid: &PodUid) {
        self.api.told.remove(uid);
        self.api.stale.remove(uid);
    }

    /// Says what there is to say after an event.
    pub(super) fn settle_api(&mut self, now: Time) {
        if !self.desk.config.api {
            return;
        }
        for uid in std::mem::take(&mut self.desk.synced) {
            self.reconcile_mirror(now, &uid);
        }
        for uid in std::mem::take(&mut self.api.moved) {
            self.report(now, &uid, false);
        }
    }

    pub(super) fn on_api(&mut self, now: Time, event: ApiEvent) {
        match event {
            ApiEvent::Listed { node, pods } => self.on_listed(now, node, pods),
            ApiEvent::Node(node) => self.on_node(node),
            ApiEvent::Pod(pod) => self.on_api_pod(now, pod),
            ApiEvent::Gone(pod) => self.on_api_gone(now, &pod),
            ApiEvent::Down => {}
        }
    }

    fn on_listed(&mut self, now: Time, node: Option<Arc<str>>, pods: Vec<ApiPod>) {
        let present = crate::sort::set(pods.iter().map(|pod| pod.id.uid.clone()));
        self.api.mirrors.retain(|_, mirror| present.contains(&mirror.id.uid));
        let gone = self.api.pods.keys().filter(|uid| !present.contains(*uid)).cloned().collect::<Vec<_>>();
        for uid in gone {
            self.api.pods.remove(&uid);
            self.drop_pod(now, &uid);
        }
        for pod in pods {
            self.on_api_pod(now, pod);
        }
        self.on_node(node);
        self.api.reported = None;
        if !std::mem::replace(&mut self.api.ready, true) {
            self.untidy.extend(self.observed.keys().cloned());
            self.untidy.extend(self.workers.keys().cloned());
            self.housekeep_soon(now);
        }
    }

    fn on_node(&mut self, node: Option<Arc<str>>) {
        let another = node.is_some() && node != self.api.node;
        self.api.node = node;
        if another {
            // All static pods are shown as soon as there is somebody who owns their mirrors.
            let synced = self.workers.iter().filter(|(_, worker)| matches!(worker.stage, Stage::Syncing(_)));
            self.desk.synced.extend(synced.map(|(uid, _)| uid.clone()));
        }
    }

    fn on_api_pod(&mut self, now: Time, pod: ApiPod) {
        match pod.kind {
            ApiPodKind::Mirror(hash) => {
                let key = full_name(&pod.id);
                let of: PodUid = (&*hash).into();
                if self.workers.get(&of).is_some_and(|worker| worker.pod.is_static()) {
                    if pod.deleting.is_some() {
                        self.desk.synced.insert(of.clone());
                    }
                    let told = self.api.told.get(&of).is_some_and(|(to, _)| *to == pod.id.uid);
                    if !told || pod.foreign_status {
                        self.tell_again(now, &of);
                    }
                } else {
                    self.api.suspects.insert(key.clone());
                    self.housekeep_soon(now);
                }
                self.api.mirrors.insert(key, Mirror { id: pod.id, hash, deleting: pod.deleting.is_some() });
            }
            ApiPodKind::Pod(run) => self.on_bound(now, run, pod.deleting, pod.foreign_status),
        }
    }

    /// A pod that is bound to this node.
    fn on_bound(&mut self, now: Time, pod: Arc<Pod>, deleting: Option<Duration>, foreign: bool) {
        let uid = pod.id.uid.clone();
        self.api.pods.insert(uid.clone(), deleting);
        if !self.workers.contains_key(&uid) {
            if deleting.is_none() || self.observed.get(&uid).is_some_and(crate::pod::Observed::runs) {
                self.desk.log(now, &pod.id, PodLog::Add(PodSource::Api));
                self.begin(now, Arc::clone(&pod));
            } else {
                return self.delete_object(now, &pod.id, Cause::DeletedInApi);
            }
        }
        if foreign {
            self.tell_again(now, &uid);
        }
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let observed = observed_of(&mut self.observed, &worker.id);
        if let Some(grace) = deleting {
            worker.terminate(observed, &mut self.desk, now, Cause::DeletedInApi, Some(grace));
            self.after_work(now, &uid);
        } else if worker.pod.spec != pod.spec || worker.pod.labels != pod.labels {
            self.desk.log(now, &pod.id, PodLog::Update(PodSource::Api));
            worker.update(pod);
            worker.sync(observed, &mut self.desk, now);
            self.after_work(now, &uid);
        }
    }

    fn on_api_gone(&mut self, now: Time, pod: &PodRef) {
        let key = full_name(pod);
        if self.api.mirrors.get(&key).is_some_and(|mirror| mirror.id.uid == pod.uid) {
            self.api.mirrors.remove(&key);
        }
        if self.api.pods.remove(&pod.uid).is_some() {
            self.drop_pod(now, &pod.uid);
        }
    }

    /// A bound pod is not in the API any more.
    fn drop_pod(&mut self, now: Time, uid: &PodUid) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        self.desk.log(now, &worker.id, PodLog::Remove(PodSource::Api));
        worker.desired = false;
        let observed = observed_of(&mut self.observed, &worker.id);
        worker.terminate(observed, &mut self.desk, now, Cause::DeletedInApi, None);
        self.after_work(now, uid);
    }

    /// Sees to it that a static pod has its mirror.
    fn reconcile_mirror(&mut self, now: Time, uid: &PodUid) {
        let Some(worker) = self.workers.get(uid) else { return };
        if !worker.pod.is_static() || worker.is_ending() || self.api.busy.contains(uid) {
            return;
        }
        let pod = Arc::clone(&worker.pod);
        let hash = mirror::hash(&pod);
        let (action, because) = match (self.api.mirrors.get(&full_name(&pod.id)), &self.api.node) {
            (Some(mirror), _) if mirror.deleting || mirror.hash != hash => {
                (ApiAction::DeletePod { pod: mirror.id.clone() }, Cause::MirrorOutdated)
            }
            (Some(_), _) | (None, None) => return,
            (None, Some(owner)) => {
                let (seen, owner) = (worker.first_seen, Arc::clone(owner));
                (ApiAction::CreateMirror { pod: Arc::clone(&pod), seen, owner }, Cause::MirrorMissing)
            }
        };
        self.api.busy.insert(uid.clone());
        self.desk.plan(now, Owner::Api(Some(pod.id.clone())), Action::Api(action), because);
    }

    /// Tells how a pod is, when that is news. `again` tells a mirror that is not the one that was told last.
    fn report(&mut self, now: Time, uid: &PodUid, again: bool) {
        let Some(worker) = self.workers.get(uid).filter(|worker| !worker.orphan) else { return };
        let (pod, finished) = (Arc::clone(&worker.pod), worker.is_finished());
        let to = if pod.is_static() {
            let mirror = self.api.mirrors.get(&full_name(&pod.id));
            let Some(mirror) = mirror.filter(|mirror| *mirror.hash == *uid.as_str()) else { return };
            mirror.id.clone()
        } else {
            pod.id.clone()
        };
        let view = worker.view(&self.desk);
        let (same_object, same_status) = match self.api.told.get(uid) {
            Some((known, told)) => (*known == to.uid, told.same_status(&view)),
            None => (true, false),
        };
        if self.api.reporting.contains_key(uid) {
            return;
        }
        if (!same_status && same_object) || again {
            self.api.reporting.insert(uid.clone(), (to.uid.clone(), Arc::clone(&view)));
            let action = ApiAction::PatchStatus { pod: to, of: Arc::clone(&pod), view };
            self.desk.plan(now, Owner::Api(Some(pod.id.clone())), Action::Api(action), Cause::StatusChanged);
        } else if !same_object {
            self.tell_again(now, uid);
        } else if finished && matches!(self.api.pods.get(uid), Some(Some(_))) {
            self.delete_object(now, &pod.id, Cause::DeletedInApi);
        }
    }

    fn delete_object(&mut self, now: Time, pod: &PodRef, because: Cause) {
        if self.api.busy.insert(pod.uid.clone()) {
            let action = Action::Api(ApiAction::DeletePod { pod: pod.clone() });
            self.desk.plan(now, Owner::Api(Some(pod.clone())), action, because);
        }
    }

    /// Tells a pod's status at the next of the status manager's ticks.
    fn tell_again(&mut self, now: Time, uid: &PodUid) {
        self.api.stale.insert(uid.clone());
        let at = self.desk.tick(now + Duration::from_millis(1), HEARTBEAT);
        self.desk.timers.set_by(Timer::Statuses, at, WakeReason::Statuses);
    }

    /// Tells statuses that could not be told when they changed.
    pub(super) fn tell_statuses(&mut self, now: Time) {
        for uid in std::mem::take(&mut self.api.stale) {
            self.report(now, &uid, true);
        }
    }

    /// Deletes mirrors whose static pod is gone.
    pub(super) fn tidy_mirrors(&mut self, now: Time) {
        for key in std::mem::take(&mut self.api.suspects) {
            let Some(mirror) = self.api.mirrors.get(&key).cloned() else { continue };
            let by_hash = self.workers.get(&*mirror.hash);
            let named = || self.workers.values().find(|worker| full_name(&worker.id) == key);
            let holder = by_hash.or_else(named).filter(|worker| worker.pod.is_static());
            match holder {
                Some(worker) if worker.desired => {}
                Some(worker) if !worker.is_finished() => {
                    self.api.suspects.insert(key);
                }
                Some(_) | None => self.delete_object(now, &mirror.id, Cause::MirrorOrphaned),
            }
        }
    }

    /// Says that the node is alive, and how it is.
    pub(super) fn heartbeat(&mut self, now: Time) {
        if !self.api.registered {
            return self.start_api(now);
        }
        self.desk.timers.set(Timer::Heartbeat, now + HEARTBEAT, WakeReason::Heartbeat);
        self.desk.plan(now, Owner::Api(None), Action::Api(ApiAction::RenewLease), Cause::HeartbeatDue);
        let pressures = self.pressures();
        let due = match &self.api.reported {
            Some((at, known)) => now.since(*at) >= REPORT || *known != pressures,
            None => true,
        };
        if due {
            let action = ApiAction::ReportNode { pressures };
            self.desk.plan(now, Owner::Api(None), Action::Api(action), Cause::HeartbeatDue);
        }
    }

    /// The answer of the API server.
    pub(super) fn on_api_answer(
        &mut self,
        now: Time,
        id: ActionId,
        pod: Option<PodRef>,
        action: ApiAction,
        outcome: Outcome,
    ) {
        let failure = match outcome {
            Outcome::Failed(failure) => Some(failure),
            Outcome::Done
            | Outcome::Folder(_)
            | Outcome::Runtime(_)
            | Outcome::Image(_)
            | Outcome::SandboxReady { .. }
            | Outcome::Created { .. }
            | Outcome::Started { .. }
            | Outcome::Probed(_)
            | Outcome::Hooked(_) => None,
        };
        let well = failure.is_none();
        match action {
            ApiAction::RegisterNode => {
                self.api.registered = well;
                let wait = if well { Duration::ZERO } else { REGISTER_AGAIN };
                self.desk.timers.set(Timer::Heartbeat, now + wait, WakeReason::Heartbeat);
            }
            ApiAction::ReportNode { pressures } => {
                self.api.reported = well.then_some((now, pressures));
            }
            ApiAction::RenewLease => {}
            ApiAction::CreateMirror { pod, .. } => {
                self.api.busy.remove(&pod.id.uid);
                self.write_failure(now, id, Some(pod.id.clone()), failure);
            }
            ApiAction::DeletePod { pod: object } => {
                let known = pod.as_ref().map_or(&object.uid, |pod| &pod.uid).clone();
                self.api.busy.remove(&known);
                if well {
                    self.on_api_gone(now, &object);
                    self.reconcile_mirror(now, &known);
                } else if self.api.pods.contains_key(&known) {
                    self.tell_again(now, &known);
                }
                self.write_failure(now, id, pod, failure);
            }
            ApiAction::PatchStatus { of, .. } => {
                let uid = of.id.uid.clone();
                if let Some(told) = self.api.reporting.remove(&uid) {
                    if well {
                        self.api.told.insert(uid.clone(), told);
                        self.report(now, &uid, false);
                    } else {
                        self.tell_again(now, &uid);
                    }
                }
            }
        }
    }

    fn write_failure(
        &mut self,
        now: Time,
        id: ActionId,
        pod: Option<PodRef>,
        failure: Option<crate::contract::Failure>,
    ) {
        if let Some(failure) = failure {
            self.desk.failed(now, pod, id, failure);
        }
    }
}

/// An event for the API server.
#[derive(Clone, Debug, PartialEq)]
pub struct SentEvent {
    /// About which pod, by the kubelet's own uid.
    pub pod: PodRef,
    /// Whether of type Warning; else Normal.
    pub warning: bool,
    /// Such as `BackOff`.
    pub reason: Arc<str>,
    /// Such as `spec.containers{web}`; empty when about the whole pod.
    pub field_path: Arc<str>,
    /// The sentence.
    pub message: Arc<str>,
    /// How often, and since when.
    pub series: SeriesView,
}

impl SentEvent {
    pub(super) fn of(record: &Record) -> Option<Self> {
        let (Fact::Event(event, series), Some(pod)) = (&record.fact, &record.pod) else { return None };
        (!series.dropped).then(|| Self {
            pod: pod.clone(),
            warning: event.is_warning(),
            reason: event.reason().into(),
            field_path: event.field_path().into(),
            message: event.to_string().into(),
            series: *series,
        })
    }
}

fn full_name(pod: &PodRef) -> FullName {
    (Arc::clone(&pod.namespace), Arc::clone(&pod.name))
}
