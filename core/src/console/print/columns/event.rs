//! Events.

use serde_json::Value;

use super::super::{
    age::since,
    object::{number, text},
};
use crate::time::UnixSeconds;

pub(super) const COLUMNS: &[&str] = &[
    "Last Seen",
    "Type",
    "Reason",
    "Object",
    "+Subobject",
    "+Source",
    "Message",
    "+First Seen",
    "+Count",
    "+Name",
];

pub(super) fn row(event: &Value, now: UnixSeconds) -> Vec<String> {
    let first = text(event, "/firstTimestamp");
    let first = if first.is_empty() { text(event, "/eventTime") } else { first };
    let last = text(event, "/lastTimestamp");
    let last = match text(event, "/series/lastObservedTime") {
        "" if last.is_empty() => first,
        "" => last,
        observed => observed,
    };
    let count = match number(event, "/series/count") {
        0 => number(event, "/count").max(1),
        count => count,
    };
    let kind = text(event, "/involvedObject/kind").to_lowercase();
    let name = text(event, "/involvedObject/name");
    let object = if name.is_empty() { kind } else { format!("{kind}/{name}") };
    vec![
        since(last, now),
        text(event, "/type").to_owned(),
        text(event, "/reason").to_owned(),
        object,
        text(event, "/involvedObject/fieldPath").to_owned(),
        source(event),
        message_of(event).to_owned(),
        since(first, now),
        count.to_string(),
        text(event, "/metadata/name").to_owned(),
    ]
}

fn source(event: &Value) -> String {
    let component = match text(event, "/source/component") {
        "" => text(event, "/reportingComponent"),
        component => component,
    };
    match text(event, "/source/host") {
        "" => match text(event, "/reportingInstance") {
            instance if instance.is_empty() || !text(event, "/source/component").is_empty() => {
                component.to_owned()
            }
            instance => format!("{component}, {instance}"),
        },
        host => format!("{component}, {host}"),
    }
}

/// An event's message without blanks around it.
pub(in super::super) fn message_of(event: &Value) -> &str {
    text(event, "/message").trim()
}
