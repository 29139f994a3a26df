//! Untyped values as Go's `%#v` prints them: a few of the kubelet's texts show one.

use crate::manifest::{
    at::quote,
    tree::{Field, Node, Value},
};

/// A value as the library's own message shows it.
pub(super) fn value(node: &Node) -> String {
    match &node.value {
        Value::Null => "interface {}(nil)".into(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.text(),
        Value::String(text) => quote(text),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(fields) => {
            let mut fields: Vec<&Field> = fields.iter().collect();
            crate::sort::by(&mut fields, |left, right| left.key.cmp(&right.key));
            let fields: Vec<String> = fields
                .into_iter()
                .map(|field| format!("{}:{}", quote(&field.key), value(&field.node)))
                .collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

/// A value that stands by itself.
pub(super) fn verbose(node: &Node) -> String {
    if node.value == Value::Null { "<nil>".into() } else { value(node) }
}
