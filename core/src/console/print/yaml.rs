//! `-o yaml`: as sigs.k8s.io/yaml prints it, with keys sorted, texts quoted only where they must be, and long lines folded after 80 columns.
//!
//! Follows the emitter of go-yaml v2 (`encode.go`, `emitterc.go`, `sorter.go`), which is libyaml's.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::manifest;

/// Behind this column a text is folded at its next single blank.
const WIDTH: usize = 80;

/// A value as `kubectl -o yaml` prints it.
#[must_use]
pub fn yaml(value: &Value) -> String {
    let mut emitter = Emitter { out: String::new(), column: 0 };
    if is_block(value) {
        emitter.block(value, 0);
    } else {
        emitter.scalar(value, 0);
    }
    emitter.out.push('\n');
    emitter.out
}

/// Whether a value takes lines of its own.
fn is_block(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

struct Emitter {
    out: String,
    column: usize,
}

impl Emitter {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// A list or a map; its first line has been begun, with `indent` blanks or with what stands in their place.
    fn block(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.line(indent);
                    }
                    self.put("- ");
                    if is_block(item) { self.block(item, indent + 2) } else { self.scalar(item, indent) }
                }
            }
            Value::Object(fields) => {
                for (index, (key, value)) in sorted(fields).into_iter().enumerate() {
                    if index > 0 {
                        self.line(indent);
                    }
                    self.text(key, indent + 2, true);
                    self.put(":");
                    self.value(value, indent);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self.scalar(value, indent),
        }
    }

    /// What stands behind a key's colon.
    fn value(&mut self, value: &Value, indent: usize) {
        if !is_block(value) {
            self.put(" ");
            return self.scalar(value, indent);
        }
        // The items of a list stand under its key.
        let indent = if value.is_array() { indent } else { indent + 2 };
        self.line(indent);
        self.block(value, indent);
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => self.text(text, indent + 2, false),
            Value::Array(_) => self.put("[]"),
            Value::Object(_) => self.put("{}"),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.put(&value.to_string()),
        }
    }

    /// A text, folded or continued at `indent`; a key stays on its line.
    fn text(&mut self, text: &str, indent: usize, key: bool) {
        let styles = Styles::of(text);
        if text.contains('\n') {
            return if styles.block && !key {
                self.literal(text, indent);
            } else {
                self.double(text, indent, key);
            };
        }
        if !manifest::reads_as_text(text) {
            return self.double(text, indent, key);
        }
        if styles.plain {
            self.folded(text, indent, key, false);
        } else if styles.single {
            self.put("'");
            self.folded(text, indent, key, true);
            self.put("'");
        } else {
            self.double(text, indent, key);
        }
    }

    fn folded(&mut self, text: &str, indent: usize, key: bool, single: bool) {
        let chars: Vec<char> = text.chars().collect();
        let mut blank = false;
        for (at, c) in chars.iter().enumerate() {
            let inner = !single || (at > 0 && at + 1 < chars.len());
            if *c == ' ' && !key && !blank && inner && self.column > WIDTH && chars.get(at + 1) != Some(&' ')
            {
                self.line(indent);
            } else {
                self.put(c.encode_utf8(&mut [0; 4]));
                if single && *c == '\'' {
                    self.put("'");
                }
            }
            blank = *c == ' ';
        }
    }

    fn double(&mut self, text: &str, indent: usize, key: bool) {
        self.put("\"");
        let chars: Vec<char> = text.chars().collect();
        let mut blank = false;
        for (at, c) in chars.iter().enumerate() {
            let inner = at > 0 && at + 1 < chars.len();
            if *c == ' ' && !key && !blank && inner && self.column > WIDTH {
                self.line(indent);
                if chars.get(at + 1) == Some(&' ') {
                    self.put("\\");
                }
            } else {
                self.put(&escaped(*c));
            }
            blank = *c == ' ';
        }
        self.put("\"");
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        let body = text.strip_suffix('\n');
        match body {
            None => self.put("-"),
            Some(body) if body.is_empty() || body.ends_with('\n') => self.put("+"),
            Some(_) => {}
        }
        for line in body.unwrap_or(text).split('\n') {
            if line.is_empty() {
                self.out.push('\n');
            } else {
                self.line(indent);
                self.put(line);
            }
        }
    }
}

fn escaped(c: char) -> String {
    match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => "\\_".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        c if is_printable(c) => c.to_string(),
        c if u32::from(c) <= 0xFF => format!("\\x{:02X}", u32::from(c)),
        c if u32::from(c) <= 0xFFFF => format!("\\u{:04X}", u32::from(c)),
        c => format!("\\U{:08X}", u32::from(c)),
    }
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

/// In which ways a text can be written.
#[derive(Clone, Copy)]
struct Styles {
    plain: bool,
    single: bool,
    block: bool,
}

impl Styles {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let is_blank = |c: Option<&char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        let mut plain = !(text.starts_with("---") || text.starts_with("..."));
        let (mut special, mut space_break, mut break_space) = (false, false, false);
        for (at, c) in chars.iter().enumerate() {
            let (before, after) = (at.checked_sub(1).and_then(|at| chars.get(at)), chars.get(at + 1));
            let indicator = match c {
                '#' if at > 0 => is_blank(before),
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`' => at == 0,
                '?' | '-' => at == 0 && is_blank(after),
                ':' => is_blank(after),
                _ => false,
            };
            plain &= !indicator;
            special |= !is_printable(*c);
            space_break |= *c == ' ' && after == Some(&'\n');
            break_space |= *c == '\n' && after == Some(&' ');
        }
        let edge = |c: Option<&char>| matches!(c, Some(' ' | '\n'));
        plain &= !edge(chars.first()) && !edge(chars.last()) && !text.contains('\n');
        let trailing_space = text.ends_with(' ');
        Self {
            plain: plain && !special && !space_break && !break_space,
            single: !special && !space_break && !break_space,
            block: !special && !space_break && !trailing_space,
        }
    }
}

fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    crate::sort::by(&mut fields, |a, b| natural(a.0, b.0));
    fields
}

/// Numbers in keys count as numbers; what is no letter comes before letters.
fn natural(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = left.iter().zip(&right).position(|(l, r)| l != r) else {
        return left.len().cmp(&right.len());
    };
    let (l, r) = (left[at], right[at]);
    match (l.is_alphabetic(), r.is_alphabetic()) {
        (true, true) => return l.cmp(&r),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let digits = |of: &[char]| of[at..].iter().take_while(|c| c.is_ascii_digit()).collect::<String>();
    let (l_digits, r_digits) = (digits(&left), digits(&right));
    let value = |digits: &str| digits.parse::<u64>().unwrap_or(0);
    value(&l_digits).cmp(&value(&r_digits)).then(l_digits.len().cmp(&r_digits.len())).then(l.cmp(&r))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let printed = yaml(value);
        assert_eq!(printed, expected);
        let read: Value = serde_yaml::from_str(&printed).unwrap();
        assert_eq!(&read, value, "it reads back");
    }

    #[test]
    fn lists_stand_under_their_keys() {
        let value = json!({"b": [1, {"x": "y", "z": []}, ["q"]], "a": {}, "c": null});
        check(&value, "a: {}\nb:\n- 1\n- x: \"y\"\n  z: []\n- - q\nc: null\n");
    }

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        let value = json!({"a": "1", "b": "", "c": "x: y", "d": "true", "e": "it's", "f": "#no", "g": "2026-11-22T03:18:35Z",
            "h": "a\tb", "i": "- x", "j": "-x", "k": "a #b", "l": " x", "m": "0777", "n": "1:30"});
        let expected = "a: \"1\"\nb: \"\"\nc: 'x: y'\nd: \"true\"\ne: it's\nf: '#no'\ng: \"2026-11-22T03:18:35Z\"\nh: \"a\\tb\"\n\
                        i: '- x'\nj: -x\nk: 'a #b'\nl: ' x'\nm: \"0777\"\n\"n\": \"1:30\"\n";
        assert_eq!(yaml(&value), expected);
    }

    #[test]
    fn several_lines_make_a_block() {
        check(
            &json!({"a": "x\ny\n", "b": "x\ny", "c": "x\n\n", "d": "x \ny"}),
            "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: \"x \\ny\"\n",
        );
    }

    #[test]
    fn long_texts_are_folded() {
        let text = "word ".repeat(30);
        check(
            &json!({ "key": text.trim() }),
            "key: word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word\n",
        );
    }
}
