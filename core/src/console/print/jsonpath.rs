//! `-o jsonpath=...` and `-o custom-columns=...`: `k8s.io/client-go/util/jsonpath`, as far as people write it by hand.

use std::fmt;

use serde_json::Value;

use super::{json::compact, tabs::align};

/// A template: texts and paths in braces.
#[derive(Clone, Debug)]
pub struct JsonPath {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Part>),
}

#[derive(Clone, Debug)]
enum Step {
    Field(String),
    All,
    Deep(String),
    Slice(i64, Option<i64>),
    Filter { path: Vec<Step>, op: Op, value: String },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Equal,
    Differs,
    Exists,
}

/// Why a template cannot be used. `Display` prints `kubectl`'s words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonPathError {
    /// A brace or bracket that is not closed.
    Unclosed,
    /// Something that is no path.
    Unrecognized(String),
}

impl fmt::Display for JsonPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => f.write_str("unclosed action"),
            Self::Unrecognized(text) => write!(f, "unrecognized character in action: {text}"),
        }
    }
}

impl JsonPath {
    /// Reads a template.
    pub fn parse(template: &str) -> Result<Self, JsonPathError> {
        let mut rest = template;
        let parts = parts(&mut rest, false)?;
        Ok(Self { parts })
    }

    /// The text that it makes of an object.
    #[must_use]
    pub fn print(&self, object: &Value) -> String {
        let mut out = String::new();
        print(&self.parts, object, &mut out);
        out
    }
}

fn parts(rest: &mut &str, inside: bool) -> Result<Vec<Part>, JsonPathError> {
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let Some(open) = rest.find('{') else {
            parts.push(Part::Text(std::mem::take(rest).to_owned()));
            break;
        };
        if open > 0 {
            parts.push(Part::Text(rest[..open].to_owned()));
        }
        let close = closing(&rest[open..]).ok_or(JsonPathError::Unclosed)? + open;
        let action = rest[open + 1..close].trim();
        *rest = &rest[close + 1..];
        if action == "end" {
            if inside {
                return Ok(parts);
            }
            return Err(JsonPathError::Unrecognized("end".into()));
        }
        if let Some(path) = action.strip_prefix("range ") {
            let path = steps(path.trim())?;
            parts.push(Part::Range(path, self::parts(rest, true)?));
        } else if action.starts_with(['"', '\'']) {
            parts.push(Part::Text(unquoted(action)));
        } else {
            parts.push(Part::Path(steps(action)?));
        }
    }
    if inside { Err(JsonPathError::Unclosed) } else { Ok(parts) }
}

/// The brace that closes the first, quotes respected.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '}' => return Some(at),
            Some(_) | None => {}
        }
    }
    None
}

fn unquoted(text: &str) -> String {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    inner.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").replace("\\\\", "\\")
}

fn steps(path: &str) -> Result<Vec<Step>, JsonPathError> {
    let mut rest = path.strip_prefix(['$', '@']).unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            let (name, after) = name(after);
            steps.push(Step::Deep(name));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = name(after);
            match name.as_str() {
                "" => {}
                "*" => steps.push(Step::All),
                _ => steps.push(Step::Field(name)),
            }
            rest = after;
        } else if rest.starts_with('[') {
            let end = bracket(rest).ok_or(JsonPathError::Unclosed)?;
            steps.push(index(rest[1..end].trim())?);
            rest = &rest[end + 1..];
        } else if steps.is_empty() && rest.starts_with(|c: char| c.is_alphanumeric()) {
            let (name, after) = name(rest);
            steps.push(Step::Field(name));
            rest = after;
        } else {
            let c = rest.chars().next().unwrap_or_default();
            return Err(JsonPathError::Unrecognized(format!("U+{:04X} '{c}'", u32::from(c))));
        }
    }
    Ok(steps)
}

/// A field's name, in which a backslash keeps a dot.
fn name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.extend(chars.next().map(|(_, c)| c)),
            '.' | '[' | ' ' => return (name, &text[at..]),
            _ => name.push(c),
        }
    }
    (name, "")
}

fn bracket(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            (Some(_) | None, _) => {}
        }
    }
    None
}

fn index(text: &str) -> Result<Step, JsonPathError> {
    if text == "*" {
        return Ok(Step::All);
    }
    if text.starts_with(['"', '\'']) {
        return Ok(Step::Field(unquoted(text)));
    }
    if let Some(filter) = text.strip_prefix("?(").and_then(|text| text.strip_suffix(')')) {
        let (path, op, value) = if let Some((path, value)) = filter.split_once("==") {
            (path, Op::Equal, value)
        } else if let Some((path, value)) = filter.split_once("!=") {
            (path, Op::Differs, value)
        } else {
            (filter, Op::Exists, "")
        };
        let value = value.trim();
        let value = if value.starts_with(['"', '\'']) { unquoted(value) } else { value.to_owned() };
        return Ok(Step::Filter { path: steps(path.trim())?, op, value });
    }
    let bad = || JsonPathError::Unrecognized(text.to_owned());
    if let Some((from, to)) = text.split_once(':') {
        let from = if from.is_empty() { 0 } else { from.parse().map_err(|_| bad())? };
        let to = if to.is_empty() { None } else { Some(to.parse().map_err(|_| bad())?) };
        return Ok(Step::Slice(from, to));
    }
    let at: i64 = text.parse().map_err(|_| bad())?;
    Ok(Step::Slice(at, if at == -1 { None } else { Some(at + 1) }))
}

fn print(parts: &[Part], object: &Value, out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Path(path) => {
                let found: Vec<String> = walk(path, object).into_iter().map(shown).collect();
                out.push_str(&found.join(" "));
            }
            Part::Range(path, body) => {
                for item in walk(path, object) {
                    print(body, item, out);
                }
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => compact(other),
    }
}

fn walk<'a>(path: &[Step], object: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![object];
    for step in path {
        let mut next = Vec::new();
        for value in found {
            step_into(step, value, &mut next);
        }
        found = next;
    }
    found
}

fn step_into<'a>(step: &Step, value: &'a Value, next: &mut Vec<&'a Value>) {
    match step {
        // What is missing is nothing, as for `kubectl get`.
        Step::Field(name) => next.extend(value.get(name)),
        Step::All => match value {
            Value::Array(items) => next.extend(items),
            Value::Object(fields) => next.extend(fields.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        },
        Step::Deep(name) => deep(name, value, next),
        Step::Slice(from, to) => {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let place = |at: i64| {
                usize::try_from(if at < 0 { at + length } else { at }.clamp(0, length)).unwrap_or(0)
            };
            next.extend(items.get(place(*from)..place(to.unwrap_or(length))).unwrap_or_default());
        }
        Step::Filter { path, op, value: wanted } => {
            for item in value.as_array().into_iter().flatten() {
                let found = walk(path, item);
                let equal = found.iter().any(|it| shown(it) == *wanted);
                let keep = match op {
                    Op::Equal => equal,
                    Op::Differs => !found.is_empty() && !equal,
                    Op::Exists => !found.is_empty(),
                };
                if keep {
                    next.push(item);
                }
            }
        }
    }
}

fn deep<'a>(name: &str, value: &'a Value, next: &mut Vec<&'a Value>) {
    let inner: Vec<&Value> = match value {
        Value::Object(fields) => {
            next.extend(fields.get(name));
            fields.values().collect()
        }
        Value::Array(items) => items.iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for value in inner {
        deep(name, value, next);
    }
}

/// Objects as a table of the columns that `HEADER:.path,...` names.
pub fn custom_columns<'a>(
    spec: &str,
    objects: impl IntoIterator<Item = &'a Value>,
    headers: bool,
) -> Result<String, JsonPathError> {
    let mut columns = Vec::new();
    for column in spec.split(',') {
        let (header, path) =
            column.split_once(':').ok_or_else(|| JsonPathError::Unrecognized(column.to_owned()))?;
        columns.push((header, steps(path.trim_matches(['{', '}']))?));
    }
    let mut lines = Vec::new();
    if headers {
        lines.push(columns.iter().map(|(header, _)| *header).collect::<Vec<_>>().join("\t"));
    }
    for object in objects {
        let mut cells = Vec::new();
        for (_, path) in &columns {
            let found: Vec<String> = walk(path, object).into_iter().map(shown).collect();
            cells.push(if found.is_empty() { "<none>".to_owned() } else { found.join(",") });
        }
        lines.push(cells.join("\t"));
    }
    lines.push(String::new());
    Ok(align(&lines.join("\n"), 6, 3))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let pod = json!({"metadata": {"name": "web", "labels": {"a.b/c": "x"}}, "spec": {"containers": [
            {"name": "one", "image": "i:1"}, {"name": "two", "image": "i:2"}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        let printed = JsonPath::parse(template).map(|path| path.print(&pod));
        assert_eq!(printed.as_deref(), Ok(expected), "{template}");
    }

    #[test]
    fn templates_print_what_they_name() {
        check("{.metadata.name}", "web");
        check("{.spec.containers[*].image}", "i:1 i:2");
        check("{.spec.containers[1].name}", "two");
        check("{.spec.containers[-1:].name}", "two");
        check("{.metadata.labels.a\\.b/c}{\"\\n\"}", "x\n");
        check("{range .spec.containers[*]}{.name}={.image};{end}", "one=i:1;two=i:2;");
        check("{.status.conditions[?(@.type==\"Ready\")].status}", "True");
        check("{..image}", "i:1 i:2");
        check("{.metadata.labels}", "{\"a.b/c\":\"x\"}");
        check("{.nothing}", "");
    }

    #[test]
    fn what_is_not_closed_is_told() {
        assert_eq!(JsonPath::parse("{.a").map(|_| ()), Err(JsonPathError::Unclosed));
        assert_eq!(JsonPath::parse("{range .a}x").map(|_| ()), Err(JsonPathError::Unclosed));
    }
}
