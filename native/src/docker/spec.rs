//! From the core's words to Docker's: what is sent to make a sandbox or a container. Pure; nothing is asked or made here.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, PortBinding, RestartPolicy,
    RestartPolicyNameEnum,
};
use standfast_core::contract::{
    ContainerSpec, Namespaces, OutOfMemory, PortMapping, Protocol, Resources, SandboxSpec, Security,
};

use super::labels::Labels;

/// Docker's default period of CPU quotas, in microseconds; the kubelet's too.
const CPU_PERIOD: u64 = 100_000;
/// No quota can be smaller.
const MIN_CPU_QUOTA: u64 = 1_000;
/// No share can be smaller, nor greater.
const CPU_SHARES: (u64, u64) = (2, 262_144);

/// The score of a container that is ended last.
pub(super) const PROTECTED: i64 = -997;

/// What the engine and its machine allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// Its memory in bytes.
    pub(super) memory: u64,
    /// Whether processes may be kept from being ended first when memory runs out.
    pub(super) may_protect: bool,
}

/// What was made ready on this machine for a container.
#[derive(Debug)]
pub(super) struct Prepared {
    /// What is mounted into it.
    pub(super) mounts: Vec<Mount>,
    /// How it is confined, in the engine's words.
    pub(super) security: Vec<String>,
}

/// What a container must know of the sandbox that it joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// The engine's name for it.
    pub(super) id: String,
    /// Which namespaces it shares with the host, and whether its containers share its processes.
    pub(super) namespaces: Namespaces,
}

/// What is sent to make a sandbox: it owns network, IPC and the published ports, and runs nothing but the pause program.
#[must_use]
pub(super) fn sandbox(spec: &SandboxSpec, image: &str, labels: Labels) -> ContainerCreateBody {
    let host_network = spec.namespaces.host_network;
    let published = if host_network { &[] } else { spec.ports.as_slice() };
    let dns = spec.dns.as_ref();
    let strings = |list: &[std::sync::Arc<str>]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let host_config = HostConfig {
        network_mode: host_network.then(|| "host".to_owned()),
        uts_mode: host_network.then(|| "host".to_owned()),
        ipc_mode: Some(if spec.namespaces.host_ipc { "host" } else { "shareable" }.to_owned()),
        pid_mode: spec.namespaces.host_pid.then(|| "host".to_owned()),
        port_bindings: Some(bindings(published)),
        dns: dns.map(|dns| strings(&dns.servers)),
        dns_search: dns.map(|dns| strings(&dns.searches)),
        dns_options: dns.map(|dns| strings(&dns.options)),
        extra_hosts: Some(extra_hosts(spec)),
        sysctls: Some(
            spec.sysctls.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ),
        restart_policy: Some(never_restart()),
        log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
        cap_drop: Some(vec!["ALL".to_owned()]),
        readonly_rootfs: Some(true),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        ..HostConfig::default()
    };
    ContainerCreateBody {
        image: Some(image.to_owned()),
        hostname: (!host_network).then(|| spec.hostname.to_string()),
        user: Some("65535:65535".to_owned()),
        // Bindings of ports that are not exposed publish nothing, silently.
        exposed_ports: Some(published.iter().map(port_key).collect()),
        labels: Some(labels),
        host_config: Some(host_config),
        ..ContainerCreateBody::default()
    }
}

/// What is sent to make a container in a sandbox. `image_user` is whom the image runs as when nobody says otherwise.
#[must_use]
pub(super) fn container(
    spec: &ContainerSpec,
    joined: &Joined,
    machine: Machine,
    prepared: Prepared,
    image_user: &str,
    labels: Labels,
) -> ContainerCreateBody {
    let strings = |list: &[std::sync::Arc<str>]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let inside = format!("container:{}", joined.id);
    let security = &spec.security;
    let mut host_config = HostConfig {
        network_mode: Some(inside.clone()),
        ipc_mode: Some(if joined.namespaces.host_ipc { "host".to_owned() } else { inside.clone() }),
        pid_mode: pid_mode(joined, &inside),
        // Docker takes the host name from the network's owner; other engines want to be told.
        uts_mode: Some(if joined.namespaces.host_network { "host".to_owned() } else { inside }),
        mounts: Some(prepared.mounts),
        security_opt: Some(prepared.security),
        restart_policy: Some(never_restart()),
        log_config: Some(log_config()),
        privileged: Some(security.privileged),
        readonly_rootfs: Some(security.read_only_root),
        masked_paths: security.unmasked_proc.then(Vec::new),
        readonly_paths: security.unmasked_proc.then(Vec::new),
        cap_add: Some(strings(&security.capabilities_add)),
        cap_drop: Some(strings(&security.capabilities_drop)),
        group_add: Some(security.supplemental_groups.iter().map(ToString::to_string).collect()),
        ..HostConfig::default()
    };
    limit(&mut host_config, &spec.resources);
    host_config.oom_score_adj = Some(oom_score(spec.resources.out_of_memory, machine));
    ContainerCreateBody {
        image: Some(if spec.image_id.is_empty() { &spec.image } else { &spec.image_id }.to_string()),
        entrypoint: (!spec.command.is_empty()).then(|| strings(&spec.command)),
        // With its own command and no arguments, the image's arguments do not count.
        cmd: (!spec.command.is_empty() || !spec.args.is_empty()).then(|| strings(&spec.args)),
        env: Some(environment(spec)),
        working_dir: spec.working_dir.as_ref().map(ToString::to_string),
        user: user(security, image_user),
        tty: Some(spec.tty),
        open_stdin: Some(spec.stdin),
        // Health checks of images are no probes: Kubernetes does not know them.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() }),
        labels: Some(labels),
        host_config: Some(host_config),
        ..ContainerCreateBody::default()
    }
}

fn pid_mode(joined: &Joined, inside: &str) -> Option<String> {
    if joined.namespaces.host_pid {
        Some("host".to_owned())
    } else {
        joined.namespaces.share_processes.then(|| inside.to_owned())
    }
}

/// A later value of a name wins, in the place of the earlier.
fn environment(spec: &ContainerSpec) -> Vec<String> {
    let mut places = BTreeMap::new();
    let mut env: Vec<String> = Vec::new();
    for (name, value) in &spec.env {
        let line = format!("{name}={value}");
        if let Some(earlier) = places.get(name).and_then(|place: &usize| env.get_mut(*place)) {
            *earlier = line;
        } else {
            places.insert(name.clone(), env.len());
            env.push(line);
        }
    }
    env
}

/// `user:group`. Docker cannot set the group alone, so the image's own user is said with it.
fn user(security: &Security, image_user: &str) -> Option<String> {
    let group = security.group.map(|group| format!(":{group}")).unwrap_or_default();
    match security.user {
        Some(user) => Some(format!("{user}{group}")),
        None if group.is_empty() => None,
        None => {
            let user = image_user.split(':').next().filter(|user| !user.is_empty()).unwrap_or("0");
            Some(format!("{user}{group}"))
        }
    }
}

fn limit(host_config: &mut HostConfig, resources: &Resources) {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let request = resources.cpu_request.filter(|n| *n > 0).or(resources.cpu_limit).unwrap_or(0);
    let shares = request.saturating_mul(1024) / 1000;
    host_config.cpu_shares = Some(signed(shares.clamp(CPU_SHARES.0, CPU_SHARES.1)));
    if let Some(limit) = resources.cpu_limit.filter(|n| *n > 0) {
        let quota = (limit.saturating_mul(CPU_PERIOD) / 1000).max(MIN_CPU_QUOTA);
        host_config.cpu_period = Some(signed(CPU_PERIOD));
        host_config.cpu_quota = Some(signed(quota));
    }
    if let Some(limit) = resources.memory_limit.filter(|n| *n > 0) {
        host_config.memory = Some(signed(limit));
        // Equal to the memory: no swap.
        host_config.memory_swap = Some(signed(limit));
    }
}

/// The score that the kubelet gives, as far as the machine allows.
fn oom_score(order: OutOfMemory, machine: Machine) -> i64 {
    match order {
        OutOfMemory::First => 1000,
        OutOfMemory::Middle { requested } => {
            let share = requested.saturating_mul(1000) / machine.memory.max(1);
            1000_i64.saturating_sub_unsigned(share).clamp(3, 999)
        }
        OutOfMemory::Last if machine.may_protect => PROTECTED,
        OutOfMemory::Last => 0,
    }
}

fn bindings(ports: &[PortMapping]) -> HashMap<String, Option<Vec<PortBinding>>> {
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in ports {
        let binding = PortBinding {
            host_ip: (!port.host_ip.is_empty()).then(|| port.host_ip.to_string()),
            host_port: Some(port.host_port.to_string()),
        };
        bindings.entry(port_key(port)).or_default().get_or_insert_default().push(binding);
    }
    bindings
}

fn port_key(port: &PortMapping) -> String {
    let protocol = match port.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    };
    format!("{}/{protocol}", port.container_port)
}

fn extra_hosts(spec: &SandboxSpec) -> Vec<String> {
    let aliases = spec.host_aliases.iter();
    aliases.flat_map(|alias| alias.hostnames.iter().map(move |name| format!("{name}:{}", alias.ip))).collect()
}

fn never_restart() -> RestartPolicy {
    RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None }
}

/// As the kubelet rotates logs: five files of 10 MiB.
fn log_config() -> HostConfigLogConfig {
    let options = [("max-size", "10m"), ("max-file", "5")];
    HostConfigLogConfig {
        typ: Some("json-file".to_owned()),
        config: Some(options.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_more_memory_is_ended_later() {
        let machine = Machine { memory: 1 << 30, may_protect: true };
        let middle = |requested| oom_score(OutOfMemory::Middle { requested }, machine);
        assert_eq!([0, 1 << 20, 1 << 29, 1 << 40].map(middle), [999, 999, 500, 3]);
        assert_eq!(oom_score(OutOfMemory::First, machine), 1000);
        assert_eq!(oom_score(OutOfMemory::Last, machine), -997);
        assert_eq!(oom_score(OutOfMemory::Last, Machine { may_protect: false, ..machine }), 0);
    }
}
