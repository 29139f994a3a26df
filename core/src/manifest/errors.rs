//! The list that collects what is wrong with a pod, and values as Kubernetes' messages show them.

use std::fmt::Write as _;

use super::{BadValue, ErrorType, FieldError, at::At};

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
        self.0.push(FieldError { field: at.path(), kind, bad_value, detail: detail.into(), span: at.span() });
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
