//! Pods on a Docker engine: the real executor of the core's decisions.
//!
//! [`Driver`] executes each runtime [`Action`] as a task of its own and answers it exactly once; [`Driver::watch`] turns the engine's events
//! into hints. It decides nothing and remembers nothing that matters: identity is in labels ([`labels`]), and a list tells the rest.

mod confine;
mod container;
mod engine;
mod events;
mod exec;
mod image;
mod intruder;
pub mod labels;
mod list;
mod machine;
mod mounts;
mod pause;
mod pod_data;
mod probe;
mod process;
mod report;
mod sandbox;
mod spec;
mod volume_files;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use standfast_core::{
    contract::{Action, Event, Failure, Outcome, Planned},
    id::{InstanceId, NodeName, SandboxId},
    time::Time,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit, mpsc::UnboundedSender},
    task::JoinHandle,
};

use self::pod_data::PodData;
pub use self::{engine::Engine, intruder::Intruder, pause::PauseImage};
use crate::answer::Answer;

/// More starts at a time make no pod start sooner.
const STARTS: usize = 8;
/// Pulls share one network.
const PULLS: usize = 3;
/// Removals are never urgent.
const REMOVALS: usize = 4;
/// A node full of probes must not choke on them.
const PROBES: usize = 32;

/// Executes runtime actions on a Docker engine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Driver(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    engine: Engine,
    node: NodeName,
    data: PodData,
    events: UnboundedSender<Event>,
    starts: Semaphore,
    pulls: Semaphore,
    removals: Semaphore,
    probes: Semaphore,
    /// One asks what the machine allows; the others wait for what it learns.
    asking: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
}

/// What saves questions and repeated hints; losing it costs only those.
#[derive(Debug, Default)]
struct Memory {
    /// The engine's names for what was made or listed.
    sandboxes: BTreeMap<SandboxId, String>,
    containers: BTreeMap<InstanceId, String>,
    /// Ends that were told, by the engine's name of the container.
    told: BTreeMap<String, Time>,
    /// What the driver itself stops or removes: their ends are no news.
    own: BTreeSet<String>,
    /// How the engine names the pause image.
    pause: Option<String>,
    /// The machine's memory in bytes.
    installed: Option<u64>,
    /// Whether processes may be protected when memory runs out.
    may_protect: Option<bool>,
}

impl Driver {
    /// A driver for the pods of `node` on `engine`, which keeps their data under `root` and reports to `events`.
    #[must_use]
    pub fn new(engine: Engine, node: NodeName, root: &Path, events: UnboundedSender<Event>) -> Self {
        Self(Arc::new(Shared {
            engine,
            node,
            data: PodData::under(root),
            events,
            starts: Semaphore::new(STARTS),
            pulls: Semaphore::new(PULLS),
            removals: Semaphore::new(REMOVALS),
            probes: Semaphore::new(PROBES),
            asking: tokio::sync::Mutex::default(),
            memory: Mutex::default(),
        }))
    }

    /// Executes an action; its answer comes as an event.
    pub fn execute(&self, planned: Planned) {
        let answer = Answer::promise(planned.id, self.0.events.clone());
        let shared = Arc::clone(&self.0);
        tokio::spawn(async move {
            let result = Box::pin(shared.perform(planned.action)).await;
            answer.give(result);
        });
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.0.engine.clone()
    }

    /// Follows the engine's events until the task is aborted.
    #[must_use]
    pub fn watch(&self) -> JoinHandle<()> {
        tokio::spawn(events::follow(Arc::clone(&self.0)))
    }
}

impl Shared {
    async fn perform(self: &Arc<Self>, action: Action) -> Result<Outcome, Failure> {
        match action {
            Action::ListManifests => Err(Failure::Unsupported("a runtime has no manifests".to_owned())),
            Action::ListRuntime => self.list().await.map(Outcome::Runtime),
            Action::InspectImage { image } => image::inspect(&self.engine, &image).await.map(Outcome::Image),
            Action::PullImage { image } => {
                let _turn = turn(&self.pulls).await?;
                image::pull(&self.engine, &image).await.map(|info| Outcome::Image(Some(info)))
            }
            Action::CreateSandbox { sandbox, spec } => {
                let _turn = turn(&self.starts).await?;
                self.create_sandbox(&sandbox, &spec).await
            }
            Action::StopSandbox { sandbox } => self.stop_sandbox(&sandbox).await,
            Action::RemoveSandbox { sandbox } => {
                let _turn = turn(&self.removals).await?;
                self.remove_sandbox(&sandbox).await
            }
            Action::CreateContainer { instance, sandbox, spec } => {
                let _turn = turn(&self.starts).await?;
                self.create_container(&instance, &sandbox, &spec).await
            }
            Action::StartContainer { instance } => {
                let _turn = turn(&self.starts).await?;
                self.start_container(&instance).await
            }
            Action::StopContainer { instance, grace } => self.stop_container(&instance, grace).await,
            Action::RunProbe { instance, kind: _, check, timeout } => {
                let _turn = turn(&self.probes).await?;
                Ok(Outcome::Probed(self.run_probe(&instance, &check, timeout).await))
            }
            // A hook may take long, and no probe may wait for it.
            Action::RunHook { instance, kind: _, check, patience } => {
                Ok(Outcome::Hooked(self.run_hook(&instance, &check, patience).await))
            }
            Action::RemoveContainer { instance } => {
                let _turn = turn(&self.removals).await?;
                self.remove_container(&instance).await
            }
            Action::RemovePodData { pod } => {
                self.blocking(move |shared| shared.data.remove(&pod)).await.map(|()| Outcome::Done)
            }
            Action::Api(_) => Err(Failure::Unsupported("this node has no API server".to_owned())),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what blocks on a thread that may.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let shared = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.unwrap_or_else(|error| Err(Failure::Other(error.to_string())))
    }
}

async fn turn(queue: &Semaphore) -> Result<SemaphorePermit<'_>, Failure> {
    queue.acquire().await.map_err(|error| Failure::Other(error.to_string()))
}
