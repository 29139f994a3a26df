//! What people type at a terminal, and what they read: text in, text out, over a simulated world.
//!
//! A [`Console`] is logged in on one machine: a node, or the workstation beside them. A line that it is given changes the world only through
//! the world's own inputs, so a recording of the world holds all that came of it. It knows no terminal, no keys and no history, and it is **not** a
//! shell to write programs for: words, quotes, pipes, redirections, `;`, `&&` and here-documents, and the commands of `help`.

mod commands;
mod complete;
mod files;
mod follow;
mod parse;
pub mod print;
mod save;
mod shell;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::save::Save;
use self::{commands::Machine, files::Files, follow::Running};
use crate::{id::NodeName, sim::World};

/// Where commands are typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A machine beside the nodes, with `kubectl` and nothing else.
    Workstation,
    /// A node.
    Node(NodeName),
}

/// What came of a line, or of what it left running.
///
/// A command that goes on says so by [`Effect::Follow`]: ask [`Console::more`] for what it prints as the world moves, as often as you like, until an
/// answer comes without that effect. What stands behind it in the line runs then. Ctrl-C is [`Console::interrupt`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What was printed.
    pub text: String,
    /// The exit code of the last command; of no meaning while it goes on.
    pub code: i32,
    /// What the terminal is to do besides.
    pub effects: Vec<Effect>,
}

/// What a terminal is to do besides printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open an editor with this text; [`Console::save`] takes it back, and [`Console::close`] hears that it is not wanted.
    Edit {
        /// The file's whole path.
        path: String,
        /// What it holds.
        text: String,
    },
    /// Clear the screen.
    Clear,
    /// The command goes on: [`Console::more`] gives what it prints next.
    Follow,
    /// The prompt is another: the person is on another machine.
    Moved,
}

/// A person at a terminal.
#[derive(Clone, Debug)]
pub struct Console {
    /// The machines that the person is logged in on, one through the other.
    path: Vec<Host>,
    /// What each machine has of its own.
    machines: BTreeMap<Host, Machine>,
    running: Option<Running>,
    /// The object that an editor shows, and where.
    edited: Option<commands::Edited>,
}

impl Console {
    /// Somebody who sits at this machine.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self { path: vec![host], machines: BTreeMap::new(), running: None, edited: None }
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

    /// Does what a line says. A here-document is in the same line, after line breaks. What was still running is ended, as by Ctrl-C.
    pub fn run(&mut self, world: &mut World, line: &str) -> Output {
        self.running = None;
        shell::run(self, world, line)
    }

    /// What the command that goes on has printed since it was asked last. Asking in vain is harmless.
    pub fn more(&mut self, world: &mut World) -> Output {
        shell::more(self, world)
    }

    /// Whether a command goes on.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Ctrl-C: the command that goes on ends, and the rest of its line with it.
    pub fn interrupt(&mut self) -> Output {
        let code = if self.running.take().is_some() { 130 } else { 0 };
        Output { text: "^C\n".to_owned(), code, effects: Vec::new() }
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

    /// Hears that an editor was closed without saving.
    pub fn close(&mut self, path: &str) -> Output {
        save::close(self, path)
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
