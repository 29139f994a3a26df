//! The loop: one task owns the kubelet, feeds it events and executes what it plans.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use standfast_core::{
    config::Config,
    contract::{Action, Event, Folder, Outcome, Planned},
    id::ActionId,
    kubelet::Kubelet,
    time::UnixSeconds,
    view::{NodeView, PodStage, RecordView},
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::{
        mpsc::{Receiver, UnboundedReceiver, UnboundedSender, channel, unbounded_channel},
        oneshot,
    },
    task::JoinHandle,
    time::sleep,
};

use crate::{
    answer::Answer,
    cli::{RunArgs, Runtime},
    clock::Clock,
    docker::{Driver, Engine},
    folder::{Watch, read_folder},
    log,
    policy::PolicyError,
    serve,
    simulated::Simulator,
};

/// Why an agent did not start.
#[derive(Debug)]
pub enum AgentError {
    /// A policy cannot be set.
    Policy(PolicyError),
    /// The node has no name that pods could carry.
    NodeName(String),
    /// The manifests path has no absolute form.
    Manifests(io::Error),
    /// The address to serve at cannot be used.
    Listen(std::net::SocketAddr, io::Error),
    /// Signals cannot be received.
    Signals(io::Error),
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(error) => error.fmt(f),
            Self::NodeName(name) => {
                write!(
                    f,
                    "`{name}` is no node name: use lower-case letters, digits, `-` and `.` (--node NAME)"
                )
            }
            Self::Manifests(error) => write!(f, "the manifests path cannot be used: {error}"),
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Signals(error) => write!(f, "signals cannot be received: {error}"),
        }
    }
}

impl std::error::Error for AgentError {}

/// A question about the node, answered between two events.
#[derive(Debug)]
pub enum Query {
    /// How does it look?
    Node(oneshot::Sender<NodeView>),
    /// What happened from this record on?
    Records(u64, oneshot::Sender<Vec<RecordView>>),
}

/// Runs a node until a signal ends it.
pub async fn run(args: RunArgs) -> Result<(), AgentError> {
    let config = config(&args)?;
    let manifests = PathBuf::from(config.static_pod_path.as_ref());
    let mut signals = Signals::listen().map_err(AgentError::Signals)?;
    let (queries_to, queries) = channel(16);
    if let Some(address) = args.listen {
        let listener =
            TcpListener::bind(address).await.map_err(|error| AgentError::Listen(address, error))?;
        tracing::info!(%address, "serving a read-only view of the node");
        tokio::spawn(serve::serve(listener, address, args.page.clone(), queries_to));
    }
    let (events_to, events) = unbounded_channel();
    let clock = Clock::start();
    // Both hear of what happens from here on; what was before, the first lists tell.
    let executor = Executor::start(&args, &config, clock, events_to.clone());
    let watch = Watch::start(&manifests, events_to.clone());
    tracing::info!(node = %config.node, manifests = %manifests.display(), "the kubelet starts");
    let mut agent = Agent::new(config, clock, manifests, executor, events_to);
    agent.begin();
    let mut inbox = Inbox { events, queries };
    agent.work(&mut inbox, &mut signals, |_| false).await;
    if args.stop_pods_on_exit {
        drop(watch);
        agent.stop_pods(&mut inbox, &mut signals).await;
    } else {
        tracing::info!("the kubelet ends; its pods run on");
    }
    Ok(())
}

fn config(args: &RunArgs) -> Result<Config, AgentError> {
    let node = args.node_name();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    if node.as_str().is_empty() || !node.as_str().chars().all(plain) {
        return Err(AgentError::NodeName(node.to_string()));
    }
    // A pod's uid holds the path of its file: it must not depend on where the agent was started.
    let manifests = std::path::absolute(&args.manifests).map_err(AgentError::Manifests)?;
    Ok(Config {
        node,
        static_pod_path: manifests.to_string_lossy().trim_end_matches('/').into(),
        epoch: UnixSeconds(0),
        policies: args.policies().map_err(AgentError::Policy)?,
        ..Config::default()
    })
}

/// Who executes runtime actions.
enum Executor {
    Docker(Driver, JoinHandle<()>),
    Sim(Simulator),
}

impl Executor {
    fn start(args: &RunArgs, config: &Config, clock: Clock, events: UnboundedSender<Event>) -> Self {
        match args.runtime {
            Runtime::Docker => {
                let engine = Engine::at(&args.docker_host);
                let driver = Driver::new(engine, config.node.clone(), &args.root_dir, events);
                let following = driver.watch();
                Self::Docker(driver, following)
            }
            Runtime::Sim => Self::Sim(Simulator::start(seed(clock), clock, events)),
        }
    }

    fn execute(&self, planned: Planned) {
        match self {
            Self::Docker(driver, _) => driver.execute(planned),
            Self::Sim(simulator) => simulator.execute(planned),
        }
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if let Self::Docker(_, following) = self {
            following.abort();
        }
    }
}

/// Another number at every start.
fn seed(clock: Clock) -> u64 {
    u64::from(clock.now().since_zero().subsec_nanos()) ^ u64::from(std::process::id()) << 32
}

/// What the loop listens to.
struct Inbox {
    events: UnboundedReceiver<Event>,
    queries: Receiver<Query>,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

struct Agent {
    kubelet: Kubelet,
    clock: Clock,
    manifests: Arc<Path>,
    executor: Executor,
    events: UnboundedSender<Event>,
    /// The first record that was not logged yet.
    next_record: u64,
    /// The folder counts as empty: every pod is to stop.
    stopping: bool,
}

impl Agent {
    fn new(
        config: Config,
        clock: Clock,
        manifests: PathBuf,
        executor: Executor,
        events: UnboundedSender<Event>,
    ) -> Self {
        Self {
            kubelet: Kubelet::new(config, seed(clock)),
            clock,
            manifests: manifests.into(),
            executor,
            events,
            next_record: 0,
            stopping: false,
        }
    }

    fn begin(&mut self) {
        let planned = self.kubelet.start(self.clock.now());
        self.carry_out(planned);
    }

    fn handle(&mut self, event: Event) {
        tracing::trace!(?event, "event");
        let planned = self.kubelet.handle(self.clock.now(), event);
        self.carry_out(planned);
    }

    fn carry_out(&mut self, planned: Vec<Planned>) {
        for record in self.kubelet.records_since(self.next_record) {
            self.next_record = record.seq + 1;
            log::record(&record);
        }
        for planned in planned {
            match planned.action {
                Action::ListManifests => self.list_manifests(planned.id),
                _ => self.executor.execute(planned),
            }
        }
    }

    fn list_manifests(&self, id: ActionId) {
        let answer = Answer::promise(id, self.events.clone());
        if self.stopping {
            return answer.give(Ok(Outcome::Folder(Folder::Directory(Vec::new()))));
        }
        let manifests = Arc::clone(&self.manifests);
        // The folder may be on a slow disk.
        tokio::task::spawn_blocking(move || answer.give(Ok(Outcome::Folder(read_folder(&manifests)))));
    }

    /// Works until a signal comes, or `is_done`.
    async fn work(&mut self, inbox: &mut Inbox, signals: &mut Signals, is_done: impl Fn(&Kubelet) -> bool) {
        while !is_done(&self.kubelet) {
            let wakeup = self.kubelet.next_wakeup().map(|wakeup| self.clock.until(wakeup.at));
            tokio::select! {
                biased;
                () = signals.next() => return,
                Some(query) = inbox.queries.recv() => self.tell(query),
                Some(event) = inbox.events.recv() => self.handle(event),
                () = sleep(wakeup.unwrap_or(Duration::MAX)), if wakeup.is_some() => self.handle(Event::Timeout),
            }
        }
    }

    fn tell(&self, query: Query) {
        // Whoever asked may have gone.
        match query {
            Query::Node(to) => drop(to.send(self.kubelet.snapshot(self.clock.now()))),
            Query::Records(since, to) => drop(to.send(self.kubelet.records_since(since))),
        }
    }

    /// Stops every pod as if its manifest were gone, each within its grace. A second signal ends it at once.
    async fn stop_pods(&mut self, inbox: &mut Inbox, signals: &mut Signals) {
        tracing::info!("the kubelet ends and stops its pods; a second signal ends it at once");
        self.stopping = true;
        self.handle(Event::EdgesLost);
        let clock = self.clock;
        self.work(inbox, signals, |kubelet| {
            kubelet.snapshot(clock.now()).pods.iter().all(|pod| pod.stage == PodStage::Terminated)
        })
        .await;
    }
}
