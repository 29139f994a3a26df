//! Rules for where a pod may be scheduled: affinity and spread. A static pod is not scheduled, but must follow them all the same.

use super::{At, Errors, selector, text};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Checks `affinity`.
pub(super) fn check(affinity: &At<'_>, errors: &mut Errors) {
    let nodes = affinity.field("nodeAffinity");
    let required = nodes.field(REQUIRED);
    if required.is_set() {
        let terms = required.field("nodeSelectorTerms");
        if terms.is_empty() {
            errors.required(&terms, "must have at least one node selector term");
        }
        for term in terms.items() {
            selector::node_term(&term, true, errors);
        }
    }
    for term in nodes.field(PREFERRED).items() {
        weight(&term, errors);
        selector::node_term(&term.field("preference"), false, errors);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.field(kind);
        for term in pods.field(REQUIRED).items() {
            pod_term(&term, errors);
        }
        for term in pods.field(PREFERRED).items() {
            weight(&term, errors);
            pod_term(&term.field("podAffinityTerm"), errors);
        }
    }
}

fn weight(term: &At<'_>, errors: &mut Errors) {
    let weight = term.field("weight");
    let value = weight.int().unwrap_or(0);
    if !(1..=100).contains(&value) {
        errors.invalid(&weight, value, "must be in the range 1-100");
    }
}

fn pod_term(term: &At<'_>, errors: &mut Errors) {
    selector::labels(&term.field("labelSelector"), errors);
    selector::labels(&term.field("namespaceSelector"), errors);
    for name in term.field("namespaces").items() {
        for problem in text::dns_label(name.text()) {
            errors.invalid(&term.named_at("namespace", &name), name.text(), problem);
        }
    }
    label_keys(term, errors);
    let topology = term.field("topologyKey");
    if topology.text().is_empty() {
        errors.required(&topology, "can not be empty");
    }
    errors.passes(&topology, text::qualified_name);
}

/// `matchLabelKeys` and `mismatchLabelKeys`: well formed, and each key in one place only.
fn label_keys(term: &At<'_>, errors: &mut Errors) {
    let selector = term.field("labelSelector");
    let (matching, mismatching) = (term.field("matchLabelKeys"), term.field("mismatchLabelKeys"));
    for list in [&matching, &mismatching] {
        well_formed(list, &selector, errors);
    }
    not_selected_twice(term, &matching, &selector, errors);
    for key in matching.items() {
        if mismatching.items().any(|other| other.text() == key.text()) {
            errors.invalid_text(&key, "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
}

fn well_formed(keys: &At<'_>, selector: &At<'_>, errors: &mut Errors) {
    if !keys.is_empty() && !selector.is_set() {
        errors.forbidden(keys, "must not be specified when labelSelector is not set");
        return;
    }
    for key in keys.items() {
        errors.passes(&key, text::qualified_name);
    }
}

/// The API server adds an expression for each key, so one expression with the key is fine, and a second is not.
fn not_selected_twice(term: &At<'_>, keys: &At<'_>, selector: &At<'_>, errors: &mut Errors) {
    let mut selected: Vec<&str> =
        selector.field("matchLabels").entries().iter().map(|(key, _)| *key).collect();
    for expression in selector.field("matchExpressions").items() {
        let key = expression.field("key").text();
        let place = keys.items().enumerate().filter(|(_, item)| item.text() == key).last();
        if let Some((index, item)) = place.filter(|_| selected.contains(&key)) {
            // Kubernetes reports the index on the term itself.
            errors.invalid(
                &term.index_at(index, &item),
                key,
                "exists in both matchLabelKeys and labelSelector",
            );
        }
        selected.push(key);
    }
}

/// Checks `topologySpreadConstraints`.
pub(super) fn spread(constraints: &At<'_>, errors: &mut Errors) {
    let all: Vec<At<'_>> = constraints.items().collect();
    for (index, constraint) in all.iter().enumerate() {
        let skew = constraint.field("maxSkew");
        let value = skew.int().unwrap_or(0);
        if value <= 0 {
            errors.invalid(&skew, value, text::POSITIVE);
        }
        let key = constraint.field("topologyKey");
        if key.text().is_empty() {
            errors.required(&key, "can not be empty");
        }
        let action = constraint.field("whenUnsatisfiable");
        let choices = ["DoNotSchedule", "ScheduleAnyway"];
        if !choices.contains(&action.text()) {
            errors.not_supported(&action, action.text(), &choices);
        }
        let same = |other: &At<'_>| {
            other.field("topologyKey").text() == key.text()
                && other.field("whenUnsatisfiable").text() == action.text()
        };
        if all.iter().skip(index + 1).any(same) {
            let shown = format!("{{{}, {}}}", key.text(), action.text());
            errors.duplicate(&constraint.named("{topologyKey, whenUnsatisfiable}"), &*shown);
        }
        min_domains(constraint, action.text(), errors);
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            errors.one_of(&constraint.field(policy), &["Honor", "Ignore"]);
        }
        let (keys, labels) = (constraint.field("matchLabelKeys"), constraint.field("labelSelector"));
        well_formed(&keys, &labels, errors);
        not_selected_twice(constraint, &keys, &labels, errors);
        selector::labels(&labels, errors);
    }
}

fn min_domains(constraint: &At<'_>, action: &str, errors: &mut Errors) {
    let domains = constraint.field("minDomains");
    let Some(value) = domains.int() else { return };
    if value <= 0 {
        errors.invalid(&domains, value, text::POSITIVE);
    }
    if action != "DoNotSchedule" {
        let detail = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
        errors.invalid(&domains, value, detail);
    }
}
