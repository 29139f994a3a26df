//! One simulated node: a folder, a runtime, and a kubelet that can be stopped and started.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use super::{
    api::Asker,
    control::Cluster,
    fault::{Fault, SimError},
    folder::{Change, Place},
    host::move_manifests,
    queue::Queue,
    runtime::Runtime,
    world::KnownPod,
};
use crate::{
    cluster::ApiServer,
    config::Config,
    contract::{Action, ApiAction, ApiEvent, Event, Failure, Outcome, Planned},
    id::{ActionId, NodeName, PodUid},
    kubelet::{Kubelet, SentEvent},
    rng::Rng,
    time::{Time, UnixSeconds},
    trace::Tracer,
    view::{NodeView, RecordKind, RecordView},
};

/// How long the host takes to tell of a change of a file, or to list the folder.
const DISK_LATENCY: Duration = Duration::from_millis(1);
/// How long a request to the API server takes, and how long news from it.
const REQUEST: Duration = Duration::from_millis(40);
const NEWS: Duration = Duration::from_millis(15);
/// How long a kubelet takes to ask an API server that answers again for everything.
const RECONNECT: Duration = Duration::from_millis(500);
/// How long events wait to be sent, and when they could not be.
const SEND: Duration = Duration::from_millis(60);
const SEND_AGAIN: Duration = Duration::from_secs(10);
/// Events that wait to be sent; older ones are lost.
const UNSENT: usize = 1000;
/// How long the kubelet waits before it looks again for a folder to watch.
const WATCH_RETRY: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: NodeName,
    config: Config,
    /// What it was added with, once its machine has files beside the manifests: from then on its kubelet reads them.
    first: Option<Box<Config>>,
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
    ip: Arc<str>,
    power: Power,
    /// Cut from the network.
    pub(super) cut: bool,
    link: Link,
}

/// Whether a machine has power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    On,
    Off,
}

/// A node's line to the API server.
#[derive(Clone, Debug, Default)]
struct Link {
    /// Whether it reaches it.
    reaches: bool,
    /// Whether its kubelet is told what changes there.
    watches: bool,
    /// Events that wait to be sent.
    unsent: VecDeque<SentEvent>,
    /// The record up to which they were taken from the journal.
    taken: u64,
    sending: bool,
}

/// What a node's step may touch beside the node.
pub(super) struct Outside<'a> {
    pub(super) tracer: &'a mut Tracer,
    pub(super) api: Option<(&'a mut ApiServer, &'static Cluster)>,
}

#[derive(Clone, Debug)]
enum HostJob {
    Ask(ActionId, ApiAction),
    News(ApiEvent),
    Connect,
    Send,
    Tell(Change),
    List(ActionId),
    Watch,
}

impl Node {
    pub(super) fn new(mut config: Config, number: usize, mut seeds: Rng) -> Self {
        let subnet = u8::try_from(number).unwrap_or(u8::MAX);
        let own = || format!("192.168.{}.{}", number / 250, number % 250 + 2).into();
        let ip = Arc::clone(config.node_ip.get_or_insert_with(own));
        let mut runtime = Runtime::new(seeds.next_u64(), config.epoch, subnet);
        for image in ["lab:1", "busybox:1.35", "registry.k8s.io/pause:3.10"] {
            // All are in the catalogue.
            let _ = runtime.preload(image);
        }
        Self {
            name: config.node.as_str().to_lowercase().into(),
            place: Place::new(&config.static_pod_path),
            config,
            first: None,
            seeds,
            kubelet: None,
            runtime,
            host: Queue::default(),
            watching: false,
            losing: false,
            past: Vec::new(),
            last: None,
            traced: 0,
            ip,
            power: Power::On,
            cut: false,
            link: Link::default(),
        }
    }

    pub(super) fn start(&mut self, now: Time, outside: &mut Outside<'_>) {
        if self.kubelet.is_some() || self.power == Power::Off {
            return;
        }
        let mut kubelet = Kubelet::new(self.config.clone(), self.seeds.next_u64());
        let planned = kubelet.start(now);
        self.kubelet = Some(kubelet);
        (self.last, self.traced) = (None, 0);
        self.host.push(now, HostJob::Watch);
        self.link = Link { reaches: self.link.reaches, ..Link::default() };
        if self.link.reaches {
            self.host.push(now + REQUEST, HostJob::Connect);
        }
        self.execute(now, planned, outside);
    }

    /// What it was added with, once its kubelet reads files.
    pub(super) fn config_at_first(&self) -> Option<&Config> {
        self.first.as_deref()
    }

    /// From now on its kubelet reads files. Whether it did before.
    pub(super) fn reads_files(&mut self) -> bool {
        let first = Box::new(self.config.clone());
        self.first.replace(first).is_some_and(|before| {
            self.first = Some(before);
            true
        })
    }

    /// What its kubelet was started with.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Tells a kubelet that does not run what it is started with next.
    pub(super) fn configure(&mut self, config: Config) {
        move_manifests(&mut self.place, self.runtime.disk_mut(), &config.static_pod_path);
        self.config = config;
        self.link.reaches &= self.config.api;
    }

    /// A line in the journal of a kubelet that did not start.
    pub(super) fn log_of_stopped(&mut self, now: Time, text: &str) {
        self.past.push(RecordView {
            seq: self.past.len() as u64,
            at: now,
            pod: None,
            kind: RecordKind::Log { error: true },
            text: text.into(),
            series: None,
            deed: None,
            because: None,
            cause: None,
        });
    }

    /// Whether it has a kubeconfig, and so may have a line to an API server.
    pub(super) fn wants_api(&self) -> bool {
        self.config.api
    }

    pub(super) fn epoch(&self) -> UnixSeconds {
        self.config.epoch
    }

    pub(super) fn is_on(&self) -> bool {
        self.power == Power::On
    }

    pub(super) fn ip(&self) -> &Arc<str> {
        &self.ip
    }

    /// The power goes: nothing on it runs any more. Files stay, and what the runtime wrote down.
    pub(super) fn set_power(&mut self, now: Time, on: bool) {
        if on {
            self.power = Power::On;
            return;
        }
        self.stop(now);
        self.power = Power::Off;
        self.runtime.power_off(now);
    }

    /// Whether the API server can be reached from here has changed.
    pub(super) fn set_reach(&mut self, now: Time, reaches: bool) {
        if self.link.reaches == reaches {
            return;
        }
        self.link.reaches = reaches;
        if self.kubelet.is_none() {
            return;
        }
        if reaches {
            self.host.push(now + RECONNECT, HostJob::Connect);
        } else if std::mem::take(&mut self.link.watches) {
            self.host.push(now, HostJob::News(ApiEvent::Down));
        }
    }

    /// Something has changed at the API server.
    pub(super) fn news(&mut self, now: Time, event: ApiEvent) {
        if self.link.watches {
            self.host.push(now + NEWS, HostJob::News(event));
        }
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
    pub(super) fn step(&mut self, now: Time, outside: &mut Outside<'_>) {
        if let Some(job) = self.host.pop(now) {
            if let Some(event) = self.host_event(now, job, outside) {
                self.deliver(now, event, outside);
            }
        } else if self.runtime.next_event_at().is_some_and(|at| at <= now) {
            if let Some(event) = self.runtime.poll(now) {
                self.deliver(now, event, outside);
            }
        } else if self.kubelet.as_ref().and_then(Kubelet::next_wakeup).is_some_and(|wakeup| wakeup.at <= now)
        {
            self.deliver(now, Event::Timeout, outside);
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
            Fault::Stop { pod, container, grace } => {
                let uid = self.pod(pod)?;
                let stopped = self.runtime.stop_container(now, &uid, container, *grace);
                stopped.map_err(|error| renamed(error, pod))
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

    fn host_event(&mut self, now: Time, job: HostJob, outside: &mut Outside<'_>) -> Option<Event> {
        match job {
            HostJob::Ask(id, action) => Some(Event::Finished { id, outcome: self.ask(now, action, outside) }),
            HostJob::News(event) => Some(Event::Api(event)),
            HostJob::Connect => {
                let (api, cluster) = outside.api.as_ref().filter(|_| self.link.reaches)?;
                self.link.watches = true;
                Some(Event::Api((cluster.listed)(api, &self.name)))
            }
            HostJob::Send => {
                self.send_events(now, outside);
                None
            }
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

    /// Asks the API server.
    fn ask(&self, now: Time, action: ApiAction, outside: &mut Outside<'_>) -> Outcome {
        match outside.api.as_mut().filter(|_| self.link.reaches) {
            Some((api, cluster)) => (cluster.perform)(&self.asker(), api, now, action),
            None => Outcome::Failed(Failure::Unreachable(
                "dial tcp: connect: connection refused: the API server does not answer".to_owned(),
            )),
        }
    }

    fn asker(&self) -> Asker<'_> {
        Asker { config: &self.config, name: &self.name, ip: &self.ip }
    }

    fn send_events(&mut self, now: Time, outside: &mut Outside<'_>) {
        self.link.sending = false;
        let unsent = std::mem::take(&mut self.link.unsent);
        if let Some((api, cluster)) = outside.api.as_mut().filter(|_| self.link.reaches) {
            for event in unsent {
                (cluster.send)(&self.asker(), api, now, event);
            }
        } else {
            self.link.unsent = unsent;
            self.link.sending = true;
            self.host.push(now + SEND_AGAIN, HostJob::Send);
        }
    }

    /// Takes new events out of the journal, to be sent.
    fn take_events(&mut self, now: Time) {
        let Some(kubelet) = self.kubelet.as_ref() else { return };
        let next = kubelet.next_record();
        if next == self.link.taken {
            return;
        }
        self.link.unsent.extend(kubelet.events_since(self.link.taken));
        self.link.taken = next;
        let surplus = self.link.unsent.len().saturating_sub(UNSENT);
        self.link.unsent.drain(..surplus);
        if !self.link.unsent.is_empty() && !std::mem::replace(&mut self.link.sending, true) {
            self.host.push(now + SEND, HostJob::Send);
        }
    }

    /// Tells the kubelet something that its machine knows.
    pub(super) fn tell(&mut self, now: Time, event: Event, outside: &mut Outside<'_>) {
        self.deliver(now, event, outside);
    }

    fn deliver(&mut self, now: Time, event: Event, outside: &mut Outside<'_>) {
        let Some(kubelet) = self.kubelet.as_mut() else { return };
        let planned = kubelet.handle(now, event);
        self.execute(now, planned, outside);
    }

    fn execute(&mut self, now: Time, planned: Vec<Planned>, outside: &mut Outside<'_>) {
        if self.config.api {
            self.take_events(now);
        }
        let tracer = &mut *outside.tracer;
        if tracer.is_on() {
            tracer.planned(&self.name, now, &planned);
            if let Some(kubelet) = &self.kubelet {
                tracer.records(&self.name, &kubelet.records_since(self.traced));
                self.traced = kubelet.next_record();
            }
        }
        for planned in planned {
            match planned.action {
                Action::ListManifests => self.host.push(now + DISK_LATENCY, HostJob::List(planned.id)),
                Action::Api(action) => {
                    let takes = self.seeds.jitter(REQUEST, 0.5);
                    self.host.push(now + takes, HostJob::Ask(planned.id, action));
                }
                Action::ListRuntime
                | Action::InspectImage { .. }
                | Action::PullImage { .. }
                | Action::CreateSandbox { .. }
                | Action::StopSandbox { .. }
                | Action::RemoveSandbox { .. }
                | Action::CreateContainer { .. }
                | Action::StartContainer { .. }
                | Action::StopContainer { .. }
                | Action::RunProbe { .. }
                | Action::RunHook { .. }
                | Action::RemoveContainer { .. }
                | Action::RemovePodData { .. } => self.runtime.execute(now, planned),
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
