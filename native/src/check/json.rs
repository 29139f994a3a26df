//! A verdict as one line of JSON.

use serde_json::{Map, Value, json};
use standfast_core::manifest::{BadValue, print};

use super::{Checked, source::Source};

/// The line for a file, without its end.
pub(super) fn line(file: &Checked, print_pod: bool) -> String {
    let parsed = &file.parsed;
    let source = Source::new(file.bytes());
    let errors: Vec<Value> = parsed
        .errors
        .iter()
        .map(|error| {
            let mut object = json!({
                "field": &*error.field,
                "type": error.kind.recorded_name(),
                "detail": error.detail,
            });
            if let BadValue::Shown(value) = &error.bad_value {
                object["badValue"] = json!(value);
            }
            object
        })
        .collect();
    let warnings: Vec<Value> = file
        .warnings()
        .map(|warning| {
            let place = warning.span.map(|span| source.place(span));
            json!({
                "code": warning.code.as_str(),
                "line": place.map(|place| place.line),
                "column": place.map(|place| place.column),
                "message": warning.message,
            })
        })
        .collect();
    let mut object = Map::new();
    object.insert("file".into(), json!(file.path));
    object.insert("accepted".into(), json!(parsed.pod.is_some()));
    object.insert("stage".into(), json!(parsed.stage));
    object.insert("error".into(), json!(parsed.error.as_deref()));
    object.insert("errors".into(), json!(errors));
    object.insert("warnings".into(), json!(warnings));
    object.insert("name".into(), json!(parsed.pod.as_ref().map(|pod| &*pod.id.name)));
    object.insert("namespace".into(), json!(parsed.pod.as_ref().map(|pod| &*pod.id.namespace)));
    if let Some(pod) = parsed.pod.as_ref().filter(|_| print_pod) {
        object.insert("pod".into(), print::to_json(&pod.object.tree()));
    }
    Value::Object(object).to_string()
}
