//! Defaults of resources: requests follow limits, the pod's own follow its containers', and all are written canonically.

use std::collections::BTreeMap;

use super::{Node, Value, each, within};
use crate::manifest::quantity::Quantity;

type Amounts = BTreeMap<String, Quantity>;

/// A limit without a request of the same name is the request too.
pub(super) fn requests_from_limits(spec: &mut Node) {
    for list in ["containers", "initContainers"] {
        each(spec, list, |container| {
            within(container, "resources", |resources| {
                let limits = resources.get("limits").map_or_else(Vec::new, |limits| limits.fields().to_vec());
                for limit in limits {
                    resources.edit("requests", |requests| {
                        if requests.get(&limit.key).is_none() {
                            requests.edit(&limit.key, |request| *request = limit.node);
                        }
                    });
                }
            });
        });
    }
}

/// Resources of the pod as a whole: huge page limits come from the containers, requests from the containers, else from the limits.
pub(super) fn pod_level(spec: &mut Node) {
    let Some(own) = spec.get("resources").filter(|node| node.value != Value::Null) else { return };
    let limits = own.get("limits").map(amounts).unwrap_or_default();
    let requests = own.get("requests").map(amounts).unwrap_or_default();
    if limits.is_empty() && requests.is_empty() {
        return;
    }
    let huge: Vec<_> = aggregate(spec, "limits")
        .into_iter()
        .filter(|(name, _)| name.starts_with("hugepages-") && !limits.contains_key(name))
        .filter(|(name, _)| !requests.contains_key(name))
        .collect();
    let from_containers = aggregate(spec, "requests");
    // Huge pages are never more than promised: the request is the limit.
    let from_containers = from_containers.into_iter().filter(|(name, _)| !name.starts_with("hugepages-"));
    spec.edit("resources", |own| {
        for (name, amount) in huge {
            own.edit("limits", |limits| limits.set(&name, Value::String(amount.to_string().into())));
        }
        let limits = own.get("limits").map(amounts).unwrap_or_default();
        for (name, amount) in from_containers.chain(limits).filter(|(name, _)| is_pod_level(name)) {
            own.edit("requests", |requests| {
                if requests.get(&name).is_none() {
                    requests.set(&name, Value::String(amount.to_string().into()));
                }
            });
        }
    });
}

/// What may be asked for by a pod as a whole.
pub(in crate::manifest) fn is_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

/// What all containers together ask for at a time: the sum of those that run together, or the most that an init container needs.
pub(in crate::manifest) fn aggregate(spec: &Node, kind: &str) -> BTreeMap<String, Quantity> {
    let mut total = Amounts::new();
    for container in spec.get("containers").map_or(&[][..], Node::items) {
        add(&mut total, &of(container, kind));
    }
    let mut sidecars = Amounts::new();
    let mut highest = Amounts::new();
    for container in spec.get("initContainers").map_or(&[][..], Node::items) {
        let mut needed = of(container, kind);
        if container.get("restartPolicy").and_then(Node::as_str) == Some("Always") {
            add(&mut total, &needed);
            add(&mut sidecars, &needed);
            needed.clone_from(&sidecars);
        } else {
            add(&mut needed, &sidecars);
        }
        raise(&mut highest, &needed);
    }
    raise(&mut total, &highest);
    total
}

fn of(container: &Node, kind: &str) -> Amounts {
    container.get("resources").and_then(|resources| resources.get(kind)).map(amounts).unwrap_or_default()
}

fn amounts(list: &Node) -> Amounts {
    list.fields()
        .iter()
        .filter_map(|field| Some((field.key.to_string(), Quantity::of(&field.node)?)))
        .collect()
}

fn add(total: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        total.entry(name.clone()).and_modify(|sum| *sum = sum.plus(*amount)).or_insert(*amount);
    }
}

fn raise(highest: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        highest.entry(name.clone()).and_modify(|most| *most = (*most).max(*amount)).or_insert(*amount);
    }
}

/// Requests and limits, rounded up to thousandths and printed canonically.
pub(super) fn canonical(resources: &mut Node) {
    within(resources, "limits", round_up);
    within(resources, "requests", round_up);
}

/// The same for one list of resources.
pub(super) fn round_up(list: &mut Node) {
    if let Value::Map(fields) = &mut list.value {
        for field in fields {
            rewrite(&mut field.node, Quantity::round_up_to_millis);
        }
    }
}

/// One quantity, printed canonically.
pub(super) fn canonical_quantity(node: &mut Node) {
    rewrite(node, |amount| amount);
}

fn rewrite(node: &mut Node, change: impl FnOnce(Quantity) -> Quantity) {
    if let Some(amount) = Quantity::of(node) {
        node.value = Value::String(change(amount).to_string().into());
    }
}
