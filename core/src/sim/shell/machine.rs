//! A process that stops where it waits and goes on when its time has come.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use super::{
    Io, Listening, Program, Signal,
    commands::{Effect, Then},
    output::Targets,
    parse::{Op, Simple},
};
use crate::{small::SmallMap, time::Time};

/// Steps that a process may take without any time passing.
const BUDGET: u32 = 10_000;
const MAX_JOBS: usize = 16;
const MAX_NESTING: u32 = 8;
/// How many bytes of memory a process takes in a second when it takes all it can get.
const GROWTH: u64 = 256 << 20;
/// How long a server takes to end once it was asked to.
const SERVER_STOP: Duration = Duration::from_millis(60);

/// A shell's variables.
pub(super) type Vars = SmallMap<Arc<str>, Arc<str>>;

/// A shell, or the one program it became.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Machine {
    frames: Vec<Frame>,
    block: Block,
    /// The shell was replaced by what it waits for: signals go there.
    replaced: bool,
    exec_next: bool,
    ended: Option<i32>,
    /// It, or one of its jobs, was killed because it wanted more memory than there is.
    out_of_memory: bool,
    traps: SmallMap<Option<Signal>, Trap>,
    pending: VecDeque<Signal>,
    loops: Vec<VecDeque<String>>,
    pub(super) pipes: Vec<String>,
    pub(super) stdin: Option<String>,
    nesting: u32,
    pub(super) vars: Vars,
    pub(super) args: Vec<String>,
    pub(super) status: i32,
    pub(super) pid: u32,
    pub(super) jobs: Vec<Machine>,
    next_pid: u32,
    pub(super) cwd: String,
    listens: Option<Listening>,
}

#[derive(Clone, Debug)]
struct Frame {
    program: Arc<Program>,
    at: usize,
    end: usize,
    /// `exit` leaves only this frame: it stands for another shell.
    shell: bool,
    /// The status to restore when a trap has run.
    status: Option<i32>,
}

/// What a process waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Ready,
    Until(Time),
    /// A server: its exit code when asked to end, if it listens.
    Server(Option<i32>),
    /// Background jobs, or one of them.
    Jobs(Option<u32>),
    /// Computing for ever.
    Spinning,
    /// Taking memory until there is no more.
    Growing(Time),
    Dying(Time, i32),
}

#[derive(Clone, Debug)]
pub(super) enum Trap {
    Ignore,
    Run(Arc<Program>),
}

impl Machine {
    /// A process that will run `argv`.
    pub(in crate::sim) fn spawn(argv: &[String], env: &[(Arc<str>, Arc<str>)], pid: u32, cwd: &str) -> Self {
        Self {
            frames: Vec::new(),
            block: Block::Ready,
            replaced: true,
            exec_next: false,
            ended: None,
            out_of_memory: false,
            traps: SmallMap::default(),
            pending: VecDeque::new(),
            loops: Vec::new(),
            pipes: Vec::new(),
            stdin: None,
            nesting: 0,
            vars: env.iter().cloned().collect(),
            args: argv.to_vec(),
            status: 0,
            pid,
            jobs: Vec::new(),
            next_pid: pid + 1,
            cwd: cwd.to_owned(),
            listens: None,
        }
    }

    /// Begins to run what it was made from.
    pub(in crate::sim) fn start(&mut self, io: &mut Io<'_>) {
        let argv = std::mem::take(&mut self.args);
        let effect = self.call(&argv, io);
        self.take(effect, &Targets::default(), io);
        if !self.frames.is_empty() {
            self.replaced = false;
        }
        self.advance(io);
    }

    pub(in crate::sim) fn ended(&self) -> Option<i32> {
        self.ended
    }

    /// Whether it, or one of its jobs, was killed because it wanted more memory than there is.
    pub(in crate::sim) fn ran_out_of_memory(&self) -> bool {
        self.out_of_memory || self.jobs.iter().any(Self::ran_out_of_memory)
    }

    /// The servers in it that answer on a port.
    pub(in crate::sim) fn listening(&self, port: u16) -> Option<&Listening> {
        let own =
            self.listens.as_ref().filter(|_| self.ended.is_none() && matches!(self.block, Block::Server(_)));
        own.filter(|it| it.port == port).or_else(|| self.jobs.iter().find_map(|job| job.listening(port)))
    }

    /// Whether it answers on some port.
    pub(in crate::sim) fn serves(&self) -> bool {
        let own = self.listens.is_some() && self.ended.is_none() && matches!(self.block, Block::Server(_));
        own || self.jobs.iter().any(Self::serves)
    }

    /// When it goes on by itself.
    pub(in crate::sim) fn next_at(&self) -> Option<Time> {
        if self.ended.is_some() {
            return None;
        }
        let own = match self.block {
            Block::Ready => Some(Time::ZERO),
            Block::Until(at) | Block::Dying(at, _) | Block::Growing(at) => Some(at),
            Block::Server(_) | Block::Jobs(_) | Block::Spinning => None,
        };
        self.jobs.iter().filter_map(Self::next_at).chain(own).min()
    }

    /// Runs until it waits for something.
    pub(in crate::sim) fn advance(&mut self, io: &mut Io<'_>) {
        for job in &mut self.jobs {
            job.advance(io);
        }
        let mut budget = BUDGET;
        while self.ended.is_none() && self.unblock(io) {
            if let Some(signal) = self.pending.pop_front() {
                self.run_trap(Some(signal));
            }
            if budget == 0 {
                self.block = Block::Spinning;
                return;
            }
            budget -= 1;
            self.step(io);
        }
    }

    /// Delivers a signal.
    pub(in crate::sim) fn signal(&mut self, signal: Signal, io: &mut Io<'_>) {
        if self.ended.is_some() {
            return;
        }
        let deadly = 128 + signal.number();
        if signal == Signal::Kill {
            self.end(deadly, io);
            return;
        }
        if self.replaced {
            match self.block {
                Block::Server(Some(code)) if matches!(signal, Signal::Term | Signal::Int | Signal::Quit) => {
                    self.block = Block::Dying(io.now + SERVER_STOP, code);
                }
                Block::Dying(..) => {}
                _ if self.pid == 1 => {}
                _ => self.end(deadly, io),
            }
            return;
        }
        match self.traps.get(&Some(signal)) {
            Some(Trap::Ignore) => {}
            Some(Trap::Run(_)) => {
                self.pending.push_back(signal);
                self.advance(io);
            }
            None if self.pid == 1 => {}
            None => self.end(deadly, io),
        }
    }

    /// Whether the next step can be taken.
    fn unblock(&mut self, io: &mut Io<'_>) -> bool {
        let interrupted = !self.pending.is_empty();
        match self.block {
            Block::Ready => {}
            Block::Until(at) if at <= io.now => self.resume(0, io),
            Block::Dying(at, code) if at <= io.now => self.end(code, io),
            Block::Growing(at) if at <= io.now => {
                self.out_of_memory = true;
                self.resume(128 + Signal::Kill.number(), io);
            }
            Block::Jobs(pid) => {
                let waited = |job: &&Self| pid.is_none_or(|pid| pid == job.pid);
                let left = self.jobs.iter().filter(waited).any(|job| job.ended.is_none());
                let status = pid.and_then(|_| self.jobs.iter().find(waited)?.ended).unwrap_or(0);
                match (left, self.pending.front()) {
                    (false, _) => self.resume(status, io),
                    (true, Some(signal)) => self.resume(128 + signal.number(), io),
                    (true, None) => return false,
                }
            }
            Block::Spinning if interrupted => self.block = Block::Ready,
            Block::Until(_) | Block::Dying(..) | Block::Server(_) | Block::Spinning | Block::Growing(_) => {
                return false;
            }
        }
        self.ended.is_none()
    }

    fn resume(&mut self, status: i32, io: &mut Io<'_>) {
        self.block = Block::Ready;
        self.status = status;
        if self.replaced {
            self.end(status, io);
        }
    }

    fn step(&mut self, io: &mut Io<'_>) {
        let Some(frame) = self.frames.last_mut() else {
            return self.exit(self.status, io);
        };
        if frame.at >= frame.end {
            let status = frame.status;
            self.frames.pop();
            self.status = status.unwrap_or(self.status);
            return;
        }
        let at = frame.at;
        frame.at += 1;
        let program = Arc::clone(&frame.program);
        let Some(op) = program.ops.get(at) else { return };
        match op {
            Op::Run(simple) => self.run(simple, io),
            Op::Jump(to) => self.jump(*to),
            Op::JumpIfFailed(to) if self.status != 0 => self.jump(*to),
            Op::JumpIfOk(to) if self.status == 0 => self.jump(*to),
            Op::Nop | Op::JumpIfFailed(_) | Op::JumpIfOk(_) => {}
            Op::Not => self.status = i32::from(self.status == 0),
            Op::Succeed => self.status = 0,
            Op::Background(end) => {
                self.out_of_memory = self.ran_out_of_memory();
                self.jobs.retain(|job| job.ended.is_none());
                if let Some(mut job) = self.child(&program, at + 1, *end) {
                    self.next_pid += 1;
                    job.advance(io);
                    self.jobs.reserve_exact(1);
                    self.jobs.push(job);
                }
                self.status = 0;
                self.jump(*end);
            }
            Op::PipeInto => self.capture(),
            Op::PipeOn { last } => {
                self.stdin = Some(self.captured());
                if !last {
                    self.capture();
                }
            }
            Op::ForStart(words) => {
                let fields = self.fields(words, io);
                self.loops.push(fields.into());
            }
            Op::ForNext(name, end) => {
                if let Some(value) = self.loops.last_mut().and_then(VecDeque::pop_front) {
                    self.vars.insert(name.as_str().into(), value.into());
                } else {
                    self.loops.pop();
                    self.status = 0;
                    self.jump(*end);
                }
            }
            Op::ForDrop => {
                self.loops.pop();
            }
        }
    }

    fn jump(&mut self, to: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at = to;
        }
    }

    fn run(&mut self, simple: &Simple, io: &mut Io<'_>) {
        let fields = self.fields(&simple.words, io);
        for (name, word) in &simple.assigns {
            let value = self.text(word, io);
            self.vars.insert(name.as_str().into(), value.into());
        }
        let (targets, opened) = match self.redirect(&simple.redirects, io) {
            Ok(targets) => (targets, Ok(())),
            Err(text) => (Targets::default(), Err(text)),
        };
        let effect = match opened {
            Ok(()) if fields.is_empty() => Effect::status(0),
            Ok(()) => self.call(&fields, io),
            Err(text) => Effect::err(1, text),
        };
        self.take(effect, &targets, io);
    }

    /// Does what a command came to: its output, its status, its wait.
    fn take(&mut self, effect: Effect, targets: &Targets, io: &mut Io<'_>) {
        self.route(&effect, targets, io);
        self.status = effect.status;
        self.stdin = None;
        if std::mem::take(&mut self.exec_next) && !matches!(effect.then, Then::Run(_)) {
            self.replaced = true;
        }
        match effect.then {
            Then::GoOn if self.replaced => self.end(effect.status, io),
            Then::GoOn => {}
            Then::Sleep(time) => self.block = Block::Until(io.now + time),
            Then::Serve { stops_with, listens } => {
                self.block = Block::Server(stops_with);
                self.listens = listens;
            }
            Then::Wait(pid) => self.block = Block::Jobs(pid),
            // Where nothing limits it, it takes the machine's, of which a simulated one has no end.
            Then::Grow => {
                let end = |limit| io.now + Duration::from_millis(limit * 1000 / GROWTH);
                self.block = io
                    .spec
                    .resources
                    .memory_limit
                    .map_or(Block::Spinning, |limit| Block::Growing(end(limit)));
            }
            Then::Exit(code) => self.exit(code, io),
            Then::Run(program) => self.enter(program, true, None),
            Then::Exec(argv) => {
                self.exec_next = true;
                let effect = self.call(&argv, io);
                self.take(effect, targets, io);
            }
        }
    }

    pub(super) fn set_trap(&mut self, signal: Option<Signal>, trap: Option<Trap>) {
        if let Some(trap) = trap {
            self.traps.insert(signal, trap);
        } else {
            self.traps.remove(&signal);
        }
    }

    fn run_trap(&mut self, signal: Option<Signal>) {
        if let Some(Trap::Run(program)) = self.traps.get(&signal).cloned() {
            let status = self.status;
            self.enter(program, false, Some(status));
        }
    }

    fn enter(&mut self, program: Arc<Program>, shell: bool, status: Option<i32>) {
        let end = program.ops.len();
        // One command and nothing else: a shell becomes it.
        self.exec_next = shell && self.frames.is_empty() && end == 3;
        self.replaced = false;
        self.frames.reserve_exact(1);
        self.frames.push(Frame { program, at: 0, end, shell, status });
    }

    fn exit(&mut self, code: i32, io: &mut Io<'_>) {
        if let Some(n) = self.frames.iter().rposition(|frame| frame.shell).filter(|n| *n > 0) {
            self.frames.truncate(n);
            self.status = code;
            return;
        }
        self.frames.clear();
        if matches!(self.traps.get(&None), Some(Trap::Run(_))) {
            self.run_trap(None);
            self.traps = SmallMap::default();
            if let Some(frame) = self.frames.last_mut() {
                frame.status = Some(code);
            }
            return;
        }
        self.end(code, io);
    }

    fn end(&mut self, code: i32, io: &mut Io<'_>) {
        self.ended = Some(code);
        self.frames.clear();
        self.out_of_memory = self.ran_out_of_memory();
        self.jobs.clear();
        io.log.flush(io.now);
    }

    /// A copy of this shell that runs a part of a program beside it.
    pub(super) fn child(&self, program: &Arc<Program>, at: usize, end: usize) -> Option<Self> {
        if self.jobs.len() >= MAX_JOBS || self.nesting >= MAX_NESTING {
            return None;
        }
        let frame = Frame { program: Arc::clone(program), at, end, shell: true, status: None };
        let mut child = Self::spawn(&self.args, &[], self.next_pid, &self.cwd);
        child.frames = vec![frame];
        child.replaced = false;
        child.nesting = self.nesting + 1;
        child.vars = self.vars.clone();
        child.status = self.status;
        Some(child)
    }

    pub(super) fn capture(&mut self) {
        self.pipes.push(String::new());
    }

    pub(super) fn captured(&mut self) -> String {
        self.pipes.pop().unwrap_or_default()
    }
}
