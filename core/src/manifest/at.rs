//! A cursor over a tree that knows its path, and the list that collects what is wrong there.
//!
//! Paths come for free: whoever reads a value through [`At`] can complain about it. A value that is absent is a place too.

use std::{fmt::Write as _, rc::Rc, sync::Arc};

use super::{
    BadValue, ErrorType, FieldError, Span,
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
        entries.sort_by_key(|(key, _)| *key);
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

/// What is wrong, in the order of finding it.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<FieldError>);

impl Errors {
    /// All of it.
    pub(crate) fn into_vec(self) -> Vec<FieldError> {
        self.0
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// A value is missing.
    pub(crate) fn required(&mut self, at: &At<'_>, detail: impl Into<String>) {
        self.push(at, ErrorType::Required, BadValue::Hidden, detail);
    }

    /// A value may not be here.
    pub(crate) fn forbidden(&mut self, at: &At<'_>, detail: impl Into<String>) {
        self.push(at, ErrorType::Forbidden, BadValue::Hidden, detail);
    }

    /// A value is not allowed.
    pub(crate) fn invalid(&mut self, at: &At<'_>, value: impl Into<BadValue>, detail: impl Into<String>) {
        self.push(at, ErrorType::Invalid, value.into(), detail);
    }

    /// What a map has under `key`, there or not, is not allowed.
    pub(crate) fn invalid_key(&mut self, map: &At<'_>, key: &str, value: &str, detail: impl Into<String>) {
        self.push(&map.key(key), ErrorType::Invalid, value.into(), detail);
    }

    /// The text here is not allowed.
    pub(crate) fn invalid_text(&mut self, at: &At<'_>, detail: impl Into<String>) {
        self.push(at, ErrorType::Invalid, at.text().into(), detail);
    }

    /// The text here is none of the choices.
    pub(crate) fn not_supported(&mut self, at: &At<'_>, value: &str, choices: &[&str]) {
        let quoted: Vec<String> = choices.iter().map(|choice| quote(choice)).collect();
        let detail = format!("supported values: {}", quoted.join(", "));
        self.push(at, ErrorType::NotSupported, value.into(), detail);
    }

    /// A value is here a second time.
    pub(crate) fn duplicate(&mut self, at: &At<'_>, value: impl Into<BadValue>) {
        self.push(at, ErrorType::Duplicate, value.into(), "");
    }

    /// A name names nothing.
    pub(crate) fn not_found(&mut self, at: &At<'_>, value: &str) {
        self.push(at, ErrorType::NotFound, value.into(), "");
    }

    /// A name names nothing, and there is more to say.
    pub(crate) fn not_found_because(&mut self, at: &At<'_>, value: &str, detail: impl Into<String>) {
        self.push(at, ErrorType::NotFound, value.into(), detail);
    }

    /// More bytes than allowed.
    pub(crate) fn too_long(&mut self, at: &At<'_>, most: usize) {
        let detail = format!("may not be more than {most} bytes");
        self.push(at, ErrorType::TooLong, BadValue::Hidden, detail);
    }

    /// More items than allowed.
    pub(crate) fn too_many(&mut self, at: &At<'_>, count: usize, most: usize) {
        let detail = format!("must have at most {most} items");
        self.push(at, ErrorType::TooMany, BadValue::Shown(count.to_string()), detail);
    }

    /// The text here must be one of `choices`; absent text is not checked.
    pub(crate) fn one_of(&mut self, at: &At<'_>, choices: &[&str]) {
        if at.is_set() && !choices.contains(&at.text()) {
            self.not_supported(at, at.text(), choices);
        }
    }

    /// The text here must pass `rule`, which says what is wrong with it.
    pub(crate) fn passes(&mut self, at: &At<'_>, rule: impl FnOnce(&str) -> Vec<String>) {
        for detail in rule(at.text()) {
            self.invalid_text(at, detail);
        }
    }

    /// Text must be here. Says whether it is.
    pub(crate) fn need_text(&mut self, at: &At<'_>) -> bool {
        let there = !at.text().is_empty();
        if !there {
            self.required(at, "");
        }
        there
    }

    fn push(&mut self, at: &At<'_>, kind: ErrorType, bad_value: BadValue, detail: impl Into<String>) {
        self.0.push(FieldError { field: at.path(), kind, bad_value, detail: detail.into(), span: at.span });
    }
}

impl From<&str> for BadValue {
    fn from(text: &str) -> Self {
        Self::Shown(quote(text))
    }
}

impl From<i64> for BadValue {
    fn from(value: i64) -> Self {
        Self::Shown(value.to_string())
    }
}

impl From<bool> for BadValue {
    fn from(value: bool) -> Self {
        Self::Shown(value.to_string())
    }
}

/// Text in quotes, as Go's `%q` prints it.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let written = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\u{7}' => write!(out, "\\a"),
            '\u{8}' => write!(out, "\\b"),
            '\u{c}' => write!(out, "\\f"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\u{b}' => write!(out, "\\v"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => write!(out, "\\x{:02x}", u32::from(c)),
            c if unprintable(c) && u32::from(c) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(c)),
            c if unprintable(c) => write!(out, "\\U{:08x}", u32::from(c)),
            c => write!(out, "{c}"),
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    out.push('"');
    out
}

/// What Go counts as no printable character: controls, blanks other than the space, invisible marks, private use.
fn unprintable(c: char) -> bool {
    c.is_control()
        || (c != ' ' && c.is_whitespace())
        || matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff0..=0xffff | 0xe000..=0xf8ff | 0xf_0000..)
}
