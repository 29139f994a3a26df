//! What to do about a value that does not fit its field.

use super::Shape;
use crate::manifest::{
    Span,
    tree::{Node, Value},
};

/// The text of the file at a place, when it is text and on one line.
pub(super) fn source(span: Span, source: &[u8]) -> Option<&str> {
    let bytes = source.get(span.start as usize..span.end as usize)?;
    std::str::from_utf8(bytes).ok().map(str::trim).filter(|text| !text.is_empty() && !text.contains('\n'))
}

/// A way out, when there is one to tell.
pub(super) fn misfit(node: &Node, shape: Shape, bytes: &[u8]) -> Option<String> {
    let text = source(node.span, bytes);
    match (shape, &node.value) {
        (Shape::Text(_), Value::Bool(bool)) => text.map(|text| {
            if text == bool.to_string() {
                format!("write it in quotes to make it text: \"{text}\"")
            } else {
                format!("YAML reads `{text}` as {bool}; write it in quotes: \"{text}\"")
            }
        }),
        (Shape::Text(_), Value::Number(_)) => {
            text.map(|text| format!("write it in quotes to make it text: \"{text}\""))
        }
        (Shape::Text(_), Value::List(_)) => Some("one text is wanted here, not a list".into()),
        (Shape::Text(_), Value::Map(_)) => {
            Some("one text is wanted here; a `: ` in it needs quotes around it".into())
        }
        (Shape::Int32 | Shape::Int64, Value::String(text)) if text.parse::<i64>().is_ok() => {
            Some(format!("write the number without quotes: {text}"))
        }
        (Shape::Int32 | Shape::Int64 | Shape::IntOrString, _) => Some("a whole number is wanted here".into()),
        (Shape::Bool, Value::String(text)) => Some(match text.as_ref() {
            "true" | "false" => format!("write it without quotes: {text}"),
            _ => "write true or false, without quotes".into(),
        }),
        (Shape::Bool, _) => Some("write true or false".into()),
        (Shape::List(Shape::Struct(_)), Value::Map(_)) => {
            Some("a list is wanted here: begin each item with `- `".into())
        }
        (Shape::List(Shape::Text(_)), Value::String(text)) => {
            Some(format!("a list is wanted here: [{}]", crate::manifest::at::quote(text)))
        }
        (Shape::List(_), _) => Some("a list is wanted here: begin each item with `- `".into()),
        (Shape::Struct(_), Value::List(_)) => {
            Some("one object is wanted here, not a list: take the `- ` away".into())
        }
        (Shape::Struct(_) | Shape::Map(..), _) => {
            Some("an object with fields of its own is wanted here".into())
        }
        (Shape::Time, _) => Some("a time is wanted here, such as \"2024-01-31T12:30:45Z\"".into()),
        (Shape::Text(_) | Shape::Quantity | Shape::Any, _) => None,
    }
}
