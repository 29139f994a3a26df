//! Typed pods out of manifests.

use super::*;
use crate::{
    id::NodeName,
    manifest::{Handler, Origin, defaults, load, static_pod},
};

fn pod(spec: &str) -> Pod {
    let manifest = format!("metadata: {{name: web, uid: u1, annotations: {{z: x}}}}\nspec: {spec}");
    let mut tree = load(manifest.as_bytes()).expect("well-formed YAML").root;
    defaults::apply(&mut tree);
    let id = static_pod::bind(&mut tree, &Origin { path: "/m/a.yaml", node: &NodeName::from("node01") });
    extract(tree, id, "/m/a.yaml")
}

#[test]
fn a_pod_carries_its_hash_and_its_source() {
    let pod = pod("{}");
    let shown: Vec<String> = pod.annotations.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(shown, ["kubernetes.io/config.hash=u1", "kubernetes.io/config.source=file", "z=x"]);
    assert_eq!(pod.spec.termination_grace_period_seconds, 30);
    assert_eq!(pod.spec.restart_policy, RestartPolicy::Always);
}

#[test]
fn a_container_is_read_with_its_defaults() {
    let pod = pod("{containers: [{name: web, image: nginx, ports: [{containerPort: 53, protocol: UDP}], \
         readinessProbe: {httpGet: {port: http}}, lifecycle: {preStop: {sleep: {seconds: 2}}}, \
         resources: {limits: {cpu: 0.1}}, volumeMounts: [{name: a, mountPath: /a, readOnly: true}]}], \
         volumes: [{name: a, emptyDir: {medium: Memory, sizeLimit: 1Ki}}, {name: b, nfs: {}}]}");
    let web = &pod.spec.containers[0];
    assert_eq!(web.image_pull_policy, ImagePullPolicy::Always);
    assert_eq!((web.ports[0].container_port, web.ports[0].protocol), (53, Protocol::Udp));
    assert_eq!(web.requests, [("cpu".into(), "100m".into())]);
    assert!(web.volume_mounts[0].read_only);
    let readiness = web.probes.readiness.as_ref().expect("a probe");
    assert_eq!((readiness.period, readiness.failure_threshold), (Duration::from_secs(10), 3));
    assert!(
        matches!(&readiness.handler, Handler::HttpGet { port, path, .. } if &**port == "http" && &**path == "/")
    );
    assert_eq!(web.lifecycle.pre_stop, Some(Handler::Sleep { duration: Duration::from_secs(2) }));
    let sources: Vec<&VolumeSource> = pod.spec.volumes.iter().map(|volume| &volume.source).collect();
    assert_eq!(sources[0], &VolumeSource::EmptyDir { memory: true, size_limit: Some(1024) });
    assert_eq!(sources[1], &VolumeSource::Other("nfs".into()));
}
