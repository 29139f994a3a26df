//! Why the API server does not do something. `Display` is its own words.

use std::fmt;

use super::Kind;

/// Why the API server does not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// There is no such object.
    NotFound {
        /// Of which kind.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// There is one of this name already.
    AlreadyExists {
        /// Of which kind.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// Somebody else changed it in between.
    Modified {
        /// Of which kind.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// It is another object of the same name.
    OtherUid {
        /// Of which kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// The uid that was meant.
        wanted: String,
        /// The uid that it has.
        found: String,
    },
    /// It breaks rules.
    Invalid {
        /// Of which kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// Which rules, in the validator's words.
        errors: Vec<String>,
    },
    /// Whoever asked may not do it, or not with this object.
    Forbidden {
        /// Of which kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// Why.
        why: Refusal,
    },
    /// What was sent cannot be understood.
    BadRequest(String),
    /// What happened so long ago is not kept.
    Expired {
        /// The version that was asked for.
        wanted: u64,
        /// The oldest that is kept.
        oldest: u64,
    },
    /// Nobody answers.
    Unreachable {
        /// Where.
        server: String,
    },
}

/// Why an object may not be made or changed. `Display` is the words of the admission plugin that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nodes make mirror pods only.
    NotAMirror {
        /// The node that asked.
        node: String,
    },
    /// Nodes make pods of their own only.
    NotItsNode {
        /// The node that asked.
        node: String,
    },
    /// Nodes own the pods that they make.
    NotItsOwner {
        /// The node that asked.
        node: String,
    },
    /// The node was made anew in between.
    NodeUid {
        /// The node that asked.
        node: String,
        /// The uid in the owner reference.
        given: String,
        /// The node's uid.
        expected: String,
    },
    /// Nodes do not refer to API objects in pods.
    NodeReference {
        /// The node that asked.
        node: String,
        /// To what.
        to: String,
    },
    /// Nodes delete their own pods only.
    DeletesOther {
        /// The node that asked.
        node: String,
    },
    /// Nodes never change a pod's spec or metadata.
    NodeUpdates {
        /// The node that asked.
        node: String,
    },
    /// A mirror pod refers to nothing that the API has.
    MirrorReference(&'static str),
    /// Its namespace is being deleted.
    NamespaceTerminating {
        /// Which.
        namespace: String,
    },
    /// Its namespace is full.
    Quota {
        /// The quota.
        quota: String,
        /// What the pod asks for.
        requested: String,
        /// What is taken.
        used: String,
        /// What there is.
        limited: String,
    },
    /// The quota wants every pod to say how much it needs.
    QuotaNeeds {
        /// The quota.
        quota: String,
        /// What must be said.
        what: String,
    },
    /// A limit range does not allow it.
    Limit(String),
    /// There is no such priority class.
    NoPriorityClass(String),
    /// The priority is another than its class says.
    PriorityMismatch {
        /// What the pod says.
        given: i64,
        /// What its class says.
        computed: i64,
    },
    /// The namespace is one that must stay.
    NamespaceStays,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMirror { node } => write!(
                f,
                "pod does not have \"kubernetes.io/config.mirror\" annotation, node \"{node}\" can only create mirror pods"
            ),
            Self::NotItsNode { node } => {
                write!(f, "node \"{node}\" can only create pods with spec.nodeName set to itself")
            }
            Self::NotItsOwner { node } => {
                write!(f, "node \"{node}\" can only create pods with an owner reference set to itself")
            }
            Self::NodeUid { node, given, expected } => {
                write!(f, "node {node} UID mismatch: expected {expected} got {given}")
            }
            Self::NodeReference { node, to } => {
                write!(f, "node \"{node}\" can not create pods that reference {to}")
            }
            Self::DeletesOther { node } => {
                write!(f, "node \"{node}\" can only delete pods with spec.nodeName set to itself")
            }
            Self::NodeUpdates { node } => write!(
                f,
                "unexpected operation \"UPDATE\", node \"{node}\" can only create and delete mirror pods"
            ),
            Self::MirrorReference(what) => write!(f, "a mirror pod may not {what}"),
            Self::NamespaceTerminating { namespace } => {
                write!(
                    f,
                    "unable to create new content in namespace {namespace} because it is being terminated"
                )
            }
            Self::Quota { quota, requested, used, limited } => {
                write!(f, "exceeded quota: {quota}, requested: {requested}, used: {used}, limited: {limited}")
            }
            Self::QuotaNeeds { quota, what } => {
                write!(f, "failed quota: {quota}: must specify {what}")
            }
            Self::Limit(text) => f.write_str(text),
            Self::NoPriorityClass(name) => write!(f, "no PriorityClass with name {name} was found"),
            Self::PriorityMismatch { given, computed } => write!(
                f,
                "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {computed} from the given PriorityClass name"
            ),
            Self::NamespaceStays => f.write_str("this namespace may not be deleted"),
        }
    }
}

impl ApiError {
    /// There is no such object.
    #[must_use]
    pub fn not_found(kind: Kind, name: &str) -> Self {
        Self::NotFound { kind, name: name.to_owned() }
    }

    /// It may not be.
    #[must_use]
    pub fn forbidden(kind: Kind, name: &str, why: Refusal) -> Self {
        Self::Forbidden { kind, name: name.to_owned(), why }
    }

    /// One rule is broken.
    #[must_use]
    pub fn invalid(kind: Kind, name: &str, error: impl Into<String>) -> Self {
        Self::Invalid { kind, name: name.to_owned(), errors: vec![error.into()] }
    }

    /// The status of the HTTP answer; 0 when there is none.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::AlreadyExists { .. } | Self::Modified { .. } | Self::OtherUid { .. } => 409,
            Self::Invalid { .. } => 422,
            Self::Forbidden { .. } => 403,
            Self::BadRequest(_) => 400,
            Self::Expired { .. } => 410,
            Self::Unreachable { .. } => 0,
        }
    }

    /// The reason in the answer, as kubectl shows it in `Error from server (REASON)`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "NotFound",
            Self::AlreadyExists { .. } => "AlreadyExists",
            Self::Modified { .. } | Self::OtherUid { .. } => "Conflict",
            Self::Invalid { .. } => "Invalid",
            Self::Forbidden { .. } => "Forbidden",
            Self::BadRequest(_) => "BadRequest",
            Self::Expired { .. } => "Expired",
            Self::Unreachable { .. } => "",
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conflict = |f: &mut fmt::Formatter<'_>, kind: Kind, name: &str| {
            write!(f, "Operation cannot be fulfilled on {} \"{name}\": ", kind.resource())
        };
        match self {
            Self::NotFound { kind, name } => write!(f, "{} \"{name}\" not found", kind.resource()),
            Self::AlreadyExists { kind, name } => write!(f, "{} \"{name}\" already exists", kind.resource()),
            Self::Modified { kind, name } => {
                conflict(f, *kind, name)?;
                f.write_str(
                    "the object has been modified; please apply your changes to the latest version and try again",
                )
            }
            Self::OtherUid { kind, name, wanted, found } => {
                conflict(f, *kind, name)?;
                write!(f, "Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}")
            }
            Self::Invalid { kind, name, errors } => match &errors[..] {
                [one] => write!(f, "{} \"{name}\" is invalid: {one}", kind.name()),
                many => write!(f, "{} \"{name}\" is invalid: [{}]", kind.name(), many.join(", ")),
            },
            Self::Forbidden { kind, name, why } => {
                write!(f, "{} \"{name}\" is forbidden: {why}", kind.resource())
            }
            Self::BadRequest(text) => f.write_str(text),
            Self::Expired { wanted, oldest } => write!(f, "too old resource version: {wanted} ({oldest})"),
            Self::Unreachable { server } => write!(
                f,
                "The connection to the server {server} was refused - did you specify the right host or port?"
            ),
        }
    }
}

impl std::error::Error for ApiError {}
