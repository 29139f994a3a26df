//! Rules for claims: of storage, written inside a volume, and of other resources.

use std::collections::BTreeSet;

use super::{
    At, Errors,
    json::{self, Member, Shape},
    metadata, resources, selector, text,
};
use crate::manifest::{BadValue, quantity::Quantity};

/// Metadata that a template may not have, with the names that messages give them.
const UNWANTED: [(&str, &str); 13] = [
    ("name", "name"),
    ("generateName", "generateName"),
    ("namespace", "namespace"),
    ("selfLink", "selfLink"),
    ("uid", "uID"),
    ("resourceVersion", "resourceVersion"),
    ("generation", "generation"),
    ("creationTimestamp", "creationTimestamp"),
    ("deletionTimestamp", "deletionTimestamp"),
    ("deletionGracePeriodSeconds", "deletionGracePeriodSeconds"),
    ("ownerReferences", "ownerReferences"),
    ("finalizers", "finalizers"),
    ("managedFields", "managedFields"),
];

const ACCESS_MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// Checks an `ephemeral` source: a claim made for this pod alone.
pub(super) fn ephemeral(source: &At<'_>, errors: &mut Errors) {
    let template = source.field("volumeClaimTemplate");
    if !template.is_set() {
        errors.required(&template, "");
        return;
    }
    let data = template.field("metadata");
    metadata::annotations(&data.field("annotations"), 0, errors);
    metadata::labels(&data.field("labels"), errors);
    for (name, shown) in UNWANTED {
        let field = data.field(name);
        let zero = field.int() == Some(0) && name == "generation";
        let empty = field.node().is_some_and(|node| node.as_str() == Some(""));
        if field.is_set() && !zero && !empty {
            errors.forbidden(&data.named_at(shown, &field), "cannot be set");
        }
    }
    spec(&template.field("spec"), errors);
}

fn spec(spec: &At<'_>, errors: &mut Errors) {
    let modes = spec.field("accessModes");
    if modes.is_empty() {
        errors.required(&modes, "at least 1 access mode is required");
    }
    selector::labels(&spec.field("selector"), errors);
    for mode in modes.items() {
        // Kubernetes reports these at the list.
        errors.one_of(&modes.at_entry(&mode), &ACCESS_MODES);
    }
    let has = |fits: fn(&str) -> bool| modes.items().any(|mode| fits(mode.text()));
    if has(|mode| mode == "ReadWriteOncePod")
        && has(|mode| mode != "ReadWriteOncePod" && ACCESS_MODES.contains(&mode))
    {
        errors.forbidden(&modes, "may not use ReadWriteOncePod with other access modes");
    }
    storage(spec, errors);
    class(&spec.field("storageClassName"), errors);
    errors.one_of(&spec.field("volumeMode"), &["Block", "Filesystem"]);
    data_sources(spec, errors);
    class(&spec.field("volumeAttributesClassName"), errors);
}

fn storage(spec: &At<'_>, errors: &mut Errors) {
    let resources = spec.field("resources");
    let written = resources.field("requests").key("storage");
    let at = resources.key("storage").at_entry(&written);
    match written.quantity() {
        None => errors.required(&at, ""),
        Some(value) if value <= Quantity::ZERO => errors.invalid(&at, &*value.to_string(), text::POSITIVE),
        Some(_) => resources::amount(&at, "storage", errors),
    }
}

fn class(at: &At<'_>, errors: &mut Errors) {
    if !at.text().is_empty() {
        errors.passes(at, text::dns_subdomain);
    }
}

fn data_sources(spec: &At<'_>, errors: &mut Errors) {
    let (source, reference) = (spec.field("dataSource"), spec.field("dataSourceRef"));
    for at in [&source, &reference] {
        if at.is_set() {
            data_source(at, errors);
        }
    }
    let namespace = reference.field("namespace");
    if !namespace.text().is_empty() {
        errors.passes(&namespace, text::dns_label);
    }
    if !source.is_set() || !reference.is_set() {
        return;
    }
    let same = ["apiGroup", "kind", "name"]
        .iter()
        .all(|name| source.field(name).text() == reference.field(name).text());
    // Kubernetes shows a path here, which prints as an empty structure.
    let shown = BadValue::Shown("{}".to_owned());
    if !namespace.text().is_empty() {
        errors.invalid(spec, shown, "may not be specified when dataSourceRef.namespace is specified");
    } else if !same {
        errors.invalid(spec, shown, "must match dataSourceRef");
    }
}

fn data_source(at: &At<'_>, errors: &mut Errors) {
    errors.need_text(&at.field("name"));
    errors.need_text(&at.field("kind"));
    let (group, kind) = (at.field("apiGroup"), at.field("kind").text());
    if group.text().is_empty() {
        if kind != "PersistentVolumeClaim" {
            errors.invalid(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
        }
    } else {
        errors.passes(&group, text::dns_subdomain);
    }
}

const RESOURCE_CLAIM: [Member; 3] = [
    Member("name", "Name", Shape::Text),
    Member("resourceClaimName", "ResourceClaimName", Shape::Nullable),
    Member("resourceClaimTemplateName", "ResourceClaimTemplateName", Shape::Nullable),
];

/// Checks `resourceClaims`, and returns their names.
pub(super) fn resource_claims<'a>(spec: &At<'a>, is_mirror: bool, errors: &mut Errors) -> BTreeSet<&'a str> {
    let list = spec.field("resourceClaims");
    if is_mirror && !list.is_empty() {
        errors.forbidden(&list.nowhere(), "static pods do not support resource claims");
    }
    let mut names = BTreeSet::new();
    for claim in list.items() {
        let name = claim.field("name");
        if errors.need_text(&name) {
            if names.insert(name.text()) {
                errors.passes(&name, text::dns_label);
            } else {
                errors.duplicate(&name, name.text());
            }
        }
        let (own, template) = (claim.field("resourceClaimName"), claim.field("resourceClaimTemplateName"));
        let detail = match (own.is_set(), template.is_set()) {
            (true, true) => {
                Some("at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
            }
            (false, false) => Some("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            _ => None,
        };
        if let Some(detail) = detail {
            errors.invalid(&claim, json::structure(&claim, &RESOURCE_CLAIM), detail);
        }
        for at in [own, template] {
            if at.is_set() {
                errors.passes(&at, text::dns_subdomain);
            }
        }
    }
    names
}
