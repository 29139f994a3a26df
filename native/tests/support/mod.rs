//! What the suites on a real engine share. They run where `STANDFAST_DOCKER_HOST` says that one answers.

#![allow(dead_code, reason = "each suite uses its part")]

pub mod agent;
mod images;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    models::{ContainerInspectResponse, ContainerSummary},
    query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder},
};
use standfast::docker::{Engine, Intruder, labels};
use standfast_core::id::NodeName;

/// The image that all suites run; the test command loads it.
pub const IMAGE: &str = "busybox:1.36";
/// The image that recorded pods run: the same, by another name.
pub const RECORDED_IMAGE: &str = "busybox:1.35";

/// Where the engine answers.
pub fn host() -> String {
    std::env::var("STANDFAST_DOCKER_HOST").expect("STANDFAST_DOCKER_HOST says where an engine answers")
}

/// A client of the engine that asks what the code under test did, without its help.
pub async fn witness() -> Docker {
    witness_of(&host()).await
}

/// The same for an engine elsewhere.
pub async fn witness_of(host: &str) -> Docker {
    let path = host.strip_prefix("unix://").expect("the suites use a socket");
    let client = Docker::connect_with_unix(path, 60, API_DEFAULT_VERSION).unwrap();
    let client = client.negotiate_version().await.unwrap();
    images::ensure(&client).await;
    client
}

/// A node name that no other test has.
pub fn node_name() -> NodeName {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)).into()
}

/// A test's own place: folders that go away with it, and so do the containers of its node.
pub struct Place {
    pub node: NodeName,
    pub root: PathBuf,
    engine: String,
}

impl Place {
    pub fn new() -> Self {
        Self::on(&host())
    }

    /// A place whose containers are on this engine.
    pub fn on(engine: &str) -> Self {
        let node = node_name();
        let root = std::env::temp_dir().join(format!("standfast-{node}"));
        std::fs::create_dir_all(root.join("manifests")).unwrap();
        Self { node, root, engine: engine.to_owned() }
    }

    pub fn manifests(&self) -> PathBuf {
        self.root.join("manifests")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (node, root, engine) = (self.node.clone(), self.root.clone(), self.engine.clone());
        // A test that failed leaves its runtime in any state: clean up with one of our own.
        let cleaner = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let intruder = Intruder::new(Engine::at(&engine), &node.as_str().into());
            runtime.block_on(intruder.clear(&root)).unwrap();
        });
        let _ = cleaner.join();
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// Everything of a node, sandboxes too, by name.
pub async fn containers_of(docker: &Docker, node: &NodeName) -> Vec<ContainerSummary> {
    let filters = HashMap::from([("label", vec![format!("{}={node}", labels::NODE)])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let mut found = docker.list_containers(Some(options)).await.unwrap();
    found.sort_by_key(|container| container.names.clone());
    found
}

pub async fn inspect(docker: &Docker, id: &str) -> ContainerInspectResponse {
    docker.inspect_container(id, None::<InspectContainerOptions>).await.unwrap()
}

/// Waits until `look` finds something, and tells how long that took.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> (T, Duration) {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return (found, start.elapsed());
        }
        assert!(start.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn arcs(words: &[&str]) -> Vec<Arc<str>> {
    words.iter().map(|word| (*word).into()).collect()
}
