//! What a static pod may not refer to: objects that only an API server has. Follows `pkg/api/pod/util.go` of Kubernetes.

use std::{fmt, sync::Arc};

use crate::manifest::{Span, at::At, errors::quote, tree::Node};

/// An API object that a static pod refers to, which it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says itself what it is; its words are in Display")]
pub enum Refused {
    ServiceAccounts,
    Secrets,
    ConfigMaps,
    ResourceClaims,
    ConfigMapVolumes,
    SecretVolumes,
    CsiDrivers,
    Endpoints,
    PersistentVolumeClaims,
    EphemeralVolumes,
    AzureFileVolumes,
    ProjectedConfigMaps,
    ProjectedSecrets,
    ProjectedServiceAccounts,
    ClusterTrustBundles,
    PodCertificates,
    /// A projected volume of this name has a source that is none.
    UnknownProjection(Arc<str>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = match self {
            Self::UnknownProjection(volume) => {
                return write!(f, "unknown source for projected volume {}", quote(volume));
            }
            Self::ServiceAccounts => "serviceaccounts",
            Self::Secrets => "secrets",
            Self::ConfigMaps => "configmaps",
            Self::ResourceClaims => "resourceclaims",
            Self::ConfigMapVolumes => "configmaps (via configmap volumes)",
            Self::SecretVolumes => "secrets (via secret volumes)",
            Self::CsiDrivers => "csidrivers (via CSI volumes)",
            Self::Endpoints => "endpoints (via glusterFS volumes)",
            Self::PersistentVolumeClaims => "persistentvolumeclaims",
            Self::EphemeralVolumes => "persistentvolumeclaims (via ephemeral volumes)",
            Self::AzureFileVolumes => "secrets (via azureFile volumes)",
            Self::ProjectedConfigMaps => "configmaps (via projected volumes)",
            Self::ProjectedSecrets => "secrets (via projected volumes)",
            Self::ProjectedServiceAccounts => "serviceaccounts (via projected volumes)",
            Self::ClusterTrustBundles => "clustertrustbundles",
            Self::PodCertificates => "podcertificates",
        };
        write!(f, "static pods may not reference {object}")
    }
}

/// Which API object the pod refers to, and where; the first in Kubernetes' order.
#[must_use]
pub fn refused_reference(pod: &Node) -> Option<(Refused, Option<Span>)> {
    let spec = At::root(pod).field("spec");
    let account = spec.field("serviceAccountName");
    if !account.text().is_empty() {
        return Some((Refused::ServiceAccounts, account.span()));
    }
    secrets(&spec)
        .map(|at| (Refused::Secrets, at.span()))
        .or_else(|| config_maps(&spec).map(|at| (Refused::ConfigMaps, at.span())))
        .or_else(|| {
            let claims = spec.field("resourceClaims");
            (!claims.is_empty()).then(|| (Refused::ResourceClaims, claims.span()))
        })
        .or_else(|| spec.field("volumes").items().find_map(|volume| refused_volume(&volume)))
}

/// Volume sources that are refused, empty or not.
const REFUSED_VOLUMES: [(&str, Refused); 7] = [
    ("configMap", Refused::ConfigMapVolumes),
    ("secret", Refused::SecretVolumes),
    ("csi", Refused::CsiDrivers),
    ("glusterfs", Refused::Endpoints),
    ("persistentVolumeClaim", Refused::PersistentVolumeClaims),
    ("ephemeral", Refused::EphemeralVolumes),
    ("azureFile", Refused::AzureFileVolumes),
];

/// The same inside a projected volume.
const REFUSED_PROJECTIONS: [(&str, Refused); 5] = [
    ("configMap", Refused::ProjectedConfigMaps),
    ("secret", Refused::ProjectedSecrets),
    ("serviceAccountToken", Refused::ProjectedServiceAccounts),
    ("clusterTrustBundle", Refused::ClusterTrustBundles),
    ("podCertificate", Refused::PodCertificates),
];

fn refused_volume(volume: &At<'_>) -> Option<(Refused, Option<Span>)> {
    let hit = |at: &At<'_>, table: &[(&'static str, Refused)]| {
        table.iter().find_map(|(name, refused)| {
            let source = at.field(name);
            source.is_set().then(|| (refused.clone(), source.span()))
        })
    };
    let projection = |source: At<'_>| {
        let unknown = || {
            let refused = Refused::UnknownProjection(volume.field("name").text().into());
            (!source.field("downwardAPI").is_set()).then(|| (refused, source.span()))
        };
        hit(&source, &REFUSED_PROJECTIONS).or_else(unknown)
    };
    hit(volume, &REFUSED_VOLUMES)
        .or_else(|| volume.field("projected").field("sources").items().find_map(projection))
}

/// Where volume sources name a secret: the source, the field with the reference, the name in it.
const SECRET_REFS: [(&str, &[&str]); 11] = [
    ("azureFile", &["secretName"]),
    ("cephfs", &["secretRef", "name"]),
    ("cinder", &["secretRef", "name"]),
    ("flexVolume", &["secretRef", "name"]),
    ("rbd", &["secretRef", "name"]),
    ("secret", &["secretName"]),
    ("scaleIO", &["secretRef", "name"]),
    ("iscsi", &["secretRef", "name"]),
    ("storageos", &["secretRef", "name"]),
    ("csi", &["nodePublishSecretRef", "name"]),
    ("projected", &[]),
];

fn secrets<'a>(spec: &At<'a>) -> Option<At<'a>> {
    let pulls = spec.field("imagePullSecrets").items().map(|item| item.field("name")).find(named);
    pulls.or_else(|| container_references(spec, "secretKeyRef", "secretRef")).or_else(|| {
        spec.field("volumes").items().find_map(|volume| {
            SECRET_REFS.iter().find_map(|(source, path)| {
                let source = volume.field(source);
                if path.is_empty() {
                    return projections(&source, "secret");
                }
                Some(path.iter().fold(source, |at, name| at.field(name))).filter(named)
            })
        })
    })
}

fn config_maps<'a>(spec: &At<'a>) -> Option<At<'a>> {
    container_references(spec, "configMapKeyRef", "configMapRef").or_else(|| {
        spec.field("volumes").items().find_map(|volume| {
            Some(volume.field("configMap").field("name"))
                .filter(named)
                .or_else(|| projections(&volume.field("projected"), "configMap"))
        })
    })
}

fn projections<'a>(projected: &At<'a>, kind: &'static str) -> Option<At<'a>> {
    projected.field("sources").items().map(|source| source.field(kind).field("name")).find(named)
}

/// References out of the environment of any container.
fn container_references<'a>(spec: &At<'a>, key_ref: &'static str, from_ref: &'static str) -> Option<At<'a>> {
    ["initContainers", "containers", "ephemeralContainers"].iter().find_map(|list| {
        spec.field(list).items().find_map(|container| {
            let from =
                container.field("envFrom").items().map(|item| item.field(from_ref).field("name")).find(named);
            from.or_else(|| {
                let env = container.field("env");
                env.items().map(|item| item.field("valueFrom").field(key_ref).field("name")).find(named)
            })
        })
    })
}

fn named(at: &At<'_>) -> bool {
    !at.text().is_empty()
}
