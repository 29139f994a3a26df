//! Values inside messages: lists and structures are shown as JSON, structures with the names of Kubernetes' Go fields.

use super::At;
use crate::manifest::{BadValue, json::encode};

/// A field of a Go structure: its name in the manifest, its name in Go, and how it is shown.
pub(super) struct Member(pub(super) &'static str, pub(super) &'static str, pub(super) Shape);

/// How a field is shown.
pub(super) enum Shape {
    /// As it stands; `null` when absent.
    Nullable,
    /// Text; empty when absent.
    Text,
    /// Another structure; `null` when absent.
    Object(&'static [Member]),
}

/// The value as compact JSON, as it stands in the manifest.
pub(super) fn compact(at: &At<'_>) -> BadValue {
    BadValue::Shown(plain(at))
}

/// A structure: all its fields with Go's names.
pub(super) fn structure(at: &At<'_>, members: &[Member]) -> BadValue {
    BadValue::Shown(object(at, members))
}

fn plain(at: &At<'_>) -> String {
    at.node().map_or_else(|| "null".to_owned(), encode)
}

fn object(at: &At<'_>, members: &[Member]) -> String {
    if !at.is_set() {
        return "null".to_owned();
    }
    let shown: Vec<String> = members
        .iter()
        .map(|Member(name, go, shape)| {
            let field = at.field(name);
            let value = match shape {
                Shape::Nullable => plain(&field),
                Shape::Text if field.is_set() => plain(&field),
                Shape::Text => "\"\"".to_owned(),
                Shape::Object(inner) => object(&field, inner),
            };
            format!("\"{go}\":{value}")
        })
        .collect();
    format!("{{{}}}", shown.join(","))
}
