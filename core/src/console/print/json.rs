//! `-o json`: four blanks for each level, keys sorted, escaped as Go's `encoding/json` does.

use std::fmt::Write as _;

use serde_json::Value;

use super::object::entries;

/// A value as `kubectl -o json` prints it.
#[must_use]
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, true, &mut out);
    out.push('\n');
    out
}

/// The same in one line.
pub(super) fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, false, &mut out);
    out
}

fn write(value: &Value, depth: usize, pretty: bool, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        if pretty {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', depth * 4));
        }
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                write(item, depth + 1, pretty, out);
            }
            if !items.is_empty() {
                line(depth, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (key, item)) in entries(value, "").into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                string(key, out);
                out.push_str(if pretty { ": " } else { ":" });
                write(item, depth + 1, pretty, out);
            }
            if !fields.is_empty() {
                line(depth, out);
            }
            out.push('}');
        }
    }
}

fn string(text: &str, out: &mut String) {
    let quoted = Value::from(text).to_string();
    for c in quoted.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
}
