//! Defaults of a volume.

use super::{
    Node, Number, Value, absent_default, container, each, image, is_absent, resources, text_default, within,
};

/// Permissions of files that Kubernetes writes: 0644.
const FILE_MODE: i64 = 0o644;

/// Gives a volume its defaults; one without a source is an empty directory.
pub(super) fn apply(volume: &mut Node) {
    if volume.fields().iter().all(|field| &*field.key == "name" || field.node.value == Value::Null) {
        volume.set("emptyDir", Value::Map(Vec::new()));
    }
    within(volume, "emptyDir", |dir| within(dir, "sizeLimit", resources::canonical_quantity));
    within(volume, "hostPath", |path| absent_default(path, "type", Value::String("".into())));
    for source in ["configMap", "downwardAPI", "projected", "secret"] {
        within(volume, source, |source| {
            absent_default(source, "defaultMode", Value::Number(Number::Int(FILE_MODE)));
        });
    }
    within(volume, "downwardAPI", |source| each(source, "items", container::downward_reference));
    within(volume, "projected", |projected| each(projected, "sources", projection));
    within(volume, "image", |source| {
        let policy = image::pull_policy(source.get("reference").and_then(Node::as_str).unwrap_or_default());
        text_default(source, "pullPolicy", policy);
    });
    within(volume, "iscsi", |source| text_default(source, "iscsiInterface", "default"));
    within(volume, "rbd", |source| {
        text_default(source, "pool", "rbd");
        text_default(source, "user", "admin");
        text_default(source, "keyring", "/etc/ceph/keyring");
    });
    within(volume, "azureDisk", |source| {
        for (name, text) in [("cachingMode", "ReadWrite"), ("kind", "Shared"), ("fsType", "ext4")] {
            if is_absent(source, name) {
                source.set(name, Value::String(text.into()));
            }
        }
        absent_default(source, "readOnly", Value::Bool(false));
    });
    within(volume, "scaleIO", |source| {
        text_default(source, "storageMode", "ThinProvisioned");
        text_default(source, "fsType", "xfs");
    });
    within(volume, "ephemeral", |source| {
        within(source, "volumeClaimTemplate", |template| {
            within(template, "spec", |spec| {
                absent_default(spec, "volumeMode", Value::String("Filesystem".into()));
                within(spec, "resources", resources::canonical);
            });
        });
    });
}

fn projection(source: &mut Node) {
    within(source, "downwardAPI", |source| each(source, "items", container::downward_reference));
    within(source, "serviceAccountToken", |token| {
        absent_default(token, "expirationSeconds", Value::Number(Number::Int(3600)));
    });
}
