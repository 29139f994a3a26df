//! What a runtime is asked to make, in words that every engine has: names, commands, mounts; no Pod fields to interpret.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::Hook;
use crate::id::{ContainerName, PodRef};

/// A sandbox to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSpec {
    /// Whose.
    pub pod: PodRef,
    /// The pod's labels.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// Its host name; the host's own when `namespaces.host_network`.
    pub hostname: Arc<str>,
    /// Which namespaces are the host's.
    pub namespaces: Namespaces,
    /// Ports to publish on the host.
    pub ports: Vec<PortMapping>,
    /// Name resolution; `None` leaves it as the host has it.
    pub dns: Option<Dns>,
    /// Lines to add to the hosts file.
    pub host_aliases: Vec<HostAlias>,
    /// Kernel parameters of its namespaces.
    pub sysctls: Vec<(Arc<str>, Arc<str>)>,
}

/// Which namespaces a pod shares with its host, and within itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches of the Pod API")]
pub struct Namespaces {
    /// `hostNetwork`.
    pub host_network: bool,
    /// `hostPID`.
    pub host_pid: bool,
    /// `hostIPC`.
    pub host_ipc: bool,
    /// `shareProcessNamespace`.
    pub share_processes: bool,
}

/// A port of the pod on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMapping {
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// In the pod.
    pub container_port: u16,
    /// On the host.
    pub host_port: u16,
    /// The host's address; empty for all.
    pub host_ip: Arc<str>,
}

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// Name resolution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// Name servers.
    pub servers: Vec<Arc<str>>,
    /// Search domains.
    pub searches: Vec<Arc<str>>,
    /// Resolver options, as `name` or `name:value`.
    pub options: Vec<Arc<str>>,
}

/// A line of the hosts file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAlias {
    /// The address.
    pub ip: Arc<str>,
    /// Its names.
    pub hostnames: Vec<Arc<str>>,
}

/// A container to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerSpec {
    /// Whose.
    pub pod: PodRef,
    /// Its name in the pod.
    pub name: ContainerName,
    /// The image as the manifest writes it.
    pub image: Arc<str>,
    /// The image to use, as the runtime knows it.
    pub image_id: Arc<str>,
    /// Replaces the image's entry point when not empty. Variables are expanded.
    pub command: Vec<Arc<str>>,
    /// Replaces the image's arguments when not empty. Variables are expanded.
    pub args: Vec<Arc<str>>,
    /// Environment, in order; a later value wins.
    pub env: Vec<(Arc<str>, Arc<str>)>,
    /// Where it starts; the image's own when absent.
    pub working_dir: Option<Arc<str>>,
    /// What it sees of the host and of its pod's volumes.
    pub mounts: Vec<Mount>,
    /// Its share of the machine.
    pub resources: Resources,
    /// What it may do.
    pub security: Security,
    /// `stdin`.
    pub stdin: bool,
    /// `tty`.
    pub tty: bool,
    /// Where it may leave a last message.
    pub termination_message_path: Arc<str>,
    /// When it ends badly without a last message, the end of its log is one.
    pub log_is_message: bool,
    /// Changes when name or image change. Kept by the runtime and reported back.
    pub hash: u32,
    /// The pod's termination grace. Kept by the runtime and reported back, for containers whose manifest is gone.
    pub grace: Duration,
    /// What to run before it is stopped. Kept and reported back like `grace`.
    pub pre_stop: Option<Arc<Hook>>,
}

/// Something mounted into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// What.
    pub source: MountSource,
    /// Where in the container.
    pub target: Arc<str>,
    /// Not to be written to.
    pub read_only: bool,
    /// What is mounted below it is read-only too, or nothing is mounted at all.
    pub read_only_below: ReadOnlyBelow,
    /// Only this part of it; empty for all.
    pub sub_path: Arc<str>,
    /// Who sees what is mounted below it later.
    pub propagation: Propagation,
}

/// Whether what lies mounted below a read-only mount is read-only too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadOnlyBelow {
    /// Not.
    #[default]
    No,
    /// Where the host can.
    IfPossible,
    /// It must be.
    Yes,
}

/// Who sees mounts that are made below a mount later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// Each side its own only.
    #[default]
    None,
    /// The container sees the host's.
    HostToContainer,
    /// Both see both's.
    Bidirectional,
}

/// What can be mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSource {
    /// A path of the host, of this `hostPath.type` (empty: not checked).
    HostPath {
        /// The path.
        path: Arc<str>,
        /// The type, as the manifest writes it.
        kind: Arc<str>,
    },
    /// A folder that lives as long as the pod.
    EmptyDir {
        /// The volume's name.
        volume: Arc<str>,
        /// In memory.
        memory: bool,
        /// At most so many bytes.
        size_limit: Option<u64>,
        /// The group that it belongs to, when not root's.
        group: Option<i64>,
    },
    /// Files whose text is known, in a folder that lives as long as the pod. A host that finds other text there replaces all at once.
    Files {
        /// The volume's name.
        volume: Arc<str>,
        /// What is in it.
        files: Arc<[VolumeFile]>,
        /// The group that it belongs to, when not root's.
        group: Option<i64>,
    },
}

/// A file of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeFile {
    /// Where in the volume; relative, without `..`.
    pub path: Arc<str>,
    /// What it holds.
    pub text: Arc<str>,
    /// Who may do what, as Unix has it.
    pub mode: u32,
}

/// A container's share of the machine; zero or `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Requested CPU in thousandths.
    pub cpu_request: Option<u64>,
    /// CPU limit in thousandths.
    pub cpu_limit: Option<u64>,
    /// Memory limit in bytes.
    pub memory_limit: Option<u64>,
    /// Who is ended first when the machine runs out of memory.
    pub out_of_memory: OutOfMemory,
}

/// Who is ended first when a machine runs out of memory, by the pod's class of service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutOfMemory {
    /// `BestEffort`: first.
    #[default]
    First,
    /// Burstable: the later, the more of the machine's memory it asked for.
    Middle {
        /// Requested memory in bytes.
        requested: u64,
    },
    /// Guaranteed: last.
    Last,
}

/// What a container may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the Pod API")]
pub struct Security {
    /// All capabilities and devices.
    pub privileged: bool,
    /// User id; the image's own when absent.
    pub user: Option<i64>,
    /// Group id.
    pub group: Option<i64>,
    /// Further groups.
    pub supplemental_groups: Vec<i64>,
    /// Root file system mounted read-only.
    pub read_only_root: bool,
    /// `allowPrivilegeEscalation: false`.
    pub no_new_privileges: bool,
    /// Capabilities to add, without `CAP_`.
    pub capabilities_add: Vec<Arc<str>>,
    /// Capabilities to drop.
    pub capabilities_drop: Vec<Arc<str>>,
    /// Which system calls it may make.
    pub seccomp: Confinement,
    /// Its `AppArmor` profile; the engine's own way when absent.
    pub app_armor: Option<Confinement>,
    /// Its `SELinux` label, as pairs of `user`, `role`, `type`, `level` and a value.
    pub se_linux: Vec<(Arc<str>, Arc<str>)>,
    /// All of `/proc` is visible and writable.
    pub unmasked_proc: bool,
    /// Groups that the image gives its user do not count.
    pub strict_groups: bool,
}

/// How a security module confines a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Confinement {
    /// Not at all.
    Unconfined,
    /// As the engine does by itself.
    #[default]
    RuntimeDefault,
    /// By a profile of the node, by its name.
    Localhost(Arc<str>),
}
