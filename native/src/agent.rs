//! The agent: a node with a command line, log lines, signals and a view over HTTP.

use std::{fmt, fs, io, net::SocketAddr, path::Path, time::Duration};

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;
use standfast_core::{
    config::Config,
    time::UnixSeconds,
    view::{NodeView, PodStage, RecordView},
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::{
        mpsc::{Receiver, channel},
        oneshot,
    },
    time::timeout,
};

use crate::{
    cli::{RunArgs, Runtime},
    clock::Clock,
    docker::Engine,
    log,
    node::{Node, RuntimeChoice},
    policy::PolicyError,
    serve,
};

/// A healthy engine answers a ping within this.
const HEALTH_LIMIT: Duration = Duration::from_secs(2);

/// Why an agent did not start.
#[derive(Debug)]
pub enum AgentError {
    /// A policy cannot be set.
    Policy(PolicyError),
    /// The node has no name that pods could carry.
    NodeName(String),
    /// The manifests path has no absolute form.
    Manifests(io::Error),
    /// The folder for the pods' data cannot be used.
    RootDir(String, io::Error),
    /// Another agent runs this node.
    Busy(String),
    /// The address to serve at cannot be used.
    Listen(SocketAddr, io::Error),
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
            Self::RootDir(path, error) => {
                write!(f, "{path} cannot be used: {error}; choose another folder with --root-dir DIR")
            }
            Self::Busy(node) => {
                write!(
                    f,
                    "another agent runs node {node} here: stop it, or choose another name with --node NAME"
                )
            }
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
    /// Does what runs its containers answer? The error says what does not.
    Health(oneshot::Sender<Result<(), String>>),
    /// Its pods, as Kubernetes' own objects?
    Pods(oneshot::Sender<Value>),
    /// Its events, as Kubernetes' own objects?
    Events(oneshot::Sender<Value>),
    /// What happened from this record on?
    Records(u64, oneshot::Sender<Vec<RecordView>>),
}

/// Runs a node until a signal ends it.
pub async fn run(args: RunArgs) -> Result<(), AgentError> {
    let config = config(&args)?;
    let mut signals = Signals::listen().map_err(AgentError::Signals)?;
    let _lock = match args.runtime {
        Runtime::Docker => Some(lock(&args.root_dir, config.node.as_str())?),
        Runtime::Sim => None,
    };
    let (queries_to, queries) = channel(16);
    if let Some(address) = args.listen {
        let listener =
            TcpListener::bind(address).await.map_err(|error| AgentError::Listen(address, error))?;
        tracing::info!(%address, "serving a read-only view of the node");
        tokio::spawn(serve::serve(listener, address, args.page.clone(), queries_to));
    }
    tracing::info!(node = %config.node, manifests = %config.static_pod_path, "the kubelet starts");
    let runtime = match args.runtime {
        Runtime::Docker => RuntimeChoice::Docker {
            engine: Engine::at(&args.docker_host),
            scope: config.node.as_str().into(),
            root: args.root_dir.clone(),
        },
        Runtime::Sim => RuntimeChoice::Simulator,
    };
    let node = Node::start(config, Clock::start(), runtime);
    let mut agent = Agent { node, queries };
    agent.work(&mut signals, None).await;
    if args.stop_pods_on_exit {
        tracing::info!("the kubelet ends and stops its pods; a second signal ends it at once");
        agent.node.stop_pods();
        agent.work(&mut signals, Some(all_stopped)).await;
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
    let labels = args.node_labels.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into()));
    Ok(Config {
        arch: crate::cli::architecture().into(),
        node_labels: labels.collect(),
        allocatable: crate::machine::allocatable(),
        seccomp_default: args.seccomp_default,
        app_armor: crate::machine::app_armor(),
        node,
        static_pod_path: manifests.to_string_lossy().trim_end_matches('/').into(),
        epoch: UnixSeconds(0),
        policies: args.policies().map_err(AgentError::Policy)?,
        ..Config::default()
    })
}

/// Two agents of one node would stop each other's pods. The system opens the lock when the process ends, however it ends.
fn lock(root: &Path, node: &str) -> Result<fs::File, AgentError> {
    let path = root.join(format!("{node}.lock"));
    let open = || {
        fs::create_dir_all(root)?;
        fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path)
    };
    let file = open().map_err(|error| AgentError::RootDir(root.display().to_string(), error))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(AgentError::Busy(node.to_owned())),
        Err(error) => Err(AgentError::RootDir(path.display().to_string(), error.into())),
    }
}

fn all_stopped(node: &NodeView) -> bool {
    node.pods.iter().all(|pod| pod.stage == PodStage::Terminated)
}

/// An engine that hangs keeps connections open and says nothing: only time tells.
async fn answer_health(engine: Option<Engine>, to: oneshot::Sender<Result<(), String>>) {
    let answers = async {
        let Some(engine) = engine else { return Ok(()) };
        let hangs = |_| Err(format!("Docker at {} does not answer", engine.host()));
        let asked = timeout(HEALTH_LIMIT, engine.ping()).await;
        asked.map_or_else(hangs, |answer| answer.map_err(|failure| failure.to_string()))
    };
    let _ = to.send(answers.await);
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
    node: Node,
    queries: Receiver<Query>,
}

impl Agent {
    /// Works until a signal comes, or `is_done`.
    async fn work(&mut self, signals: &mut Signals, is_done: Option<fn(&NodeView) -> bool>) {
        loop {
            for record in self.node.new_records() {
                log::record(&record);
            }
            tokio::select! {
                biased;
                () = signals.next() => return,
                Some(query) = self.queries.recv() => self.tell(query),
                event = self.node.next() => {
                    self.node.handle(event);
                    if is_done.is_some_and(|is_done| is_done(&self.node.view())) {
                        return;
                    }
                }
            }
        }
    }

    fn tell(&self, query: Query) {
        // Whoever asked may have gone.
        match query {
            Query::Node(to) => drop(to.send(self.node.view())),
            Query::Pods(to) => drop(to.send(self.node.pods())),
            Query::Events(to) => drop(to.send(self.node.events())),
            Query::Health(to) => drop(tokio::spawn(answer_health(self.node.engine(), to))),
            Query::Records(since, to) => drop(to.send(self.node.records_since(since))),
        }
    }
}
