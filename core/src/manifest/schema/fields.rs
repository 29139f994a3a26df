//! The fields of a pod as people ask for them: `kubectl explain` reads these. What each is for is not told.

use super::{
    Shape,
    table::{POD, TYPES},
};

/// A field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: &'static str,
    owner: &'static str,
    shape: Shape,
}

/// The fields of a pod.
pub(crate) fn of_pod() -> Vec<Field> {
    of(POD)
}

fn of(index: usize) -> Vec<Field> {
    let found = TYPES.get(index).into_iter();
    let field =
        |owner: &'static str, slot: &'static super::Slot| Field { name: slot.name, owner, shape: slot.shape };
    found.flat_map(|it| it.fields.iter().map(|slot| field(it.name, slot))).collect()
}

impl Field {
    /// What it takes, such as `[]Container`.
    pub(crate) fn kind(&self) -> String {
        kind(self.shape)
    }

    /// The fields of what it takes.
    pub(crate) fn inner(&self) -> Vec<Self> {
        let mut shape = self.shape;
        loop {
            match shape {
                Shape::List(inner) | Shape::Map(_, inner) => shape = *inner,
                Shape::Struct(index) => return of(index),
                Shape::Text(_)
                | Shape::Bool
                | Shape::Int32
                | Shape::Int64
                | Shape::Quantity
                | Shape::IntOrString
                | Shape::Time
                | Shape::Any => return Vec::new(),
            }
        }
    }

    /// Whether it must be there.
    pub(crate) fn is_required(&self) -> bool {
        let own = REQUIRED.iter().find(|(owner, _)| *owner == self.owner);
        own.is_some_and(|(_, names)| names.contains(&self.name))
    }
}

fn kind(shape: Shape) -> String {
    match shape {
        Shape::Text(_) | Shape::Time => "string".to_owned(),
        Shape::Bool => "boolean".to_owned(),
        Shape::Int32 | Shape::Int64 => "integer".to_owned(),
        Shape::Quantity => "Quantity".to_owned(),
        Shape::IntOrString => "IntOrString".to_owned(),
        Shape::Any => "Object".to_owned(),
        Shape::Map(_, inner) => format!("map[string]{}", kind(*inner)),
        Shape::List(inner) => format!("[]{}", kind(*inner)),
        Shape::Struct(index) => TYPES.get(index).map_or("", |it| it.name).to_owned(),
    }
}

/// What the published schema calls `required`, by type.
#[rustfmt::skip]
const REQUIRED: &[(&str, &[&str])] = &[
    ("AWSElasticBlockStoreVolumeSource", &["volumeID"]),
    ("AppArmorProfile", &["type"]),
    ("AzureDiskVolumeSource", &["diskName", "diskURI"]),
    ("AzureFileVolumeSource", &["secretName", "shareName"]),
    ("CSIVolumeSource", &["driver"]),
    ("CephFSVolumeSource", &["monitors"]),
    ("CinderVolumeSource", &["volumeID"]),
    ("ClusterTrustBundleProjection", &["path"]),
    ("ConfigMapKeySelector", &["key"]),
    ("Container", &["name"]),
    ("ContainerExtendedResourceRequest", &["containerName", "requestName", "resourceName"]),
    ("ContainerPort", &["containerPort"]),
    ("ContainerResizePolicy", &["resourceName", "restartPolicy"]),
    ("ContainerRestartRule", &["action"]),
    ("ContainerRestartRuleOnExitCodes", &["operator"]),
    ("ContainerStateTerminated", &["exitCode"]),
    ("ContainerStatus", &["image", "imageID", "name", "ready", "restartCount"]),
    ("DownwardAPIVolumeFile", &["path"]),
    ("EnvVar", &["name"]),
    ("EphemeralContainer", &["name"]),
    ("FileKeySelector", &["key", "path", "volumeName"]),
    ("FlexVolumeSource", &["driver"]),
    ("GCEPersistentDiskVolumeSource", &["pdName"]),
    ("GRPCAction", &["port"]),
    ("GitRepoVolumeSource", &["repository"]),
    ("GlusterfsVolumeSource", &["endpoints", "path"]),
    ("HTTPGetAction", &["port"]),
    ("HTTPHeader", &["name", "value"]),
    ("HostAlias", &["ip"]),
    ("HostIP", &["ip"]),
    ("HostPathVolumeSource", &["path"]),
    ("ISCSIVolumeSource", &["iqn", "lun", "targetPortal"]),
    ("ImageVolumeStatus", &["imageRef"]),
    ("KeyToPath", &["key", "path"]),
    ("LabelSelectorRequirement", &["key", "operator"]),
    ("LinuxContainerUser", &["gid", "uid"]),
    ("NFSVolumeSource", &["path", "server"]),
    ("NodeAllocatableResourceClaimStatus", &["resourceClaimName", "resources"]),
    ("NodeSelector", &["nodeSelectorTerms"]),
    ("NodeSelectorRequirement", &["key", "operator"]),
    ("ObjectFieldSelector", &["fieldPath"]),
    ("OwnerReference", &["apiVersion", "kind", "name", "uid"]),
    ("PersistentVolumeClaimTemplate", &["spec"]),
    ("PersistentVolumeClaimVolumeSource", &["claimName"]),
    ("PhotonPersistentDiskVolumeSource", &["pdID"]),
    ("PodAffinityTerm", &["topologyKey"]),
    ("PodCertificateProjection", &["keyType", "signerName"]),
    ("PodCondition", &["status", "type"]),
    ("PodExtendedResourceClaimStatus", &["requestMappings", "resourceClaimName"]),
    ("PodIP", &["ip"]),
    ("PodOS", &["name"]),
    ("PodReadinessGate", &["conditionType"]),
    ("PodResourceClaim", &["name"]),
    ("PodResourceClaimStatus", &["name"]),
    ("PodSchedulingGate", &["name"]),
    ("PodSpec", &["containers"]),
    ("PortworxVolumeSource", &["volumeID"]),
    ("PreferredSchedulingTerm", &["preference", "weight"]),
    ("QuobyteVolumeSource", &["registry", "volume"]),
    ("RBDVolumeSource", &["image", "monitors"]),
    ("ResourceClaim", &["name"]),
    ("ResourceFieldSelector", &["resource"]),
    ("ResourceHealth", &["resourceID"]),
    ("ResourceStatus", &["name"]),
    ("ScaleIOVolumeSource", &["gateway", "secretRef", "system"]),
    ("SeccompProfile", &["type"]),
    ("SecretKeySelector", &["key"]),
    ("ServiceAccountTokenProjection", &["path"]),
    ("SleepAction", &["seconds"]),
    ("Sysctl", &["name", "value"]),
    ("TCPSocketAction", &["port"]),
    ("TopologySpreadConstraint", &["maxSkew", "topologyKey", "whenUnsatisfiable"]),
    ("TypedLocalObjectReference", &["kind", "name"]),
    ("TypedObjectReference", &["kind", "name"]),
    ("Volume", &["name"]),
    ("VolumeDevice", &["devicePath", "name"]),
    ("VolumeMount", &["mountPath", "name"]),
    ("VolumeMountStatus", &["mountPath", "name"]),
    ("VsphereVirtualDiskVolumeSource", &["volumePath"]),
    ("WeightedPodAffinityTerm", &["podAffinityTerm", "weight"]),
];
