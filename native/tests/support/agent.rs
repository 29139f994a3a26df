//! A real agent as a process of its own, and what the engine has of its pods.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bollard::{Docker, query_parameters::KillContainerOptionsBuilder};
use standfast::docker::labels::{self, Identity};

use super::{IMAGE, Place, containers_of, eventually, host, witness};

/// A process that serves until it is asked to end.
pub const SERVE: &str = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/// A real agent as a process of its own.
pub struct Agent {
    pub place: Place,
    process: Option<Child>,
    /// The engine itself, past whatever stands before it.
    pub docker: Docker,
    /// Where the agent is told that the engine answers.
    engine: String,
}

/// What is there of one container: its id in the engine, its attempt, and whether it runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub container: String,
    pub attempt: u32,
    pub id: String,
    pub runs: bool,
}

impl Agent {
    /// An agent on the engine of the suites.
    pub async fn start() -> Self {
        let mut agent = Self::at(Place::new(), witness().await, &host());
        agent.restart();
        agent
    }

    /// An agent that is not started yet, on this engine.
    pub fn at(place: Place, docker: Docker, engine: &str) -> Self {
        Self { place, process: None, docker, engine: engine.to_owned() }
    }

    pub fn restart(&mut self) {
        self.restart_with(&[]);
    }

    pub fn restart_with(&mut self, more: &[&str]) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_standfast"))
            .args(["run", "--node", self.place.node.as_str(), "--docker-host", &self.engine, "--manifests"])
            .arg(self.place.manifests())
            .arg("--root-dir")
            .arg(self.place.root.join("root"))
            .args(more)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
    }

    pub fn log(&self) -> std::path::PathBuf {
        self.place.root.join("log")
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// The process, while it is there.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Starts it again when somebody has killed it. True when it was.
    pub fn revive(&mut self) -> bool {
        let dead = self.process.as_mut().is_none_or(|process| process.try_wait().unwrap().is_some());
        if dead {
            self.restart();
        }
        dead
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(&mut self) {
        let mut process = self.process.take().unwrap();
        let pid = process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(process.wait().unwrap().success());
    }

    pub fn write(&self, pod: &str, script: &str) {
        self.write_pod(
            pod,
            &format!(
                "  containers:\n  - name: main\n    image: {IMAGE}\n    command: [sh, -c, \"{script}\"]\n"
            ),
        );
    }

    /// Writes a pod with the rest of its spec, which is indented by two.
    pub fn write_pod(&self, pod: &str, spec: &str) {
        let manifest = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {pod}\nspec:\n  terminationGracePeriodSeconds: 2\n{spec}"
        );
        // As editors do: never half of a file.
        let half = self.place.root.join("half");
        fs::write(&half, manifest).unwrap();
        fs::rename(half, self.file(pod)).unwrap();
    }

    pub fn remove(&self, pod: &str) {
        fs::remove_file(self.file(pod)).unwrap();
    }

    fn file(&self, pod: &str) -> std::path::PathBuf {
        self.place.manifests().join(format!("{pod}.yaml"))
    }

    /// Every container of the node by `pod/container`, sandboxes left out.
    pub async fn containers(&self) -> Vec<Found> {
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

    pub async fn running(&self) -> Vec<Found> {
        self.containers().await.into_iter().filter(|found| found.runs).collect()
    }

    /// Waits until exactly so many containers run.
    pub async fn runs(&self, count: usize) -> (Vec<Found>, Duration) {
        eventually(&format!("{count} containers run"), async || {
            let running = self.running().await;
            (running.len() == count).then_some(running)
        })
        .await
    }

    pub async fn runs_one(&self) -> (Found, Duration) {
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

/// Kills a container past its agent.
pub async fn kill(docker: &Docker, id: &str) {
    let options = Some(KillContainerOptionsBuilder::new().signal("KILL").build());
    docker.kill_container(id, options).await.unwrap();
}
