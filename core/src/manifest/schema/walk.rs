//! The walk over a document.
//!
//! Go's decoder reports one error: the first that it meets; or, before that, the first of a type that decodes itself (quantities, times,
//! ports), which ends the decoding at once. It meets fields in the order of the JSON, which for a YAML file is the order of the keys.

use std::{fmt::Write as _, sync::Arc};

use super::{
    Shape, Slot, help,
    kept::{empty, in_order, zero},
    table, time, unknown,
};
use crate::manifest::{
    Code, Diagnostic, Format, Severity, Span,
    json::encode,
    quantity::Quantity,
    tree::{Field, Node, Number, Value},
};

/// What the walk came to.
#[derive(Debug)]
pub(in crate::manifest) struct Decoded {
    /// The Pod with what fits.
    pub pod: Node,
    /// What the kubelet refuses; the first is the one that it names.
    pub misfits: Vec<Misfit>,
    /// What the kubelet ignores.
    pub notes: Vec<Diagnostic>,
}

/// A value that does not fit its field.
#[derive(Clone, Debug)]
pub(in crate::manifest) struct Misfit {
    /// The kubelet's words.
    pub text: String,
    /// The field, as `spec.containers[0].image`.
    pub field: Arc<str>,
    /// Where it stands.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the decoder goes no further.
    ends: bool,
}

/// Holds a document against the fields of a Pod.
pub(in crate::manifest) fn decode(root: &Node, format: Format, source: &[u8]) -> Decoded {
    let mut walk = Walk::new(format, source);
    let pod = walk
        .value(root, Shape::Struct(table::POD))
        .unwrap_or_else(|| Node { span: root.span, value: Value::Map(Vec::new()) });
    Decoded { pod, misfits: first_first(walk.misfits), notes: walk.notes }
}

/// The first value in the metadata of an object of another kind that does not fit: the kubelet decodes the object before it refuses it.
pub(in crate::manifest) fn metadata_misfit(
    root: &Node,
    kind: &str,
    format: Format,
    source: &[u8],
) -> Option<Misfit> {
    let metadata = root.get("metadata")?;
    let mut walk = Walk::new(format, source);
    walk.struct_name = "Pod";
    walk.stack.push("metadata");
    walk.path.push_str("metadata");
    let shape = table::TYPES.iter().position(|found| found.name == "ObjectMeta").map(Shape::Struct)?;
    walk.value(metadata, shape);
    let mut misfit = first_first(walk.misfits).into_iter().next()?;
    misfit.text = misfit.text.replace("field Pod.metadata", &format!("field {kind}.metadata"));
    Some(misfit)
}

/// Brings the one that the kubelet names to the front.
fn first_first(mut misfits: Vec<Misfit>) -> Vec<Misfit> {
    if let Some(first) = misfits.iter().position(|misfit| misfit.ends) {
        let named = misfits.remove(first);
        misfits.insert(0, named);
    }
    misfits
}

struct Walk<'a> {
    format: Format,
    source: &'a [u8],
    /// The struct that the field being decoded belongs to.
    struct_name: &'static str,
    /// The fields down to it, as Go names them.
    stack: Vec<&'static str>,
    /// The same with indexes, as people name them.
    path: String,
    /// The structs around it: their fields, and the length of the path to each.
    around: Vec<(&'static [Slot], usize)>,
    misfits: Vec<Misfit>,
    notes: Vec<Diagnostic>,
}

impl<'a> Walk<'a> {
    fn new(format: Format, source: &'a [u8]) -> Self {
        Self {
            format,
            source,
            struct_name: "",
            stack: Vec::new(),
            path: String::new(),
            around: Vec::new(),
            misfits: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The value, as far as it fits; `None` when it does not, or when it is `null`.
    fn value(&mut self, node: &Node, shape: Shape) -> Option<Node> {
        let value = match (shape, &node.value) {
            (_, Value::Null) => return None,
            (Shape::Text(_) | Shape::IntOrString, Value::String(_))
            | (Shape::Bool, Value::Bool(_))
            | (Shape::Any, _) => node.value.clone(),
            (Shape::Int32 | Shape::IntOrString, Value::Number(number)) => {
                self.int(node, number, shape, i64::from(i32::MIN)..=i64::from(i32::MAX))?
            }
            (Shape::Int64, Value::Number(number)) => self.int(node, number, shape, i64::MIN..=i64::MAX)?,
            (Shape::Quantity, _) => self.quantity(node)?,
            (Shape::Time, Value::String(text)) => self.time(node, text)?,
            (Shape::Map(_, inner), Value::Map(fields)) => self.entries(fields, *inner),
            (Shape::List(inner), Value::List(items)) => self.items(items, *inner),
            (Shape::Struct(index), Value::Map(fields)) => self.fields(fields, index),
            _ => {
                self.mismatch(node, shape);
                return None;
            }
        };
        Some(Node { span: node.span, value })
    }

    fn fields(&mut self, fields: &[Field], index: usize) -> Value {
        let Some(found) = table::TYPES.get(index) else { return Value::Map(Vec::new()) };
        let outer = self.struct_name;
        let length = self.path.len();
        self.around.push((found.fields, length));
        let mut kept: Vec<(usize, Field)> = Vec::with_capacity(fields.len());
        for position in self.order(fields) {
            let Some(field) = fields.get(position) else { continue };
            let Some(slot) = found.fields.iter().find(|slot| slot.name == &*field.key) else {
                self.unknown(field, found.fields);
                continue;
            };
            self.struct_name = found.name;
            let depth = self.stack.len();
            if !slot.embedded.is_empty() {
                self.stack.push(slot.embedded);
            }
            self.stack.push(slot.name);
            self.descend(slot.name);
            if let Some(node) = self.value(&field.node, slot.shape) {
                kept.push((position, Field { node, ..field.clone_head() }));
            }
            self.path.truncate(length);
            self.stack.truncate(depth);
            self.struct_name = outer;
        }
        self.around.pop();
        in_order(kept)
    }

    fn entries(&mut self, fields: &[Field], inner: Shape) -> Value {
        let length = self.path.len();
        let mut kept = Vec::with_capacity(fields.len());
        for position in self.order(fields) {
            let Some(field) = fields.get(position) else { continue };
            let _ = write!(self.path, "[{}]", field.key);
            let node = self.value(&field.node, inner).or_else(|| zero(&field.node, inner));
            if let Some(node) = node {
                kept.push((position, Field { node, ..field.clone_head() }));
            }
            self.path.truncate(length);
        }
        in_order(kept)
    }

    fn items(&mut self, items: &[Node], inner: Shape) -> Value {
        let length = self.path.len();
        let mut kept = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let _ = write!(self.path, "[{index}]");
            // An item that does not fit leaves an empty one, so that the others keep their index.
            let node = self.value(item, inner).or_else(|| zero(item, inner));
            kept.push(node.unwrap_or_else(|| Node { span: item.span, value: empty(inner) }));
            self.path.truncate(length);
        }
        Value::List(kept)
    }

    /// The order in which the decoder meets the fields.
    fn order(&self, fields: &[Field]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..fields.len()).collect();
        if self.format == Format::Yaml {
            crate::sort::by(&mut order, |left, right| {
                fields.get(*left).map(|field| &field.key).cmp(&fields.get(*right).map(|field| &field.key))
            });
        }
        order
    }

    fn int(
        &mut self,
        node: &Node,
        number: &Number,
        shape: Shape,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<Value> {
        match number {
            Number::Int(int) if range.contains(int) => {
                self.note_octal(node, *int);
                Some(node.value.clone())
            }
            Number::Int(_) | Number::Uint(_) | Number::Float(..) => {
                let ends = matches!(shape, Shape::IntOrString);
                self.misfit(node, &format!("number {}", number.text()), shape, ends);
                None
            }
        }
    }

    /// Quantities read their JSON text themselves, quotes and all.
    fn quantity(&mut self, node: &Node) -> Option<Value> {
        let text = match &node.value {
            Value::String(text) => text.to_string(),
            _ => encode(node),
        };
        match Quantity::parse(&text) {
            Ok(_) => {
                if let Value::Number(Number::Int(int)) = &node.value {
                    self.note_octal(node, *int);
                }
                Some(node.value.clone())
            }
            Err(error) => {
                let help = "a quantity is a number and a unit, such as `100m`, `0.5`, `64Mi` or `1Gi`";
                self.refuse(node, error.to_string(), Some(help.into()), true);
                None
            }
        }
    }

    fn time(&mut self, node: &Node, text: &str) -> Option<Value> {
        match time::check(text) {
            Ok(()) => Some(node.value.clone()),
            Err(words) => {
                self.refuse(node, words, Some("a time looks like `2024-01-31T12:30:45Z`".into()), true);
                None
            }
        }
    }

    fn mismatch(&mut self, node: &Node, shape: Shape) {
        let found = match &node.value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
        };
        // What is left of these decodes itself: a port reads a number, a time a text, out of whatever is there.
        let ends = matches!(shape, Shape::IntOrString | Shape::Time);
        self.misfit(node, found, shape, ends);
    }

    fn misfit(&mut self, node: &Node, found: &str, shape: Shape, ends: bool) {
        let text = format!(
            "json: cannot unmarshal {found} into Go struct field {}.{} of type {}",
            self.struct_name,
            self.stack.join("."),
            shape.go_name()
        );
        let help = help::misfit(node, shape, self.source);
        self.refuse(node, text, help, ends);
    }

    fn refuse(&mut self, node: &Node, text: String, help: Option<String>, ends: bool) {
        self.misfits.push(Misfit { text, field: self.path.as_str().into(), span: node.span, help, ends });
    }

    fn unknown(&mut self, field: &Field, slots: &[Slot]) {
        let above = self.around.iter().rev().skip(1);
        let mut above = above.filter(|(slots, _)| slots.iter().any(|slot| slot.name == &*field.key));
        let home = above.next().map(|(_, length)| self.path.get(..*length).unwrap_or_default());
        let mut note = unknown::describe(&field.key, slots, home);
        let length = self.path.len();
        self.descend(&field.key);
        note.field = self.path.as_str().into();
        note.span = Some(field.key_span);
        self.path.truncate(length);
        self.notes.push(note);
    }

    /// A leading zero makes a number octal, which only file modes want.
    fn note_octal(&mut self, node: &Node, int: i64) {
        let is_mode = self.stack.last().is_some_and(|name| matches!(*name, "mode" | "defaultMode"));
        let Some(text) =
            help::source(node.span, self.source).filter(|_| !is_mode && self.format == Format::Yaml)
        else {
            return;
        };
        let digits = text.trim_start_matches(['-', '+']);
        if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.notes.push(Diagnostic {
                code: Code::YamlCoercion,
                severity: Severity::Warning,
                message: format!("YAML reads `{text}` as octal: {int}"),
                field: self.path.as_str().into(),
                span: Some(node.span),
                help: Some("take the leading zero away".into()),
            });
        }
    }

    fn descend(&mut self, name: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
    }
}
