//! A node's pods as objects are what a real kubelet showed of the same pods under `/pods`.

use std::time::Duration;

use serde_json::{Value, json};
use standfast_core::{
    config::Config,
    sim::World,
    view::object::{Place, pod_object},
};

/// Three pods of a kubelet 1.36.2 with containerd: one that runs, one in a crash loop, one that is done.
const OBSERVED: &str = include_str!("../../golden/kubelet-pods.json");

#[test]
fn objects_are_those_of_a_kubelet() {
    let observed: Value = serde_json::from_str(OBSERVED).unwrap();
    for observed in observed["items"].as_array().unwrap() {
        let name = observed["metadata"]["name"].as_str().unwrap();
        let bare = name.trim_end_matches("-node01");
        let mut spec = observed["spec"].clone();
        // What the kubelet has put in must come by itself.
        for given in
            ["nodeName", "tolerations", "dnsPolicy", "schedulerName", "securityContext", "enableServiceLinks"]
        {
            spec.as_object_mut().unwrap().remove(given);
        }
        let manifest = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": bare}, "spec": spec});
        let mut world = World::new(3);
        let node = world.add_node(Config::default()).unwrap();
        world.advance(Duration::from_secs(1));
        world.write(&node, "pod.json", manifest.to_string().into_bytes()).unwrap();
        // The crash loop was looked at after its second restart.
        world.advance(Duration::from_millis(16_000));
        let place =
            Place { epoch: Config::default().epoch, runtime: "containerd", host_ip: Some("192.0.2.2") };
        let pods = world.pods(&node).unwrap();
        let (pod, view) = pods.first().unwrap();
        let mut ours = pod_object(pod, view, &place);
        for key in ["apiVersion", "kind"] {
            ours.as_object_mut().unwrap().remove(key);
        }
        assert_eq!(blurred(&ours), blurred(observed), "{name}");
    }
}

/// A value without what differs from run to run (times, hashes, ids) and with images named as manifests do, which containerd does not.
fn blurred(value: &Value) -> Value {
    const IDS: [&str; 5] =
        ["uid", "kubernetes.io/config.hash", "containerID", "imageID", "kubernetes.io/config.seen"];
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                let blurs = value.is_string()
                    && (IDS.contains(&key.as_str()) || key.ends_with("Time") || key.ends_with("At"));
                (key.clone(), if blurs { "*".into() } else { blurred(value) })
            })
            .collect(),
        Value::Array(items) => items.iter().map(blurred).collect(),
        Value::String(text) => text.trim_start_matches("docker.io/library/").into(),
        other => other.clone(),
    }
}
