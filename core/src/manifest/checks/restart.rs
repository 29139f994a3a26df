//! Rules for when a container starts again, and for what changing its resources does.

use std::collections::BTreeSet;

use super::{At, Errors};

const MOST_RULES: usize = 20;
const MOST_EXIT_CODES: usize = 255;

/// Checks `restartPolicy` and `restartPolicyRules` of a container.
pub(super) fn check(container: &At<'_>, errors: &mut Errors) {
    let (policy, rules) = (container.field("restartPolicy"), container.field("restartPolicyRules"));
    errors.one_of(&policy, &["Always", "Never", "OnFailure"]);
    if !policy.is_set() && !rules.is_empty() {
        errors.required(&policy, "must specify restartPolicy when restart rules are used");
    }
    if rules.len() > MOST_RULES {
        errors.too_many(&rules, rules.len(), MOST_RULES);
    }
    for rule in rules.items() {
        let action = rule.field("action");
        let actions = ["Restart", "RestartAllContainers"];
        if !actions.contains(&action.text()) {
            errors.not_supported(&action, action.text(), &actions);
        }
        let codes = rule.field("exitCodes");
        if !codes.is_set() {
            errors.required(&codes, "must be specified");
            continue;
        }
        let operator = codes.field("operator");
        if !["In", "NotIn"].contains(&operator.text()) {
            errors.not_supported(&operator, operator.text(), &["In", "NotIn"]);
        }
        let values = codes.field("values");
        if values.len() > MOST_EXIT_CODES {
            errors.too_many(&values, values.len(), MOST_EXIT_CODES);
        }
    }
}

/// Checks `resizePolicy`. Kubernetes reports most of it at the list.
pub(super) fn resize(container: &At<'_>, pod_policy: &str, errors: &mut Errors) {
    let list = container.field("resizePolicy");
    let mut names = BTreeSet::new();
    for item in list.items() {
        let (name, policy) = (item.field("resourceName"), item.field("restartPolicy"));
        if !names.insert(name.text()) {
            errors.duplicate(&item, name.text());
        }
        for (field, choices) in [(&name, ["cpu", "memory"]), (&policy, ["NotRequired", "RestartContainer"])] {
            let place = list.at_entry(field);
            if errors.need_text(&place) {
                errors.one_of(&place, &choices);
            }
        }
        if pod_policy == "Never" && policy.text() != "NotRequired" {
            let detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
            errors.invalid(&list.at_entry(&policy), policy.text(), detail);
        }
    }
}

/// An init container that ends cannot be restarted for its resources.
pub(super) fn init_resize(container: &At<'_>, errors: &mut Errors) {
    for item in container.field("resizePolicy").items() {
        let policy = item.field("restartPolicy");
        if policy.text() == "RestartContainer" {
            errors.invalid_text(
                &policy,
                "must not be set to 'RestartContainer' for non-sidecar initContainers",
            );
        }
    }
}
