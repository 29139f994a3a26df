//! A stand-in for the machine room until it is there.

use std::{sync::Arc, time::Duration};

use standfast_core::{
    config::Config,
    id::{NodeName, PodRef},
    time::Time,
    view::{ContainerView, FileView, NodeView, Phase, PodStage, PodView, RecordView, StateView},
};

#[derive(Debug)]
pub(super) struct World {
    now: Time,
    nodes: Vec<(Config, Vec<(String, Vec<u8>)>)>,
}

pub(super) struct WorldView {
    pub now: Time,
    pub nodes: Vec<NodeView>,
}

pub(super) enum Fault {
    Kill { pod: PodRef, container: standfast_core::id::ContainerName },
}

impl World {
    pub(super) fn inject(&mut self, _node: &NodeName, _fault: &Fault) {}
    pub(super) fn restart_kubelet(&mut self, _node: &NodeName) {}
    pub(super) fn new(_seed: u64) -> Self {
        Self { now: Time::ZERO, nodes: Vec::new() }
    }
    pub(super) fn add_node(&mut self, config: Config) {
        self.nodes.push((config, Vec::new()));
    }
    pub(super) fn now(&self) -> Time {
        self.now
    }
    fn files(&mut self, node: &NodeName) -> &mut Vec<(String, Vec<u8>)> {
        &mut self.nodes.iter_mut().find(|(config, _)| &config.node == node).unwrap().1
    }
    pub(super) fn write(&mut self, node: &NodeName, file: &str, bytes: &[u8]) {
        self.remove(node, file);
        self.files(node).push((file.into(), bytes.into()));
        self.files(node).sort();
    }
    pub(super) fn remove(&mut self, node: &NodeName, file: &str) {
        self.files(node).retain(|(name, _)| name != file);
    }
    pub(super) fn rename(&mut self, node: &NodeName, from: &str, to: &str) {
        if let Some(bytes) = self.read(node, from) {
            self.remove(node, from);
            self.write(node, to, &bytes);
        }
    }
    pub(super) fn read(&self, node: &NodeName, file: &str) -> Option<Vec<u8>> {
        let files = &self.nodes.iter().find(|(config, _)| &config.node == node)?.1;
        files.iter().find(|(name, _)| name == file).map(|(_, bytes)| bytes.clone())
    }
    pub(super) fn list(&self, node: &NodeName) -> Vec<String> {
        let files = self.nodes.iter().find(|(config, _)| &config.node == node);
        files.map(|(_, files)| files.iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default()
    }
    pub(super) fn step(&mut self) -> Option<Time> {
        self.now = self.now + Duration::from_secs(1);
        Some(self.now)
    }
    pub(super) fn advance(&mut self, by: Duration) {
        self.now = self.now + by;
    }
    pub(super) fn next_at(&self) -> Option<Time> {
        Some(self.now + Duration::from_secs(1))
    }
    pub(super) fn records_since(&self, _node: &NodeName, _seq: u64) -> Vec<RecordView> {
        Vec::new()
    }
    pub(super) fn view(&self) -> WorldView {
        let nodes = self.nodes.iter().map(|(config, files)| view(config, files, self.now)).collect();
        WorldView { now: self.now, nodes }
    }
}

fn view(config: &Config, files: &[(String, Vec<u8>)], now: Time) -> NodeView {
    let pods: Vec<_> =
        files.iter().filter(|(name, _)| name != "beacon.yaml").map(|(name, _)| pod(config, name)).collect();
    NodeView {
        name: config.node.clone(),
        now,
        epoch: config.epoch,
        static_pod_path: Arc::clone(&config.static_pod_path),
        policies: config.policies,
        next_pass: Some(now.next_tick(Time::ZERO, Duration::from_secs(20))),
        files: files
            .iter()
            .map(|(name, _)| {
                let pod = pods.iter().find(|pod| pod.file.ends_with(name.as_str())).map(|pod| pod.id.clone());
                let error =
                    pod.is_none().then(|| "invalid pod: [spec.containers[0].image: Required value]".into());
                Arc::new(FileView {
                    path: format!("{}/{name}", config.static_pod_path).into(),
                    pod,
                    wins: true,
                    error,
                    diagnostics: Vec::new(),
                })
            })
            .collect(),
        pods,
    }
}

fn pod(config: &Config, file: &str) -> Arc<PodView> {
    let stem = file.trim_end_matches(".yaml");
    Arc::new(PodView {
        id: PodRef {
            uid: "1".into(),
            namespace: "default".into(),
            name: format!("{stem}-{}", config.node).into(),
        },
        file: format!("{}/{file}", config.static_pod_path).into(),
        stage: PodStage::Syncing,
        phase: Phase::Running,
        reason: None,
        message: None,
        status: "Running".into(),
        ready: (1, 1),
        restarts: 0,
        last_restart: None,
        seen: Time::ZERO,
        started: Some(Time::ZERO),
        ip: None,
        conditions: Vec::new(),
        init_containers: Vec::new(),
        containers: vec![ContainerView {
            name: stem.into(),
            image: "nginx".into(),
            image_id: "".into(),
            container_id: None,
            state: StateView::Running { since: Time::ZERO },
            last_state: None,
            ready: true,
            started: true,
            restart_count: 0,
            sidecar: false,
        }],
        qos_class: "BestEffort".into(),
        due: None,
    })
}

pub(super) struct Parsed {
    pub diagnostics: Vec<standfast_core::manifest::Diagnostic>,
}
pub(super) fn parse(_bytes: &[u8], _origin: &standfast_core::manifest::Origin<'_>) -> Parsed {
    Parsed { diagnostics: Vec::new() }
}
