//! Probes of containers that an engine runs.

use standfast_core::contract::{Check, ProbeKind, Probed};

use super::*;

/// Starting a command takes its time on a busy machine.
const PLENTY: Duration = Duration::from_secs(20);

impl Rig {
    async fn probe(&mut self, check: Check, timeout: Duration) -> Probed {
        let (instance, kind) = (self.instance(0), ProbeKind::Liveness);
        match self.ask(Action::RunProbe { instance, kind, check: Box::new(check), timeout }).await {
            Outcome::Probed(probed) => probed,
            other => panic!("{other:?}"),
        }
    }

    async fn exec(&mut self, command: &[&str]) -> Probed {
        self.probe(Check::Exec { command: arcs(command) }, PLENTY).await
    }

    /// What runs in the container besides its own process.
    async fn others(&mut self) -> String {
        match self.exec(&["sh", "-c", "ps -o args | grep '[s]leep 4711'; exit 1"]).await {
            Probed::Failure(text) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_command_tells_by_its_exit_code() {
    let mut rig = Rig::new().with_sandbox().await;
    rig.run(0, rig.spec("sleep 1000")).await;
    assert_eq!(rig.exec(&["true"]).await, Probed::Success);
    let failed = rig.exec(&["sh", "-c", "echo err >&2; echo out $B; exit 3"]).await;
    assert_eq!(failed, Probed::Failure("out 2\nerr\n".into()));
    let missing = rig.exec(&["sh", "-c", "nope"]).await;
    assert_eq!(missing, Probed::Failure("sh: nope: not found\n".into()));
    let Probed::Failure(text) = rig.exec(&["sh", "-c", "yes | head -n 100000; false"]).await else {
        panic!("no failure")
    };
    assert_eq!(text.len(), 10 << 10);
    let closed = rig.exec(&["sh", "-c", "exec >&- 2>&-; sleep 1; exit 4"]).await;
    assert_eq!(closed, Probed::Failure("".into()), "its end is waited for, not that of its output");
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_command_that_cannot_run_is_an_error() {
    let mut rig = Rig::new().with_sandbox().await;
    let id = rig.run(0, rig.spec("exec sleep 1000")).await;
    for command in ["/no/such/program", "nope", "/etc/passwd"] {
        let found = rig.exec(&[command]).await;
        assert!(matches!(&found, Probed::Error(text) if text.contains(command)), "{found:?}");
    }
    let docker = witness().await;
    docker.pause_container(&id).await.unwrap();
    let found = rig.exec(&["true"]).await;
    assert!(matches!(&found, Probed::Error(text) if text.contains("paused")), "{found:?}");
    docker.unpause_container(&id).await.unwrap();
    docker
        .kill_container(&id, Some(KillContainerOptionsBuilder::new().signal("KILL").build()))
        .await
        .unwrap();
    rig.exit_hint().await;
    let found = rig.exec(&["true"]).await;
    assert!(matches!(&found, Probed::Error(text) if text.contains("not running")), "{found:?}");
    let remove = RemoveContainerOptionsBuilder::new().force(true).build();
    docker.remove_container(&id, Some(remove)).await.unwrap();
    let found = rig.exec(&["true"]).await;
    // Who says so depends on whether the driver has heard of it.
    let gone = |text: &str| text.contains("No such container") || text.contains("there is no container");
    assert!(matches!(&found, Probed::Error(text) if gone(text)), "{found:?}");
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_command_that_takes_too_long_is_ended() {
    let mut rig = Rig::new().with_sandbox().await;
    rig.run(0, rig.spec("sleep 1000")).await;
    let command = Check::Exec { command: arcs(&["sleep", "4711"]) };
    let started = Instant::now();
    let found = rig.probe(command, Duration::from_secs(1)).await;
    assert_eq!(found, Probed::Failure("command timed out: \"sleep 4711\" timed out after 1s".into()));
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(rig.others().await, "", "nothing is left of it");
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_pod_is_reached_at_its_address() {
    let mut rig = Rig::new();
    let spec = rig.sandbox_spec();
    let host = rig.make_sandbox(spec).await.expect("an address");
    let script = "mkdir /www; echo ok >/www/ok; exec httpd -f -p 8080 -h /www";
    rig.run(0, rig.spec(script)).await;
    let get = |path: &str| Check::HttpGet {
        https: false,
        host: Arc::clone(&host),
        port: 8080,
        path: path.into(),
        headers: Vec::new(),
    };
    eventually("it serves", async || (rig.probe(get("/ok"), PLENTY).await == Probed::Success).then_some(()))
        .await;
    let missing = rig.probe(get("/missing"), PLENTY).await;
    assert_eq!(missing, Probed::Failure("HTTP probe failed with statuscode: 404".into()));
    let port = |port| Check::TcpSocket { host: Arc::clone(&host), port };
    assert_eq!(rig.probe(port(8080), PLENTY).await, Probed::Success);
    let refused = format!("dial tcp {host}:8081: connect: connection refused");
    assert_eq!(rig.probe(port(8081), PLENTY).await, Probed::Failure(refused.into()));
}

/// The clock is paused: it jumps over waits that nothing ends.
#[tokio::test(start_paused = true)]
async fn a_probe_is_answered_whatever_becomes_of_the_engine() {
    let root = std::env::temp_dir().join(format!("standfast-hung-probe-{}", std::process::id()));
    fs::create_dir_all(&root).unwrap();
    let socket = root.join("docker.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (host, said) in [
        (format!("unix://{}", socket.display()), "no answer in time"),
        ("unix:///nonexistent/docker.sock".to_owned(), "/nonexistent/docker.sock"),
    ] {
        let (to, mut events) = unbounded_channel();
        let driver = Driver::new(Engine::at(&host), "n".into(), &root, to);
        let instance = InstanceId { pod: "uid".into(), container: "main".into(), attempt: 0 };
        let check = Check::Exec { command: arcs(&["true"]) };
        let (kind, timeout) = (ProbeKind::Readiness, Duration::from_secs(1));
        let action = Action::RunProbe { instance, kind, check: Box::new(check), timeout };
        driver.execute(Planned { id: ActionId(1), action, because: Cause::ProbeDue });
        let event = events.recv().await.unwrap();
        let Event::Finished { outcome: Outcome::Probed(Probed::Error(text)), .. } = event else {
            panic!("{event:?}")
        };
        assert!(text.contains(said), "{text}");
        drop(driver);
        assert!(events.recv().await.is_none(), "one answer");
    }
    fs::remove_dir_all(&root).unwrap();
}
