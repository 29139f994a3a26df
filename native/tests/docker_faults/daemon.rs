//! Engines that are restarted, hung, slow and cut off.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::{
    mount::{UnmountFlags, unmount},
    process::{Pid, Signal, kill_process},
};
use tokio::time::sleep;

use crate::{
    behind::{kill, settles, settles_within},
    proxy::{Fate, Judge, Proxy, Question},
    support::{
        IMAGE, Place,
        agent::{Agent, SERVE},
        eventually, host, witness, witness_of,
    },
    tape::Tape,
};

/// An engine of one test's own, without networks: its pods use the host's.
struct Dockerd {
    dir: PathBuf,
    live_restore: bool,
    process: Option<Child>,
}

/// The program; `None` when somebody said that there is none.
fn dockerd() -> Option<PathBuf> {
    if std::env::var_os("STANDFAST_NO_DOCKERD").is_some() {
        println!("STANDFAST_NO_DOCKERD: engines that are stopped and killed were left out");
        return None;
    }
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let found = path.split(':').map(|dir| Path::new(dir).join("dockerd")).find(|file| file.is_file());
    Some(found.expect("dockerd: install it, or set STANDFAST_NO_DOCKERD=1 to leave out what needs it"))
}

impl Dockerd {
    fn start(live_restore: bool) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        dockerd()?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("sfd{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let mut engine = Self { dir, live_restore, process: None };
        engine.up();
        Some(engine)
    }

    fn host(&self) -> String {
        format!("unix://{}", self.dir.join("docker.sock").display())
    }

    fn up(&mut self) {
        let dir = |name: &str| self.dir.join(name);
        let log = fs::OpenOptions::new().create(true).append(true).open(dir("log")).unwrap();
        // In a network of its own: an engine without a bridge deletes the bridge that other engines of the machine use.
        let mut command = Command::new("unshare");
        command.args(["--net", "--"]).arg(dockerd().unwrap());
        command.env("PATH", std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin");
        command.args(["--bridge", "none", "--iptables=false", "--ip6tables=false", "--host", &self.host()]);
        command.arg("--data-root").arg(dir("data")).arg("--exec-root").arg(dir("exec"));
        command.arg("--pidfile").arg(dir("pid"));
        if self.live_restore {
            command.arg("--live-restore");
        }
        self.process = Some(command.stdout(Stdio::null()).stderr(log).stdin(Stdio::null()).spawn().unwrap());
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().unwrap();
        kill_process(Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap(), signal).unwrap();
    }

    fn down(&mut self) {
        self.signal(Signal::TERM);
        self.process.take().unwrap().wait().unwrap();
    }

    async fn answers(&self) {
        eventually("the engine answers", async || {
            let docker = bollard::Docker::connect_with_unix(
                self.host().strip_prefix("unix://").unwrap(),
                5,
                bollard::API_DEFAULT_VERSION,
            );
            docker.ok()?.ping().await.ok()
        })
        .await;
    }

    /// An agent on it, and who watches both.
    async fn agent(&self) -> (Agent, Tape) {
        self.answers().await;
        let place = Place::on(&self.host());
        let tape = Tape::start(&self.host(), &place.node);
        let mut agent = Agent::at(place, witness_of(&self.host()).await, &self.host());
        agent.restart();
        (agent, tape)
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        if self.process.is_some() {
            // A hung one does not hear.
            self.signal(Signal::CONT);
            self.down();
        }
        // An engine leaves these mounted when it ends.
        for left in ["exec/netns/default", "data"] {
            let _ = unmount(self.dir.join(left), UnmountFlags::DETACH);
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A pod on the host's network.
fn write(agent: &Agent, pod: &str) {
    let container = format!("  - name: main\n    image: {IMAGE}\n    command: [sh, -c, \"{SERVE}\"]\n");
    agent.write_pod(pod, &format!("  hostNetwork: true\n  containers:\n{container}"));
}

async fn restarted(live_restore: bool) {
    let Some(mut engine) = Dockerd::start(live_restore) else { return };
    let (mut agent, tape) = engine.agent().await;
    for pod in ["a", "b"] {
        write(&agent, pod);
    }
    let before = settles(&agent, &["a", "b"]).await;
    let warned = fs::read_to_string(agent.log()).unwrap().contains("a restart of Docker will stop every");
    assert_eq!(warned, !live_restore, "people are told what a restart of this engine does");
    // Once beside a living agent, once while it is away too.
    for round in 0..2 {
        if round == 1 {
            agent.kill();
        }
        engine.down();
        write(&agent, &format!("new{round}"));
        engine.up();
        if round == 1 {
            agent.restart();
        }
        engine.answers().await;
        let pods = ["a", "b", "new0", "new1"];
        let after = settles(&agent, &pods[..3 + round]).await;
        for was in &before {
            let is = after.iter().find(|it| it.container == was.container).unwrap();
            if live_restore {
                assert_eq!(is, was, "nothing was restarted");
            } else {
                assert!(is.attempt > was.attempt, "it was killed, and counts on: {is:?} after {was:?}");
            }
        }
    }
    for pod in ["a", "b", "new0", "new1"] {
        agent.remove(pod);
    }
    settles(&agent, &[]).await;
    println!("restart, live-restore {live_restore}: {} starts", tape.check());
}

#[tokio::test]
#[ignore = "needs dockerd, or STANDFAST_NO_DOCKERD"]
async fn pods_outlast_restarts_of_the_engine() {
    tokio::join!(restarted(false), restarted(true));
    println!("standfast-count: engine-restarts docker 4");
}

#[tokio::test]
#[ignore = "needs dockerd, or STANDFAST_NO_DOCKERD"]
async fn a_hung_engine_is_noticed_and_waited_for() {
    let Some(engine) = Dockerd::start(false) else { return };
    let (mut agent, tape) = engine.agent().await;
    agent.kill();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    agent.restart_with(&["--listen", &format!("127.0.0.1:{port}")]);
    write(&agent, "a");
    write(&agent, "b");
    let before = settles(&agent, &["a", "b"]).await;
    assert_eq!(health(port), "ok\n");
    engine.signal(Signal::STOP);
    let hung = Instant::now();
    // A pod comes and another goes while it hangs.
    let same = &before[0];
    write(&agent, "c");
    agent.remove("b");
    let (said, took) = eventually("the hung engine is noticed", async || {
        Some(health(port)).filter(|said| said.contains("does not answer"))
    })
    .await;
    println!("hung engine: after {took:?}: {said}");
    sleep(Duration::from_secs(12).saturating_sub(hung.elapsed())).await;
    engine.signal(Signal::CONT);
    let after = settles(&agent, &["a", "c"]).await;
    assert_eq!(after[0], *same, "nothing happened to it");
    assert_eq!(health(port), "ok\n");
    println!("hung engine: {} starts", tape.check());
    println!("standfast-count: engine-hangs docker 1");
}

fn health(port: u16) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// What a bad connection does to every so many questions.
struct Bad {
    what: fn(u32, &Question) -> Fate,
    count: AtomicU32,
}

impl Judge for Bad {
    fn fate(&self, question: &Question) -> Fate {
        (self.what)(self.count.fetch_add(1, Ordering::Relaxed), question)
    }
}

/// A pod is written, killed, edited and removed over a bad connection.
async fn over(name: &str, what: fn(u32, &Question) -> Fate, patience: Duration) {
    let engine = host();
    let place = Place::new();
    let judge = Arc::new(Bad { what, count: AtomicU32::new(0) });
    let at = place.root.join("proxy");
    let proxy = Proxy::start(&at, Path::new(engine.strip_prefix("unix://").unwrap()), judge.clone());
    let tape = Tape::start(&engine, &place.node);
    let mut agent = Agent::at(place, witness().await, &proxy.host());
    agent.restart();
    agent.write("web", SERVE);
    let first = settles_within(&agent, &["web"], patience).await;
    kill(&agent, &first[0].id).await;
    let second = settles_within(&agent, &["web"], patience).await;
    assert_eq!(second[0].attempt, 1, "it counts on");
    agent.write("web", &SERVE.replace("0.1", "0.2"));
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    loop {
        let now = settles_within(&agent, &["web"], patience).await;
        if now[0].id != second[0].id {
            break;
        }
        assert!(begun.elapsed() < patience, "the edit was missed");
        sleep(Duration::from_millis(100)).await;
    }
    agent.remove("web");
    settles_within(&agent, &[], patience).await;
    println!("{name}: {} questions, {} starts", judge.count.load(Ordering::Relaxed), tape.check());
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn pods_live_over_bad_connections() {
    let slow = |_, _: &Question| Fate::Delay(Duration::from_millis(400));
    let cut = |count: u32, question: &Question| match count % 11 {
        10 if question.path != "/events" => Fate::CutAnswer,
        _ => Fate::Pass,
    };
    let deaf = |_, question: &Question| if question.path == "/events" { Fate::Swallow } else { Fate::Pass };
    tokio::join!(
        over("slow answers", slow, Duration::from_mins(1)),
        over("cut answers", cut, Duration::from_secs(75)),
        // The list that tells the truth comes once a minute.
        over("lost events", deaf, Duration::from_secs(75)),
    );
    println!("standfast-count: bad-connections docker 3");
}
