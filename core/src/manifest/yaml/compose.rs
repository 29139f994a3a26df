//! From the graph of a document to its tree, as the kubelet's YAML library decodes into untyped values and turns those into JSON.
//!
//! Aliases are copied (within the library's bounds), merge keys merged in place, keys made strings, repeated keys overwritten.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    event::{DEPTH_LIMIT, Graph, Id, Kind, Problem, Raw},
    go_syntax,
    resolve::{Scalar, resolve},
};
use crate::manifest::{
    Code, Diagnostic, Severity, Span,
    number::key_text,
    tree::{Field, Node, Number, Value},
};

/// Makes the tree; `notes` gets what is worth a warning.
pub(super) fn compose(graph: &Graph, notes: &mut Vec<Diagnostic>) -> Result<Node, Problem> {
    let mut composer =
        Composer { graph, notes, decoded: 1, aliased: 0, alias_depth: 0, within: Vec::new(), depth: 0 };
    let Some(root) = graph.root else { return Ok(Node::synthetic(Value::Null)) };
    let node = composer.node(root)?;
    unsupported(&node).map_or(Ok(node), Err)
}

struct Composer<'a> {
    graph: &'a Graph,
    notes: &'a mut Vec<Diagnostic>,
    /// Nodes decoded, copies included.
    decoded: u32,
    /// Of those, nodes reached through an alias.
    aliased: u32,
    alias_depth: u32,
    /// The aliases being followed.
    within: Vec<Id>,
    depth: usize,
}

/// A mapping under construction.
#[derive(Default)]
struct Entries {
    fields: Vec<Field>,
    index: BTreeMap<Arc<str>, usize>,
}

impl Entries {
    /// Puts a value under a key; the place of the key's value in the list stays that of the first.
    fn set(&mut self, field: Field) {
        if let Some(earlier) = self.index.get(&field.key).and_then(|at| self.fields.get_mut(*at)) {
            *earlier = field;
        } else {
            self.index.insert(Arc::clone(&field.key), self.fields.len());
            self.fields.push(field);
        }
    }
}

/// A key as the library has it, and as JSON does.
enum Key {
    Text(Arc<str>),
    Null,
}

impl Composer<'_> {
    fn raw(&self, id: Id) -> Result<&Raw, Problem> {
        self.graph.nodes.get(id).ok_or_else(|| Problem::new("yaml: unknown problem parsing YAML content", 0))
    }

    fn node(&mut self, id: Id) -> Result<Node, Problem> {
        let graph = self.graph;
        let raw = graph.nodes.get(id);
        let span = raw.map(|raw| raw.span).unwrap_or_default();
        self.count(span)?;
        let Some(raw) = raw else { return Ok(Node::synthetic(Value::Null)) };
        let value = match &raw.kind {
            Kind::Scalar { text, tag, plain } => match scalar(text, tag.as_deref(), *plain, span)? {
                Scalar::Null => Value::Null,
                Scalar::Bool(bool) => Value::Bool(bool),
                Scalar::Int(int) => Value::Number(Number::Int(int)),
                Scalar::Uint(uint) => Value::Number(Number::Uint(uint)),
                Scalar::Float(float) => Value::Number(Number::from_float(float)),
                Scalar::Text(text) => Value::String(text),
            },
            Kind::List(items) => self
                .nested(span, |this| items.iter().map(|item| this.node(*item)).collect())
                .map(Value::List)?,
            Kind::Map(items) => self.nested(span, |this| {
                let mut entries = Entries::default();
                this.map(items, &mut entries)?;
                Ok(Value::Map(entries.fields))
            })?,
            Kind::Alias { target, name } => return self.alias(id, *target, name, span, Self::node),
        };
        Ok(Node { span, value })
    }

    fn nested<T>(
        &mut self,
        span: Span,
        body: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(problem("exceeded max depth of 10000", span));
        }
        let result = body(self);
        self.depth -= 1;
        result
    }

    fn alias<T>(
        &mut self,
        id: Id,
        target: Id,
        name: &str,
        span: Span,
        body: impl FnOnce(&mut Self, Id) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        if self.within.contains(&id) {
            return Err(problem(&format!("anchor '{name}' value contains itself"), span));
        }
        self.within.push(id);
        self.alias_depth += 1;
        let result = self.nested(span, |this| body(this, target));
        self.alias_depth -= 1;
        self.within.pop();
        result
    }

    /// The library's bound on copies: nearly all of a small document may be copies, a tenth of a large one.
    fn count(&mut self, span: Span) -> Result<(), Problem> {
        const SMALL: f64 = 400_000.0;
        const LARGE: f64 = 4_000_000.0;
        self.decoded += 1;
        if self.alias_depth > 0 {
            self.aliased += 1;
        }
        let (decoded, aliased) = (f64::from(self.decoded), f64::from(self.aliased));
        let allowed = 0.99 - 0.89 * ((decoded - SMALL) / (LARGE - SMALL)).clamp(0.0, 1.0);
        if self.aliased > 100 && self.decoded > 1000 && aliased / decoded > allowed {
            return Err(problem("document contains excessive aliasing", span));
        }
        Ok(())
    }

    fn map(&mut self, items: &[Id], entries: &mut Entries) -> Result<(), Problem> {
        let mut own: BTreeSet<Arc<str>> = BTreeSet::new();
        for pair in items.chunks_exact(2) {
            let &[key, value] = pair else { continue };
            if self.is_merge(key) {
                self.merge(value, entries)?;
                continue;
            }
            let key_span = self.raw(key)?.span;
            let name = match self.key(key)? {
                Key::Text(text) => text,
                Key::Null => {
                    let shown = go_syntax::verbose(&self.node(value)?);
                    let text = format!("unsupported map key of type: %!s(<nil>), key: <nil>, value: {shown}");
                    return Err(Problem::new(text, key_span.start as usize));
                }
            };
            let node = self.node(value)?;
            if !own.insert(Arc::clone(&name)) && self.alias_depth == 0 {
                self.notes.push(duplicate(&name, key_span));
            }
            entries.set(Field { key: name, key_span, node });
        }
        Ok(())
    }

    fn key(&mut self, id: Id) -> Result<Key, Problem> {
        let span = self.raw(id)?.span;
        let (text, tag, plain) = match &self.raw(id)?.kind {
            Kind::Scalar { text, tag, plain } => (text.clone(), tag.clone(), *plain),
            Kind::Alias { target, name } => {
                let (target, name) = (*target, name.clone());
                self.count(span)?;
                return self.alias(id, target, &name, span, Self::key);
            }
            Kind::List(_) | Kind::Map(_) => {
                let node = self.node(id)?;
                return Err(problem(&format!("invalid map key: {}", go_syntax::value(&node)), span));
            }
        };
        self.count(span)?;
        let resolved = scalar(&text, tag.as_deref(), plain, span)?;
        if self.alias_depth == 0 {
            self.notes.extend(coerced(&text, &resolved, span));
        }
        Ok(match resolved {
            Scalar::Null => Key::Null,
            Scalar::Bool(bool) => Key::Text(if bool { "true" } else { "false" }.into()),
            Scalar::Int(int) => Key::Text(int.to_string().into()),
            Scalar::Uint(uint) => {
                let text = format!("unsupported map key of type: uint64, key: 0x{uint:x}, value: ");
                return Err(Problem::new(text, span.start as usize));
            }
            Scalar::Float(float) => Key::Text(key_text(float).into()),
            Scalar::Text(text) => Key::Text(text),
        })
    }

    fn is_merge(&self, id: Id) -> bool {
        matches!(self.graph.nodes.get(id).map(|raw| &raw.kind), Some(Kind::Scalar { text, tag, plain })
            if text == "<<" && (*plain || tag.as_deref() == Some("tag:yaml.org,2002:merge")))
    }

    /// Merges in place: what is merged overwrites what stands before it, and what stands after overwrites it.
    fn merge(&mut self, id: Id, entries: &mut Entries) -> Result<(), Problem> {
        let graph = self.graph;
        let span = self.raw(id)?.span;
        match graph.nodes.get(id).map(|raw| &raw.kind) {
            Some(Kind::List(items)) => {
                // Earlier items win.
                for item in items.iter().rev() {
                    self.merge_one(*item, span, entries)?;
                }
                Ok(())
            }
            _ => self.merge_one(id, span, entries),
        }
    }

    fn merge_one(&mut self, id: Id, span: Span, entries: &mut Entries) -> Result<(), Problem> {
        let graph = self.graph;
        match graph.nodes.get(id).map(|raw| &raw.kind) {
            Some(Kind::Map(items)) => {
                self.count(span)?;
                self.nested(span, |this| this.map(items, entries))
            }
            Some(Kind::Alias { target, name })
                if matches!(graph.nodes.get(*target).map(|raw| &raw.kind), Some(Kind::Map(_))) =>
            {
                self.count(span)?;
                self.alias(id, *target, name, span, |this, target| this.merge_one(target, span, entries))
            }
            _ => Err(problem("map merge requires map or sequence of maps as the value", span)),
        }
    }
}

fn scalar(text: &str, tag: Option<&str>, plain: bool, span: Span) -> Result<Scalar, Problem> {
    if tag.is_none() && !plain {
        return Ok(Scalar::Text(text.into()));
    }
    resolve(tag, text).map_err(|words| problem(&words, span))
}

fn problem(words: &str, span: Span) -> Problem {
    Problem::new(format!("yaml: {words}"), span.start as usize)
}

fn duplicate(key: &str, span: Span) -> Diagnostic {
    Diagnostic {
        code: Code::DuplicateKey,
        severity: Severity::Warning,
        message: format!("the key `{key}` is here for the second time: what it had before is ignored"),
        field: "".into(),
        span: Some(span),
        help: Some("keep one of the two".into()),
    }
}

/// A key that does not stay what is written.
fn coerced(text: &str, resolved: &Scalar, span: Span) -> Option<Diagnostic> {
    let becomes = match resolved {
        Scalar::Bool(bool) => bool.to_string(),
        Scalar::Int(int) => int.to_string(),
        Scalar::Float(float) => key_text(*float),
        Scalar::Null | Scalar::Uint(_) | Scalar::Text(_) => return None,
    };
    (becomes != text).then(|| Diagnostic {
        code: Code::YamlCoercion,
        severity: Severity::Warning,
        message: format!("YAML reads the key `{text}` as `{becomes}`"),
        field: "".into(),
        span: Some(span),
        help: Some(format!("write it in quotes: \"{text}\"")),
    })
}

/// The first number, in the order of JSON, that JSON has no text for.
fn unsupported(node: &Node) -> Option<Problem> {
    match &node.value {
        Value::Number(Number::Float(float, text)) if !float.is_finite() => {
            Some(Problem::new(format!("json: unsupported value: {text}"), node.span.start as usize))
        }
        Value::List(items) => items.iter().find_map(unsupported),
        Value::Map(fields) => {
            let mut fields: Vec<&Field> = fields.iter().collect();
            crate::sort::by(&mut fields, |left, right| left.key.cmp(&right.key));
            fields.into_iter().find_map(|field| unsupported(&field.node))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
