//! The agent on a real engine: what people see who drop a manifest into the folder.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bollard::{Docker, query_parameters::KillContainerOptionsBuilder};
use standfast::docker::labels::{self, Identity};
use support::{IMAGE, Place, containers_of, eventually, host, inspect, witness};
use tokio::time::sleep;

/// A real agent as a process of its own.
struct Agent {
    place: Place,
    process: Option<Child>,
    docker: Docker,
}

/// What is there of one container: its id in the engine, its attempt, and whether it runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    container: String,
    attempt: u32,
    id: String,
    runs: bool,
}

impl Agent {
    async fn start() -> Self {
        let mut agent = Self { place: Place::new(), process: None, docker: witness().await };
        agent.restart();
        agent
    }

    fn restart(&mut self) {
        self.restart_with(&[]);
    }

    fn restart_with(&mut self, more: &[&str]) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_standfast"))
            .args(["run", "--node", self.place.node.as_str(), "--docker-host", &host(), "--manifests"])
            .arg(self.place.manifests())
            .arg("--root-dir")
            .arg(self.place.root.join("root"))
            .args(more)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
    }

    fn log(&self) -> std::path::PathBuf {
        self.place.root.join("log")
    }

    /// Ends it as a power cut would.
    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Asks it to end, and waits until it has.
    fn terminate(&mut self) {
        let mut process = self.process.take().unwrap();
        let pid = process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(process.wait().unwrap().success());
    }

    fn write(&self, pod: &str, script: &str) {
        let manifest = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {pod}\nspec:\n  terminationGracePeriodSeconds: 2\n  \
             containers:\n  - name: main\n    image: {IMAGE}\n    command: [sh, -c, \"{script}\"]\n"
        );
        fs::write(self.place.manifests().join(format!("{pod}.yaml")), manifest).unwrap();
    }

    /// Every container of the node by `pod/container`, sandboxes left out.
    async fn containers(&self) -> Vec<Found> {
        let mut all = Vec::new();
        for summary in containers_of(&self.docker, &self.place.node).await {
            let Some(Identity::Container(identity)) = labels::identity(summary.labels.as_ref().unwrap())
            else {
                continue;
            };
            let state = summary.state.map(|state| state.to_string()).unwrap_or_default();
            all.push(Found {
                container: format!("{}/{}", identity.pod.name, identity.instance.container),
                attempt: identity.instance.attempt,
                id: summary.id.unwrap(),
                runs: state == "running",
            });
        }
        all.sort();
        all
    }

    async fn running(&self) -> Vec<Found> {
        self.containers().await.into_iter().filter(|found| found.runs).collect()
    }

    /// Waits until exactly so many containers run.
    async fn runs(&self, count: usize) -> (Vec<Found>, Duration) {
        eventually(&format!("{count} containers run"), async || {
            let running = self.running().await;
            (running.len() == count).then_some(running)
        })
        .await
    }

    async fn runs_one(&self) -> (Found, Duration) {
        let (mut found, took) = self.runs(1).await;
        (found.remove(0), took)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.log()).unwrap_or_default());
        }
    }
}

const SERVE: &str = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_pod_runs_while_its_file_is_there_and_is_kept_alive() {
    let agent = Agent::start().await;
    agent.write("web", SERVE);
    let (first, took) = agent.runs_one().await;
    println!("file written -> container runs: {took:?}");
    assert_eq!((first.attempt, first.container), (0, format!("web-{}/main", agent.place.node)));

    let kill = Some(KillContainerOptionsBuilder::new().signal("KILL").build());
    agent.docker.kill_container(&first.id, kill).await.unwrap();
    let ((second,), took) = eventually("another runs in its place", async || {
        let running = agent.running().await;
        running.into_iter().find(|found| found.id != first.id).map(|found| (found,))
    })
    .await;
    println!("container killed -> replacement runs: {took:?}");
    assert_eq!(second.attempt, 1);
    assert!(took < Duration::from_secs(5), "the first restart does not wait");

    agent.write("web", &SERVE.replace("0.1", "0.2"));
    let (third, took) = eventually("an edited pod runs", async || {
        let running = agent.running().await;
        running.into_iter().find(|found| found.id != second.id)
    })
    .await;
    println!("file edited -> new container runs: {took:?}");
    assert_eq!(third.attempt, 0, "it is another pod");
    assert_eq!(agent.running().await.len(), 1, "old and new never run side by side");

    fs::remove_file(agent.place.manifests().join("web.yaml")).unwrap();
    let (_, took) = agent.runs(0).await;
    println!("file removed -> nothing runs: {took:?}");
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn an_agent_killed_at_any_moment_loses_and_duplicates_nothing() {
    const PODS: usize = 3;
    let mut agent = Agent::start().await;
    for pod in 0..PODS {
        agent.write(&format!("web{pod}"), SERVE);
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    // Moments in the middle of listing, loading the image, making sandboxes, making and starting containers.
    for moment in [15, 40, 90, 160, 240, 330, 450, 600, 800, 1100] {
        sleep(Duration::from_millis(moment)).await;
        agent.kill();
        // What the engine was told to do, it goes on doing.
        sleep(Duration::from_millis(700)).await;
        for found in agent.running().await {
            let id = known.entry(found.container.clone()).or_insert_with(|| found.id.clone());
            assert_eq!(*id, found.id, "{} was replaced by a restart of the agent", found.container);
        }
        agent.restart();
    }
    let (running, _) = agent.runs(PODS).await;
    for found in &running {
        assert_eq!(known.get(&found.container).unwrap_or(&found.id), &found.id);
    }
    let before = started(&agent, &running).await;
    for moment in [0, 30, 100, 300, 1000] {
        agent.kill();
        agent.restart();
        sleep(Duration::from_millis(moment)).await;
    }
    sleep(Duration::from_secs(2)).await;
    assert_eq!(agent.running().await, running, "the same containers run");
    assert_eq!(started(&agent, &running).await, before, "none of them was started again");
    let mut sandboxes = containers_of(&agent.docker, &agent.place.node).await;
    sandboxes.retain(|summary| summary.labels.as_ref().unwrap()[labels::KIND] == "sandbox");
    sandboxes.retain(|summary| summary.state.as_ref().unwrap().to_string() == "running");
    assert_eq!(sandboxes.len(), PODS, "one sandbox a pod");

    // It still looks after what it found.
    let kill = Some(KillContainerOptionsBuilder::new().signal("KILL").build());
    agent.docker.kill_container(&running[0].id, kill).await.unwrap();
    let (again, _) = eventually("a killed container of an adopted pod runs again", async || {
        let now = agent.running().await;
        now.into_iter().find(|found| found.container == running[0].container && found.id != running[0].id)
    })
    .await;
    assert_eq!(again.attempt, running[0].attempt + 1);
}

async fn started(agent: &Agent, running: &[Found]) -> Vec<Option<String>> {
    let mut times = Vec::new();
    for found in running {
        times.push(inspect(&agent.docker, &found.id).await.state.unwrap().started_at);
    }
    times
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn pods_outlive_the_agent_unless_it_is_told_otherwise() {
    let mut agent = Agent::start().await;
    agent.write("web", SERVE);
    let (first, _) = agent.runs_one().await;
    agent.terminate();
    sleep(Duration::from_millis(300)).await;
    assert_eq!(agent.running().await, std::slice::from_ref(&first));
    agent.restart_with(&["--stop-pods-on-exit"]);
    sleep(Duration::from_millis(500)).await;
    agent.terminate();
    assert_eq!(agent.running().await, []);
    // A start after that runs the pod again: its restarts are counted on.
    agent.restart();
    let (again, _) = agent.runs_one().await;
    assert_eq!(again.attempt, 1);
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_file_that_turns_invalid_does_not_stop_its_pod() {
    let agent = Agent::start().await;
    agent.write("web", SERVE);
    let (first, _) = agent.runs_one().await;
    let file = agent.place.manifests().join("web.yaml");
    fs::write(&file, "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containrs: []}\n").unwrap();
    let (log, _) = eventually("the error is loud", async || {
        let log = fs::read_to_string(agent.log()).unwrap_or_default();
        log.contains("ERROR").then_some(log)
    })
    .await;
    assert!(log.contains("web.yaml"), "{log}");
    // Past a full pass over the folder: the kubelet would have stopped it by now.
    sleep(Duration::from_secs(22)).await;
    assert_eq!(agent.running().await, [first]);
}
