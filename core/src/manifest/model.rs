//! A static pod as the rest of the core uses it: only what decides something, typed; the whole object stays beside it as text.

mod container;
mod extract;
mod whole;

use std::{sync::Arc, time::Duration};

pub use container::{
    Capabilities, Container, ContainerSecurity, EnvSource, EnvVar, Handler, ImagePullPolicy, Lifecycle, Port,
    Probe, Probes, Profile, RestartAction, RestartRule, TerminationMessagePolicy, VolumeMount,
};
pub use extract::extract;
pub use whole::{Specs, Whole};

use crate::{
    contract::{Dns, HostAlias},
    id::PodRef,
};

/// An accepted static pod: defaults applied, bound to its node.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Who it is; the name carries the node's suffix.
    pub id: PodRef,
    /// The file it was read from.
    pub file: Arc<str>,
    /// Labels, sorted by key.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// Annotations, sorted by key; with `kubernetes.io/config.hash`.
    pub annotations: Vec<(Arc<str>, Arc<str>)>,
    /// What it should be; shared by pods that differ in nothing else.
    pub spec: Arc<PodSpec>,
    /// The whole v1 object (without uid, config.hash and status), for printing and for fields that decide nothing here.
    pub object: Whole,
}

/// What a pod should be.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the Pod API")]
pub struct PodSpec {
    /// In the manifest's order.
    pub containers: Vec<Container>,
    /// In the manifest's order; those with `restart_policy: Always` are sidecars.
    pub init_containers: Vec<Container>,
    /// In the manifest's order.
    pub volumes: Vec<Volume>,
    /// Of all containers without their own.
    pub restart_policy: RestartPolicy,
    /// `terminationGracePeriodSeconds`; may be negative, which acts as 1.
    pub termination_grace_period_seconds: i64,
    /// How long it may run.
    pub active_deadline: Option<Duration>,
    /// `hostNetwork`.
    pub host_network: bool,
    /// `hostPID`.
    pub host_pid: bool,
    /// `hostIPC`.
    pub host_ipc: bool,
    /// `shareProcessNamespace`.
    pub share_process_namespace: bool,
    /// `hostname`.
    pub hostname: Option<Arc<str>>,
    /// `subdomain`.
    pub subdomain: Option<Arc<str>>,
    /// `dnsPolicy`.
    pub dns_policy: Arc<str>,
    /// `dnsConfig`.
    pub dns: Dns,
    /// `hostAliases`.
    pub host_aliases: Vec<HostAlias>,
    /// `nodeSelector`.
    pub node_selector: Vec<(Arc<str>, Arc<str>)>,
    /// `priority`.
    pub priority: Option<i32>,
    /// `resources.requests` of the pod as a whole; empty when it says nothing.
    pub requests: Vec<(Arc<str>, Arc<str>)>,
    /// `resources.limits` of the pod as a whole.
    pub limits: Vec<(Arc<str>, Arc<str>)>,
    /// Pod-wide `securityContext`.
    pub security: PodSecurity,
}

/// Pod-wide `securityContext`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodSecurity {
    /// `runAsUser`.
    pub run_as_user: Option<i64>,
    /// `runAsGroup`.
    pub run_as_group: Option<i64>,
    /// `runAsNonRoot`.
    pub run_as_non_root: Option<bool>,
    /// `fsGroup`.
    pub fs_group: Option<i64>,
    /// `supplementalGroups`.
    pub supplemental_groups: Vec<i64>,
    /// `supplementalGroupsPolicy: Strict`.
    pub strict_groups: bool,
    /// `seccompProfile`.
    pub seccomp: Option<Profile>,
    /// `appArmorProfile`.
    pub app_armor: Option<Profile>,
    /// `seLinuxOptions`.
    pub se_linux: Vec<(Arc<str>, Arc<str>)>,
    /// `sysctls`.
    pub sysctls: Vec<(Arc<str>, Arc<str>)>,
}

/// A pod's volume.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub source: VolumeSource,
}

/// What a volume is.
#[derive(Clone, Debug, PartialEq)]
pub enum VolumeSource {
    /// A folder that lives as long as the pod.
    EmptyDir {
        /// `medium: Memory`.
        memory: bool,
        /// `sizeLimit` in bytes.
        size_limit: Option<u64>,
    },
    /// A path of the host.
    HostPath {
        /// The path.
        path: Arc<str>,
        /// What must be there.
        kind: HostPathType,
    },
    /// Files that show fields of the pod: `downwardAPI`, or a `projected` volume of such sources.
    DownwardApi(Vec<DownwardFile>),
    /// Any other: its name in the Pod API, such as `nfs`. The whole object has the rest.
    Other(Arc<str>),
}

/// A file that shows a field of the pod.
#[derive(Clone, Debug, PartialEq)]
pub struct DownwardFile {
    /// Where in the volume.
    pub path: Arc<str>,
    /// Who may do what, as Unix has it.
    pub mode: u32,
    /// What it shows: a field or a resource.
    pub source: EnvSource,
}

/// What must be at a host path, as the manifest writes it; empty for no check.
pub type HostPathType = Arc<str>;

/// When a container that ended is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Whatever its exit code.
    Always,
    /// When its exit code is not 0.
    OnFailure,
    /// Not.
    Never,
}

impl Pod {
    /// Whether it comes from a file.
    #[must_use]
    pub fn is_static(&self) -> bool {
        !self.file.is_empty()
    }

    /// Whether it is never evicted: it comes from a file, or has a priority of the system.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.is_static() || self.spec.priority.is_some_and(|priority| priority >= 2_000_000_000)
    }

    /// A pod of which only the runtime knows: its manifest is gone, and with it all that it asked for.
    #[must_use]
    pub fn unknown(id: PodRef) -> Self {
        Self {
            id,
            file: "".into(),
            labels: Vec::new(),
            annotations: Vec::new(),
            spec: Arc::new(PodSpec {
                containers: Vec::new(),
                init_containers: Vec::new(),
                volumes: Vec::new(),
                restart_policy: RestartPolicy::Never,
                termination_grace_period_seconds: 1,
                active_deadline: None,
                host_network: false,
                host_pid: false,
                host_ipc: false,
                share_process_namespace: false,
                hostname: None,
                subdomain: None,
                dns_policy: "Default".into(),
                dns: Dns::default(),
                host_aliases: Vec::new(),
                node_selector: Vec::new(),
                priority: None,
                requests: Vec::new(),
                limits: Vec::new(),
                security: PodSecurity::default(),
            }),
            object: Whole::empty(),
        }
    }
}
