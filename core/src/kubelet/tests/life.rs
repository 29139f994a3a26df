//! What becomes of pods.

use std::sync::Arc;

use super::{Node, container, pod, probe};
use crate::{
    config::{Config, Policies},
    contract::{Event, ProbeKind, Probed},
    id::PodRef,
    manifest::{Pod, RestartPolicy},
    time::Time,
    view::Phase,
};

fn node() -> Node {
    let mut node = Node::new(Config::default());
    node.image("nginx", true);
    node
}

fn prompt() -> Node {
    let mut node = Node::new(Config { policies: Policies::AGENT, ..Config::default() });
    node.image("nginx", true);
    node
}

fn web() -> Arc<Pod> {
    pod("u1", vec![container("web", "nginx")])
}

fn with(pod: &Arc<Pod>, change: impl FnOnce(&mut Pod)) -> Arc<Pod> {
    let mut changed = (**pod).clone();
    change(&mut changed);
    Arc::new(changed)
}

#[test]
fn a_pod_runs() {
    let mut node = node();
    node.add(&web());
    assert_eq!(node.status(), ["Running 1/1 0"]);
    assert_eq!(node.events(), ["Pulled", "Created", "Started"]);
    let view = &node.pods()[0];
    assert_eq!(view.phase, Phase::Running);
    assert!(view.conditions.iter().all(|condition| condition.status), "{:?}", view.conditions);
}

#[test]
fn containers_of_a_pod_start_in_order() {
    let mut node = node();
    node.add(&pod("u1", vec![container("b", "nginx"), container("a", "nginx")]));
    assert_eq!(node.running(), ["u1/b#0", "u1/a#0"]);
    assert_eq!(node.status(), ["Running 2/2 0"]);
}

#[test]
fn a_crash_loop_waits_longer_each_time() {
    let mut node = node();
    node.add(&web());
    let mut starts = Vec::new();
    for _ in 0..6 {
        node.exit("web", 1);
        let from = node.now;
        while node.running().is_empty() {
            node.advance(0.25);
        }
        starts.push(node.now.since(from).as_secs());
    }
    assert!(starts[0] <= 1, "the first restart is at once: {starts:?}");
    for (waited, least) in starts[1..].iter().zip([10, 20, 40, 80, 160]) {
        assert!((least..=least * 3 / 2 + 60).contains(waited), "{starts:?}");
    }
    assert_eq!(node.pods()[0].restarts, 6);
    assert_eq!(node.pods()[0].phase, Phase::Running);
}

#[test]
fn a_crash_loop_says_so() {
    let mut node = node();
    node.add(&web());
    node.exit("web", 1);
    node.advance(1.5);
    node.exit("web", 1);
    node.advance(2.0);
    assert_eq!(node.status(), ["Error 0/1 1"], "the status is as old as the last look");
    node.look_at(&web());
    assert_eq!(node.status(), ["CrashLoopBackOff 0/1 1"]);
    let text = format!("{:?}", node.pods()[0].containers[0].state);
    assert!(
        text.contains("back-off 10s restarting failed container=web pod=web-node01_default(u1)"),
        "{text}"
    );
    assert_eq!(node.in_runtime(), (1, 1), "one dead instance is kept");
}

#[test]
fn never_means_never() {
    let mut node = node();
    let once = with(&web(), |pod| Arc::make_mut(&mut pod.spec).restart_policy = RestartPolicy::Never);
    node.add(&once);
    node.exit("web", 0);
    node.advance(30.0);
    assert_eq!(node.status(), ["Completed 0/1 0"]);
    assert_eq!(node.pods()[0].phase, Phase::Succeeded);
    let ready = node.pods()[0].conditions.iter().find(|c| &*c.kind == "Ready").unwrap().clone();
    assert_eq!(ready.reason.as_deref(), Some("PodCompleted"));
    node.advance(200.0);
    assert_eq!(node.in_runtime(), (1, 1), "a finished pod's container is kept");
}

#[test]
fn a_missing_image_alternates() {
    let mut node = node();
    let nowhere = pod("u1", vec![container("web", "nowhere:1")]);
    node.add(&nowhere);
    assert_eq!(node.events(), ["Pulling", "Failed", "Failed"]);
    node.advance(1.1);
    assert_eq!(node.status(), ["ErrImagePull 0/1 0"]);
    node.look_at(&nowhere);
    assert_eq!(node.status(), ["ImagePullBackOff 0/1 0"]);
    node.image("nowhere:1", false);
    node.advance(40.0);
    assert_eq!(node.status(), ["Running 1/1 0"]);
}

#[test]
fn an_edit_replaces_the_pod_without_overlap() {
    let (mut kubelet, mut agent) = (node(), prompt());
    let new = with(&web(), |pod| pod.id = PodRef::new("u2", "default", "web-node01"));
    for node in [&mut kubelet, &mut agent] {
        node.add(&web());
        node.replace(&web(), &new);
        assert_eq!(node.overlap, 1);
    }
    assert_eq!(agent.running(), ["u2/web#0"], "at once");
    kubelet.advance(9.0);
    assert_eq!(kubelet.running(), [""; 0]);
    kubelet.advance(7.0);
    assert_eq!(kubelet.running(), ["u2/web#0"]);
    agent.advance(120.0);
    assert_eq!(agent.in_runtime(), (1, 1), "the old one was cleaned away");
    assert_eq!(agent.status(), ["Running 1/1 0"]);
}

#[test]
fn a_removed_pod_is_stopped_and_forgotten() {
    let mut node = node();
    node.add(&web());
    node.remove(&web());
    assert_eq!(node.running(), [""; 0]);
    node.advance(130.0);
    assert_eq!((node.in_runtime(), node.status()), ((0, 0), vec![]));
}

#[test]
fn the_same_manifest_again_continues_the_count() {
    let mut node = node();
    node.add(&web());
    node.remove(&web());
    node.add(&web());
    node.advance(5.0);
    assert_eq!(node.running(), ["u1/web#1"]);
    assert_eq!(node.status(), ["Running 1/1 1"]);
    assert!(node.events().contains(&"SandboxChanged".to_owned()));
}

#[test]
fn a_restarted_kubelet_adopts() {
    let mut node = node();
    node.add(&web());
    node.advance(30.0);
    node.restart_kubelet(&[web()]);
    assert_eq!(node.running(), ["u1/web#0"]);
    node.advance(100.0);
    assert_eq!(node.running(), ["u1/web#0"]);
    assert_eq!(node.status(), ["Running 1/1 0"]);
}

#[test]
fn an_edit_while_no_kubelet_is_there_does_not_run_two_side_by_side() {
    let mut node = prompt();
    node.add(&web());
    let new = with(&web(), |pod| pod.id = PodRef::new("u2", "default", "web-node01"));
    node.restart_kubelet(&[new]);
    assert_eq!(node.running(), ["u1/web#0"], "the old one is not stopped yet");
    node.advance(3.0);
    assert_eq!((node.running(), node.overlap), (vec!["u2/web#0".to_owned()], 1));
}

#[test]
fn a_restarted_kubelet_stops_what_nobody_asks_for() {
    let mut node = node();
    node.add(&web());
    node.restart_kubelet(&[]);
    assert_eq!(node.running(), ["u1/web#0"]);
    node.advance(3.0);
    assert_eq!(node.running(), [""; 0]);
    node.advance(130.0);
    assert_eq!((node.in_runtime(), node.status()), ((0, 0), vec![]));
}

#[test]
fn a_kubelet_that_ended_between_making_and_starting_goes_on() {
    let mut node = node();
    node.stop_before_start = true;
    node.add(&web());
    assert_eq!((node.in_runtime(), node.running().len()), ((1, 1), 0));
    node.stop_before_start = false;
    node.restart_kubelet(&[web()]);
    assert_eq!(node.running(), ["u1/web#0"]);
    assert_eq!(node.in_runtime(), (1, 1));
}

#[test]
fn a_dead_sandbox_takes_everything_with_it() {
    let mut node = node();
    node.add(&web());
    node.advance(5.0);
    node.kill_sandbox();
    node.advance(2.0);
    assert_eq!(node.running(), ["u1/web#1"]);
    assert!(node.events().contains(&"SandboxChanged".to_owned()));
    assert_eq!(node.pods()[0].restarts, 1);
}

#[test]
fn an_end_whose_time_cannot_be_right_is_looked_into() {
    let mut node = node();
    node.advance(5.0);
    node.add(&web());
    node.exit_at(Time::ZERO, "web", 1);
    node.advance(2.0);
    assert_eq!(node.running(), ["u1/web#1"]);
}

#[test]
fn a_container_removed_by_hand_comes_back() {
    let mut node = node();
    node.add(&web());
    let instance = node.lose("web");
    node.tell(Event::ContainerGone { instance });
    node.advance(1.5);
    assert_eq!(node.running(), ["u1/web#1"]);
    let last = node.pods()[0].containers[0].last_state.clone().unwrap();
    assert_eq!((last.code, last.reason.to_string()), (137, "ContainerStatusUnknown".to_owned()));
}

#[test]
fn a_lost_edge_is_found_by_the_list() {
    let mut node = node();
    node.add(&web());
    node.lose("web");
    node.advance(10.0);
    assert_eq!(node.running(), [""; 0]);
    node.tell(Event::EdgesLost);
    node.advance(2.0);
    assert_eq!(node.running(), ["u1/web#1"]);
}

#[test]
fn a_pod_removed_while_its_image_is_pulled_never_starts() {
    let mut node = node();
    node.image("slow", false);
    node.held_pulls = Some(Vec::new());
    let slow = pod("u1", vec![container("web", "slow")]);
    node.add(&slow);
    node.remove(&slow);
    node.advance(5.0);
    node.release_pulls();
    node.advance(130.0);
    assert_eq!((node.in_runtime(), node.status()), ((0, 0), vec![]));
}

#[test]
fn pulls_are_made_one_at_a_time() {
    let mut node = node();
    node.image("slow", false);
    node.held_pulls = Some(Vec::new());
    node.add(&pod("u1", vec![container("web", "slow")]));
    let other = with(&pod("u2", vec![container("web", "slow")]), |pod| {
        pod.id = PodRef::new("u2", "default", "other-node01");
    });
    node.add(&other);
    assert_eq!(node.held_pulls.as_ref().map(Vec::len), Some(1));
    node.release_pulls();
    assert_eq!(node.running().len(), 2);
}

fn unhealthy(text: &str) -> Probed {
    Probed::Failure(text.into())
}

#[test]
fn a_container_is_ready_when_its_probe_says_so() {
    let mut node = node();
    node.probes.insert(ProbeKind::Readiness, unhealthy("no"));
    let ready =
        with(&web(), |pod| Arc::make_mut(&mut pod.spec).containers[0].probes.readiness = Some(probe(1)));
    node.add(&ready);
    node.advance(7.0);
    assert_eq!(node.status(), ["Running 0/1 0"]);
    let tries = node.events().iter().filter(|reason| *reason == "Unhealthy").count();
    assert!(tries >= 4, "an event for each failing try, not {tries}");
    node.probes.clear();
    node.advance(3.0);
    assert_eq!(node.status(), ["Running 1/1 0"]);
}

#[test]
fn a_container_that_fails_its_liveness_probe_is_restarted_at_once() {
    let mut node = node();
    let alive =
        with(&web(), |pod| Arc::make_mut(&mut pod.spec).containers[0].probes.liveness = Some(probe(3)));
    node.add(&alive);
    node.advance(10.0);
    assert_eq!(node.status(), ["Running 1/1 0"]);
    node.probes.insert(ProbeKind::Liveness, unhealthy("dead"));
    node.advance(7.0);
    node.probes.clear();
    node.advance(2.0);
    assert_eq!(node.running(), ["u1/web#1"]);
    let text = node.texts();
    assert!(text.contains(&"Liveness probe failed: dead".to_owned()), "{text:?}");
    assert!(text.contains(&"Container web failed liveness probe, will be restarted".to_owned()), "{text:?}");
}

#[test]
fn nothing_else_is_probed_before_the_startup_probe_succeeds() {
    let mut node = node();
    node.probes.insert(ProbeKind::Startup, unhealthy("not yet"));
    node.probes.insert(ProbeKind::Liveness, unhealthy("dead"));
    let slow = with(&web(), |pod| {
        Arc::make_mut(&mut pod.spec).containers[0].probes.startup = Some(probe(30));
        Arc::make_mut(&mut pod.spec).containers[0].probes.liveness = Some(probe(1));
    });
    node.add(&slow);
    node.advance(20.0);
    assert_eq!(node.status(), ["Running 0/1 0"]);
    node.probes.remove(&ProbeKind::Startup);
    node.advance(4.0);
    assert_eq!(node.pods()[0].restarts, 1, "now liveness counts");
}

#[test]
fn init_containers_run_first_and_once() {
    let mut node = node();
    let with_init = with(&web(), |pod| {
        Arc::make_mut(&mut pod.spec).init_containers =
            vec![container("one", "nginx"), container("two", "nginx")];
    });
    node.add(&with_init);
    assert_eq!(node.running(), ["u1/one#0"]);
    assert_eq!(node.status(), ["Init:0/2 0/1 0"]);
    node.exit("one", 0);
    node.advance(1.0);
    assert_eq!(node.running(), ["u1/two#0"]);
    node.exit("two", 3);
    node.advance(1.0);
    assert_eq!(node.running(), ["u1/two#1"]);
    node.exit("two", 0);
    node.advance(1.0);
    assert_eq!(node.running(), ["u1/web#0"]);
    assert_eq!(node.status(), ["Running 1/1 0"]);
}
