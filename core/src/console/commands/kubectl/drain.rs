//! `kubectl drain`: marks nodes as unschedulable, and evicts their pods. Follows `k8s.io/kubectl/pkg/drain`.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
};

use serde_json::Value;

use super::{
    super::{Cx, Reply},
    Waiting,
    change::add,
    flags::Call,
    gone::Left,
    kubeconfig::{self, Access},
    node, reach, said,
};
use crate::{
    cluster::{ApiRequest, Kind, Object},
    manifest::static_pod::CONFIG_MIRROR,
    time::{GoDuration, Time, parse_duration},
};

/// Nodes whose pods are waited for, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct Draining {
    access: Access,
    /// The nodes with their pods; those of the first are on their way.
    nodes: VecDeque<(String, Vec<Left>)>,
    evicts: bool,
    grace: Option<u64>,
    begun: bool,
    /// What the command ends with when all goes well from now on.
    code: i32,
    until: Option<(Time, std::time::Duration)>,
}

/// What becomes of a pod.
enum Fate {
    Goes,
    GoesWith(&'static str),
    Stays,
    StaysWith(&'static str),
    Forbids(&'static str),
}

const DAEMONS: &str = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const LOCAL: &str = "Pods with local storage (use --delete-emptydir-data to override)";
const ALONE: &str = "Pods that declare no controller (use --force to override)";

fn fate(pod: &Object, call: &Call<'_>) -> Fate {
    let over = pod.pod().is_some_and(crate::cluster::PodBody::is_over);
    let owner = pod.meta.controller();
    if owner.is_some_and(|owner| &*owner.kind == "DaemonSet") && !over {
        return if call.has("ignore-daemonsets") {
            Fate::StaysWith("ignoring DaemonSet-managed Pods")
        } else {
            Fate::Forbids(DAEMONS)
        };
    }
    // A mirror is the kubelet's: what runs would not notice.
    if pod.meta.annotation(CONFIG_MIRROR).is_some() {
        return Fate::Stays;
    }
    let json = pod.to_json();
    let volumes = json.pointer("/spec/volumes").and_then(Value::as_array);
    let local = volumes.into_iter().flatten().any(|volume| volume.get("emptyDir").is_some());
    if local && !over && !call.has("delete-emptydir-data") {
        return Fate::Forbids(LOCAL);
    }
    match owner {
        None if over => Fate::Goes,
        None if call.has("force") => Fate::GoesWith("deleting Pods that declare no controller"),
        None => Fate::Forbids(ALONE),
        Some(_) => Fate::Goes,
    }
}

/// The pods of a node that go, and what is said before; or why it cannot be.
struct Plan {
    go: Vec<Left>,
    warnings: String,
    errors: Vec<String>,
}

fn plan(cx: &mut Cx<'_>, call: &Call<'_>, node: &str) -> Result<Plan, Reply> {
    let server = reach::server(cx, call)?;
    let mut go = Vec::new();
    let mut warned: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut failed = warned.clone();
    for pod in server.pods_on(&node.into()) {
        let name = || format!("{}/{}", pod.meta.namespace, pod.meta.name);
        match fate(pod, call) {
            Fate::Goes => go.push(Left::of(pod)),
            Fate::GoesWith(text) => {
                go.push(Left::of(pod));
                warned.entry(text).or_default().push(name());
            }
            Fate::Stays => {}
            Fate::StaysWith(text) => warned.entry(text).or_default().push(name()),
            Fate::Forbids(text) => failed.entry(text).or_default().push(name()),
        }
    }
    // `ignoring` is said before `deleting`.
    let warnings: Vec<String> =
        warned.iter().rev().map(|(text, pods)| format!("{text}: {}", pods.join(", "))).collect();
    let errors = failed.iter().map(|(text, pods)| format!("cannot delete {text}: {}", pods.join(", ")));
    Ok(Plan { go, warnings: warnings.join("; "), errors: errors.collect() })
}

pub(super) fn drain(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    match begin(cx, call) {
        Ok(reply) | Err(reply) => reply,
    }
}

fn begin(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Reply, Reply> {
    let access = kubeconfig::access(cx, call)?;
    let names = node::named(cx, call)?;
    let how = call.dry_run()?;
    let mut reply = Reply::default();
    for name in &names {
        reply.out.push_str(&node::marked(cx, call, name, true)?);
    }
    let mut nodes = VecDeque::new();
    let mut pending = Vec::new();
    for name in names {
        let Plan { go, warnings, errors } = plan(cx, call, &name)?;
        if !errors.is_empty() {
            pending.push((name, errors));
            continue;
        }
        if !warnings.is_empty() {
            let _ = writeln!(reply.err, "Warning: {warnings}");
        }
        if let Some(how) = how {
            for pod in &go {
                let _ = writeln!(reply.out, "{} pod {}/{}{how}", verb(evicts(call)), pod.namespace, pod.name);
            }
            let _ = writeln!(reply.out, "node/{name} drained{how}");
            continue;
        }
        nodes.push_back((name, go));
    }
    for (name, errors) in &pending {
        add(&mut reply, &undrained(name, errors));
    }
    let timeout = call.value("timeout").and_then(parse_duration).filter(|it| !it.is_zero());
    let grace = call.number("grace-period").and_then(|seconds| u64::try_from(seconds).ok());
    let until = timeout.map(|timeout| (cx.world.now() + timeout, timeout));
    let mut draining =
        Draining { access, nodes, evicts: evicts(call), grace, begun: false, code: reply.code, until };
    // What is said comes in one piece: the client writes both to the terminal.
    reply.out.push_str(&std::mem::take(&mut reply.err));
    let (first, goes_on) = draining.step(cx);
    reply.out.push_str(&first.out);
    reply.err.push_str(&first.err);
    reply.code = reply.code.max(first.code);
    Ok(if goes_on { reply.waits(Waiting::Draining(draining)) } else { reply })
}

fn evicts(call: &Call<'_>) -> bool {
    !call.has("disable-eviction")
}

fn verb(evicts: bool) -> &'static str {
    if evicts { "evicting" } else { "deleting" }
}

/// What is said of a node that cannot be drained.
fn undrained(name: &str, errors: &[String]) -> Reply {
    let all = if let [one] = errors { one.clone() } else { format!("[{}]", errors.join(", ")) };
    Reply::failed(format!(
        "error: unable to drain node \"{name}\" due to error: {all}, continuing command...\nThere are pending nodes to be drained:\n {name}\n{}",
        errors.join("\n")
    ))
}

impl Draining {
    pub(super) fn step(&mut self, cx: &mut Cx<'_>) -> (Reply, bool) {
        let mut reply = Reply { code: self.code, ..Reply::default() };
        while let Some((name, pods)) = self.nodes.front_mut() {
            if !self.begun {
                self.begun = true;
                for pod in pods.iter() {
                    let _ = writeln!(reply.out, "{} pod {}/{}", verb(self.evicts), pod.namespace, pod.name);
                    let request = ApiRequest::Delete {
                        kind: Kind::Pod,
                        namespace: pod.namespace.clone(),
                        name: pod.name.clone(),
                        grace: self.grace,
                    };
                    // One that is gone by now is what was wanted.
                    let _ = cx.world.request(request);
                }
            }
            let server = match reach::through(cx, &self.access) {
                Ok(server) => server,
                Err(error) => return (Reply { out: reply.out, ..said(&error) }, false),
            };
            let word = if self.evicts { "evicted" } else { "deleted" };
            pods.retain(|pod| {
                let there = pod.is_there(server);
                if !there {
                    let _ = writeln!(reply.out, "pod/{} {word}", pod.name);
                }
                there
            });
            if let Some(pod) = pods.first() {
                let Some((_, timeout)) = self.until.filter(|(until, _)| *until <= cx.world.now()) else {
                    return (reply, true);
                };
                let text = format!(
                    "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: global timeout reached: {}",
                    pod.name,
                    pod.namespace,
                    GoDuration(timeout)
                );
                let failed = undrained(name, &[text]);
                return (Reply { out: reply.out, ..failed }, false);
            }
            let _ = writeln!(reply.out, "node/{name} drained");
            self.nodes.pop_front();
            self.begun = false;
        }
        (reply, false)
    }
}
