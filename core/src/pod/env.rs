//! A container's environment: fields of the pod, and `$(NAME)` in values, commands and arguments.
//!
//! Follows `third_party/forked/golang/expansion` and `kubelet_pods.go` (`makeEnvironmentVariables`).

use std::{collections::BTreeMap, sync::Arc};

use super::resources;
use crate::{
    id::ContainerName,
    manifest::{Container, EnvSource, Pod},
};

/// What the runtime decided about the pod, for variables that name it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The pod's address.
    pub pod_ip: Option<&'a Arc<str>>,
    /// The node's name.
    pub node: &'a str,
    /// When the node first saw the pod, as an annotation has it.
    pub seen: &'a str,
    /// The node's address, where its host knows one.
    pub host_ip: Option<&'a Arc<str>>,
    /// Whether the node confines the system calls of containers that say nothing.
    pub seccomp_default: bool,
    /// What the node's pods may use in sum: what a container without a limit is told as its limit.
    pub allocatable: Option<&'a BTreeMap<Arc<str>, Arc<str>>>,
}

/// Why a variable has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvError {
    /// The field is none that a variable can show.
    UnsupportedField(Arc<str>),
    /// The source is one that this node cannot read.
    UnsupportedSource {
        /// The variable.
        name: Arc<str>,
        /// Where its value should come from.
        source: &'static str,
    },
}

impl std::fmt::Display for EnvError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnsupportedField(path) => write!(f, "unsupported fieldPath: {path}"),
            Self::UnsupportedSource { name, source } => {
                write!(f, "environment variable {name}: values from {source} are not supported by this node")
            }
        }
    }
}

/// Names and values, in order.
pub type Vars = Vec<(Arc<str>, Arc<str>)>;

/// The variables of a container, in order; a later value wins.
///
/// # Errors
/// When a variable's source cannot be read.
pub fn environment(pod: &Pod, container: &Container, facts: Facts<'_>) -> Result<Vars, EnvError> {
    let mut vars = Vars::new();
    for var in &container.env {
        let value: Arc<str> = match &var.source {
            EnvSource::Value(text) => expand(text, &vars),
            EnvSource::Field { path } => {
                field(pod, path, facts).ok_or_else(|| EnvError::UnsupportedField(path.clone()))?
            }
            EnvSource::Resource { container: of, resource, divisor } => {
                let of = of.as_ref().unwrap_or(&container.name);
                let value = self::resource(pod, of, resource, divisor, facts);
                value.ok_or_else(|| EnvError::UnsupportedField(resource.clone()))?
            }
            EnvSource::File { .. } => {
                return Err(EnvError::UnsupportedSource { name: var.name.clone(), source: "fileKeyRef" });
            }
        };
        vars.retain(|(name, _)| name != &var.name);
        vars.push((var.name.clone(), value));
    }
    Ok(vars)
}

/// The variables whose values the manifest itself says.
#[must_use]
pub fn literal(container: &Container) -> Vars {
    let literal = |var: &crate::manifest::EnvVar| match &var.source {
        EnvSource::Value(value) => Some((var.name.clone(), value.clone())),
        EnvSource::Field { .. } | EnvSource::Resource { .. } | EnvSource::File { .. } => None,
    };
    container.env.iter().filter_map(literal).collect()
}

/// Command or arguments with their variables replaced.
#[must_use]
pub fn expand_all(words: &[Arc<str>], vars: &[(Arc<str>, Arc<str>)]) -> Vec<Arc<str>> {
    words.iter().map(|word| expand(word, vars)).collect()
}

/// The first variable that a text names and there is not.
#[must_use]
pub fn unknown(text: &str, vars: &[(Arc<str>, Arc<str>)]) -> Option<Arc<str>> {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            if !vars.iter().any(|(known, _)| &**known == name) {
                return Some(name.into());
            }
            rest = after;
        }
    }
    None
}

/// `$(NAME)` becomes the variable's value, `$$` a dollar sign; what names nothing stays.
#[must_use]
pub fn expand(text: &Arc<str>, vars: &[(Arc<str>, Arc<str>)]) -> Arc<str> {
    if !text.contains('$') {
        return text.clone();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            if let Some((_, value)) = vars.iter().find(|(known, _)| &**known == name) {
                out.push_str(value);
            } else {
                out.push_str("$(");
                out.push_str(name);
                out.push(')');
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out.into()
}

/// What a container has of a resource, in units of `divisor`. `None` when there is no such container or resource.
#[must_use]
pub fn resource(
    pod: &Pod,
    container: &ContainerName,
    resource: &str,
    divisor: &str,
    facts: Facts<'_>,
) -> Option<Arc<str>> {
    let mut all = pod.spec.containers.iter().chain(&pod.spec.init_containers);
    let of = all.find(|candidate| &candidate.name == container)?;
    resources::field(of, resource, divisor, facts.allocatable)
}

/// A field of the pod as text: the value that a label or an annotation has, its address, its names. `None` when there is no such field.
#[must_use]
pub fn field(pod: &Pod, path: &str, facts: Facts<'_>) -> Option<Arc<str>> {
    let keyed = |prefix: &str, of: &[(Arc<str>, Arc<str>)]| -> Option<Arc<str>> {
        let key = path.strip_prefix(prefix)?.strip_suffix("']")?;
        let value = of.iter().find(|(known, _)| &**known == key).map(|(_, value)| value.clone());
        Some(value.unwrap_or_default())
    };
    Some(match path {
        "metadata.name" => pod.id.name.clone(),
        "metadata.namespace" => pod.id.namespace.clone(),
        "metadata.uid" => pod.id.uid.as_str().into(),
        "spec.nodeName" => facts.node.into(),
        "status.podIP" | "status.podIPs" => {
            let of_node = facts.host_ip.filter(|_| pod.spec.host_network);
            facts.pod_ip.or(of_node).cloned().unwrap_or_default()
        }
        "status.hostIP" | "status.hostIPs" => facts.host_ip.cloned().unwrap_or_default(),
        // A static pod has none: it may not refer to one.
        "spec.serviceAccountName" => "".into(),
        _ => {
            return keyed("metadata.labels['", &pod.labels)
                .or_else(|| keyed("metadata.annotations['", &pod.annotations));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_expand_as_the_kubelet_does() {
        let vars: Vec<(Arc<str>, Arc<str>)> = vec![("A".into(), "one".into()), ("B".into(), "$(A)".into())];
        let expand = |text: &str| expand(&text.into(), &vars).to_string();
        assert_eq!(expand("$(A) $$(A) $(NOPE) y$ $A $$ $(B) $(A"), "one $(A) $(NOPE) y$ $A $ $(A) $(A");
    }
}
