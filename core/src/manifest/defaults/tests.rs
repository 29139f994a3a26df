//! What a manifest does not say, as Kubernetes prints it.

use serde_json::json;

use super::apply;
use crate::manifest::{load, print, prune};

fn spec(manifest: &str) -> serde_json::Value {
    let mut pod = load(manifest.as_bytes()).expect("well-formed YAML").root;
    apply(&mut pod);
    prune::prune(&mut pod);
    print::to_json(&pod)["spec"].take()
}

#[test]
fn the_smallest_pod_gets_everything_else() {
    assert_eq!(
        spec("spec: {containers: [{name: web, image: nginx}]}"),
        json!({
            "containers": [{
                "name": "web",
                "image": "nginx",
                "imagePullPolicy": "Always",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }],
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": true,
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
        })
    );
}

#[test]
fn requests_follow_limits_and_are_canonical() {
    let spec =
        spec("spec: {containers: [{resources: {limits: {cpu: 0.5, memory: 1.5Gi}, requests: {cpu: 100u}}}]}");
    assert_eq!(
        spec["containers"][0]["resources"],
        json!({"limits": {"cpu": "500m", "memory": "1536Mi"}, "requests": {"cpu": "1m", "memory": "1536Mi"}})
    );
}

#[test]
fn the_pods_own_requests_come_from_its_containers_then_from_its_limits() {
    let spec = spec(
        "spec: {resources: {limits: {cpu: 2, memory: 1Gi}}, containers: [{resources: {requests: {cpu: 100m}}}, {resources: {requests: {cpu: 200m}}}]}",
    );
    assert_eq!(spec["resources"]["requests"], json!({"cpu": "300m", "memory": "1Gi"}));
}

#[test]
fn on_the_hosts_network_ports_are_the_hosts() {
    let spec = spec("spec: {hostNetwork: true, containers: [{ports: [{containerPort: 80}]}]}");
    assert_eq!(
        spec["containers"][0]["ports"][0],
        json!({"containerPort": 80, "hostPort": 80, "protocol": "TCP"})
    );
}

#[test]
fn zero_is_unset_for_a_probe_and_set_for_a_user() {
    let spec = spec(
        "spec: {containers: [{livenessProbe: {periodSeconds: 0, grpc: {port: 1}}, securityContext: {runAsUser: 0}}]}",
    );
    assert_eq!(
        spec["containers"][0]["livenessProbe"],
        json!({"failureThreshold": 3, "grpc": {"port": 1, "service": ""}, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1})
    );
    assert_eq!(spec["containers"][0]["securityContext"], json!({"runAsUser": 0}));
}

#[test]
fn a_volume_without_a_source_is_an_empty_directory() {
    let spec =
        spec("spec: {volumes: [{name: a}, {name: b, hostPath: {path: /b}}, {name: c, downwardAPI: {}}]}");
    assert_eq!(
        spec["volumes"],
        json!([
            {"name": "a", "emptyDir": {}},
            {"name": "b", "hostPath": {"path": "/b", "type": ""}},
            {"name": "c", "downwardAPI": {"defaultMode": 420}},
        ])
    );
}
