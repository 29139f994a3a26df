//! What a document says it is: `apiVersion` and `kind`, and what the kubelet answers to each.
//!
//! Both are read before anything else, and as Go's standard decoder reads them: in any case of letters.

use super::{
    Code, Format, Span, Stage,
    json::encode,
    tree::{Field, Node, Value},
};

/// The prefix of what goes wrong while reading the two fields.
const UNREADABLE: &str = "couldn't get version/kind; json parse error: json: cannot unmarshal";
const TARGET: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
const SCHEME: &str = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30";

/// The kinds of the core group that the kubelet knows and that are no Pod.
const OTHER_KINDS: [&str; 42] = [
    "Binding",
    "ComponentStatus",
    "ComponentStatusList",
    "ConfigMap",
    "ConfigMapList",
    "Endpoints",
    "EndpointsList",
    "Event",
    "EventList",
    "LimitRange",
    "LimitRangeList",
    "List",
    "Namespace",
    "NamespaceList",
    "Node",
    "NodeList",
    "NodeProxyOptions",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PersistentVolumeClaimList",
    "PersistentVolumeList",
    "PodAttachOptions",
    "PodExecOptions",
    "PodList",
    "PodLogOptions",
    "PodPortForwardOptions",
    "PodProxyOptions",
    "PodStatusResult",
    "PodTemplate",
    "PodTemplateList",
    "RangeAllocation",
    "ReplicationController",
    "ReplicationControllerList",
    "ResourceQuota",
    "ResourceQuotaList",
    "Secret",
    "SecretList",
    "SerializedReference",
    "Service",
    "ServiceAccount",
    "ServiceAccountList",
    "ServiceList",
];

/// Kinds of other groups that hold a pod template.
const WITH_TEMPLATE: [&str; 7] =
    ["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Why a document is no Pod.
#[derive(Clone, Debug)]
pub(super) struct Stranger {
    /// How far it came.
    pub stage: Stage,
    /// The kubelet's words.
    pub text: String,
    /// Which of our diagnostics it is.
    pub code: Code,
    /// The field.
    pub field: &'static str,
    /// Where.
    pub span: Option<Span>,
    /// What to do about it.
    pub help: Option<String>,
}

/// Whether the document is a Pod; if not, why.
pub(super) fn identify(root: &Node, format: Format, bytes: &[u8]) -> Result<(), Stranger> {
    let version = Said::read(root, format, "apiVersion")?;
    let kind = Said::read(root, format, "kind")?;
    // Of the two, the kubelet names the one that it meets first.
    let (Ok(version), Ok(kind)) = (&version, &kind) else {
        let mut wrong: Vec<(usize, Stranger)> = [version.err(), kind.err()].into_iter().flatten().collect();
        crate::sort::by_key(&mut wrong, |(order, _)| *order);
        return wrong.into_iter().next().map_or(Ok(()), |(_, stranger)| Err(stranger));
    };
    let (group, name) = group_and_version(version)?;
    let body = || match format {
        Format::Yaml => encode(root),
        Format::Json => String::from_utf8_lossy(bytes).into_owned(),
    };
    if kind.text.is_empty() {
        let help = "a Pod starts with `apiVersion: v1` and `kind: Pod`";
        let empty = "the file holds nothing";
        let help = if root.value == Value::Null { empty } else { help };
        return Err(unknown(format!("Object 'Kind' is missing in '{}'", body()), "kind", kind.span, help));
    }
    if name.is_empty() {
        let text = format!("Object 'apiVersion' is missing in '{}'", body());
        return Err(unknown(text, "apiVersion", version.span, "a Pod starts with `apiVersion: v1`"));
    }
    match (group, name, &*kind.text) {
        ("", "v1", "Pod") => Ok(()),
        ("", "v1", other) if OTHER_KINDS.contains(&other) => Err(Stranger {
            stage: Stage::Kind,
            text: format!("invalid pod: &core.{other}{{...}}"),
            code: Code::NotAPod,
            field: "kind",
            span: kind.span,
            help: Some(way_out(other)),
        }),
        _ => Err(not_registered(version, kind, group, name)),
    }
}

/// The kind of the document, if it is one of the core group that the kubelet decodes and then refuses.
pub(super) fn other_kind(root: &Node) -> Option<&str> {
    root.get("kind")
        .and_then(Node::as_str)
        .filter(|kind| OTHER_KINDS.contains(kind) && !kind.ends_with("List"))
}

/// One of the two fields.
struct Said {
    text: String,
    span: Option<Span>,
}

impl Said {
    /// What the field says; or what is wrong with it and how early the kubelet meets that.
    fn read(
        root: &Node,
        format: Format,
        name: &'static str,
    ) -> Result<Result<Self, (usize, Stranger)>, Stranger> {
        let fields = match &root.value {
            Value::Map(fields) => fields.as_slice(),
            Value::Null => &[],
            other => {
                let text = format!("{UNREADABLE} {} into Go value of type {TARGET}", found(other));
                return Err(unknown(
                    text,
                    "",
                    Some(root.span),
                    "a Pod is an object: `apiVersion: v1`, `kind: Pod` and so on",
                ));
            }
        };
        let mut order: Vec<&Field> = fields.iter().collect();
        if format == Format::Yaml {
            crate::sort::by(&mut order, |left, right| left.key.cmp(&right.key));
        }
        let mut said = Self { text: String::new(), span: None };
        for (position, field) in
            order.into_iter().enumerate().filter(|(_, field)| field.key.eq_ignore_ascii_case(name))
        {
            match &field.node.value {
                Value::Null => {}
                Value::String(text) => said = Self { text: text.to_string(), span: Some(field.node.span) },
                other => {
                    let text =
                        format!("{UNREADABLE} {} into Go struct field .{name} of type string", found(other));
                    let stranger = unknown(text, name, Some(field.node.span), "a text is wanted here");
                    return Ok(Err((position, stranger)));
                }
            }
        }
        Ok(Ok(said))
    }
}

/// The group and the version in `apiVersion`.
fn group_and_version(said: &Said) -> Result<(&str, &str), Stranger> {
    let text = said.text.as_str();
    match text.matches('/').count() {
        _ if text == "/" => Ok(("", "")),
        0 => Ok(("", text)),
        1 => Ok(text.split_once('/').unwrap_or_default()),
        _ => {
            let words = format!("unexpected GroupVersion string: {text}");
            Err(unknown(words, "apiVersion", said.span, "a Pod has `apiVersion: v1`"))
        }
    }
}

fn not_registered(version: &Said, kind: &Said, group: &str, name: &str) -> Stranger {
    let shown = if group.is_empty() { name } else { &version.text };
    let text = format!(r#"no kind "{}" is registered for version "{shown}" in scheme "{SCHEME}""#, kind.text);
    let (field, span, help) = if kind.text == "Pod" {
        ("apiVersion", version.span, "a Pod has `apiVersion: v1`".into())
    } else if kind.text.eq_ignore_ascii_case("pod") {
        ("kind", kind.span, "write `kind: Pod`".into())
    } else {
        ("kind", kind.span, way_out(&kind.text))
    };
    let code = if kind.text == "Pod" { Code::UnknownKind } else { Code::NotAPod };
    Stranger { stage: Stage::Decode, text, code, field, span, help: Some(help) }
}

fn way_out(kind: &str) -> String {
    if WITH_TEMPLATE.contains(&kind) {
        return format!(
            "a static pod is a plain Pod: take the pod out of the {kind}'s `template` and give it a name"
        );
    }
    if kind.ends_with("List") {
        return "put each pod into a file of its own".into();
    }
    "only Pods can be static; everything else needs an API server".into()
}

fn unknown(text: String, field: &'static str, span: Option<Span>, help: &str) -> Stranger {
    Stranger { stage: Stage::Decode, text, code: Code::UnknownKind, field, span, help: Some(help.into()) }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}
