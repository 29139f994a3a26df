//! `kubectl rollout status`, `restart` and `history`. Follows `k8s.io/kubectl/pkg/polymorphichelpers`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    super::{Cx, Reply},
    Waiting,
    change::{add, ask, named},
    flags::Call,
    kubeconfig::{self, Access},
    reach, said,
    scale::patch,
};
use crate::{
    cluster::{ApiServer, Kind, Object, Selector},
    console::print::{align, template},
};

pub(super) const WORDS: [&str; 3] = ["history", "restart", "status"];
const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";
const CAUSE: &str = "/metadata/annotations/kubernetes.io~1change-cause";

pub(super) fn rollout(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let Some((word, rest)) = call.rest.split_first() else {
        return Reply::failed(
            "Manage the rollout of one or many resources.\n        \n Valid resource types include:\n\n  *  deployments\n  *  daemonsets\n\nAvailable Commands:\n  history       View rollout history\n  restart       Restart a resource\n  status        Show the status of the rollout\n\nUsage:\n  kubectl rollout SUBCOMMAND [options]",
        );
    };
    let run = match *word {
        "status" => status,
        "restart" => restart,
        "history" => history,
        other => {
            return Reply::failed(format!(
                "error: unknown command \"{other}\"\nSee 'kubectl rollout -h' for help and examples\nThere is: {}",
                WORDS.join(", ")
            ));
        }
    };
    if rest.is_empty() {
        return Reply::failed("error: required resource not specified");
    }
    let mut all = Vec::new();
    match rest {
        // A kind alone means all of them.
        [kind] if !kind.contains('/') => match every(cx, call, kind) {
            Ok(found) => all = found,
            Err(failed) => return failed,
        },
        rest => match named(rest) {
            Ok(found) => all.extend(found.into_iter().map(|(kind, name)| (kind, name.to_owned()))),
            Err(failed) => return failed,
        },
    }
    all.iter().fold(Reply::default(), |mut reply, (kind, name)| {
        match run(cx, call, *kind, name) {
            Ok(done) => {
                reply.out.push_str(&done.out);
                reply.follow = done.follow.or(reply.follow.take());
            }
            Err(failed) => add(&mut reply, &failed),
        }
        reply
    })
}

fn every(cx: &mut Cx<'_>, call: &Call<'_>, word: &str) -> Result<Vec<(Kind, String)>, Reply> {
    let kind = Kind::of_word(word).ok_or_else(|| super::change::no_type(word))?;
    let server = reach::server(cx, call)?;
    let all = Selector::default();
    let found = server.list(kind, kind.is_namespaced().then(|| call.namespace()), &all);
    Ok(found.map(|object| (kind, object.meta.name.to_string())).collect())
}

fn there(cx: &mut Cx<'_>, call: &Call<'_>, kind: Kind, name: &str) -> Result<Value, Reply> {
    let server = reach::server(cx, call)?;
    let found = server.get(kind, super::change::namespace(kind, call), name);
    found.map(|object| object.to_json()).map_err(|error| said(&error))
}

/// The words that go before `successfully rolled out`, and whether that has been reached.
fn progress(object: &Value) -> (String, bool) {
    let name = text(object, "/metadata/name");
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let status = |field: &str| number(&format!("/status/{field}"));
    let daemon = text(object, "/kind") == "DaemonSet";
    let what = if daemon { "daemon set" } else { "deployment" };
    if number("/metadata/generation") > status("observedGeneration") {
        return (format!("Waiting for {what} spec update to be observed...\n"), false);
    }
    let waits =
        |rest: String| (format!("Waiting for {what} \"{name}\" rollout to finish: {rest}...\n"), false);
    if daemon {
        let (wanted, updated) = (status("desiredNumberScheduled"), status("updatedNumberScheduled"));
        if updated < wanted {
            return waits(format!("{updated} out of {wanted} new pods have been updated"));
        }
        let available = status("numberAvailable");
        if available < wanted {
            return waits(format!("{available} of {wanted} updated pods are available"));
        }
    } else {
        let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
        let (all, updated, available) =
            (status("replicas"), status("updatedReplicas"), status("availableReplicas"));
        if updated < wanted {
            return waits(format!("{updated} out of {wanted} new replicas have been updated"));
        }
        if all > updated {
            return waits(format!("{} old replicas are pending termination", all - updated));
        }
        if available < updated {
            return waits(format!("{available} of {updated} updated replicas are available"));
        }
    }
    (format!("{what} \"{name}\" successfully rolled out\n"), true)
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn status(cx: &mut Cx<'_>, call: &Call<'_>, kind: Kind, name: &str) -> Result<Reply, Reply> {
    let access = kubeconfig::access(cx, call)?;
    let object = there(cx, call, kind, name)?;
    if !matches!(kind, Kind::Deployment | Kind::DaemonSet) {
        return Err(Reply::failed(format!("error: no status viewer has been implemented for {kind}")));
    }
    let strategy = text(&object, "/spec/updateStrategy/type");
    if kind == Kind::DaemonSet && strategy != "RollingUpdate" {
        return Err(Reply::failed(format!(
            "error: rollout status is only available for RollingUpdate strategy type\nThis one's is {strategy}."
        )));
    }
    let (out, done) = progress(&object);
    let version = reach::server(cx, call)?.version();
    let namespace = super::change::namespace(kind, call).to_owned();
    let waits = !done && call.value("watch") != Some("false");
    let waiting = Rollout { access, kind, namespace, name: name.to_owned(), version };
    Ok(if waits { Reply::out(out).waits(Waiting::Rollout(waiting)) } else { Reply::out(out) })
}

/// A controller whose pods are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct Rollout {
    access: Access,
    kind: Kind,
    namespace: String,
    name: String,
    /// What was seen of the server's changes.
    version: u64,
}

impl Rollout {
    pub(super) fn step(&mut self, cx: &Cx<'_>) -> (Reply, bool) {
        let changes = reach::through(cx, &self.access).and_then(|server| {
            let own = |object: &Object| {
                object.kind == self.kind
                    && *object.meta.namespace == *self.namespace
                    && *object.meta.name == *self.name
            };
            let own: Vec<_> =
                server.watch(self.version)?.filter(|change| own(&change.object)).cloned().collect();
            self.version = server.version();
            Ok(own)
        });
        let changes = match changes {
            Ok(changes) => changes,
            Err(error) => return (said(&error), false),
        };
        let mut reply = Reply::default();
        for change in changes {
            if change.what == crate::cluster::ChangeKind::Deleted {
                return (Reply { out: reply.out, ..Reply::failed("error: object has been deleted") }, false);
            }
            let (text, done) = progress(&change.object.to_json());
            reply.out.push_str(&text);
            if done {
                return (reply, false);
            }
        }
        (reply, true)
    }
}

fn restart(cx: &mut Cx<'_>, call: &Call<'_>, kind: Kind, name: &str) -> Result<Reply, Reply> {
    let now = reach::clock(cx).to_string();
    let object = there(cx, call, kind, name)?;
    if !matches!(kind, Kind::Deployment | Kind::DaemonSet) {
        return Err(Reply::failed(format!(
            "error: {} \"{name}\" restarting is not supported",
            kind.resource()
        )));
    }
    let mark = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    if text(&object, mark) == now {
        return Err(Reply::failed(format!(
            "error: failed to create patch for {name}: if restart has already been triggered within the past second, please wait before attempting to trigger another"
        )));
    }
    let space = super::change::namespace(kind, call);
    let change = json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": now}}}}});
    ask(cx, call, patch((kind, space, name), change))?;
    Ok(Reply::out(format!("{}/{name} restarted\n", kind.singular())))
}

/// The versions of a deployment: its replica sets, by their revision.
fn versions(server: &ApiServer, object: &Value) -> Vec<(i64, Value)> {
    let (all, uid) = (Selector::default(), text(object, "/metadata/uid"));
    let sets = server.list(Kind::ReplicaSet, Some(text(object, "/metadata/namespace")), &all);
    let own = sets.filter(|set| set.meta.controller().is_some_and(|owner| *owner.uid == *uid));
    let mut found: Vec<(i64, Value)> =
        own.map(|set| set.to_json()).map(|set| (text(&set, REVISION).parse().unwrap_or(0), set)).collect();
    crate::sort::by_key(&mut found, |(revision, _)| *revision);
    found
}

fn history(cx: &mut Cx<'_>, call: &Call<'_>, kind: Kind, name: &str) -> Result<Reply, Reply> {
    let object = there(cx, call, kind, name)?;
    let versions = match kind {
        Kind::Deployment => versions(reach::server(cx, call)?, &object),
        // Versions of daemon sets are objects that this server does not keep.
        Kind::DaemonSet => Vec::new(),
        other => {
            return Err(Reply::failed(format!(
                "error: no history viewer has been implemented for \"{other}\""
            )));
        }
    };
    let head = format!("{}/{name}", kind.singular());
    if let Some(wanted) = call.number("revision").filter(|wanted| *wanted > 0) {
        let found = versions.iter().find(|(revision, _)| *revision == wanted);
        let Some((_, set)) = found else {
            return Err(Reply::failed("error: unable to find the specified revision"));
        };
        return Ok(Reply::out(format!("{head} with revision #{wanted}\n{}\n", template(set))));
    }
    if versions.is_empty() {
        return Ok(Reply::out(format!("{head} \nNo rollout history found.\n")));
    }
    let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for (revision, set) in &versions {
        let cause = Some(text(set, CAUSE)).filter(|cause| !cause.is_empty()).unwrap_or("<none>");
        let _ = writeln!(table, "{revision}\t{cause}");
    }
    Ok(Reply::out(format!("{head} \n{}\n", align(&table, 0, 2))))
}
