//! Rules about Windows: its options, its host processes, and what a pod of one system may not ask of the other.

use super::{At, Errors, all_containers, text};

/// Checks `windowsOptions`.
pub(super) fn options(options: &At<'_>, errors: &mut Errors) {
    let name = options.field("gmsaCredentialSpecName");
    if name.is_set() {
        errors.passes(&name, text::dns_subdomain);
    }
    let spec = options.field("gmsaCredentialSpec");
    if spec.is_set() && spec.text().is_empty() {
        errors.invalid_text(&spec, "gmsaCredentialSpec cannot be an empty string");
    } else if spec.text().len() > 64 << 10 {
        errors.invalid_text(&spec, "gmsaCredentialSpec size must be under 64 KiB");
    }
    let user = options.field("runAsUserName");
    if user.is_set() {
        errors.passes(&user, user_name);
    }
}

fn user_name(whole: &str) -> Vec<String> {
    let one = |problem: &str| vec![format!("runAsUserName {problem}")];
    if whole.is_empty() {
        return one("cannot be an empty string");
    }
    if whole.chars().any(|c| c.is_ascii_control()) {
        return one("cannot contain control characters");
    }
    let (domain, user) = match whole.split_once('\\') {
        Some((_, rest)) if rest.contains('\\') => return one("cannot contain more than one backslash"),
        Some((domain, user)) => (Some(domain), user),
        None => (None, whole),
    };
    let mut problems = Vec::new();
    let mut need = |fits: bool, problem: &str| {
        if !fits {
            problems.push(format!("runAsUserName's {problem}"));
        }
    };
    need(domain.is_none_or(|domain| domain.len() < 256), "Domain length must be under 256 characters");
    need(
        domain.is_none_or(|domain| is_net_bios(domain) || is_dns(domain)),
        "Domain doesn't match the NetBios nor the DNS format",
    );
    need(!user.is_empty(), "User cannot be empty");
    need(user.len() <= 104, "User length must not be longer than 104 characters");
    need(
        user.is_empty() || !user.chars().all(|c| c == '.' || c == ' '),
        "User cannot contain only periods or spaces",
    );
    need(
        !user.contains(|c| "\"/\\:;|=,+*?<>@[]".contains(c)),
        "User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
    );
    problems
}

fn is_net_bios(domain: &str) -> bool {
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && !domain.contains(|c| "\\/:*?\"<>|".contains(c))
}

fn is_dns(domain: &str) -> bool {
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// Checks that host processes stay among themselves.
pub(super) fn host_process(spec: &At<'_>, errors: &mut Errors) {
    let pod = setting(spec).flag();
    let containers = all_containers(spec);
    let mut count = 0;
    for container in &containers {
        let at = setting(container);
        let own = at.flag();
        if let (Some(pod), Some(own)) = (pod, own)
            && pod != own
        {
            let detail = format!("pod hostProcess value must be identical if both are specified, was {pod}");
            errors.invalid(&at, own, detail);
        }
        if own.or(pod) == Some(true) {
            count += 1;
        }
    }
    if count == 0 {
        return;
    }
    if count != containers.len() {
        let detail =
            "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        errors.invalid(spec, "", detail);
    }
    if !spec.field("hostNetwork").is_true() {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.invalid(&spec.field("hostNetwork"), false, detail);
    }
}

fn setting<'a>(at: &At<'a>) -> At<'a> {
    at.field("securityContext").field("windowsOptions").field("hostProcess")
}

const NOT_ON_WINDOWS: &str = "cannot be set for a windows pod";
const NOT_ON_LINUX: &str = "windows options cannot be set for a linux pod";

/// What a pod for Windows may not set; `true` when it is in the `securityContext`.
const POD_FIELDS: [(&str, bool); 15] = [
    ("appArmorProfile", true),
    ("seLinuxOptions", true),
    ("hostUsers", false),
    ("hostPID", false),
    ("hostIPC", false),
    ("seccompProfile", true),
    ("fsGroup", true),
    ("fsGroupChangePolicy", true),
    ("sysctls", true),
    ("shareProcessNamespace", false),
    ("runAsUser", true),
    ("runAsGroup", true),
    ("supplementalGroups", true),
    ("supplementalGroupsPolicy", true),
    ("seLinuxChangePolicy", true),
];

/// What its containers may not set in theirs.
const CONTAINER_FIELDS: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// Checks `os`, and what does not go with it.
pub(super) fn os(spec: &At<'_>, errors: &mut Errors) {
    let os = spec.field("os");
    if !os.is_set() {
        return;
    }
    let name = os.field("name").text();
    let context = spec.field("securityContext");
    match name {
        "" => errors.required(&os.field("name"), ""),
        "linux" => {
            let mut places = vec![context.field("windowsOptions")];
            places.extend(
                all_containers(spec).iter().map(|at| at.field("securityContext").field("windowsOptions")),
            );
            places.iter().filter(|at| at.is_set()).for_each(|at| errors.forbidden(at, NOT_ON_LINUX));
        }
        "windows" => {
            for (field, inside) in POD_FIELDS {
                let at = if inside { context.field(field) } else { spec.field(field) };
                // Switches that are off and lists without items are as if absent.
                let counts = match field {
                    "hostPID" | "hostIPC" => at.is_true(),
                    "sysctls" => !at.is_empty(),
                    _ => at.is_set(),
                };
                if counts {
                    errors.forbidden(&at, NOT_ON_WINDOWS);
                }
            }
            for container in all_containers(spec) {
                for at in CONTAINER_FIELDS.map(|field| container.field("securityContext").field(field)) {
                    if at.is_set() {
                        errors.forbidden(&at, NOT_ON_WINDOWS);
                    }
                }
            }
        }
        _ => errors.not_supported(&os, name, &["linux", "windows"]),
    }
}
