//! Rules for security contexts, of the pod and of its containers.

use std::collections::BTreeSet;

use super::{
    At, Errors,
    json::{self, Member, Shape},
    text, windows,
};

const PROFILE_TYPES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];

/// Go's structure of a container's context, as messages show it.
const CONTAINER_CONTEXT: [Member; 12] = [
    Member(
        "capabilities",
        "Capabilities",
        Shape::Object(&[Member("add", "Add", Shape::Nullable), Member("drop", "Drop", Shape::Nullable)]),
    ),
    Member("privileged", "Privileged", Shape::Nullable),
    Member(
        "seLinuxOptions",
        "SELinuxOptions",
        Shape::Object(&[
            Member("user", "User", Shape::Text),
            Member("role", "Role", Shape::Text),
            Member("type", "Type", Shape::Text),
            Member("level", "Level", Shape::Text),
        ]),
    ),
    Member(
        "windowsOptions",
        "WindowsOptions",
        Shape::Object(&[
            Member("gmsaCredentialSpecName", "GMSACredentialSpecName", Shape::Nullable),
            Member("gmsaCredentialSpec", "GMSACredentialSpec", Shape::Nullable),
            Member("runAsUserName", "RunAsUserName", Shape::Nullable),
            Member("hostProcess", "HostProcess", Shape::Nullable),
        ]),
    ),
    Member("runAsUser", "RunAsUser", Shape::Nullable),
    Member("runAsGroup", "RunAsGroup", Shape::Nullable),
    Member("runAsNonRoot", "RunAsNonRoot", Shape::Nullable),
    Member("readOnlyRootFilesystem", "ReadOnlyRootFilesystem", Shape::Nullable),
    Member("allowPrivilegeEscalation", "AllowPrivilegeEscalation", Shape::Nullable),
    Member("procMount", "ProcMount", Shape::Nullable),
    Member("seccompProfile", "SeccompProfile", Shape::Object(&PROFILE)),
    Member("appArmorProfile", "AppArmorProfile", Shape::Object(&PROFILE)),
];

const PROFILE: [Member; 2] =
    [Member("type", "Type", Shape::Text), Member("localhostProfile", "LocalhostProfile", Shape::Nullable)];

/// Checks a container's `securityContext`.
pub(super) fn container(context: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    ids(context, &["runAsUser", "runAsGroup"], errors);
    let proc_mount = context.field("procMount");
    errors.one_of(&proc_mount, &["Default", "Unmasked"]);
    if proc_mount.text() == "Unmasked" && spec.field("hostUsers").flag() != Some(false) {
        errors.invalid_text(&proc_mount, "`hostUsers` must be false to use `Unmasked`");
    }
    seccomp(&context.field("seccompProfile"), errors);
    if context.field("allowPrivilegeEscalation").flag() == Some(false) {
        if context.field("privileged").is_true() {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid(context, json::structure(context, &CONTAINER_CONTEXT), detail);
        }
        for capability in context.field("capabilities").field("add").items() {
            if capability.text() == "CAP_SYS_ADMIN" {
                let detail =
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
                errors.invalid(context, json::structure(context, &CONTAINER_CONTEXT), detail);
            }
        }
    }
    windows::options(&context.field("windowsOptions"), errors);
    apparmor(&context.field("appArmorProfile"), errors);
}

/// Checks the pod's `securityContext`.
pub(super) fn pod(spec: &At<'_>, errors: &mut Errors) {
    let context = spec.field("securityContext");
    ids(&context, &["fsGroup", "runAsUser", "runAsGroup"], errors);
    for group in context.field("supplementalGroups").items() {
        id(&group, errors);
    }
    // Kubernetes keeps these switches inside the context, and its messages say so.
    let share = spec.field("shareProcessNamespace");
    if share.is_true() && spec.field("hostPID").is_true() {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&context.named_at("shareProcessNamespace", &share), true, detail);
    }
    sysctls(&context.field("sysctls"), spec, errors);
    errors.one_of(&context.field("fsGroupChangePolicy"), &["Always", "OnRootMismatch"]);
    seccomp(&context.field("seccompProfile"), errors);
    windows::options(&context.field("windowsOptions"), errors);
    apparmor(&context.field("appArmorProfile"), errors);
    errors.one_of(&context.field("supplementalGroupsPolicy"), &["Merge", "Strict"]);
    errors.one_of(&context.field("seLinuxChangePolicy"), &["Recursive"]);
}

fn ids(context: &At<'_>, names: &[&'static str], errors: &mut Errors) {
    for name in names {
        id(&context.field(name), errors);
    }
}

fn id(at: &At<'_>, errors: &mut Errors) {
    if let Some(value) = at.int()
        && let Some(problem) = text::user_id(value)
    {
        errors.invalid(at, value, problem);
    }
}

fn seccomp(profile: &At<'_>, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    let kind = profile.field("type");
    match kind.text() {
        "" => errors.required(&kind, "type is required when seccompProfile is set"),
        _ => errors.one_of(&kind, &PROFILE_TYPES),
    }
    let local = profile.field("localhostProfile");
    if kind.text() == "Localhost" {
        if local.is_set() {
            errors.passes(&local, text::descending_path);
        } else {
            errors.required(&local, "must be set when seccomp type is Localhost");
        }
    } else if local.is_set() {
        let shown = json::structure(profile, &PROFILE);
        errors.invalid(&local, shown, "can only be set when seccomp type is Localhost");
    }
}

/// The longest path that Linux takes, without its end mark.
const PATH_LIMIT: usize = 4095;

fn apparmor(profile: &At<'_>, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    let (kind, local) = (profile.field("type"), profile.field("localhostProfile"));
    match kind.text() {
        "" => errors.required(&kind, "type is required when appArmorProfile is set"),
        "Localhost" => {
            let needed = "must be set when AppArmor type is Localhost";
            if local.is_set() && local.text().trim() != local.text() {
                errors.invalid_text(&local, "must not be padded with whitespace");
            } else if local.text().is_empty() {
                errors.required(&local, needed);
            }
            if local.text().len() > PATH_LIMIT {
                errors.too_long(&local, PATH_LIMIT);
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            if local.is_set() {
                errors.invalid_text(&local, "can only be set when AppArmor type is Localhost");
            }
        }
        _ => errors.one_of(&kind, &PROFILE_TYPES),
    }
}

fn sysctls(list: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    for sysctl in list.items() {
        let at = sysctl.field("name");
        let name = at.text();
        if name.is_empty() {
            errors.required(&at, "");
        } else if !text::is_sysctl(name) {
            errors.invalid_text(&at, "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
        } else if names.contains(name) {
            errors.duplicate(&at, name);
        }
        names.insert(name);
        let dotted = name.replace('/', ".");
        if spec.field("hostNetwork").is_true() && dotted.starts_with("net.") {
            errors.invalid_text(&at, "may not be specified when 'hostNetwork' is true");
        } else if spec.field("hostIPC").is_true() && is_ipc(&dotted) {
            errors.invalid_text(&at, "may not be specified when 'hostIPC' is true");
        }
    }
}

fn is_ipc(name: &str) -> bool {
    name == "kernel.sem"
        || ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|prefix| name.starts_with(prefix))
}
