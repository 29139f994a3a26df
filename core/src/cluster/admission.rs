//! Who may make, change and delete what: `NodeRestriction`, the rules of mirror pods, namespaces, priorities, default tolerations, limits and
//! quotas.
//!
//! Follows `plugin/pkg/admission/{noderestriction,priority,serviceaccount,defaulttolerationseconds,namespace,limitranger,resourcequota}`. No
//! webhooks and no pod security levels are here.

use serde_json::{Value, json};

use super::{ApiError, ApiServer, Kind, Object, PodBody, PodSpecBody, Refusal, User, quota};
use crate::{
    id::NodeName,
    manifest::{api, static_pod::CONFIG_MIRROR, tree},
};

/// Whether an object may be made. Fills in what admission computes.
pub(super) fn create(server: &ApiServer, user: &User, object: &mut Object) -> Result<(), ApiError> {
    let (kind, name) = (object.kind, object.meta.name.to_string());
    let refuse = |why| Err(ApiError::forbidden(kind, &name, why));
    if let (User::Node(node), Kind::Pod) = (user, kind)
        && let Err(why) = node_makes(server, node, object)
    {
        return refuse(why);
    }
    if kind.is_namespaced() && kind != Kind::Event && kind != Kind::Lease {
        server.namespace_is_open(object)?;
    }
    if kind != Kind::Pod {
        return Ok(());
    }
    let mirror = object.meta.annotation(CONFIG_MIRROR).is_some();
    if mirror {
        if let Some(what) = mirror_refers(object) {
            return refuse(Refusal::MirrorReference(what));
        }
    } else {
        give_account(object);
        tolerate_for_a_while(object);
    }
    match priority(server, object) {
        Ok(value) => {
            if let Some(pod) = object.pod_mut() {
                pod.priority = Some(value);
            }
        }
        Err(why) => return refuse(why),
    }
    quota::limits(server, object).or_else(&refuse)?;
    quota::quotas(server, object).or_else(&refuse)
}

/// Whether an object may be changed.
pub(super) fn update(user: &User, old: &Object, _new: &Object) -> Result<(), ApiError> {
    match (user, old.kind) {
        (User::Node(node), Kind::Pod) => {
            let why = Refusal::NodeUpdates { node: node.as_str().to_owned() };
            Err(ApiError::forbidden(Kind::Pod, &old.meta.name, why))
        }
        _ => Ok(()),
    }
}

/// Whether an object may be deleted.
pub(super) fn delete(user: &User, old: &Object) -> Result<(), ApiError> {
    let name = &*old.meta.name;
    if old.kind == Kind::Namespace && ["default", "kube-system", "kube-public"].contains(&name) {
        return Err(ApiError::forbidden(Kind::Namespace, name, Refusal::NamespaceStays));
    }
    match (user, old.pod()) {
        (User::Node(node), Some(pod)) if pod.node.as_ref() != Some(node) => {
            let why = Refusal::DeletesOther { node: node.as_str().to_owned() };
            Err(ApiError::forbidden(Kind::Pod, name, why))
        }
        _ => Ok(()),
    }
}

fn node_makes(server: &ApiServer, node: &NodeName, object: &Object) -> Result<(), Refusal> {
    let text = || node.as_str().to_owned();
    if object.meta.annotation(CONFIG_MIRROR).is_none() {
        return Err(Refusal::NotAMirror { node: text() });
    }
    if object.pod().and_then(|pod| pod.node.as_ref()) != Some(node) {
        return Err(Refusal::NotItsNode { node: text() });
    }
    let owner = match &object.meta.owners[..] {
        [owner]
            if &*owner.api_version == "v1"
                && &*owner.kind == "Node"
                && *owner.name == *node.as_str()
                && owner.controller == Some(true)
                && owner.block_deletion != Some(true) =>
        {
            owner
        }
        _ => return Err(Refusal::NotItsOwner { node: text() }),
    };
    let known = server.get(Kind::Node, "", node.as_str()).map(|node| node.meta.uid.to_string());
    let expected = known.unwrap_or_default();
    if *owner.uid != *expected {
        return Err(Refusal::NodeUid { node: text(), given: owner.uid.to_string(), expected });
    }
    let sent = object.pod().is_some_and(|pod| matches!(pod.spec, PodSpecBody::Json(_)));
    match sent.then(|| api::refused_reference(&object.to_json())).flatten() {
        Some(to) => Err(Refusal::NodeReference { node: text(), to }),
        None => Ok(()),
    }
}

/// What only a kubelet of before 1.34 would have sent.
fn mirror_refers(object: &Object) -> Option<&'static str> {
    if object.pod().is_some_and(|pod| matches!(pod.spec, PodSpecBody::Static(_))) {
        return None;
    }
    let to = api::refused_reference(&object.to_json())?;
    match to.as_str() {
        "serviceaccounts" => Some("reference service accounts"),
        "secrets" | "secrets (via secret volumes)" => Some("reference secrets"),
        "serviceaccounts (via projected volumes)" => Some("use ServiceAccountToken volume projections"),
        _ => None,
    }
}

/// The account of a pod that names none. Its token is not mounted.
fn give_account(object: &mut Object) {
    change_spec(object, |spec| {
        if spec.get("serviceAccountName").is_none() {
            spec["serviceAccountName"] = "default".into();
            spec["serviceAccount"] = "default".into();
        }
    });
}

/// A pod stays five minutes on a node that is not ready, unless it says otherwise.
fn tolerate_for_a_while(object: &mut Object) {
    change_spec(object, |spec| {
        let known = spec.get("tolerations").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut all = known.clone();
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let text = |it: &Value, field: &str| {
                it.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let covers = |it: &Value| {
                let (named, effect) = (text(it, "key"), text(it, "effect"));
                (named == key || named.is_empty()) && (effect == "NoExecute" || effect.is_empty())
            };
            if !known.iter().any(covers) {
                all.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
            }
        }
        spec["tolerations"] = Value::Array(all);
    });
}

fn change_spec(object: &mut Object, change: impl FnOnce(&mut Value)) {
    if object.pod().is_some_and(|pod| matches!(pod.spec, PodSpecBody::Json(_))) {
        let mut spec = object.field("spec");
        change(&mut spec);
        object.set_field("spec", spec);
    }
}

fn priority(server: &ApiServer, object: &Object) -> Result<i64, Refusal> {
    let Some(pod) = object.pod() else { return Ok(0) };
    let class = class_of(pod);
    let given = match &pod.spec {
        PodSpecBody::Json(_) => pod.priority,
        PodSpecBody::Static(pod) => pod.spec.priority.map(i64::from),
    };
    let computed = match class {
        None => 0,
        Some(class) => {
            let found = server.get(Kind::PriorityClass, "", &class);
            let found = found.map_err(|_| Refusal::NoPriorityClass(class.clone()))?;
            found.at("/value").as_i64().unwrap_or(0)
        }
    };
    match given {
        Some(given) if given != computed => Err(Refusal::PriorityMismatch { given, computed }),
        _ => Ok(computed),
    }
}

fn class_of(pod: &PodBody) -> Option<String> {
    let class = match &pod.spec {
        PodSpecBody::Json(spec) => spec.get("priorityClassName")?.as_str()?.to_owned(),
        PodSpecBody::Static(pod) => {
            let object = pod.object.tree();
            object.get("spec")?.get("priorityClassName").and_then(tree::Node::as_str)?.to_owned()
        }
    };
    (!class.is_empty()).then_some(class)
}
