//! Rules for projected volumes: several sources in one directory.

use std::collections::BTreeSet;

use super::{At, Errors, json, selector, text, volume};

const CONFLICT: &str = "conflicting duplicate paths";

/// Checks a `projected` source.
pub(super) fn check(projected: &At<'_>, errors: &mut Errors) {
    volume::mode(&projected.field("defaultMode"), errors);
    let mut paths = Paths { projected, taken: BTreeSet::new() };
    for source in projected.field("sources").items() {
        let mut count = 0;
        for kind in KINDS {
            let at = source.field(kind.0);
            if at.is_set() {
                count += 1;
                kind.1(&at, &mut paths, errors);
            }
        }
        if count > 1 {
            errors.forbidden(&source, "may not specify more than 1 volume type per source");
        }
    }
}

type Rule = for<'a> fn(&At<'a>, &mut Paths<'_, 'a>, &mut Errors);

/// The sources, in Kubernetes' order.
const KINDS: [(&str, Rule); 6] = [
    ("secret", keys),
    ("configMap", keys),
    ("downwardAPI", downward),
    ("serviceAccountToken", token),
    ("clusterTrustBundle", trust_bundle),
    ("podCertificate", certificate),
];

/// The files that the sources before have taken.
struct Paths<'v, 'a> {
    projected: &'v At<'a>,
    taken: BTreeSet<String>,
}

impl Paths<'_, '_> {
    /// Takes a path for a file; complains, showing `shown`, when it is taken.
    fn take(&mut self, path: &At<'_>, shown: &str, errors: &mut Errors) {
        if !self.taken.insert(path.text().to_owned()) {
            errors.invalid(&self.projected.at_entry(path), shown, CONFLICT);
        }
    }
}

fn keys<'a>(source: &At<'a>, paths: &mut Paths<'_, 'a>, errors: &mut Errors) {
    let name = source.field("name");
    errors.need_text(&name);
    for item in source.field("items").items() {
        volume::key_to_path(&item, errors);
        let path = item.field("path");
        if !path.text().is_empty() {
            paths.take(&path, name.text(), errors);
        }
    }
}

fn downward<'a>(source: &At<'a>, paths: &mut Paths<'_, 'a>, errors: &mut Errors) {
    for item in source.field("items").items() {
        volume::downward_file(source, &item, errors);
        let path = item.field("path");
        if !path.text().is_empty() {
            paths.take(&path, path.text(), errors);
        }
    }
}

fn token<'a>(source: &At<'a>, paths: &mut Paths<'_, 'a>, errors: &mut Errors) {
    let expiration = source.field("expirationSeconds");
    let seconds = expiration.int().unwrap_or(0);
    if seconds < 600 {
        errors.invalid(&expiration, seconds, "may not specify a duration less than 10 minutes");
    }
    if seconds > 1 << 32 {
        errors.invalid(&expiration, seconds, "may not specify a duration larger than 2^32 seconds");
    }
    // Kubernetes reports these at the volume.
    let path = paths.projected.named_at("path", &source.field("path"));
    if errors.need_text(&path) {
        errors.passes(&path, text::local_path);
    }
}

fn trust_bundle<'a>(source: &At<'a>, paths: &mut Paths<'_, 'a>, errors: &mut Errors) {
    let (name, signer, labels) =
        (source.field("name"), source.field("signerName"), source.field("labelSelector"));
    match (name.is_set(), signer.is_set()) {
        (true, true) => {
            errors.invalid(source, json::compact(source), "only one of name and signerName may be used");
        }
        (true, false) => {
            if name.text().is_empty() {
                errors.required(&name, "must be a valid object name");
            }
            for problem in bundle_name(name.text()) {
                errors.invalid_text(&name, format!("not a valid clustertrustbundlename: {problem}"));
            }
            if labels.is_set() {
                let detail = "labelSelector must be unset if name is specified";
                errors.invalid(&labels, json::compact(&labels), detail);
            }
        }
        (false, true) => {
            if signer.text().is_empty() {
                errors.required(&signer, "must be a valid signer name");
            }
            signer_name(&signer, errors);
            selector::labels(&labels, errors);
        }
        (false, false) => errors.required(source, "either name or signerName must be specified"),
    }
    let path = source.field("path");
    errors.need_text(&path);
    errors.passes(&path, text::local_path);
    paths.take(&path, path.text(), errors);
}

/// A bundle of a signer is named `<domain>:<signer>:<name>`.
fn bundle_name(name: &str) -> Vec<String> {
    match name.rsplit_once(':') {
        Some((_, last)) => text::dns_subdomain(last),
        None => text::dns_subdomain(name),
    }
}

const KEY_TYPES: [&str; 6] = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];

fn certificate<'a>(source: &At<'a>, paths: &mut Paths<'_, 'a>, errors: &mut Errors) {
    signer_name(&source.field("signerName"), errors);
    let key_type = source.field("keyType");
    if !KEY_TYPES.contains(&key_type.text()) {
        errors.not_supported(&key_type, key_type.text(), &KEY_TYPES);
    }
    let expiration = source.field("maxExpirationSeconds");
    if let Some(seconds) = expiration.int() {
        if seconds < 3600 {
            errors.invalid(&expiration, seconds, "if provided, maxExpirationSeconds must be >= 3600");
        } else if seconds > 91 * 24 * 3600 {
            errors.invalid(&expiration, seconds, "if provided, maxExpirationSeconds must be <= 7862400");
        }
    }
    let mut some = false;
    for path in ["credentialBundlePath", "keyPath", "certificateChainPath"].map(|name| source.field(name)) {
        if !path.text().is_empty() {
            some = true;
            errors.passes(&path, text::local_path);
            paths.take(&path, path.text(), errors);
        }
    }
    if !some {
        errors.required(
            source,
            "specify at least one of credentialBundlePath, keyPath, and certificateChainPath",
        );
    }
    let annotations = source.field("userAnnotations");
    for (key, value) in annotations.entries() {
        for problem in text::qualified_name(&key.to_lowercase()) {
            errors.invalid(&annotations.at_entry(&value), key, problem);
        }
    }
}

/// `example.com/name`: a domain of two parts at least, and a path of names.
fn signer_name(at: &At<'_>, errors: &mut Errors) {
    if !errors.need_text(at) {
        return;
    }
    let mut parts = at.text().split('/');
    let (Some(domain), Some(path), None) = (parts.next(), parts.next(), parts.next()) else {
        errors.invalid_text(
            at,
            "must be a fully qualified domain and path of the form 'example.com/signer-name'",
        );
        return;
    };
    for problem in text::dns_subdomain(domain) {
        errors.invalid(at, domain, format!("validating label \"{domain}\": {problem}"));
    }
    if !domain.contains('.') {
        errors.invalid(at, domain, "should be a domain with at least two segments");
    }
    for label in path.split('.') {
        for problem in text::dns_label(label) {
            errors.invalid(at, path, format!("validating label \"{label}\": {problem}"));
        }
    }
}
