//! A node's settings, under the names that `KubeletConfiguration` gives them, and the policies where Standfast can be kinder than the kubelet.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{id::NodeName, time::UnixSeconds};

/// Everything a node is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Config {
    /// The node's name (lower-cased when the kubelet starts): the suffix of its static pods.
    pub node: NodeName,
    /// The folder, or the one file, that holds the manifests.
    pub static_pod_path: Arc<str>,
    /// The wall clock at [`Time::ZERO`](crate::time::Time::ZERO).
    pub epoch: UnixSeconds,
    /// The machine's architecture, as Kubernetes names it: a label of the node.
    pub arch: Arc<str>,
    /// The node's address, for pods that ask for it (`--node-ip` of the kubelet); a simulator gives one to a node without.
    pub node_ip: Option<Arc<str>>,
    /// What its pods may use of it in sum, such as `cpu: "4"` and `memory: 8Gi`: what a container without a limit is told as its limit.
    pub allocatable: BTreeMap<Arc<str>, Arc<str>>,
    /// Labels of the node beside its own three (`kubernetes.io/os`, `arch` and `hostname`).
    pub node_labels: BTreeMap<Arc<str>, Arc<str>>,
    /// How many pods it may have.
    pub max_pods: u32,
    /// Whether it was started with a kubeconfig: then it registers at an API server, shows its static pods there and runs what is bound to it.
    pub api: bool,
    /// Taints that the node registers with, as `key=value:effect` or `key:effect`.
    pub register_with_taints: Vec<Arc<str>>,
    /// Whether its machine can enforce `AppArmor` profiles.
    pub app_armor: bool,
    /// Whether a container without a seccomp profile gets the runtime's own instead of none.
    pub seccomp_default: bool,
    /// How long pods have to stop when the node is shut down; nothing is done about a shutdown when it is zero.
    #[serde(with = "seconds")]
    pub shutdown_grace_period: Duration,
    /// The part of that time that is kept for pods with a priority of 2000000000 and more.
    #[serde(with = "seconds")]
    pub shutdown_grace_period_critical_pods: Duration,
    /// How often the whole folder is read.
    #[serde(with = "seconds")]
    pub file_check_frequency: Duration,
    /// How often a healthy pod is looked at again.
    #[serde(with = "seconds")]
    pub sync_frequency: Duration,
    /// How often the runtime is asked for all it has; edges make the node faster than that.
    #[serde(with = "seconds")]
    pub relist_period: Duration,
    /// The longest wait of a crash loop.
    #[serde(with = "seconds")]
    pub max_container_restart_period: Duration,
    /// Where Standfast can be kinder than the kubelet.
    pub policies: Policies,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node: "node01".into(),
            static_pod_path: "/etc/kubernetes/manifests".into(),
            epoch: UnixSeconds(1_767_225_600), // 2026-01-01T00:00:00Z
            arch: "amd64".into(),
            node_ip: None,
            allocatable: crate::sort::map(
                [("cpu", "4"), ("memory", "8Gi"), ("ephemeral-storage", "100Gi")]
                    .map(|(name, amount)| (name.into(), amount.into())),
            ),
            node_labels: BTreeMap::new(),
            max_pods: 110,
            api: false,
            register_with_taints: Vec::new(),
            app_armor: true,
            seccomp_default: false,
            shutdown_grace_period: Duration::ZERO,
            shutdown_grace_period_critical_pods: Duration::ZERO,
            file_check_frequency: Duration::from_secs(20),
            sync_frequency: Duration::from_secs(60),
            relist_period: Duration::from_secs(60),
            max_container_restart_period: Duration::from_secs(300),
            policies: Policies::KUBELET,
        }
    }
}

/// Named differences from the kubelet; never implied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Policies {
    /// What becomes of a running pod whose manifest turns invalid.
    pub invalid_manifest: InvalidManifest,
    /// When a pod that waits for its predecessor's end is tried again.
    pub start_retry: StartRetry,
    /// How fast a container's death is noticed.
    pub reaction: Reaction,
    /// What becomes of files that look like an editor's backup.
    pub backup_files: BackupFiles,
}

impl Policies {
    /// What the kubelet does; the simulator's default.
    pub const KUBELET: Self = Self {
        invalid_manifest: InvalidManifest::Kubelet,
        start_retry: StartRetry::Kubelet,
        reaction: Reaction::Kubelet,
        backup_files: BackupFiles::Kubelet,
    };
    /// What people who run pods want; the agent's default.
    pub const AGENT: Self = Self {
        invalid_manifest: InvalidManifest::KeepLastGood,
        start_retry: StartRetry::Prompt,
        reaction: Reaction::Prompt,
        backup_files: BackupFiles::Kubelet,
    };
}

impl Default for Policies {
    fn default() -> Self {
        Self::KUBELET
    }
}

/// What becomes of a running pod whose manifest turns invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvalidManifest {
    /// It runs until the next full pass over the folder, then it is stopped.
    Kubelet,
    /// It runs on as last read, and the error is loud. What a full pass does not find is forgotten for good.
    KeepLastGood,
}

/// When a pod that waits for its predecessor's end is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartRetry {
    /// Each 10 to 15 seconds.
    Kubelet,
    /// As soon as the predecessor is gone, also one that an earlier kubelet left behind.
    Prompt,
}

/// How fast a container's death is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reaction {
    /// At the next of the kubelet's lists of all containers, one each second; and pods are looked at again when the kubelet would.
    Kubelet,
    /// At once.
    Prompt,
}

/// What becomes of files that look like an editor's backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupFiles {
    /// They are manifests like any other; a warning says so.
    Kubelet,
    /// They are not read.
    Ignore,
}

/// Durations as `20s`, `1m30s` or `500ms`.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&crate::time::GoDuration(*value))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::time::parse_duration(&text).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is no duration: write `20s`, `1m30s` or `500ms`"))
        })
    }
}
