//! Whether a pod may run on this node at all. Asked once, when the node is told of the pod; a refusal is for good.
//!
//! Follows `pkg/kubelet/lifecycle/predicate.go`, `pkg/kubelet/sysctl` and the scheduler's node predicates that the kubelet asks again.

mod room;

use std::{collections::BTreeMap, fmt, sync::Arc};

pub use room::Load;
use room::Shortage;

use crate::{
    config::Config,
    contract::{Pressure, Protocol},
    id::PodUid,
    manifest::{Pod, RestartPolicy, tree::Node},
    pod::qos_class,
};

/// Why a node refuses a pod. `Display` is the kubelet's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It wants a kernel parameter that could harm its neighbours.
    SysctlForbidden {
        /// Which.
        name: Arc<str>,
    },
    /// Its node selector names another operating system.
    PodOsSelectorNodeLabelDoesNotMatch,
    /// Its `os` field names another operating system.
    PodOsNotSupported,
    /// Its node selector or its required node affinity does not fit.
    NodeAffinity,
    /// Another pod holds a host port that it wants.
    NodePorts,
    /// The node lacks what it asks for, and no pod gives way.
    NoRoom(Shortage),
    /// It wants an `AppArmor` profile, and the node has none.
    AppArmor,
    /// The node is about to be shut down.
    NodeShutdown,
    /// The node runs short of this, and the pod does not count enough.
    Pressure(Pressure),
}

/// What a node answers to a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// The pods that give way to it. They are stopped even when something else refuses it after all.
    pub victims: Vec<PodUid>,
    /// Why it may not run.
    pub refused: Option<Rejection>,
}

impl Rejection {
    /// The reason, as status and event carry it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::SysctlForbidden { .. } => "SysctlForbidden",
            Self::PodOsSelectorNodeLabelDoesNotMatch => "PodOSSelectorNodeLabelDoesNotMatch",
            Self::PodOsNotSupported => "PodOSNotSupported",
            Self::NodeAffinity => "NodeAffinity",
            Self::NodePorts => "NodePorts",
            Self::NoRoom(_) => "UnexpectedAdmissionError",
            Self::AppArmor => "AppArmor",
            Self::NodeShutdown => "NodeShutdown",
            Self::Pressure(_) => "Evicted",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SysctlForbidden { name } => write!(f, "forbidden sysctl: \"{name}\" not allowlisted"),
            Self::PodOsSelectorNodeLabelDoesNotMatch => {
                f.write_str("Failed to admit pod as the `kubernetes.io/os` label doesn't match node label")
            }
            Self::PodOsNotSupported => {
                f.write_str("Failed to admit pod as the OS field doesn't match node OS")
            }
            Self::NodeAffinity => f.write_str(
                "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
            ),
            Self::NodePorts => f.write_str(
                "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
            ),
            Self::NoRoom(lacking) => write!(
                f,
                "Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: {lacking}"
            ),
            Self::AppArmor => f.write_str("Cannot enforce AppArmor: AppArmor is not enabled on the host"),
            Self::Pressure(what) => write!(f, "The node had condition: [{}]. ", what.condition()),
            Self::NodeShutdown => f.write_str("Pod was rejected as the node is shutting down."),
        }
    }
}

/// Kernel parameters that are a pod's own and harm nobody.
const SAFE_SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

const OS_LABEL: &str = "kubernetes.io/os";

/// The labels of a node: the kubelet's own, and what its settings add.
#[must_use]
pub fn node_labels(config: &Config) -> BTreeMap<Arc<str>, Arc<str>> {
    let mut labels: BTreeMap<Arc<str>, Arc<str>> = crate::sort::map([
        (OS_LABEL.into(), "linux".into()),
        ("kubernetes.io/arch".into(), config.arch.clone()),
        ("kubernetes.io/hostname".into(), config.node.as_str().into()),
    ]);
    labels.extend(config.node_labels.iter().map(|(key, value)| (key.clone(), value.clone())));
    labels
}

/// Asks whether a pod may run here beside `active` ones, of which `load` is the sum. The first reason against it counts. The pods themselves
/// are looked at only when it wants a port of the host, or when there is no room.
#[must_use]
pub fn admit<'a>(
    pod: &Pod,
    (active, load): (&dyn Fn() -> Vec<&'a Pod>, &Load),
    config: &Config,
    (shutting_down, pressures): (bool, &[Pressure]),
) -> Admission {
    let weak = !pod.is_critical();
    let bad = pressures.iter().find(|what| **what == Pressure::Pids || qos_class(pod) == "BestEffort");
    if let Some(what) = bad.filter(|_| weak) {
        return Admission { victims: Vec::new(), refused: Some(Rejection::Pressure(*what)) };
    }
    let object = pod.object.tree();
    let spec = object.get("spec");
    let lacking = match fits_apart_from_room(pod, spec, active, config) {
        Ok(()) => room::shortage(pod, load, config),
        Err(rejection) => return Admission { victims: Vec::new(), refused: Some(rejection) },
    };
    let victims = if lacking.is_empty() { Ok(Vec::new()) } else { room::victims(pod, &active(), &lacking) };
    match victims {
        Err(lacking) => Admission { victims: Vec::new(), refused: Some(Rejection::NoRoom(lacking)) },
        Ok(victims) if !config.app_armor && spec.is_some_and(wants_app_armor) => {
            Admission { victims, refused: Some(Rejection::AppArmor) }
        }
        Ok(victims) => Admission { victims, refused: shutting_down.then_some(Rejection::NodeShutdown) },
    }
}

/// A lack of room counts only when nothing else is against the pod.
fn fits_apart_from_room<'a>(
    pod: &Pod,
    spec: Option<&Node>,
    active: &dyn Fn() -> Vec<&'a Pod>,
    config: &Config,
) -> Result<(), Rejection> {
    let labels = node_labels(config);
    let forbidden = pod.spec.security.sysctls.iter().find(|(name, _)| !SAFE_SYSCTLS.contains(&&**name));
    if let Some((name, _)) = forbidden {
        return Err(Rejection::SysctlForbidden { name: name.clone() });
    }
    if pod.spec.node_selector.iter().any(|(key, value)| &**key == OS_LABEL && labels.get(key) != Some(value))
    {
        return Err(Rejection::PodOsSelectorNodeLabelDoesNotMatch);
    }
    let os = spec.and_then(|spec| spec.get("os")).and_then(|os| os.get("name")).and_then(Node::as_str);
    if os.is_some_and(|os| os != "linux") {
        return Err(Rejection::PodOsNotSupported);
    }
    let selected = pod.spec.node_selector.iter().all(|(key, value)| labels.get(key) == Some(value));
    if !selected || !affinity_fits(spec, &labels, config) {
        return Err(Rejection::NodeAffinity);
    }
    let wanted = host_ports(pod);
    if wanted.is_empty() {
        return Ok(());
    }
    let taken: Vec<HostPort> = active().into_iter().flat_map(host_ports).collect();
    if wanted.iter().any(|wanted| taken.iter().any(|held| held.clashes(wanted))) {
        return Err(Rejection::NodePorts);
    }
    Ok(())
}

/// Whether some profile other than `Unconfined` is asked for, for the pod or for a container.
fn wants_app_armor(spec: &Node) -> bool {
    let profile = |holder: &Node| {
        let kind = holder.get("securityContext")?.get("appArmorProfile")?.get("type")?.as_str()?;
        (kind != "Unconfined").then_some(())
    };
    let containers = ["initContainers", "containers"].into_iter().filter_map(|list| spec.get(list));
    profile(spec).is_some() || containers.flat_map(Node::items).any(|container| profile(container).is_some())
}

#[derive(Clone, Debug)]
struct HostPort {
    protocol: Protocol,
    port: u16,
    ip: Arc<str>,
}

impl HostPort {
    fn clashes(&self, other: &Self) -> bool {
        let all = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
        self.protocol == other.protocol
            && self.port == other.port
            && (all(&self.ip) || all(&other.ip) || self.ip == other.ip)
    }
}

/// Of containers and sidecars.
fn host_ports(pod: &Pod) -> Vec<HostPort> {
    let sidecars =
        pod.spec.init_containers.iter().filter(|c| c.restart_policy == Some(RestartPolicy::Always));
    pod.spec
        .containers
        .iter()
        .chain(sidecars)
        .flat_map(|container| &container.ports)
        .filter(|port| port.host_port != 0)
        .map(|port| HostPort { protocol: port.protocol, port: port.host_port, ip: port.host_ip.clone() })
        .collect()
}

/// Whether some term of the required node affinity fits, or there is none.
fn affinity_fits(spec: Option<&Node>, labels: &BTreeMap<Arc<str>, Arc<str>>, config: &Config) -> bool {
    let required = spec
        .and_then(|spec| spec.get("affinity"))
        .and_then(|affinity| affinity.get("nodeAffinity"))
        .and_then(|affinity| affinity.get("requiredDuringSchedulingIgnoredDuringExecution"));
    let Some(required) = required else { return true };
    let terms = required.get("nodeSelectorTerms").map_or(&[][..], Node::items);
    terms.iter().any(|term| {
        let expressions = term.get("matchExpressions").map_or(&[][..], Node::items);
        let fields = term.get("matchFields").map_or(&[][..], Node::items);
        let says_something = !expressions.is_empty() || !fields.is_empty();
        says_something
            && expressions.iter().all(|e| requirement_fits(e, |key| labels.get(key).map(|value| &**value)))
            && fields.iter().all(|field| {
                requirement_fits(field, |key| (key == "metadata.name").then_some(config.node.as_str()))
            })
    })
}

fn requirement_fits<'a>(requirement: &Node, value_of: impl Fn(&str) -> Option<&'a str>) -> bool {
    let key = requirement.get("key").and_then(Node::as_str).unwrap_or_default();
    let operator = requirement.get("operator").and_then(Node::as_str).unwrap_or_default();
    let values: Vec<&str> =
        requirement.get("values").map_or(&[][..], Node::items).iter().filter_map(Node::as_str).collect();
    let value = value_of(key);
    let number = |text: &str| text.parse::<i64>().ok();
    let compared = || Some((number(value?)?, number(values.first()?)?));
    match operator {
        "In" => value.is_some_and(|value| values.contains(&value)),
        "NotIn" => value.is_none_or(|value| !values.contains(&value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compared().is_some_and(|(own, bound)| own > bound),
        "Lt" => compared().is_some_and(|(own, bound)| own < bound),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Origin, parse};

    fn pod(spec: &str) -> Arc<Pod> {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers: [{{name: c, image: i{spec}\n"
        );
        let node = "node01".into();
        let parsed = parse(text.as_bytes(), &Origin { path: "/p.yaml", node: &node });
        parsed.pod.unwrap_or_else(|| panic!("{:?}\n{text}", parsed.error))
    }

    fn ask(pod: &Pod, active: &[&Pod], config: &Config) -> Admission {
        let load = Load::of(active.iter().copied());
        admit(pod, (&|| active.to_vec(), &load), config, (false, &[]))
    }

    fn verdict(spec: &str, beside: &[Arc<Pod>]) -> String {
        let mut config = Config::default();
        config.node_labels.insert("disk".into(), "ssd".into());
        config.node_labels.insert("cores".into(), "8".into());
        let beside: Vec<&Pod> = beside.iter().map(|pod| &**pod).collect();
        let answer = ask(&pod(spec), &beside, &config);
        answer.refused.map_or_else(|| "admitted".to_owned(), |rejection| rejection.reason().to_owned())
    }

    fn of(name: &str, priority: i32, requests: &str) -> Arc<Pod> {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  priority: {priority}\n  containers: [{{name: c, image: i, resources: {{requests: {{{requests}}}}}}}]\n"
        );
        let node = "node01".into();
        let parsed = parse(text.as_bytes(), &Origin { path: name, node: &node });
        parsed.pod.unwrap_or_else(|| panic!("{:?}\n{text}", parsed.error))
    }

    #[test]
    fn as_few_and_as_small_pods_as_possible_give_way() {
        let asks = |wanted: &Arc<Pod>, beside: &[&Arc<Pod>]| {
            let config = Config { max_pods: 4, ..Config::default() };
            let active: Vec<&Pod> = beside.iter().map(|pod| &***pod).collect();
            let answer = ask(wanted, &active, &config);
            let name = |uid: &PodUid| {
                active.iter().find(|pod| pod.id.uid == *uid).map(|pod| pod.id.name.to_string())
            };
            let victims: Vec<String> = answer.victims.iter().filter_map(name).collect();
            answer.refused.map_or_else(|| victims.join(" "), |rejection| rejection.to_string())
        };
        let (small, big) = (of("small", 1, "cpu: 1"), of("big", 1, "cpu: 2"));
        let high = of("high", 9, "cpu: 1");
        assert_eq!(asks(&of("new", 5, "cpu: 2"), &[&small]), "");
        assert_eq!(asks(&of("new", 5, "cpu: 1"), &[&small, &big, &high]), "small-node01");
        assert_eq!(asks(&of("new", 5, "cpu: 2"), &[&small, &big, &high]), "big-node01");
        assert_eq!(asks(&of("new", 5, "cpu: 3"), &[&small, &big, &high]), "big-node01 small-node01");
        let none = "Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [";
        assert_eq!(asks(&of("new", 5, "cpu: 5"), &[&high]), format!("{none}(res: cpu, q: 2000), ]"));
        assert_eq!(asks(&of("new", 1, "cpu: 4"), &[&small]), format!("{none}(res: cpu, q: 1000), ]"));
        assert_eq!(asks(&of("new", 5, "memory: 1"), &[&small, &big, &high, &high]), "small-node01");
    }

    #[test]
    fn selectors_are_asked_of_the_nodes_labels() {
        assert_eq!(
            verdict("}]\n  nodeSelector: {disk: ssd, kubernetes.io/hostname: node01}", &[]),
            "admitted"
        );
        assert_eq!(verdict("}]\n  nodeSelector: {disk: hdd}", &[]), "NodeAffinity");
        assert_eq!(
            verdict("}]\n  nodeSelector: {kubernetes.io/os: windows}", &[]),
            "PodOSSelectorNodeLabelDoesNotMatch"
        );
        let term = |expression: &str| {
            verdict(
                &format!(
                    "}}]\n  affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{{expression}}}]}}}}}}"
                ),
                &[],
            )
        };
        assert_eq!(term("matchExpressions: [{key: cores, operator: Gt, values: ['4']}]"), "admitted");
        assert_eq!(term("matchExpressions: [{key: cores, operator: Lt, values: ['4']}]"), "NodeAffinity");
        assert_eq!(term("matchExpressions: [{key: gpu, operator: DoesNotExist}]"), "admitted");
        assert_eq!(
            term("matchFields: [{key: metadata.name, operator: In, values: [other]}]"),
            "NodeAffinity"
        );
    }

    #[test]
    fn host_ports_are_given_once() {
        let held = pod(", ports: [{containerPort: 80, hostPort: 8080, hostIP: 127.0.0.1}]}]");
        let wants = |port: &str| {
            verdict(&format!(", ports: [{{containerPort: 80, {port}}}]}}]"), std::slice::from_ref(&held))
        };
        assert_eq!(wants("hostPort: 8080"), "NodePorts");
        assert_eq!(wants("hostPort: 8080, hostIP: 127.0.0.1"), "NodePorts");
        assert_eq!(wants("hostPort: 8080, hostIP: 127.0.0.2"), "admitted");
        assert_eq!(wants("hostPort: 8080, protocol: UDP"), "admitted");
        assert_eq!(wants("hostPort: 8081"), "admitted");
    }

    #[test]
    fn only_safe_kernel_parameters_are_allowed() {
        let wants = |name: &str| {
            verdict(&format!("}}]\n  securityContext: {{sysctls: [{{name: {name}, value: '1'}}]}}"), &[])
        };
        assert_eq!(wants("net.ipv4.tcp_syncookies"), "admitted");
        assert_eq!(wants("net.core.somaxconn"), "SysctlForbidden");
    }
}
