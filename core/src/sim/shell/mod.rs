//! A process: a small interpreter of shell scripts and common commands in virtual time.
//!
//! It is **not** a shell to write programs for: no functions, no `case`, no job control, pipes only of commands that end at once. What it
//! does know behaves as in a container: process 1 ignores signals it has no handler for, a trap runs only when the foreground command has
//! ended, `wait` is interrupted. A script that computes without ever sleeping is left spinning after a bounded number of steps.

mod arithmetic;
mod commands;
pub(super) mod control_plane;
mod expand;
mod files;
mod identity;
mod lex;
mod listening;
mod machine;
mod output;
mod parse;
mod writers;

use std::{collections::VecDeque, fmt, sync::Arc};

pub(super) use self::{
    commands::missing,
    listening::{Listening, Site},
    machine::Machine,
};
use super::{disk::Disk, disk::Root, images::Image};
use crate::{contract::ContainerSpec, time::Time};

const MAX_DEPTH: u32 = 40;

/// A parsed script.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    ops: Vec<parse::Op>,
}

/// Why a script cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SyntaxError {
    Unexpected(String),
    Unterminated,
    TooDeep,
    NotSimulated,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected(token) => write!(f, "syntax error: unexpected \"{token}\""),
            Self::Unterminated => f.write_str("syntax error: unterminated quoted string or block"),
            Self::TooDeep => f.write_str("syntax error: nested too deeply"),
            Self::NotSimulated => f.write_str("functions and case are not simulated"),
        }
    }
}

/// The scripts that were read last: processes that run the same share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scripts(VecDeque<(Box<str>, Arc<Program>)>);

impl Scripts {
    const KEPT: usize = 16;

    fn read(&mut self, script: &str) -> Result<Arc<Program>, SyntaxError> {
        if let Some((_, program)) = self.0.iter().find(|(text, _)| **text == *script) {
            return Ok(Arc::clone(program));
        }
        let program = Arc::new(parse::program(script, MAX_DEPTH)?);
        if self.0.len() == Self::KEPT {
            self.0.pop_front();
        }
        self.0.push_back((script.into(), Arc::clone(&program)));
        Ok(program)
    }
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// HUP, 1.
    Hup,
    /// INT, 2.
    Int,
    /// QUIT, 3.
    Quit,
    /// KILL, 9.
    Kill,
    /// USR1, 10.
    Usr1,
    /// TERM, 15.
    Term,
}

impl Signal {
    const ALL: [(Self, &'static str, i32); 6] = [
        (Self::Hup, "HUP", 1),
        (Self::Int, "INT", 2),
        (Self::Quit, "QUIT", 3),
        (Self::Kill, "KILL", 9),
        (Self::Usr1, "USR1", 10),
        (Self::Term, "TERM", 15),
    ];

    /// Its number on Linux.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().find(|(signal, ..)| *signal == self).map_or(0, |(.., number)| *number)
    }

    /// The signal of this name or number: `TERM`, `SIGTERM`, `15`.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        Self::ALL
            .iter()
            .find(|(_, n, number)| *n == name || number.to_string() == name)
            .map(|(signal, ..)| *signal)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(signal, ..)| signal == self).map_or("?", |(_, name, _)| name))
    }
}

/// Where a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A line that a container wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Time,
    /// Where.
    pub stream: Stream,
    /// What, without the newline.
    pub text: Arc<str>,
}

/// What a container wrote, newest lines kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    lines: VecDeque<LogLine>,
    partial: [String; 2],
}

impl Log {
    const KEPT: usize = 1000;

    pub(super) fn lines(&self) -> impl Iterator<Item = &LogLine> {
        self.lines.iter()
    }

    pub(super) fn write(&mut self, at: Time, stream: Stream, text: &str) {
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            let start = std::mem::take(&mut self.partial[stream as usize]);
            self.push(at, stream, &format!("{start}{line}"));
            rest = after;
        }
        self.partial[stream as usize].push_str(rest);
    }

    /// Everything in it, as one text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        self.partial.iter().for_each(|rest| text.push_str(rest));
        text
    }

    pub(super) fn flush(&mut self, at: Time) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let rest = std::mem::take(&mut self.partial[stream as usize]);
            if !rest.is_empty() {
                self.push(at, stream, &rest);
            }
        }
    }

    fn push(&mut self, at: Time, stream: Stream, text: &str) {
        if self.lines.len() == Self::KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(LogLine { at, stream, text: text.into() });
    }
}

/// What a process can reach while it runs.
pub(super) struct Io<'a> {
    pub(super) now: Time,
    pub(super) log: &'a mut Log,
    pub(super) disk: &'a mut Disk,
    pub(super) root: &'a Root,
    pub(super) hostname: &'a str,
    pub(super) clock: u64,
    pub(super) image: &'static Image,
    pub(super) spec: &'a ContainerSpec,
}
