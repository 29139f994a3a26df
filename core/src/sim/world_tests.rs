//! What the machine room itself does: folders, watches, kubelets that stop, errors with hints.

use std::time::Duration;

use super::{Ending, Fault, SimError, World};
use crate::{config::Config, id::NodeName, time::Time, view::Phase};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: main, image: 'lab:1'}\n";

fn world() -> (World, NodeName) {
    let mut world = World::new(1);
    let node = world.add_node(Config::default()).unwrap();
    world.advance(Duration::from_secs(1));
    (world, node)
}

fn runs(world: &World, node: &NodeName) -> bool {
    world.node_view(node).unwrap().pods.iter().any(|pod| pod.phase == Phase::Running)
}

/// When the pod runs after this long at most.
fn until_it_runs(world: &mut World, node: &NodeName, within: u64) -> Option<Duration> {
    let begin = world.now();
    let deadline = begin + Duration::from_secs(within);
    world.run_until(deadline, |world| runs(world, node)).then(|| world.now().since(begin))
}

#[test]
fn a_written_file_runs_before_the_next_pass() {
    let (mut world, node) = world();
    world.write(&node, "web.yaml", POD.as_bytes()).unwrap();
    let took = until_it_runs(&mut world, &node, 30).unwrap();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(world.list(&node).unwrap().iter().map(|name| &**name).collect::<Vec<_>>(), ["web.yaml"]);
    assert_eq!(&*world.read(&node, "/etc/kubernetes/manifests/web.yaml").unwrap(), POD.as_bytes());
}

#[test]
fn a_watch_does_not_outlive_its_folder() {
    let (mut world, node) = world();
    world.remove_folder(&node).unwrap();
    assert!(matches!(world.write(&node, "web.yaml", POD.as_bytes()), Err(SimError::NoFolder(_))));
    world.make_folder(&node).unwrap();
    world.advance(Duration::from_secs(2));
    world.write(&node, "web.yaml", POD.as_bytes()).unwrap();
    let took = until_it_runs(&mut world, &node, 30).unwrap();
    assert!(took > Duration::from_secs(10), "only the pass can find it: {took:?}");
}

#[test]
fn a_folder_that_appears_after_the_kubelet_is_watched_within_a_second() {
    let (mut world, node) = world();
    world.remove_folder(&node).unwrap();
    world.restart_kubelet(&node).unwrap();
    world.advance(Duration::from_secs(5));
    world.make_folder(&node).unwrap();
    world.advance(Duration::from_millis(1_100));
    world.write(&node, "web.yaml", POD.as_bytes()).unwrap();
    assert!(until_it_runs(&mut world, &node, 30).unwrap() < Duration::from_secs(2));
}

#[test]
fn a_single_file_that_is_deleted_and_written_again_is_found_by_the_pass() {
    let mut world = World::new(1);
    let path = "/etc/web.yaml";
    let node = world.add_node(Config { static_pod_path: path.into(), ..Config::default() }).unwrap();
    world.write(&node, path, POD.as_bytes()).unwrap();
    assert!(until_it_runs(&mut world, &node, 30).is_some());
    world.remove(&node, path).unwrap();
    world.write(&node, path, POD.as_bytes()).unwrap();
    world.advance(Duration::from_millis(100));
    assert_eq!(world.node_view(&node).unwrap().files.len(), 0);
    world.advance(Duration::from_secs(40));
    assert!(runs(&world, &node));
}

#[test]
fn a_stopped_kubelet_sees_nothing_and_its_containers_run_on() {
    let (mut world, node) = world();
    world.write(&node, "web.yaml", POD.as_bytes()).unwrap();
    until_it_runs(&mut world, &node, 5).unwrap();
    let (before, records) = (world.runtime_state(&node).unwrap(), world.next_record(&node).unwrap());
    world.stop_kubelet(&node).unwrap();
    world.remove(&node, "web.yaml").unwrap();
    world.advance(Duration::from_mins(10));
    assert_eq!(world.runtime_state(&node).unwrap(), before);
    assert_eq!(world.next_record(&node).unwrap(), records);
    assert!(runs(&world, &node), "the last look stays");
    world.start_kubelet(&node).unwrap();
    world.advance(Duration::from_secs(10));
    assert!(world.node_view(&node).unwrap().pods.is_empty());
    let all = world.records_since(&node, 0).unwrap();
    assert!(
        all.iter().enumerate().all(|(n, record)| record.seq == n as u64),
        "numbers go on over the restart"
    );
    assert_eq!(world.records_since(&node, records).unwrap(), all[usize::try_from(records).unwrap()..]);
}

#[test]
fn nodes_do_not_disturb_each_other() {
    let (mut world, first) = world();
    let second = world.add_node(Config { node: "Node02".into(), ..Config::default() }).unwrap();
    assert_eq!(second.as_str(), "node02");
    assert!(matches!(
        world.add_node(Config { node: "NODE02".into(), ..Config::default() }),
        Err(SimError::NodeExists(_))
    ));
    world.write(&second, "web.yaml", POD.as_bytes()).unwrap();
    until_it_runs(&mut world, &second, 5).unwrap();
    assert!(!runs(&world, &first));
    assert_eq!(world.view().nodes.len(), 2);
}

#[test]
fn mistakes_get_an_error_with_a_hint() {
    let (mut world, node) = world();
    let stranger: NodeName = "nobody".into();
    let kill = |pod: &str| Fault::Kill { pod: pod.into(), container: "main".into(), how: Ending::Kill };
    world.write(&node, "web.yaml", POD.as_bytes()).unwrap();
    let cases = [
        world.write(&stranger, "a", *b"").unwrap_err(),
        world.write(&node, "a/b", *b"").unwrap_err(),
        world.write(&node, "..", *b"").unwrap_err(),
        world.remove(&node, "nope").unwrap_err(),
        world.rename(&node, "nope", "a").unwrap_err(),
        world.inject(&node, &kill("web")).unwrap_err(),
        world.logs(&node, "web", "main", false).unwrap_err(),
        world.preload(&node, "no such image").unwrap_err(),
    ];
    let texts: Vec<String> = cases.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "no node `nobody`: add it first",
            "`a/b` is no file name: it must not be empty or hold `/`",
            "`..` is no file name: it must not be empty or hold `/`",
            "no file `nope` in the folder",
            "no file `nope` in the folder",
            "no pod `web` in the node's runtime: has it started?",
            "no pod `web` in the node's runtime: has it started?",
            "`no such image` is no image reference",
        ]
    );
}

#[test]
fn an_empty_world_stands_still() {
    let mut world = World::new(1);
    assert_eq!((world.step(), world.next_at()), (None, None));
    world.advance(Duration::from_hours(1));
    assert_eq!(world.now(), Time::from_zero(Duration::from_hours(1)));
}
