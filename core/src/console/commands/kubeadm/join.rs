//! `kubeadm join`: another worker, or another control plane.

use super::{
    Cx, Flags, Reply, address, fatal, files,
    job::{Job, Work},
    mark, preflight, read,
};
use crate::{
    cluster::{
        ApiError, Kind, Selector,
        kubeadm::{self, Plan, Token, ca_hash},
    },
    sim::{BOOTSTRAP, KUBECONFIG},
};

/// What is left to be done once the kubelet runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) control_plane: bool,
}

pub(super) fn run(cx: &mut Cx<'_>, flags: &Flags<'_>, endpoint: Option<&str>) -> Reply {
    let control_plane = flags.has(&["--control-plane"]);
    let mut out = "[preflight] Running pre-flight checks\n".to_owned();
    let certificate = match discover(cx, flags, endpoint) {
        Ok(certificate) => certificate,
        Err(failed) => return Reply { out, ..failed },
    };
    if let Some(failed) = preflight(&errors(cx), flags) {
        return Reply { out, ..failed };
    }
    out.push_str(
        "[preflight] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...\n\
         [preflight] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n",
    );
    if control_plane && let Err(why) = may_be_control_plane(cx, flags) {
        return Reply { out, ..fatal(&why) };
    }
    match write(cx, &certificate, control_plane) {
        Ok(text) => out.push_str(&text),
        Err(why) => return Reply { out, ..fatal(&why) },
    }
    Job::start(cx, out, Work::Join(Rest { control_plane }))
}

/// Finds the cluster and the certificate of its authority, and lets itself be shown that they are what the token stands for.
fn discover(cx: &Cx<'_>, flags: &Flags<'_>, endpoint: Option<&str>) -> Result<String, Reply> {
    let bad = |field: &str, value: &str, why: &str| {
        Err(Reply::failed(format!(
            "{field}: Invalid value: \"{value}\": {why}\nTo see the stack trace of this error execute with --v=5 or higher"
        )))
    };
    let Some(endpoint) = endpoint else {
        return bad("discovery", "", "bootstrapToken or file must be set");
    };
    let text = flags.value(&["--token", "--discovery-token"]).unwrap_or_default();
    let Some(token) = Token::parse(text) else {
        return bad("discovery.bootstrapToken.token", text, "the bootstrap token is invalid");
    };
    let hash = flags.value(&["--discovery-token-ca-cert-hash"]);
    if hash.is_none() && !flags.has(&["--discovery-token-unsafe-skip-ca-verification"]) {
        return bad(
            "discovery.bootstrapToken",
            "",
            "using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue",
        );
    }
    let refused = |why: &str| {
        let text = format!(
            "error execution phase preflight: couldn't validate the identity of the API Server: {why}"
        );
        Err(fatal(&text))
    };
    let Some(info) = read(cx, Kind::ConfigMap, "kube-public", "cluster-info", "/data/kubeconfig") else {
        let url =
            format!("https://{endpoint}/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s");
        return refused(&format!(
            "failed to request the cluster-info ConfigMap: Get \"{url}\": dial tcp {endpoint}: connect: connection refused"
        ));
    };
    let secret = read(cx, Kind::Secret, "kube-system", &token.secret_name(), "/stringData/token-secret");
    if secret.as_deref() != Some(token.secret.as_str()) {
        return refused(&format!(
            "could not find a JWS signature in the cluster-info ConfigMap for token ID \"{}\"",
            token.id
        ));
    }
    let certificate = info.split("certificate-authority-data: ").nth(1).unwrap_or_default();
    let certificate = certificate.split("\n    server:").next().unwrap_or_default().trim().to_owned();
    let found = ca_hash(&certificate);
    if hash.is_some_and(|hash| hash != found) {
        return refused(&format!(
            "cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"{found}\" are pinned"
        ));
    }
    Ok(certificate)
}

fn errors(cx: &mut Cx<'_>) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    for path in [KUBECONFIG, files::CA] {
        // A control plane may be given its authority by hand.
        if files::text(cx, path).is_some()
            && (path == KUBECONFIG || files::text(cx, &path.replace(".crt", ".key")).is_none())
        {
            errors.push((
                format!("FileAvailable-{}", path.replace('/', "-")),
                format!("{path} already exists"),
            ));
        }
    }
    let node = super::here(cx);
    if !errors.is_empty() && cx.world.kubelet_runs(&node).unwrap_or_default() {
        errors.push(("Port-10250".to_owned(), "Port 10250 is in use".to_owned()));
    }
    errors
}

/// Whether the cluster is made for more than one control plane, and whether this one would have the same authority.
fn may_be_control_plane(cx: &mut Cx<'_>, flags: &Flags<'_>) -> Result<(), String> {
    let config = read(cx, Kind::ConfigMap, "kube-system", "kubeadm-config", "/data/ClusterConfiguration");
    let mut why = Vec::new();
    if !config.unwrap_or_default().contains("controlPlaneEndpoint: ") {
        why.push("unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address".to_owned());
    }
    let key = read(cx, Kind::Secret, "kube-system", "kubeadm-certs", "/stringData/key");
    let given = flags.value(&["--certificate-key"]);
    if (given.is_none() || given != key.as_deref())
        && files::text(cx, &format!("{}/ca.key", files::PKI)).is_none()
    {
        why.push(format!(
            "failure loading certificate for CA: couldn't load the certificate file {0}: open {0}: no such file or directory",
            files::CA
        ));
    }
    if why.is_empty() {
        return Ok(());
    }
    Err(format!(
        "error execution phase preflight: \nOne or more conditions for hosting a new control plane instance is not satisfied.\n\n{}\n\n\
         Please ensure that:\n* The cluster has a stable controlPlaneEndpoint address.\n* The certificates that must be shared among control plane instances are provided.\n\n",
        why.join("\n")
    ))
}

fn write(cx: &mut Cx<'_>, certificate: &str, control_plane: bool) -> Result<String, String> {
    let (node, ip) = (super::here(cx), address(cx));
    let mut out = String::new();
    files::write(cx, files::CA, &format!("{certificate}\n"))?;
    if control_plane {
        out.push_str(
            "[preflight] Running pre-flight checks before initializing the new control plane instance\n",
        );
        out += &files::certificates(cx)?;
        out += &files::kubeconfigs(cx, &["admin.conf", "controller-manager.conf", "scheduler.conf"])?;
        out += &files::manifests(
            cx,
            &Plan::of(node.as_str(), &ip),
            &["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
        )?;
        out.push_str("[check-etcd] Checking that the etcd cluster is healthy\n");
    }
    files::write(cx, BOOTSTRAP, &kubeadm::kubeconfig(&ip, "tls-bootstrap-token-user"))?;
    out += &files::start_kubelet(cx)?;
    if control_plane {
        let members = members(cx);
        let members: Vec<(&str, &str)> =
            members.iter().map(|(name, ip)| (name.as_str(), ip.as_str())).collect();
        let plan = Plan { members: &members, ..Plan::of(node.as_str(), &ip) };
        out.push_str("[etcd] Announced new etcd member joining to the existing etcd cluster\n");
        out += &files::manifests(cx, &plan, &["etcd"])?;
        out.push_str("[etcd] Waiting for the new etcd member to join the cluster. This can take up to 40s\n");
    }
    Ok(out)
}

/// The members of etcd that there are: the pods that say where they answer.
fn members(cx: &Cx<'_>) -> Vec<(String, String)> {
    let Ok(server) = cx.world.api_from(&super::here(cx)) else { return Vec::new() };
    let Ok(labels) = Selector::parse("component=etcd") else { return Vec::new() };
    let pods = server.list(Kind::Pod, Some("kube-system"), &labels);
    pods.filter_map(|pod| {
        let node = pod.pod()?.node.as_ref()?.to_string();
        let url = pod.meta.annotation("kubeadm.kubernetes.io/etcd.advertise-client-urls")?;
        let ip = url.trim_start_matches("https://").split(':').next()?.to_owned();
        Some((node, ip))
    })
    .collect()
}

/// The kubelet has its own certificate now.
pub(super) fn bootstrapped(cx: &mut Cx<'_>, _: &Rest) -> Result<String, String> {
    let (node, ip) = (super::here(cx), address(cx));
    files::write(cx, KUBECONFIG, &kubeadm::kubeconfig(&ip, &format!("system:node:{node}")))?;
    cx.console.files(cx.world).remove(BOOTSTRAP).map_err(|why| format!("{BOOTSTRAP}: {why}"))?;
    Ok("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap\n".to_owned())
}

pub(super) fn finish(cx: &mut Cx<'_>, rest: &Rest) -> Result<String, ApiError> {
    if !rest.control_plane {
        return Ok("\nThis node has joined the cluster:\n* Certificate signing request was sent to apiserver and a response was received.\n\
                   * The Kubelet was informed of the new secure connection details.\n\n\
                   Run 'kubectl get nodes' on the control-plane to see this node join the cluster.\n\n"
            .to_owned());
    }
    let marked = mark(cx)?;
    Ok(marked
        + "\nThis node has joined the cluster and a new control plane instance was created:\n\n\
           * Certificate signing request was sent to apiserver and approval was received.\n* The Kubelet was informed of the new secure connection details.\n\
           * Control plane label and taint were applied to the new node.\n* The Kubernetes control plane instances scaled up.\n\
           * A new etcd member was added to the local/stacked etcd cluster.\n\n\
           To start administering your cluster from this node, you need to run the following as a regular user:\n\n\t\
           mkdir -p $HOME/.kube\n\tsudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config\n\tsudo chown $(id -u):$(id -g) $HOME/.kube/config\n\n\
           Run 'kubectl get nodes' to see this node join the cluster.\n\n")
}
