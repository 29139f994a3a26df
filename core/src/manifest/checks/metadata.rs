//! Rules for `metadata`: names, labels, annotations, owners. Follows `k8s.io/apimachinery/pkg/api/validation/objectmeta.go`.

use super::{At, Errors, json, text};

/// All annotations together may have so many bytes, keys included.
const ANNOTATIONS_LIMIT: usize = 256 << 10;

/// What the kubelet itself adds before it counts: its annotation with the hash.
const OWN_ANNOTATION: usize = crate::manifest::static_pod::CONFIG_HASH.len() + 32;

/// Finalizers that may be written without a domain.
const PLAIN_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// Checks `metadata`.
pub(super) fn check(metadata: &At<'_>, errors: &mut Errors) {
    let generate = metadata.field("generateName");
    if !generate.text().is_empty() {
        errors.passes(&generate, text::dns_subdomain_prefix);
    }
    errors.passes(&metadata.field("name"), text::dns_subdomain);
    errors.passes(&metadata.field("namespace"), text::dns_label);
    let generation = metadata.field("generation");
    if let Some(value) = generation.int().filter(|value| *value < 0) {
        errors.invalid(&generation, value, text::NOT_NEGATIVE);
    }
    labels(&metadata.field("labels"), errors);
    annotations(&metadata.field("annotations"), OWN_ANNOTATION, errors);
    owners(&metadata.field("ownerReferences"), errors);
    finalizers(&metadata.field("finalizers"), errors);
    managed_fields(&metadata.field("managedFields"), errors);
    for finalizer in metadata.field("finalizers").items() {
        if !finalizer.text().contains('/') && !PLAIN_FINALIZERS.contains(&finalizer.text()) {
            errors.invalid_text(
                &finalizer,
                "name is neither a standard finalizer name nor is it fully qualified",
            );
        }
    }
}

/// Checks keys and values of labels; what is wrong is reported at the map, not at the key.
pub(super) fn labels(labels: &At<'_>, errors: &mut Errors) {
    for (key, value) in labels.entries() {
        for problem in text::qualified_name(key) {
            errors.invalid(&labels.at_entry(&value), key, problem);
        }
        for problem in text::label_value(value.text()) {
            errors.invalid(&labels.at_entry(&value), value.text(), problem);
        }
    }
}

/// Checks keys and size of annotations, of which `own` bytes are there already.
pub(super) fn annotations(annotations: &At<'_>, own: usize, errors: &mut Errors) {
    let mut size = own;
    for (key, value) in annotations.entries() {
        for problem in text::qualified_name(&key.to_lowercase()) {
            errors.invalid(&annotations.at_entry(&value), key, problem);
        }
        size += key.len() + value.text().len();
    }
    if size > ANNOTATIONS_LIMIT {
        errors.too_long(annotations, ANNOTATIONS_LIMIT);
    }
}

fn owners(owners: &At<'_>, errors: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in owners.items() {
        // Kubernetes reports these without the index.
        let field = |name| owners.at_entry(&owner).named_at(name, &owner.field(name));
        let version = owner.field("apiVersion").text();
        if version.rsplit('/').next().unwrap_or_default().is_empty() {
            errors.invalid(&field("apiVersion"), version, "version must not be empty");
        }
        for name in ["kind", "name", "uid"] {
            if owner.field(name).text().is_empty() {
                errors.invalid(&field(name), "", "must not be empty");
            }
        }
        if version == "v1" && owner.field("kind").text() == "Event" {
            let shown = json::compact(&owner);
            errors.invalid(
                &owners.at_entry(&owner),
                shown,
                "/v1, Kind=Event is disallowed from being an owner",
            );
        }
        if owner.field("controller").is_true() {
            let name = format!("{}/{}", owner.field("kind").text(), owner.field("name").text());
            match &controller {
                Some(first) => errors.invalid(
                    owners,
                    json::compact(owners),
                    format!("Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"),
                ),
                None => controller = Some(name),
            }
        }
    }
}

fn finalizers(finalizers: &At<'_>, errors: &mut Errors) {
    for finalizer in finalizers.items() {
        for problem in text::qualified_name(finalizer.text()) {
            errors.invalid(&finalizers.at_entry(&finalizer), finalizer.text(), problem);
        }
    }
    let has = |name| finalizers.items().any(|finalizer| finalizer.text() == name);
    if has("orphan") && has("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(finalizers, json::compact(finalizers), detail);
    }
}

fn managed_fields(list: &At<'_>, errors: &mut Errors) {
    for entry in list.items() {
        let operation = entry.field("operation");
        if !["Apply", "Update"].contains(&operation.text()) {
            errors.invalid_text(&operation, "must be `Apply` or `Update`");
        }
        let kind = entry.field("fieldsType");
        if !["", "FieldsV1"].contains(&kind.text()) {
            errors.invalid_text(&kind, "must be `FieldsV1`");
        }
        for (name, most) in [("manager", 128), ("subresource", 256)] {
            let field = entry.field(name);
            if field.text().len() > most {
                errors.too_long(&field, most);
            }
        }
    }
}
