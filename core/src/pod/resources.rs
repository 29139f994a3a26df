//! A container's share of the machine, and the class of service that follows from it.
//!
//! Follows `pkg/apis/core/v1/helper/qos/qos.go`.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    contract::{OutOfMemory, Resources},
    manifest::{Container, Pod, quantity::Quantity},
};

fn quantity(of: &[(Arc<str>, Arc<str>)], name: &str) -> Option<Quantity> {
    of.iter().find(|(known, _)| &**known == name).and_then(|(_, text)| Quantity::parse(text).ok())
}

fn amount(value: i64) -> Option<u64> {
    u64::try_from(value).ok().filter(|value| *value > 0)
}

/// What a container of a pod may use.
#[must_use]
pub fn of(pod: &Pod, container: &Container) -> Resources {
    Resources {
        cpu_request: quantity(&container.requests, "cpu").and_then(|q| amount(q.millis())),
        cpu_limit: quantity(&container.limits, "cpu").and_then(|q| amount(q.millis())),
        memory_limit: quantity(&container.limits, "memory").and_then(|q| amount(q.value())),
        out_of_memory: out_of_memory(pod, container),
    }
}

/// Follows `pkg/kubelet/qos/policy.go`.
fn out_of_memory(pod: &Pod, container: &Container) -> OutOfMemory {
    match qos_class(pod) {
        "Guaranteed" => OutOfMemory::Last,
        "BestEffort" => OutOfMemory::First,
        _ => {
            let requested = quantity(&container.requests, "memory").and_then(|q| amount(q.value()));
            OutOfMemory::Middle { requested: requested.unwrap_or(0) }
        }
    }
}

/// What the node's pods may use in sum.
type Allocatable = BTreeMap<Arc<str>, Arc<str>>;

/// A resource as a variable or a file shows it, such as `limits.cpu` in units of `divisor`, rounded up. Without a limit it is what the node
/// has to give; without a request nothing. `None` when there is no such resource.
#[must_use]
pub fn field(
    container: &Container,
    resource: &str,
    divisor: &str,
    allocatable: Option<&Allocatable>,
) -> Option<Arc<str>> {
    let (kind, name) = resource.split_once('.')?;
    let of_node = || Quantity::parse(allocatable?.get(name)?).ok();
    let quantity = match kind {
        "limits" => quantity(&container.limits, name).or_else(of_node),
        "requests" => quantity(&container.requests, name),
        _ => return None,
    };
    let Some(quantity) = quantity else { return Some("0".into()) };
    let unit = Quantity::parse(divisor).ok().map_or(0, Quantity::millis);
    let unit = if unit <= 0 { 1000 } else { unit };
    let amount = quantity.millis();
    Some((amount / unit + i64::from(amount % unit != 0)).to_string().into())
}

fn positive(of: &[(Arc<str>, Arc<str>)], name: &str) -> Option<Quantity> {
    quantity(of, name).filter(|quantity| quantity.millis() > 0)
}

/// Guaranteed, Burstable or `BestEffort`: by what the pod asks for as a whole when it does, else by its containers.
#[must_use]
pub fn qos_class(pod: &Pod) -> &'static str {
    const COUNTED: [&str; 2] = ["cpu", "memory"];
    let spec = &pod.spec;
    let containers = spec.containers.iter().chain(&spec.init_containers);
    let asked: Vec<_> = if spec.requests.is_empty() && spec.limits.is_empty() {
        containers.map(|container| (&container.requests, &container.limits)).collect()
    } else {
        vec![(&spec.requests, &spec.limits)]
    };
    let sets = |list: &[(Arc<str>, Arc<str>)]| COUNTED.iter().any(|name| positive(list, name).is_some());
    if !asked.iter().any(|(requests, limits)| sets(requests) || sets(limits)) {
        return "BestEffort";
    }
    let guaranteed = asked.iter().all(|(requests, limits)| {
        COUNTED.iter().all(|name| {
            let limit = positive(limits, name);
            limit.is_some() && positive(requests, name).map(Quantity::millis) == limit.map(Quantity::millis)
        })
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}
