//! Answers to planned actions, and what the runtime tells unasked.

use std::{collections::BTreeMap, time::Duration};

use super::{Kubelet, Owner, Pending, Timer, WakeReason, observed_of};
use crate::{
    contract::{Action, Exit, Folder, Outcome, RunState, RuntimeState, SandboxState},
    id::{ActionId, InstanceId, PodRef, PodUid, SandboxId},
    journal::Fact,
    pod::{Observed, Stage},
    time::Time,
};

/// How soon a list is asked for again when the runtime did not give one, or was changing.
const LIST_AGAIN: Duration = Duration::from_secs(1);

impl Kubelet {
    pub(super) fn on_finished(&mut self, now: Time, id: ActionId, outcome: Outcome) {
        let Some(Pending { owner, action }) = self.desk.answered(id) else { return };
        match owner {
            Owner::Folder => self.on_folder(now, outcome),
            Owner::Relist { asked } => self.on_list(now, asked, outcome),
            Owner::Worker(pod) => {
                if let Outcome::Failed(failure) = &outcome {
                    self.desk.failed(now, Some(pod.clone()), id, failure.clone());
                }
                if action.changes_runtime() {
                    self.touched.insert(pod.uid.clone(), self.desk.events);
                }
                if let Some(worker) = self.workers.get_mut(&pod.uid) {
                    let observed = observed_of(&mut self.observed, &pod);
                    worker.answered(observed, &mut self.desk, now, id, &action, outcome);
                    self.after_work(now, &pod.uid);
                }
            }
            Owner::Garbage(pod) => self.on_garbage_gone(now, &pod, &action, outcome, id),
            Owner::Api(pod) => {
                if let Action::Api(action) = action {
                    self.on_api_answer(now, id, pod, action, outcome);
                }
            }
        }
    }

    fn on_folder(&mut self, now: Time, outcome: Outcome) {
        let folder = match outcome {
            Outcome::Folder(folder) => folder,
            Outcome::Failed(failure) => Folder::Unreadable(failure.to_string()),
            Outcome::Done
            | Outcome::Runtime(_)
            | Outcome::Image(_)
            | Outcome::Probed(_)
            | Outcome::Hooked(_)
            | Outcome::SandboxReady { .. }
            | Outcome::Created { .. }
            | Outcome::Started { .. } => return,
        };
        let readable = !matches!(folder, Folder::Unreadable(_) | Folder::Special);
        let changes = self.source.listed(&folder);
        self.on_changes(now, changes);
        if readable && !self.source_ready {
            self.source_ready = true;
            self.untidy.extend(self.observed.keys().cloned());
            self.housekeep_soon(now);
        }
    }

    fn on_list(&mut self, now: Time, asked: u64, outcome: Outcome) {
        for (uid, why) in std::mem::take(&mut self.held) {
            self.desk.timers.set_by(Timer::Sync(uid), now, why);
        }
        let Outcome::Runtime(state) = outcome else {
            self.desk.timers.set_by(Timer::Relist, now + LIST_AGAIN, WakeReason::Relist);
            return;
        };
        let mut listed = by_pod(state);
        for (uid, known) in &self.observed {
            listed.entry(uid.clone()).or_insert_with(|| Observed::nothing(known.pod.clone()));
        }
        let first = !std::mem::replace(&mut self.runtime_known, true);
        let busy = self.desk.busy_pods();
        for (uid, truth) in listed {
            let older = busy.contains(&uid) || self.touched.get(&uid).is_some_and(|at| *at > asked);
            // Before the first list nothing was done to any pod, so that one cannot be too old.
            if older && !first {
                // The list may be older than what is known; ask again when the pod has come to rest.
                self.desk.timers.set_by(Timer::Relist, now + LIST_AGAIN, WakeReason::Relist);
                self.unlisted.insert(uid);
                continue;
            }
            self.unlisted.remove(&uid);
            self.correct(now, &uid, &truth);
        }
        if first {
            let waiting: Vec<PodUid> = self.workers.keys().cloned().collect();
            for uid in waiting {
                self.try_start(now, &uid);
                self.after_work(now, &uid);
            }
        }
    }

    /// A pod that is never at rest when a list comes would go on for ever with what is no longer so: it is listed between two tries.
    pub(super) fn list_at_rest(&mut self, now: Time, uid: &PodUid) {
        if self.unlisted.contains(uid)
            && self.workers.get(uid).is_some_and(|worker| matches!(worker.stage, Stage::Syncing(None)))
            && !self.waits_for_list(uid)
            && !self.desk.busy_pods().contains(uid)
        {
            let at = self.desk.tick(now + Duration::from_millis(1), LIST_AGAIN);
            self.desk.timers.set_by(Timer::Relist, at, WakeReason::Relist);
        }
    }

    /// Whether a list is under way that will be new enough for a pod whose last one was not. The kubelet, too, looks at a pod again only
    /// when its cache is newer than the last look.
    pub(super) fn waits_for_list(&self, uid: &PodUid) -> bool {
        let touched = self.touched.get(uid).copied().unwrap_or_default();
        let new_enough = |owner: &Owner| matches!(owner, Owner::Relist { asked } if *asked >= touched);
        self.unlisted.contains(uid) && self.desk.awaits(new_enough)
    }

    fn correct(&mut self, now: Time, uid: &PodUid, truth: &Observed) {
        let observed = observed_of(&mut self.observed, &truth.pod);
        let before = observed.clone();
        let vanished = observed.correct(truth, now);
        for report in &observed.containers {
            let was_alive = before.alive().any(|known| known.instance == report.instance);
            if let (true, RunState::Exited(exit)) = (was_alive, &report.state) {
                write_exit(&mut self.desk, now, &before.pod, &report.instance, exit.clone());
            }
        }
        let lost = |sandbox: &crate::contract::SandboxReport| {
            before.ready_sandboxes().any(|was| was.id == sandbox.id)
                && sandbox.state == SandboxState::NotReady
        };
        let stopping = self.workers.get(uid).is_none_or(|worker| worker.is_ending());
        if !stopping && observed.sandboxes.iter().any(lost) {
            self.desk.journal.write(now, Some(before.pod.clone()), Fact::Vanished { container: None });
        }
        for instance in vanished {
            let fact = Fact::Vanished { container: Some(instance.container) };
            self.desk.journal.write(now, Some(before.pod.clone()), fact);
        }
        if observed.has_news(&before) {
            self.notice(now, uid);
        }
        if !self.workers.contains_key(uid) {
            self.untidy.insert(uid.clone());
            self.housekeep_soon(now);
        }
    }

    pub(super) fn on_exited(&mut self, now: Time, instance: &InstanceId, exit: Exit) {
        let Some(observed) = self.observed.get_mut(&instance.pod) else { return };
        let pod = observed.pod.clone();
        // An end that came before its container was made is that of another one with the same name, or a clock is off: a list tells.
        if observed.created_at(instance).is_some_and(|created| exit.finished < created) {
            self.desk.timers.set_by(Timer::Relist, now, WakeReason::Relist);
        } else if observed.set_state(instance, RunState::Exited(exit.clone())) {
            write_exit(&mut self.desk, now, &pod, instance, exit);
            self.notice(now, &instance.pod);
        }
    }

    /// A removal may be told late, when another container of the same name has been made: a list tells which one is gone.
    pub(super) fn on_container_gone(&mut self, now: Time, instance: &InstanceId) {
        let observed = self.observed.get(&instance.pod);
        if observed.is_some_and(|observed| observed.has(instance)) {
            self.desk.timers.set_by(Timer::Relist, now, WakeReason::Relist);
        }
    }

    pub(super) fn on_sandbox_gone(&mut self, now: Time, sandbox: &SandboxId) {
        let observed = self.observed.get(&sandbox.pod);
        let ready = |observed: &Observed| observed.ready_sandboxes().any(|ready| &ready.id == sandbox);
        let stopping = self.workers.get(&sandbox.pod).is_some_and(|worker| worker.is_ending());
        if observed.is_some_and(ready) && !stopping {
            self.desk.timers.set_by(Timer::Relist, now, WakeReason::Relist);
        }
    }

    /// Tells a pod's worker that something became known.
    fn notice(&mut self, now: Time, uid: &PodUid) {
        self.touched.insert(uid.clone(), self.desk.events);
        let Some(worker) = self.workers.get_mut(uid) else {
            self.untidy.insert(uid.clone());
            return self.housekeep_soon(now);
        };
        let observed = observed_of(&mut self.observed, &worker.id);
        worker.noticed(observed, &mut self.desk, now);
        self.after_work(now, uid);
    }
}

fn write_exit(desk: &mut super::Desk, now: Time, pod: &PodRef, instance: &InstanceId, exit: Exit) {
    let fact = Fact::Exited { container: instance.container.clone(), attempt: instance.attempt, exit };
    desk.journal.write(now, Some(pod.clone()), fact);
}

fn by_pod(state: RuntimeState) -> BTreeMap<PodUid, Observed> {
    let mut all: BTreeMap<PodUid, Observed> = BTreeMap::new();
    for sandbox in state.sandboxes {
        let pod = sandbox.pod.clone();
        observed_of(&mut all, &pod).put_sandbox(sandbox);
    }
    for container in state.containers {
        let pod = container.pod.clone();
        observed_of(&mut all, &pod).put_container(container);
    }
    all
}
