//! Rules for the annotations that mean something for a pod: security profiles from before they were fields.

use super::{At, Errors, all_containers, text};
use crate::manifest::errors::quote;

const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APPARMOR_CONTAINER: &str = "container.apparmor.security.beta.kubernetes.io/";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const LOCALHOST: &str = "localhost/";

/// Checks what the annotations say.
pub(super) fn check(annotations: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    let cost = annotations.key(DELETION_COST);
    if cost.is_set() && !is_cost(cost.text()) {
        errors.invalid_text(&cost, "must be a 32bit integer");
    }
    let entries = annotations.entries();
    // The pod's own profile is looked at before those of its containers.
    for pod in [true, false] {
        for (key, value) in &entries {
            if (pod && *key == SECCOMP_POD) || (!pod && key.starts_with(SECCOMP_CONTAINER)) {
                let place = annotations.child_key(key, value);
                for (shown, problem) in seccomp_problems(value.text()) {
                    errors.invalid(&place, shown, problem);
                }
            }
        }
    }
    for (key, value) in &entries {
        let Some(container) = key.strip_prefix(APPARMOR_CONTAINER) else { continue };
        if !all_containers(spec).iter().any(|at| at.field("name").text() == container) {
            errors.invalid(value, container, "container not found");
        }
        let profile = value.text();
        if !(["", "runtime/default", "unconfined"].contains(&profile) || profile.starts_with(LOCALHOST)) {
            errors.invalid(value, profile, format!("invalid AppArmor profile name: {}", quote(profile)));
        }
    }
}

/// A whole number that does not begin with a plus sign or zeros.
fn is_cost(text: &str) -> bool {
    let plain = text == "0" || !text.starts_with(['+', '0']);
    plain && !text.starts_with("-0") && text.parse::<i32>().is_ok()
}

fn seccomp_problems(profile: &str) -> Vec<(&str, String)> {
    match profile.strip_prefix(LOCALHOST) {
        Some(path) => text::descending_path(path).into_iter().map(|problem| (path, problem)).collect(),
        None if ["runtime/default", "docker/default", "unconfined"].contains(&profile) => Vec::new(),
        None => vec![(profile, "must be a valid seccomp profile".to_owned())],
    }
}

/// Checks that annotations and fields do not contradict each other.
pub(super) fn check_against_fields(annotations: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    let pod = spec.field("securityContext");
    let seccomp = pod.field("seccompProfile");
    if seccomp.is_set() {
        agree(&annotations.key(SECCOMP_POD), &seccomp, &seccomp, "seccomp", errors);
    }
    let containers = all_containers(spec);
    for container in &containers {
        let profile = container.field("securityContext").field("seccompProfile");
        if let Some(annotation) = of_container(annotations, SECCOMP_CONTAINER, container) {
            agree(&annotation, &profile, &profile, "seccomp", errors);
        }
    }
    if spec.field("os").field("name").text() == "windows" {
        return;
    }
    for container in &containers {
        let own = container.field("securityContext").field("appArmorProfile");
        let profile = if own.is_set() { own.clone() } else { pod.field("appArmorProfile") };
        if let Some(annotation) = of_container(annotations, APPARMOR_CONTAINER, container) {
            agree(&annotation, &profile, &own, "apparmor", errors);
        }
    }
}

fn of_container<'a>(annotations: &At<'a>, prefix: &str, container: &At<'a>) -> Option<At<'a>> {
    let name = container.field("name").text();
    let entries = annotations.entries();
    entries.into_iter().find(|(key, _)| key.strip_prefix(prefix) == Some(name)).map(|(_, value)| value)
}

fn agree(annotation: &At<'_>, profile: &At<'_>, shown_at: &At<'_>, what: &str, errors: &mut Errors) {
    if !annotation.is_set() || !profile.is_set() {
        return;
    }
    let text = annotation.text();
    let same_type = match profile.field("type").text() {
        "Unconfined" => text == "unconfined",
        "RuntimeDefault" => text == "runtime/default" || (what == "seccomp" && text == "docker/default"),
        "Localhost" => text.starts_with(LOCALHOST),
        _ => return,
    };
    let local = profile.field("localhostProfile");
    if !same_type {
        errors.forbidden(&shown_at.field("type"), format!("{what} type in annotation and field must match"));
    } else if let Some(path) = text.strip_prefix(LOCALHOST)
        && (!local.is_set() || local.text() != path)
    {
        let detail = format!("{what} profile in annotation and field must match");
        errors.forbidden(&shown_at.field("localhostProfile"), detail);
    }
}
