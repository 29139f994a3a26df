//! Lists of all that the runtime has. A list is as long as the node has pods, so what it costs for a pod of which it says nothing new is a
//! comparison.

use std::{collections::BTreeSet, ops::Range, time::Duration};

use super::{Kubelet, Timer, WakeReason, answers::write_exit, observed_of};
use crate::{
    contract::{Outcome, RunState, RuntimeState, SandboxState},
    id::{PodRef, PodUid},
    journal::Fact,
    pod::{Observed, Stage},
    time::Time,
};

/// How soon a list is asked for again when the runtime did not give one, or was changing.
const LIST_AGAIN: Duration = Duration::from_secs(1);

/// Where in a list a pod stands.
struct Listed {
    pod: PodRef,
    sandboxes: Range<usize>,
    containers: Range<usize>,
}

impl Kubelet {
    pub(super) fn on_list(&mut self, now: Time, asked: u64, outcome: Outcome) {
        for (uid, why) in std::mem::take(&mut self.held) {
            self.desk.timers.set_by(Timer::Sync(uid), now, why);
        }
        let Outcome::Runtime(mut state) = outcome else {
            self.desk.timers.set_by(Timer::Relist, now + LIST_AGAIN, WakeReason::Relist);
            return;
        };
        let first = !std::mem::replace(&mut self.runtime_known, true);
        // Before the first list nothing was done to any pod, so that one cannot be too old.
        let mut older = BTreeSet::new();
        if !first {
            older = self.desk.waits().busy_pods();
            older.extend(self.touched.iter().filter(|(_, at)| **at > asked).map(|(uid, _)| uid.clone()));
        }
        crate::sort::by(&mut state.sandboxes, |a, b| a.pod.uid.cmp(&b.pod.uid));
        crate::sort::by(&mut state.containers, |a, b| a.pod.uid.cmp(&b.pod.uid));
        for listed in self.news(&state, &older) {
            let uid = &listed.pod.uid;
            if older.contains(uid) {
                // The list may be older than what is known; ask again when the pod has come to rest.
                self.desk.timers.set_by(Timer::Relist, now + LIST_AGAIN, WakeReason::Relist);
                self.unlisted.insert(uid.clone());
                continue;
            }
            self.unlisted.remove(uid);
            self.correct(now, uid, &listed.observed(&state));
        }
        if first {
            let waiting: Vec<PodUid> = self.workers.keys().cloned().collect();
            for uid in waiting {
                if let Some(worker) = self.workers.get_mut(&uid)
                    && self.observed.get(&uid).is_some_and(|observed| !observed.is_empty())
                {
                    worker.found(&self.desk);
                }
                self.try_start(now, &uid);
                self.after_work(now, &uid);
            }
        }
    }

    /// The pods of which a sorted list says something new, which nobody asked for, or for which it may be too old; in order.
    fn news(&self, state: &RuntimeState, older: &BTreeSet<PodUid>) -> Vec<Listed> {
        let RuntimeState { sandboxes, containers } = state;
        let mut news = Vec::new();
        let mut known = self.observed.iter().peekable();
        let (mut sandbox, mut container) = (0, 0);
        loop {
            let next = [
                known.peek().map(|(_, observed)| &observed.pod),
                sandboxes.get(sandbox).map(|report| &report.pod),
                containers.get(container).map(|report| &report.pod),
            ];
            let Some(pod) = next.into_iter().flatten().min_by(|a, b| a.uid.cmp(&b.uid)) else { return news };
            let inside = sandboxes[sandbox..].iter().take_while(|report| report.pod.uid == pod.uid).count();
            let in_sandboxes = sandbox..sandbox + inside;
            let inside =
                containers[container..].iter().take_while(|report| report.pod.uid == pod.uid).count();
            let in_containers = container..container + inside;
            (sandbox, container) = (in_sandboxes.end, in_containers.end);
            let observed = known.next_if(|(uid, _)| **uid == pod.uid).map(|(_, observed)| observed);
            let is_known = observed.is_some_and(|observed| {
                observed.is_listed_as(&sandboxes[in_sandboxes.clone()], &containers[in_containers.clone()])
            });
            let noted = [older, &self.unlisted, &self.strays].iter().any(|pods| pods.contains(&pod.uid));
            if noted || !is_known {
                news.push(Listed { pod: pod.clone(), sandboxes: in_sandboxes, containers: in_containers });
            }
        }
    }

    /// A pod that is never at rest when a list comes would go on for ever with what is no longer so: it is listed between two tries.
    pub(super) fn list_at_rest(&mut self, now: Time, uid: &PodUid) {
        if self.unlisted.contains(uid)
            && self.workers.get(uid).is_some_and(|worker| matches!(worker.stage, Stage::Syncing(None)))
            && !self.waits_for_list(uid)
            && !self.desk.waits().for_changes(uid)
        {
            let at = self.desk.tick(now + Duration::from_millis(1), LIST_AGAIN);
            self.desk.timers.set_by(Timer::Relist, at, WakeReason::Relist);
        }
    }

    /// Whether a list is under way that will be new enough for a pod whose last one was not. The kubelet, too, looks at a pod again only
    /// when its cache is newer than the last look.
    pub(super) fn waits_for_list(&self, uid: &PodUid) -> bool {
        let touched = self.touched.get(uid).copied().unwrap_or_default();
        self.unlisted.contains(uid) && self.desk.waits().for_list(touched)
    }

    fn correct(&mut self, now: Time, uid: &PodUid, truth: &Observed) {
        let observed = observed_of(&mut self.observed, &truth.pod);
        let before = observed.clone();
        let vanished = observed.correct(truth, now);
        for report in observed.containers.iter() {
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
        self.note_stray(uid);
        if !self.workers.contains_key(uid) {
            self.untidy.insert(uid.clone());
            self.housekeep_soon(now);
        }
    }
}

impl Listed {
    /// What a list says of the pod.
    fn observed(&self, state: &RuntimeState) -> Observed {
        let mut observed = Observed::nothing(self.pod.clone());
        for sandbox in &state.sandboxes[self.sandboxes.clone()] {
            observed.put_sandbox(sandbox.clone());
        }
        for container in &state.containers[self.containers.clone()] {
            observed.put_container(container.clone());
        }
        observed
    }
}
