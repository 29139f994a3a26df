//! Rules for the resources of a pod as a whole.

use std::collections::BTreeSet;

use super::{At, Errors, resources};
use crate::manifest::{
    defaults::{aggregate_resources, is_pod_level_resource},
    quantity::Quantity,
};

/// Checks `spec.resources`.
pub(super) fn check(spec: &At<'_>, claims: &BTreeSet<&str>, errors: &mut Errors) {
    let own = spec.field("resources");
    if !own.is_set() {
        return;
    }
    if spec.field("os").field("name").text() == "windows" {
        errors.forbidden(&own, "may not be set for a windows pod");
        return;
    }
    let of_claims = own.field("claims");
    if of_claims.is_set() {
        errors.forbidden(&of_claims, "claims may not be set for Resources at pod-level");
    }
    resources::check(&own, name, errors);
    resources::claim_names(&of_claims, claims, errors);
    consistency(spec, &own, errors);
}

fn name(at: &At<'_>, name: &str, errors: &mut Errors) {
    if resources::resource_name(at, name, errors) && !is_pod_level_resource(name) {
        errors.not_supported(at, name, &["cpu", "hugepages-", "memory"]);
    }
}

/// The pod must ask for at least what its containers ask for together, and no container may have more than the pod.
fn consistency(spec: &At<'_>, own: &At<'_>, errors: &mut Errors) {
    let Some(node) = spec.node() else { return };
    for kind in ["requests", "limits"] {
        let written = own.field(kind);
        for (name, needed) in aggregate_resources(node, kind) {
            let has = own_amount(&written, &name);
            let concerned = match kind {
                "requests" => is_pod_level_resource(&name),
                _ => name.starts_with("hugepages-") && has.is_some(),
            };
            let has = has.unwrap_or(Quantity::ZERO);
            if concerned && needed > has {
                let detail =
                    format!("must be greater than or equal to aggregate container {kind} of {needed}");
                errors.invalid_key(&written, &name, &has.to_string(), detail);
            }
        }
    }
    let limits = own.field("limits");
    for (index, container) in spec.field("containers").items().enumerate() {
        for (name, limit) in container.field("resources").field("limits").entries() {
            let (Some(most), Some(value)) = (own_amount(&limits, name), limit.quantity()) else { continue };
            if value > most {
                let place =
                    own.named("containers").index_at(index, &limit).key(name).named_at("limits", &limit);
                let detail = format!("must be less than or equal to pod limits of {most}");
                errors.invalid(&place, &*value.to_string(), detail);
            }
        }
    }
}

fn own_amount(list: &At<'_>, name: &str) -> Option<Quantity> {
    list.entries().into_iter().find(|(key, _)| *key == name).and_then(|(_, at)| at.quantity())
}
