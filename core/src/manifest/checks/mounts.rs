//! Rules for what a container mounts.

use std::collections::BTreeSet;

use super::{At, Errors, text, volume::Volumes};

/// Checks `volumeMounts` and `volumeDevices`.
pub(super) fn check(container: &At<'_>, volumes: &Volumes<'_>, errors: &mut Errors) {
    let (mounts, devices) = (container.field("volumeMounts"), container.field("volumeDevices"));
    let mut paths = BTreeSet::new();
    for mount in mounts.items() {
        let (name, path) = (mount.field("name"), mount.field("mountPath"));
        errors.need_text(&name);
        if !volumes.contains_key(name.text()) {
            errors.not_found(&name, name.text());
        }
        errors.need_text(&path);
        if !paths.insert(path.text()) {
            errors.invalid_text(&path, "must be unique");
        }
        if has(&devices, "name", name.text()) {
            errors.invalid_text(&name, "must not already exist in volumeDevices");
        }
        if has(&devices, "devicePath", path.text()) {
            errors.invalid_text(&path, "must not already exist as a path in volumeDevices");
        }
        sub_paths(&mounts, &mount, errors);
        propagation(&mounts, &mount, container, errors);
        recursive(&mounts, &mount, errors);
    }
    block_devices(&mounts, &devices, volumes, errors);
}

fn has(list: &At<'_>, field: &'static str, text: &str) -> bool {
    list.items().any(|item| item.field(field).text() == text)
}

fn sub_paths(mounts: &At<'_>, mount: &At<'_>, errors: &mut Errors) {
    let (plain, expression) = (mount.field("subPath"), mount.field("subPathExpr"));
    // Kubernetes reports these without the index.
    if !plain.text().is_empty() {
        errors.passes(&mounts.named_at("subPath", &plain), text::descending_path);
    }
    if !expression.text().is_empty() {
        if !plain.text().is_empty() {
            errors.invalid_text(&expression, "subPathExpr and subPath are mutually exclusive");
        }
        errors.passes(&mounts.named_at("subPathExpr", &expression), text::descending_path);
    }
}

fn propagation(mounts: &At<'_>, mount: &At<'_>, container: &At<'_>, errors: &mut Errors) {
    let mode = mount.field("mountPropagation");
    let place = mounts.named_at("mountPropagation", &mode);
    errors.one_of(&place, &["Bidirectional", "HostToContainer", "None"]);
    if mode.text() == "Bidirectional" && !container.field("securityContext").field("privileged").is_true() {
        let detail = "Bidirectional mount propagation is available only to privileged containers";
        errors.forbidden(&place, detail);
    }
}

fn recursive(mounts: &At<'_>, mount: &At<'_>, errors: &mut Errors) {
    let mode = mount.field("recursiveReadOnly");
    let place = mounts.named_at("recursiveReadOnly", &mode);
    errors.one_of(&place, &["Disabled", "Enabled", "IfPossible"]);
    if !["Enabled", "IfPossible"].contains(&mode.text()) {
        return;
    }
    if !mount.field("readOnly").is_true() {
        errors.forbidden(&place, "may only be specified when readOnly is true");
    }
    let propagation = mount.field("mountPropagation");
    if propagation.is_set() && propagation.text() != "None" {
        errors.forbidden(&place, "may only be specified when mountPropagation is None or not specified");
    }
}

fn block_devices(mounts: &At<'_>, devices: &At<'_>, volumes: &Volumes<'_>, errors: &mut Errors) {
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for device in devices.items() {
        let (name, path) = (device.field("name"), device.field("devicePath"));
        errors.need_text(&name);
        if names.contains(name.text()) {
            errors.invalid_text(&name, "must be unique");
        }
        match volumes.get(name.text()) {
            None => errors.not_found(&name, name.text()),
            Some(volume)
                if ["persistentVolumeClaim", "ephemeral"].iter().any(|kind| volume.field(kind).is_set()) => {}
            Some(_) => errors.invalid_text(
                &name,
                "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
            ),
        }
        errors.need_text(&path);
        if paths.contains(path.text()) {
            errors.invalid_text(&path, "must be unique");
        }
        if text::no_backsteps(path.text()).is_empty() {
            paths.insert(path.text());
        } else {
            errors.invalid_text(&path, "can not contain backsteps ('..')");
        }
        if has(mounts, "name", name.text()) {
            errors.invalid_text(&name, "must not already exist in volumeMounts");
        }
        if has(mounts, "mountPath", path.text()) {
            errors.invalid_text(&path, "must not already exist as a path in volumeMounts");
        }
        if !name.text().is_empty() {
            names.insert(name.text());
        }
    }
}
