//! From a valid Pod's tree to the typed [`Pod`]. Everything has its default by now; what is absent all the same gets the least harm.

mod handler;

use std::{sync::Arc, time::Duration};

use super::{
    Capabilities, Container, ContainerSecurity, DownwardFile, EnvSource, EnvVar, ImagePullPolicy, Lifecycle,
    Pod, PodSecurity, PodSpec, Port, Probes, Profile, RestartAction, RestartPolicy, RestartRule,
    TerminationMessagePolicy, Volume, VolumeMount, VolumeSource, Whole,
};
use crate::{
    contract::{Dns, HostAlias, Protocol},
    id::{ContainerName, PodRef},
    manifest::{
        at::At,
        prune::prune,
        static_pod::{CONFIG_HASH, CONFIG_SOURCE},
        tree::{Node, Value},
    },
};

use handler::{handler, probe};

type Pairs = Vec<(Arc<str>, Arc<str>)>;

/// The typed pod of a tree that has its defaults, is bound to its node and is valid.
#[must_use]
pub fn extract(mut object: Node, id: PodRef, file: &str) -> Pod {
    let root = At::root(&object);
    let metadata = root.field("metadata");
    let mut annotations = pairs(&metadata.field("annotations"));
    for (key, value) in [(CONFIG_HASH, id.uid.text()), (CONFIG_SOURCE, "file".into())] {
        annotations.retain(|(other, _)| &**other != key);
        annotations.push((key.into(), value));
    }
    crate::sort::by(&mut annotations, Ord::cmp);
    let labels = pairs(&metadata.field("labels"));
    let spec = Arc::new(spec(&root.field("spec")));
    prune(&mut object);
    Pod { id, file: file.into(), labels, annotations, spec, object: Whole::of(object) }
}

fn spec(at: &At<'_>) -> PodSpec {
    let flag = |name| at.field(name).is_true();
    PodSpec {
        containers: all(&at.field("containers"), container),
        init_containers: all(&at.field("initContainers"), container),
        volumes: all(&at.field("volumes"), volume),
        restart_policy: restart_policy(at.field("restartPolicy").text()).unwrap_or(RestartPolicy::Always),
        termination_grace_period_seconds: at.field("terminationGracePeriodSeconds").int().unwrap_or(30),
        active_deadline: at.field("activeDeadlineSeconds").int().map(seconds),
        host_network: flag("hostNetwork"),
        host_pid: flag("hostPID"),
        host_ipc: flag("hostIPC"),
        share_process_namespace: flag("shareProcessNamespace"),
        hostname: some_text(&at.field("hostname")),
        subdomain: some_text(&at.field("subdomain")),
        dns_policy: text(&at.field("dnsPolicy")),
        dns: dns(&at.field("dnsConfig")),
        host_aliases: all(&at.field("hostAliases"), |alias| HostAlias {
            ip: text(&alias.field("ip")),
            hostnames: texts(&alias.field("hostnames")),
        }),
        node_selector: pairs(&at.field("nodeSelector")),
        priority: at.field("priority").int().and_then(|value| i32::try_from(value).ok()),
        requests: pairs(&at.field("resources").field("requests")),
        limits: pairs(&at.field("resources").field("limits")),
        security: pod_security(&at.field("securityContext")),
    }
}

fn dns(at: &At<'_>) -> Dns {
    let option = |option: &At<'_>| {
        let (name, value) = (option.field("name").text(), option.field("value").text());
        if value.is_empty() { name.into() } else { format!("{name}:{value}").into() }
    };
    Dns {
        servers: texts(&at.field("nameservers")),
        searches: texts(&at.field("searches")),
        options: all(&at.field("options"), option),
    }
}

fn pod_security(at: &At<'_>) -> PodSecurity {
    PodSecurity {
        run_as_user: at.field("runAsUser").int(),
        run_as_group: at.field("runAsGroup").int(),
        run_as_non_root: at.field("runAsNonRoot").flag(),
        fs_group: at.field("fsGroup").int(),
        strict_groups: at.field("supplementalGroupsPolicy").text() == "Strict",
        seccomp: profile(&at.field("seccompProfile")),
        app_armor: profile(&at.field("appArmorProfile")),
        se_linux: se_linux(&at.field("seLinuxOptions")),
        supplemental_groups: at.field("supplementalGroups").items().filter_map(|group| group.int()).collect(),
        sysctls: all(&at.field("sysctls"), |sysctl| {
            (text(&sysctl.field("name")), text(&sysctl.field("value")))
        }),
    }
}

fn container(at: &At<'_>) -> Container {
    let resources = at.field("resources");
    let probe_of = |name| Some(at.field(name)).filter(At::is_set).map(|at| probe(&at));
    let hook = |name| Some(at.field("lifecycle").field(name)).filter(At::is_set).and_then(|at| handler(&at));
    Container {
        name: name(&at.field("name")),
        image: text(&at.field("image")),
        image_pull_policy: pull_policy(at.field("imagePullPolicy").text()),
        command: texts(&at.field("command")),
        args: texts(&at.field("args")),
        working_dir: some_text(&at.field("workingDir")),
        env: all(&at.field("env"), variable),
        ports: all(&at.field("ports"), port),
        volume_mounts: all(&at.field("volumeMounts"), mount),
        requests: pairs(&resources.field("requests")),
        limits: pairs(&resources.field("limits")),
        restart_policy: restart_policy(at.field("restartPolicy").text()),
        restart_rules: all(&at.field("restartPolicyRules"), restart_rule),
        probes: Probes {
            liveness: probe_of("livenessProbe"),
            readiness: probe_of("readinessProbe"),
            startup: probe_of("startupProbe"),
        },
        lifecycle: Lifecycle { post_start: hook("postStart"), pre_stop: hook("preStop") },
        termination_message_path: text(&at.field("terminationMessagePath")),
        termination_message_policy: match at.field("terminationMessagePolicy").text() {
            "FallbackToLogsOnError" => TerminationMessagePolicy::FallbackToLogsOnError,
            _ => TerminationMessagePolicy::File,
        },
        security: container_security(&at.field("securityContext")),
        stdin: at.field("stdin").is_true(),
        tty: at.field("tty").is_true(),
    }
}

fn container_security(at: &At<'_>) -> ContainerSecurity {
    let capabilities = at.field("capabilities");
    ContainerSecurity {
        privileged: at.field("privileged").is_true(),
        run_as_user: at.field("runAsUser").int(),
        run_as_group: at.field("runAsGroup").int(),
        run_as_non_root: at.field("runAsNonRoot").flag(),
        read_only_root_filesystem: at.field("readOnlyRootFilesystem").is_true(),
        allow_privilege_escalation: at.field("allowPrivilegeEscalation").flag(),
        capabilities: Capabilities {
            add: texts(&capabilities.field("add")),
            drop: texts(&capabilities.field("drop")),
        },
        seccomp: profile(&at.field("seccompProfile")),
        app_armor: profile(&at.field("appArmorProfile")),
        se_linux: se_linux(&at.field("seLinuxOptions")),
        unmasked_proc: at.field("procMount").text() == "Unmasked",
    }
}

fn profile(at: &At<'_>) -> Option<Profile> {
    match at.field("type").text() {
        "Unconfined" => Some(Profile::Unconfined),
        "RuntimeDefault" => Some(Profile::RuntimeDefault),
        "Localhost" => Some(Profile::Localhost(text(&at.field("localhostProfile")))),
        _ => None,
    }
}

fn se_linux(at: &At<'_>) -> Pairs {
    let option = |name: &'static str| Some((Arc::from(name), some_text(&at.field(name))?));
    ["user", "role", "type", "level"].into_iter().filter_map(option).collect()
}

fn variable(at: &At<'_>) -> EnvVar {
    let from = at.field("valueFrom");
    let file = from.field("fileKeyRef");
    let source = if from.field("fieldRef").is_set() || from.field("resourceFieldRef").is_set() {
        shown(&from)
    } else if file.is_set() {
        EnvSource::File {
            volume: text(&file.field("volumeName")),
            path: text(&file.field("path")),
            key: text(&file.field("key")),
            optional: file.field("optional").is_true(),
        }
    } else {
        EnvSource::Value(text(&at.field("value")))
    };
    EnvVar { name: text(&at.field("name")), source }
}

/// What a variable or a file shows of the pod.
fn shown(at: &At<'_>) -> EnvSource {
    let (field, resource) = (at.field("fieldRef"), at.field("resourceFieldRef"));
    if field.is_set() {
        return EnvSource::Field { path: text(&field.field("fieldPath")) };
    }
    EnvSource::Resource {
        container: some_text(&resource.field("containerName")).map(|name| ContainerName::from(&*name)),
        resource: text(&resource.field("resource")),
        divisor: text(&resource.field("divisor")),
    }
}

fn port(at: &At<'_>) -> Port {
    let number = |name| at.field(name).int().and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
    Port {
        name: some_text(&at.field("name")),
        container_port: number("containerPort"),
        host_port: number("hostPort"),
        host_ip: text(&at.field("hostIP")),
        protocol: match at.field("protocol").text() {
            "UDP" => Protocol::Udp,
            "SCTP" => Protocol::Sctp,
            _ => Protocol::Tcp,
        },
    }
}

fn mount(at: &At<'_>) -> VolumeMount {
    VolumeMount {
        name: text(&at.field("name")),
        mount_path: text(&at.field("mountPath")),
        read_only: at.field("readOnly").is_true(),
        sub_path: text(&at.field("subPath")),
        sub_path_expr: text(&at.field("subPathExpr")),
        mount_propagation: some_text(&at.field("mountPropagation")),
        recursive_read_only: some_text(&at.field("recursiveReadOnly")),
    }
}

fn volume(at: &At<'_>) -> Volume {
    let (empty, host) = (at.field("emptyDir"), at.field("hostPath"));
    let (downward, projected) = (at.field("downwardAPI"), at.field("projected"));
    let source = if empty.is_set() {
        let limit = empty.field("sizeLimit").quantity();
        VolumeSource::EmptyDir {
            memory: empty.field("medium").text() == "Memory",
            size_limit: limit.and_then(|limit| u64::try_from(limit.value()).ok()),
        }
    } else if host.is_set() {
        VolumeSource::HostPath { path: text(&host.field("path")), kind: text(&host.field("type")) }
    } else if downward.is_set() {
        VolumeSource::DownwardApi(downward_files(&downward, &downward.field("defaultMode")))
    } else if projected.is_set() {
        let (mode, sources) = (projected.field("defaultMode"), projected.field("sources"));
        // A static pod may not project anything that is an object of the API.
        let files = sources.items().map(|it| downward_files(&it.field("downwardAPI"), &mode));
        VolumeSource::DownwardApi(files.flatten().collect())
    } else {
        let fields = at.node().map_or(&[][..], Node::fields);
        let other = fields.iter().find(|field| &*field.key != "name" && field.node.value != Value::Null);
        VolumeSource::Other(other.map_or_else(|| "".into(), |field| Arc::clone(&field.key)))
    };
    Volume { name: text(&at.field("name")), source }
}

fn downward_files(at: &At<'_>, default_mode: &At<'_>) -> Vec<DownwardFile> {
    let mode_of = |at: &At<'_>| at.int().and_then(|mode| u32::try_from(mode).ok());
    all(&at.field("items"), |item| DownwardFile {
        path: text(&item.field("path")),
        mode: mode_of(&item.field("mode")).or_else(|| mode_of(default_mode)).unwrap_or(0o644),
        source: shown(item),
    })
}

fn restart_rule(at: &At<'_>) -> RestartRule {
    let codes = at.field("exitCodes");
    RestartRule {
        action: match at.field("action").text() {
            "RestartAllContainers" => RestartAction::RestartAllContainers,
            _ => RestartAction::Restart,
        },
        not_in: codes.field("operator").text() == "NotIn",
        codes: codes
            .field("values")
            .items()
            .filter_map(|code| code.int().and_then(|code| i32::try_from(code).ok()))
            .collect(),
    }
}

fn restart_policy(text: &str) -> Option<RestartPolicy> {
    match text {
        "Always" => Some(RestartPolicy::Always),
        "OnFailure" => Some(RestartPolicy::OnFailure),
        "Never" => Some(RestartPolicy::Never),
        _ => None,
    }
}

fn pull_policy(text: &str) -> ImagePullPolicy {
    match text {
        "Always" => ImagePullPolicy::Always,
        "Never" => ImagePullPolicy::Never,
        _ => ImagePullPolicy::IfNotPresent,
    }
}

fn all<T>(list: &At<'_>, each: impl Fn(&At<'_>) -> T) -> Vec<T> {
    list.items().map(|item| each(&item)).collect()
}

fn text(at: &At<'_>) -> Arc<str> {
    match at.node().map(|node| &node.value) {
        Some(Value::String(text)) => Arc::clone(text),
        _ => "".into(),
    }
}

fn some_text(at: &At<'_>) -> Option<Arc<str>> {
    Some(text(at)).filter(|text| !text.is_empty())
}

fn texts(list: &At<'_>) -> Vec<Arc<str>> {
    all(list, text)
}

fn name(at: &At<'_>) -> ContainerName {
    ContainerName::from(at.text())
}

/// The entries of a map, sorted by key.
fn pairs(map: &At<'_>) -> Pairs {
    map.entries().iter().map(|(key, value)| (Arc::from(*key), text(value))).collect()
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests;
