//! Rules for the pod as a whole: Kubernetes' order of everything, and the fields that have no file of their own.

use super::{
    At, Errors, affinity, all_containers, claim,
    container::{self, Around},
    dns, env, metadata, pod_resources, ports, resources, security, text, tolerations, volume, windows,
};

/// Checks everything that holds for a pod and for the template of one.
pub(super) fn check<'a>(metadata: &At<'a>, spec: &At<'a>, errors: &mut Errors) {
    let volumes = volume::check(spec, metadata.field("name").text(), errors);
    let is_mirror = metadata.field("annotations").key(crate::manifest::static_pod::CONFIG_MIRROR).is_set();
    let claims = claim::resource_claims(spec, is_mirror, errors);
    let around = Around { spec: spec.clone(), volumes, claims };
    container::regular(&around, errors);
    container::init(&around, errors);
    container::ephemeral(&around, errors);
    pod_resources::check(spec, &around.claims, errors);
    ports::host_network(spec, errors);
    errors.one_of(&spec.field("restartPolicy"), &["Always", "OnFailure", "Never"]);
    dns::policy(spec, errors);
    metadata::labels(&spec.field("nodeSelector"), errors);
    security::pod(spec, errors);
    affinity::check(&spec.field("affinity"), errors);
    dns::config(spec, errors);
    for gate in spec.field("readinessGates").items() {
        errors.passes(&gate.field("conditionType"), text::qualified_name);
    }
    scheduling_gates(spec, errors);
    affinity::spread(&spec.field("topologySpreadConstraints"), errors);
    windows::host_process(spec, errors);
    host_users(spec, errors);
    names(spec, errors);
    tolerations::check(&spec.field("tolerations"), errors);
    host_aliases(spec, errors);
    classes(spec, errors);
    windows::os(spec, errors);
    let group = spec.field("schedulingGroup").field("podGroupName");
    if group.is_set() {
        errors.passes(&group, text::dns_subdomain);
    }
    env::file_volumes(spec, errors);
}

fn scheduling_gates(spec: &At<'_>, errors: &mut Errors) {
    let mut names = std::collections::BTreeSet::new();
    for gate in spec.field("schedulingGates").items() {
        let name = gate.field("name").text();
        for problem in text::qualified_name(name) {
            errors.invalid(&gate, name, problem);
        }
        if !names.insert(name) {
            errors.duplicate(&gate, name);
        }
    }
}

const NEEDS_HOST_USERS: &str = "when `hostUsers` is false";

fn host_users(spec: &At<'_>, errors: &mut Errors) {
    if spec.field("hostUsers").flag() != Some(false) {
        return;
    }
    for (name, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        let field = spec.field(name);
        if field.is_true() {
            errors.forbidden(&spec.named_at(shown, &field), NEEDS_HOST_USERS);
        }
    }
    for container in all_containers(spec) {
        let devices = container.field("volumeDevices");
        if !devices.is_empty() {
            errors.forbidden(&devices, NEEDS_HOST_USERS);
        }
    }
}

const LONGEST_HOSTNAME: usize = 64;

fn names(spec: &At<'_>, errors: &mut Errors) {
    let hostname = spec.field("hostnameOverride");
    if hostname.is_set() {
        if spec.field("setHostnameAsFQDN").is_true() {
            errors.forbidden(&hostname, "may not be specified when setHostnameAsFQDN is true");
        }
        if spec.field("hostNetwork").is_true() {
            errors.forbidden(&hostname, "may not be specified when hostNetwork is true");
        }
        if hostname.text().len() > LONGEST_HOSTNAME {
            errors.too_long(&hostname, LONGEST_HOSTNAME);
        }
        errors.passes(&hostname, text::dns_subdomain);
    }
    for name in ["serviceAccountName", "nodeName"] {
        if !spec.field(name).text().is_empty() {
            errors.passes(&spec.field(name), text::dns_subdomain);
        }
    }
    let deadline = spec.field("activeDeadlineSeconds");
    let most = i64::from(i32::MAX);
    if let Some(seconds) = deadline.int().filter(|seconds| !(1..=most).contains(seconds)) {
        errors.invalid(&deadline, seconds, text::between(1, most));
    }
    for name in ["hostname", "subdomain"] {
        if !spec.field(name).text().is_empty() {
            errors.passes(&spec.field(name), text::dns_label);
        }
    }
}

fn host_aliases(spec: &At<'_>, errors: &mut Errors) {
    for alias in spec.field("hostAliases").items() {
        errors.passes(&alias.field("ip"), text::ip);
        for name in alias.field("hostnames").items() {
            errors.passes(&name, text::dns_subdomain);
        }
    }
}

fn classes(spec: &At<'_>, errors: &mut Errors) {
    let priority = spec.field("priorityClassName");
    if !priority.text().is_empty() {
        errors.passes(&priority, text::dns_subdomain);
    }
    let runtime = spec.field("runtimeClassName");
    if runtime.is_set() {
        errors.passes(&runtime, text::dns_subdomain);
    }
    let preemption = spec.field("preemptionPolicy");
    if !preemption.is_set() || errors.need_text(&preemption) {
        errors.one_of(&preemption, &["PreemptLowerPriority", "Never"]);
    }
    resources::overhead(&spec.field("overhead"), errors);
}

/// Checks what holds for a pod, but not for the template of one.
pub(super) fn check_as_pod(spec: &At<'_>, errors: &mut Errors) {
    if spec.field("serviceAccountName").text().is_empty() {
        for volume in spec.field("volumes").items() {
            for source in volume.field("projected").field("sources").items() {
                let token = source.field("serviceAccountToken");
                if token.is_set() {
                    errors.forbidden(&token, "must not be specified when serviceAccountName is not set");
                }
            }
        }
    }
    for list in ["containers", "initContainers"] {
        for container in spec.field(list).items() {
            container::image_padding(&container, errors);
        }
    }
}

/// Checks what holds for a pod that is made just now.
pub(super) fn check_on_create(spec: &At<'_>, errors: &mut Errors) {
    let ephemeral = spec.field("ephemeralContainers");
    if !ephemeral.is_empty() {
        errors.forbidden(&ephemeral, "cannot be set on create");
    }
    if !spec.field("nodeName").text().is_empty() && !spec.field("schedulingGates").is_empty() {
        errors
            .forbidden(&spec.field("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
}
