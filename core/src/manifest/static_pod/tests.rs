//! Names, uids and refusals.

use super::*;
use crate::{
    id::NodeName,
    manifest::{defaults, load},
};

fn bound(manifest: &str, path: &str, node: &str) -> (Node, PodRef) {
    let mut pod = load(manifest.as_bytes()).expect("well-formed YAML").root;
    defaults::apply(&mut pod);
    let id = bind(&mut pod, &Origin { path, node: &NodeName::from(node) });
    (pod, id)
}

const WEB: &str = "metadata: {name: web, labels: {a: b}}\nspec: {containers: [{name: web, image: nginx}]}";

#[test]
fn a_bound_pod_knows_its_node() {
    let (pod, id) = bound(WEB, "/m/web.yaml", "node01");
    assert_eq!(id.full_name(), "web-node01_default");
    assert_eq!(id.uid.as_str().len(), 32);
    let spec = At::root(&pod).field("spec");
    assert_eq!(spec.field("nodeName").text(), "node01");
    assert_eq!(spec.field("tolerations").len(), 1);
}

#[test]
fn the_uid_follows_the_meaning_and_the_place() {
    let uid = |manifest: &str, path, node| bound(manifest, path, node).1.uid.clone();
    let first = uid(WEB, "/m/web.yaml", "node01");
    let reordered = "spec: {containers: [{image: nginx, name: web, stdin: false}]}\nmetadata: {labels: {a: b}, name: web}";
    assert_eq!(first, uid(reordered, "/m/web.yaml", "node01"));
    assert_ne!(first, uid(&WEB.replace("nginx", "nginx:1"), "/m/web.yaml", "node01"));
    assert_ne!(first, uid(WEB, "/m/copy.yaml", "node01"));
    assert_ne!(first, uid(WEB, "/m/web.yaml", "node02"));
    let written = WEB.replace("name: web,", "name: web, uid: mine,");
    assert_eq!(uid(&written, "/m/web.yaml", "node01").as_str(), "mine");
}

#[test]
fn references_to_the_api_are_refused_in_order() {
    let refused = |spec: &str| {
        let pod = bound(&format!("metadata: {{name: web}}\nspec: {spec}"), "a", "node01").0;
        refused_reference(&pod).map(|(refused, _)| refused.to_string())
    };
    assert_eq!(refused("{containers: []}"), None);
    for (spec, object) in [
        ("{serviceAccount: a, volumes: [{secret: {secretName: b}}]}", "serviceaccounts"),
        ("{volumes: [{configMap: {name: a}}, {secret: {secretName: b}}]}", "secrets"),
        ("{containers: [{envFrom: [{configMapRef: {name: a}}]}]}", "configmaps"),
        ("{volumes: [{secret: {}}]}", "secrets (via secret volumes)"),
        ("{volumes: [{persistentVolumeClaim: {claimName: a}}]}", "persistentvolumeclaims"),
        (
            "{volumes: [{projected: {sources: [{serviceAccountToken: {}}]}}]}",
            "serviceaccounts (via projected volumes)",
        ),
    ] {
        assert_eq!(refused(spec), Some(format!("static pods may not reference {object}")), "{spec}");
    }
    let unknown = refused("{volumes: [{name: a, projected: {sources: [{}]}}]}");
    assert_eq!(unknown.as_deref(), Some("unknown source for projected volume \"a\""));
}
