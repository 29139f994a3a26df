//! Kinds that have no description of their own: names, labels, annotations, and the fields as they are.

use serde_json::Value;

use super::{
    super::object::{entries, scalar, text},
    Context, Page,
    parts::{annotations, events, labels},
};

use crate::cluster::Kind;

pub(super) fn other(page: &mut Page, kind: Kind, object: &Value, context: &Context<'_>) {
    page.field(0, "Name", text(object, "/metadata/name"));
    if kind.is_namespaced() {
        page.field(0, "Namespace", text(object, "/metadata/namespace"));
    }
    labels(page, "Labels", object, "/metadata/labels");
    annotations(page, "Annotations", object, "/metadata/annotations");
    let meta = ["apiVersion", "kind", "metadata"];
    for (key, value) in entries(object, "").into_iter().filter(|(key, _)| !meta.contains(key)) {
        field(page, 0, key, value);
    }
    events(page, object, context);
}

fn field(page: &mut Page, level: usize, key: &str, value: &Value) {
    let title = spaced(key);
    match value {
        Value::Object(_) => {
            page.line(level, format!("{title}:"));
            for (key, value) in entries(value, "") {
                field(page, level + 1, key, value);
            }
        }
        Value::Array(items) => {
            page.line(level, format!("{title}:"));
            for item in items {
                if item.is_object() {
                    for (key, value) in entries(item, "") {
                        field(page, level + 1, key, value);
                    }
                } else {
                    page.line(level + 1, scalar(item));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            page.field(level, &title, scalar(value));
        }
    }
}

/// `holderIdentity` as `Holder Identity`.
fn spaced(key: &str) -> String {
    let mut title = String::new();
    for (index, c) in key.chars().enumerate() {
        if index == 0 {
            title.extend(c.to_uppercase());
        } else {
            if c.is_uppercase() {
                title.push(' ');
            }
            title.push(c);
        }
    }
    title
}
