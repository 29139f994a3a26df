//! What a worker does when something about its pod becomes known: at once, or when the kubelet would have noticed.
//!
//! When that is, [`Told`](super::Told) knows.

use super::{Observed, Stage, Worker};
use crate::{
    config::Reaction,
    contract::{Action, Failure, Outcome},
    kubelet::{Desk, Timer, WakeReason},
    time::Time,
};

impl Worker {
    /// Something about the pod's containers became known.
    pub fn noticed(&mut self, observed: &mut Observed, desk: &mut Desk, now: Time) {
        self.view.take();
        let list = match desk.config.policies.reaction {
            Reaction::Prompt => None,
            Reaction::Kubelet => Some(desk.list_at(now)),
        };
        let sync = Timer::Sync(self.id.uid.clone());
        match (&self.stage, list) {
            (Stage::WaitingToStart | Stage::Terminated, _) => {}
            (Stage::Syncing(Some(_)), _) => {
                self.changed(desk, now);
                self.go_on_and_sync(observed, desk, now);
            }
            (Stage::Terminating(_), None) => self.woken(observed, desk, now),
            (Stage::Terminating(_), Some(list)) => {
                self.go_on_and_sync(observed, desk, now);
                if matches!(self.stage, Stage::Terminating(_)) && desk.timers.get(&sync).is_none() {
                    desk.timers.set(sync, list, WakeReason::Observe);
                }
            }
            (Stage::Syncing(None), None) => self.sync(observed, desk, now),
            (Stage::Syncing(None), Some(list)) => {
                self.told.change(list);
                desk.timers.set_by(sync, list, WakeReason::Observe);
            }
        }
    }

    /// Its time has come while something is under way.
    pub fn woken(&mut self, observed: &mut Observed, desk: &mut Desk, now: Time) {
        self.view.take();
        // No sync comes any more that would show which containers have ended.
        if matches!(self.stage, Stage::Terminating(_)) && !self.desired {
            self.look(observed, now);
        }
        self.go_on_and_sync(observed, desk, now);
    }

    /// The runtime has something of the pod that was there before this kubelet: the first list tells of it while the first look is under way.
    pub fn found(&mut self, desk: &Desk) {
        match desk.config.policies.reaction {
            Reaction::Kubelet => self.told.something(),
            Reaction::Prompt => {}
        }
    }

    /// The pod's containers changed while something is under way: the kubelet's next list will tell.
    pub(super) fn changed(&mut self, desk: &Desk, now: Time) {
        match (&self.stage, desk.config.policies.reaction) {
            (Stage::Syncing(_), Reaction::Kubelet) => self.told.change(desk.list_after(now)),
            (Stage::Syncing(_), Reaction::Prompt)
            | (Stage::WaitingToStart | Stage::Terminating(_) | Stage::Terminated, _) => {}
        }
    }

    /// What probes have found counts at once, and the pod is looked at.
    pub(super) fn noticed_by_probe(&mut self, observed: &mut Observed, desk: &mut Desk, now: Time) {
        self.seen.memory.probers = self.memory.probers.clone();
        self.view.take();
        let sync = Timer::Sync(self.id.uid.clone());
        match (&self.stage, desk.config.policies.reaction) {
            (Stage::Syncing(None), Reaction::Prompt) => self.sync(observed, desk, now),
            (Stage::Syncing(None), Reaction::Kubelet) => {
                match self.told.wait_for(now, |from| desk.list_after(from)) {
                    None => self.sync(observed, desk, now),
                    Some(list) => desk.timers.set_by(sync, list, WakeReason::Observe),
                }
            }
            // It is looked at again when it comes to rest.
            (Stage::Syncing(Some(_)), Reaction::Prompt) => {
                desk.timers.set_by(sync, now, WakeReason::Observe);
            }
            (Stage::Syncing(Some(_)), Reaction::Kubelet) => self.told.something(),
            (Stage::WaitingToStart | Stage::Terminating(_) | Stage::Terminated, _) => {}
        }
    }

    /// A sync is over: another follows the next list when something was told meanwhile, or the list that will tell something.
    pub(super) fn look_again(&mut self, desk: &mut Desk, now: Time) {
        if let Some(at) = self.told.end(now, desk.list_after(now)) {
            desk.timers.set_by(Timer::Sync(self.id.uid.clone()), at, WakeReason::Observe);
        }
    }
}

/// Whether a list of all containers will tell what came of an action: what was made or removed is told of only when it has run, or should have.
pub(super) const fn changes(action: &Action, outcome: &Outcome) -> bool {
    match action {
        Action::CreateSandbox { .. } | Action::StartContainer { .. } | Action::StopSandbox { .. } => {
            !matches!(outcome, Outcome::Failed(_))
                || matches!(outcome, Outcome::Failed(Failure::StartFailed { .. }))
        }
        Action::ListManifests
        | Action::ListRuntime
        | Action::InspectImage { .. }
        | Action::PullImage { .. }
        | Action::RemoveSandbox { .. }
        | Action::CreateContainer { .. }
        | Action::StopContainer { .. }
        | Action::RemoveContainer { .. }
        | Action::RunProbe { .. }
        | Action::RunHook { .. }
        | Action::RemovePodData { .. }
        | Action::Api(_) => false,
    }
}
