//! What `kubectl` says at a console is what the real client says: what it would make, and what is wrong with a line.
//!
//! As with pages, the golden is compared always, and the real client is asked when `STANDFAST_KUBECTL` names it.

use std::{fmt::Write as _, process::Command, time::Duration};

use standfast_core::{
    config::Config,
    console::{Console, Host},
    sim::World,
    time::UnixSeconds,
};

use super::{
    EPOCH,
    server::Server,
    situations::{SITUATIONS, Situation},
};

const LINES: &[&str] = &[
    "run web --image=nginx --dry-run=client -o yaml",
    "run web --image=nginx --dry-run=client",
    "run web --image=nginx --dry-run=client -o name",
    "run web --image=nginx --port=80 --env=A=b --env=C=d --labels=app=x,tier=y --restart=Never --dry-run=client -o yaml",
    "run web --image=busybox --restart=OnFailure --dry-run=client -o yaml -- sleep 5",
    "run web --image=busybox --command --dry-run=client -o yaml -- sleep 5",
    "run web --image=nginx -n kube-system --dry-run=client -o yaml",
    "run web --image=nginx --image-pull-policy=Never --privileged --annotations=a=b --dry-run=client -o yaml",
    "run web extra --image=nginx --dry-run=client -o yaml",
    "run",
    "run web",
    "run --image=nginx",
    "run web --image=:",
    "run web --image=nginx --restart=Foo",
    "run web --image=nginx --env=X --dry-run=client",
    "run web --image=nginx --dry-run=pizza",
    "run web --image=nginx --dry-run=client -o pizza",
    "create deployment web --image=nginx:1.27 --replicas=3 --dry-run=client -o yaml",
    "create deployment web --image=registry.example/a/shop:1 --port=80 --dry-run=client -o yaml -- sleep 5",
    "create deployment web",
    "create deployment --image=nginx",
    "create namespace team --dry-run=client -o yaml",
    "create namespace",
    "apply -f /nope",
    "get",
    "get pods --pizza",
    "get pods -z",
    "get pods -w=x",
    "get pizza",
    "get pod nope",
    "get pods,nodes nope",
    "get pods,nodes -w",
    "get pods -o pizza",
    "get pods -o name -w=false",
    "describe",
    "describe pod nope",
    "delete",
    "delete pod",
    "delete pod nope",
    "delete pod web --grace-period=x",
    "label",
    "label pod x",
    "label pod nope a=b",
    "annotate pod x",
    "logs",
    "logs nope",
    "logs web-node01 -c nope",
    "logs web -c",
    "logs web --tail",
    "exec",
    "exec web",
    "exec web ls",
    "exec nope -- ls",
    "exec web-node01 -c nope -- ls",
    "edit",
    "edit pod nope",
    "cordon",
    "cordon nope",
    "uncordon",
    "uncordon node01",
    "drain",
    "drain nope",
    "drain node01 --pizza",
    "drain node01 --dry-run=client",
    "taint",
    "taint node x",
    "taint node x foo",
    "taint node x foo=bar",
    "taint node x foo=bar:Bad",
    "taint node node01 =b:NoSchedule",
    "taint node node01 nope-",
    "taint node nope a=b:NoSchedule",
    "taint pod x a=b:NoSchedule",
    "scale",
    "scale --replicas=3",
    "scale deployment --replicas=3",
    "scale deployment nope --replicas=3",
    "rollout status",
    "rollout status deployment nope",
    "rollout status pod web-node01",
    "rollout restart pod web-node01",
    "rollout history pod web-node01",
    "set image",
    "set image deploy/web",
    "set image deploy/nope a=b",
    "explain",
    "explain pod x",
    "top pods",
    "top nodes",
    "port-forward",
    "port-forward web",
    "port-forward nope 80",
];

fn situation() -> &'static Situation {
    SITUATIONS
        .iter()
        .find(|situation| situation.name == "running")
        .expect("the situation with a pod that runs")
}

/// What the console prints for each line, typed one after the other.
fn ours() -> Vec<String> {
    let mut world = World::new(7);
    let node = world.add_node(Config { api: true, ..Config::default() }).expect("a node");
    world.set_api_server(true);
    world.advance(Duration::from_secs(1));
    for (name, text) in situation().files {
        world.write(&node, name, text.as_bytes()).expect("a file");
    }
    world.advance(Duration::from_secs(30));
    let mut console = Console::new(Host::Workstation);
    LINES.iter().map(|line| console.run(&mut world, &format!("kubectl {line}")).text).collect()
}

fn page(printed: &[String]) -> String {
    LINES.iter().zip(printed).fold(String::new(), |mut all, (line, text)| {
        let _ = write!(all, "$ kubectl {line}\n{text}");
        all
    })
}

fn path() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/kubectl/lines.txt")
}

#[test]
fn lines_are_answered_as_on_file() {
    if std::env::var_os("STANDFAST_UPDATE").is_some() {
        return;
    }
    let (text, on_file) = (page(&ours()), std::fs::read_to_string(path()).unwrap_or_default());
    let at = text.lines().zip(on_file.lines()).position(|(ours, file)| ours != file);
    assert!(
        text == on_file,
        "other than on file from line {at:?} on. Run with STANDFAST_KUBECTL and STANDFAST_UPDATE=1 if that is meant."
    );
}

#[test]
fn the_real_client_answers_the_same() {
    let Some(program) = std::env::var_os("STANDFAST_KUBECTL") else {
        println!("kubectl was not asked: set STANDFAST_KUBECTL to the program");
        return;
    };
    let cache = std::env::temp_dir().join(format!("standfast-kubectl-lines-{}", std::process::id()));
    let server = Server::start(situation().objects(UnixSeconds(EPOCH)));
    let (ours, mut differences) = (ours(), Vec::new());
    for (line, ours) in LINES.iter().zip(&ours) {
        let theirs = Command::new(&program)
            .args(["--server", &server.address(), "--cache-dir"])
            .arg(&cache)
            .args(line.split(' '))
            .env("KUBECONFIG", "/dev/null")
            .output()
            .expect("kubectl runs");
        let theirs =
            [theirs.stdout, theirs.stderr].map(|text| String::from_utf8(text).expect("text")).concat();
        if theirs != *ours {
            differences.push(format!("kubectl {line}\n  kubectl: {theirs:?}\n  ours:    {ours:?}"));
        }
    }
    let _ = std::fs::remove_dir_all(cache);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    if std::env::var_os("STANDFAST_UPDATE").is_some() {
        std::fs::write(path(), page(&ours)).expect("a golden file");
    }
    crate::say(&format!("standfast-count: kubectl-lines {} {}", crate::host(), LINES.len()));
}
