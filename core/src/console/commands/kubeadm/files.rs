//! The files that kubeadm writes, and the words with which it does.

use std::fmt::Write as _;

use super::{Cx, here};
use crate::{
    cluster::kubeadm::{self, Plan},
    sim::{CONFIG, ETCD_DATA, FLAGS},
};

pub(super) const MANIFESTS: &str = "/etc/kubernetes/manifests";
pub(super) const PKI: &str = "/etc/kubernetes/pki";
pub(super) const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// The certificates, and the authority of each; an authority is its own.
const CERTIFICATES: [(&str, &str); 10] = [
    ("ca", "ca"),
    ("apiserver", "ca"),
    ("apiserver-kubelet-client", "ca"),
    ("front-proxy-ca", "front-proxy-ca"),
    ("front-proxy-client", "front-proxy-ca"),
    ("etcd/ca", "etcd/ca"),
    ("etcd/server", "etcd/ca"),
    ("etcd/peer", "etcd/ca"),
    ("etcd/healthcheck-client", "etcd/ca"),
    ("apiserver-etcd-client", "etcd/ca"),
];

pub(super) fn write(cx: &mut Cx<'_>, path: &str, text: &str) -> Result<(), String> {
    let mut files = cx.console.files(cx.world);
    let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
    if !files.is_folder(folder) {
        files.make_folder(folder).map_err(|why| format!("{folder}: {why}"))?;
    }
    files.write(path, text).map_err(|why| format!("{path}: {why}"))
}

pub(super) fn text(cx: &mut Cx<'_>, path: &str) -> Option<String> {
    cx.console.files(cx.world).read(path).ok()
}

/// The certificates of a control plane; those that are there are used.
pub(super) fn certificates(cx: &mut Cx<'_>) -> Result<String, String> {
    let (node, ip, now) = (here(cx), super::address(cx), cx.world.now());
    let mut out = format!("[certs] Using certificateDir folder \"{PKI}\"\n");
    for (name, authority) in CERTIFICATES {
        let path = format!("{PKI}/{name}.crt");
        let is_authority = name == authority;
        if text(cx, &path).is_some() {
            let what = if is_authority { "certificate authority" } else { "certificate and key on disk" };
            let _ = writeln!(out, "[certs] Using existing {name} {what}");
            continue;
        }
        let _ = writeln!(out, "[certs] Generating \"{name}\" certificate and key");
        let serial = kubeadm::ca_hash(&format!("{name} of {node} at {now}"));
        write(cx, &path, &format!("-----BEGIN CERTIFICATE-----\n{serial}\n-----END CERTIFICATE-----\n"))?;
        write(
            cx,
            &format!("{PKI}/{name}.key"),
            "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n",
        )?;
        let signed = match name {
            "apiserver" => format!(
                "[kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local {node}] and IPs [10.96.0.1 {ip}]"
            ),
            "etcd/server" | "etcd/peer" => format!("[localhost {node}] and IPs [{ip} 127.0.0.1 ::1]"),
            _ => continue,
        };
        let _ = writeln!(out, "[certs] {name} serving cert is signed for DNS names {signed}");
    }
    if text(cx, &format!("{PKI}/sa.key")).is_some() {
        out.push_str("[certs] Using the existing \"sa\" key\n");
    } else {
        out.push_str("[certs] Generating \"sa\" key and public key\n");
        write(
            cx,
            &format!("{PKI}/sa.key"),
            "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n",
        )?;
        write(cx, &format!("{PKI}/sa.pub"), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n")?;
    }
    Ok(out)
}

/// Kubeconfigs: the files, and who the user of each is.
pub(super) const KUBECONFIGS: [(&str, &str); 5] = [
    ("admin.conf", "kubernetes-admin"),
    ("super-admin.conf", "kubernetes-super-admin"),
    ("kubelet.conf", "system:node"),
    ("controller-manager.conf", "system:kube-controller-manager"),
    ("scheduler.conf", "system:kube-scheduler"),
];

pub(super) fn kubeconfigs(cx: &mut Cx<'_>, of: &[&str]) -> Result<String, String> {
    let (node, ip) = (here(cx), super::address(cx));
    let mut out = "[kubeconfig] Using kubeconfig folder \"/etc/kubernetes\"\n".to_owned();
    for (file, user) in KUBECONFIGS.iter().filter(|(file, _)| of.contains(file)) {
        let path = format!("/etc/kubernetes/{file}");
        if text(cx, &path).is_some() {
            let _ = writeln!(out, "[kubeconfig] Using existing kubeconfig file: \"{path}\"");
            continue;
        }
        let _ = writeln!(out, "[kubeconfig] Writing \"{file}\" kubeconfig file");
        let user = if *file == "kubelet.conf" { format!("{user}:{node}") } else { (*user).to_owned() };
        write(cx, &path, &kubeadm::kubeconfig(&ip, &user))?;
    }
    Ok(out)
}

/// The manifests of these components.
pub(super) fn manifests(cx: &mut Cx<'_>, plan: &Plan<'_>, of: &[&str]) -> Result<String, String> {
    let mut out = String::new();
    for (name, text) in kubeadm::manifests(plan).into_iter().filter(|(name, _)| of.contains(name)) {
        if name == "etcd" {
            let how = if plan.members.is_empty() {
                "Creating static Pod manifest for local etcd in"
            } else {
                "Creating static Pod manifest for"
            };
            let what = if plan.members.is_empty() { MANIFESTS } else { "etcd" };
            let _ = writeln!(out, "[etcd] {how} \"{what}\"");
            write(cx, &format!("{ETCD_DATA}/snap/db"), "")?;
        } else {
            if !out.contains("Using manifest folder") {
                let _ = writeln!(out, "[control-plane] Using manifest folder \"{MANIFESTS}\"");
            }
            let _ = writeln!(out, "[control-plane] Creating static Pod manifest for \"{name}\"");
        }
        write(cx, &format!("{MANIFESTS}/{name}.yaml"), &text)?;
    }
    Ok(out)
}

/// Tells the kubelet what it is to be, and starts it anew.
pub(super) fn start_kubelet(cx: &mut Cx<'_>) -> Result<String, String> {
    const INSTANCE: &str = "/var/lib/kubelet/instance-config.yaml";
    let node = here(cx);
    let failed = |error: crate::sim::SimError| error.to_string();
    cx.world.stop_kubelet(&node).map_err(failed)?;
    write(cx, FLAGS, "KUBELET_KUBEADM_ARGS=\"\"\n")?;
    write(
        cx,
        INSTANCE,
        "apiVersion: kubelet.config.k8s.io/v1beta1\ncontainerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock\nkind: KubeletConfiguration\n",
    )?;
    write(cx, CONFIG, &kubeadm::kubelet_config())?;
    let mut files = cx.console.files(cx.world);
    if !files.is_folder(MANIFESTS) {
        files.make_folder(MANIFESTS).map_err(|why| format!("{MANIFESTS}: {why}"))?;
    }
    cx.world.start_kubelet(&node).map_err(failed)?;
    Ok(format!(
        "[kubelet-start] Writing kubelet environment file with flags to file \"{FLAGS}\"\n\
         [kubelet-start] Writing kubelet configuration to file \"{INSTANCE}\"\n\
         [patches] Applied patch of type \"application/strategic-merge-patch\" to target \"kubeletconfiguration\"\n\
         [kubelet-start] Writing kubelet configuration to file \"{CONFIG}\"\n[kubelet-start] Starting the kubelet\n"
    ))
}
