//! What changes in the folder mean for pods: removed, then added, then updated.

use std::{collections::BTreeSet, sync::Arc};

use super::{Kubelet, observed_of};
use crate::{
    admission::{self, Admission, Load},
    contract::Cause,
    id::PodUid,
    journal::{Fact, PodLog, PodSource},
    manifest::Pod,
    pod::{AboutPod, PodEvent, PodFailure, Stage, Worker},
    source::Changes,
    time::Time,
};

impl Kubelet {
    /// Acts on what a look at the folder has changed.
    pub(super) fn on_changes(&mut self, now: Time, changes: Changes) {
        for line in changes.log {
            self.desk.journal.write(now, None, Fact::Source(line));
        }
        let name = |pod: &Arc<Pod>| (Arc::clone(&pod.id.namespace), Arc::clone(&pod.id.name));
        let mut added = BTreeSet::new();
        if !changes.removed.is_empty() {
            added.extend(changes.added.iter().map(name));
        }
        for pod in &changes.removed {
            let replaced = added.contains(&name(pod));
            self.remove(now, pod, if replaced { Cause::PodReplaced } else { Cause::PodRemoved });
        }
        for pod in changes.added {
            self.add(now, pod);
        }
        for (_, pod) in changes.updated {
            self.update(now, pod);
        }
    }

    fn add(&mut self, now: Time, pod: Arc<Pod>) {
        self.desk.log(now, &pod.id, PodLog::Add(PodSource::File));
        let uid = pod.id.uid.clone();
        match self.workers.get_mut(&uid) {
            // The same manifest came back before the clean-up had forgotten it: it starts anew when it has ended.
            Some(worker) => {
                worker.desired = true;
                if worker.is_ending() {
                    worker.come_back(pod);
                    self.untidy.insert(uid.clone());
                    self.housekeep_soon(now);
                }
                self.weigh(&uid);
            }
            None => self.begin(now, pod),
        }
    }

    /// Gives a pod its worker.
    pub(super) fn begin(&mut self, now: Time, pod: Arc<Pod>) {
        let uid = pod.id.uid.clone();
        let workers = &self.workers;
        let active = || workers.values().filter(|it| it.is_active()).map(|it| &*it.pod).collect::<Vec<_>>();
        debug_assert_eq!(self.load, Load::of(active()));
        let state = (self.shutdown.is_some(), &*self.pressures());
        let Admission { victims, refused } =
            admission::admit(&pod, (&active, &self.load), &self.desk.config, state);
        let worker = match refused {
            None => Worker::new(pod, Stage::WaitingToStart, now),
            Some(rejection) => {
                self.desk.event(now, &pod.id, PodEvent::Pod(AboutPod::Rejected(rejection.clone())));
                Worker::rejected(pod, rejection, now)
            }
        };
        self.workers.insert(uid.clone(), Box::new(worker));
        if !victims.is_empty() {
            self.room_for.insert(uid.clone(), crate::sort::set(victims.iter().cloned()));
            self.preempt(now, &victims);
        }
        self.try_start(now, &uid);
        self.after_work(now, &uid);
    }

    /// Counts what a pod asks of the node for as long as it may run.
    pub(super) fn weigh(&mut self, uid: &PodUid) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let weight = worker.is_active().then(|| Arc::clone(&worker.pod));
        let same = match (&worker.weight, &weight) {
            (Some(known), Some(pod)) => Arc::ptr_eq(known, pod),
            (known, pod) => known.is_none() && pod.is_none(),
        };
        if !same {
            if let Some(pod) = &worker.weight {
                self.load.remove(pod);
            }
            if let Some(pod) = &weight {
                self.load.add(pod);
            }
            worker.weight = weight;
        }
    }

    /// Stops pods for one that counts more, which starts when they have ended.
    fn preempt(&mut self, now: Time, victims: &[PodUid]) {
        for uid in victims {
            let Some(worker) = self.workers.get_mut(uid) else { continue };
            self.desk.event(now, &worker.id, PodEvent::Pod(AboutPod::Preempting));
            let observed = observed_of(&mut self.observed, &worker.id);
            worker.fail(observed, &mut self.desk, now, PodFailure::Preempted, None);
            self.after_work(now, uid);
        }
    }

    fn remove(&mut self, now: Time, pod: &Arc<Pod>, because: Cause) {
        self.desk.log(now, &pod.id, PodLog::Remove(PodSource::File));
        let uid = &pod.id.uid;
        let unheard = self.desk.config.api && !self.api.ready;
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.desired = false;
        worker.restart_requested = None;
        if unheard {
            // Nothing is stopped before all sources were heard; the clean-up does it then.
            self.untidy.insert(uid.clone());
            return self.weigh(uid);
        }
        let observed = observed_of(&mut self.observed, &worker.id);
        worker.terminate(observed, &mut self.desk, now, because, None);
        if matches!(worker.stage, Stage::Terminating(_)) {
            // The next clean-up drops its status.
            self.untidy.insert(uid.clone());
            self.housekeep_soon(now);
        }
        self.after_work(now, uid);
    }

    fn update(&mut self, now: Time, pod: Arc<Pod>) {
        self.desk.log(now, &pod.id, PodLog::Update(PodSource::File));
        let uid = pod.id.uid.clone();
        let Some(worker) = self.workers.get_mut(&uid) else { return self.begin(now, pod) };
        worker.update(pod);
        let observed = observed_of(&mut self.observed, &worker.id);
        worker.sync(observed, &mut self.desk, now);
        self.after_work(now, &uid);
    }
}
