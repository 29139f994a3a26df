//! A node that is about to be shut down: its pods are stopped, those of lower priority first, and no others start.
//!
//! Follows `pkg/kubelet/nodeshutdown`. It does nothing unless `shutdownGracePeriod` is set. A pod without a priority counts as one of
//! priority 0, so that a static pod goes with the first although it is critical otherwise.

use std::{collections::VecDeque, time::Duration};

use super::{Kubelet, Timer, WakeReason, observed_of};
use crate::{id::PodUid, manifest::Pod, pod::PodFailure, time::Time};

/// The lowest priority of the pods that go last.
const CRITICAL: i32 = 2_000_000_000;

/// What is still to be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Shutdown {
    groups: VecDeque<Group>,
    /// The pods that are waited for.
    waiting: Vec<PodUid>,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    critical: bool,
    period: Duration,
}

impl Group {
    fn has(self, pod: &Pod) -> bool {
        (pod.spec.priority.unwrap_or(0) >= CRITICAL) == self.critical
    }
}

impl Kubelet {
    /// The machine says that it is about to be shut down, or that it is not after all. What was stopped stays so.
    pub(super) fn on_shutdown(&mut self, now: Time, imminent: bool) {
        let config = &self.desk.config;
        if !imminent {
            self.shutdown = None;
            self.desk.timers.clear(&Timer::Shutdown);
        } else if self.shutdown.is_none() && !config.shutdown_grace_period.is_zero() {
            let last = config.shutdown_grace_period_critical_pods.min(config.shutdown_grace_period);
            let groups = [
                Group { critical: false, period: config.shutdown_grace_period.saturating_sub(last) },
                Group { critical: true, period: last },
            ];
            self.shutdown = Some(Shutdown { groups: groups.into(), waiting: Vec::new() });
            self.shut_down_next(now);
        }
    }

    /// Stops the pods of the next priority that has any.
    pub(super) fn shut_down_next(&mut self, now: Time) {
        let Some(shutdown) = &mut self.shutdown else { return };
        let Some(group) = shutdown.groups.pop_front() else { return };
        let members = self.workers.values().filter(|worker| !worker.is_finished() && group.has(&worker.pod));
        let members: Vec<PodUid> = members.map(|worker| worker.id.uid.clone()).collect();
        if members.is_empty() {
            return self.shut_down_next(now);
        }
        shutdown.waiting.clone_from(&members);
        self.desk.timers.set(Timer::Shutdown, now + group.period, WakeReason::Shutdown);
        for uid in members {
            let Some(worker) = self.workers.get_mut(&uid) else { continue };
            let grace = crate::pod::grace(&worker.pod).min(group.period);
            let observed = observed_of(&mut self.observed, &worker.id);
            worker.fail(observed, &mut self.desk, now, PodFailure::NodeShutdown, Some(grace));
            self.after_work(now, &uid);
        }
    }

    /// A pod has ended: when it was the last of its priority, the next ones go.
    pub(super) fn shut_down_further(&mut self, now: Time, ended: &PodUid) {
        let Some(shutdown) = &mut self.shutdown else { return };
        let before = shutdown.waiting.len();
        shutdown.waiting.retain(|uid| uid != ended);
        if before > 0 && shutdown.waiting.is_empty() {
            self.desk.timers.clear(&Timer::Shutdown);
            self.shut_down_next(now);
        }
    }
}
