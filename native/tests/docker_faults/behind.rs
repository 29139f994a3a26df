//! What others do to a node's containers, images and volumes behind the agent's back.

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use bollard::query_parameters::{
    RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder, RenameContainerOptionsBuilder,
    TagImageOptionsBuilder,
};
use standfast::docker::labels::{self, Identity};
use tokio::time::sleep;

use crate::{
    support::{
        self, IMAGE,
        agent::{Agent, Found, SERVE},
        containers_of, host,
    },
    tape::Tape,
};

/// A node is what its folder says when it has been so for this long.
const QUIET: Duration = Duration::from_millis(700);

/// Waits until exactly these pods run, one instance of their container and one sandbox each, and stay so.
pub async fn settles(agent: &Agent, pods: &[&str]) -> Vec<Found> {
    settles_within(agent, pods, Duration::from_mins(1)).await
}

pub async fn settles_within(agent: &Agent, pods: &[&str], patience: Duration) -> Vec<Found> {
    rests(agent, pods, pods.len(), patience).await
}

async fn rests(agent: &Agent, pods: &[&str], boxes: usize, patience: Duration) -> Vec<Found> {
    let begun = Instant::now();
    let mut since: Option<(Instant, Vec<Found>)> = None;
    loop {
        let mut running = agent.running().await;
        running.sort();
        let wanted: BTreeSet<String> =
            pods.iter().map(|pod| format!("{pod}-{}/main", agent.place.node)).collect();
        let is: Vec<&String> = running.iter().map(|found| &found.container).collect();
        let right = is == wanted.iter().collect::<Vec<_>>() && sandboxes(agent).await == boxes;
        since = match since.take() {
            _ if !right => None,
            Some((at, same)) if same == running => {
                if at.elapsed() > QUIET {
                    return running;
                }
                Some((at, same))
            }
            _ => Some((Instant::now(), running.clone())),
        };
        assert!(begun.elapsed() < patience, "not within {patience:?}: {pods:?} run, but {running:#?}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn sandboxes(agent: &Agent) -> usize {
    let all = containers_of(&agent.docker, &agent.place.node).await.into_iter();
    let running = all.filter(|it| it.state.is_some_and(|state| state.to_string() == "running"));
    running.filter(|it| it.labels.as_ref().is_some_and(|labels| labels[labels::KIND] == "sandbox")).count()
}

pub async fn kill(agent: &Agent, id: &str) {
    support::agent::kill(&agent.docker, id).await;
}

/// The container or the sandbox of a pod: its id and its name in the engine.
async fn object(agent: &Agent, pod: &str, sandbox: bool) -> (String, String) {
    let all = containers_of(&agent.docker, &agent.place.node).await;
    let found = all.into_iter().find(|it| {
        let running = it.state.is_some_and(|state| state.to_string() == "running");
        let name = format!("{pod}-{}", agent.place.node);
        match it.labels.as_ref().and_then(labels::identity) {
            Some(Identity::Sandbox { pod, .. }) => sandbox && running && *pod.name == *name,
            Some(Identity::Container(it)) => !sandbox && running && *it.pod.name == *name,
            None => false,
        }
    });
    let found = found.unwrap_or_else(|| panic!("{pod} runs"));
    (found.id.unwrap(), found.names.unwrap()[0].trim_start_matches('/').to_owned())
}

/// A tag of its own, so that no other test misses the image.
const TAG: &str = "standfast-fault";

async fn tag(agent: &Agent) {
    let options = TagImageOptionsBuilder::new().repo(TAG).tag("1").build();
    agent.docker.tag_image(IMAGE, Some(options)).await.unwrap();
}

const FORCE: fn() -> bollard::query_parameters::RemoveContainerOptions =
    || RemoveContainerOptionsBuilder::new().force(true).build();

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn whatever_others_do_the_folder_counts() {
    const PODS: [&str; 8] =
        ["killed", "removed", "no-sandbox", "dead-sandbox", "paused", "renamed", "no-image", "no-volume"];
    let mut agent = Agent::start().await;
    let tape = Tape::start(&host(), &agent.place.node);
    tag(&agent).await;
    for pod in PODS {
        let image = if pod == "no-image" { "standfast-fault:1" } else { IMAGE };
        agent.write_pod(
            pod,
            &format!(
                "  containers:\n  - name: main\n    image: {image}\n    command: [sh, -c, \"{SERVE}\"]\n    \
                 volumeMounts: [{{name: cache, mountPath: /cache}}]\n  volumes: [{{name: cache, emptyDir: {{}}}}]\n"
            ),
        );
    }
    let before = settles(&agent, &PODS).await;
    let docker = agent.docker.clone();
    let id = async |pod| object(&agent, pod, false).await.0;
    kill(&agent, &id("killed").await).await;
    docker.remove_container(&id("removed").await, Some(FORCE())).await.unwrap();
    docker.remove_container(&object(&agent, "no-sandbox", true).await.0, Some(FORCE())).await.unwrap();
    kill(&agent, &object(&agent, "dead-sandbox", true).await.0).await;
    docker.pause_container(&id("paused").await).await.unwrap();
    // Under the very name that its successor should have.
    let (renamed, name) = object(&agent, "renamed", false).await;
    let taken = format!("{}1", &name[..name.len() - 1]);
    docker
        .rename_container(&renamed, RenameContainerOptionsBuilder::new().name(&taken).build())
        .await
        .unwrap();
    kill(&agent, &renamed).await;
    let force = RemoveImageOptionsBuilder::new().force(true).build();
    docker.remove_image("standfast-fault:1", Some(force), None).await.unwrap();
    kill(&agent, &id("no-image").await).await;
    for pod in fs::read_dir(agent.place.root.join("root/pods")).unwrap().flatten() {
        let _ = fs::remove_dir_all(pod.path().join("volumes"));
    }
    kill(&agent, &id("no-volume").await).await;
    // One that is paused is there, though it does not run; the pod whose image is gone waits in its sandbox.
    let but = |names: &[&str]| PODS.into_iter().filter(|pod| !names.contains(pod)).collect::<Vec<_>>();
    rests(&agent, &but(&["paused", "no-image"]), PODS.len(), Duration::from_mins(1)).await;
    tag(&agent).await;
    // The image is looked for again when its back-off, and the container's, are over.
    let after = rests(&agent, &but(&["paused"]), PODS.len(), Duration::from_secs(90)).await;
    for is in &after {
        let was = before.iter().find(|it| it.container == is.container).unwrap();
        assert!(is.attempt >= was.attempt, "{is:?} after {was:?}");
    }
    // A stop is under way when the agent dies, and goes on when it is back. A paused process cannot listen.
    for pod in PODS {
        agent.remove(pod);
    }
    sleep(Duration::from_millis(150)).await;
    agent.kill();
    agent.restart();
    settles(&agent, &[]).await;
    println!("behind its back: {} starts", tape.check());
    let begun = Instant::now();
    while !containers_of(&agent.docker, &agent.place.node).await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(75), "containers without an owner are left");
        sleep(Duration::from_millis(200)).await;
    }
    let left = fs::read_dir(agent.place.root.join("root/pods")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "and so are volumes");
    println!("standfast-count: meddlings docker {}", PODS.len());
}
