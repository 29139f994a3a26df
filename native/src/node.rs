//! One node on this machine: a kubelet of the core, the folder it reads, and what runs its containers.

use std::{
    future::pending,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;
use standfast_core::{
    config::Config,
    contract::{Action, Event, Folder, Outcome, Planned},
    id::ActionId,
    kubelet::Kubelet,
    time::Time,
    view::{NodeView, RecordView},
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::sleep,
};

use crate::{
    answer::Answer,
    clock::Clock,
    docker::{Driver, Engine},
    folder::{Watch, read_folder},
    objects,
    simulated::Simulator,
};

/// What runs the containers of a node.
#[derive(Clone, Debug)]
pub enum RuntimeChoice {
    /// A Docker engine.
    Docker {
        /// Which.
        engine: Engine,
        /// The name under which this node's containers are found again.
        scope: Arc<str>,
        /// Where the pods' data is kept.
        root: PathBuf,
    },
    /// The simulator, in real time.
    Simulator,
}

/// A node that works while [`next`](Self::next) and [`handle`](Self::handle) are called in turns.
#[derive(Debug)]
pub struct Node {
    kubelet: Kubelet,
    clock: Clock,
    manifests: Arc<Path>,
    runtime: Runtime,
    /// None while it is made to miss what happens.
    watch: Option<Watch>,
    events_to: UnboundedSender<Event>,
    events: UnboundedReceiver<Event>,
    /// The first record that nobody took yet.
    next_record: u64,
    /// The folder counts as empty: every pod is to stop.
    stopping: bool,
}

#[derive(Debug)]
enum Runtime {
    Docker(Driver, Following),
    Simulator(Simulator),
}

/// The task that follows an engine's events.
#[derive(Debug)]
struct Following(Option<JoinHandle<()>>);

impl Following {
    fn stop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Node {
    /// Starts a node's kubelet. Whatever it made in an earlier life it finds again.
    #[must_use]
    pub fn start(mut config: Config, clock: Clock, runtime: RuntimeChoice) -> Self {
        config.node_ip = config.node_ip.or_else(crate::machine::address);
        let (events_to, events) = unbounded_channel();
        let seed = u64::from(clock.now().since_zero().subsec_nanos()) ^ u64::from(std::process::id()) << 32;
        // Both hear of what happens from here on; what was before, the first lists tell.
        let runtime = match runtime {
            RuntimeChoice::Docker { engine, scope, root } => {
                let driver = Driver::new(engine, (&*scope).into(), &root, events_to.clone());
                let following = Following(Some(driver.watch()));
                Runtime::Docker(driver, following)
            }
            RuntimeChoice::Simulator => Runtime::Simulator(Simulator::start(seed, clock, events_to.clone())),
        };
        let manifests = Path::new(config.static_pod_path.as_ref());
        let watch = Some(Watch::start(manifests, events_to.clone()));
        let manifests = manifests.into();
        let kubelet = Kubelet::new(config, seed);
        let mut node = Self {
            kubelet,
            clock,
            manifests,
            runtime,
            watch,
            events_to,
            events,
            next_record: 0,
            stopping: false,
        };
        let planned = node.kubelet.start(clock.now());
        node.carry_out(planned);
        node
    }

    /// When its kubelet lists all containers next.
    #[must_use]
    pub fn next_list(&self) -> Time {
        self.kubelet.next_list(self.clock.now())
    }

    /// Waits for what happens next. Nothing is lost when the wait is broken off.
    pub async fn next(&mut self) -> Event {
        let wakeup = self.kubelet.next_wakeup().map(|wakeup| self.clock.until(wakeup.at));
        let wakeup = async {
            match wakeup {
                Some(wait) => sleep(wait).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(event) = self.events.recv() => event,
            () = wakeup => Event::Timeout,
        }
    }

    /// Takes in an event, and begins to do what follows from it.
    pub fn handle(&mut self, event: Event) {
        tracing::trace!(?event, "event");
        let planned = self.kubelet.handle(self.clock.now(), event);
        self.carry_out(planned);
    }

    /// The records of the journal since this was last asked.
    pub fn new_records(&mut self) -> Vec<RecordView> {
        let records = self.kubelet.records_since(self.next_record);
        self.next_record = records.last().map_or(self.next_record, |last| last.seq + 1);
        records
    }

    /// The journal from record number `seq` on.
    #[must_use]
    pub fn records_since(&self, seq: u64) -> Vec<RecordView> {
        self.kubelet.records_since(seq)
    }

    /// How the node looks.
    #[must_use]
    pub fn view(&self) -> NodeView {
        self.kubelet.snapshot(self.clock.now())
    }

    /// Its pods as Kubernetes' own objects.
    #[must_use]
    pub fn pods(&self) -> Value {
        objects::pods(&self.kubelet, self.clock.now())
    }

    /// Its events as Kubernetes' own objects.
    #[must_use]
    pub fn events(&self) -> Value {
        objects::events(&self.kubelet)
    }

    /// The engine that runs its containers; `None` in the simulator.
    #[must_use]
    pub fn engine(&self) -> Option<Engine> {
        match &self.runtime {
            Runtime::Docker(driver, _) => Some(driver.engine()),
            Runtime::Simulator(_) => None,
        }
    }

    /// Stops every pod as if its manifest were gone: each within its grace.
    pub fn stop_pods(&mut self) {
        self.stopping = true;
        self.watch = None;
        self.handle(Event::EdgesLost);
    }

    /// Makes the node miss what happens, or notice it again: full lists must do.
    pub fn lose_hints(&mut self, lose: bool) {
        if let Runtime::Docker(driver, following) = &mut self.runtime {
            following.stop();
            following.0 = (!lose).then(|| driver.watch());
        }
        self.watch = (!lose).then(|| Watch::start(&self.manifests, self.events_to.clone()));
    }

    fn carry_out(&self, planned: Vec<Planned>) {
        for planned in planned {
            match (&planned.action, &self.runtime) {
                (Action::ListManifests, _) => self.list_manifests(planned.id),
                (_, Runtime::Docker(driver, _)) => driver.execute(planned),
                (_, Runtime::Simulator(simulator)) => simulator.execute(planned),
            }
        }
    }

    fn list_manifests(&self, id: ActionId) {
        let answer = Answer::promise(id, self.events_to.clone());
        if self.stopping {
            return answer.give(Ok(Outcome::Folder(Folder::Directory(Vec::new()))));
        }
        let manifests = Arc::clone(&self.manifests);
        // The folder may be on a slow disk.
        tokio::task::spawn_blocking(move || answer.give(Ok(Outcome::Folder(read_folder(&manifests)))));
    }
}
