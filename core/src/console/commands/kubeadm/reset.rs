//! `kubeadm reset`: takes back from a machine what `kubeadm init` and `kubeadm join` made of it.

use std::fmt::Write as _;

use super::{Cx, Flags, Reply, fatal, files, here};
use crate::{
    cluster::Kind,
    sim::{BOOTSTRAP, HostDeed, SimError},
};

const KUBELET: &str = "/var/lib/kubelet";
const ETCD: &str = "/var/lib/etcd";

pub(super) fn run(cx: &mut Cx<'_>, flags: &Flags<'_>) -> Reply {
    let mut out = String::new();
    if super::read(cx, Kind::ConfigMap, "kube-system", "kubeadm-config", "/data/ClusterConfiguration")
        .is_some()
    {
        out.push_str(
            "[reset] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...\n\
             [reset] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n",
        );
    }
    if !flags.has(&["-f", "--force"]) {
        out.push_str("[reset] WARNING: Changes made to this host by 'kubeadm init' or 'kubeadm join' will be reverted.\n[reset] Are you sure you want to proceed? [y/N]: ");
        if !cx.input.is_some_and(|it| it.trim().eq_ignore_ascii_case("y")) {
            return Reply { out, ..fatal("aborted reset operation") };
        }
        out.push('\n');
    }
    out.push_str("[preflight] Running pre-flight checks\n");
    let has_etcd = files::text(cx, &format!("{}/etcd.yaml", files::MANIFESTS)).is_some();
    if let Err(error) = clean(cx, has_etcd) {
        return Reply { out, ..fatal(&error.to_string()) };
    }
    if has_etcd {
        let _ = writeln!(out, "[reset] Deleted contents of the etcd data directory: {ETCD}");
    } else {
        out.push_str("[reset] No etcd config found. Assuming external etcd\n[reset] Please, manually reset etcd to prevent further issues\n");
    }
    let _ = write!(
        out,
        "[reset] Stopping the kubelet service\n[reset] Unmounting mounted directories in \"{KUBELET}\"\n\
         [reset] Deleting contents of directories: [{} {KUBELET} {}]\n[reset] Deleting files: [{}]\n\n\
         The reset process does not perform cleanup of CNI plugin configuration,\nnetwork filtering rules and kubeconfig files.\n\n\
         For information on how to perform this cleanup manually, please see:\n    https://k8s.io/docs/reference/setup-tools/kubeadm/kubeadm-reset/\n\n",
        files::MANIFESTS,
        files::PKI,
        kubeconfigs().join(" ")
    );
    Reply::out(out)
}

fn kubeconfigs() -> Vec<String> {
    let mut all: Vec<String> =
        files::KUBECONFIGS.iter().map(|(file, _)| format!("/etc/kubernetes/{file}")).collect();
    all.insert(3, BOOTSTRAP.to_owned());
    all
}

fn clean(cx: &mut Cx<'_>, has_etcd: bool) -> Result<(), SimError> {
    let node = here(cx);
    cx.world.stop_kubelet(&node)?;
    cx.world.host(&node, HostDeed::RemovePods)?;
    let mut paths = kubeconfigs();
    for folder in [files::MANIFESTS, KUBELET, files::PKI].into_iter().chain(has_etcd.then_some(ETCD)) {
        let names = cx.console.files(cx.world).names(folder).unwrap_or_default();
        paths.extend(names.iter().map(|name| format!("{folder}/{}", name.trim_end_matches('/'))));
        if folder != files::MANIFESTS {
            cx.world.host(&node, HostDeed::MakeFolder { path: folder.into() })?;
        }
    }
    let mut files = cx.console.files(cx.world);
    for path in paths {
        // What is not there need not be removed.
        let _ = if files.is_folder(&path) { files.remove_folder(&path) } else { files.remove(&path) };
    }
    Ok(())
}
