//! The Docker driver against a real engine, action by action.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "docker_driver/probes.rs"]
mod probes;
mod support;

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use bollard::query_parameters::{KillContainerOptionsBuilder, RemoveContainerOptionsBuilder};
use standfast::docker::{Driver, Engine};
use standfast_core::{
    contract::{
        Action, Cause, ContainerSpec, Event, Exit, ExitReason, Failure, Mount, MountSource, Namespaces,
        OutOfMemory, Outcome, Planned, PortMapping, Propagation, Protocol, ReadOnlyBelow, Resources,
        RunState, RuntimeState, SandboxSpec, SandboxState, Security,
    },
    id::{ActionId, ContainerName, InstanceId, PodRef, SandboxId},
};
use support::{IMAGE, Place, arcs, containers_of, eventually, host, inspect, witness};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
    time::timeout,
};

/// A driver, and the ear at its mouth.
struct Rig {
    place: Place,
    driver: Driver,
    watching: JoinHandle<()>,
    events: UnboundedReceiver<Event>,
    hints: Vec<Event>,
    next: u64,
    pod: PodRef,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Rig {
    fn new() -> Self {
        Self::at(Place::new())
    }

    fn at(place: Place) -> Self {
        let (to, events) = unbounded_channel();
        let driver = Driver::new(Engine::at(&host()), place.node.clone(), &place.root, to);
        let watching = driver.watch();
        let pod = PodRef::new(format!("uid-{}", place.node), "default", format!("web-{}", place.node));
        Self { place, driver, watching, events, hints: Vec::new(), next: 0, pod }
    }

    fn plan(&mut self, action: Action) -> ActionId {
        self.next += 1;
        let id = ActionId(self.next);
        self.driver.execute(Planned { id, action, because: Cause::KubeletStarted });
        id
    }

    async fn event(&mut self) -> Event {
        timeout(Duration::from_secs(60), self.events.recv()).await.expect("an event").expect("a driver")
    }

    /// Executes an action and waits for its answer; hints that come meanwhile are kept.
    async fn ask(&mut self, action: Action) -> Outcome {
        let asked = self.plan(action);
        loop {
            match self.event().await {
                Event::Finished { id, outcome } if id == asked => return outcome,
                hint => self.hints.push(hint),
            }
        }
    }

    async fn hint(&mut self) -> Event {
        if self.hints.is_empty() { self.event().await } else { self.hints.remove(0) }
    }

    fn sandbox(&self) -> SandboxId {
        SandboxId { pod: self.pod.uid.clone(), attempt: 0 }
    }

    fn instance(&self, attempt: u32) -> InstanceId {
        InstanceId { pod: self.pod.uid.clone(), container: "main".into(), attempt }
    }

    fn sandbox_spec(&self) -> SandboxSpec {
        SandboxSpec {
            pod: self.pod.clone(),
            labels: vec![("app".into(), "web".into())],
            hostname: "web-host".into(),
            namespaces: Namespaces::default(),
            ports: Vec::new(),
            dns: None,
            host_aliases: Vec::new(),
            sysctls: Vec::new(),
        }
    }

    async fn with_sandbox(mut self) -> Self {
        let spec = self.sandbox_spec();
        self.make_sandbox(spec).await;
        self
    }

    async fn make_sandbox(&mut self, spec: SandboxSpec) -> Option<Arc<str>> {
        // It makes the images that the engine lacks.
        witness().await;
        match self.ask(Action::CreateSandbox { sandbox: self.sandbox(), spec: Arc::new(spec) }).await {
            Outcome::SandboxReady { ip, .. } => ip,
            other => panic!("{other:?}"),
        }
    }

    fn spec(&self, script: &str) -> ContainerSpec {
        ContainerSpec {
            pod: self.pod.clone(),
            name: ContainerName::from("main"),
            image: IMAGE.into(),
            image_id: "".into(),
            command: arcs(&["sh", "-c", script]),
            args: Vec::new(),
            env: vec![("A".into(), "1".into()), ("B".into(), "2".into()), ("A".into(), "3".into())],
            working_dir: None,
            mounts: Vec::new(),
            resources: Resources::default(),
            security: Security::default(),
            stdin: false,
            tty: false,
            termination_message_path: "/dev/termination-log".into(),
            log_is_message: false,
            hash: 7,
            grace: Duration::from_millis(1500),
            pre_stop: None,
        }
    }

    async fn create(&mut self, attempt: u32, spec: ContainerSpec) -> Outcome {
        let (instance, sandbox) = (self.instance(attempt), self.sandbox());
        self.ask(Action::CreateContainer { instance, sandbox, spec: Arc::new(spec) }).await
    }

    /// Makes and starts a container; its name in the engine.
    async fn run(&mut self, attempt: u32, spec: ContainerSpec) -> String {
        let created = self.create(attempt, spec).await;
        let Outcome::Created { runtime_id } = created else { panic!("{created:?}") };
        let started = self.ask(Action::StartContainer { instance: self.instance(attempt) }).await;
        assert!(matches!(started, Outcome::Started { .. }), "{started:?}");
        runtime_id.to_string()
    }

    async fn list(&mut self) -> RuntimeState {
        match self.ask(Action::ListRuntime).await {
            Outcome::Runtime(state) => state,
            other => panic!("{other:?}"),
        }
    }

    async fn exit_hint(&mut self) -> (InstanceId, Exit) {
        match self.hint().await {
            Event::Exited { instance, exit } => (instance, exit),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_container_is_created_runs_and_ends_and_lists_tell_the_same() {
    let mut rig = Rig::new().with_sandbox().await;
    assert!(matches!(
        rig.create(0, rig.spec("echo bye >/dev/termination-log; sleep 1; exit 3")).await,
        Outcome::Created { .. }
    ));
    assert_eq!(rig.list().await.containers[0].state, RunState::Created);
    rig.ask(Action::StartContainer { instance: rig.instance(0) }).await;
    let listed = rig.list().await;
    assert!(matches!(listed.containers[0].state, RunState::Running { .. }), "{listed:?}");
    assert_eq!((listed.containers[0].hash, listed.containers[0].grace), (7, Duration::from_millis(1500)));
    assert_eq!((&*listed.containers[0].image, &listed.containers[0].pod), (IMAGE, &rig.pod));
    assert_eq!(listed.sandboxes[0].state, SandboxState::Ready);

    let (instance, exit) = rig.exit_hint().await;
    assert_eq!((instance, exit.code, exit.reason), (rig.instance(0), 3, ExitReason::Error));
    assert_eq!(&*exit.message, "bye\n");
    assert!(exit.finished >= exit.started.unwrap());
    assert_eq!(rig.list().await.containers[0].state, RunState::Exited(exit));
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_start_that_fails_says_why() {
    let mut rig = Rig::new().with_sandbox().await;
    let mut spec = rig.spec("");
    spec.command = arcs(&["/no/such/program"]);
    rig.create(0, spec).await;
    let failed = rig.ask(Action::StartContainer { instance: rig.instance(0) }).await;
    let Outcome::Failed(Failure::StartFailed { exit }) = failed else { panic!("{failed:?}") };
    assert_eq!((exit.code, exit.reason, exit.started), (128, ExitReason::StartError, None));
    assert!(exit.message.contains("/no/such/program"), "{}", exit.message);
    assert!(matches!(&rig.list().await.containers[0].state, RunState::Exited(listed) if *listed == exit));
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn stopping_keeps_the_grace_and_tells_the_end_before_the_answer() {
    let mut rig = Rig::new().with_sandbox().await;
    rig.run(0, rig.spec("trap '' TERM; while :; do sleep 0.1; done")).await;
    let start = Instant::now();
    let stop = |grace| Action::StopContainer { instance: rig.instance(0), grace: Duration::from_secs(grace) };
    let (long, short) = (stop(30), stop(1));
    let long = rig.plan(long);
    tokio::time::sleep(Duration::from_millis(300)).await;
    // A second stop with a shorter grace hurries the first.
    let short = rig.plan(short);
    let mut told = Vec::new();
    while told.len() < 3 {
        told.push(rig.event().await);
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(matches!(&told[0], Event::Exited { exit, .. } if exit.code == 137), "{told:?}");
    let done = |asked| told.contains(&Event::Finished { id: asked, outcome: Outcome::Done });
    assert!(done(long) && done(short), "{told:?}");
    // What has stopped, or is gone, is stopped.
    let (instance, grace) = (rig.instance(0), Duration::ZERO);
    assert_eq!(rig.ask(Action::StopContainer { instance, grace }).await, Outcome::Done);
    for _ in 0..2 {
        assert_eq!(rig.ask(Action::RemoveContainer { instance: rig.instance(0) }).await, Outcome::Done);
    }
    assert_eq!(rig.ask(Action::StopContainer { instance: rig.instance(0), grace }).await, Outcome::Done);
    assert_eq!(rig.list().await.containers, []);
    assert_eq!(rig.hints, [], "what the driver removed itself is no news");
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn what_others_do_is_told() {
    let mut rig = Rig::new().with_sandbox().await;
    let docker = witness().await;
    let id = rig.run(0, rig.spec("sleep 1000")).await;
    docker
        .kill_container(&id, Some(KillContainerOptionsBuilder::new().signal("KILL").build()))
        .await
        .unwrap();
    assert_eq!(rig.exit_hint().await.1.code, 137);
    let force = || Some(RemoveContainerOptionsBuilder::new().force(true).build());
    docker.remove_container(&id, force()).await.unwrap();
    assert_eq!(rig.hint().await, Event::ContainerGone { instance: rig.instance(0) });
    let sandbox = rig.list().await.sandboxes[0].runtime_id.to_string();
    docker.kill_container(&sandbox, None::<bollard::query_parameters::KillContainerOptions>).await.unwrap();
    assert_eq!(rig.hint().await, Event::SandboxGone { sandbox: rig.sandbox() });
    assert_eq!(rig.list().await.sandboxes[0].state, SandboxState::NotReady);
    let refused = rig.create(1, rig.spec("sleep 1")).await;
    assert!(matches!(refused, Outcome::Failed(Failure::Conflict(_))), "{refused:?}");
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_driver_that_lost_its_memory_makes_nothing_twice() {
    let mut rig = Rig::new().with_sandbox().await;
    let id = rig.run(0, rig.spec("sleep 1000")).await;
    let place = std::mem::replace(&mut rig.place, Place::new());
    drop(rig);
    let mut rig = Rig::at(place);
    // The same actions again: nothing new comes of them.
    rig.make_sandbox(rig.sandbox_spec()).await;
    assert_eq!(rig.run(0, rig.spec("sleep 1000")).await, id);
    assert_eq!(containers_of(&witness().await, &rig.place.node).await.len(), 2);
    // A name that something else holds is a conflict.
    let mut other = rig.spec("sleep 1");
    other.hash = 8;
    let refused = rig.create(0, other).await;
    assert!(matches!(refused, Outcome::Failed(Failure::Conflict(_))), "{refused:?}");
    for action in [
        Action::StopSandbox { sandbox: rig.sandbox() },
        Action::RemoveContainer { instance: rig.instance(0) },
        Action::RemoveSandbox { sandbox: rig.sandbox() },
        Action::RemoveSandbox { sandbox: rig.sandbox() },
        Action::StopSandbox { sandbox: rig.sandbox() },
        Action::RemovePodData { pod: rig.pod.uid.clone() },
    ] {
        assert_eq!(rig.ask(action).await, Outcome::Done);
    }
    assert_eq!(containers_of(&witness().await, &rig.place.node).await.len(), 0);
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn images_are_there_or_not() {
    witness().await;
    let mut rig = Rig::new();
    let look = |image: &str| Action::InspectImage { image: image.into() };
    let found = rig.ask(look(IMAGE)).await;
    assert!(
        matches!(&found, Outcome::Image(Some(info)) if info.size > 0 && info.id.starts_with("sha256:")),
        "{found:?}"
    );
    assert_eq!(rig.ask(look("standfast.invalid/none:1")).await, Outcome::Image(None));
    let bad = rig.ask(look("Not A Name")).await;
    assert!(matches!(bad, Outcome::Failed(Failure::InvalidImageName(_))), "{bad:?}");
    let pulled = rig.ask(Action::PullImage { image: "standfast.invalid/none:1".into() }).await;
    assert!(matches!(pulled, Outcome::Failed(Failure::ImageNotFound(_))), "{pulled:?}");
    let bad = rig.ask(Action::PullImage { image: "Not A Name".into() }).await;
    assert!(matches!(bad, Outcome::Failed(Failure::InvalidImageName(_))), "{bad:?}");
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_container_gets_what_its_spec_says() {
    let mut rig = Rig::new();
    let mut sandbox = rig.sandbox_spec();
    sandbox.ports = vec![PortMapping {
        protocol: Protocol::Tcp,
        container_port: 8080,
        host_port: 0,
        host_ip: "127.0.0.1".into(),
    }];
    sandbox.namespaces.share_processes = true;
    sandbox.sysctls = vec![("net.ipv4.ip_unprivileged_port_start".into(), "80".into())];
    sandbox.host_aliases =
        vec![standfast_core::contract::HostAlias { ip: "192.0.2.7".into(), hostnames: arcs(&["db", "db2"]) }];
    sandbox.dns = Some(standfast_core::contract::Dns {
        servers: arcs(&["192.0.2.53"]),
        searches: arcs(&["example.org"]),
        options: arcs(&["ndots:5"]),
    });
    assert!(rig.make_sandbox(sandbox).await.is_some());
    let shared = rig.place.root.join("host");
    fs::create_dir_all(&shared).unwrap();
    let mut spec = rig.spec(
        "hostname >/host/out; cat /etc/hosts /etc/resolv.conf >>/host/out; echo A=$A B=$B >>/host/out; \
         id -u >>/host/out; id -G >>/host/out; pwd >>/host/out; ls /proc/1/exe >>/host/out; cat /proc/1/comm >>/host/out; \
         touch /read-only 2>>/host/out; echo x >/cache/part/x; grep -c . /proc/net/route >>/host/out; \
         grep NoNewPrivs /proc/self/status >>/host/out; echo done >>/host/out; sleep 1000",
    );
    spec.working_dir = Some("/tmp".into());
    spec.resources = Resources {
        cpu_request: Some(100),
        cpu_limit: Some(500),
        memory_limit: Some(64 << 20),
        out_of_memory: OutOfMemory::Last,
    };
    spec.security = Security {
        user: Some(1234),
        group: Some(5678),
        supplemental_groups: vec![9],
        read_only_root: true,
        no_new_privileges: true,
        capabilities_drop: arcs(&["ALL"]),
        ..Security::default()
    };
    std::os::unix::fs::chown(&shared, Some(1234), None).unwrap();
    let host_path = MountSource::HostPath { path: shared.to_string_lossy().into(), kind: "Directory".into() };
    let cache = MountSource::EmptyDir {
        volume: "cache".into(),
        memory: true,
        size_limit: Some(1 << 20),
        group: None,
    };
    let mount = |source, target: &str, sub_path: &str| Mount {
        source,
        target: target.into(),
        read_only: false,
        read_only_below: ReadOnlyBelow::No,
        sub_path: sub_path.into(),
        propagation: Propagation::None,
    };
    spec.mounts = vec![mount(host_path, "/host", ""), mount(cache, "/cache", "")];
    spec.mounts[1].sub_path = "".into();
    let script = spec.command[2].replace("/cache/part/x", "/cache/x");
    spec.command = arcs(&["sh", "-c", &script]);
    let id = rig.run(0, spec).await;
    let read = || fs::read_to_string(shared.join("out")).unwrap_or_default();
    let (out, _) =
        eventually("the script is done", async || Some(read()).filter(|out| out.ends_with("done\n"))).await;
    for expected in [
        "web-host\n",
        "192.0.2.7\tdb",
        "192.0.2.7\tdb2",
        "nameserver 192.0.2.53",
        "search example.org",
        "ndots:5",
        "A=3 B=2\n",
        "1234\n",
        "5678 9\n",
        "/tmp\n",
        "pause\n",
        "Read-only file system",
        "NoNewPrivs:\t1",
    ] {
        assert!(out.contains(expected), "{expected:?} is not in:\n{out}");
    }
    let docker = witness().await;
    let host_config = inspect(&docker, &id).await.host_config.unwrap();
    assert_eq!((host_config.cpu_shares, host_config.cpu_quota), (Some(102), Some(50_000)));
    assert_eq!((host_config.memory, host_config.memory_swap), (Some(64 << 20), Some(64 << 20)));
    // Below zero where the engine may go there, and never above what others get.
    assert!(matches!(host_config.oom_score_adj, Some(-997 | 0)), "{:?}", host_config.oom_score_adj);
    let sandbox = rig.list().await.sandboxes[0].runtime_id.to_string();
    let ports = inspect(&docker, &sandbox).await.network_settings.unwrap().ports.unwrap();
    let bound = ports["8080/tcp"].as_ref().unwrap()[0].host_port.clone().unwrap();
    assert!(bound.parse::<u16>().unwrap() > 0);
    // The volume in memory goes with the pod.
    let volume = rig.place.root.join("pods").join(rig.pod.uid.as_str()).join("volumes/cache");
    assert_eq!(fs::read_to_string(volume.join("x")).unwrap(), "x\n");
    rig.ask(Action::StopSandbox { sandbox: rig.sandbox() }).await;
    rig.ask(Action::RemoveContainer { instance: rig.instance(0) }).await;
    assert_eq!(rig.ask(Action::RemovePodData { pod: rig.pod.uid.clone() }).await, Outcome::Done);
    assert!(!volume.exists());
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_port_that_is_taken_is_a_conflict_and_leaves_nothing() {
    let mut rig = Rig::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut spec = rig.sandbox_spec();
    spec.ports = vec![PortMapping {
        protocol: Protocol::Tcp,
        container_port: 80,
        host_port: taken.local_addr().unwrap().port(),
        host_ip: "127.0.0.1".into(),
    }];
    let refused = rig.ask(Action::CreateSandbox { sandbox: rig.sandbox(), spec: Arc::new(spec) }).await;
    assert!(matches!(refused, Outcome::Failed(Failure::Conflict(_))), "{refused:?}");
    assert_eq!(rig.list().await, RuntimeState::default());
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_unreachable() {
    let place = std::env::temp_dir().join("standfast-nowhere");
    let (to, mut events) = unbounded_channel();
    let driver = Driver::new(Engine::at("unix:///nonexistent/docker.sock"), "n".into(), &place, to);
    let watching = driver.watch();
    driver.execute(Planned { id: ActionId(1), action: Action::ListRuntime, because: Cause::KubeletStarted });
    let event = events.recv().await.unwrap();
    let Event::Finished { outcome: Outcome::Failed(Failure::Unreachable(text)), .. } = event else {
        panic!("{event:?}")
    };
    assert!(text.contains("/nonexistent/docker.sock"), "{text}");
    watching.abort();
}

/// The clock is paused: it jumps over waits that nothing ends.
#[tokio::test(start_paused = true)]
async fn an_engine_that_accepts_and_never_answers_is_unreachable() {
    let root = std::env::temp_dir().join(format!("standfast-hung-{}", std::process::id()));
    fs::create_dir_all(&root).unwrap();
    let socket = root.join("docker.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let (to, mut events) = unbounded_channel();
    let driver = Driver::new(Engine::at(&format!("unix://{}", socket.display())), "n".into(), &root, to);
    let watching = driver.watch();
    driver.execute(Planned { id: ActionId(1), action: Action::ListRuntime, because: Cause::KubeletStarted });
    let event = events.recv().await.unwrap();
    let Event::Finished { outcome: Outcome::Failed(Failure::Unreachable(text)), .. } = event else {
        panic!("{event:?}")
    };
    assert!(text.contains("no answer in time"), "{text}");
    watching.abort();
    fs::remove_dir_all(&root).unwrap();
}
