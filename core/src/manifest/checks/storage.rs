//! Rules for volumes that come from storage systems. Static pods can use some of them; the rules hold for all.

use super::{At, Errors, text};

fn need(source: &At<'_>, names: &[&'static str], errors: &mut Errors) {
    for name in names {
        errors.need_text(&source.field(name));
    }
}

fn need_list(source: &At<'_>, name: &'static str, errors: &mut Errors) {
    let list = source.field(name);
    if list.is_empty() {
        errors.required(&list, "");
    }
}

fn need_secret_name(source: &At<'_>, errors: &mut Errors) {
    let secret = source.field("secretRef");
    if secret.is_set() {
        errors.need_text(&secret.field("name"));
    }
}

fn in_range(at: &At<'_>, low: i64, high: i64, shown: (i64, i64), errors: &mut Errors) {
    if let Some(value) = at.int().filter(|value| !(low..=high).contains(value)) {
        errors.invalid(at, value, text::between(shown.0, shown.1));
    }
}

pub(super) fn git_repo(source: &At<'_>, errors: &mut Errors) {
    need(source, &["repository"], errors);
    errors.passes(&source.field("directory"), text::descending_path);
}

pub(super) fn gce_disk(source: &At<'_>, errors: &mut Errors) {
    need(source, &["pdName"], errors);
    in_range(&source.field("partition"), 0, 255, (1, 255), errors);
}

pub(super) fn aws_disk(source: &At<'_>, errors: &mut Errors) {
    need(source, &["volumeID"], errors);
    in_range(&source.field("partition"), 0, 255, (1, 255), errors);
}

pub(super) fn nfs(source: &At<'_>, errors: &mut Errors) {
    need(source, &["server", "path"], errors);
    let path = source.field("path");
    if !path.text().starts_with('/') {
        errors.invalid_text(&path, "must be an absolute path");
    }
}

pub(super) fn iscsi(source: &At<'_>, errors: &mut Errors) {
    need(source, &["targetPortal"], errors);
    let iqn = source.field("iqn");
    if errors.need_text(&iqn) {
        iscsi_name(&iqn, errors);
    }
    in_range(&source.field("lun"), 0, 255, (0, 255), errors);
    let chap = ["chapAuthDiscovery", "chapAuthSession"].iter().any(|name| source.field(name).is_true());
    let secret = source.field("secretRef");
    if chap && !secret.is_set() {
        errors.required(&secret, "");
    }
    let initiator = source.field("initiatorName");
    if initiator.is_set() {
        iscsi_name(&source.named_at("initiatorname", &initiator), errors);
    }
}

/// The volume's name and the portal become one name, which has a limit.
pub(super) fn iscsi_name_length(name: &At<'_>, source: &At<'_>, errors: &mut Errors) {
    if name.text().len() + 1 + source.field("targetPortal").text().len() > 64 {
        errors.invalid_text(name, "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.");
    }
}

fn iscsi_name(at: &At<'_>, errors: &mut Errors) {
    let name = at.text();
    let exactly = |rest: &str, count: usize| {
        let mut rest = rest.chars();
        rest.next().is_some() && rest.as_str().len() == count && rest.all(|c| c.is_ascii_alphanumeric())
    };
    let fits = match name.get(..3) {
        Some("iqn") => is_iqn(name),
        Some("eui") => exactly(&name[3..], 16),
        Some("naa") => exactly(&name[3..], 32),
        _ => {
            errors.invalid_text(at, "must be valid format starting with iqn, eui, or naa");
            return;
        }
    };
    if !fits {
        errors.invalid_text(at, "must be valid format");
    }
}

/// `iqn.2015-02.example.com:what-ever`.
fn is_iqn(name: &str) -> bool {
    let Some((head, tail)) = name.split_once(':') else { return false };
    let date = head.strip_prefix("iqn.").map(|rest| rest.split_at_checked(8));
    let Some(Some((date, domain))) = date else { return false };
    let date_fits = date.bytes().enumerate().all(|(index, b)| match index {
        4 => b == b'-',
        7 => b == b'.',
        _ => b.is_ascii_digit(),
    });
    date_fits
        && !domain.is_empty()
        && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        && !tail.is_empty()
        && !tail.contains(|c: char| "^,;*&$|".contains(c) || c.is_ascii_whitespace())
}

pub(super) fn glusterfs(source: &At<'_>, errors: &mut Errors) {
    need(source, &["endpoints", "path"], errors);
}

pub(super) fn flocker(source: &At<'_>, errors: &mut Errors) {
    let (name, uuid) = (source.field("datasetName"), source.field("datasetUUID"));
    match (name.text().is_empty(), uuid.text().is_empty()) {
        (true, true) => errors.required(source, "one of datasetName and datasetUUID is required"),
        (false, false) => {
            errors.invalid(
                source,
                "resource",
                "datasetName and datasetUUID can not be specified simultaneously",
            );
        }
        _ => {}
    }
    if name.text().contains('/') {
        errors.invalid_text(&name, "must not contain '/'");
    }
}

pub(super) fn rbd(source: &At<'_>, errors: &mut Errors) {
    need_list(source, "monitors", errors);
    need(source, &["image"], errors);
}

pub(super) fn cinder(source: &At<'_>, errors: &mut Errors) {
    need(source, &["volumeID"], errors);
    need_secret_name(source, errors);
}

pub(super) fn cephfs(source: &At<'_>, errors: &mut Errors) {
    need_list(source, "monitors", errors);
}

pub(super) fn quobyte(source: &At<'_>, errors: &mut Errors) {
    let pairs = "must be a host:port pair or multiple pairs separated by commas";
    let (registry, tenant) = (source.field("registry"), source.field("tenant"));
    if registry.text().is_empty() {
        errors.required(&registry, pairs);
    } else if tenant.text().len() > 64 {
        errors.required(&tenant, "must be a UUID and may not exceed a length of 64 characters");
    } else {
        for pair in registry.text().split(',') {
            if !is_host_port(pair) {
                errors.invalid_text(&registry, pairs);
            }
        }
    }
    need(source, &["volume"], errors);
}

/// One colon, or an address of version 6 in brackets before it.
fn is_host_port(pair: &str) -> bool {
    let Some((host, _)) = pair.rsplit_once(':') else { return false };
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.map_or(!host.contains([':', '[', ']']), |inner| !inner.contains(['[', ']']))
}

pub(super) fn fc(source: &At<'_>, errors: &mut Errors) {
    let (targets, ids, lun) = (source.field("targetWWNs"), source.field("wwids"), source.field("lun"));
    match (targets.is_empty(), ids.is_empty()) {
        (true, true) => errors.required(&targets, "must specify either targetWWNs or wwids, but not both"),
        (false, false) => errors.invalid(
            &targets,
            super::json::compact(&targets),
            "targetWWNs and wwids can not be specified simultaneously",
        ),
        _ => {}
    }
    if targets.is_empty() {
        return;
    }
    if lun.is_set() {
        in_range(&lun, 0, 255, (0, 255), errors);
    } else {
        errors.required(&lun, "lun is required if targetWWNs is specified");
    }
}

pub(super) fn flex(source: &At<'_>, errors: &mut Errors) {
    need(source, &["driver"], errors);
    for (key, option) in source.field("options").entries() {
        let namespace = key.split_once('/').map_or(key, |(namespace, _)| namespace);
        let dotted = format!(".{}", namespace.to_lowercase());
        if dotted.ends_with(".kubernetes.io") || dotted.ends_with(".k8s.io") {
            errors.invalid(&option, key, "kubernetes.io and k8s.io namespaces are reserved");
        }
    }
}

pub(super) fn azure_file(source: &At<'_>, errors: &mut Errors) {
    need(source, &["secretName", "shareName"], errors);
}

pub(super) fn vsphere(source: &At<'_>, errors: &mut Errors) {
    need(source, &["volumePath"], errors);
}

pub(super) fn photon(source: &At<'_>, errors: &mut Errors) {
    need(source, &["pdID"], errors);
}

pub(super) fn portworx(source: &At<'_>, errors: &mut Errors) {
    need(source, &["volumeID"], errors);
}

const MANAGED_DISK: &str =
    "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_DISK: &str = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

pub(super) fn azure_disk(source: &At<'_>, errors: &mut Errors) {
    need(source, &["diskName", "diskURI"], errors);
    errors.one_of(&source.field("cachingMode"), &["None", "ReadOnly", "ReadWrite"]);
    let (kind, uri) = (source.field("kind"), source.field("diskURI"));
    errors.one_of(&kind, &["Dedicated", "Managed", "Shared"]);
    if kind.text() == "Managed" && !uri.text().starts_with("/subscriptions/") {
        errors.not_supported(&uri, uri.text(), &[MANAGED_DISK]);
    }
    if kind.is_set() && kind.text() != "Managed" && !uri.text().starts_with("https://") {
        errors.not_supported(&uri, uri.text(), &[BLOB_DISK]);
    }
}

pub(super) fn storageos(source: &At<'_>, errors: &mut Errors) {
    let (name, namespace) = (source.field("volumeName"), source.field("volumeNamespace"));
    if errors.need_text(&name) {
        errors.passes(&name, text::dns_label);
    }
    if !namespace.text().is_empty() {
        errors.passes(&namespace, text::dns_label);
    }
    need_secret_name(source, errors);
}

pub(super) fn scale_io(source: &At<'_>, errors: &mut Errors) {
    need(source, &["gateway", "system", "volumeName"], errors);
}

pub(super) fn csi(source: &At<'_>, errors: &mut Errors) {
    let driver = source.field("driver");
    errors.need_text(&driver);
    if driver.text().len() > 63 {
        errors.too_long(&driver, 63);
    }
    for problem in text::dns_subdomain(&driver.text().to_lowercase()) {
        errors.invalid_text(&driver, problem);
    }
    let secret = source.field("nodePublishSecretRef");
    let name = secret.field("name");
    if secret.is_set() && errors.need_text(&name) {
        errors.passes(&source.named_at("name", &name), text::dns_subdomain);
    }
}
