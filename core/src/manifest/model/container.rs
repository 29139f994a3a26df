//! A container as the rest of the core uses it: what to run, how, and how to ask whether it is well.

use std::{sync::Arc, time::Duration};

use super::RestartPolicy;
use crate::{contract::Protocol, id::ContainerName};

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
    /// `restartPolicyRules`, in order: the first that matches an exit code decides before `restart_policy` does.
    pub restart_rules: Vec<RestartRule>,
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

/// What follows some exit codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartRule {
    /// What is done.
    pub action: RestartAction,
    /// Whether it holds for all codes but these.
    pub not_in: bool,
    /// The exit codes.
    pub codes: Vec<i32>,
}

/// What a restart rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartAction {
    /// The container is started again.
    Restart,
    /// All containers of the pod are, init containers first, in the sandbox that is there.
    RestartAllContainers,
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
    /// `seccompProfile`.
    pub seccomp: Option<Profile>,
    /// `appArmorProfile`.
    pub app_armor: Option<Profile>,
    /// `seLinuxOptions`: those of `user`, `role`, `type` and `level` that are set.
    pub se_linux: Vec<(Arc<str>, Arc<str>)>,
    /// `procMount: Unmasked`.
    pub unmasked_proc: bool,
}

/// A profile of a security module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// None.
    Unconfined,
    /// The runtime's own.
    RuntimeDefault,
    /// One of the node's, by its name.
    Localhost(Arc<str>),
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
    /// `recursiveReadOnly`.
    pub recursive_read_only: Option<Arc<str>>,
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
