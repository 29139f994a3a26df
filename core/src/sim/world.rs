//! [`World`]: nodes in virtual time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    fault::{Fault, SimError},
    node::Node,
    shell::LogLine,
};
use crate::{
    config::Config,
    id::NodeName,
    rng::Rng,
    time::Time,
    trace::{Input, Recording, TimedInput, Tracer},
    view::{NodeView, RecordView},
};

/// A machine room. Nothing happens in it but by [`step`](Self::step) and what is built on that.
///
/// Equal seeds and equal inputs make equal worlds. Work per step does not grow with the number of pods.
#[derive(Debug)]
pub struct World {
    seed: u64,
    rng: Rng,
    now: Time,
    steps: u64,
    nodes: Vec<Node>,
    names: BTreeMap<NodeName, usize>,
    /// Each node at the moment when it has something to do.
    agenda: BTreeSet<(Time, usize)>,
    listed: Vec<Option<Time>>,
    inputs: Vec<TimedInput>,
    tracer: Tracer,
}

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
        Self {
            seed,
            rng: Rng::new(seed),
            now: Time::ZERO,
            steps: 0,
            nodes: Vec::new(),
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
        let number = u8::try_from(self.nodes.len()).unwrap_or(u8::MAX);
        let name: NodeName = config.node.as_str().to_lowercase().into();
        if self.names.contains_key(&name) {
            return Err(SimError::NodeExists(name.as_str().into()));
        }
        let node = Node::new(config.clone(), number, self.rng.fork());
        self.names.insert(name.clone(), self.nodes.len());
        self.nodes.push(node);
        self.listed.push(None);
        self.note(&name, Input::AddNode { config });
        self.change(&name, |node, now, tracer| {
            node.start(now, tracer);
            Ok(())
        })?;
        Ok(name)
    }

    /// The nodes' names, in the order in which they were added.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeName> {
        self.nodes.iter().map(|node| &node.name)
    }

    /// Does to the world what an input says.
    pub fn apply(&mut self, node: &NodeName, input: Input) -> Result<(), SimError> {
        match input {
            Input::AddNode { config } => self.add_node(config).map(drop),
            Input::Write { file, bytes } => self.write(node, &file, bytes),
            Input::Remove { file } => self.remove(node, &file),
            Input::Rename { from, to } => self.rename(node, &from, &to),
            Input::Touch { file } => self.touch(node, &file),
            Input::RemoveFolder => self.remove_folder(node),
            Input::MakeFolder => self.make_folder(node),
            Input::Inject { fault } => self.inject(node, &fault),
            Input::Preload { image } => self.preload(node, &image),
            Input::StopKubelet => self.stop_kubelet(node),
            Input::StartKubelet => self.start_kubelet(node),
        }
    }

    /// Writes a file into a node's folder, at once and whole.
    pub fn write(
        &mut self,
        node: &NodeName,
        file: &str,
        bytes: impl Into<Arc<[u8]>>,
    ) -> Result<(), SimError> {
        let bytes = bytes.into();
        self.change(node, |node, now, _| {
            let change = node.place.write(file, Arc::clone(&bytes))?;
            node.changed(now, change);
            Ok(())
        })?;
        self.note(node, Input::Write { file: file.into(), bytes });
        Ok(())
    }

    /// Deletes a file from a node's folder.
    pub fn remove(&mut self, node: &NodeName, file: &str) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            let change = node.place.remove(file)?;
            node.changed(now, change);
            Ok(())
        })?;
        self.note(node, Input::Remove { file: file.into() });
        Ok(())
    }

    /// Renames a file in a node's folder.
    pub fn rename(&mut self, node: &NodeName, from: &str, to: &str) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            let bytes = node.place.read(from).cloned().ok_or_else(|| SimError::NoFile(from.into()))?;
            let gone = node.place.remove(from)?;
            node.changed(now, gone);
            let come = node.place.write(to, bytes)?;
            node.changed(now, come);
            Ok(())
        })?;
        self.note(node, Input::Rename { from: from.into(), to: to.into() });
        Ok(())
    }

    /// Touches a file in a node's folder.
    pub fn touch(&mut self, node: &NodeName, file: &str) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            let bytes = node.place.read(file).cloned().ok_or_else(|| SimError::NoFile(file.into()))?;
            let change = node.place.write(file, bytes)?;
            node.changed(now, change);
            Ok(())
        })?;
        self.note(node, Input::Touch { file: file.into() });
        Ok(())
    }

    /// Deletes a node's folder with all that is in it.
    pub fn remove_folder(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            node.remove_folder(now);
            Ok(())
        })?;
        self.note(node, Input::RemoveFolder);
        Ok(())
    }

    /// Makes a node's folder anew when it is not there.
    pub fn make_folder(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.change(node, |node, _, _| {
            node.place.make();
            Ok(())
        })?;
        self.note(node, Input::MakeFolder);
        Ok(())
    }

    /// What a file in a node's folder holds.
    pub fn read(&self, node: &NodeName, file: &str) -> Result<Arc<[u8]>, SimError> {
        self.node(node)?.place.read(file).cloned().ok_or_else(|| SimError::NoFile(file.into()))
    }

    /// The names of the files in a node's folder.
    pub fn list(&self, node: &NodeName) -> Result<Vec<Arc<str>>, SimError> {
        Ok(self.node(node)?.place.names())
    }

    /// Makes something go wrong, or right again.
    pub fn inject(&mut self, node: &NodeName, fault: &Fault) -> Result<(), SimError> {
        self.change(node, |node, now, _| node.inject(now, fault))?;
        self.note(node, Input::Inject { fault: fault.clone() });
        Ok(())
    }

    /// Puts an image on a node as if it had been fetched.
    pub fn preload(&mut self, node: &NodeName, image: &str) -> Result<(), SimError> {
        self.change(node, |node, _, _| node.runtime.preload(image))?;
        self.note(node, Input::Preload { image: image.into() });
        Ok(())
    }

    /// Stops a node's kubelet; its containers run on.
    pub fn stop_kubelet(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            node.stop(now);
            Ok(())
        })?;
        self.note(node, Input::StopKubelet);
        Ok(())
    }

    /// Starts a node's kubelet, if it is not running.
    pub fn start_kubelet(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.change(node, |node, now, tracer| {
            node.start(now, tracer);
            Ok(())
        })?;
        self.note(node, Input::StartKubelet);
        Ok(())
    }

    /// Stops a node's kubelet and starts it at once.
    pub fn restart_kubelet(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.stop_kubelet(node)?;
        self.start_kubelet(node)
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
        if let Some(node) = self.nodes.get_mut(index) {
            node.step(self.now, &mut self.tracer);
        }
        self.reschedule(index);
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

    /// A node's journal from record number `seq` on. Numbers go on over restarts of the kubelet.
    pub fn records_since(&self, node: &NodeName, seq: u64) -> Result<Vec<RecordView>, SimError> {
        Ok(self.node(node)?.records_since(seq))
    }

    /// The number that a node's next record will carry.
    pub fn next_record(&self, node: &NodeName) -> Result<u64, SimError> {
        Ok(self.node(node)?.next_record())
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

    /// Moves the clock without letting anything happen: a replay's way to the moment of an input.
    pub(crate) fn set_now(&mut self, now: Time) {
        self.now = self.now.max(now);
    }

    fn node(&self, name: &NodeName) -> Result<&Node, SimError> {
        let index = self.names.get(name).ok_or_else(|| SimError::NoNode(name.as_str().into()))?;
        self.nodes.get(*index).ok_or_else(|| SimError::NoNode(name.as_str().into()))
    }

    fn change(
        &mut self,
        name: &NodeName,
        change: impl FnOnce(&mut Node, Time, &mut Tracer) -> Result<(), SimError>,
    ) -> Result<(), SimError> {
        let index = *self.names.get(name).ok_or_else(|| SimError::NoNode(name.as_str().into()))?;
        let Some(node) = self.nodes.get_mut(index) else {
            return Err(SimError::NoNode(name.as_str().into()));
        };
        let outcome = change(node, self.now, &mut self.tracer);
        self.reschedule(index);
        outcome
    }

    fn note(&mut self, node: &NodeName, input: Input) {
        self.tracer.checkpoint(self.now);
        self.inputs.push(TimedInput { at: self.now, steps: self.steps, node: node.clone(), input });
    }

    fn reschedule(&mut self, index: usize) {
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
