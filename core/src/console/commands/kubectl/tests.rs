//! What kubectl is asked, and what it says then.

use serde_json::json;

use super::{Call, get, said, verbs};
use crate::{
    cluster::{ApiServer, Kind, Meta, Object, User},
    time::UnixSeconds,
};

const NOW: UnixSeconds = UnixSeconds(1_767_225_600);

fn server() -> ApiServer {
    let mut server = ApiServer::new(1, NOW);
    let meta = Meta { name: "web".into(), labels: vec![("app".into(), "web".into())], ..Meta::default() };
    let spec = json!({"spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}});
    server.create(&User::Admin, NOW, Object::new(Kind::Pod, meta, spec)).unwrap();
    server
}

#[track_caller]
fn check(line: &str, expected: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let call = Call::parse(verbs::find(words[0]).unwrap(), &words[1..]).unwrap();
    let reply = get::run(&server(), UnixSeconds(NOW.0 + 5), &call);
    assert_eq!(reply.out + &reply.err, expected, "kubectl {line}");
}

#[test]
fn what_is_asked_for_is_printed() {
    check("get pods", "NAME   READY   STATUS    RESTARTS   AGE\nweb    0/1     Pending   0          5s\n");
    check("get po web -o name", "pod/web\n");
    check("get pod/web -o jsonpath={.spec.containers[0].image}", "nginx:1.27");
    check("get pods -l app=other", "No resources found in default namespace.\n");
    check("get pods -n kube-system --no-headers", "No resources found in kube-system namespace.\n");
    check(
        "get ns --no-headers -o custom-columns=N:.metadata.name",
        "default\nkube-node-lease\nkube-public\nkube-system\n",
    );
}

#[test]
fn what_is_not_there_is_told_in_kubectls_words() {
    check("get pod nope", "Error from server (NotFound): pods \"nope\" not found\n");
    check("get pizza", "error: the server doesn't have a resource type \"pizza\"\n");
    check("describe daemonset x", "Error from server (NotFound): daemonsets.apps \"x\" not found\n");
    let refused = crate::cluster::ApiError::Unreachable { server: "172.30.1.2:6443".into() };
    let text = "The connection to the server 172.30.1.2:6443 was refused - did you specify the right host or port?\n";
    assert_eq!(said(&refused).err, text);
}
