//! A node that runs short of something: it looks for a pod to evict. Every pod of a folder is critical and stays; pods of an API go, one each time.
//!
//! Follows `pkg/kubelet/eviction/eviction_manager.go`. What it would free without pods (dead containers and images, for disk) is not here, and
//! neither is how much each pod uses: with nobody to evict, the order in which they are asked only shows in the log.

use std::{collections::BTreeMap, time::Duration};

use super::{Kubelet, Timer, WakeReason, observed_of};
use crate::{
    contract::Pressure,
    id::PodRef,
    journal::{Fact, NodeLog},
    pod::{AboutPod, PodEvent, PodFailure},
    time::Time,
};

/// How often it is looked at.
const MONITORING: Duration = Duration::from_secs(10);
/// How long the node's condition stays after the shortage has ended.
const TRANSITION: Duration = Duration::from_secs(300);

/// How long an evicted pod may take to end.
const GRACE: Duration = Duration::from_secs(1);

/// What the node is short of: `None` while it is, else since when it is not.
pub(super) type Shortages = BTreeMap<Pressure, Option<Time>>;

impl Kubelet {
    /// The machine runs short of something, or has enough of it again.
    pub(super) fn on_pressure(&mut self, now: Time, what: Pressure, short: bool) {
        match (short, self.shortages.get(&what)) {
            (true, _) => {
                self.shortages.insert(what, None);
            }
            (false, Some(None)) => {
                self.shortages.insert(what, Some(now));
            }
            (false, Some(Some(_)) | None) => {}
        }
        if !self.shortages.is_empty() {
            let at = self.desk.tick(now + Duration::from_millis(1), MONITORING);
            self.desk.timers.set_by(Timer::Eviction, at, WakeReason::Eviction);
        }
    }

    /// Looks whether something must be done about what the node is short of.
    pub(super) fn evict(&mut self, now: Time) {
        self.shortages.retain(|_, ended| ended.is_none_or(|ended| now.since(ended) < TRANSITION));
        let short = self.shortages.iter().find(|(_, ended)| ended.is_none()).map(|(what, _)| *what);
        if let Some(what) = short {
            self.look_for_victims(now, what);
        }
        if !self.shortages.is_empty() {
            let at = self.desk.tick(now + Duration::from_millis(1), MONITORING);
            self.desk.timers.set(Timer::Eviction, at, WakeReason::Eviction);
        }
    }

    fn look_for_victims(&mut self, now: Time, what: Pressure) {
        let mut pods: Vec<_> = self.workers.values().filter(|worker| !worker.is_finished()).collect();
        crate::sort::by_key(&mut pods, |worker| (worker.pod.spec.priority.unwrap_or(0), worker.id.clone()));
        let critical: Vec<bool> = pods.iter().map(|worker| worker.pod.is_critical()).collect();
        let pods: Vec<_> = pods.into_iter().map(|worker| worker.id.clone()).collect();
        let mut say = |pod, line| self.desk.journal.write(now, pod, Fact::NodeLog(line));
        say(None, NodeLog::AttemptingToReclaim(what));
        if pods.is_empty() {
            return say(None, NodeLog::NoPodsToEvict(what));
        }
        say(None, NodeLog::MustEvict(what));
        say(None, NodeLog::Ranked(pods.clone()));
        for (pod, critical) in pods.into_iter().zip(critical) {
            if !critical {
                return self.evict_pod(now, &pod, what);
            }
            say(Some(pod), NodeLog::CannotEvictCritical);
        }
        say(None, NodeLog::UnableToEvict);
    }

    fn evict_pod(&mut self, now: Time, pod: &PodRef, what: Pressure) {
        let Some(worker) = self.workers.get_mut(&pod.uid) else { return };
        self.desk.event(now, pod, PodEvent::Pod(AboutPod::Evicted(what)));
        let observed = observed_of(&mut self.observed, pod);
        worker.fail(observed, &mut self.desk, now, PodFailure::Evicted(what), Some(GRACE));
        self.after_work(now, &pod.uid);
    }

    /// What the node's conditions say that it is short of.
    pub(super) fn pressures(&self) -> Vec<Pressure> {
        self.shortages.keys().copied().collect()
    }
}
