//! `kubectl explain`: the fields of a pod, from the table by which manifests are read. What each is for is **not** in that table: the
//! layout is the client's for a server whose schema has no descriptions.

use std::fmt::Write as _;

use super::{
    super::{Cx, Reply},
    flags::Call,
    reach,
};
use crate::{
    cluster::Kind,
    manifest::fields::{self, Field},
};

pub(super) fn explain(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    explained(cx, call).unwrap_or_else(|failed| failed)
}

fn explained(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Reply, Reply> {
    let word = match call.rest[..] {
        [] => {
            return Err(Reply::failed(
                "error: You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
            ));
        }
        [word] => word,
        _ => return Err(Reply::failed("error: We accept only this format: explain RESOURCE")),
    };
    reach::server(cx, call)?;
    let mut path = word.split('.');
    let first = path.next().unwrap_or_default();
    let Some(kind) = Kind::of_word(first) else {
        return Err(Reply::failed(format!("the server doesn't have a resource type \"{first}\"")));
    };
    if kind != Kind::Pod {
        return Err(Reply::failed(format!(
            "error: GVR ({}, Resource={}) not found in OpenAPI schema\nThis server explains pods: `kubectl explain pod.spec`.",
            kind.api_version(),
            kind.plural()
        )));
    }
    let mut out = format!("KIND:       {kind}\nVERSION:    {}\n\n", kind.api_version());
    let (mut field, mut inner) = (None, fields::of_pod());
    for name in path {
        let found = inner.into_iter().find(|field| field.name == name);
        let Some(found) = found else {
            return Err(Reply { out, ..Reply::failed(format!("error: field \"{name}\" does not exist")) });
        };
        inner = found.inner();
        field = Some(found);
    }
    if let Some(field) = field {
        let _ = write!(out, "FIELD: {} <{}>\n\n\n", field.name, field.kind());
    }
    out.push_str("DESCRIPTION:\n    <empty>\n");
    if !inner.is_empty() {
        out.push_str("FIELDS:\n");
        if call.has("recursive") {
            list(&mut out, &inner, 1, &mut Vec::new());
        } else {
            for field in &inner {
                let _ = write!(out, "{}    <no description>\n\n", line(field, 1));
            }
        }
    }
    out.push('\n');
    Ok(Reply::out(out))
}

fn line(field: &Field, level: usize) -> String {
    let required = if field.is_required() { " -required-" } else { "" };
    format!("{}{}\t<{}>{required}\n", "  ".repeat(level), field.name, field.kind())
}

/// All fields below; a type in itself is not opened again.
fn list(out: &mut String, fields: &[Field], level: usize, around: &mut Vec<String>) {
    for field in fields {
        out.push_str(&line(field, level));
        let kind = field.kind();
        if !around.contains(&kind) {
            around.push(kind);
            list(out, &field.inner(), level + 1, around);
            around.pop();
        }
    }
}
