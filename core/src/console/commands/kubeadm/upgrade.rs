//! `kubeadm upgrade apply`: each manifest in turn is put in the place of the old one, and the kubelet is waited for.
//!
//! Follows `cmd/kubeadm/app/phases/upgrade/staticpods.go`: a component counts as restarted when the hash on its mirror pod is another. When that
//! does not happen within five minutes, the old manifests are put back.

use std::{fmt::Write as _, time::Duration};

use super::{
    Cx, Flags, Reply, address, apply, fatal, files, here,
    job::{Job, Look, Work},
    read,
};
use crate::{
    cluster::{
        Kind, Selector,
        kubeadm::{self, Plan},
    },
    manifest::static_pod::CONFIG_HASH,
    time::{GoDuration, Time},
};

/// How long kubeadm waits for a component to be another.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is left to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    version: String,
    /// Components with their new manifests, the next one last.
    left: Vec<(&'static str, String)>,
    /// The old manifests of what was upgraded.
    old: Vec<(&'static str, String)>,
    /// What is waited for.
    waits: Option<Wait>,
    backup: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Wait {
    component: &'static str,
    since: Time,
    /// The hash on the mirror of the old pod; none once there is another.
    before: Option<String>,
    /// How many pods of the component were seen.
    seen: Option<usize>,
}

pub(super) fn run(cx: &mut Cx<'_>, flags: &Flags<'_>, version: Option<&str>) -> Reply {
    let Some(version) = version
        .or(flags.value(&["--kubernetes-version"]))
        .map(|it| format!("v{}", it.trim_start_matches('v')))
    else {
        return fatal("missing one or more required arguments. Required arguments: [version]");
    };
    let mut out = "[upgrade] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...\n".to_owned();
    let Some(config) =
        read(cx, Kind::ConfigMap, "kube-system", "kubeadm-config", "/data/ClusterConfiguration")
    else {
        let why = match cx.world.api_from(&here(cx)) {
            Ok(_) => "configmaps \"kubeadm-config\" not found".to_owned(),
            Err(error) => error.to_string(),
        };
        return Reply {
            out,
            ..fatal(&format!(
                "error execution phase preflight: [upgrade/init config] failed to get config map: {why}"
            ))
        };
    };
    let now =
        config.lines().find_map(|line| line.strip_prefix("kubernetesVersion: ")).unwrap_or(kubeadm::VERSION);
    let number = |text: &str| {
        text.trim_start_matches('v').split('.').map(str::parse::<u32>).collect::<Result<Vec<_>, _>>()
    };
    let (Ok(old), Ok(new)) = (number(now), number(&version)) else {
        return Reply { out, ..fatal(&format!("couldn't parse kubernetes version \"{version}\"")) };
    };
    let _ = write!(
        out,
        "[upgrade] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n[upgrade/preflight] Running preflight checks\n\
         [upgrade] Running cluster health checks\n[upgrade/preflight] You have chosen to upgrade the cluster version to \"{version}\"\n\
         [upgrade/versions] Cluster version: {now}\n[upgrade/versions] kubeadm version: {version}\n"
    );
    if new < old && !flags.has(&["-f", "--force"]) {
        return Reply {
            out,
            ..fatal(&format!(
                "the --version argument is invalid due to these fatal errors:\n\n\t- Specified version to upgrade to \"{version}\" is lower than the cluster version \"{now}\". Downgrades are not supported yet\n\nPlease fix the misalignments highlighted above and try upgrading again"
            ))
        };
    }
    if !flags.has(&["-y", "--yes", "-f", "--force"]) {
        out.push_str("[upgrade] Are you sure you want to proceed? [y/N]: ");
        if !cx.input.is_some_and(|it| it.trim().eq_ignore_ascii_case("y")) {
            return Reply {
                out,
                ..fatal("won't proceed; the user didn't answer (Y|y) in order to continue")
            };
        }
        out.push('\n');
    }
    begin(cx, out, version)
}

fn begin(cx: &mut Cx<'_>, mut out: String, version: String) -> Reply {
    let (node, ip, at) = (here(cx), address(cx), cx.world.now());
    let stamp = cx.world.node_view(&node).map(|view| view.epoch.at(at).to_string()).unwrap_or_default();
    let stamp = stamp.trim_end_matches('Z').replace([':', 'T'], "-");
    let backup = format!("/etc/kubernetes/tmp/kubeadm-backup-manifests-{stamp}");
    let plan = Plan { version: &version, ..Plan::of(node.as_str(), &ip) };
    let mut left = kubeadm::manifests(&plan);
    // What an etcd was told of its members when it was made stays so: its version is the same.
    if let (Some(text), Some(etcd)) =
        (files::text(cx, &format!("{}/etcd.yaml", files::MANIFESTS)), left.first_mut())
    {
        etcd.1 = text;
    }
    left.reverse();
    let _ = write!(
        out,
        "[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster\n[upgrade/preflight] This might take a minute or two, depending on the speed of your internet connection\n\
         [upgrade/preflight] You can also perform this action beforehand using 'kubeadm config images pull'\n\
         [upgrade/control-plane] Upgrading your static Pod-hosted control plane to version \"{version}\" (timeout: 5m0s)...\n\
         [upgrade/staticpods] Writing new Static Pod manifests to \"/etc/kubernetes/tmp/kubeadm-upgraded-manifests{}\"\n",
        at.since_zero().as_millis()
    );
    Job::start(cx, out, Work::Upgrade(Rest { version, left, old: Vec::new(), waits: None, backup }))
}

pub(super) fn look(cx: &mut Cx<'_>, rest: &mut Rest) -> Look {
    let mut out = String::new();
    if let Some(wait) = rest.waits.take() {
        match restarted(cx, wait, &mut out) {
            Ok(None) => {}
            Ok(Some(wait)) => {
                rest.waits = Some(wait);
                return Look::Wait(out);
            }
            Err(why) => return roll_back(cx, rest, out, &why),
        }
    }
    while let Some((component, new)) = rest.left.pop() {
        match replace(cx, rest, component, &new, &mut out) {
            Ok(None) => {}
            Ok(wait) => {
                rest.waits = wait;
                return Look::Wait(out);
            }
            Err(why) => return roll_back(cx, rest, out, &why),
        }
    }
    match finish(cx, rest) {
        Ok(text) => Look::Done(out + &text),
        Err(error) => Look::Failed(out, fatal(&error.to_string())),
    }
}

/// Puts a new manifest in the place of the old one. Nothing is waited for when they are equal.
fn replace(
    cx: &mut Cx<'_>,
    rest: &mut Rest,
    component: &'static str,
    new: &str,
    out: &mut String,
) -> Result<Option<Wait>, String> {
    let path = format!("{}/{component}.yaml", files::MANIFESTS);
    let _ = writeln!(out, "[upgrade/staticpods] Preparing for \"{component}\" upgrade");
    let Some(old) = files::text(cx, &path) else {
        return Err(format!("open {path}: no such file or directory"));
    };
    let certificates: &[&str] = match component {
        "kube-apiserver" => {
            &["apiserver", "apiserver-kubelet-client", "front-proxy-client", "apiserver-etcd-client"]
        }
        "kube-controller-manager" => &["controller-manager.conf"],
        "kube-scheduler" => &["scheduler.conf"],
        _ => &[],
    };
    if old == new {
        let _ = writeln!(
            out,
            "[upgrade/staticpods] Current and new manifests of {component} are equal, skipping upgrade"
        );
        return Ok(None);
    }
    for name in certificates {
        let _ = writeln!(out, "[upgrade/staticpods] Renewing {name} certificate");
    }
    let before = hash(cx, component)?;
    let backup = format!("{}/{component}.yaml", rest.backup);
    files::write(cx, &backup, &old)?;
    cx.console.files(cx.world).remove(&path).map_err(|why| format!("{path}: {why}"))?;
    files::write(cx, &path, new)?;
    rest.old.push((component, old));
    let _ = write!(
        out,
        "[upgrade/staticpods] Moving new manifest to \"{path}\" and backing up old manifest to \"{backup}\"\n\
         [upgrade/staticpods] Waiting for the kubelet to restart the component\n[upgrade/staticpods] This can take up to {}\n",
        GoDuration(PATIENCE)
    );
    Ok(Some(Wait { component, since: cx.world.now(), before: Some(before), seen: None }))
}

/// The hash on a component's mirror pod.
fn hash(cx: &Cx<'_>, component: &str) -> Result<String, String> {
    let node = here(cx);
    let name = format!("{component}-{node}");
    let failed = |error: &crate::cluster::ApiError| {
        format!("failed to obtain static Pod hash for component {component} on Node {node}: {error}")
    };
    let server = cx.world.api_from(&node).map_err(|error| failed(&error))?;
    let pod = server.get(Kind::Pod, "kube-system", &name).map_err(|error| failed(&error))?;
    Ok(pod.meta.annotation(CONFIG_HASH).map(ToString::to_string).unwrap_or_default())
}

/// Whether the kubelet has made a component anew and it runs: then nothing is left to wait for.
fn restarted(cx: &Cx<'_>, mut wait: Wait, out: &mut String) -> Result<Option<Wait>, String> {
    let (node, component) = (here(cx), wait.component);
    let late = cx.world.now().since(wait.since) >= PATIENCE;
    if let Some(before) = &wait.before {
        match hash(cx, component) {
            Ok(now) if now != *before => {
                wait.before = None;
                wait.since = cx.world.now();
            }
            Err(why) if late => return Err(why),
            Ok(_) if late => {
                return Err(format!(
                    "static Pod hash for component {component} on Node {node} did not change after {}: context deadline exceeded",
                    GoDuration(PATIENCE)
                ));
            }
            Ok(_) | Err(_) => return Ok(Some(wait)),
        }
    }
    if let (Ok(server), Ok(labels)) =
        (cx.world.api_from(&node), Selector::parse(&format!("component={component}")))
    {
        let pods: Vec<_> = server.list(Kind::Pod, Some("kube-system"), &labels).collect();
        if wait.seen.replace(pods.len()) != Some(pods.len()) {
            let _ = writeln!(
                out,
                "[apiclient] Found {} Pods for label selector component={component}",
                pods.len()
            );
        }
        let run = pods.iter().all(|pod| pod.pod().is_some_and(|pod| pod.phase() == "Running"));
        if run && !pods.is_empty() {
            let _ = writeln!(out, "[upgrade/staticpods] Component \"{component}\" upgraded successfully!");
            return Ok(None);
        }
    }
    if late { Err("context deadline exceeded".to_owned()) } else { Ok(Some(wait)) }
}

fn roll_back(cx: &mut Cx<'_>, rest: &Rest, out: String, why: &str) -> Look {
    let mut errors = vec![why.to_owned()];
    for (component, text) in &rest.old {
        errors.extend(files::write(cx, &format!("{}/{component}.yaml", files::MANIFESTS), text).err());
    }
    let text = format!(
        "error execution phase control-plane: couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: {}",
        errors.join(", ")
    );
    Look::Failed(out, fatal(&text))
}

fn finish(cx: &mut Cx<'_>, rest: &Rest) -> Result<String, crate::cluster::ApiError> {
    let version = &rest.version;
    let endpoint = read(cx, Kind::ConfigMap, "kube-system", "kubeadm-config", "/data/ClusterConfiguration")
        .unwrap_or_default();
    let mut configs = kubeadm::configs(version);
    if let (Some(line), Some(config)) =
        (endpoint.lines().find(|line| line.starts_with("controlPlaneEndpoint: ")), configs.first_mut())
    {
        let text = config["data"]["ClusterConfiguration"].as_str().unwrap_or_default();
        config["data"]["ClusterConfiguration"] =
            text.replace("controllerManager:", &format!("{line}\ncontrollerManager:")).into();
    }
    apply(cx, configs)?;
    apply(cx, kubeadm::addons(version))?;
    Ok(format!(
        "[upgrade/control-plane] The control plane instance for this node was successfully upgraded!\n\
         [upload-config] Storing the configuration used in ConfigMap \"kubeadm-config\" in the \"kube-system\" Namespace\n\
         [kubelet] Creating a ConfigMap \"kubelet-config\" in namespace kube-system with the configuration for the kubelets in the cluster\n\
         [upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!\n\
         [upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!\n\
         [upgrade/bootstrap-token] Configuring bootstrap token and cluster-info RBAC rules\n\
         [addons] Applied essential addon: CoreDNS\n[addons] Applied essential addon: kube-proxy\n\n\
         [upgrade] SUCCESS! A control plane node of your cluster was upgraded to \"{version}\".\n\n\
         [upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.\n"
    ))
}
