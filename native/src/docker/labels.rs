//! Identity: everything the agent knows of its containers is written on them, as labels.
//!
//! The agent keeps no state file. What it made it finds again by its constant label and its node's name; what carries neither it never touches.

use std::{collections::HashMap, sync::Arc, time::Duration};

use standfast_core::{
    contract::{ContainerSpec, Hook, SandboxSpec},
    id::{InstanceId, NodeName, PodRef, PodUid, SandboxId},
    time::{GoDuration, parse_duration},
};

/// What every object of every agent carries, as `key=value`: filters on it work with every engine.
pub const MANAGED: (&str, &str) = ("dev.standfast.managed", "true");
/// The node that made it.
pub const NODE: &str = "dev.standfast.node";
/// Whether it is a sandbox or a container.
pub const KIND: &str = "dev.standfast.kind";
/// How many were made before it.
pub const ATTEMPT: &str = "dev.standfast.attempt";
/// The attempt of the sandbox that a container joined.
pub const SANDBOX: &str = "dev.standfast.sandbox";
/// The hash of the definition.
pub const HASH: &str = "dev.standfast.hash";
/// The pod's termination grace.
pub const GRACE: &str = "dev.standfast.grace";
/// What to run before the container is stopped, as JSON; absent when nothing.
pub const PRE_STOP: &str = "dev.standfast.pre-stop";
/// The image as the manifest writes it.
pub const IMAGE: &str = "dev.standfast.image";
/// Where the container may leave a last message.
pub const TERMINATION_MESSAGE_PATH: &str = "dev.standfast.termination-message-path";
/// Where its last message is found: present when the end of its log is one too.
pub const TERMINATION_MESSAGE_POLICY: &str = "dev.standfast.termination-message-policy";
/// Whether the containers of a sandbox share its process namespace.
pub const SHARE_PROCESSES: &str = "dev.standfast.share-processes";
/// The pod's uid.
pub const POD_UID: &str = "io.kubernetes.pod.uid";
/// The pod's name.
pub const POD_NAME: &str = "io.kubernetes.pod.name";
/// The pod's namespace.
pub const POD_NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// The container's name in its pod.
pub const CONTAINER: &str = "io.kubernetes.container.name";

const KIND_SANDBOX: &str = "sandbox";
const KIND_CONTAINER: &str = "container";

/// Labels of one object.
pub type Labels = HashMap<String, String>;

/// Who an object is, as its labels say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A pod's sandbox.
    Sandbox {
        /// Which.
        id: SandboxId,
        /// Whose.
        pod: PodRef,
    },
    /// A pod's container.
    Container(Box<ContainerIdentity>),
}

/// Who a container is, and what must be known of it when its manifest is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerIdentity {
    /// Which.
    pub instance: InstanceId,
    /// Whose.
    pub pod: PodRef,
    /// The sandbox it joined.
    pub sandbox: u32,
    /// The hash of its definition.
    pub hash: u32,
    /// Its pod's termination grace.
    pub grace: Duration,
    /// What to run before it is stopped.
    pub pre_stop: Option<Arc<Hook>>,
    /// The image as its manifest wrote it.
    pub image: Arc<str>,
    /// When it ends badly without a last message, the end of its log is one.
    pub log_is_message: bool,
}

/// The labels of a sandbox: the pod's own, and its identity.
#[must_use]
pub fn of_sandbox(node: &NodeName, id: &SandboxId, spec: &SandboxSpec) -> Labels {
    let mut labels: Labels =
        spec.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    labels.extend(common(node, &spec.pod, KIND_SANDBOX, id.attempt));
    labels.insert(SHARE_PROCESSES.to_owned(), spec.namespaces.share_processes.to_string());
    labels
}

/// The labels of a container.
#[must_use]
pub fn of_container(node: &NodeName, id: &InstanceId, sandbox: &SandboxId, spec: &ContainerSpec) -> Labels {
    let mut labels: Labels = common(node, &spec.pod, KIND_CONTAINER, id.attempt).collect();
    let more = [
        (CONTAINER, id.container.to_string()),
        (SANDBOX, sandbox.attempt.to_string()),
        (HASH, spec.hash.to_string()),
        (GRACE, GoDuration(spec.grace).to_string()),
        (IMAGE, spec.image.to_string()),
        (TERMINATION_MESSAGE_PATH, spec.termination_message_path.to_string()),
    ];
    labels.extend(more.map(|(name, value)| (name.to_owned(), value)));
    if spec.log_is_message {
        labels.insert(TERMINATION_MESSAGE_POLICY.to_owned(), "FallbackToLogsOnError".to_owned());
    }
    let pre_stop = spec.pre_stop.as_deref().and_then(|hook| serde_json::to_string(hook).ok());
    labels.extend(pre_stop.map(|hook| (PRE_STOP.to_owned(), hook)));
    labels
}

fn common(node: &NodeName, pod: &PodRef, kind: &str, attempt: u32) -> impl Iterator<Item = (String, String)> {
    [
        (MANAGED.0, MANAGED.1.to_owned()),
        (NODE, node.to_string()),
        (KIND, kind.to_owned()),
        (ATTEMPT, attempt.to_string()),
        (POD_UID, pod.uid.to_string()),
        (POD_NAME, pod.name.to_string()),
        (POD_NAMESPACE, pod.namespace.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
}

/// Who carries these labels; `None` when it is not of this agent's making.
#[must_use]
pub fn identity(labels: &Labels) -> Option<Identity> {
    let label = |name: &str| labels.get(name).map(String::as_str);
    if label(MANAGED.0) != Some(MANAGED.1) {
        return None;
    }
    let pod = PodRef::new(label(POD_UID)?, label(POD_NAMESPACE)?, label(POD_NAME)?);
    let attempt = label(ATTEMPT)?.parse().ok()?;
    if label(KIND) == Some(KIND_SANDBOX) {
        return Some(Identity::Sandbox { id: SandboxId { pod: pod.uid.clone(), attempt }, pod });
    }
    let instance = InstanceId { pod: pod.uid.clone(), container: label(CONTAINER)?.into(), attempt };
    Some(Identity::Container(Box::new(ContainerIdentity {
        instance,
        pod,
        sandbox: label(SANDBOX)?.parse().ok()?,
        hash: label(HASH)?.parse().ok()?,
        grace: parse_duration(label(GRACE)?)?,
        // A hook that another version wrote and this one cannot read is not worth losing the container for.
        pre_stop: label(PRE_STOP).and_then(|hook| serde_json::from_str(hook).ok()).map(Arc::new),
        image: label(IMAGE)?.into(),
        log_is_message: label(TERMINATION_MESSAGE_POLICY).is_some(),
    })))
}

/// Whether an object was made for the very same purpose: it carries all of `wanted` that speak of identity.
#[must_use]
pub fn same_purpose(wanted: &Labels, found: &Labels) -> bool {
    [MANAGED.0, NODE, KIND, ATTEMPT, POD_UID, POD_NAME, POD_NAMESPACE, CONTAINER, SANDBOX, HASH, IMAGE]
        .iter()
        .all(|name| wanted.get(*name) == found.get(*name))
}

/// Whether an object counts as the very one that is wanted, whatever it was made of.
#[must_use]
pub fn same_object(wanted: &Labels, found: &Labels) -> bool {
    let identity = [MANAGED.0, NODE, KIND, ATTEMPT, POD_UID, CONTAINER];
    identity.iter().all(|name| wanted.get(*name) == found.get(*name))
}

/// A filter for this node's objects, narrowed by further labels.
#[must_use]
pub fn filter(node: &NodeName, more: &[(&str, &str)]) -> HashMap<String, Vec<String>> {
    let labels = [MANAGED, (NODE, node.as_str())];
    let labels = labels.iter().chain(more).map(|(name, value)| format!("{name}={value}")).collect();
    HashMap::from([("label".to_owned(), labels)])
}

/// Labels that only this sandbox carries.
#[must_use]
pub fn filter_sandbox(node: &NodeName, id: &SandboxId) -> HashMap<String, Vec<String>> {
    let attempt = id.attempt.to_string();
    filter(node, &[(KIND, KIND_SANDBOX), (POD_UID, id.pod.as_str()), (ATTEMPT, &attempt)])
}

/// Labels that only the sandboxes of this pod carry.
#[must_use]
pub fn filter_sandboxes(node: &NodeName, pod: &PodUid) -> HashMap<String, Vec<String>> {
    filter(node, &[(KIND, KIND_SANDBOX), (POD_UID, pod.as_str())])
}

/// Labels that only the containers of this sandbox carry.
#[must_use]
pub fn filter_members(node: &NodeName, id: &SandboxId) -> HashMap<String, Vec<String>> {
    let attempt = id.attempt.to_string();
    filter(node, &[(KIND, KIND_CONTAINER), (POD_UID, id.pod.as_str()), (SANDBOX, &attempt)])
}

/// Labels that only this container carries.
#[must_use]
pub fn filter_container(node: &NodeName, id: &InstanceId) -> HashMap<String, Vec<String>> {
    let attempt = id.attempt.to_string();
    let more = [
        (KIND, KIND_CONTAINER),
        (POD_UID, id.pod.as_str()),
        (CONTAINER, id.container.as_str()),
        (ATTEMPT, &attempt),
    ];
    filter(node, &more)
}

/// `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`; a sandbox is the container `POD`.
#[must_use]
pub fn object_name(container: &str, pod: &PodRef, attempt: u32) -> String {
    let name = format!("k8s_{container}_{}_{}_{}_{attempt}", pod.name, pod.namespace, pod.uid);
    // An author may write any uid; engines allow few characters in names.
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' }).collect()
}
