//! What the walk leaves in the tree.

use std::sync::Arc;

use super::Shape;
use crate::manifest::tree::{Field, Node, Number, Value};

impl Field {
    /// The key alone; its value is to come.
    pub(super) fn clone_head(&self) -> Self {
        Self { key: Arc::clone(&self.key), key_span: self.key_span, node: Node::synthetic(Value::Null) }
    }
}

/// What a `null` is inside a list or a map: its type's zero.
pub(super) fn zero(node: &Node, shape: Shape) -> Option<Node> {
    (node.value == Value::Null).then(|| Node { span: node.span, value: empty(shape) })
}

/// A type's zero.
pub(super) fn empty(shape: Shape) -> Value {
    match shape {
        Shape::Text(_) | Shape::Time => Value::String("".into()),
        Shape::Bool => Value::Bool(false),
        Shape::Int32 | Shape::Int64 | Shape::IntOrString | Shape::Quantity => Value::Number(Number::Int(0)),
        Shape::Any => Value::Null,
        Shape::Map(..) | Shape::Struct(_) => Value::Map(Vec::new()),
        Shape::List(_) => Value::List(Vec::new()),
    }
}

/// The fields in the order of the file.
pub(super) fn in_order(mut kept: Vec<(usize, Field)>) -> Value {
    crate::sort::by_key(&mut kept, |(position, _)| *position);
    Value::Map(kept.into_iter().map(|(_, field)| field).collect())
}
