//! Rules for requests and limits: names, amounts, and how they fit each other.

use std::collections::BTreeSet;

use super::{At, Errors, text};
use crate::manifest::quantity::Quantity;

/// Names that Kubernetes itself gives to resources.
const STANDARD: [&str; 20] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Those of them that are counted.
const COUNTED: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

fn is_huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && text::qualified_name(&format!("requests.{name}")).is_empty()
}

/// A resource of which more may be promised than there is.
fn is_overcommitable(name: &str) -> bool {
    is_native(name) && !is_huge_pages(name)
}

/// Checks a container's resources.
pub(super) fn container(resources: &At<'_>, claims: &BTreeSet<&str>, errors: &mut Errors) {
    check(resources, container_name, errors);
    claim_names(&resources.field("claims"), claims, errors);
}

/// Checks limits alone, as `overhead` is checked.
pub(super) fn overhead(overhead: &At<'_>, errors: &mut Errors) {
    let limits = overhead.named_at("limits", overhead);
    for (name, limit) in limits.entries() {
        container_name(&limit, name, errors);
        amount(&limit, name, errors);
    }
}

/// Checks requests and limits, whose names must fit `name_rule`.
pub(super) fn check(resources: &At<'_>, name_rule: impl Fn(&At<'_>, &str, &mut Errors), errors: &mut Errors) {
    let (limits, requests) = (resources.field("limits"), resources.field("requests"));
    for (name, limit) in limits.entries() {
        name_rule(&limit, name, errors);
        amount(&limit, name, errors);
        huge_pages(&limit, name, errors);
    }
    for (name, request) in requests.entries() {
        name_rule(&request, name, errors);
        amount(&request, name, errors);
        within_limit(&request, name, &requests, &limits, errors);
        huge_pages(&request, name, errors);
    }
    let has = |fits: fn(&str) -> bool| {
        [&limits, &requests].iter().any(|list| list.entries().iter().any(|(name, _)| fits(name)))
    };
    if has(is_huge_pages) && !has(|name| name == "cpu" || name == "memory") {
        errors.forbidden(resources, "HugePages require cpu or memory");
    }
}

fn within_limit(request: &At<'_>, name: &str, requests: &At<'_>, limits: &At<'_>, errors: &mut Errors) {
    let Some(value) = request.quantity() else { return };
    let limit =
        limits.entries().into_iter().find(|(other, _)| *other == name).and_then(|(_, at)| at.quantity());
    let place = requests.at_entry(request);
    match limit {
        Some(limit) if value != limit && !is_overcommitable(name) => {
            errors.invalid(&place, &*value.to_string(), format!("must be equal to {name} limit of {limit}"));
        }
        Some(limit) if value > limit => {
            errors.invalid(
                &place,
                &*value.to_string(),
                format!("must be less than or equal to {name} limit of {limit}"),
            );
        }
        None if !is_overcommitable(name) => {
            errors.required(limits, "Limit must be set for non overcommitable resources");
        }
        Some(_) | None => {}
    }
}

/// A name that stands for a resource anywhere. Says whether it does.
pub(super) fn resource_name(at: &At<'_>, name: &str, errors: &mut Errors) -> bool {
    let before = errors.count();
    for problem in text::qualified_name(name) {
        errors.invalid(at, name, problem);
    }
    if errors.count() == before && !name.contains('/') && !STANDARD.contains(&name) && !is_huge_pages(name) {
        errors.invalid(at, name, "must be a standard resource type or fully qualified");
    }
    errors.count() == before
}

fn container_name(at: &At<'_>, name: &str, errors: &mut Errors) {
    resource_name(at, name, errors);
    if !name.contains('/') {
        if !["cpu", "memory", "ephemeral-storage"].contains(&name) && !is_huge_pages(name) {
            errors.invalid(at, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(at, name, "doesn't follow extended resource name standard");
    }
}

/// Not negative, and whole when the resource is counted.
pub(super) fn amount(at: &At<'_>, name: &str, errors: &mut Errors) {
    let Some(value) = at.quantity() else { return };
    let shown = value.to_string();
    if value.is_negative() {
        errors.invalid(at, &*shown, text::NOT_NEGATIVE);
    }
    if (COUNTED.contains(&name) || is_extended(name)) && !value.round_up_to_millis().is_integer() {
        errors.invalid(at, &*shown, "must be an integer");
    }
}

fn huge_pages(at: &At<'_>, name: &str, errors: &mut Errors) {
    let (Some(size), Some(value)) = (name.strip_prefix("hugepages-"), at.quantity()) else { return };
    let divides = Quantity::parse(size)
        .is_ok_and(|size| size > Quantity::ZERO && size.is_integer() && value.value() % size.value() == 0);
    if !divides {
        let detail = format!("{value} is not positive integer multiple of {name}");
        errors.invalid(at, &*value.to_string(), detail);
    }
}

/// Each claim must be one of the pod's, and be named once.
pub(super) fn claim_names(list: &At<'_>, known: &BTreeSet<&str>, errors: &mut Errors) {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for claim in list.items() {
        let (name, request) = (claim.field("name").text(), claim.field("request"));
        if name.is_empty() {
            errors.required(&claim, "");
            continue;
        }
        if names.contains(name) {
            errors.duplicate(&claim, name);
        } else {
            let mut key = name.to_owned();
            if !request.text().is_empty() {
                errors.passes(&request, text::dns_label);
                key = format!("{name}/{}", request.text());
            }
            let overlaps =
                names.iter().filter(|other| other.split_once('/').is_some_and(|(of, _)| of == name)).count();
            if names.contains(&key) {
                errors.duplicate(&claim, &*key);
            } else if request.text().is_empty() {
                (0..overlaps).for_each(|_| errors.duplicate(&claim, name));
            }
            names.insert(key);
        }
        if !known.contains(name) {
            let all: Vec<&str> = known.iter().copied().collect();
            let rest =
                if all.is_empty() { " which is empty".to_owned() } else { format!(": {}", all.join(", ")) };
            errors.not_found_because(
                &claim,
                name,
                format!("must be one of the names in pod.spec.resourceClaims{rest}"),
            );
        }
    }
}
