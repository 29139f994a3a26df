//! One simulated container: what it was made from, what it does, what it wrote.

use std::{sync::Arc, time::Duration};

use super::{
    disk::{Disk, Root},
    images::Image,
    runtime::Exec,
    shell::{Io, Log, Machine, Signal, missing},
};
use crate::{
    contract::{ContainerReport, ContainerSpec, Exit, ExitReason, RunState, last_of_log},
    id::{ActionId, InstanceId},
    time::Time,
};

const START_FAILED: &str = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc \
                            create failed: unable to start container process: ";

#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) instance: InstanceId,
    pub(super) spec: Arc<ContainerSpec>,
    pub(super) sandbox: u32,
    pub(super) runtime_id: Arc<str>,
    pub(super) image: &'static Image,
    pub(super) image_name: Arc<str>,
    pub(super) image_id: Arc<str>,
    pub(super) created: Time,
    pub(super) state: RunState,
    pub(super) log: Log,
    pub(super) hostname: Arc<str>,
    /// Whether its process is process 1 of its own PID namespace.
    pub(super) first_process: bool,
    pub(super) root: Root,
    pub(super) process: Option<Box<Machine>>,
    /// When its process was last scheduled to go on.
    pub(super) wake: Option<Time>,
    /// When its process ended, until that is noticed.
    pub(super) over: Option<Time>,
    /// The stops under way, and when the first of them loses its patience.
    pub(super) stops: Vec<Option<ActionId>>,
    pub(super) deadline: Option<Time>,
    /// Commands that were started in it and have not ended.
    pub(super) execs: Vec<Exec>,
}

/// What the rest of the node lends a process.
pub(super) struct Surroundings<'a> {
    pub(super) disk: &'a mut Disk,
    pub(super) now: Time,
    pub(super) clock: u64,
}

impl Container {
    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, RunState::Running { .. })
    }

    pub(super) fn report(&self) -> ContainerReport {
        ContainerReport {
            instance: self.instance.clone(),
            pod: self.spec.pod.clone(),
            sandbox: self.sandbox,
            runtime_id: Arc::clone(&self.runtime_id),
            image: Arc::clone(&self.image_name),
            image_id: Arc::clone(&self.image_id),
            hash: self.spec.hash,
            grace: self.spec.grace,
            pre_stop: self.spec.pre_stop.clone(),
            created: self.created,
            state: self.state.clone(),
        }
    }

    /// The words of its spec, whoever runs them.
    pub(super) fn words(spec: &ContainerSpec) -> Vec<Arc<str>> {
        spec.command.iter().chain(&spec.args).cloned().collect()
    }

    /// Its whole command: the image's own, where the spec does not say.
    pub(super) fn argv(spec: &ContainerSpec, image: &Image) -> Vec<String> {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let given = |words: &[Arc<str>]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (mut words, args) = match (spec.command.is_empty(), spec.args.is_empty()) {
            (false, _) => (given(&spec.command), given(&spec.args)),
            (true, false) => (own(image.entrypoint), given(&spec.args)),
            (true, true) => (own(image.entrypoint), own(image.cmd)),
        };
        words.extend(args);
        words
    }

    /// Starts its process, or says why it cannot be started; then the container has ended.
    pub(super) fn start(&mut self, around: &mut Surroundings<'_>) -> Result<(), Exit> {
        let argv = Self::argv(&self.spec, self.image);
        let problem = argv
            .first()
            .map_or_else(|| Some("no command specified".to_owned()), |first| missing(first, self.image));
        if let Some(problem) = problem {
            let exit = Exit {
                code: 128,
                reason: ExitReason::StartError,
                started: None,
                finished: around.now,
                message: format!("{START_FAILED}{problem}").into(),
            };
            self.state = RunState::Exited(exit.clone());
            return Err(exit);
        }
        let env = self.env();
        let pid = if self.first_process { 1 } else { 7 };
        let cwd = self.spec.working_dir.as_deref().unwrap_or("/");
        self.process = Some(Box::new(Machine::spawn(&argv, &env, pid, cwd)));
        self.state = RunState::Running { since: around.now };
        self.with_process(around, Machine::start);
        Ok(())
    }

    /// Starts another process in it.
    pub(super) fn exec(
        &self,
        argv: &[String],
        around: &mut Surroundings<'_>,
    ) -> Result<(Box<Machine>, Log), String> {
        let problem = argv
            .first()
            .map_or_else(|| Some("no command specified".to_owned()), |first| missing(first, self.image));
        if let Some(problem) = problem {
            return Err(problem);
        }
        let cwd = self.spec.working_dir.as_deref().unwrap_or("/");
        let mut process = Box::new(Machine::spawn(argv, &self.env(), 40, cwd));
        let mut log = Log::default();
        process.start(&mut self.io(&mut log, around));
        Ok((process, log))
    }

    /// Lets its other processes go on. Gives those that are over with their exit code, or none when they have taken too long.
    pub(super) fn advance_execs(&mut self, around: &mut Surroundings<'_>) -> Vec<(Exec, Option<i32>)> {
        let mut over = Vec::new();
        for mut exec in std::mem::take(&mut self.execs) {
            exec.process.advance(&mut self.io(&mut exec.log, around));
            match exec.process.ended() {
                Some(code) => over.push((exec, Some(code))),
                None if exec.until.is_some_and(|until| until <= around.now) => over.push((exec, None)),
                None => self.execs.push(exec),
            }
        }
        over
    }

    fn env(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let mut env: Vec<(Arc<str>, Arc<str>)> = vec![
            ("PATH".into(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into()),
            ("HOSTNAME".into(), Arc::clone(&self.hostname)),
            ("HOME".into(), "/root".into()),
        ];
        env.extend(self.spec.env.iter().cloned());
        env
    }

    fn io<'a>(&'a self, log: &'a mut Log, around: &'a mut Surroundings<'_>) -> Io<'a> {
        Io {
            now: around.now,
            log,
            disk: around.disk,
            root: &self.root,
            hostname: &self.hostname,
            clock: around.clock,
            image: self.image,
            spec: &self.spec,
        }
    }

    pub(super) fn advance(&mut self, around: &mut Surroundings<'_>) {
        self.with_process(around, Machine::advance);
    }

    pub(super) fn signal(&mut self, signal: Signal, around: &mut Surroundings<'_>) {
        self.with_process(around, |process, io| process.signal(signal, io));
    }

    /// The code its process ended with, once it has.
    pub(super) fn ended(&self) -> Option<i32> {
        self.process.as_ref()?.ended()
    }

    /// Why its process ended with this code.
    pub(super) fn reason(&self, code: i32) -> ExitReason {
        let killed = self.process.as_ref().is_some_and(|process| process.ran_out_of_memory());
        if killed { ExitReason::OomKilled } else { reason_of(code) }
    }

    /// Notes that it has ended.
    pub(super) fn end(&mut self, code: i32, reason: ExitReason, around: &Surroundings<'_>) -> Exit {
        let started = match &self.state {
            RunState::Running { since } => Some(*since),
            RunState::Created | RunState::Exited(_) | RunState::Unknown => None,
        };
        self.log.flush(around.now);
        let message = around.disk.read(&self.root, &self.spec.termination_message_path).unwrap_or_default();
        let message = match message {
            "" if self.spec.log_is_message && code != 0 => last_of_log(&self.log.text()).into(),
            message => message.into(),
        };
        let finished = self.over.take().unwrap_or(around.now);
        let exit = Exit { code, reason, started, finished, message };
        self.state = RunState::Exited(exit.clone());
        (self.process, self.wake, self.deadline) = (None, None, None);
        exit
    }

    fn with_process(&mut self, around: &mut Surroundings<'_>, run: impl FnOnce(&mut Machine, &mut Io<'_>)) {
        let Some(process) = self.process.as_mut() else { return };
        let mut io = Io {
            now: around.now,
            log: &mut self.log,
            disk: around.disk,
            root: &self.root,
            hostname: &self.hostname,
            clock: around.clock,
            image: self.image,
            spec: &self.spec,
        };
        run(process, &mut io);
    }
}

/// Why a container that ended with this code did.
pub(super) fn reason_of(code: i32) -> ExitReason {
    if code == 0 { ExitReason::Completed } else { ExitReason::Error }
}

/// How long until a container's process notices that it was asked to end.
pub(super) const STOP_LATENCY: Duration = Duration::from_millis(15);
