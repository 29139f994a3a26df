//! `cargo xtask schema`: writes the table of Pod fields that manifests are checked against.
//!
//! Names and shapes come from the JSON schema of a published crate. What a JSON schema does not know, because it is only visible in
//! Kubernetes' Go types and its error texts, is listed here: named texts such as `v1.Protocol`, and embedded structs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Map, Value};

use crate::trouble::{Outcome, Trouble};

const TABLE: &str = "core/src/manifest/schema/table.rs";

/// Fields of a named type: the struct, the field, the type as Go's errors print it.
const NAMED: &[(&str, &str, &str)] = &[
    ("AppArmorProfile", "type", "v1.AppArmorProfileType"),
    ("AzureDiskVolumeSource", "cachingMode", "v1.AzureDataDiskCachingMode"),
    ("AzureDiskVolumeSource", "kind", "v1.AzureDataDiskKind"),
    ("Capabilities", "add", "v1.Capability"),
    ("Capabilities", "drop", "v1.Capability"),
    ("Container", "imagePullPolicy", "v1.PullPolicy"),
    ("Container", "restartPolicy", "v1.ContainerRestartPolicy"),
    ("Container", "terminationMessagePolicy", "v1.TerminationMessagePolicy"),
    ("ContainerPort", "protocol", "v1.Protocol"),
    ("ContainerResizePolicy", "resourceName", "v1.ResourceName"),
    ("ContainerResizePolicy", "restartPolicy", "v1.ResourceResizeRestartPolicy"),
    ("ContainerRestartRule", "action", "v1.ContainerRestartRuleAction"),
    ("ContainerRestartRuleOnExitCodes", "operator", "v1.ContainerRestartRuleOnExitCodesOperator"),
    ("ContainerStatus", "allocatedResources", "v1.ResourceList"),
    ("ContainerStatus", "stopSignal", "v1.Signal"),
    ("EmptyDirVolumeSource", "medium", "v1.StorageMedium"),
    ("EphemeralContainer", "imagePullPolicy", "v1.PullPolicy"),
    ("EphemeralContainer", "restartPolicy", "v1.ContainerRestartPolicy"),
    ("EphemeralContainer", "terminationMessagePolicy", "v1.TerminationMessagePolicy"),
    ("HTTPGetAction", "scheme", "v1.URIScheme"),
    ("HostPathVolumeSource", "type", "v1.HostPathType"),
    ("ImageVolumeSource", "pullPolicy", "v1.PullPolicy"),
    ("LabelSelectorRequirement", "operator", "v1.LabelSelectorOperator"),
    ("Lifecycle", "stopSignal", "v1.Signal"),
    ("ManagedFieldsEntry", "operation", "v1.ManagedFieldsOperationType"),
    ("NodeSelectorRequirement", "operator", "v1.NodeSelectorOperator"),
    ("ObjectMeta", "uid", "types.UID"),
    ("OwnerReference", "uid", "types.UID"),
    ("PersistentVolumeClaimSpec", "accessModes", "v1.PersistentVolumeAccessMode"),
    ("PersistentVolumeClaimSpec", "volumeMode", "v1.PersistentVolumeMode"),
    ("PodCondition", "status", "v1.ConditionStatus"),
    ("PodCondition", "type", "v1.PodConditionType"),
    ("PodOS", "name", "v1.OSName"),
    ("PodReadinessGate", "conditionType", "v1.PodConditionType"),
    ("PodSecurityContext", "fsGroupChangePolicy", "v1.PodFSGroupChangePolicy"),
    ("PodSecurityContext", "seLinuxChangePolicy", "v1.PodSELinuxChangePolicy"),
    ("PodSecurityContext", "supplementalGroupsPolicy", "v1.SupplementalGroupsPolicy"),
    ("PodSpec", "dnsPolicy", "v1.DNSPolicy"),
    ("PodSpec", "overhead", "v1.ResourceList"),
    ("PodSpec", "preemptionPolicy", "v1.PreemptionPolicy"),
    ("PodSpec", "restartPolicy", "v1.RestartPolicy"),
    ("PodStatus", "allocatedResources", "v1.ResourceList"),
    ("PodStatus", "phase", "v1.PodPhase"),
    ("PodStatus", "qosClass", "v1.PodQOSClass"),
    ("PodStatus", "resize", "v1.PodResizeStatus"),
    ("ResourceHealth", "health", "v1.ResourceHealthStatus"),
    ("ResourceHealth", "resourceID", "v1.ResourceID"),
    ("ResourceRequirements", "limits", "v1.ResourceList"),
    ("ResourceRequirements", "requests", "v1.ResourceList"),
    ("ResourceStatus", "name", "v1.ResourceName"),
    ("SeccompProfile", "type", "v1.SeccompProfileType"),
    ("SecurityContext", "procMount", "v1.ProcMountType"),
    ("Toleration", "effect", "v1.TaintEffect"),
    ("Toleration", "operator", "v1.TolerationOperator"),
    ("TopologySpreadConstraint", "nodeAffinityPolicy", "v1.NodeInclusionPolicy"),
    ("TopologySpreadConstraint", "nodeTaintsPolicy", "v1.NodeInclusionPolicy"),
    ("TopologySpreadConstraint", "whenUnsatisfiable", "v1.UnsatisfiableConstraintAction"),
    ("VolumeMount", "mountPropagation", "v1.MountPropagationMode"),
    ("VolumeMount", "recursiveReadOnly", "v1.RecursiveReadOnlyMode"),
    ("VolumeMountStatus", "recursiveReadOnly", "v1.RecursiveReadOnlyMode"),
    ("VolumeResourceRequirements", "limits", "v1.ResourceList"),
    ("VolumeResourceRequirements", "requests", "v1.ResourceList"),
];

/// Structs embedded in others: the outer, the embedded, the outer's own fields (all others are the embedded's).
const EMBEDDED: &[(&str, &str, &[&str])] = &[
    ("ConfigMapEnvSource", "LocalObjectReference", &["optional"]),
    ("ConfigMapKeySelector", "LocalObjectReference", &["key", "optional"]),
    ("ConfigMapProjection", "LocalObjectReference", &["items", "optional"]),
    ("ConfigMapVolumeSource", "LocalObjectReference", &["defaultMode", "items", "optional"]),
    ("EphemeralContainer", "EphemeralContainerCommon", &["targetContainerName"]),
    ("Pod", "TypeMeta", &["metadata", "spec", "status"]),
    (
        "Probe",
        "ProbeHandler",
        &[
            "failureThreshold",
            "initialDelaySeconds",
            "periodSeconds",
            "successThreshold",
            "terminationGracePeriodSeconds",
            "timeoutSeconds",
        ],
    ),
    ("SecretEnvSource", "LocalObjectReference", &["optional"]),
    ("SecretKeySelector", "LocalObjectReference", &["key", "optional"]),
    ("SecretProjection", "LocalObjectReference", &["items", "optional"]),
    ("Volume", "VolumeSource", &["name"]),
];

/// Writes the table.
pub(crate) fn run() -> Outcome<()> {
    let schema = serde_json::to_value(schemars::schema_for!(Pod))
        .map_err(|error| Trouble::new(format!("the schema cannot be read: {error}")))?;
    let mut types: BTreeMap<&str, &Value> = BTreeMap::new();
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    for (name, definition) in &definitions {
        types.insert(short(name), definition);
    }
    types.insert("Pod", &schema);
    let structs: Vec<&str> = types
        .iter()
        .filter(|(_, definition)| definition["properties"].is_object())
        .map(|(name, _)| *name)
        .collect();
    let mut out = String::from(
        "//! Every field of a Pod in Kubernetes 1.36, by type. Written by `cargo xtask schema`; not edited by hand.\n\n\
         use super::{Shape::{Any, Bool, Int32, Int64, IntOrString, List, Map, Quantity, Struct, Text, Time}, Type, embedded, own};\n\n\
         /// All types, by name.\n#[rustfmt::skip]\npub(super) const TYPES: &[Type] = &[\n",
    );
    let mut count = 0;
    for name in &structs {
        let inner = EMBEDDED.iter().find(|(outer, ..)| outer == name);
        let _ = writeln!(out, "    Type {{ name: \"{name}\", fields: &[");
        for (field, definition) in types[name]["properties"].as_object().unwrap_or(&Map::new()) {
            let named =
                NAMED.iter().find(|(of, is, _)| of == name && is == field).map(|(_, _, named)| *named);
            let shape = shape(definition, named.unwrap_or_default(), &structs, &types)?;
            let embedded = inner.filter(|(_, _, own)| !own.contains(&field.as_str()));
            let _ = match embedded {
                Some((_, embedded, _)) => {
                    writeln!(out, "        embedded(\"{field}\", \"{embedded}\", {shape}),")
                }
                None => writeln!(out, "        own(\"{field}\", {shape}),"),
            };
            count += 1;
        }
        out.push_str("    ] },\n");
    }
    out.push_str("];\n");
    let pod = structs.iter().position(|name| *name == "Pod").unwrap_or_default();
    let _ = writeln!(out, "\n/// Which of them is the Pod.\npub(super) const POD: usize = {pod};");
    let path = crate::root().join(TABLE);
    std::fs::write(&path, out)
        .map_err(|error| Trouble::new(format!("{TABLE} cannot be written: {error}")))?;
    println!("{TABLE}: {} types, {count} fields", structs.len());
    Ok(())
}

/// The table's expression for a field's shape; `named` is the Go type's name when a schema does not tell.
fn shape(
    definition: &Value,
    named: &str,
    structs: &[&str],
    types: &BTreeMap<&str, &Value>,
) -> Outcome<String> {
    let reference = definition["$ref"].as_str().or_else(|| definition["allOf"][0]["$ref"].as_str());
    if let Some(reference) = reference {
        let name = short(reference);
        return Ok(match name {
            "Quantity" | "IntOrString" => name.into(),
            "Time" | "MicroTime" => "Time".into(),
            _ => match structs.iter().position(|known| *known == name) {
                Some(index) => format!("Struct({index})"),
                None => {
                    types.get(name).map_or(Ok("Any".into()), |inner| shape(inner, named, structs, types))?
                }
            },
        });
    }
    let kind = definition["type"].as_str().or_else(|| definition["type"][0].as_str()).unwrap_or_default();
    Ok(match (kind, definition["format"].as_str()) {
        ("string", Some("date-time")) => "Time".into(),
        ("string", _) => format!("Text(\"{}\")", if named.is_empty() { "string" } else { named }),
        ("boolean", _) => "Bool".into(),
        ("integer", Some("int32")) => "Int32".into(),
        ("integer", _) => "Int64".into(),
        ("array", _) => format!("List(&{})", shape(&definition["items"], named, structs, types)?),
        ("object", _) if definition["additionalProperties"].is_object() => {
            let inner = shape(&definition["additionalProperties"], "", structs, types)?;
            let name = match (named, inner.as_str()) {
                ("", "Text(\"string\")") => "map[string]string",
                ("", "Quantity") => "map[v1.ResourceName]resource.Quantity",
                ("", _) => return Err(Trouble::new(format!("a map of {inner} has no name"))),
                (named, _) => named,
            };
            format!("Map(\"{name}\", &{inner})")
        }
        _ => "Any".into(),
    })
}

/// The last part of a name such as `io.k8s.api.core.v1.Pod`.
fn short(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}
