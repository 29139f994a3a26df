//! Rules for a container's environment, and for references to fields and resources, which volumes share.

use super::{At, Errors, text};

const SOURCES: [&str; 5] = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

/// The pod's fields that an environment variable can show.
const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The pod's fields that a file can show.
pub(super) const FILE_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/// Everything that may be referred to by a path, by someone.
const KNOWN_FIELDS: [&str; 14] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

const BYTE_DIVISORS: [&str; 13] =
    ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// Checks `env` and `envFrom`.
pub(super) fn check(container: &At<'_>, errors: &mut Errors) {
    for variable in container.field("env").items() {
        let name = variable.field("name");
        if errors.need_text(&name) {
            errors.passes(&name, text::env_name);
        }
        let from = variable.field("valueFrom");
        if from.is_set() {
            value_from(&from, !variable.field("value").text().is_empty(), errors);
        }
    }
    let list = container.field("envFrom");
    for source in list.items() {
        let prefix = source.field("prefix");
        if !prefix.text().is_empty() {
            errors.passes(&prefix, text::env_name);
        }
        let mut count = 0;
        for reference in ["configMapRef", "secretRef"].map(|name| source.field(name)) {
            if reference.is_set() {
                count += 1;
                let name = reference.field("name");
                if errors.need_text(&name) {
                    errors.passes(&name, text::dns_subdomain_prefix);
                }
            }
        }
        // Kubernetes reports these at the list.
        let place = list.at_entry(&source);
        if count == 0 {
            errors.invalid(&place, "", "must specify one of: `configMapRef` or `secretRef`");
        } else if count > 1 {
            errors.invalid(&place, "", "may not have more than one field specified at a time");
        }
    }
}

fn value_from(from: &At<'_>, has_value: bool, errors: &mut Errors) {
    let set: Vec<(&str, At<'_>)> =
        SOURCES.iter().map(|name| (*name, from.field(name))).filter(|(_, at)| at.is_set()).collect();
    for (name, source) in &set {
        match *name {
            "fieldRef" => field_ref(source, &ENV_FIELDS, errors),
            "resourceFieldRef" => resource_ref(source, false, errors),
            "fileKeyRef" => file_key(source, errors),
            _ => key_ref(source, errors),
        }
    }
    if set.is_empty() {
        errors.invalid(
            from,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        );
    } else if has_value {
        errors.invalid(from, "", "may not be specified when `value` is not empty");
    } else if set.len() > 1 {
        errors.invalid(from, "", "may not have more than one field specified at a time");
    }
}

fn key_ref(source: &At<'_>, errors: &mut Errors) {
    errors.passes(&source.field("name"), text::dns_subdomain);
    let key = source.field("key");
    if errors.need_text(&key) {
        errors.passes(&key, text::config_map_key);
    }
}

fn file_key(source: &At<'_>, errors: &mut Errors) {
    let key = source.field("key");
    if errors.need_text(&key) {
        errors.passes(&key, text::env_name);
    }
    let path = source.field("path");
    if errors.need_text(&path) {
        errors.passes(&path, text::local_path);
    }
    let volume = source.field("volumeName");
    if errors.need_text(&volume) {
        errors.passes(&volume, text::dns_label);
    }
}

/// Checks a reference to one of the pod's fields.
pub(super) fn field_ref(reference: &At<'_>, allowed: &[&str], errors: &mut Errors) {
    let (version, path) = (reference.field("apiVersion"), reference.field("fieldPath"));
    if !errors.need_text(&version) || !errors.need_text(&path) {
        return;
    }
    let (name, subscript) = subscripted(path.text());
    if let Some(problem) = conversion(version.text(), path.text(), name, subscript) {
        errors.invalid_text(&path, format!("error converting fieldPath: {problem}"));
        return;
    }
    match (name, subscript) {
        ("metadata.annotations", Some(key)) => {
            let lower = key.to_lowercase();
            for problem in text::qualified_name(&lower) {
                errors.invalid(reference, &*lower, problem);
            }
        }
        (_, Some(key)) => {
            for problem in text::qualified_name(key) {
                errors.invalid(reference, key, problem);
            }
        }
        (_, None) => {
            // `spec.host` is the old name of `spec.nodeName`.
            let name = if name == "spec.host" { "spec.nodeName" } else { name };
            if !allowed.contains(&name) {
                errors.not_supported(&path, name, allowed);
            }
        }
    }
}

/// `metadata.labels['key']` in its two parts.
fn subscripted(path: &str) -> (&str, Option<&str>) {
    let parts = path.strip_suffix("']").and_then(|rest| rest.split_once("['"));
    match parts {
        Some((name, key)) if !name.is_empty() && !key.contains("['") => (name, Some(key)),
        _ => (path, None),
    }
}

fn conversion(version: &str, path: &str, name: &str, subscript: Option<&str>) -> Option<String> {
    if version != "v1" {
        return Some(format!("unsupported pod version: {version}"));
    }
    if subscript.is_some() {
        let takes = ["metadata.annotations", "metadata.labels"].contains(&name);
        return (!takes).then(|| format!("field label does not support subscript: {path}"));
    }
    let known = KNOWN_FIELDS.contains(&name) || name == "spec.host";
    (!known).then(|| format!("field label not supported: {path}"))
}

/// Checks a reference to a container's resource.
pub(super) fn resource_ref(reference: &At<'_>, in_volume: bool, errors: &mut Errors) {
    let (container, resource) = (reference.field("containerName"), reference.field("resource"));
    let huge =
        ["requests.hugepages-", "limits.hugepages-"].iter().any(|prefix| resource.text().starts_with(prefix));
    if in_volume && container.text().is_empty() {
        errors.required(&container, "");
    } else if resource.text().is_empty() {
        errors.required(&resource, "");
    } else if !RESOURCES.contains(&resource.text()) && !huge {
        errors.not_supported(&resource, resource.text(), &RESOURCES);
    }
    divisor(reference, resource.text(), huge, errors);
}

fn divisor(reference: &At<'_>, resource: &str, huge: bool, errors: &mut Errors) {
    let divisor = reference.field("divisor");
    let Some(value) = divisor.quantity().filter(|value| !value.is_zero()) else { return };
    let kind = match resource {
        "limits.cpu" | "requests.cpu" => {
            if !["1m", "1"].contains(&&*value.to_string()) {
                let detail = "only divisor's values 1m and 1 are supported with the cpu resource";
                errors.invalid(&divisor, resource, detail);
            }
            return;
        }
        "limits.memory" | "requests.memory" => "memory",
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => "local ephemeral storage",
        _ if huge => "hugepages",
        _ => return,
    };
    if !BYTE_DIVISORS.contains(&&*value.to_string()) {
        let choices = BYTE_DIVISORS.join(", ");
        let detail = format!("only divisor's values {choices} are supported with the {kind} resource");
        errors.invalid(&divisor, resource, detail);
    }
}

/// Files that variables are read from must be in a volume of the pod that starts empty.
pub(super) fn file_volumes(spec: &At<'_>, errors: &mut Errors) {
    for list in ["initContainers", "containers", "ephemeralContainers"].map(|name| spec.field(name)) {
        for container in list.items() {
            for variable in container.field("env").items() {
                let file = variable.field("valueFrom").field("fileKeyRef");
                let name = file.field("volumeName");
                if !file.is_set() {
                    continue;
                }
                let volumes = spec.field("volumes");
                let volume = volumes.items().find(|volume| volume.field("name").text() == name.text());
                match volume {
                    None => errors.not_found(&name, name.text()),
                    Some(volume) if !volume.field("emptyDir").is_set() => {
                        errors.invalid_text(&name, "referenced volume must be of type emptyDir");
                    }
                    Some(_) => {}
                }
            }
        }
    }
}
