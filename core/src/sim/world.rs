//! [`World`]: nodes in virtual time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    control::{CLUSTER, CONTROLLERS, Cluster, Control},
    fault::SimError,
    node::{Node, Outside},
    shell::LogLine,
};
use crate::{
    config::Config,
    contract::{ImageInfo, RuntimeState},
    id::{InstanceId, NodeName},
    manifest::Pod,
    rng::Rng,
    time::{Time, UnixSeconds},
    trace::{Input, Recording, TimedInput, Tracer},
    view::{NodeView, PodView, RecordView},
};

/// A machine room. Nothing happens in it but by [`step`](Self::step) and what is built on that.
///
/// Equal seeds and equal inputs make equal worlds. Work per step does not grow with the number of pods.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) seed: u64,
    rng: Rng,
    now: Time,
    steps: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) names: BTreeMap<NodeName, usize>,
    /// Nodes that have ever had a part of a control plane.
    pub(super) hosts: BTreeSet<usize>,
    pub(super) control: Option<Box<Control>>,
    pub(super) cluster: Option<&'static Cluster>,
    /// When the controllers are in the agenda.
    controls_at: Option<Time>,
    /// Each node at the moment when it has something to do.
    agenda: BTreeSet<(Time, usize)>,
    listed: Vec<Option<Time>>,
    inputs: Vec<TimedInput>,
    tracer: Tracer,
}

/// A pod as its manifest wants it, and as it is.
pub type KnownPod = (Arc<Pod>, Arc<PodView>);

/// All nodes at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorldView {
    /// The moment.
    pub now: Time,
    /// By the order in which they were added.
    pub nodes: Vec<NodeView>,
}

impl World {
    /// A world without nodes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { cluster: Some(&CLUSTER), ..Self::of_nodes(seed) }
    }

    /// A world in which no node becomes a control plane, whatever runs on it: nodes alone, for programs that show no more.
    #[must_use]
    pub fn of_nodes(seed: u64) -> Self {
        Self {
            cluster: None,
            seed,
            rng: Rng::new(seed),
            now: Time::ZERO,
            steps: 0,
            nodes: Vec::new(),
            hosts: BTreeSet::new(),
            control: None,
            controls_at: None,
            names: BTreeMap::new(),
            agenda: BTreeSet::new(),
            listed: Vec::new(),
            inputs: Vec::new(),
            tracer: Tracer::default(),
        }
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// How many steps it has taken.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Adds a node with an empty manifests folder and starts its kubelet.
    pub fn add_node(&mut self, config: Config) -> Result<NodeName, SimError> {
        let number = self.nodes.len();
        let name: NodeName = config.node.as_str().to_lowercase().into();
        if self.names.contains_key(&name) {
            return Err(SimError::NodeExists(name.as_str().into()));
        }
        let node = Node::new(config.clone(), number, self.rng.fork());
        self.names.insert(name.clone(), self.nodes.len());
        self.nodes.push(node);
        self.listed.push(None);
        self.note(&name, Input::AddNode { config: Box::new(config) });
        self.connect(number);
        self.change(&name, |node, now, outside| {
            node.start(now, outside);
            Ok(())
        })?;
        Ok(name)
    }

    /// The nodes' names, in the order in which they were added.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeName> {
        self.nodes.iter().map(|node| &node.name)
    }

    /// What a file in a node's folder holds.
    pub fn read(&self, node: &NodeName, file: &str) -> Result<Arc<[u8]>, SimError> {
        self.node(node)?.place.read(file).cloned().ok_or_else(|| SimError::NoFile(file.into()))
    }

    /// The names of the files in a node's folder.
    pub fn list(&self, node: &NodeName) -> Result<Vec<Arc<str>>, SimError> {
        Ok(self.node(node)?.place.names())
    }

    /// Whether a node's folder is there.
    pub fn has_folder(&self, node: &NodeName) -> Result<bool, SimError> {
        Ok(self.node(node)?.place.exists())
    }

    /// Whether a node's kubelet runs.
    pub fn kubelet_runs(&self, node: &NodeName) -> Result<bool, SimError> {
        Ok(self.node(node)?.is_running())
    }

    /// When something happens next.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.first().map(|(at, _)| (*at).max(self.now))
    }

    /// Lets exactly one thing happen, and says when it did. `None` when nothing will ever happen again.
    pub fn step(&mut self) -> Option<Time> {
        let (at, index) = *self.agenda.first()?;
        self.now = self.now.max(at);
        self.steps += 1;
        if index == CONTROLLERS {
            self.control();
        } else if let Some(node) = self.nodes.get_mut(index) {
            let api = self.control.as_deref_mut().map(|control| &mut control.api).zip(self.cluster);
            node.step(self.now, &mut Outside { tracer: &mut self.tracer, api });
            if node.runtime.control_plane_stirred() {
                self.hosts.insert(index);
                self.survey();
            }
        }
        self.reschedule(index);
        self.settle();
        Some(self.now)
    }

    /// Lets this much time pass.
    pub fn advance(&mut self, by: Duration) {
        self.run_until(self.now + by, |_| false);
    }

    /// Lets time pass until `done`, at most until `deadline`; says whether it was done.
    pub fn run_until(&mut self, deadline: Time, mut done: impl FnMut(&Self) -> bool) -> bool {
        loop {
            if done(self) {
                return true;
            }
            if self.next_at().is_none_or(|at| at > deadline) {
                self.now = self.now.max(deadline);
                return done(self);
            }
            self.step();
        }
    }

    /// All nodes now.
    #[must_use]
    pub fn view(&self) -> WorldView {
        WorldView { now: self.now, nodes: self.nodes.iter().map(|node| node.view(self.now)).collect() }
    }

    /// One node now.
    pub fn node_view(&self, node: &NodeName) -> Result<NodeView, SimError> {
        Ok(self.node(node)?.view(self.now))
    }

    /// The pods that a node's kubelet knows, as their manifests want them and as they are. None while it is stopped.
    pub fn pods(&self, node: &NodeName) -> Result<Vec<KnownPod>, SimError> {
        Ok(self.node(node)?.pods())
    }

    /// A node's journal from record number `seq` on. Numbers go on over restarts of the kubelet.
    pub fn records_since(&self, node: &NodeName, seq: u64) -> Result<Vec<RecordView>, SimError> {
        Ok(self.node(node)?.records_since(seq))
    }

    /// The number that a node's next record will carry.
    pub fn next_record(&self, node: &NodeName) -> Result<u64, SimError> {
        Ok(self.node(node)?.next_record())
    }

    /// The command that a container's main process was started with.
    pub fn command(&self, node: &NodeName, instance: &InstanceId) -> Result<Vec<String>, SimError> {
        Ok(self.node(node)?.runtime.command(instance).unwrap_or_default())
    }

    /// The images that a node has: name, id and size.
    pub fn images(&self, node: &NodeName) -> Result<Vec<(String, ImageInfo)>, SimError> {
        let images = self.node(node)?.runtime.images();
        Ok(images.map(|(name, info)| (name.to_owned(), info.clone())).collect())
    }

    /// Everything that a node's runtime has.
    pub fn runtime_state(&self, node: &NodeName) -> Result<RuntimeState, SimError> {
        Ok(self.node(node)?.runtime.state())
    }

    /// What a container wrote: its newest instance, or the one before.
    pub fn logs(
        &self,
        node: &NodeName,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Result<Vec<LogLine>, SimError> {
        let node = self.node(node)?;
        let uid = node.pod(pod)?;
        let missing = || SimError::NoContainer { pod: pod.into(), container: container.into() };
        node.runtime.logs(&uid, container, previous).ok_or_else(missing)
    }

    /// Begins to take a digest of everything that is planned and told. A world that is traced from its beginning can be compared.
    pub fn trace(&mut self) {
        self.tracer.turn_on();
    }

    /// What was done to it until now.
    #[must_use]
    pub fn recording(&self) -> Recording {
        Recording::new(self.seed, self.inputs.clone(), self.now, self.steps, self.tracer.checkpoints())
    }

    /// The digest of everything until now, when it is traced.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.tracer.digest()
    }

    /// The seed with which it began.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// What was done to it until now, in order.
    pub(crate) fn inputs(&self) -> &[TimedInput] {
        &self.inputs
    }

    /// Moves the clock without letting anything happen: a replay's way to the moment of an input.
    pub(crate) fn set_now(&mut self, now: Time) {
        self.now = self.now.max(now);
    }

    pub(super) fn index(&self, name: &NodeName) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The wall clock at the world's zero, as its first node has it.
    pub(super) fn epoch(&self) -> UnixSeconds {
        self.nodes.first().map_or(Config::default().epoch, Node::epoch)
    }

    pub(super) fn node(&self, name: &NodeName) -> Result<&Node, SimError> {
        let index = self.names.get(name).ok_or_else(|| SimError::NoNode(name.as_str().into()))?;
        self.nodes.get(*index).ok_or_else(|| SimError::NoNode(name.as_str().into()))
    }

    pub(super) fn change(
        &mut self,
        name: &NodeName,
        change: impl FnOnce(&mut Node, Time, &mut Outside<'_>) -> Result<(), SimError>,
    ) -> Result<(), SimError> {
        let index = *self.names.get(name).ok_or_else(|| SimError::NoNode(name.as_str().into()))?;
        let Some(node) = self.nodes.get_mut(index) else {
            return Err(SimError::NoNode(name.as_str().into()));
        };
        let api = self.control.as_deref_mut().map(|control| &mut control.api).zip(self.cluster);
        let outcome = change(node, self.now, &mut Outside { tracer: &mut self.tracer, api });
        self.reschedule(index);
        outcome
    }

    pub(super) fn note(&mut self, node: &NodeName, input: Input) {
        self.tracer.checkpoint(self.now);
        self.inputs.push(TimedInput { at: self.now, steps: self.steps, node: node.clone(), input });
    }

    pub(super) fn reschedule(&mut self, index: usize) {
        if index == CONTROLLERS {
            let next = self.controls_next();
            if self.controls_at == next {
                return;
            }
            if let Some(at) = self.controls_at.take() {
                self.agenda.remove(&(at, CONTROLLERS));
            }
            self.agenda.extend(next.map(|at| (at, CONTROLLERS)));
            self.controls_at = next;
            return;
        }
        let next = self.nodes.get(index).and_then(Node::next_at);
        let Some(listed) = self.listed.get_mut(index).filter(|listed| **listed != next) else { return };
        if let Some(at) = listed.take() {
            self.agenda.remove(&(at, index));
        }
        if let Some(at) = next {
            self.agenda.insert((at, index));
        }
        *listed = next;
    }
}
