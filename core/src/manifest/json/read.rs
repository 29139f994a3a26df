//! From bytes that are JSON to a tree.

use std::{collections::BTreeMap, sync::Arc};

use super::offset;
use crate::manifest::{
    Code, Diagnostic, Severity, Span,
    tree::{Field, Node, Number, Value},
};

/// Reads bytes that [`super::scan`] has found good.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    notes: &'a mut Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], notes: &'a mut Vec<Diagnostic>) -> Self {
        Self { bytes, at: 0, notes }
    }

    pub(super) fn document(mut self) -> Node {
        self.node()
    }

    fn node(&mut self) -> Node {
        self.skip_blanks();
        let start = self.at;
        let value = match self.peek() {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => Value::String(self.string()),
            b't' => self.word(4, Value::Bool(true)),
            b'f' => self.word(5, Value::Bool(false)),
            b'n' => self.word(4, Value::Null),
            _ => Value::Number(self.number()),
        };
        Node { span: self.span_from(start), value }
    }

    fn object(&mut self) -> Value {
        let mut fields: Vec<Field> = Vec::new();
        let mut index: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        self.at += 1;
        loop {
            self.skip_blanks();
            match self.peek() {
                b'"' => {}
                b',' => {
                    self.at += 1;
                    continue;
                }
                _ => break,
            }
            let start = self.at;
            let key = self.string();
            let key_span = self.span_from(start);
            self.skip_blanks();
            self.at += 1;
            let node = self.node();
            if let Some(earlier) = index.get(&key).and_then(|at| fields.get_mut(*at)) {
                self.notes.push(duplicate(&key, key_span));
                merge(&mut earlier.node, node);
                earlier.key_span = key_span;
            } else {
                index.insert(Arc::clone(&key), fields.len());
                fields.push(Field { key, key_span, node });
            }
        }
        self.at += 1;
        Value::Map(fields)
    }

    fn array(&mut self) -> Value {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.skip_blanks();
            match self.peek() {
                b']' | 0 => break,
                b',' => self.at += 1,
                _ => items.push(self.node()),
            }
        }
        self.at += 1;
        Value::List(items)
    }

    fn word(&mut self, length: usize, value: Value) -> Value {
        self.at += length;
        value
    }

    fn number(&mut self) -> Number {
        let start = self.at;
        while matches!(self.peek(), b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
            self.at += 1;
        }
        // Bytes that are no JSON do not come here; whatever they are, they are passed.
        self.at = self.at.max(start + 1);
        let text = self.bytes.get(start..self.at).and_then(|bytes| std::str::from_utf8(bytes).ok());
        Number::from_json(text.unwrap_or_default())
    }

    fn string(&mut self) -> Arc<str> {
        self.at += 1;
        let mut out: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                b'"' => break,
                0 if self.at >= self.bytes.len() => break,
                b'\\' => {
                    self.at += 1;
                    let c = self.escape();
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        String::from_utf8_lossy(&out).into()
    }

    fn escape(&mut self) -> char {
        let c = self.peek();
        self.at += 1;
        match c {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex();
                if !(0xD800..0xE000).contains(&high) {
                    return char::from_u32(high.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
                }
                let back = self.at;
                if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u")) {
                    self.at += 2;
                    let low = self.hex();
                    if let Some(Ok(c)) = char::decode_utf16([high, low]).next() {
                        return c;
                    }
                    self.at = back;
                }
                char::REPLACEMENT_CHARACTER
            }
            other => char::from(other),
        }
    }

    fn hex(&mut self) -> u16 {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|bytes| std::str::from_utf8(bytes).ok());
        self.at += 4;
        digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).unwrap_or(0xFFFD)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    /// The next byte; 0 at the end.
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    fn span_from(&self, start: usize) -> Span {
        Span { start: offset(start), end: offset(self.at) }
    }
}

/// What Go's decoder leaves when a key comes again.
fn merge(earlier: &mut Node, later: Node) {
    match (&mut earlier.value, later.value) {
        (Value::Map(fields), Value::Map(more)) => {
            for field in more {
                match fields.iter_mut().find(|earlier| earlier.key == field.key) {
                    Some(earlier) => merge(&mut earlier.node, field.node),
                    None => fields.push(field),
                }
            }
        }
        (Value::List(items), Value::List(more)) => {
            items.truncate(more.len());
            for (index, item) in more.into_iter().enumerate() {
                match items.get_mut(index) {
                    Some(earlier) => merge(earlier, item),
                    None => items.push(item),
                }
            }
        }
        (value, later) => *value = later,
    }
    earlier.span = later.span;
}

fn duplicate(key: &str, span: Span) -> Diagnostic {
    Diagnostic {
        code: Code::DuplicateKey,
        severity: Severity::Warning,
        message: format!("the key `{key}` is here for the second time: it overrides the first"),
        field: "".into(),
        span: Some(span),
        help: Some("keep one of the two".into()),
    }
}
