//! What people type at a terminal, and what they read: text in, text out, over a simulated world.
//!
//! A [`Console`] is logged in on one machine: a node, or the workstation beside them. A line that it is given changes the world only through
//! the world's own inputs, so a recording of the world holds all that came of it. It knows no terminal, no keys and no history, and it is **not** a
//! shell to write programs for: words, quotes, pipes, redirections, `;`, `&&` and here-documents, and the commands of `help`.

mod commands;
mod complete;
mod files;
mod parse;
pub mod print;
mod save;
mod shell;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

pub use self::save::Save;
use self::{commands::Machine, files::Files};
use crate::{id::NodeName, sim::World};

/// Where commands are typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A machine beside the nodes, with `kubectl` and nothing else.
    Workstation,
    /// A node.
    Node(NodeName),
}

/// What came of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What was printed.
    pub text: String,
    /// The exit code of the last command.
    pub code: i32,
    /// What the terminal is to do besides.
    pub effects: Vec<Effect>,
}

/// What a terminal is to do besides printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open an editor with this text; [`Console::save`] takes it back.
    Edit {
        /// The file's whole path.
        path: String,
        /// What it holds.
        text: String,
    },
    /// Clear the screen.
    Clear,
    /// Go on printing what [`Console::more`] gives, until the person has enough.
    Follow,
    /// The prompt is another: the person is on another machine.
    Moved,
}

/// Something whose new lines are printed as they come.
#[derive(Clone, Debug)]
enum Follow {
    /// The kubelet's log of a node, from a record on.
    Journal { node: NodeName, next: u64 },
    /// What a container writes, after so many lines.
    Logs { node: NodeName, pod: Arc<str>, container: Arc<str>, shown: usize },
}

/// A person at a terminal.
#[derive(Clone, Debug)]
pub struct Console {
    /// The machines that the person is logged in on, one through the other.
    path: Vec<Host>,
    /// What each machine has of its own.
    machines: BTreeMap<Host, Machine>,
    follow: Option<Follow>,
}

impl Console {
    /// Somebody who sits at this machine.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self { path: vec![host], machines: BTreeMap::new(), follow: None }
    }

    /// The machine that the person is logged in on.
    #[must_use]
    pub fn host(&self) -> &Host {
        self.path.last().unwrap_or(&Host::Workstation)
    }

    /// What stands before the cursor.
    #[must_use]
    pub fn prompt(&self) -> String {
        let place = self.machines.get(self.host()).map_or("/root", |machine| machine.cwd.as_str());
        let place = if place == "/root" { "~" } else { place };
        match self.host() {
            Host::Workstation => format!("you@workstation:{place}$ "),
            Host::Node(node) => format!("root@{node}:{place}# "),
        }
    }

    /// Does what a line says. A here-document is in the same line, after line breaks.
    pub fn run(&mut self, world: &mut World, line: &str) -> Output {
        self.follow = None;
        shell::run(self, world, line)
    }

    /// The new lines of what is followed.
    pub fn more(&mut self, world: &World) -> String {
        match &mut self.follow {
            None => String::new(),
            Some(Follow::Journal { node, next }) => {
                let records = world.records_since(node, *next).unwrap_or_default();
                *next = records.last().map_or(*next, |record| record.seq + 1);
                commands::journal_lines(world, node, &records)
            }
            Some(Follow::Logs { node, pod, container, shown }) => {
                let lines = world.logs(node, pod, container, false).unwrap_or_default();
                // Another instance begins from its own first line.
                let from = if lines.len() < *shown { 0 } else { *shown };
                *shown = lines.len();
                lines.iter().skip(from).fold(String::new(), |all, line| all + &line.text + "\n")
            }
        }
    }

    /// What the last word of a line could become.
    #[must_use]
    pub fn complete(&mut self, world: &mut World, line: &str) -> Vec<String> {
        complete::complete(self, world, line)
    }

    /// Takes back the text of an editor that [`Effect::Edit`] opened.
    pub fn save(&mut self, world: &mut World, path: &str, text: &str, how: Save) -> Output {
        save::save(self, world, path, text, how)
    }

    fn machine(&mut self) -> &mut Machine {
        let host = self.host().clone();
        self.machines.entry(host).or_default()
    }

    /// The files of the machine that the person is on.
    fn files<'a>(&'a mut self, world: &'a mut World) -> Files<'a> {
        let host = self.host().clone();
        let machine = self.machines.entry(host.clone()).or_default();
        Files::new(host, machine, world)
    }
}
