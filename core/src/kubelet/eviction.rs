//! A node that runs short of something: it looks for pods to evict, and finds none, for every pod of a folder is critical.
//!
//! Follows `pkg/kubelet/eviction/eviction_manager.go`. What it would free without pods (dead containers and images, for disk) is not here, and
//! neither is how much each pod uses: with nobody to evict, the order in which they are asked only shows in the log.

use std::{collections::BTreeMap, time::Duration};

use super::{Kubelet, Timer, WakeReason};
use crate::{
    contract::Pressure,
    journal::{Fact, NodeLog},
    time::Time,
};

/// How often it is looked at.
const MONITORING: Duration = Duration::from_secs(10);
/// How long the node's condition stays after the shortage has ended.
const TRANSITION: Duration = Duration::from_secs(300);

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
        let pods: Vec<_> = pods.into_iter().map(|worker| worker.id.clone()).collect();
        let mut say = |pod, line| self.desk.journal.write(now, pod, Fact::NodeLog(line));
        say(None, NodeLog::AttemptingToReclaim(what));
        if pods.is_empty() {
            return say(None, NodeLog::NoPodsToEvict(what));
        }
        say(None, NodeLog::MustEvict(what));
        say(None, NodeLog::Ranked(pods.clone()));
        for pod in pods {
            say(Some(pod), NodeLog::CannotEvictCritical);
        }
        say(None, NodeLog::UnableToEvict);
    }

    /// What the node's conditions say that it is short of.
    pub(super) fn pressures(&self) -> Vec<Pressure> {
        self.shortages.keys().copied().collect()
    }
}
