//! The kinds of objects that the API server keeps, and what each is called where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A pod.
    Pod,
    /// A node.
    Node,
    /// A namespace.
    Namespace,
    /// One pod on each node.
    DaemonSet,
    /// So many equal pods.
    ReplicaSet,
    /// Replica sets, one version after the other.
    Deployment,
    /// Something that happened.
    Event,
    /// A sign of life.
    Lease,
    /// A name for pods.
    Service,
    /// Settings.
    ConfigMap,
    /// Settings that are nobody's business.
    Secret,
    /// Who a pod is to the API server.
    ServiceAccount,
    /// How much a namespace may hold.
    ResourceQuota,
    /// How much each pod of a namespace may ask for.
    LimitRange,
    /// What a pod counts for.
    PriorityClass,
}

#[derive(Clone, Copy)]
struct Words {
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    group: &'static str,
    version: &'static str,
    namespaced: bool,
}

const fn words(
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    group: &'static str,
) -> Words {
    Words { kind, name, plural, short, group, version: "v1", namespaced: true }
}

const fn global(words: &Words) -> Words {
    Words { namespaced: false, ..*words }
}

static ALL: [Words; 15] = [
    words(Kind::Pod, "Pod", "pods", &["po"], ""),
    global(&words(Kind::Node, "Node", "nodes", &["no"], "")),
    global(&words(Kind::Namespace, "Namespace", "namespaces", &["ns"], "")),
    words(Kind::DaemonSet, "DaemonSet", "daemonsets", &["ds"], "apps"),
    words(Kind::ReplicaSet, "ReplicaSet", "replicasets", &["rs"], "apps"),
    words(Kind::Deployment, "Deployment", "deployments", &["deploy"], "apps"),
    words(Kind::Event, "Event", "events", &["ev"], ""),
    words(Kind::Lease, "Lease", "leases", &[], "coordination.k8s.io"),
    words(Kind::Service, "Service", "services", &["svc"], ""),
    words(Kind::ConfigMap, "ConfigMap", "configmaps", &["cm"], ""),
    words(Kind::Secret, "Secret", "secrets", &[], ""),
    words(Kind::ServiceAccount, "ServiceAccount", "serviceaccounts", &["sa"], ""),
    words(Kind::ResourceQuota, "ResourceQuota", "resourcequotas", &["quota"], ""),
    words(Kind::LimitRange, "LimitRange", "limitranges", &["limits"], ""),
    global(&words(Kind::PriorityClass, "PriorityClass", "priorityclasses", &["pc"], "scheduling.k8s.io")),
];

impl Kind {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|words| words.kind)
    }

    /// The kind that people mean by a word: its plural, singular, short or full name, such as `po` or `deployments.apps`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let lower = word.to_ascii_lowercase();
        let bare = lower.split('.').next().unwrap_or_default();
        let is = |words: &&Words| {
            words.plural == bare || words.name.to_ascii_lowercase() == bare || words.short.contains(&bare)
        };
        ALL.iter().find(is).map(|words| words.kind)
    }

    /// The kind that a manifest names.
    #[must_use]
    pub fn of_manifest(api_version: &str, kind: &str) -> Option<Self> {
        let found = ALL.iter().find(|words| words.name == kind)?.kind;
        (found.api_version() == api_version).then_some(found)
    }

    fn words(self) -> &'static Words {
        // The table has a line for each kind, in their order.
        ALL.get(self as usize).unwrap_or(&ALL[0])
    }

    /// As a manifest writes it, such as `DaemonSet`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().name
    }

    /// As a path has it, such as `daemonsets`.
    #[must_use]
    pub fn plural(self) -> &'static str {
        self.words().plural
    }

    /// Its short names, such as `ds`.
    #[must_use]
    pub fn short_names(self) -> &'static [&'static str] {
        self.words().short
    }

    /// Its group; empty for the core.
    #[must_use]
    pub fn group(self) -> &'static str {
        self.words().group
    }

    /// As a manifest writes it, such as `apps/v1`.
    #[must_use]
    pub fn api_version(self) -> String {
        let Words { group, version, .. } = self.words();
        if group.is_empty() { (*version).to_owned() } else { format!("{group}/{version}") }
    }

    /// Whether its objects live in namespaces.
    #[must_use]
    pub fn is_namespaced(self) -> bool {
        self.words().namespaced
    }

    /// As the API server's messages name it: `pods`, `daemonsets.apps`.
    #[must_use]
    pub fn resource(self) -> String {
        let Words { plural, group, .. } = self.words();
        if group.is_empty() { (*plural).to_owned() } else { format!("{plural}.{group}") }
    }

    /// As kubectl names one object: `pod`, `daemonset.apps`.
    #[must_use]
    pub fn singular(self) -> String {
        let Words { name, group, .. } = self.words();
        let lower = name.to_ascii_lowercase();
        if group.is_empty() { lower } else { format!("{lower}.{group}") }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_words() {
        for kind in Kind::all() {
            assert_eq!(format!("{kind:?}"), kind.name());
            assert_eq!(Kind::of_word(kind.plural()), Some(kind));
            assert_eq!(Kind::of_manifest(&kind.api_version(), kind.name()), Some(kind));
        }
        assert_eq!(Kind::of_word("deployments.apps"), Some(Kind::Deployment));
        assert_eq!(Kind::of_word("po"), Some(Kind::Pod));
        assert_eq!(Kind::of_word("pizza"), None);
        assert_eq!(Kind::DaemonSet.resource(), "daemonsets.apps");
    }
}
