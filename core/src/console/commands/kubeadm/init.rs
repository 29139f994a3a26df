//! `kubeadm init`: the first control plane of a cluster.

use std::fmt::Write as _;

use super::{
    Cx, Flags, Reply, address, apply, fatal, files,
    job::{Job, Work},
    mark, preflight, token,
};
use crate::cluster::{
    ApiError,
    kubeadm::{self, Plan, Token, VERSION},
};

/// What is left to be done once the control plane runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    token: Token,
    /// A name for the API server that outlives its first machine.
    endpoint: Option<String>,
    /// The key under which certificates are stored for other control planes.
    key: Option<String>,
}

pub(super) const COMPONENTS: [&str; 4] =
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

pub(super) fn run(cx: &mut Cx<'_>, flags: &Flags<'_>) -> Reply {
    let token = match token::given(cx, flags.value(&["--token"])) {
        Ok(token) => token,
        Err(failed) => return failed,
    };
    let endpoint = flags
        .value(&["--control-plane-endpoint"])
        .map(|it| if it.contains(':') { it.to_owned() } else { format!("{it}:6443") });
    let made = || kubeadm::ca_hash(&token.to_string()).trim_start_matches("sha256:").to_owned();
    let key = flags
        .has(&["--upload-certs"])
        .then(|| flags.value(&["--certificate-key"]).map_or_else(made, str::to_owned));
    let mut out =
        format!("[init] Using Kubernetes version: {VERSION}\n[preflight] Running pre-flight checks\n");
    let errors = errors(cx);
    if let Some(failed) = preflight(&errors, flags) {
        return Reply { out, ..failed };
    }
    out.push_str(
        "[preflight] Pulling images required for setting up a Kubernetes cluster\n[preflight] This might take a minute or two, depending on the speed of your internet connection\n\
         [preflight] You can also perform this action beforehand using 'kubeadm config images pull'\n",
    );
    match write(cx) {
        Ok(text) => out.push_str(&text),
        Err(why) => return Reply { out, ..fatal(&why) },
    }
    Job::start(cx, out, Work::Init(Rest { token, endpoint, key }))
}

/// What is in the way.
fn errors(cx: &mut Cx<'_>) -> Vec<(String, String)> {
    let node = super::here(cx);
    let mut errors = Vec::new();
    if cx.world.serves(&node, "kube-apiserver").unwrap_or_default() {
        errors.push(("Port-6443".to_owned(), "Port 6443 is in use".to_owned()));
    }
    for name in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"] {
        let path = format!("{}/{name}.yaml", files::MANIFESTS);
        if files::text(cx, &path).is_some() {
            errors.push((
                format!("FileAvailable-{}", path.replace('/', "-")),
                format!("{path} already exists"),
            ));
        }
    }
    if !cx.console.files(cx.world).names("/var/lib/etcd").unwrap_or_default().is_empty() {
        errors.push(("DirAvailable--var-lib-etcd".to_owned(), "/var/lib/etcd is not empty".to_owned()));
    }
    errors
}

fn write(cx: &mut Cx<'_>) -> Result<String, String> {
    let (node, ip) = (super::here(cx), address(cx));
    let all = files::KUBECONFIGS.map(|(file, _)| file);
    let mut out = files::certificates(cx)?;
    out += &files::kubeconfigs(cx, &all)?;
    out += &files::manifests(cx, &Plan::of(node.as_str(), &ip), &COMPONENTS)?;
    out += &files::start_kubelet(cx)?;
    let _ = writeln!(
        out,
        "[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory \"{}\"",
        files::MANIFESTS
    );
    Ok(out)
}

/// What is done once the control plane runs and the node is known.
pub(super) fn finish(cx: &mut Cx<'_>, rest: &Rest) -> Result<String, ApiError> {
    let ip = address(cx);
    let certificate = files::text(cx, files::CA).unwrap_or_default();
    let mut configs = kubeadm::configs(VERSION);
    if let (Some(endpoint), Some(config)) = (&rest.endpoint, configs.first_mut()) {
        let text = config["data"]["ClusterConfiguration"].as_str().unwrap_or_default();
        config["data"]["ClusterConfiguration"] = text
            .replace("controllerManager:", &format!("controlPlaneEndpoint: {endpoint}\ncontrollerManager:"))
            .into();
    }
    apply(cx, configs)?;
    let mut out = "[upload-config] Storing the configuration used in ConfigMap \"kubeadm-config\" in the \"kube-system\" Namespace\n\
         [kubelet] Creating a ConfigMap \"kubelet-config\" in namespace kube-system with the configuration for the kubelets in the cluster\n"
        .to_owned();
    match &rest.key {
        None => out.push_str("[upload-certs] Skipping phase. Please see --upload-certs\n"),
        Some(key) => {
            apply(
                cx,
                [serde_json::json!({
                    "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
                    "metadata": {"name": "kubeadm-certs", "namespace": "kube-system"}, "stringData": {"key": key},
                })],
            )?;
            let _ = write!(
                out,
                "[upload-certs] Storing the certificates in Secret \"kubeadm-certs\" in the \"kube-system\" Namespace\n[upload-certs] Using certificate key:\n{key}\n"
            );
        }
    }
    out += &mark(cx)?;
    let token = &rest.token;
    token::store(cx, token, &Flags::parse(&[], &[]))?;
    apply(cx, kubeadm::cluster_info(&ip, certificate.trim()))?;
    let _ = write!(
        out,
        "[bootstrap-token] Using token: {token}\n\
         [bootstrap-token] Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles\n\
         [bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to get nodes\n\
         [bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials\n\
         [bootstrap-token] Configured RBAC rules to allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token\n\
         [bootstrap-token] Configured RBAC rules to allow certificate rotation for all node client certificates in the cluster\n\
         [bootstrap-token] Creating the \"cluster-info\" ConfigMap in the \"kube-public\" namespace\n\
         [kubelet-finalize] Updating \"/etc/kubernetes/kubelet.conf\" to point to a rotatable kubelet client certificate and key\n"
    );
    apply(cx, kubeadm::addons(VERSION))?;
    out.push_str("[addons] Applied essential addon: CoreDNS\n[addons] Applied essential addon: kube-proxy\n");
    out += &farewell(cx, rest);
    Ok(out)
}

fn farewell(cx: &mut Cx<'_>, rest: &Rest) -> String {
    let join = token::join_command(cx, &rest.token).unwrap_or_default();
    let more = rest.key.as_ref().filter(|_| rest.endpoint.is_some()).map_or(String::new(), |key| {
        format!(
            "You can now join any number of control-plane nodes running the following command on each as root:\n\n  {join} \\\n\t--control-plane --certificate-key {key}\n\n\
             Please note that the certificate-key gives access to cluster sensitive data, keep it secret!\nAs a safeguard, uploaded-certs will be deleted in two hours; If necessary, you can use\n\
             \"kubeadm init phase upload-certs --upload-certs\" to reload certs afterward.\n\n"
        )
    });
    format!(
        "\nYour Kubernetes control-plane has initialized successfully!\n\nTo start using your cluster, you need to run the following as a regular user:\n\n  \
         mkdir -p $HOME/.kube\n  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config\n  sudo chown $(id -u):$(id -g) $HOME/.kube/config\n\n\
         Alternatively, if you are the root user, you can run:\n\n  export KUBECONFIG=/etc/kubernetes/admin.conf\n\n\
         You should now deploy a pod network to the cluster.\nRun \"kubectl apply -f [podnetwork].yaml\" with one of the options listed at:\n  \
         https://kubernetes.io/docs/concepts/cluster-administration/addons/\n\n{more}\
         Then you can join any number of worker nodes by running the following on each as root:\n\n{join}\n"
    )
}
