//! The agent on a real engine: what people see who drop a manifest into the folder.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::{collections::BTreeMap, fs, time::Duration};

use standfast::docker::labels;
use support::{
    agent::{Agent, Found, SERVE, kill},
    containers_of, eventually, inspect,
};
use tokio::time::sleep;

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn a_pod_runs_while_its_file_is_there_and_is_kept_alive() {
    let agent = Agent::start().await;
    agent.write("web", SERVE);
    let (first, took) = agent.runs_one().await;
    println!("file written -> container runs: {took:?}");
    assert_eq!((first.attempt, first.container), (0, format!("web-{}/main", agent.place.node)));

    kill(&agent.docker, &first.id).await;
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
    kill(&agent.docker, &running[0].id).await;
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
