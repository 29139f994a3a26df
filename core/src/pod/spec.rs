//! From a pod to what a runtime is asked to make.

use std::{sync::Arc, time::Duration};

use super::{
    env::{self, EnvError, Facts},
    handler, resources, volumes,
};
use crate::{
    contract::{Confinement, ContainerSpec, Dns, ImageInfo, Namespaces, PortMapping, SandboxSpec, Security},
    manifest::{Container, Pod, Profile, TerminationMessagePolicy},
};

/// Why a container cannot be made from its manifest on this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// `runAsNonRoot`, and the image runs as root.
    RunsAsRoot {
        /// As messages name it.
        pod: String,
        /// The container.
        container: String,
    },
    /// `runAsNonRoot`, and the image names a user that may be root.
    NonNumericUser {
        /// The image's user.
        user: Arc<str>,
        /// As messages name it.
        pod: String,
        /// The container.
        container: String,
    },
    /// A variable has no value.
    Env(EnvError),
    /// `subPathExpr` names a variable that there is not.
    NoValue {
        /// The variable.
        name: Arc<str>,
    },
    /// `subPathExpr` comes to an absolute path.
    AbsoluteSubPath(Arc<str>),
    /// `subPathExpr` comes to a path that leads out of the volume.
    EscapingSubPath(Arc<str>),
    /// A volume of a kind that this node cannot mount.
    UnsupportedVolume {
        /// Its name.
        volume: Arc<str>,
        /// Its kind, as the Pod API names it.
        kind: Arc<str>,
    },
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RunsAsRoot { pod, container } => write!(
                f,
                "container has runAsNonRoot and image will run as root (pod: \"{pod}\", container: {container})"
            ),
            Self::NonNumericUser { user, pod, container } => write!(
                f,
                "container has runAsNonRoot and image has non-numeric user ({user}), cannot verify user is non-root (pod: \"{pod}\", container: {container})"
            ),
            Self::Env(error) => error.fmt(f),
            Self::NoValue { name } => write!(f, "missing value for \"{name}\""),
            Self::AbsoluteSubPath(path) => write!(f, "error SubPath `{path}` must not be an absolute path"),
            Self::EscapingSubPath(path) => {
                write!(f, "unable to provision SubPath `{path}`: must not contain '..'")
            }
            Self::UnsupportedVolume { volume, kind } => {
                write!(f, "volume {volume}: a {kind} volume cannot be mounted by this node")
            }
        }
    }
}

/// The number that changes when a running container must be replaced: over name and image only, as the kubelet has it.
#[must_use]
pub fn container_hash(container: &Container) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in container.name.as_str().bytes().chain([0]).chain(container.image.bytes()) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// How long a pod's containers may take to stop: never less than a second.
#[must_use]
pub fn grace(pod: &Pod) -> Duration {
    Duration::from_secs(u64::try_from(pod.spec.termination_grace_period_seconds).unwrap_or(0).max(1))
}

/// The sandbox of a pod.
#[must_use]
pub fn sandbox(pod: &Pod) -> SandboxSpec {
    let spec = &pod.spec;
    SandboxSpec {
        pod: pod.id.clone(),
        labels: pod.labels.clone(),
        hostname: spec.hostname.clone().unwrap_or_else(|| hostname(&pod.id.name)),
        namespaces: Namespaces {
            host_network: spec.host_network,
            host_pid: spec.host_pid,
            host_ipc: spec.host_ipc,
            share_processes: spec.share_process_namespace,
        },
        ports: if spec.host_network { Vec::new() } else { ports(pod) },
        dns: dns(pod),
        host_aliases: spec.host_aliases.clone(),
        sysctls: spec.security.sysctls.clone(),
    }
}

/// A host name has at most 63 characters and ends in none of `-` and `.`.
fn hostname(name: &str) -> Arc<str> {
    let cut: String = name.chars().take(63).collect();
    cut.trim_end_matches(['-', '.']).into()
}

/// Host ports come from regular containers only.
fn ports(pod: &Pod) -> Vec<PortMapping> {
    pod.spec
        .containers
        .iter()
        .flat_map(|container| &container.ports)
        .filter(|port| port.host_port != 0)
        .map(|port| PortMapping {
            protocol: port.protocol,
            container_port: port.container_port,
            host_port: port.host_port,
            host_ip: port.host_ip.clone(),
        })
        .collect()
}

/// Without a cluster's DNS, `ClusterFirst` resolves names as the host does; `None` takes the manifest's own settings.
fn dns(pod: &Pod) -> Option<Dns> {
    let own = &pod.spec.dns;
    let wants_own = &*pod.spec.dns_policy == "None" || *own != Dns::default();
    wants_own.then(|| own.clone())
}

/// A container of a pod.
///
/// # Errors
/// When its manifest asks for what this node cannot give.
pub fn container(
    pod: &Pod,
    container: &Container,
    image: &ImageInfo,
    facts: Facts<'_>,
) -> Result<ContainerSpec, ConfigError> {
    check_user(pod, container, image)?;
    let env = env::environment(pod, container, facts).map_err(ConfigError::Env)?;
    Ok(ContainerSpec {
        pod: pod.id.clone(),
        name: container.name.clone(),
        image: container.image.clone(),
        image_id: image.id.clone(),
        command: env::expand_all(&container.command, &env),
        args: env::expand_all(&container.args, &env),
        mounts: volumes::mounts(pod, container, &env, facts)?,
        env,
        working_dir: container.working_dir.clone(),
        resources: resources::of(pod, container),
        security: security(pod, container, facts),
        stdin: container.stdin,
        tty: container.tty,
        termination_message_path: container.termination_message_path.clone(),
        log_is_message: container.termination_message_policy
            == TerminationMessagePolicy::FallbackToLogsOnError,
        hash: container_hash(container),
        grace: grace(pod),
        pre_stop: container
            .lifecycle
            .pre_stop
            .as_ref()
            .map(|wanted| Arc::new(handler::hook(container, wanted, facts.pod_ip))),
    })
}

fn check_user(pod: &Pod, container: &Container, image: &ImageInfo) -> Result<(), ConfigError> {
    let own = &container.security;
    let non_root = own.run_as_non_root.or(pod.spec.security.run_as_non_root).unwrap_or(false);
    if !non_root {
        return Ok(());
    }
    let (pod_text, container_text) = (pod.id.to_string(), container.name.to_string());
    let as_root = || ConfigError::RunsAsRoot { pod: pod_text.clone(), container: container_text.clone() };
    if let Some(user) = own.run_as_user.or(pod.spec.security.run_as_user) {
        return if user == 0 { Err(as_root()) } else { Ok(()) };
    }
    let user = image.user.split(':').next().unwrap_or_default();
    match user.parse::<i64>() {
        Ok(0) => Err(as_root()),
        Ok(_) => Ok(()),
        Err(_) if user.is_empty() => Err(as_root()),
        Err(_) => {
            Err(ConfigError::NonNumericUser { user: user.into(), pod: pod_text, container: container_text })
        }
    }
}

fn security(pod: &Pod, container: &Container, facts: Facts<'_>) -> Security {
    let (own, of_pod) = (&container.security, &pod.spec.security);
    let mut groups = of_pod.supplemental_groups.clone();
    groups.extend(of_pod.fs_group);
    Security {
        privileged: own.privileged,
        user: own.run_as_user.or(of_pod.run_as_user),
        group: own.run_as_group.or(of_pod.run_as_group),
        supplemental_groups: groups,
        read_only_root: own.read_only_root_filesystem,
        no_new_privileges: own.allow_privilege_escalation == Some(false),
        capabilities_add: own.capabilities.add.clone(),
        capabilities_drop: own.capabilities.drop.clone(),
        seccomp: match own.seccomp.as_ref().or(of_pod.seccomp.as_ref()) {
            Some(profile) => confinement(profile),
            None if facts.seccomp_default => Confinement::RuntimeDefault,
            None => Confinement::Unconfined,
        },
        app_armor: own.app_armor.as_ref().or(of_pod.app_armor.as_ref()).map(confinement),
        se_linux: if own.se_linux.is_empty() { &of_pod.se_linux } else { &own.se_linux }.clone(),
        unmasked_proc: own.unmasked_proc,
        strict_groups: of_pod.strict_groups,
    }
}

fn confinement(profile: &Profile) -> Confinement {
    match profile {
        Profile::Unconfined => Confinement::Unconfined,
        Profile::RuntimeDefault => Confinement::RuntimeDefault,
        Profile::Localhost(name) => Confinement::Localhost(name.clone()),
    }
}
