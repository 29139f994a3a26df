//! One simulated node: a folder, a runtime, and a kubelet that can be stopped and started.

use std::{sync::Arc, time::Duration};

use super::{
    fault::{Fault, SimError},
    folder::{Change, Place},
    queue::Queue,
    runtime::Runtime,
    world::KnownPod,
};
use crate::{
    config::Config,
    contract::{Action, Event, Outcome, Planned},
    id::{ActionId, NodeName, PodUid},
    kubelet::Kubelet,
    rng::Rng,
    time::Time,
    trace::Tracer,
    view::{NodeView, RecordView},
};

/// How long the host takes to tell of a change of a file, or to list the folder.
const DISK_LATENCY: Duration = Duration::from_millis(1);
/// How long the kubelet waits before it looks again for a folder to watch.
const WATCH_RETRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: NodeName,
    config: Config,
    seeds: Rng,
    kubelet: Option<Kubelet>,
    pub(super) runtime: Runtime,
    pub(super) place: Place,
    host: Queue<HostJob>,
    /// Whether changes of files are told. A deleted folder ends that until the kubelet starts again.
    watching: bool,
    losing: bool,
    /// The journals of kubelets that were stopped.
    past: Vec<RecordView>,
    /// How the node looked when its kubelet was stopped.
    last: Option<NodeView>,
    traced: u64,
}

#[derive(Clone, Debug)]
enum HostJob {
    Tell(Change),
    List(ActionId),
    Watch,
}

impl Node {
    pub(super) fn new(config: Config, number: u8, mut seeds: Rng) -> Self {
        let mut runtime = Runtime::new(seeds.next_u64(), config.epoch, number);
        for image in ["lab:1", "busybox:1.35", "registry.k8s.io/pause:3.10"] {
            // All are in the catalogue.
            let _ = runtime.preload(image);
        }
        Self {
            name: config.node.as_str().to_lowercase().into(),
            place: Place::new(&config.static_pod_path),
            config,
            seeds,
            kubelet: None,
            runtime,
            host: Queue::default(),
            watching: false,
            losing: false,
            past: Vec::new(),
            last: None,
            traced: 0,
        }
    }

    pub(super) fn start(&mut self, now: Time, tracer: &mut Tracer) {
        if self.kubelet.is_some() {
            return;
        }
        let mut kubelet = Kubelet::new(self.config.clone(), self.seeds.next_u64());
        let planned = kubelet.start(now);
        self.kubelet = Some(kubelet);
        (self.last, self.traced) = (None, 0);
        self.host.push(now, HostJob::Watch);
        self.execute(now, planned, tracer);
    }

    pub(super) fn stop(&mut self, now: Time) {
        let Some(kubelet) = self.kubelet.take() else { return };
        self.last = Some(kubelet.snapshot(now));
        let start = self.past.len() as u64;
        self.past.extend(kubelet.records_since(0).into_iter().map(|record| numbered(record, start)));
        self.watching = false;
        self.host = Queue::default();
        self.runtime.forget_client();
    }

    pub(super) fn is_running(&self) -> bool {
        self.kubelet.is_some()
    }

    pub(super) fn next_at(&self) -> Option<Time> {
        let kubelet = self.kubelet.as_ref().and_then(Kubelet::next_wakeup).map(|wakeup| wakeup.at);
        [kubelet, self.runtime.next_event_at(), self.host.next_at()].into_iter().flatten().min()
    }

    /// Does one thing that is due.
    pub(super) fn step(&mut self, now: Time, tracer: &mut Tracer) {
        if let Some(job) = self.host.pop(now) {
            if let Some(event) = self.host_event(now, job) {
                self.deliver(now, event, tracer);
            }
        } else if self.runtime.next_event_at().is_some_and(|at| at <= now) {
            if let Some(event) = self.runtime.poll(now) {
                self.deliver(now, event, tracer);
            }
        } else if self.kubelet.as_ref().and_then(Kubelet::next_wakeup).is_some_and(|wakeup| wakeup.at <= now)
        {
            self.deliver(now, Event::Timeout, tracer);
        }
    }

    /// A change of the folder, as the watch would tell it.
    pub(super) fn changed(&mut self, now: Time, change: Change) {
        let ended = matches!(&change, Change::Removed(_)) && !self.place.exists();
        if self.watching && !self.losing {
            self.host.push(now + DISK_LATENCY, HostJob::Tell(change));
        }
        if ended {
            self.watching = false;
        }
    }

    pub(super) fn remove_folder(&mut self, now: Time) {
        let changes = self.place.remove_all();
        if self.watching && !self.losing {
            for change in changes {
                self.host.push(now + DISK_LATENCY, HostJob::Tell(change));
            }
        }
        self.watching = false;
    }

    pub(super) fn inject(&mut self, now: Time, fault: &Fault) -> Result<(), SimError> {
        match fault {
            Fault::Kill { pod, container, how } => {
                let uid = self.pod(pod)?;
                self.runtime.kill(now, &uid, container, *how).map_err(|error| renamed(error, pod))
            }
            Fault::RemoveContainer { pod, container } => {
                let uid = self.pod(pod)?;
                self.runtime.remove_container(now, &uid, container).map_err(|error| renamed(error, pod))
            }
            Fault::KillSandbox { pod } => {
                let uid = self.pod(pod)?;
                self.runtime.kill_sandbox(&uid).map_err(|error| renamed(error, pod))
            }
            Fault::MissingImage { image } => {
                self.runtime.set_missing(image, true);
                Ok(())
            }
            Fault::RestoreImage { image } => {
                self.runtime.set_missing(image, false);
                Ok(())
            }
            Fault::SlowPull { image, takes } => {
                self.runtime.set_slow(image, *takes);
                Ok(())
            }
            Fault::RuntimeDown => {
                self.runtime.set_down(true);
                Ok(())
            }
            Fault::RuntimeUp => {
                self.runtime.set_down(false);
                Ok(())
            }
            Fault::LoseEvents { on } => {
                self.losing = *on;
                self.runtime.set_losing(*on);
                Ok(())
            }
        }
    }

    /// The pod of this name; the node's suffix may be left out.
    pub(super) fn pod(&self, name: &str) -> Result<PodUid, SimError> {
        let suffixed = format!("{name}-{}", self.name);
        let found = self.runtime.pod_named(name).or_else(|| self.runtime.pod_named(&suffixed));
        found.cloned().ok_or_else(|| SimError::NoPod(name.into()))
    }

    pub(super) fn view(&self, now: Time) -> NodeView {
        match (&self.kubelet, &self.last) {
            (Some(kubelet), _) => kubelet.snapshot(now),
            (None, Some(last)) => NodeView { now, next_pass: None, ..last.clone() },
            (None, None) => Kubelet::new(self.config.clone(), 0).snapshot(now),
        }
    }

    pub(super) fn pods(&self) -> Vec<KnownPod> {
        let pods = self.kubelet.iter().flat_map(Kubelet::pods);
        pods.map(|(pod, view)| (Arc::clone(pod), view)).collect()
    }

    pub(super) fn records_since(&self, seq: u64) -> Vec<RecordView> {
        let start = self.past.len() as u64;
        let past = self.past.iter().skip(usize::try_from(seq).unwrap_or(usize::MAX)).cloned();
        let own = self.kubelet.as_ref().map(|kubelet| kubelet.records_since(seq.saturating_sub(start)));
        past.chain(own.into_iter().flatten().map(|record| numbered(record, start))).collect()
    }

    pub(super) fn next_record(&self) -> u64 {
        self.past.len() as u64 + self.kubelet.as_ref().map_or(0, Kubelet::next_record)
    }

    fn host_event(&mut self, now: Time, job: HostJob) -> Option<Event> {
        match job {
            HostJob::List(id) => Some(Event::Finished { id, outcome: Outcome::Folder(self.place.list()) }),
            HostJob::Tell(Change::Written(path)) => {
                self.place.content(&path).map(|content| Event::FileWritten { path, content })
            }
            HostJob::Tell(Change::Removed(path)) => Some(Event::FileRemoved { path }),
            HostJob::Watch => {
                self.watching = self.place.exists();
                if !self.watching {
                    self.host.push(now + WATCH_RETRY, HostJob::Watch);
                }
                None
            }
        }
    }

    /// Tells the kubelet something that its machine knows.
    pub(super) fn tell(&mut self, now: Time, event: Event, tracer: &mut Tracer) {
        self.deliver(now, event, tracer);
    }

    fn deliver(&mut self, now: Time, event: Event, tracer: &mut Tracer) {
        let Some(kubelet) = self.kubelet.as_mut() else { return };
        let planned = kubelet.handle(now, event);
        self.execute(now, planned, tracer);
    }

    fn execute(&mut self, now: Time, planned: Vec<Planned>, tracer: &mut Tracer) {
        if tracer.is_on() {
            tracer.planned(&self.name, now, &planned);
            if let Some(kubelet) = &self.kubelet {
                tracer.records(&self.name, &kubelet.records_since(self.traced));
                self.traced = kubelet.next_record();
            }
        }
        for planned in planned {
            if planned.action == Action::ListManifests {
                self.host.push(now + DISK_LATENCY, HostJob::List(planned.id));
            } else {
                self.runtime.execute(now, planned);
            }
        }
    }
}

fn numbered(record: RecordView, start: u64) -> RecordView {
    RecordView { seq: record.seq + start, ..record }
}

/// The error with the pod's name as its user wrote it.
fn renamed(error: SimError, name: &Arc<str>) -> SimError {
    match error {
        SimError::NoContainer { container, .. } => SimError::NoContainer { pod: Arc::clone(name), container },
        SimError::NoPod(_) => SimError::NoPod(Arc::clone(name)),
        other => other,
    }
}
