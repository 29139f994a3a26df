//! Answers to planned actions, and what the runtime tells unasked.

use super::{Kubelet, Owner, Pending, Timer, WakeReason, observed_of};
use crate::{
    contract::{Action, Exit, Folder, Outcome, RunState},
    id::{ActionId, InstanceId, PodRef, PodUid, SandboxId},
    journal::Fact,
    pod::Observed,
    time::Time,
};

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
                    self.note_stray(&pod.uid);
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
    pub(super) fn notice(&mut self, now: Time, uid: &PodUid) {
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

pub(super) fn write_exit(desk: &mut super::Desk, now: Time, pod: &PodRef, instance: &InstanceId, exit: Exit) {
    let fact = Fact::Exited { container: instance.container.clone(), attempt: instance.attempt, exit };
    desk.journal.write(now, Some(pod.clone()), fact);
}
