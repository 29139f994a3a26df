//! `kubeadm`: makes a node a control plane or a worker, undoes it, upgrades it.
//!
//! Follows `cmd/kubeadm/app/cmd`: the phases, their order and their words. It writes files and asks the API server, and the kubelet does the rest;
//! while it waits for that, it is a [`Job`] that goes on as time passes. Certificates, images and the network are only spoken of.

mod files;
mod init;
mod job;
mod join;
mod reset;
mod token;
mod upgrade;

pub(in crate::console) use self::job::{Job, go_on};
use super::{super::Host, Cx, Flags, Reply};
use crate::{
    cluster::{
        ApiAnswer, ApiError, ApiRequest, Kind, PatchKind,
        kubeadm::{self, VERSION},
    },
    id::NodeName,
};

pub(in crate::console) const VERBS: &[&str] = &[
    "config images list",
    "config images pull",
    "init",
    "join",
    "reset",
    "token create",
    "token list",
    "upgrade apply",
    "version",
];

/// Flags that take a value.
const VALUED: [&str; 17] = [
    "--apiserver-advertise-address",
    "--certificate-key",
    "--config",
    "--control-plane-endpoint",
    "--cri-socket",
    "--discovery-token",
    "--discovery-token-ca-cert-hash",
    "--ignore-preflight-errors",
    "--kubernetes-version",
    "--node-name",
    "--pod-network-cidr",
    "--service-cidr",
    "--tls-bootstrap-token",
    "--token",
    "--token-ttl",
    "--ttl",
    "-o",
];

pub(super) fn run(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &VALUED);
    match flags.rest.as_slice() {
        ["version", ..] => version(&flags),
        ["init"] => init::run(cx, &flags),
        ["join", address @ ..] => join::run(cx, &flags, address.first().copied()),
        ["reset"] => reset::run(cx, &flags),
        ["token", rest @ ..] => token::run(cx, &flags, rest),
        ["upgrade", "apply", version @ ..] => upgrade::run(cx, &flags, version.first().copied()),
        ["config", "images", what @ ("list" | "pull")] => images(cx, what),
        _ => Reply::failed(format!("kubeadm: name what to do: {}", VERBS.join(", "))),
    }
}

fn version(flags: &Flags<'_>) -> Reply {
    if flags.value(&["-o"]) == Some("short") {
        return Reply::out(format!("{VERSION}\n"));
    }
    Reply::out(format!(
        "kubeadm version: &version.Info{{Major:\"1\", Minor:\"36\", EmulationMajor:\"\", EmulationMinor:\"\", MinCompatibilityMajor:\"\", \
         MinCompatibilityMinor:\"\", GitVersion:\"{VERSION}\", GitTreeState:\"clean\", Platform:\"linux/amd64\"}}\n"
    ))
}

fn images(cx: &mut Cx<'_>, what: &str) -> Reply {
    let plan = kubeadm::Plan::of("", "");
    let manifests = kubeadm::manifests(&plan);
    let image =
        |text: &str| text.lines().find_map(|line| line.trim().strip_prefix("image: ")).map(str::to_owned);
    // The order of `kubeadm config images list`: the store comes last.
    let mut images: Vec<String> = manifests.iter().skip(1).filter_map(|(_, text)| image(text)).collect();
    images.push(format!("registry.k8s.io/kube-proxy:{VERSION}"));
    images.push("registry.k8s.io/coredns/coredns:v1.14.2".to_owned());
    images.push("registry.k8s.io/pause:3.10.2".to_owned());
    images.extend(manifests.first().and_then(|(_, text)| image(text)));
    let mut out = String::new();
    for image in images {
        if what == "pull" {
            if let Err(error) = cx.world.preload(&here(cx), &image) {
                return Reply::failed(format!("failed to pull image \"{image}\": {error}"));
            }
            out.push_str("[config/images] Pulled ");
        }
        out.push_str(&image);
        out.push('\n');
    }
    Reply::out(out)
}

/// The node that it is typed on.
fn here(cx: &Cx<'_>) -> NodeName {
    match cx.console.host() {
        Host::Node(node) => node.clone(),
        Host::Workstation => "".into(),
    }
}

/// The address of the node that it is typed on.
fn address(cx: &Cx<'_>) -> String {
    cx.world.node_ip(&here(cx)).map(ToString::to_string).unwrap_or_default()
}

/// How kubeadm ends when it fails.
fn fatal(text: &str) -> Reply {
    Reply::failed(format!("error: {text}\nTo see the stack trace of this error execute with --v=5 or higher"))
}

/// How kubeadm ends when what it needs is not so.
fn preflight(errors: &[(String, String)], flags: &Flags<'_>) -> Option<Reply> {
    let list = flags.value(&["--ignore-preflight-errors"]).unwrap_or_default().to_lowercase();
    let ignores = |name: &str| list.split(',').any(|it| it == "all" || it == name.to_lowercase());
    let left: Vec<String> = errors
        .iter()
        .filter(|(name, _)| !ignores(name))
        .map(|(name, text)| format!("\t[ERROR {name}]: {text}\n"))
        .collect();
    (!left.is_empty()).then(|| {
        Reply::failed(format!(
            "error execution phase preflight: [preflight] Some fatal errors occurred:\n{}[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\n\
             To see the stack trace of this error execute with --v=5 or higher",
            left.concat()
        ))
    })
}

/// Asks the API server as the administrator, when this node reaches it.
fn ask(cx: &mut Cx<'_>, request: ApiRequest) -> Result<ApiAnswer, ApiError> {
    cx.world.api_from(&here(cx))?;
    cx.world.request(request)
}

fn apply(cx: &mut Cx<'_>, objects: impl IntoIterator<Item = serde_json::Value>) -> Result<(), ApiError> {
    objects.into_iter().try_for_each(|object| ask(cx, ApiRequest::Apply { object }).map(drop))
}

/// Makes a node a control-plane node in the API.
fn mark(cx: &mut Cx<'_>) -> Result<String, ApiError> {
    let node = here(cx);
    let request = ApiRequest::Patch {
        kind: Kind::Node,
        namespace: "".into(),
        name: node.as_str().into(),
        patch: kubeadm::mark(),
        how: PatchKind::Strategic,
    };
    ask(cx, request)?;
    Ok(format!(
        "[mark-control-plane] Marking the node {node} as control-plane by adding the labels: [node-role.kubernetes.io/control-plane node.kubernetes.io/exclude-from-external-load-balancers]\n\
         [mark-control-plane] Marking the node {node} as control-plane by adding the taints [node-role.kubernetes.io/control-plane:NoSchedule]\n"
    ))
}

/// A text of an object that the API server has.
fn read(cx: &Cx<'_>, kind: Kind, namespace: &str, name: &str, pointer: &str) -> Option<String> {
    let server = cx.world.api_from(&here(cx)).ok()?;
    let object = server.get(kind, namespace, name).ok()?;
    object.at(pointer).as_str().map(str::to_owned)
}
