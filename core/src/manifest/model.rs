//! A static pod as the rest of the core uses it: only what decides something, typed; the whole object stays beside it as a tree.

mod extract;

use std::{sync::Arc, time::Duration};

pub use extract::extract;

use super::tree::Node;
use crate::{
    contract::{Dns, HostAlias, Protocol},
    id::{ContainerName, PodRef},
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
    /// What it should be.
    pub spec: PodSpec,
    /// The whole v1 object (without uid, config.hash and status), for printing and for fields that decide nothing here.
    pub object: Arc<Node>,
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
    /// `sysctls`.
    pub sysctls: Vec<(Arc<str>, Arc<str>)>,
}

/// One container, init container or sidecar.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: ContainerName,
    /// Its image, as written.
    pub image: Arc<str>,
    /// When to pull it.
    pub image_pull_policy: ImagePullPolicy,
    /// `command`.
    pub command: Vec<Arc<str>>,
    /// `args`.
    pub args: Vec<Arc<str>>,
    /// `workingDir`.
    pub working_dir: Option<Arc<str>>,
    /// `env`, in order.
    pub env: Vec<EnvVar>,
    /// `ports`.
    pub ports: Vec<Port>,
    /// `volumeMounts`.
    pub volume_mounts: Vec<VolumeMount>,
    /// `resources.requests`, quantities as written.
    pub requests: Vec<(Arc<str>, Arc<str>)>,
    /// `resources.limits`, quantities as written.
    pub limits: Vec<(Arc<str>, Arc<str>)>,
    /// Its own restart policy; `Always` on an init container makes it a sidecar.
    pub restart_policy: Option<RestartPolicy>,
    /// Its probes.
    pub probes: Probes,
    /// Its hooks.
    pub lifecycle: Lifecycle,
    /// `terminationMessagePath`.
    pub termination_message_path: Arc<str>,
    /// `terminationMessagePolicy`.
    pub termination_message_policy: TerminationMessagePolicy,
    /// `securityContext`.
    pub security: ContainerSecurity,
    /// `stdin`.
    pub stdin: bool,
    /// `tty`.
    pub tty: bool,
}

/// A container's three probes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probes {
    /// `livenessProbe`.
    pub liveness: Option<Probe>,
    /// `readinessProbe`.
    pub readiness: Option<Probe>,
    /// `startupProbe`.
    pub startup: Option<Probe>,
}

/// A probe, defaults applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What it does.
    pub handler: Handler,
    /// `initialDelaySeconds`.
    pub initial_delay: Duration,
    /// `timeoutSeconds`.
    pub timeout: Duration,
    /// `periodSeconds`.
    pub period: Duration,
    /// `successThreshold`.
    pub success_threshold: u32,
    /// `failureThreshold`.
    pub failure_threshold: u32,
    /// `terminationGracePeriodSeconds` of its own.
    pub termination_grace_period_seconds: Option<i64>,
}

/// What a probe or a hook does.
#[derive(Clone, Debug, PartialEq)]
pub enum Handler {
    /// Run a command in the container.
    Exec {
        /// The command.
        command: Vec<Arc<str>>,
    },
    /// Make an HTTP request.
    HttpGet {
        /// Scheme `HTTP` or `HTTPS`.
        https: bool,
        /// Empty for the pod's address.
        host: Arc<str>,
        /// A number or a port's name.
        port: Arc<str>,
        /// The path.
        path: Arc<str>,
        /// Headers, in order.
        headers: Vec<(Arc<str>, Arc<str>)>,
    },
    /// Open a connection.
    TcpSocket {
        /// Empty for the pod's address.
        host: Arc<str>,
        /// A number or a port's name.
        port: Arc<str>,
    },
    /// Ask the gRPC health service.
    Grpc {
        /// The port.
        port: u16,
        /// The service; empty for the server as a whole.
        service: Arc<str>,
    },
    /// Wait.
    Sleep {
        /// How long.
        duration: Duration,
    },
}

/// A container's hooks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    /// `postStart`.
    pub post_start: Option<Handler>,
    /// `preStop`.
    pub pre_stop: Option<Handler>,
}

/// A container's `securityContext`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerSecurity {
    /// `privileged`.
    pub privileged: bool,
    /// `runAsUser`.
    pub run_as_user: Option<i64>,
    /// `runAsGroup`.
    pub run_as_group: Option<i64>,
    /// `runAsNonRoot`.
    pub run_as_non_root: Option<bool>,
    /// `readOnlyRootFilesystem`.
    pub read_only_root_filesystem: bool,
    /// `allowPrivilegeEscalation`.
    pub allow_privilege_escalation: Option<bool>,
    /// `capabilities`.
    pub capabilities: Capabilities,
}

/// Capabilities to add and to drop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capabilities {
    /// `add`.
    pub add: Vec<Arc<str>>,
    /// `drop`.
    pub drop: Vec<Arc<str>>,
}

/// One `env` entry.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvVar {
    /// Its name.
    pub name: Arc<str>,
    /// Where its value comes from.
    pub source: EnvSource,
}

/// Where an environment variable's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum EnvSource {
    /// Written in the manifest; may refer to earlier variables as `$(NAME)`.
    Value(Arc<str>),
    /// A field of the pod.
    Field {
        /// Such as `metadata.name`.
        path: Arc<str>,
    },
    /// A container's resource.
    Resource {
        /// Whose; this one's when absent.
        container: Option<ContainerName>,
        /// Such as `limits.cpu`.
        resource: Arc<str>,
        /// The unit, a quantity.
        divisor: Arc<str>,
    },
    /// A file of a volume.
    File {
        /// The volume.
        volume: Arc<str>,
        /// The path in it.
        path: Arc<str>,
        /// The variable in the file.
        key: Arc<str>,
        /// Whether it may be missing.
        optional: bool,
    },
}

/// One of a container's ports.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// In the pod.
    pub container_port: u16,
    /// On the host; 0 for none.
    pub host_port: u16,
    /// On which of the host's addresses; empty for all.
    pub host_ip: Arc<str>,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
}

/// A volume where a container sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeMount {
    /// The volume's name.
    pub name: Arc<str>,
    /// Where.
    pub mount_path: Arc<str>,
    /// `readOnly`.
    pub read_only: bool,
    /// `subPath`; empty for none.
    pub sub_path: Arc<str>,
    /// `subPathExpr`; empty for none.
    pub sub_path_expr: Arc<str>,
    /// `mountPropagation`.
    pub mount_propagation: Option<Arc<str>>,
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
    /// Any other: its name in the Pod API, such as `downwardAPI` or `nfs`. The object's tree has the rest.
    Other(Arc<str>),
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

/// When an image is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagePullPolicy {
    /// At each start.
    Always,
    /// When the node does not have it.
    IfNotPresent,
    /// Not.
    Never,
}

/// Where a container's last message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminationMessagePolicy {
    /// From its file.
    File,
    /// From its file, or from the end of its log when it failed and left none.
    FallbackToLogsOnError,
}

impl Pod {
    /// A pod of which only the runtime knows: its manifest is gone, and with it all that it asked for.
    #[must_use]
    pub fn unknown(id: PodRef) -> Self {
        Self {
            id,
            file: "".into(),
            labels: Vec::new(),
            annotations: Vec::new(),
            spec: PodSpec {
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
            },
            object: Arc::new(Node::synthetic(super::tree::Value::Map(Vec::new()))),
        }
    }
}
