//! A cursor over a tree that knows its path.
//!
//! Paths come for free: whoever reads a value through [`At`] can complain about it. A value that is absent is a place too.

use std::{fmt::Write as _, rc::Rc, sync::Arc};

pub(crate) use super::errors::quote;
use super::{
    Span,
    quantity::Quantity,
    tree::{Node, Number, Value},
};

/// A place in a document: a path, and the value there if there is one.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    node: Option<&'a Node>,
    path: Path<'a>,
    span: Option<Span>,
}

#[derive(Clone, Debug)]
struct Path<'a>(Option<Rc<Link<'a>>>);

#[derive(Debug)]
struct Link<'a> {
    parent: Path<'a>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Field(&'static str),
    Index(usize),
    Key(&'a str),
    Child(&'a str),
}

impl<'a> At<'a> {
    /// The whole document.
    pub(crate) fn root(node: &'a Node) -> Self {
        Self { node: Some(node), path: Path(None), span: place(node) }
    }

    /// The field `name` of this mapping, there or not. `null` counts as not there.
    pub(crate) fn field(&self, name: &'static str) -> Self {
        self.step(Step::Field(name), self.child(name))
    }

    /// A place that is in messages but not in the document.
    pub(crate) fn named(&self, name: &'static str) -> Self {
        self.step(Step::Field(name), None)
    }

    /// The value at `other`, reported under `name` here: Kubernetes' paths do not always follow the document.
    pub(crate) fn named_at(&self, name: &'static str, other: &Self) -> Self {
        self.step(Step::Field(name), None).moved(other)
    }

    /// The value at `other`, reported under this path and an index.
    pub(crate) fn index_at(&self, index: usize, other: &Self) -> Self {
        self.step(Step::Index(index), None).moved(other)
    }

    /// The value at `other`, reported at this path.
    pub(crate) fn at_entry(&self, other: &Self) -> Self {
        self.clone().moved(other)
    }

    /// The value at `other`, reported under a key of the author's own, as if it were a field.
    pub(crate) fn child_key(&self, key: &'a str, other: &Self) -> Self {
        self.step(Step::Child(key), None).moved(other)
    }

    /// The place under a key of a map, whether the map has it or not.
    pub(crate) fn key<'k>(&self, key: &'k str) -> At<'k>
    where
        'a: 'k,
    {
        self.step(Step::Key(key), self.child(key))
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> impl Iterator<Item = Self> + use<'a, '_> {
        let items = self.node.map_or(&[][..], Node::items);
        items.iter().enumerate().map(|(index, item)| self.step(Step::Index(index), Some(item)))
    }

    /// The entries of a map, sorted by key: Kubernetes goes through them in no order, and we in this one.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Self)> {
        let fields = self.node.map_or(&[][..], Node::fields);
        let mut entries: Vec<_> = fields
            .iter()
            .map(|field| (&*field.key, self.step(Step::Key(&field.key), Some(&field.node))))
            .collect();
        crate::sort::by_key(&mut entries, |(key, _)| *key);
        entries
    }

    /// How many items or entries there are.
    pub(crate) fn len(&self) -> usize {
        self.node.map_or(0, |node| node.items().len() + node.fields().len())
    }

    /// Nothing is there, or a list or map without content.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a value is there.
    pub(crate) fn is_set(&self) -> bool {
        self.node.is_some_and(|node| node.value != Value::Null)
    }

    /// The value.
    pub(crate) fn node(&self) -> Option<&'a Node> {
        self.node
    }

    /// The text here; empty when there is none.
    pub(crate) fn text(&self) -> &'a str {
        self.node.and_then(Node::as_str).unwrap_or_default()
    }

    /// The whole number here.
    pub(crate) fn int(&self) -> Option<i64> {
        match self.node.map(|node| &node.value) {
            Some(Value::Number(Number::Int(value))) => Some(*value),
            Some(Value::Number(Number::Uint(value))) => Some(i64::try_from(*value).unwrap_or(i64::MAX)),
            _ => None,
        }
    }

    /// The boolean here.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self.node.map(|node| &node.value) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// Whether the boolean here is there and true.
    pub(crate) fn is_true(&self) -> bool {
        self.flag() == Some(true)
    }

    /// The quantity here.
    pub(crate) fn quantity(&self) -> Option<Quantity> {
        self.node.and_then(Quantity::of)
    }

    /// Where it stands in the file, or the nearest thing around it that does.
    pub(crate) fn span(&self) -> Option<Span> {
        self.span
    }

    /// The path, as messages show it.
    pub(crate) fn path(&self) -> Arc<str> {
        let mut text = String::new();
        self.path.write(&mut text);
        text.into()
    }

    /// This place under the path `[]`, which is how Kubernetes prints a path without a name.
    pub(crate) fn nowhere(&self) -> Self {
        Self { path: Path(Some(Rc::new(Link { parent: Path(None), step: Step::Key("") }))), ..self.clone() }
    }

    fn moved(self, other: &Self) -> Self {
        Self { node: other.node, span: other.span.or(self.span), ..self }
    }

    fn child(&self, name: &str) -> Option<&'a Node> {
        self.node.and_then(|node| node.get(name)).filter(|node| node.value != Value::Null)
    }

    fn step(&self, step: Step<'a>, node: Option<&'a Node>) -> Self {
        let path = Path(Some(Rc::new(Link { parent: self.path.clone(), step })));
        Self { node, path, span: node.and_then(place).or(self.span) }
    }
}

impl Path<'_> {
    fn write(&self, out: &mut String) {
        let Some(link) = &self.0 else { return };
        link.parent.write(out);
        let written = match link.step {
            Step::Field(name) if out.is_empty() => write!(out, "{name}"),
            Step::Field(name) | Step::Child(name) => write!(out, ".{name}"),
            Step::Index(index) => write!(out, "[{index}]"),
            Step::Key(key) => write!(out, "[{key}]"),
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
}

/// A span, unless the value comes from a default.
fn place(node: &Node) -> Option<Span> {
    (node.span != Span::default()).then_some(node.span)
}
