//! A real Docker engine as a place for scenarios: one node of its own, in a folder of its own, that leaves nothing behind.
//!
//! The kubelet runs in this process; everything that the scenario does to containers goes to the engine past it.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use standfast_core::{
    config::Config,
    contract::Event,
    kubelet::Kubelet,
    scenario::{BedError, Scenario, Target, Testbed},
    sim::{Ending, Fault},
    time::{Time, UnixSeconds},
    trace::Input,
    view::{NodeView, PodView, RecordView},
};
use tokio::time::timeout;

use crate::{
    clock::Clock,
    docker::{Engine, Intruder},
    node::{Node, RuntimeChoice},
};

/// How long after its start a node watches its folder and knows what runs.
const SETTLED: Duration = Duration::from_secs(1);
/// A real machine does other things too.
const PATIENCE: u32 = 3;
/// So long nothing at all may happen before expectations are looked at again.
const GLANCE: Duration = Duration::from_millis(100);

/// One node on a real engine.
pub struct DockerBed {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
    intruder: Intruder,
    scope: Arc<str>,
    place: PathBuf,
    /// The scenario's own path, when that is not the usual folder: one file.
    one_file: Option<Arc<str>>,
    /// Where the node looks for manifests.
    manifests: PathBuf,
    config: Config,
    clock: Clock,
    /// None while the kubelet is stopped.
    node: Option<Node>,
    /// The pods that the kubelet had when it was stopped: others still know them.
    known: Vec<Arc<PodView>>,
    journal: Vec<RecordView>,
    deaf: bool,
}

impl fmt::Debug for DockerBed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerBed").field("place", &self.place).finish_non_exhaustive()
    }
}

impl DockerBed {
    /// A node with the scenario's settings on this engine, started and settled.
    pub fn new(scenario: &Scenario, docker_host: &str) -> io::Result<Self> {
        Self::of(scenario.config.clone(), docker_host)
    }

    /// A node with these settings on this engine, started and settled.
    pub fn of(mut config: Config, docker_host: &str) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let scope = format!("bed-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let place = std::env::temp_dir().join(format!("standfast-{scope}"));
        let folder = place.join("manifests");
        fs::create_dir_all(&folder)?;
        let path = Arc::clone(&config.static_pod_path);
        let one_file = (path != Config::default().static_pod_path).then_some(path);
        let manifests = if one_file.is_some() { folder.join("one.yaml") } else { folder };
        config.static_pod_path = manifests.to_string_lossy().into();
        config.epoch = UnixSeconds(0);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let engine = Engine::at(docker_host);
        let scope: Arc<str> = scope.into();
        let mut bed = Self {
            runtime,
            intruder: Intruder::new(engine.clone(), &scope),
            engine,
            scope,
            place,
            one_file,
            manifests,
            config,
            clock: Clock::start(),
            node: None,
            known: Vec::new(),
            journal: Vec::new(),
            deaf: false,
        };
        bed.start_kubelet();
        let settled = bed.clock.now() + SETTLED;
        while bed.advance(settled) < settled {}
        Ok(bed)
    }

    /// Waits until it is so long since the kubelet has listed all containers.
    pub fn reach(&mut self, since_list: Duration) {
        let Some(list) = self.node.as_ref().map(Node::next_list) else { return };
        let reached = list + since_list;
        while self.advance(reached) < reached {}
    }

    /// A path that a scenario names: in the folder, and never outside the bed's own place.
    fn file(&self, name: &str) -> Result<PathBuf, BedError> {
        if self.one_file.as_deref() == Some(name) {
            return Ok(self.manifests.clone());
        }
        if self.one_file.is_some() || name.is_empty() || name.contains('/') || name == ".." {
            return Err(BedError::Unsupported(format!("write {name}: only names in the folder are")));
        }
        Ok(self.manifests.join(name))
    }

    fn start_kubelet(&mut self) {
        let choice = RuntimeChoice::Docker {
            engine: self.engine.clone(),
            scope: Arc::clone(&self.scope),
            root: self.place.join("root"),
        };
        let _inside = self.runtime.enter();
        let mut node = Node::start(self.config.clone(), self.clock, choice);
        node.lose_hints(self.deaf);
        self.node = Some(node);
    }

    fn stop_kubelet(&mut self) {
        self.read_journal();
        self.known = self.view().pods;
        self.node = None;
    }

    /// Numbers go on over restarts of the kubelet.
    fn read_journal(&mut self) {
        for record in self.node.iter_mut().flat_map(Node::new_records) {
            let seq = self.journal.len() as u64;
            self.journal.push(RecordView { seq, ..record });
        }
    }

    /// Tells the kubelet something that its machine would know.
    fn tell(&mut self, event: Event) {
        let _inside = self.runtime.enter();
        if let Some(node) = &mut self.node {
            node.handle(event);
        }
    }

    fn inject(&mut self, fault: &Fault) -> Result<(), BedError> {
        let cannot = |what: &str| Err(BedError::Unsupported(what.to_owned()));
        match fault {
            Fault::Kill { pod, container, how: Ending::Kill } => {
                let pod = self.pod(pod)?.id.clone();
                self.engine_does(|intruder| async move { intruder.kill(&pod.uid, container).await })
            }
            Fault::Kill { how: Ending::Exit { .. }, .. } => cannot("make a process exit with a code"),
            Fault::Kill { how: Ending::OutOfMemory, .. } => cannot("use up a process's memory"),
            Fault::Stop { .. } => cannot("stop a container behind the kubelet's back"),
            Fault::RemoveContainer { pod, container } => {
                let pod = self.pod(pod)?.id.clone();
                self.engine_does(|intruder| async move { intruder.remove(&pod.uid, container).await })
            }
            Fault::KillSandbox { pod } => {
                let pod = self.pod(pod)?.id.clone();
                self.engine_does(|intruder| async move { intruder.kill_sandbox(&pod.uid).await })
            }
            Fault::MissingImage { .. } | Fault::RestoreImage { .. } | Fault::SlowPull { .. } => {
                cannot("change what registries have")
            }
            Fault::RuntimeDown | Fault::RuntimeUp => cannot("stop the engine"),
            Fault::LoseEvents { on } => {
                self.deaf = *on;
                let _inside = self.runtime.enter();
                if let Some(node) = &mut self.node {
                    node.lose_hints(*on);
                }
                Ok(())
            }
        }
    }

    fn engine_does<F: Future<Output = Result<T, standfast_core::contract::Failure>>, T>(
        &self,
        deed: impl FnOnce(Intruder) -> F,
    ) -> Result<T, BedError> {
        let done = self.runtime.block_on(deed(self.intruder.clone()));
        done.map_err(|failure| BedError::Failed(failure.to_string()))
    }

    /// The newest pod of this name, with or without the node's suffix.
    fn pod(&mut self, name: &str) -> Result<Arc<PodView>, BedError> {
        let view = self.view();
        let whole = format!("{name}-{}", view.name);
        let pods = if self.node.is_some() { &view.pods } else { &self.known };
        let named = pods.iter().filter(|pod| *pod.id.name == *name || *pod.id.name == whole);
        let newest = named.max_by_key(|pod| pod.seen).cloned();
        newest.ok_or_else(|| BedError::Failed(format!("the node has no pod {name}")))
    }
}

impl Testbed for DockerBed {
    fn target(&self) -> Target {
        Target::Docker
    }

    fn now(&mut self) -> Time {
        self.clock.now()
    }

    fn apply(&mut self, input: &Input) -> Result<(), BedError> {
        let done = match input {
            Input::Write { file, bytes } => fs::write(self.file(file)?, bytes),
            Input::Remove { file } => fs::remove_file(self.file(file)?),
            Input::Rename { from, to } => fs::rename(self.file(from)?, self.file(to)?),
            Input::Touch { file } => touch(&self.file(file)?),
            Input::RemoveFolder => fs::remove_dir_all(&self.manifests),
            Input::MakeFolder => fs::create_dir(&self.manifests),
            Input::Inject { fault } => return self.inject(fault),
            Input::Exec { .. } => {
                return Err(BedError::Unsupported("run a command in a container".to_owned()));
            }
            Input::Shutdown { imminent } => {
                self.tell(Event::Shutdown { imminent: *imminent });
                Ok(())
            }
            Input::Pressure { what, short } => {
                self.tell(Event::Pressure { what: *what, short: *short });
                Ok(())
            }
            Input::StopKubelet => {
                self.stop_kubelet();
                Ok(())
            }
            Input::StartKubelet => {
                self.start_kubelet();
                Ok(())
            }
            Input::Preload { image } => {
                return Err(BedError::Unsupported(format!("put the image {image} on the node")));
            }
            Input::Host { .. }
            | Input::Power { .. }
            | Input::Cut { .. }
            | Input::ApiServer { .. }
            | Input::Api { .. } => {
                return Err(BedError::Unsupported("be a cluster".to_owned()));
            }
            Input::AddNode { .. } => return Err(BedError::Unsupported("add a node".to_owned())),
        };
        done.map_err(|error| BedError::Failed(error.to_string()))
    }

    fn advance(&mut self, deadline: Time) -> Time {
        let wait = self.clock.until(deadline).min(GLANCE);
        let node = self.node.as_mut();
        self.runtime.block_on(async {
            match node {
                None => tokio::time::sleep(wait).await,
                Some(node) => {
                    let event = timeout(wait, node.next()).await;
                    // Spurious timeouts are harmless.
                    node.handle(event.unwrap_or(Event::Timeout));
                }
            }
        });
        self.clock.now()
    }

    fn view(&mut self) -> NodeView {
        match &self.node {
            Some(node) => node.view(),
            // A stopped kubelet knows nothing.
            None => Kubelet::new(self.config.clone(), 0).snapshot(self.clock.now()),
        }
    }

    fn records_since(&mut self, seq: u64) -> Vec<RecordView> {
        self.read_journal();
        let seq = usize::try_from(seq).unwrap_or(usize::MAX);
        self.journal.get(seq..).unwrap_or_default().to_vec()
    }

    fn output(&mut self, pod: &str, container: &str) -> Result<Vec<String>, BedError> {
        let pod = self.pod(pod)?.id.clone();
        self.engine_does(|intruder| async move { intruder.output(&pod.uid, container).await })
    }

    fn patience(&self) -> u32 {
        PATIENCE
    }
}

impl Drop for DockerBed {
    fn drop(&mut self) {
        self.node = None;
        // What the node's tasks were doing ends with their thread.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            std::mem::replace(&mut self.runtime, runtime).shutdown_background();
        }
        let root = self.place.join("root");
        if let Err(error) = self.engine_does(|intruder| async move { intruder.clear(&root).await }) {
            tracing::warn!(scope = &*self.scope, %error, "containers of a scenario were left behind");
        }
        let _ = fs::remove_dir_all(&self.place);
    }
}

fn touch(path: &Path) -> io::Result<()> {
    File::options().write(true).open(path)?.set_modified(SystemTime::now())
}
