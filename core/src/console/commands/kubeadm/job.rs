//! A kubeadm that waits: for the kubelet, for a control plane, for pods to be made anew. It looks each half second.

use std::{fmt::Write as _, time::Duration};

use super::{
    super::super::{Console, follow::Follow},
    Cx, Reply, address, fatal, here, init, join, upgrade,
};
use crate::{
    cluster::Kind,
    sim::World,
    time::{GoDuration, Time},
};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(500);
/// How long it waits for the kubelet, for a control plane, and for a node to be known.
const PATIENCE: Duration = Duration::from_secs(240);
const KUBELET_FAILED: &str = "\nUnfortunately, an error has occurred, likely caused by:\n\t- The kubelet is not running\n\t\
    - The kubelet is unhealthy due to a misconfiguration of the node in some way (required cgroups disabled)\n\n\
    If you are on a systemd-powered system, you can try to troubleshoot the error with the following commands:\n\t- 'systemctl status kubelet'\n\t- 'journalctl -xeu kubelet'\n\n";
const COMPONENT_FAILED: &str = "\nA control plane component may have crashed or exited when started by the container runtime.\n\
    To troubleshoot, list all containers using your preferred container runtimes CLI.\n\
    Here is one example how you may list all running Kubernetes containers by using crictl:\n\t\
    - 'crictl --runtime-endpoint unix:///var/run/containerd/containerd.sock ps -a | grep kube | grep -v pause'\n\t\
    Once you have found the failing container, you can inspect its logs with:\n\t\
    - 'crictl --runtime-endpoint unix:///var/run/containerd/containerd.sock logs CONTAINERID'\n\n";

/// A kubeadm that waits for something, and what it has yet to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct Job {
    work: Work,
    stage: Stage,
    /// When it began to wait for what it waits for.
    since: Time,
    next: Time,
}

/// What it is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Init(init::Rest),
    Join(join::Rest),
    Upgrade(upgrade::Rest),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Kubelet,
    /// The components that are not healthy yet.
    Components(Vec<&'static str>),
    /// The node's object.
    Node,
    Pods,
}

/// What came of a look.
pub(super) enum Look {
    Wait(String),
    Next(String),
    Done(String),
    Failed(String, Reply),
}

impl Job {
    /// Begins to wait, with what was printed until now.
    pub(super) fn start(cx: &mut Cx<'_>, mut out: String, work: Work) -> Reply {
        let now = cx.world.now();
        let stage = match &work {
            Work::Init(_) | Work::Join(_) => {
                out.push_str("[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s\n");
                Stage::Kubelet
            }
            Work::Upgrade(_) => Stage::Pods,
        };
        let job = Self { work, stage, since: now, next: now + LOOK };
        Reply { follow: Some(Box::new(Follow::Kubeadm(Box::new(job)))), ..Reply::out(out) }
    }

    fn look(&mut self, cx: &mut Cx<'_>) -> Look {
        let waited = cx.world.now().since(self.since);
        match (&mut self.stage, &mut self.work) {
            (Stage::Kubelet, _) => kubelet(cx, waited),
            (Stage::Components(left), _) => components(cx, waited, left),
            (Stage::Node, work) => {
                let known = cx
                    .world
                    .api_from(&here(cx))
                    .is_ok_and(|server| server.get(Kind::Node, "", here(cx).as_str()).is_ok());
                if !known {
                    if waited < PATIENCE {
                        return Look::Wait(String::new());
                    }
                    return Look::Failed(
                        String::new(),
                        fatal(
                            "error execution phase mark-control-plane: could not apply mark-control-plane: timed out waiting for the condition",
                        ),
                    );
                }
                let finished = match work {
                    Work::Init(rest) => init::finish(cx, rest),
                    Work::Join(rest) => join::finish(cx, rest),
                    Work::Upgrade(_) => Ok(String::new()),
                };
                finished
                    .map_or_else(|error| Look::Failed(String::new(), fatal(&error.to_string())), Look::Done)
            }
            (Stage::Pods, Work::Upgrade(rest)) => upgrade::look(cx, rest),
            (Stage::Pods, Work::Init(_) | Work::Join(_)) => Look::Done(String::new()),
        }
    }

    /// What it waits for next, and what it says about that.
    fn move_on(&mut self, cx: &mut Cx<'_>) -> Result<String, String> {
        self.since = cx.world.now();
        let checks = |ip: &str| {
            format!(
                "[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s\n\
                 [control-plane-check] Checking kube-apiserver at https://{ip}:6443/livez\n\
                 [control-plane-check] Checking kube-controller-manager at https://127.0.0.1:10257/healthz\n\
                 [control-plane-check] Checking kube-scheduler at https://127.0.0.1:10259/livez\n"
            )
        };
        let (stage, said) = match (&self.stage, &self.work) {
            (Stage::Kubelet, Work::Init(_)) => {
                (Stage::Components(init::COMPONENTS[1..].to_vec()), checks(&address(cx)))
            }
            (Stage::Kubelet, Work::Join(rest)) => {
                let said = join::bootstrapped(cx, rest)?;
                if rest.control_plane {
                    (Stage::Components(init::COMPONENTS[1..].to_vec()), said + &checks(&address(cx)))
                } else {
                    (Stage::Node, said)
                }
            }
            (Stage::Components(_), _) => (Stage::Node, String::new()),
            (stage, _) => (stage.clone(), String::new()),
        };
        self.stage = stage;
        Ok(said)
    }
}

/// Lets a kubeadm go on: what it prints, and whether it goes on after that.
pub(in crate::console) fn go_on(job: &mut Job, console: &mut Console, world: &mut World) -> (Reply, bool) {
    let cx = &mut Cx { console, world, input: None };
    let mut out = String::new();
    while cx.world.now() >= job.next {
        match job.look(cx) {
            Look::Wait(text) => {
                job.next = cx.world.now() + LOOK;
                out += &text;
            }
            Look::Next(text) => {
                out += &text;
                match job.move_on(cx) {
                    Ok(text) => out += &text,
                    Err(why) => return (Reply { out, ..fatal(&why) }, false),
                }
            }
            Look::Done(text) => return (Reply::out(out + &text), false),
            Look::Failed(text, reply) => return (Reply { out: out + &text, ..reply }, false),
        }
    }
    (Reply::out(out), true)
}

fn kubelet(cx: &mut Cx<'_>, waited: Duration) -> Look {
    let waited_text = GoDuration(waited);
    if cx.world.kubelet_runs(&here(cx)).unwrap_or_default() {
        return Look::Next(format!("[kubelet-check] The kubelet is healthy after {waited_text}\n"));
    }
    if waited < PATIENCE {
        return Look::Wait(String::new());
    }
    Look::Failed(
        format!("[kubelet-check] The kubelet is not healthy after {waited_text}\n{KUBELET_FAILED}"),
        fatal(
            "error execution phase wait-control-plane: failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' \
             returned error: Get \"http://127.0.0.1:10248/healthz\": dial tcp 127.0.0.1:10248: connect: connection refused\n",
        ),
    )
}

fn components(cx: &mut Cx<'_>, waited: Duration, left: &mut Vec<&'static str>) -> Look {
    let (node, mut out) = (here(cx), String::new());
    let reached = cx.world.api_from(&node).is_ok();
    left.retain(|name| {
        let healthy =
            cx.world.serves(&node, name).unwrap_or_default() && (reached || *name != "kube-apiserver");
        if healthy {
            let _ = writeln!(out, "[control-plane-check] {name} is healthy after {}", GoDuration(waited));
        }
        !healthy
    });
    if left.is_empty() {
        return Look::Next(out);
    }
    if waited < PATIENCE {
        return Look::Wait(out);
    }
    let ip = address(cx);
    let mut errors = Vec::new();
    for name in left {
        let _ = writeln!(out, "[control-plane-check] {name} is not healthy after {}", GoDuration(waited));
        let url = match *name {
            "kube-apiserver" => format!("{ip}:6443/livez"),
            "kube-controller-manager" => "127.0.0.1:10257/healthz".to_owned(),
            _ => "127.0.0.1:10259/livez".to_owned(),
        };
        let host = url.split('/').next().unwrap_or_default().to_owned();
        errors.push(format!(
            "{name} check failed at https://{url}: Get \"https://{url}\": dial tcp {host}: connect: connection refused"
        ));
    }
    out.push_str(COMPONENT_FAILED);
    let all = if errors.len() == 1 { errors.concat() } else { format!("[{}]", errors.join(", ")) };
    Look::Failed(
        out,
        fatal(&format!(
            "error execution phase wait-control-plane: failed while waiting for the control plane to start: {all}"
        )),
    )
}
