//! Cleaning up: forgetting pods that have ended, starting those that came back, stopping what nobody asked for, removing the dead.
//!
//! Follows `HandlePodCleanups` (`pkg/kubelet/kubelet_pods.go`) and `pkg/kubelet/kuberuntime/kuberuntime_gc.go`. The kubelet looks at
//! everything each 2 and 60 seconds; here only pods that have something to clean up are looked at, at the same ticks.

use std::{sync::Arc, time::Duration};

use super::{Kubelet, Owner, Timer, WakeReason, observed_of};
use crate::{
    contract::{Action, Cause, Outcome, RunState, SandboxState},
    id::{ActionId, PodRef, PodUid},
    journal::PodLog,
    manifest::Pod,
    pod::{Stage, Worker},
    time::Time,
};

/// How often ended pods are cleaned up.
const HOUSEKEEPING: Duration = Duration::from_secs(2);
/// How often dead containers are removed.
const GARBAGE: Duration = Duration::from_secs(60);
/// How long a container that nobody asked for may take to stop.
const ORPHAN_GRACE: Duration = Duration::from_secs(1);

impl Kubelet {
    /// Cleans up at the next tick.
    pub(super) fn housekeep_soon(&mut self, now: Time) {
        let at = self.desk.tick(now + Duration::from_millis(1), HOUSEKEEPING);
        self.desk.timers.set_by(Timer::Housekeeping, at, WakeReason::Housekeeping);
    }

    fn collect_garbage_soon(&mut self, now: Time) {
        let at = self.desk.tick(now + Duration::from_millis(1), GARBAGE);
        self.desk.timers.set_by(Timer::GarbageCollection, at, WakeReason::GarbageCollection);
    }

    pub(super) fn housekeeping(&mut self, now: Time) {
        if !(self.sources_ready() && self.runtime_known) {
            return;
        }
        self.desk.crash_back_off.collect_garbage(now);
        self.desk.image_back_off.collect_garbage(now);
        for uid in std::mem::take(&mut self.untidy) {
            self.tidy(now, &uid);
        }
        self.tidy_mirrors(now);
    }

    pub(super) fn tidy(&mut self, now: Time, uid: &PodUid) {
        if let Some(worker) = self.workers.get_mut(uid) {
            if !worker.is_finished() {
                if !worker.desired && worker.is_ending() {
                    worker.drop_status();
                } else if !worker.desired {
                    // Its manifest went while nobody knew whether all sources had been heard.
                    let observed = observed_of(&mut self.observed, &worker.id);
                    worker.terminate(observed, &mut self.desk, now, Cause::PodRemoved, None);
                    self.after_work(now, uid);
                }
                return;
            }
            // Containers of a pod that this node ran before, and refuses since the kubelet was restarted, belong to nobody.
            let observed = observed_of(&mut self.observed, &worker.id);
            if worker.is_rejected() && observed.runs() {
                worker.stage = Stage::Syncing(None);
                worker.terminate(observed, &mut self.desk, now, Cause::Orphan, Some(ORPHAN_GRACE));
                return self.after_work(now, uid);
            }
            if let Some(pod) = worker.restart_requested.take() {
                self.forget(uid);
                self.begin(now, pod);
            } else if !worker.desired {
                self.forget(uid);
            }
        }
        if !self.workers.contains_key(uid) {
            match self.observed.get(uid) {
                Some(observed) if observed.runs() => {
                    let id = observed.pod.clone();
                    self.stop_orphan(now, id);
                }
                Some(_) | None => self.collect_garbage_soon(now),
            }
        } else if self.observed.get(uid).is_some_and(|observed| observed.sandboxes.len() > 1) {
            self.collect_garbage_soon(now);
        }
    }

    fn forget(&mut self, uid: &PodUid) {
        let worker = self.workers.remove(uid);
        worker.and_then(|worker| worker.weight).iter().for_each(|pod| self.load.remove(pod));
        self.note_stray(uid);
        self.forget_report(uid);
        self.held.remove(uid);
        self.desk.timers.clear(&Timer::Sync(uid.clone()));
    }

    /// Stops what runs and no manifest asks for.
    fn stop_orphan(&mut self, now: Time, id: PodRef) {
        self.desk.log(now, &id, PodLog::Orphan);
        let uid = id.uid.clone();
        let mut worker = Worker::new(Arc::new(Pod::unknown(id)), Stage::Syncing(None), now);
        worker.orphan = true;
        worker.desired = false;
        let observed = observed_of(&mut self.observed, &worker.id);
        worker.terminate(observed, &mut self.desk, now, Cause::Orphan, Some(ORPHAN_GRACE));
        self.workers.insert(uid.clone(), Box::new(worker));
        self.after_work(now, &uid);
    }

    /// Removes dead containers and sandboxes that nobody will look at again.
    pub(super) fn collect_garbage(&mut self, now: Time) {
        debug_assert!(self.observed.keys().all(|uid| !self.is_stray(uid) || self.strays.contains(uid)));
        for uid in std::mem::take(&mut self.strays) {
            self.collect_pod(now, &uid);
            self.note_stray(&uid);
        }
    }

    /// Notes a pod of which there may be something to remove.
    pub(super) fn note_stray(&mut self, uid: &PodUid) {
        if self.is_stray(uid) {
            self.strays.insert(uid.clone());
        }
    }

    fn is_stray(&self, uid: &PodUid) -> bool {
        let unasked = || self.workers.get(uid).is_none_or(|worker| worker.orphan);
        self.observed.get(uid).is_some_and(|observed| observed.sandboxes.len() > 1 || unasked())
    }

    fn collect_pod(&mut self, now: Time, uid: &PodUid) {
        let Some(observed) = self.observed.get(uid) else { return };
        let pod = observed.pod.clone();
        let gone = !self.workers.contains_key(uid);
        if self.desk.waits().for_garbage(uid) {
            return;
        }
        let because = if gone { Cause::PodGone } else { Cause::Superseded };
        let dead: Vec<_> = observed
            .containers
            .iter()
            .filter(|report| gone && !matches!(report.state, RunState::Running { .. } | RunState::Unknown))
            .map(|report| report.instance.clone())
            .collect();
        for instance in &dead {
            let action = Action::RemoveContainer { instance: instance.clone() };
            self.desk.plan(now, Owner::Garbage(pod.clone()), action, because.clone());
        }
        if dead.is_empty() {
            self.collect_sandboxes(now, uid, &pod, gone, &because);
        }
    }

    fn collect_sandboxes(&mut self, now: Time, uid: &PodUid, pod: &PodRef, gone: bool, because: &Cause) {
        let Some(observed) = self.observed.get(uid) else { return };
        let removable: Vec<_> = observed
            .sandboxes
            .iter()
            .enumerate()
            .filter(|(at, sandbox)| {
                let holds = observed.containers.iter().any(|report| report.sandbox == sandbox.id.attempt);
                sandbox.state == SandboxState::NotReady && !holds && (gone || *at > 0)
            })
            .map(|(_, sandbox)| sandbox.id.clone())
            .collect();
        for sandbox in removable {
            let action = Action::RemoveSandbox { sandbox };
            self.desk.plan(now, Owner::Garbage(pod.clone()), action, because.clone());
        }
        if gone && observed_is_empty(self.observed.get(uid)) {
            self.observed.remove(uid);
            self.touched.remove(uid);
            self.unlisted.remove(uid);
            let action = Action::RemovePodData { pod: uid.clone() };
            self.desk.plan(now, Owner::Garbage(pod.clone()), action, because.clone());
        }
    }

    /// Something dead was removed; its sandbox may follow.
    pub(super) fn on_garbage_gone(
        &mut self,
        now: Time,
        pod: &PodRef,
        action: &Action,
        outcome: Outcome,
        id: ActionId,
    ) {
        if let Outcome::Failed(failure) = outcome {
            if let (Action::RemoveContainer { instance }, Some(observed)) =
                (action, self.observed.get_mut(&pod.uid))
            {
                observed.not_removed(instance);
            }
            self.desk.failed(now, Some(pod.clone()), id, failure);
            self.collect_garbage_soon(now);
            return;
        }
        self.touched.insert(pod.uid.clone(), self.desk.events);
        if let Some(observed) = self.observed.get_mut(&pod.uid) {
            match action {
                Action::RemoveContainer { instance } => observed.removed(instance),
                Action::RemoveSandbox { sandbox } => observed.sandbox_removed(sandbox),
                Action::ListManifests
                | Action::ListRuntime
                | Action::InspectImage { .. }
                | Action::PullImage { .. }
                | Action::CreateSandbox { .. }
                | Action::StopSandbox { .. }
                | Action::CreateContainer { .. }
                | Action::StartContainer { .. }
                | Action::StopContainer { .. }
                | Action::RunProbe { .. }
                | Action::RunHook { .. }
                | Action::RemovePodData { .. }
                | Action::Api(_) => {}
            }
            if !self.workers.contains_key(&pod.uid) {
                self.collect_pod(now, &pod.uid);
            }
        }
    }
}

fn observed_is_empty(observed: Option<&crate::pod::Observed>) -> bool {
    observed.is_some_and(crate::pod::Observed::is_empty)
}
