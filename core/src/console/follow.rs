//! Commands that go on: what each has printed already, and what it prints next.

use std::{collections::VecDeque, sync::Arc};

use super::{
    Console,
    commands::{self, Reply},
    parse::{Command, Pipeline},
};
use crate::{
    contract::RunState,
    id::{InstanceId, NodeName},
    sim::World,
};

/// A command that goes on, and what of its line waits for it.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) follow: Follow,
    /// The command itself: where its output goes.
    pub(super) command: Command,
    /// Those that read what it writes: each reads every time what is new.
    pub(super) pipe: Vec<Command>,
    /// What comes after it.
    pub(super) rest: VecDeque<Pipeline>,
}

/// What a command goes on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// The kubelet's log of a node, from a record on.
    Journal { node: NodeName, next: u64 },
    /// What one instance of a container writes.
    Logs(Logs),
    /// What `kubectl` watches or waits for.
    Kubectl(Box<commands::Waiting>),
    /// A `kubeadm` that waits for the kubelet.
    Kubeadm(Box<commands::Job>),
}

/// What one instance of a container writes, until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Logs {
    node: NodeName,
    pod: Arc<str>,
    instance: InstanceId,
    /// How many lines were printed, or left out.
    shown: usize,
}

impl Logs {
    /// The newest instance of a container from its next line on; `None` when there is none.
    pub(super) fn of(world: &World, node: &NodeName, pod: &str, container: &str) -> Option<Self> {
        let state = world.runtime_state(node).ok()?;
        let own = state.containers.into_iter();
        let own = own.filter(|it| *it.pod.name == *pod && it.instance.container.as_str() == container);
        let newest = own.max_by_key(|it| (it.created, it.instance.attempt))?;
        let shown = world.logs(node, pod, container, false).unwrap_or_default().len();
        Some(Self { node: node.clone(), pod: pod.into(), instance: newest.instance, shown })
    }

    /// The next lines, and whether there can be more.
    fn step(&mut self, world: &World) -> (String, bool) {
        let state = world.runtime_state(&self.node).unwrap_or_default();
        let mine = state.containers.iter().find(|it| it.instance == self.instance);
        let newer = state.containers.iter().any(|it| {
            (&it.instance.pod, &it.instance.container) == (&self.instance.pod, &self.instance.container)
                && it.instance.attempt > self.instance.attempt
        });
        let runs = mine.is_some_and(|it| matches!(it.state, RunState::Running { .. } | RunState::Created));
        let name = self.instance.container.as_str();
        let lines = world.logs(&self.node, &self.pod, name, newer).unwrap_or_default();
        let new = lines.iter().skip(self.shown).fold(String::new(), |all, line| all + &line.text + "\n");
        self.shown = self.shown.max(lines.len());
        (if mine.is_some() { new } else { String::new() }, runs && !newer)
    }
}

/// What is printed next, and whether the command goes on.
pub(super) fn step(follow: &mut Follow, console: &mut Console, world: &mut World) -> (Reply, bool) {
    match follow {
        Follow::Journal { node, next } => {
            let records = world.records_since(node, *next).unwrap_or_default();
            *next = records.last().map_or(*next, |record| record.seq + 1);
            (Reply::out(commands::journal_lines(world, node, &records)), true)
        }
        Follow::Logs(logs) => {
            let (text, goes_on) = logs.step(world);
            (Reply::out(text), goes_on)
        }
        Follow::Kubeadm(job) => commands::go_on(job, console, world),
        Follow::Kubectl(waiting) => commands::wait(waiting, console, world),
    }
}
