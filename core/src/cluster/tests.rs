//! The API server by its answers.

use serde_json::{Value, json};

use super::*;
use crate::time::UnixSeconds;

const NOW: UnixSeconds = UnixSeconds(1_767_225_600);

fn server() -> ApiServer {
    ApiServer::new(1, NOW)
}

fn pod(name: &str, spec: &Value) -> Object {
    let mut object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
    if object["spec"].get("containers").is_none() {
        object["spec"]["containers"] = json!([{"name": "c", "image": "nginx"}]);
    }
    Object::from_json(&object).unwrap()
}

fn key(name: &str) -> (Kind, &str, &str) {
    (Kind::Pod, "default", name)
}

#[test]
fn an_object_comes_back_as_it_was_sent_with_what_the_server_gives() {
    let mut server = server();
    let sent = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "settings", "labels": {"a": "b"}, "managedFields": [{"manager": "me"}]},
        "data": {"k": "v"}, "immutable": true,
    });
    let made = server.create(&User::Admin, NOW, Object::from_json(&sent).unwrap()).unwrap();
    let got = made.to_json();
    assert_eq!((&got["data"], &got["immutable"]), (&sent["data"], &sent["immutable"]));
    assert_eq!(got["metadata"]["managedFields"], sent["metadata"]["managedFields"]);
    assert_eq!(got["metadata"]["namespace"], "default");
    assert_eq!(got["metadata"]["creationTimestamp"], "2026-01-01T00:00:00Z");
    assert_eq!(got["metadata"]["uid"].as_str().unwrap().len(), 36);
    assert_eq!(Object::from_json(&got).unwrap().to_json(), got);
}

#[test]
fn a_pod_gets_defaults_priority_and_tolerations() {
    let mut server = server();
    let made = server.create(&User::Admin, NOW, pod("web", &json!({}))).unwrap();
    let spec = made.field("spec");
    assert_eq!((&spec["restartPolicy"], &spec["priority"]), (&json!("Always"), &json!(0)));
    assert_eq!(spec["tolerations"].as_array().unwrap().len(), 2);
    assert_eq!(made.field("status")["phase"], "Pending");
    assert_eq!(made.meta.generation, 1);
}

#[test]
fn answers_are_in_the_servers_words() {
    let mut server = server();
    let error = |result: Result<_, ApiError>| result.map(drop).unwrap_err();
    server.create(&User::Admin, NOW, pod("web", &json!({}))).unwrap();
    let twice = error(server.create(&User::Admin, NOW, pod("web", &json!({}))));
    assert_eq!(
        (twice.to_string().as_str(), twice.code(), twice.reason()),
        ("pods \"web\" already exists", 409, "AlreadyExists")
    );
    assert_eq!(server.get(Kind::Pod, "default", "nope").unwrap_err().to_string(), "pods \"nope\" not found");
    let mut other = pod("web", &json!({}));
    other.meta.namespace = "team".into();
    assert_eq!(error(server.create(&User::Admin, NOW, other)).to_string(), "namespaces \"team\" not found");
    let mut old = (**server.get(Kind::Pod, "default", "web").unwrap()).clone();
    old.meta.resource_version = 1;
    assert_eq!(
        error(server.update(&User::Admin, old)).to_string(),
        "Operation cannot be fulfilled on pods \"web\": the object has been modified; please apply your changes to the latest version and try again"
    );
    let bad = error(server.create(&User::Admin, NOW, pod("Web", &json!({}))));
    assert!(
        bad.to_string().starts_with("Pod \"Web\" is invalid: metadata.name: Invalid value: \"Web\""),
        "{bad}"
    );
    let command = json!({"spec": {"containers": [{"name": "c", "command": ["x"]}]}});
    let changed = error(server.patch(&User::Admin, key("web"), &command, PatchKind::Strategic));
    assert!(
        changed.to_string().contains("spec: Forbidden: pod updates may not change fields other than"),
        "{changed}"
    );
    let image = json!({"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}});
    let patched = server.patch(&User::Admin, key("web"), &image, PatchKind::Strategic).unwrap();
    assert_eq!(
        (patched.field("spec")["containers"][0]["image"].clone(), patched.meta.generation),
        (json!("nginx:2"), 2)
    );
    let mirror = json!({"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}});
    let added = error(server.patch(&User::Admin, key("web"), &mirror, PatchKind::Merge));
    assert!(
        added.to_string().ends_with(
            "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation"
        ),
        "{added}"
    );
}

#[test]
fn a_node_makes_its_own_mirrors_only() {
    let mut server = server();
    let node = Object::new(Kind::Node, Meta::named("", "n1"), json!({}));
    let uid = server.create(&User::Admin, NOW, node).unwrap().meta.uid.clone();
    let user = User::Node("n1".into());
    let mut refused = |object: Object| server.create(&user, NOW, object).map(drop).unwrap_err().to_string();
    let mut mirror = pod("web-n1", &json!({"nodeName": "n1"}));
    assert!(refused(mirror.clone()).ends_with("pod does not have \"kubernetes.io/config.mirror\" annotation, node \"n1\" can only create mirror pods"));
    meta::set(&mut mirror.meta.annotations, "kubernetes.io/config.mirror", Some("hash"));
    assert!(
        refused(mirror.clone())
            .ends_with("node \"n1\" can only create pods with an owner reference set to itself")
    );
    let owner = Owner {
        api_version: "v1".into(),
        kind: "Node".into(),
        name: "n1".into(),
        uid: "other".into(),
        controller: Some(true),
        block_deletion: None,
    };
    mirror.meta.owners = vec![owner];
    assert!(refused(mirror.clone()).contains("node n1 UID mismatch: expected "));
    mirror.meta.owners[0].uid = uid;
    let mut secret = mirror.clone();
    secret.set_field("spec", json!({"nodeName": "n1", "containers": [{"name": "c", "image": "i", "envFrom": [{"secretRef": {"name": "s"}}]}]}));
    assert_eq!(
        refused(secret),
        "pods \"web-n1\" is forbidden: node \"n1\" can not create pods that reference secrets"
    );
    let mut other = mirror.clone();
    other.set_field("spec", json!({"nodeName": "n2", "containers": [{"name": "c", "image": "i"}]}));
    assert!(refused(other).ends_with("node \"n1\" can only create pods with spec.nodeName set to itself"));
    server.create(&user, NOW, mirror).unwrap();
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    let updated = server.patch(&user, key("web-n1"), &label, PatchKind::Merge).unwrap_err();
    assert!(
        updated
            .to_string()
            .ends_with("unexpected operation \"UPDATE\", node \"n1\" can only create and delete mirror pods")
    );
    server.patch(&User::Admin, key("web-n1"), &label, PatchKind::Merge).unwrap();
}

#[test]
fn deletion_takes_its_grace_and_watchers_see_it() {
    let mut server = server();
    server.create(&User::Admin, NOW, pod("web", &json!({"nodeName": "n1"}))).unwrap();
    let before = server.version();
    let Deleted::Terminating(object) =
        server.delete(&User::Admin, NOW, key("web"), &DeleteOptions::default()).unwrap()
    else {
        panic!()
    };
    assert_eq!(object.meta.deletion, Some(Deletion { at: UnixSeconds(NOW.0 + 30), grace: 30 }));
    let wrong = DeleteOptions { grace: Some(0), uid: Some("other".into()) };
    assert!(
        server
            .delete(&User::Admin, NOW, key("web"), &wrong)
            .unwrap_err()
            .to_string()
            .contains("Precondition failed: UID in precondition: other")
    );
    let now = DeleteOptions { grace: Some(0), uid: None };
    assert!(matches!(server.delete(&User::Admin, NOW, key("web"), &now), Ok(Deleted::Gone(_))));
    let seen: Vec<ChangeKind> = server.watch(before).unwrap().map(|change| change.what).collect();
    assert_eq!(seen, [ChangeKind::Modified, ChangeKind::Deleted]);
    server.create(&User::Admin, NOW, pod("free", &json!({}))).unwrap();
    assert!(matches!(
        server.delete(&User::Admin, NOW, key("free"), &DeleteOptions::default()),
        Ok(Deleted::Gone(_))
    ));
}

#[test]
fn quotas_and_limits_refuse() {
    let mut server = server();
    let mut add = |kind, name: &str, spec| {
        server
            .create(&User::Admin, NOW, Object::new(kind, Meta::named("default", name), json!({"spec": spec})))
            .map(drop)
    };
    add(Kind::ResourceQuota, "few", json!({"hard": {"pods": "1"}})).unwrap();
    server.create(&User::Admin, NOW, pod("a", &json!({}))).unwrap();
    assert_eq!(
        server.create(&User::Admin, NOW, pod("b", &json!({}))).unwrap_err().to_string(),
        "pods \"b\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1"
    );
    server
        .delete(&User::Admin, NOW, (Kind::ResourceQuota, "default", "few"), &DeleteOptions::default())
        .unwrap();
    let range = Object::new(
        Kind::LimitRange,
        Meta::named("default", "small"),
        json!({"spec": {"limits": [{"type": "Container", "max": {"cpu": "500m"}}]}}),
    );
    server.create(&User::Admin, NOW, range).unwrap();
    let big = json!({"containers": [{"name": "c", "image": "i", "resources": {"limits": {"cpu": "1"}}}]});
    assert_eq!(
        server.create(&User::Admin, NOW, pod("c", &big)).unwrap_err().to_string(),
        "pods \"c\" is forbidden: maximum cpu usage per Container is 500m, but limit is 1"
    );
}
