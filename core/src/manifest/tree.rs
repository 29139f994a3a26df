//! A document as a tree of values that know where they stand in the file.

use std::sync::Arc;

use super::Span;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its place in the file; empty for values that defaults have put in.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// A value, as JSON knows them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number with the text that JSON would carry for it.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file, each key once.
    Map(Vec<Field>),
}

/// A number: the text is canonical JSON, the value what it means.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// Fits 64 signed bits.
    Int(i64),
    /// Fits 64 unsigned bits only.
    Uint(u64),
    /// Anything else, with its JSON text.
    Float(f64, Arc<str>),
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The key.
    pub key: Arc<str>,
    /// The key's place.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A value that stands nowhere in the file.
    #[must_use]
    pub fn synthetic(value: Value) -> Self {
        Self { span: Span::default(), value }
    }

    /// The value under `key`, when this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.fields().iter().find(|field| &*field.key == key).map(|field| &field.node)
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match &self.value {
            Value::Map(fields) => fields,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => &[],
        }
    }

    /// The items of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Map(_) => &[],
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// Changing a tree; all do nothing, or start a new mapping, where there is none.
impl Node {
    /// An empty mapping that stands nowhere in the file.
    #[must_use]
    pub fn map() -> Self {
        Self::synthetic(Value::Map(Vec::new()))
    }

    /// The value under `key`, to be changed, when this is a mapping that has it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::Map(fields) => {
                fields.iter_mut().find(|field| &*field.key == key).map(|field| &mut field.node)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => None,
        }
    }

    /// The items of a list, to be changed; none for anything else.
    pub fn items_mut(&mut self) -> &mut [Self] {
        match &mut self.value {
            Value::List(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Map(_) => &mut [],
        }
    }

    /// Puts a value under `key`: in the place of the one that is there (keeping its span), else at the end.
    pub fn set(&mut self, key: &str, value: Value) {
        self.edit(key, |node| node.value = value);
    }

    /// Takes the entry under `key` out of a mapping.
    pub fn remove(&mut self, key: &str) {
        if let Value::Map(fields) = &mut self.value {
            fields.retain(|field| &*field.key != key);
        }
    }

    /// Changes the value under `key`, which is an empty mapping when there was none. What is no mapping becomes one.
    pub fn edit(&mut self, key: &str, change: impl FnOnce(&mut Self)) {
        if !matches!(self.value, Value::Map(_)) {
            self.value = Value::Map(Vec::new());
        }
        if let Value::Map(fields) = &mut self.value {
            let place = fields.iter().position(|field| &*field.key == key).unwrap_or_else(|| {
                fields.push(Field { key: key.into(), key_span: Span::default(), node: Self::map() });
                fields.len() - 1
            });
            change(&mut fields[place].node);
        }
    }
}
