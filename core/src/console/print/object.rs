//! Reading objects: what is not there reads as nothing.

use serde_json::Value;

/// The text at a JSON pointer; empty when there is none.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer; 0 when there is none.
pub(crate) fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether `true` is at a JSON pointer.
pub(crate) fn holds(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The items of the list at a JSON pointer.
pub(crate) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of the map at a JSON pointer, by key.
pub(crate) fn entries<'a>(object: &'a Value, pointer: &str) -> Vec<(&'a str, &'a Value)> {
    let map = object.pointer(pointer).and_then(Value::as_object);
    let mut entries: Vec<(&str, &Value)> =
        map.into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
    crate::sort::by(&mut entries, |a, b| a.0.cmp(b.0));
    entries
}

/// The entries of a map of texts, by key.
pub(crate) fn texts<'a>(object: &'a Value, pointer: &str) -> Vec<(&'a str, &'a str)> {
    let entries = entries(object, pointer).into_iter();
    entries.map(|(key, value)| (key, value.as_str().unwrap_or_default())).collect()
}

/// `key=value` of a map of texts, separated by commas; `<none>` for an empty one.
pub(crate) fn pairs(object: &Value, pointer: &str) -> String {
    let pairs: Vec<String> =
        texts(object, pointer).iter().map(|(key, value)| format!("{key}={value}")).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// A label selector (`matchLabels`, `matchExpressions`) as text.
pub(crate) fn selector(object: &Value, pointer: &str) -> String {
    let labels = texts(object, &format!("{pointer}/matchLabels"));
    let mut terms: Vec<(&str, String)> =
        labels.into_iter().map(|(key, value)| (key, format!("{key}={value}"))).collect();
    for expression in list(object, &format!("{pointer}/matchExpressions")) {
        let key = text(expression, "/key");
        let values: Vec<&str> = list(expression, "/values").iter().filter_map(Value::as_str).collect();
        let values = values.join(",");
        terms.push((
            key,
            match text(expression, "/operator") {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "Exists" => key.to_owned(),
                _ => format!("!{key}"),
            },
        ));
    }
    crate::sort::by(&mut terms, |a, b| a.0.cmp(b.0));
    let terms: Vec<String> = terms.into_iter().map(|(_, term)| term).collect();
    if terms.is_empty() { "<none>".to_owned() } else { terms.join(",") }
}

/// `1` and `"1"` alike, as text.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
