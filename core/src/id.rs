//! Names of things. All are cheap to clone; all order by their text, so that maps keyed by them iterate the same way everywhere.

use std::{
    borrow::Borrow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Who a pod is: 32 hex digits over its content, file and node, or the `metadata.uid` its author wrote. A changed file is another pod.
///
/// Maps of all pods are keyed by it. Its beginning stands beside the pointer, so that a search in them follows no pointer but the last.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Arc<str>", into = "Arc<str>")]
pub struct PodUid {
    head: u64,
    text: Arc<str>,
}

impl PodUid {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text itself, shared.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}

impl From<Arc<str>> for PodUid {
    fn from(text: Arc<str>) -> Self {
        let mut head = [0; 8];
        head.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
        Self { head: u64::from_be_bytes(head), text }
    }
}

impl From<PodUid> for Arc<str> {
    fn from(uid: PodUid) -> Self {
        uid.text
    }
}

impl From<&str> for PodUid {
    fn from(text: &str) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl From<String> for PodUid {
    fn from(text: String) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl PartialEq for PodUid {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head && (Arc::ptr_eq(&self.text, &other.text) || self.text == other.text)
    }
}

impl Eq for PodUid {}

impl PartialOrd for PodUid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As the texts order: a shorter one is filled up with zeros, which come before all else.
impl Ord for PodUid {
    fn cmp(&self, other: &Self) -> Ordering {
        let tail = || {
            if Arc::ptr_eq(&self.text, &other.text) { Ordering::Equal } else { self.text.cmp(&other.text) }
        };
        self.head.cmp(&other.head).then_with(tail)
    }
}

impl Hash for PodUid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Borrow<str> for PodUid {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PodUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PodUid").field(&self.text).finish()
    }
}

impl fmt::Display for PodUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

text_id! {
    /// A container's name inside its pod.
    ContainerName
}
text_id! {
    /// A node's name, lower case.
    NodeName
}

/// A pod as people and the runtime know it. Many things carry one, so it is one pointer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PodRef(Arc<PodNames>);

/// Who a pod is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PodNames {
    /// Who it is.
    pub uid: PodUid,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name, node suffix included.
    pub name: Arc<str>,
}

impl PodRef {
    /// The pod of these names.
    #[must_use]
    pub fn new(uid: impl Into<PodUid>, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self(Arc::new(PodNames { uid: uid.into(), namespace: namespace.into(), name: name.into() }))
    }

    /// `<name>_<namespace>`: what at most one static pod holds at a time.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}_{}", self.name, self.namespace)
    }
}

impl Deref for PodRef {
    type Target = PodNames;

    fn deref(&self) -> &PodNames {
        &self.0
    }
}

/// `<name>_<namespace>(<uid>)`, as the kubelet's messages name a pod.
impl fmt::Display for PodRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}({})", self.name, self.namespace, self.uid)
    }
}

/// One run of one container: a restart makes another instance. `attempt` is the restart count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceId {
    /// The pod it belongs to.
    pub pod: PodUid,
    /// The container it runs.
    pub container: ContainerName,
    /// How often the container had been made before.
    pub attempt: u32,
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}#{}", self.pod, self.container, self.attempt)
    }
}

/// One sandbox of a pod: what owns its network and IPC namespaces and its published ports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SandboxId {
    /// The pod it belongs to.
    pub pod: PodUid,
    /// How many sandboxes the pod had before.
    pub attempt: u32,
}

impl fmt::Display for SandboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/sandbox#{}", self.pod, self.attempt)
    }
}

/// Pairs an action with its one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActionId(pub u64);

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_order_as_their_texts() {
        let texts = ["", "\0", "a", "a\0", "abcdefgh", "abcdefgh\0", "abcdefghi", "abcdefghj", "b", "ä"];
        for a in texts {
            for b in texts {
                assert_eq!(PodUid::from(a).cmp(&PodUid::from(b)), a.cmp(b), "{a:?} {b:?}");
                assert_eq!(PodUid::from(a) == PodUid::from(b), a == b, "{a:?} {b:?}");
            }
        }
        let json = serde_json::to_string(&PodUid::from("abcdefghij")).unwrap();
        assert_eq!(json, "\"abcdefghij\"");
        assert_eq!(serde_json::from_str::<PodUid>(&json).unwrap(), PodUid::from("abcdefghij"));
    }
}
