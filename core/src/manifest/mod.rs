//! From the bytes of a manifest to a pod, or to the reasons why not.
//!
//! Bytes are parsed into a spanned [`tree`], checked against the schema of every Pod field, given their defaults, validated, and turned
//! into a static pod of one node. Each step keeps the kubelet's verdict and words; what the kubelet accepts silently and people regret is
//! a warning. It is **not** a YAML library and knows no other kinds than Pod.

pub mod api;
pub(crate) mod at;
mod base64;
pub mod checks;
pub mod defaults;
mod diagnostic;
mod errors;
mod explain;
mod json;
mod kind;
mod lint;
mod load;
mod model;
mod number;
mod parse;
pub mod print;
pub mod prune;
pub mod quantity;
mod schema;
pub mod static_pod;
pub mod tree;
mod yaml;

use std::sync::Arc;

pub use diagnostic::{BadValue, Code, Diagnostic, ErrorType, FieldError, Severity, Span, Stage};
pub use lint::duplicate_pods;
pub use load::{Format, LoadError, Loaded, load};
pub use model::{
    Capabilities, Container, ContainerSecurity, DownwardFile, EnvSource, EnvVar, Handler, HostPathType,
    ImagePullPolicy, Lifecycle, Pod, PodSecurity, PodSpec, Port, Probe, Probes, Profile, RestartAction,
    RestartPolicy, RestartRule, Specs, TerminationMessagePolicy, Volume, VolumeMount, VolumeSource, Whole,
    extract,
};

pub use parse::{parse, parse_content};
pub(crate) use schema::fields;
pub(crate) use yaml::reads_as_text;

use crate::id::NodeName;

/// A manifest of this many bytes or more is refused unread.
pub const SIZE_LIMIT: usize = 10 << 20;

/// What a manifest came to.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The static pod, when the manifest is accepted.
    pub pod: Option<Arc<Pod>>,
    /// Everything there is to say, in the order of the file: errors (then there is no pod) and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Where it was refused; `Ok` when it was not.
    pub stage: Stage,
    /// The kubelet's own words for the refusal, without the path that its log puts before them.
    pub error: Option<Arc<str>>,
    /// The single problems of a refusal at the stage [`Stage::Validate`], in the kubelet's order.
    pub errors: Vec<FieldError>,
}

/// The text that base64 stands for; empty when it stands for none.
#[must_use]
pub fn decode_base64(text: &str) -> String {
    base64::decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A file to parse: what the verdict depends on, beside the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The path, as the kubelet reads it; part of the pod's uid.
    pub path: &'a str,
    /// The node: suffix of the pod's name, part of its uid.
    pub node: &'a NodeName,
}
