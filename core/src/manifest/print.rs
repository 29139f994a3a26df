//! A tree as text again. Keys stay in the tree's order.

use serde_json::json;

use super::tree::{Node, Number, Value};

/// The tree as a JSON value.
#[must_use]
pub fn to_json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => json!(value),
        Value::Number(Number::Int(value)) => json!(value),
        Value::Number(Number::Uint(value)) => json!(value),
        Value::Number(Number::Float(value, _)) => json!(value),
        Value::String(text) => json!(&**text),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(fields) => {
            fields.iter().map(|field| (field.key.to_string(), to_json(&field.node))).collect()
        }
    }
}
