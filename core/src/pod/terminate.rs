//! How a pod ends: what is under way is finished, its containers are stopped all at once, then its sandboxes.
//!
//! Follows `SyncTerminatingPod` (`pkg/kubelet/kubelet.go`) and `killPodWithSyncResult` (`pkg/kubelet/kuberuntime`).

use std::time::Duration;

use super::{
    AboutPod, Cx, Observed, PodEvent, PodFailure, Probers, Stage, Sync, Worker, spec, start::Trouble,
    stop::Stopping,
};
use crate::{
    contract::{Action, Cause, Outcome},
    id::ActionId,
    kubelet::{Desk, Timer},
    time::Time,
};

/// A pod that is being stopped.
#[derive(Clone, Debug)]
pub struct Termination {
    because: Cause,
    grace: Option<Duration>,
    step: Step,
}

#[derive(Clone, Debug)]
enum Step {
    /// What was under way when the stop came is finished first.
    Draining(Sync),
    Containers(Stopping),
    Sandboxes(Stopping),
}

/// What follows a step of a termination.
enum Next {
    StopContainers,
    StopSandboxes,
    Finish,
}

impl Termination {
    /// The answer to one of its actions.
    pub(super) fn answered(
        &mut self,
        cx: &mut Cx<'_>,
        id: ActionId,
        action: &Action,
        outcome: Outcome,
    ) -> Option<Trouble> {
        match &mut self.step {
            Step::Draining(sync) => {
                sync.answered(cx, id, action, outcome);
                None
            }
            Step::Containers(stopping) | Step::Sandboxes(stopping)
                if matches!(action, Action::RunHook { .. }) && !stopping.awaits(id) =>
            {
                None
            }
            Step::Containers(stopping) | Step::Sandboxes(stopping) => {
                stopping.answered(cx, id, action, &outcome).err()
            }
        }
    }
}

impl Worker {
    /// Begins to stop the pod; what is under way is finished first. A pod that never started is done at once.
    pub fn terminate(
        &mut self,
        observed: &mut Observed,
        desk: &mut Desk,
        now: Time,
        because: Cause,
        grace: Option<Duration>,
    ) {
        self.view.take();
        if self.is_ending() {
            // A stop that failed waits for its next try.
            return;
        }
        desk.timers.clear(&Timer::Sync(self.id.uid.clone()));
        Probers::stop(&self.pod, desk);
        match std::mem::replace(&mut self.stage, Stage::Terminated) {
            Stage::WaitingToStart => {}
            Stage::Syncing(under_way) => {
                let step = match under_way {
                    Some(sync) => Step::Draining(sync),
                    None => self.stop_containers(observed, desk, now, &because, grace),
                };
                self.stage = Stage::Terminating(Termination { because, grace, step });
                self.go_on(observed, desk, now);
            }
            stage @ (Stage::Terminating(_) | Stage::Terminated) => self.stage = stage,
        }
    }

    /// Stops the pod for good: it has failed, whatever its containers do.
    pub fn fail(
        &mut self,
        observed: &mut Observed,
        desk: &mut Desk,
        now: Time,
        failure: PodFailure,
        grace: Option<Duration>,
    ) {
        let because = match failure {
            PodFailure::Preempted => Cause::Preempted,
            PodFailure::Evicted(_) => Cause::Evicted,
            PodFailure::NodeShutdown => Cause::NodeShutdown,
            PodFailure::DeadlineExceeded | PodFailure::Rejected(_) => Cause::DeadlineExceeded,
        };
        if !self.is_ending() {
            self.seen.failure = Some(failure);
        }
        self.terminate(observed, desk, now, because, grace);
    }

    fn stop_containers(
        &mut self,
        observed: &mut Observed,
        desk: &mut Desk,
        now: Time,
        because: &Cause,
        grace: Option<Duration>,
    ) -> Step {
        let grace = grace.or_else(|| (!self.orphan).then(|| spec::grace(&self.pod)));
        let mut cx = Cx {
            now,
            first_seen: self.first_seen,
            pod: &self.pod,
            observed,
            memory: &mut self.memory,
            desk,
            stopping: true,
        };
        Step::Containers(Stopping::containers(&mut cx, because, grace))
    }

    pub(super) fn go_on_stopping(&mut self, observed: &mut Observed, desk: &mut Desk, now: Time) {
        loop {
            let Stage::Terminating(Termination { because, grace, step }) = &mut self.stage else { return };
            let (why, limit) = (because.clone(), *grace);
            let mut cx = Cx {
                now,
                first_seen: self.first_seen,
                pod: &self.pod,
                observed,
                memory: &mut self.memory,
                desk,
                stopping: true,
            };
            let next = match step {
                Step::Draining(sync) => sync.run(&mut cx).then_some(Next::StopContainers),
                Step::Containers(stopping) => stopping.is_over(&mut cx).then_some(Next::StopSandboxes),
                Step::Sandboxes(stopping) => stopping.is_over(&mut cx).then_some(Next::Finish),
            };
            let failed = match step {
                Step::Draining(_) => false,
                Step::Containers(stopping) | Step::Sandboxes(stopping) => stopping.has_failed(),
            };
            let step = match next {
                None => return,
                // The trouble has set a timer; until then nothing is tried again.
                Some(_) if failed => {
                    if desk.timers.get(&Timer::Sync(self.id.uid.clone())).is_some() {
                        return;
                    }
                    self.stop_containers(observed, desk, now, &why, limit)
                }
                Some(Next::StopContainers) => self.stop_containers(observed, desk, now, &why, limit),
                Some(Next::StopSandboxes) => {
                    Step::Sandboxes(Stopping::sandboxes(&mut cx, &Cause::ContainersStopped))
                }
                Some(Next::Finish) => return self.finish(observed, desk, now),
            };
            if let Stage::Terminating(termination) = &mut self.stage {
                termination.step = step;
            }
        }
    }

    fn finish(&mut self, observed: &Observed, desk: &mut Desk, now: Time) {
        self.look(observed, now);
        if self.desired {
            self.started.get_or_insert(now);
        }
        self.stage = Stage::Terminated;
        if self.seen.failure == Some(PodFailure::DeadlineExceeded) {
            desk.event(now, &self.id, PodEvent::Pod(AboutPod::DeadlineExceeded));
        }
        Probers::stop_all(&self.pod, desk);
        desk.timers.clear(&Timer::Sync(self.id.uid.clone()));
        desk.timers.clear(&Timer::Deadline(self.id.uid.clone()));
        desk.timers.clear(&Timer::Hook(self.id.uid.clone()));
    }
}
