//! Rules for containers of all three kinds. What they have in common comes first, then what differs.

use std::collections::BTreeSet;

use super::{At, Errors, env, mounts, ports, probe, resources, restart, security, text, volume::Volumes};

/// What the rules for containers need to know of the pod around them.
pub(super) struct Around<'a> {
    /// The pod's spec.
    pub(super) spec: At<'a>,
    /// The volumes that are well formed.
    pub(super) volumes: Volumes<'a>,
    /// The names of the pod's resource claims.
    pub(super) claims: BTreeSet<&'a str>,
}

impl Around<'_> {
    /// `terminationGracePeriodSeconds`.
    fn grace(&self) -> i64 {
        self.spec.field("terminationGracePeriodSeconds").int().unwrap_or_default()
    }
}

const NOT_FOR_INIT: &str = "may not be set for init containers without restartPolicy=Always";
const NOT_FOR_EPHEMERAL: &str = "cannot be set for an Ephemeral Container";
const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// Checks `containers`.
pub(super) fn regular(around: &Around<'_>, errors: &mut Errors) {
    let list = around.spec.field("containers");
    if list.is_empty() {
        errors.required(&list, "");
        return;
    }
    let mut names = BTreeSet::new();
    for container in list.items() {
        common(&container, around, errors);
        let name = container.field("name");
        if !names.insert(name.text()) {
            errors.duplicate(&name, name.text());
        }
        probe::all(&container, &around.spec, around.grace(), errors);
        restart::check(&container, errors);
    }
    ports::conflicts(&list, errors);
}

/// Checks `initContainers`.
pub(super) fn init(around: &Around<'_>, errors: &mut Errors) {
    let list = around.spec.field("initContainers");
    let containers = around.spec.field("containers");
    let mut names = crate::sort::set(containers.items().map(|container| container.field("name").text()));
    for container in list.items() {
        common(&container, around, errors);
        restart::check(&container, errors);
        let sidecar = container.field("restartPolicy").text() == "Always";
        let name = container.field("name");
        if names.contains(name.text()) {
            errors.duplicate(&name, name.text());
        } else if !name.text().is_empty() {
            names.insert(name.text());
        }
        ports::conflicts_within(&list, &container, errors);
        if sidecar {
            probe::all(&container, &around.spec, around.grace(), errors);
        } else {
            for field in ["lifecycle"].iter().chain(&PROBES).map(|name| container.field(name)) {
                if field.is_set() {
                    errors.forbidden(&field, NOT_FOR_INIT);
                }
            }
            restart::init_resize(&container, errors);
        }
    }
}

/// Checks `ephemeralContainers`, which a static pod may not have anyway.
pub(super) fn ephemeral(around: &Around<'_>, errors: &mut Errors) {
    let name_of = |container: At<'_>| container.field("name").text().to_owned();
    let others = ["containers", "initContainers"]
        .iter()
        .flat_map(|list| around.spec.field(list).items().map(name_of).collect::<Vec<_>>());
    let others = crate::sort::set(others);
    let mut names = others.clone();
    for container in around.spec.field("ephemeralContainers").items() {
        common(&container, around, errors);
        image_padding(&container, errors);
        let name = container.field("name");
        if !names.insert(name.text().to_owned()) {
            errors.duplicate(&name, name.text());
        }
        let target = container.field("targetContainerName");
        if !target.text().is_empty() && !others.contains(target.text()) {
            errors.not_found(&target, target.text());
        }
        ephemeral_forbidden(&container, errors);
    }
}

/// Fields that an ephemeral container may not have, in the order of Go's structure. A list counts when it has items, resources when
/// they say something, the others when they are there.
const FORBIDDEN: [&str; 9] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

fn ephemeral_forbidden(container: &At<'_>, errors: &mut Errors) {
    for name in FORBIDDEN {
        let field = container.field(name);
        let counts = match name {
            "resources" => ["limits", "requests", "claims"].iter().any(|name| !field.field(name).is_empty()),
            "ports" | "resizePolicy" | "restartPolicyRules" => !field.is_empty(),
            _ => field.is_set(),
        };
        if counts {
            errors.forbidden(&field, NOT_FOR_EPHEMERAL);
        }
    }
    for mount in container.field("volumeMounts").items() {
        for field in ["subPath", "subPathExpr"].map(|name| mount.field(name)) {
            if !field.text().is_empty() {
                errors.forbidden(&field, NOT_FOR_EPHEMERAL);
            }
        }
    }
}

/// The image must not be padded. Only pods are checked for it, not the templates of pods.
pub(super) fn image_padding(container: &At<'_>, errors: &mut Errors) {
    let image = container.field("image");
    if image.text().trim().len() != image.text().len() {
        errors.invalid_text(&image, "must not have leading or trailing whitespace");
    }
}

fn common(container: &At<'_>, around: &Around<'_>, errors: &mut Errors) {
    let name = container.field("name");
    if errors.need_text(&name) {
        errors.passes(&name, text::dns_label);
    }
    errors.need_text(&container.field("image"));
    let message = container.field("terminationMessagePolicy");
    errors.one_of(&message, &["File", "FallbackToLogsOnError"]);
    ports::check(&container.field("ports"), errors);
    env::check(container, errors);
    mounts::check(container, &around.volumes, errors);
    errors.one_of(&container.field("imagePullPolicy"), &["Always", "IfNotPresent", "Never"]);
    resources::container(&container.field("resources"), &around.claims, errors);
    restart::resize(container, around.spec.field("restartPolicy").text(), errors);
    security::container(&container.field("securityContext"), &around.spec, errors);
}
