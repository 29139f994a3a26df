//! Limit ranges and quotas of a namespace, as far as they concern pods.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{ApiServer, Kind, Object, PodSpecBody, Refusal, Selector};
use crate::{
    id::PodRef,
    manifest::{Pod, api, quantity::Quantity},
};

/// Whether the containers of a pod keep the limit ranges of its namespace.
pub(super) fn limits(server: &ApiServer, object: &Object) -> Result<(), Refusal> {
    let everything = Selector::default();
    let mut ranges = server.list(Kind::LimitRange, Some(&object.meta.namespace), &everything).peekable();
    if ranges.peek().is_none() {
        return Ok(());
    }
    let Some(pod) = typed(object) else { return Ok(()) };
    for range in ranges {
        for item in range.at("/spec/limits").as_array().into_iter().flatten() {
            if item.get("type").and_then(Value::as_str) == Some("Container") {
                pod.spec.containers.iter().try_for_each(|container| {
                    bound(item, "max", "maximum", &container.limits, "limit", |own, bound| own > bound)?;
                    bound(item, "min", "minimum", &container.requests, "request", |own, bound| own < bound)
                })?;
            }
        }
    }
    Ok(())
}

type Amounts = [(Arc<str>, Arc<str>)];

fn bound(
    item: &Value,
    field: &str,
    word: &str,
    own: &Amounts,
    what: &str,
    breaks: impl Fn(i64, i64) -> bool,
) -> Result<(), Refusal> {
    for (resource, bound) in item.get(field).and_then(Value::as_object).into_iter().flatten() {
        let bound = bound.as_str().map_or_else(|| bound.to_string(), str::to_owned);
        let found = own.iter().find(|(name, _)| **name == **resource).map(|(_, amount)| amount);
        let title = format!("{word} {resource} usage per Container is {bound}");
        match found {
            None => {
                let kind = if what == "limit" { "limit" } else { "request" };
                return Err(Refusal::Limit(format!("{title}.  No {kind} is specified")));
            }
            Some(amount) if breaks(millis(amount), millis(&bound)) => {
                return Err(Refusal::Limit(format!("{title}, but {what} is {amount}")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whether a pod fits into the quotas of its namespace.
pub(super) fn quotas(server: &ApiServer, object: &Object) -> Result<(), Refusal> {
    let everything = Selector::default();
    let space = &*object.meta.namespace;
    for quota in server.list(Kind::ResourceQuota, Some(space), &everything) {
        let asked = usage(object);
        let mut used: BTreeMap<&str, i64> = BTreeMap::new();
        for pod in server.list(Kind::Pod, Some(space), &everything) {
            if !pod.pod().is_some_and(super::PodBody::is_over) {
                for (name, amount) in usage(pod) {
                    *used.entry(name).or_default() += amount;
                }
            }
        }
        for (resource, hard) in quota.at("/spec/hard").as_object().into_iter().flatten() {
            let Some(name) = RESOURCES.iter().find(|(names, _)| names.contains(&resource.as_str())) else {
                continue;
            };
            let hard = hard.as_str().map_or_else(|| hard.to_string(), str::to_owned);
            let Some(wanted) = asked.get(name.1) else {
                let quota = quota.meta.name.to_string();
                let lacking = pod_without(object, name.1);
                return Err(Refusal::QuotaNeeds { quota, what: format!("{resource} for: {lacking}") });
            };
            let taken = used.get(name.1).copied().unwrap_or(0);
            if taken + wanted > millis(&hard) {
                let show = |amount: i64| format!("{resource}={}", shown(amount));
                return Err(Refusal::Quota {
                    quota: quota.meta.name.to_string(),
                    requested: show(*wanted),
                    used: show(taken),
                    limited: format!("{resource}={hard}"),
                });
            }
        }
    }
    Ok(())
}

/// What a quota calls a resource, and what it is counted as.
const RESOURCES: [(&[&str], &str); 5] = [
    (&["pods", "count/pods"], "pods"),
    (&["cpu", "requests.cpu"], "requests.cpu"),
    (&["memory", "requests.memory"], "requests.memory"),
    (&["limits.cpu"], "limits.cpu"),
    (&["limits.memory"], "limits.memory"),
];

/// What a pod takes of each, in thousandths; what a container does not say is missing.
fn usage(object: &Object) -> BTreeMap<&'static str, i64> {
    let mut all = BTreeMap::from([("pods", 1000)]);
    let Some(pod) = typed(object) else { return all };
    let sums = [
        ("requests.cpu", false, "cpu"),
        ("requests.memory", false, "memory"),
        ("limits.cpu", true, "cpu"),
        ("limits.memory", true, "memory"),
    ];
    for (key, limit, resource) in sums {
        let of = |container: &crate::manifest::Container| {
            let amounts = if limit { &container.limits } else { &container.requests };
            amounts.iter().find(|(name, _)| &**name == resource).map(|(_, amount)| millis(amount))
        };
        let sum: Option<i64> = pod.spec.containers.iter().map(of).sum();
        if let Some(sum) = sum {
            all.insert(key, sum);
        }
    }
    all
}

fn pod_without(object: &Object, key: &str) -> String {
    let Some(pod) = typed(object) else { return String::new() };
    let (limit, resource) = (key.starts_with("limits"), key.rsplit('.').next().unwrap_or_default());
    let lacks = |container: &&crate::manifest::Container| {
        let amounts = if limit { &container.limits } else { &container.requests };
        !amounts.iter().any(|(name, _)| &**name == resource)
    };
    let names = pod.spec.containers.iter().filter(lacks).map(|container| container.name.as_str());
    names.collect::<Vec<_>>().join(",")
}

/// The pod as a kubelet would have it.
pub(super) fn typed(object: &Object) -> Option<Arc<Pod>> {
    match &object.pod()?.spec {
        PodSpecBody::Static(pod) => Some(Arc::clone(pod)),
        PodSpecBody::Json(_) => {
            let id = PodRef::new(
                &*object.meta.uid,
                Arc::clone(&object.meta.namespace),
                Arc::clone(&object.meta.name),
            );
            api::bound(&object.to_json(), id).ok()
        }
    }
}

fn millis(text: &str) -> i64 {
    Quantity::parse(text).map_or(0, Quantity::millis)
}

fn shown(millis: i64) -> String {
    if millis % 1000 == 0 { (millis / 1000).to_string() } else { format!("{millis}m") }
}
