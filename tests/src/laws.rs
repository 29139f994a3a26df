//! The laws of drivers: what everyone who executes the core's actions owes it, simulator and real engine alike.
//!
//! A [`Bench`] is a driver with its runtime, seen from the core's side. Each of [`LAWS`] takes a fresh one and panics when it is broken.

#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a law that is broken is a failed test"
)]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use standfast_core::{
    contract::{
        Action, Cause, Check, ContainerSpec, Event, Exit, Failure, HookKind, Hooked, Namespaces, Outcome,
        Planned, Resources, RunState, RuntimeState, SandboxSpec, SandboxState, Security,
    },
    id::{ActionId, InstanceId, PodRef, SandboxId},
};

/// A driver and its runtime.
pub trait Bench {
    /// Begins to do what was planned.
    fn execute(&mut self, planned: Planned);

    /// The next event; `None` when none came within this time.
    fn next_event(&mut self, within: Duration) -> Option<Event>;

    /// Kills the driver, whatever it is doing, and starts another on the same runtime.
    fn restart(&mut self);

    /// An image that is on the node and has `sh` and `sleep`.
    fn image(&self) -> &str;

    /// A pod that nobody else uses.
    fn pod(&self) -> PodRef;
}

/// A law and its name.
pub type Law = (&'static str, fn(&mut dyn Bench));

/// All laws.
pub const LAWS: &[Law] = &[
    ("every action gets exactly one answer", every_action_gets_exactly_one_answer),
    ("a hook is run and told", a_hook_is_run_and_told),
    ("created, running, exited come in order", created_running_exited_come_in_order),
    ("stopping an exited container is done", stopping_an_exited_container_is_done),
    ("removing twice is done", removing_twice_is_done),
    ("an unknown image is not found", an_unknown_image_is_not_found),
    ("a list agrees with the edges once quiet", a_list_agrees_with_the_edges_once_quiet),
    ("a grace that runs out kills", a_grace_that_runs_out_kills),
    (
        "a second stop with a shorter grace is answered too",
        a_second_stop_with_a_shorter_grace_is_answered_too,
    ),
    ("stopping a sandbox ends what runs in it", stopping_a_sandbox_ends_what_runs_in_it),
    ("what is not there cannot be started", what_is_not_there_cannot_be_started),
    ("a killed driver loses and duplicates nothing", a_killed_driver_loses_and_duplicates_nothing),
];

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// After so long without an event all is quiet.
const QUIET: Duration = Duration::from_secs(3);

/// Everything that was done and heard, in order.
struct Rig<'a> {
    bench: &'a mut dyn Bench,
    next: u64,
    events: Vec<Event>,
}

impl<'a> Rig<'a> {
    fn new(bench: &'a mut dyn Bench) -> Self {
        Self { bench, next: 0, events: Vec::new() }
    }

    fn begin(&mut self, action: Action) -> ActionId {
        self.next += 1;
        let id = ActionId(self.next);
        self.bench.execute(Planned { id, action, because: Cause::ContainerMissing });
        id
    }

    fn answer(&mut self, asked: ActionId) -> Outcome {
        loop {
            let answered = self.events.iter().find_map(|event| match event {
                Event::Finished { id, outcome } if *id == asked => Some(outcome.clone()),
                _ => None,
            });
            if let Some(outcome) = answered {
                return outcome;
            }
            let event = self.bench.next_event(PATIENCE).unwrap_or_else(|| panic!("{asked} was not answered"));
            self.events.push(event);
        }
    }

    fn act(&mut self, action: Action) -> Outcome {
        let id = self.begin(action);
        self.answer(id)
    }

    fn until_quiet(&mut self) {
        while let Some(event) = self.bench.next_event(QUIET) {
            self.events.push(event);
        }
    }

    fn exit_of(&mut self, instance: &InstanceId) -> Exit {
        loop {
            if let Some(exit) = self.exits().remove(instance) {
                return exit;
            }
            let event = self.bench.next_event(PATIENCE).unwrap_or_else(|| panic!("{instance} did not end"));
            self.events.push(event);
        }
    }

    fn exits(&self) -> BTreeMap<InstanceId, Exit> {
        let exits = self.events.iter().filter_map(|event| match event {
            Event::Exited { instance, exit } => Some((instance.clone(), exit.clone())),
            _ => None,
        });
        exits.collect()
    }

    fn list(&mut self) -> RuntimeState {
        match self.act(Action::ListRuntime) {
            Outcome::Runtime(mut state) => {
                let pod = self.bench.pod();
                state.sandboxes.retain(|it| it.pod.uid == pod.uid);
                state.containers.retain(|it| it.pod.uid == pod.uid);
                state
            }
            other => panic!("a list was asked for: {other:?}"),
        }
    }

    fn sandbox(&self) -> SandboxId {
        SandboxId { pod: self.bench.pod().uid.clone(), attempt: 0 }
    }

    fn instance(&self, container: &str, attempt: u32) -> InstanceId {
        InstanceId { pod: self.bench.pod().uid.clone(), container: container.into(), attempt }
    }

    fn make_sandbox(&mut self) {
        let spec = SandboxSpec {
            pod: self.bench.pod(),
            labels: Vec::new(),
            hostname: "law".into(),
            namespaces: Namespaces::default(),
            ports: Vec::new(),
            dns: None,
            host_aliases: Vec::new(),
            sysctls: Vec::new(),
        };
        let outcome = self.act(Action::CreateSandbox { sandbox: self.sandbox(), spec: Arc::new(spec) });
        assert!(matches!(outcome, Outcome::SandboxReady { .. }), "{outcome:?}");
    }

    fn create(&self, instance: &InstanceId, script: &str) -> Action {
        let spec = ContainerSpec {
            pod: self.bench.pod(),
            name: instance.container.clone(),
            image: self.bench.image().into(),
            image_id: "".into(),
            command: ["sh", "-c", script].map(Arc::from).to_vec(),
            args: Vec::new(),
            env: Vec::new(),
            working_dir: None,
            mounts: Vec::new(),
            resources: Resources::default(),
            security: Security::default(),
            stdin: false,
            tty: false,
            termination_message_path: "/dev/termination-log".into(),
            log_is_message: false,
            hash: 42,
            grace: Duration::from_secs(5),
            pre_stop: None,
        };
        Action::CreateContainer { instance: instance.clone(), sandbox: self.sandbox(), spec: Arc::new(spec) }
    }

    fn run(&mut self, instance: &InstanceId, script: &str) {
        let created = self.act(self.create(instance, script));
        assert!(matches!(created, Outcome::Created { .. }), "{created:?}");
        let started = self.act(Action::StartContainer { instance: instance.clone() });
        assert!(matches!(started, Outcome::Started { .. }), "{started:?}");
    }
}

const LISTENS: &str = "trap 'exit 0' TERM; sleep 1000 & wait";
const DEAF: &str = "trap '' TERM; sleep 1000 & wait";

/// Whether it works or fails, an action is answered once, and nothing else is answered.
pub fn every_action_gets_exactly_one_answer(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let instance = rig.instance("main", 0);
    rig.run(&instance, LISTENS);
    let nobody = rig.instance("nobody", 0);
    let sandbox = rig.sandbox();
    let image = rig.bench.image().into();
    for action in [
        Action::ListRuntime,
        Action::InspectImage { image },
        Action::StartContainer { instance: nobody.clone() },
        Action::StopContainer { instance: nobody, grace: QUIET },
        Action::StopContainer { instance: instance.clone(), grace: QUIET },
        Action::StopContainer { instance: instance.clone(), grace: QUIET },
    ] {
        rig.begin(action);
    }
    for id in 1..=rig.next {
        rig.answer(ActionId(id));
    }
    rig.act(Action::RemoveContainer { instance });
    rig.act(Action::StopSandbox { sandbox: sandbox.clone() });
    rig.act(Action::RemoveSandbox { sandbox });
    rig.until_quiet();
    let mut answers: BTreeMap<ActionId, u32> = BTreeMap::new();
    for event in &rig.events {
        if let Event::Finished { id, .. } = event {
            *answers.entry(*id).or_default() += 1;
        }
    }
    let wanted: BTreeMap<ActionId, u32> = (1..=rig.next).map(|id| (ActionId(id), 1)).collect();
    assert_eq!(answers, wanted);
}

/// A hook runs beside the container's process, may take its time, and its code and words are told; without a running container it fails.
pub fn a_hook_is_run_and_told(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let instance = rig.instance("main", 0);
    rig.run(&instance, LISTENS);
    let hook = |script: &str, patience: Option<Duration>| Action::RunHook {
        instance: instance.clone(),
        kind: HookKind::PreStop,
        check: Box::new(Check::Exec { command: ["sh", "-c", script].map(Arc::from).to_vec() }),
        patience,
    };
    assert_eq!(rig.act(hook("sleep 1", None)), Outcome::Hooked(Hooked::Success));
    let command = ["sh", "-c", "echo no; exit 7"].map(Arc::from);
    let failed = Hooked::exited(&command, 7, "no\n".into());
    assert_eq!(rig.act(hook("echo no; exit 7", Some(QUIET))), Outcome::Hooked(failed));
    // One that outlasts its container is answered when that ends.
    let slow = rig.begin(hook("sleep 1000", Some(Duration::from_mins(1))));
    rig.act(Action::StopContainer { instance: instance.clone(), grace: QUIET });
    let outcome = rig.answer(slow);
    assert!(matches!(outcome, Outcome::Hooked(Hooked::Failure { .. })), "{outcome:?}");
    let late = rig.act(hook("true", None));
    assert!(matches!(late, Outcome::Hooked(Hooked::Failure { .. })), "{late:?}");
}

/// A list never shows a container further back than an answer or a hint has said.
pub fn created_running_exited_come_in_order(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let instance = rig.instance("main", 0);
    let created = rig.act(rig.create(&instance, "sleep 1; exit 3"));
    assert!(matches!(created, Outcome::Created { .. }), "{created:?}");
    let state = |rig: &mut Rig<'_>| rig.list().containers.into_iter().map(|it| it.state).collect::<Vec<_>>();
    assert_eq!(state(&mut rig), [RunState::Created]);
    let started = rig.act(Action::StartContainer { instance: instance.clone() });
    let Outcome::Started { at } = started else { panic!("{started:?}") };
    let exit = rig.exit_of(&instance);
    assert_eq!((exit.code, exit.started), (3, Some(at)));
    assert!(exit.finished >= at, "{exit:?}");
    assert_eq!(state(&mut rig), [RunState::Exited(exit)]);
}

/// And so is stopping one that was never started.
pub fn stopping_an_exited_container_is_done(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let instance = rig.instance("main", 0);
    rig.run(&instance, "exit 0");
    rig.exit_of(&instance);
    assert_eq!(rig.act(Action::StopContainer { instance, grace: QUIET }), Outcome::Done);
    let unstarted = rig.instance("unstarted", 0);
    rig.act(rig.create(&unstarted, "exit 0"));
    assert_eq!(rig.act(Action::StopContainer { instance: unstarted, grace: QUIET }), Outcome::Done);
}

/// What is gone stays gone, however often it is removed.
pub fn removing_twice_is_done(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let (instance, sandbox, pod) = (rig.instance("main", 0), rig.sandbox(), rig.bench.pod().uid.clone());
    rig.run(&instance, "exit 0");
    rig.exit_of(&instance);
    for _ in 0..2 {
        assert_eq!(rig.act(Action::RemoveContainer { instance: instance.clone() }), Outcome::Done);
    }
    for _ in 0..2 {
        assert_eq!(rig.act(Action::StopSandbox { sandbox: sandbox.clone() }), Outcome::Done);
    }
    for _ in 0..2 {
        assert_eq!(rig.act(Action::RemoveSandbox { sandbox: sandbox.clone() }), Outcome::Done);
        assert_eq!(rig.act(Action::RemovePodData { pod: pod.clone() }), Outcome::Done);
    }
    let state = rig.list();
    assert!(state.sandboxes.is_empty() && state.containers.is_empty(), "{state:?}");
}

/// Looking for it is no failure; fetching it is.
pub fn an_unknown_image_is_not_found(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    let image: Arc<str> = "127.0.0.1:1/standfast/no-such-image:1".into();
    assert_eq!(rig.act(Action::InspectImage { image: Arc::clone(&image) }), Outcome::Image(None));
    let pulled = rig.act(Action::PullImage { image });
    assert!(matches!(pulled, Outcome::Failed(Failure::ImageNotFound(_))), "{pulled:?}");
}

/// Every end that was told is in the list, and the other way round.
pub fn a_list_agrees_with_the_edges_once_quiet(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    for (name, script) in
        [("a", "exit 0"), ("b", "sleep 1; exit 7"), ("c", LISTENS), ("d", "kill -9 $$; sleep 1; exit 9")]
    {
        let instance = rig.instance(name, 0);
        rig.run(&instance, script);
    }
    rig.until_quiet();
    let edges = rig.exits();
    let state = rig.list();
    let listed: BTreeMap<InstanceId, Exit> = state
        .containers
        .iter()
        .filter_map(|it| match &it.state {
            RunState::Exited(exit) => Some((it.instance.clone(), exit.clone())),
            RunState::Created | RunState::Running { .. } | RunState::Unknown => None,
        })
        .collect();
    assert_eq!(listed, edges);
    assert_eq!(listed.len(), 3, "{state:?}");
    assert!(
        state.containers.iter().all(|it| it.hash == 42 && it.grace == Duration::from_secs(5)),
        "{state:?}"
    );
    assert_eq!(state.sandboxes.iter().map(|it| it.state).collect::<Vec<_>>(), [SandboxState::Ready]);
}

/// A container that does not listen ends with 137, not before its grace is over.
pub fn a_grace_that_runs_out_kills(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let (deaf, listens) = (rig.instance("deaf", 0), rig.instance("listens", 0));
    rig.run(&deaf, DEAF);
    rig.run(&listens, LISTENS);
    rig.bench.next_event(Duration::from_millis(500));
    assert_eq!(rig.act(Action::StopContainer { instance: listens.clone(), grace: PATIENCE }), Outcome::Done);
    assert_eq!(rig.exit_of(&listens).code, 0);
    assert_eq!(
        rig.act(Action::StopContainer { instance: deaf.clone(), grace: Duration::from_secs(2) }),
        Outcome::Done
    );
    let exit = rig.exit_of(&deaf);
    assert_eq!(exit.code, 137);
}

/// The shorter grace counts.
pub fn a_second_stop_with_a_shorter_grace_is_answered_too(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let instance = rig.instance("main", 0);
    rig.run(&instance, DEAF);
    let patient = rig.begin(Action::StopContainer { instance: instance.clone(), grace: 10 * PATIENCE });
    let impatient =
        rig.begin(Action::StopContainer { instance: instance.clone(), grace: Duration::from_secs(1) });
    assert_eq!(rig.answer(impatient), Outcome::Done);
    assert_eq!(rig.answer(patient), Outcome::Done);
    assert_eq!(rig.exit_of(&instance).code, 137);
}

/// Containers do not outlive their sandbox.
pub fn stopping_a_sandbox_ends_what_runs_in_it(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let (instance, sandbox) = (rig.instance("main", 0), rig.sandbox());
    rig.run(&instance, DEAF);
    assert_eq!(rig.act(Action::StopSandbox { sandbox }), Outcome::Done);
    rig.until_quiet();
    let state = rig.list();
    assert!(state.containers.iter().all(|it| matches!(it.state, RunState::Exited(_))), "{state:?}");
    assert!(state.sandboxes.iter().all(|it| it.state == SandboxState::NotReady), "{state:?}");
}

/// It fails; it does not hang.
pub fn what_is_not_there_cannot_be_started(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    let instance = rig.instance("nobody", 0);
    let started = rig.act(Action::StartContainer { instance });
    assert!(matches!(started, Outcome::Failed(Failure::NotFound(_))), "{started:?}");
}

/// Whatever it was doing, a list and the same actions again lead to the same end.
pub fn a_killed_driver_loses_and_duplicates_nothing(bench: &mut dyn Bench) {
    let mut rig = Rig::new(bench);
    rig.make_sandbox();
    let (running, starting) = (rig.instance("running", 0), rig.instance("starting", 0));
    rig.run(&running, LISTENS);
    let before = rig.list();
    let create = rig.create(&starting, LISTENS);
    rig.begin(create);
    rig.bench.restart();
    rig.events.clear();
    rig.until_quiet();
    // Whether the container was made or not, making it again makes one.
    let created = rig.act(rig.create(&starting, LISTENS));
    assert!(matches!(created, Outcome::Created { .. }), "{created:?}");
    rig.begin(Action::StartContainer { instance: starting.clone() });
    rig.bench.restart();
    rig.events.clear();
    rig.until_quiet();
    let started = rig.act(Action::StartContainer { instance: starting.clone() });
    assert!(matches!(started, Outcome::Started { .. }), "{started:?}");
    let after = rig.list();
    assert_eq!(after.sandboxes, before.sandboxes);
    let names: Vec<&str> = after.containers.iter().map(|it| it.instance.container.as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(after.containers.contains(before.containers.first().expect("one container")), "{after:?}");
    assert!(after.containers.iter().all(|it| matches!(it.state, RunState::Running { .. })), "{after:?}");
}
