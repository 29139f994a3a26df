//! The agent as a process, without an engine: its view over HTTP, its signals, its lock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use standfast_core::view::{NodeView, Phase, RecordView};

/// An agent, and a folder that goes away with it.
struct Agent {
    place: PathBuf,
    address: String,
    process: Child,
}

impl Agent {
    fn start(name: &str, more: &[&str]) -> Self {
        let place = std::env::temp_dir().join(format!("standfast-agent-{name}-{}", std::process::id()));
        fs::create_dir_all(place.join("manifests")).unwrap();
        fs::create_dir_all(place.join("page")).unwrap();
        fs::write(place.join("page/app.wasm"), b"\0asm").unwrap();
        fs::write(place.join("page/index.html"), "<!doctype html>").unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = command(&place);
        command.args(["--listen", &address, "--page"]).arg(place.join("page")).args(more);
        let process = command.stderr(Stdio::piped()).spawn().unwrap();
        let agent = Self { place, address, process };
        agent.wait_for("the agent answers", || {
            agent.get("/healthz", "localhost").filter(|answer| !answer.is_empty())
        });
        agent
    }

    /// The whole answer to a request that names this host.
    fn get(&self, path: &str, host: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.get(path, "127.0.0.1:1").unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("application/json"), "{head}");
        serde_json::from_str(body).unwrap()
    }

    fn wait_for<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "not within 20 s: {what} ({})", self.address);
            sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to end; what it logged.
    fn terminate(mut self) -> String {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(self.process.wait().unwrap().success(), "{log}");
        log
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.place);
    }
}

fn command(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standfast"));
    command.args(["run", "--node", "Node-A", "--manifests"]).arg(place.join("manifests"));
    command.arg("--root-dir").arg(place.join("root"));
    command
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  terminationGracePeriodSeconds: 1\n  containers:\n  \
                   - {name: main, image: \"busybox:1.36\", command: [sleep, \"1000\"]}\n";

#[test]
fn a_simulated_node_runs_in_real_time_and_can_be_looked_at() {
    let agent = Agent::start("sim", &["--runtime", "sim", "--policy", "backup-files=ignore"]);
    fs::write(agent.place.join("manifests/web.yaml"), POD).unwrap();
    let node: NodeView = agent.wait_for("the pod runs", || {
        let node: NodeView = agent.json("/api/v1alpha1/node");
        node.pods.iter().any(|pod| pod.phase == Phase::Running).then_some(node)
    });
    assert_eq!((node.name.as_str(), &*node.pods[0].id.name), ("node-a", "web-node-a"));
    let records: Vec<RecordView> = agent.json("/api/v1alpha1/records?since=3");
    assert_eq!(records.first().map(|record| record.seq), Some(3));

    let page = agent.get("/app.wasm", "localhost:1").unwrap();
    assert!(page.contains("application/wasm") && page.ends_with("\0asm"), "{page}");
    assert!(agent.get("/", "localhost").unwrap().contains("text/html"));
    assert!(agent.get("/../root", "localhost").unwrap().contains("404"));
    assert!(agent.get("/api/v1alpha1/node", "rebound.example").unwrap().contains("403"));
    assert!(agent.get("/api/v1alpha1/records?since=x", "localhost").unwrap().contains("400"));
    let log = agent.terminate();
    assert!(log.contains("create container main#0") && log.contains("its pods run on"), "{log}");
}

#[test]
fn pods_are_printed_as_kubectl_prints_them() {
    let agent = Agent::start("get", &["--runtime", "sim"]);
    let show = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_standfast"));
        let output = command.args(words).args(["--agent", &agent.address]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    let none = "No resources found in default namespace.\n".to_owned();
    assert_eq!(show(&["get", "pods"]), (String::new(), none, Some(0)));
    fs::write(agent.place.join("manifests/web.yaml"), POD).unwrap();
    let table = agent.wait_for("the pod runs", || {
        let (table, _, _) = show(&["get", "pods"]);
        table.contains("Running").then_some(table)
    });
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "NAME         READY   STATUS    RESTARTS   AGE");
    assert!(lines[1].starts_with("web-node-a   1/1     Running   0          "), "{table}");
    assert!(lines[1].ends_with('s'), "{table}");

    let (wide, _, _) = show(&["get", "pod", "web", "-o", "wide", "--no-headers"]);
    assert!(wide.lines().count() == 1 && wide.contains("node-a"), "{wide}");
    assert_eq!(show(&["get", "pods", "-o", "name"]).0, "pod/web-node-a\n");
    assert_eq!(show(&["get", "pods", "-l", "app=other", "-o", "name"]).0, "");
    assert_eq!(
        show(&["get", "pods", "-n", "kube-system"]).1,
        "No resources found in kube-system namespace.\n"
    );
    let (yaml, _, _) = show(&["get", "pod/web-node-a", "-o", "yaml"]);
    assert!(
        yaml.starts_with("apiVersion: v1\nkind: Pod\n") && yaml.contains("\n  phase: Running\n"),
        "{yaml}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&show(&["get", "pods", "-A", "-o", "json"]).0).unwrap();
    assert_eq!(json["items"][0]["metadata"]["annotations"]["kubernetes.io/config.source"], "file");

    let (page, _, _) = show(&["describe", "pod", "web-node-a"]);
    assert!(page.starts_with("Name:         web-node-a\n"), "{page}");
    assert!(page.contains("\nStatus:       Running\n"), "{page}");
    let events = page.split("Events:").nth(1).unwrap();
    assert!(events.contains("Normal  Started") && events.contains("Container started"), "{page}");
    let (events, _, _) = show(&["get", "events"]);
    assert!(events.contains("pod/web-node-a"), "{events}");

    let (out, err, code) = show(&["describe", "pod", "nope"]);
    assert_eq!(
        (out.as_str(), err.as_str(), code),
        ("", "Error from server (NotFound): pods \"nope\" not found\n", Some(1))
    );
    let (_, err, code) = show(&["get", "deployments"]);
    assert!(err.contains("an agent has no resource type \"deployments\"") && code == Some(2), "{err}");
    assert!(show(&["get", "pods", "-o", "xml"]).1.contains("use wide, yaml, json or name"));
}

#[test]
fn where_no_agent_answers_is_said() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standfast"));
    let output = command.args(["get", "pods", "--agent", "127.0.0.1:1"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("no agent answers at 127.0.0.1:1") && text.contains("--listen"), "{text}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn stopping_pods_on_exit_waits_for_them() {
    let agent = Agent::start("stop", &["--runtime", "sim", "--stop-pods-on-exit", "--log-format", "json"]);
    fs::write(agent.place.join("manifests/web.yaml"), POD.replace("sleep, \"1000\"", "sh, -c, exec sleep 9"))
        .unwrap();
    agent.wait_for("the pod runs", || {
        let node: NodeView = agent.json("/api/v1alpha1/node");
        node.pods.iter().any(|pod| pod.phase == Phase::Running).then_some(())
    });
    let log = agent.terminate();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said =
        |text: &str| lines.iter().any(|line| line["message"].as_str().is_some_and(|it| it.contains(text)));
    assert!(said("stop container main#0") && said("stop sandbox #0"), "{log}");
}

#[test]
fn an_agent_without_an_engine_waits_and_no_second_one_takes_its_node() {
    let agent = Agent::start("alone", &["--docker-host", "unix:///nonexistent/docker.sock"]);
    agent.wait_for("it says that it cannot do its work", || {
        let answer = agent.get("/healthz", "localhost")?;
        (answer.contains(" 503 ") && answer.contains("docker.sock")).then_some(())
    });
    let second = |more: &[&str]| -> Output { command(&agent.place).args(more).output().unwrap() };
    let refused = second(&["--docker-host", "unix:///nonexistent/docker.sock"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("another agent runs node node-a here"), "{said}");
    let refused = second(&["--policy", "reaction=fast"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("it can be: prompt | kubelet"));
    fs::write(agent.place.join("manifests/web.yaml"), POD).unwrap();
    agent.wait_for("the manifest is read", || {
        let node: NodeView = agent.json("/api/v1alpha1/node");
        (!node.files.is_empty()).then_some(())
    });
    let log = agent.terminate();
    assert!(log.contains("pods cannot be looked after until Docker answers"), "{log}");
}
