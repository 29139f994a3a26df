//! What simulated processes do, told by what they write and how they end.

use std::{sync::Arc, time::Duration};

use super::{Ending, Runtime, SimError};
use crate::{
    contract::{
        Action, Cause, ContainerSpec, Event, ExitReason, Failure, Mount, MountSource, Outcome, Planned,
        PortMapping, Propagation, Protocol, ReadOnlyBelow, SandboxSpec,
    },
    id::{ActionId, InstanceId, PodRef, PodUid, SandboxId},
    time::{Time, UnixSeconds},
};

fn at(millis: u64) -> Time {
    Time::from_zero(Duration::from_millis(millis))
}

fn pod() -> PodRef {
    PodRef::new("u", "default", "web-n1")
}

struct Room {
    runtime: Runtime,
    now: Time,
    next: u64,
    seen: Vec<Event>,
}

impl Room {
    fn new() -> Self {
        let mut runtime = Runtime::new(1, UnixSeconds(0), 1);
        runtime.preload("busybox:1.35").unwrap();
        runtime.preload("nginx:1.27").unwrap();
        runtime.preload("lab:1").unwrap();
        Self { runtime, now: Time::ZERO, next: 0, seen: Vec::new() }
    }

    fn run_until(&mut self, end: Time) {
        while let Some(next) = self.runtime.next_event_at().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.seen.extend(self.runtime.poll(self.now));
        }
        self.now = end;
    }

    /// Does it, and lets time pass until it is answered.
    fn act(&mut self, action: Action) -> Outcome {
        self.next += 1;
        let id = ActionId(self.next);
        self.runtime.execute(self.now, Planned { id, action, because: Cause::ContainerMissing });
        for _ in 0..100_000 {
            let next = self.runtime.next_event_at().expect("an answer must come");
            self.now = self.now.max(next);
            let event = self.runtime.poll(self.now);
            if let Some(Event::Finished { id: answered, outcome }) = &event
                && *answered == id
            {
                return outcome.clone();
            }
            self.seen.extend(event);
        }
        panic!("no answer");
    }

    fn start(&mut self, image: &str, command: &[&str], args: &[&str]) -> Outcome {
        self.run(container_spec(image, command, args))
    }

    fn run(&mut self, spec: ContainerSpec) -> Outcome {
        let sandbox = SandboxId { pod: "u".into(), attempt: 0 };
        self.act(Action::CreateSandbox { sandbox: sandbox.clone(), spec: Arc::new(sandbox_spec()) });
        let instance = instance();
        let spec = Arc::new(spec);
        self.act(Action::CreateContainer { instance: instance.clone(), sandbox, spec });
        self.act(Action::StartContainer { instance })
    }

    fn logs(&self) -> Vec<String> {
        let logs = self.runtime.logs(&"u".into(), "main", false).unwrap();
        logs.iter().map(|line| line.text.to_string()).collect()
    }

    fn exit(&self) -> Option<(i32, ExitReason, u64)> {
        self.seen.iter().rev().find_map(|event| match event {
            Event::Exited { exit, .. } => {
                let ran = exit.finished.since(exit.started.unwrap());
                Some((exit.code, exit.reason, u64::try_from(ran.as_millis()).unwrap()))
            }
            _ => None,
        })
    }
}

fn instance() -> InstanceId {
    InstanceId { pod: "u".into(), container: "main".into(), attempt: 0 }
}

fn sandbox_spec() -> SandboxSpec {
    SandboxSpec {
        pod: pod(),
        labels: Vec::new(),
        hostname: "web-n1".into(),
        namespaces: crate::contract::Namespaces::default(),
        ports: Vec::new(),
        dns: None,
        host_aliases: Vec::new(),
        sysctls: Vec::new(),
    }
}

fn container_spec(image: &str, command: &[&str], args: &[&str]) -> ContainerSpec {
    let words = |words: &[&str]| words.iter().map(|word| Arc::from(*word)).collect();
    ContainerSpec {
        pod: pod(),
        name: "main".into(),
        image: image.into(),
        image_id: "".into(),
        command: words(command),
        args: words(args),
        env: vec![("GREETING".into(), "hello world".into())],
        working_dir: None,
        mounts: Vec::new(),
        resources: crate::contract::Resources::default(),
        security: crate::contract::Security::default(),
        stdin: false,
        tty: false,
        termination_message_path: "/dev/termination-log".into(),
        log_is_message: false,
        hash: 0,
        grace: Duration::from_secs(30),
        pre_stop: None,
    }
}

/// Runs a script to its end: what it wrote, its code, and how many milliseconds it ran.
fn script(text: &str) -> (Vec<String>, i32, u64) {
    let mut room = Room::new();
    room.start("busybox:1.35", &["sh", "-c", text], &[]);
    let end = room.now + Duration::from_mins(2);
    room.run_until(end);
    let (code, _, ran) = room.exit().unwrap_or_else(|| panic!("{text} did not end: {:?}", room.logs()));
    (room.logs(), code, ran)
}

/// Starts it, asks it to end after a second, and gives its exit code and how long that took.
fn stopped(image: &str, command: &[&str], args: &[&str], grace: u64) -> (i32, u64) {
    let mut room = Room::new();
    room.start(image, command, args);
    let begin = room.now + Duration::from_secs(1);
    room.run_until(begin);
    assert_eq!(room.exit(), None);
    let outcome = room.act(Action::StopContainer { instance: instance(), grace: Duration::from_secs(grace) });
    assert_eq!(outcome, Outcome::Done);
    (room.exit().unwrap().0, u64::try_from(room.now.since(begin).as_millis()).unwrap())
}

#[test]
fn scripts_run_as_in_a_shell() {
    let cases: [(&str, &[&str], i32); 24] = [
        ("echo a; echo b && false || echo c", &["a", "b", "c"], 0),
        ("exit 3", &[], 3),
        ("false; exit", &[], 1),
        ("echo $GREETING; echo \"$GREETING\" '$GREETING'", &["hello world", "hello world $GREETING"], 0),
        ("for x in a b c; do echo $x; done", &["a", "b", "c"], 0),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", &["1", "2", "3"], 0),
        ("while true; do echo once; break; done; echo out", &["once", "out"], 0),
        ("if [ -f /x ]; then echo yes; elif test 1 = 1; then echo no; else echo never; fi", &["no"], 0),
        ("touch /x; cat /x && echo there; rm /x; [ ! -e /x ] && echo gone", &["there", "gone"], 0),
        ("echo one > /f; echo two >> /f; cat /f | wc -l", &["2"], 0),
        ("cat /nope", &["cat: can't open '/nope': No such file or directory"], 1),
        ("frobnicate", &["sh: frobnicate: not found"], 127),
        ("echo out > /dev/null; echo err 2>&1", &["err"], 0),
        ("x=$(echo inner); echo \"<$x>\" ${nope:-default} ${x}", &["<inner> default inner"], 0),
        ("trap 'echo bye' EXIT; echo hi; exit 4", &["hi", "bye"], 4),
        ("! false && echo not", &["not"], 0),
        ("sleep 1 & wait; echo waited", &["waited"], 0),
        ("(echo sub; exit 0) ", &["sub"], 0),
        ("printf '%s-%s\\n' a b; echo -n x; echo y", &["a-b", "xy"], 0),
        ("sh -c 'exit 5'; echo $?", &["5"], 0),
        ("hostname; echo $0 $#", &["web-n1", "sh 0"], 0),
        ("echo b > /f; echo a >> /f; sort < /f | head -n 1", &["a"], 0),
        ("cat < /nope || echo no", &["sh: can't open /nope: no such file", "no"], 0),
        ("if", &["sh: syntax error: unterminated quoted string or block"], 2),
    ];
    for (text, lines, code) in cases {
        let (wrote, ended, _) = script(text);
        assert_eq!(
            (wrote.iter().map(String::as_str).collect::<Vec<_>>(), ended),
            (lines.to_vec(), code),
            "{text}"
        );
    }
}

#[test]
fn sleeping_takes_its_time_and_no_more() {
    assert_eq!(script("sleep 5; sleep 0.5; exit 1"), (vec![], 1, 5500));
    assert_eq!(script("sleep 10 & sleep 3; exit 0").2, 3000);
    assert_eq!(script("sleep 1m").2, 60_000);
}

#[test]
fn what_never_ends_is_bounded() {
    let mut room = Room::new();
    room.start("busybox:1.35", &["sh", "-c", "while true; do :; done"], &[]);
    room.run_until(at(3_600_000));
    assert_eq!(room.exit(), None);
    for text in [
        "((((((((((((((((",
        "$($($($($($(x))))))",
        "{ { { { {",
        "`",
        "${",
        "a(){ b; }",
        "case x in esac",
        &"(".repeat(5000),
        &"$(".repeat(5000),
    ] {
        script(&format!("{text}; sleep 1"));
    }
}

#[test]
fn process_one_ignores_what_it_does_not_handle() {
    assert_eq!(stopped("busybox:1.35", &["sleep", "3600"], &[], 4).0, 137);
    assert_eq!(stopped("busybox:1.35", &["sh", "-c", "sleep 3600"], &[], 4).0, 137);
    let (code, took) = stopped("busybox:1.35", &["sh", "-c", "while true; do sleep 1; done"], &[], 4);
    assert!(code == 137 && (4000..4100).contains(&took), "{code} {took}");
}

#[test]
fn a_trap_runs_when_the_foreground_command_has_ended() {
    let (code, took) =
        stopped("busybox:1.35", &["sh", "-c", "trap 'exit 7' TERM; while true; do sleep 3; done"], &[], 30);
    assert!(code == 7 && (1000..3000).contains(&took), "{code} {took}");
    let (code, took) =
        stopped("busybox:1.35", &["sh", "-c", "trap 'exit 7' TERM; sleep 3600 & wait"], &[], 30);
    assert!(code == 7 && took < 200, "{code} {took}");
    assert_eq!(
        stopped("busybox:1.35", &["sh", "-c", "trap 'exit 7' TERM; tail -f /dev/null"], &[], 2).0,
        137
    );
}

#[test]
fn servers_end_well_when_asked() {
    let (code, took) = stopped("nginx:1.27", &[], &[], 30);
    assert!(code == 0 && took < 200, "{code} {took}");
    assert_eq!(stopped("busybox:1.35", &["httpd", "-f", "-p", "80"], &[], 2).0, 137);
}

#[test]
fn lab_behaves_as_its_arguments_say() {
    assert_eq!(stopped("lab:1", &[], &[], 30).0, 0);
    assert_eq!(stopped("lab:1", &[], &["ignore-term"], 3).0, 137);
    let (code, took) = stopped("lab:1", &[], &["slow-stop", "5s"], 30);
    assert!(code == 0 && (5000..5200).contains(&took), "{code} {took}");
    assert_eq!(stopped("lab:1", &[], &["serve", "8080", "--fail-after", "10s"], 30).0, 0);
    let mut room = Room::new();
    room.start("lab:1", &[], &["exit", "3", "--after", "2s", "--print", "it's me"]);
    room.run_until(at(10_000));
    assert_eq!(room.exit(), Some((3, ExitReason::Error, 2000)));
    assert_eq!(room.logs(), ["lab: exit 3 --after 2s --print it's me", "it's me"]);
}

#[test]
fn a_missing_program_is_a_failed_start() {
    let mut room = Room::new();
    let Outcome::Failed(failure) = room.start("busybox:1.35", &["/no/such/program"], &[]) else { panic!() };
    assert_eq!(
        failure.to_string(),
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: \
         unable to start container process: exec: \"/no/such/program\": stat /no/such/program: no such file or directory: unknown"
    );
}

#[test]
fn a_last_message_is_kept() {
    let mut room = Room::new();
    room.start("busybox:1.35", &["sh", "-c", "echo it broke > /dev/termination-log; exit 1"], &[]);
    let noticed = room.now + Duration::from_millis(200);
    room.run_until(noticed);
    let message = room.seen.iter().find_map(|event| match event {
        Event::Exited { exit, .. } => Some(exit.message.to_string()),
        _ => None,
    });
    assert_eq!(message.as_deref(), Some("it broke\n"));
}

#[test]
fn volumes_are_shared_and_mounts_may_be_read_only() {
    let mount = |target: &str, read_only| Mount {
        source: MountSource::EmptyDir { volume: "v".into(), memory: false, size_limit: None, group: None },
        target: target.into(),
        read_only,
        read_only_below: ReadOnlyBelow::No,
        sub_path: "".into(),
        propagation: Propagation::None,
    };
    let mut spec = container_spec(
        "busybox:1.35",
        &["sh", "-c", "echo x > /w/f; cat /r/f; echo y > /r/f; echo $?; echo z > /f"],
        &[],
    );
    spec.mounts = vec![mount("/w", false), mount("/r", true)];
    spec.security.read_only_root = true;
    let mut room = Room::new();
    room.run(spec);
    let end = room.now + Duration::from_secs(1);
    room.run_until(end);
    assert_eq!(
        room.logs(),
        [
            "x",
            "sh: can't create /r/f: Read-only file system",
            "1",
            "sh: can't create /f: Read-only file system"
        ]
    );
    assert_eq!(room.exit().map(|(code, ..)| code), Some(1));
}

#[test]
fn one_port_of_the_host_has_one_holder() {
    let mut room = Room::new();
    let port =
        PortMapping { protocol: Protocol::Tcp, container_port: 80, host_port: 8080, host_ip: "".into() };
    let mut make = |name: &str| {
        let spec = SandboxSpec { ports: vec![port.clone()], ..sandbox_spec() };
        let sandbox = SandboxId { pod: name.into(), attempt: 0 };
        room.act(Action::CreateSandbox { sandbox, spec: Arc::new(spec) })
    };
    assert!(matches!(make("a"), Outcome::SandboxReady { .. }));
    assert!(matches!(make("b"), Outcome::Failed(Failure::Conflict(_))));
}

#[test]
fn faults_name_what_they_cannot_find() {
    let mut room = Room::new();
    let pod: PodUid = "u".into();
    assert!(matches!(
        room.runtime.kill(at(0), &pod, "main", Ending::Kill),
        Err(SimError::NoContainer { .. })
    ));
    room.start("nginx:1.27", &[], &[]);
    let now = room.now;
    room.runtime.kill(now, &pod, "main", Ending::OutOfMemory).unwrap();
    room.run_until(now);
    assert_eq!(room.exit().map(|(code, reason, _)| (code, reason)), Some((137, ExitReason::OomKilled)));
}
