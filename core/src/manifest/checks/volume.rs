//! Rules for the pod's volumes: names, one source each, and the sources that static pods use. The others are in `storage`.

use std::collections::BTreeMap;

use super::{At, Errors, claim, env, projected, storage, text};
use crate::manifest::quantity::Quantity;

/// The volumes that are well formed, by name: only these can be mounted.
pub(super) type Volumes<'a> = BTreeMap<&'a str, At<'a>>;

pub(super) const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

type Rule = fn(&At<'_>, &mut Errors);

/// A source's field; the names that messages give it when it is the second source, and otherwise; its rules.
struct Source(&'static str, &'static str, &'static str, Rule);

/// All sources, in Kubernetes' order.
const SOURCES: [Source; 30] = [
    Source("emptyDir", "emptyDir", "emptyDir", empty_dir),
    Source("hostPath", "hostPath", "hostPath", host_path),
    Source("gitRepo", "gitRepo", "gitRepo", storage::git_repo),
    Source("gcePersistentDisk", "gcePersistentDisk", "persistentDisk", storage::gce_disk),
    Source("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", storage::aws_disk),
    Source("secret", "secret", "secret", secret),
    Source("nfs", "nfs", "nfs", storage::nfs),
    Source("iscsi", "iscsi", "iscsi", storage::iscsi),
    Source("glusterfs", "glusterfs", "glusterfs", storage::glusterfs),
    Source("flocker", "flocker", "flocker", storage::flocker),
    Source("persistentVolumeClaim", "persistentVolumeClaim", "persistentVolumeClaim", claim_name),
    Source("rbd", "rbd", "rbd", storage::rbd),
    Source("cinder", "cinder", "cinder", storage::cinder),
    Source("cephfs", "cephFS", "cephfs", storage::cephfs),
    Source("quobyte", "quobyte", "quobyte", storage::quobyte),
    Source("downwardAPI", "downwarAPI", "downwardAPI", downward),
    Source("fc", "fc", "fc", storage::fc),
    Source("flexVolume", "flexVolume", "flexVolume", storage::flex),
    Source("configMap", "configMap", "configMap", config_map),
    Source("azureFile", "azureFile", "azureFile", storage::azure_file),
    Source("vsphereVolume", "vsphereVolume", "vsphereVolume", storage::vsphere),
    Source("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", storage::photon),
    Source("portworxVolume", "portworxVolume", "portworxVolume", storage::portworx),
    Source("azureDisk", "azureDisk", "azureDisk", storage::azure_disk),
    Source("storageos", "storageos", "storageos", storage::storageos),
    Source("projected", "projected", "projected", projected::check),
    Source("scaleIO", "scaleIO", "scaleIO", storage::scale_io),
    Source("csi", "csi", "csi", storage::csi),
    Source("ephemeral", "ephemeral", "ephemeral", claim::ephemeral),
    Source("image", "image", "image", image),
];

/// Checks `volumes`, and says which are well formed.
pub(super) fn check<'a>(spec: &At<'a>, pod_name: &str, errors: &mut Errors) -> Volumes<'a> {
    let list = spec.field("volumes");
    let created = list
        .items()
        .filter(|volume| volume.field("ephemeral").is_set())
        .map(|volume| format!("{pod_name}-{}", volume.field("name").text()));
    let created = crate::sort::set(created);
    let mut volumes = Volumes::new();
    for volume in list.items() {
        let before = errors.count();
        let name = volume.field("name");
        sources(&volume, pod_name, errors);
        if errors.need_text(&name) {
            errors.passes(&name, text::dns_label);
        }
        if volumes.contains_key(name.text()) {
            errors.duplicate(&name, name.text());
        }
        if errors.count() == before {
            volumes.insert(name.text(), volume.clone());
        }
        let claim = volume.field("persistentVolumeClaim").field("claimName");
        if created.contains(claim.text()) {
            errors.invalid_text(&claim, "must not reference a PVC that gets created for an ephemeral volume");
        }
    }
    volumes
}

fn sources(volume: &At<'_>, pod_name: &str, errors: &mut Errors) {
    let name = volume.field("name");
    let mut first: Option<&str> = None;
    for Source(field, second, shown, rule) in &SOURCES {
        let source = volume.field(field);
        if !source.is_set() {
            continue;
        }
        if first.is_some() {
            errors.forbidden(&volume.named_at(second, &source), "may not specify more than 1 volume type");
        } else {
            first = Some(field);
            rule(&volume.named_at(shown, &source), errors);
        }
        if *field == "iscsi" && source.field("initiatorName").is_set() {
            storage::iscsi_name_length(&name, &source, errors);
        }
    }
    match first {
        None => errors.required(volume, "must specify a volume type"),
        Some("ephemeral") if !name.text().is_empty() => {
            let claim = format!("{pod_name}-{}", name.text());
            for problem in text::dns_subdomain(&claim) {
                errors.invalid_text(&name, format!("PVC name \"{claim}\": {problem}"));
            }
        }
        Some(_) => {}
    }
}

fn empty_dir(source: &At<'_>, errors: &mut Errors) {
    let size = source.field("sizeLimit");
    if size.quantity().is_some_and(Quantity::is_negative) {
        errors.forbidden(&size, "SizeLimit field must be a valid resource quantity");
    }
}

fn host_path(source: &At<'_>, errors: &mut Errors) {
    let path = source.field("path");
    if !errors.need_text(&path) {
        return;
    }
    errors.passes(&path, text::no_backsteps);
    errors.one_of(
        &source.field("type"),
        &[
            "",
            "BlockDevice",
            "CharDevice",
            "Directory",
            "DirectoryOrCreate",
            "File",
            "FileOrCreate",
            "Socket",
        ],
    );
}

fn image(source: &At<'_>, errors: &mut Errors) {
    errors.one_of(&source.field("pullPolicy"), &["Always", "IfNotPresent", "Never"]);
}

fn claim_name(source: &At<'_>, errors: &mut Errors) {
    errors.need_text(&source.field("claimName"));
}

fn secret(source: &At<'_>, errors: &mut Errors) {
    errors.need_text(&source.field("secretName"));
    mode(&source.field("defaultMode"), errors);
    keys(source, errors);
}

fn config_map(source: &At<'_>, errors: &mut Errors) {
    errors.need_text(&source.field("name"));
    mode(&source.field("defaultMode"), errors);
    keys(source, errors);
}

fn keys(source: &At<'_>, errors: &mut Errors) {
    for item in source.field("items").items() {
        key_to_path(&item, errors);
    }
}

/// Checks which key goes to which file.
pub(super) fn key_to_path(item: &At<'_>, errors: &mut Errors) {
    errors.need_text(&item.field("key"));
    let path = item.field("path");
    errors.need_text(&path);
    errors.passes(&path, text::local_path);
    mode(&item.field("mode"), errors);
}

/// Checks the permissions of a file.
pub(super) fn mode(at: &At<'_>, errors: &mut Errors) {
    if let Some(mode) = at.int().filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(at, mode, FILE_MODE);
    }
}

fn downward(source: &At<'_>, errors: &mut Errors) {
    mode(&source.field("defaultMode"), errors);
    for item in source.field("items").items() {
        downward_file(source, &item, errors);
    }
}

/// Checks a file with one of the pod's fields in it. Kubernetes reports it at the source.
pub(super) fn downward_file(source: &At<'_>, item: &At<'_>, errors: &mut Errors) {
    let at = source.at_entry(item);
    let path = at.field("path");
    errors.need_text(&path);
    errors.passes(&path, text::local_path);
    let (field, resource) = (at.field("fieldRef"), at.field("resourceFieldRef"));
    if field.is_set() {
        env::field_ref(&field, &env::FILE_FIELDS, errors);
        if resource.is_set() {
            errors.invalid(
                &at,
                "resource",
                "fieldRef and resourceFieldRef can not be specified simultaneously",
            );
        }
    } else if resource.is_set() {
        env::resource_ref(&resource, true, errors);
    } else {
        errors.required(&at, "one of fieldRef and resourceFieldRef is required");
    }
    mode(&at.field("mode"), errors);
}
