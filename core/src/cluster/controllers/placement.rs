//! Whether a pod may be on a node: labels, affinity, taints.

use serde_json::Value;

use crate::cluster::{Object, Selector, meta};

/// Whether a node's taints let a pod be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    /// It is cordoned.
    Unschedulable,
    /// It has this taint.
    Tainted(String),
}

/// Whether `nodeSelector` and the required node affinity of a spec take a node.
pub(super) fn fits_labels(spec: &Value, node: &Object) -> bool {
    if let Some(name) = spec.get("nodeName").and_then(Value::as_str).filter(|name| !name.is_empty())
        && *name != *node.meta.name
    {
        return false;
    }
    let labels = &node.meta.labels;
    let selected = spec.get("nodeSelector").and_then(Value::as_object).into_iter().flatten();
    let mut selected = selected.map(|(key, value)| meta::get(labels, key).map(|it| &**it) == value.as_str());
    let terms = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let term = |term: &Value| {
        let part = |field: &str| term.get(field).filter(|it| it.as_array().is_some_and(|it| !it.is_empty()));
        let labelled = part("matchExpressions").map(|it| Selector::of_expressions(it).matches(labels));
        let named = part("matchFields").map(|it| {
            Selector::of_expressions(it).holds(|key| (key == "metadata.name").then_some(&*node.meta.name))
        });
        (labelled.is_some() || named.is_some()) && labelled != Some(false) && named != Some(false)
    };
    selected.all(|fits| fits)
        && spec.pointer(terms).and_then(Value::as_array).is_none_or(|terms| terms.iter().any(term))
}

/// What a pod tolerates.
#[derive(Clone, Debug)]
pub(super) struct Tolerations(Vec<Value>);

impl Tolerations {
    pub(super) fn of(spec: &Value) -> Self {
        Self::with(spec, &[])
    }

    pub(super) fn with(spec: &Value, extra: &[Value]) -> Self {
        let own = spec.get("tolerations").and_then(Value::as_array).cloned().unwrap_or_default();
        Self(own.into_iter().chain(extra.iter().cloned()).collect())
    }

    /// Whether it may be put on a node.
    pub(super) fn of_node(&self, node: &Object) -> Fit {
        let unschedulable = node.at("/spec/unschedulable") == &Value::Bool(true);
        if unschedulable && self.to("node.kubernetes.io/unschedulable", "", "NoSchedule") == Patience::None {
            return Fit::Unschedulable;
        }
        let bad = taints(node).find(|(key, value, effect)| {
            matches!(*effect, "NoSchedule" | "NoExecute") && self.to(key, value, effect) == Patience::None
        });
        bad.map_or(Fit::Yes, |(key, value, _)| Fit::Tainted(format!("{{{key}: {value}}}")))
    }

    /// Whether it may stay on a node.
    pub(super) fn keeps(&self, node: &Object) -> bool {
        taints(node).all(|(key, value, effect)| {
            effect != "NoExecute" || self.to(key, value, effect) != Patience::None
        })
    }

    /// How long it bears a taint.
    pub(super) fn to(&self, key: &str, value: &str, effect: &str) -> Patience {
        let mut patience = Patience::None;
        for toleration in &self.0 {
            let text = |field: &str| toleration.get(field).and_then(Value::as_str).unwrap_or_default();
            let named = text("key").is_empty() || text("key") == key;
            let valued = text("operator") == "Exists" || text("value") == value;
            let effective = text("effect").is_empty() || text("effect") == effect;
            if named && valued && effective {
                let seconds = toleration.get("tolerationSeconds").and_then(Value::as_u64);
                patience = match (patience, seconds) {
                    (Patience::None, None) => Patience::ForEver,
                    (known, None) => known,
                    (Patience::Seconds(known), Some(seconds)) => Patience::Seconds(seconds.min(known)),
                    (Patience::None | Patience::ForEver, Some(seconds)) => Patience::Seconds(seconds),
                };
            }
        }
        patience
    }
}

/// How long a pod bears a taint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    None,
    Seconds(u64),
    ForEver,
}

/// A node's taints: key, value, effect.
pub(super) fn taints(node: &Object) -> impl Iterator<Item = (&str, &str, &str)> {
    node.at("/spec/taints").as_array().into_iter().flatten().map(|taint| {
        let text = |field: &str| taint.get(field).and_then(Value::as_str).unwrap_or_default();
        (text("key"), text("value"), text("effect"))
    })
}
