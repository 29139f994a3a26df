//! What several kinds have in common: labels, annotations, tolerations, owners, events.

use std::{borrow::Cow, fmt::Write as _};

use serde_json::Value;

use super::{
    super::{
        age::since,
        columns::message_of,
        object::{entries, holds, list, number, scalar, text, texts},
    },
    Context, Page,
};

use crate::cluster::Kind;

const LONGEST: usize = 140;
const SKIPPED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Lines under each other behind one title.
pub(super) fn under(page: &mut Page, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter();
    page.field(0, title, lines.next().unwrap_or_else(|| "<none>".to_owned()));
    for line in lines {
        page.line(0, format!("\t{line}"));
    }
}

pub(super) fn labels(page: &mut Page, title: &str, object: &Value, pointer: &str) {
    under(page, title, texts(object, pointer).iter().map(|(key, value)| format!("{key}={value}")));
}

pub(super) fn annotations(page: &mut Page, title: &str, object: &Value, pointer: &str) {
    let mut lines = Vec::new();
    for (key, value) in texts(object, pointer).into_iter().filter(|(key, _)| *key != SKIPPED) {
        let value = value.strip_suffix('\n').unwrap_or(value);
        if value.len() + key.len() + 2 <= LONGEST && !value.contains('\n') {
            lines.push(format!("{key}: {value}"));
            continue;
        }
        lines.push(format!("{key}:"));
        lines.extend(value.split('\n').map(|line| format!("  {}", shortened(line, LONGEST - 2))));
    }
    under(page, title, lines);
}

fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let end = (0..=longest).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}...", &text[..end])
}

pub(super) fn tolerations(page: &mut Page, title: &str, object: &Value, pointer: &str) {
    let mut all: Vec<&Value> = list(object, pointer).iter().collect();
    crate::sort::by(&mut all, |a, b| text(a, "/key").cmp(text(b, "/key")));
    under(page, title, all.into_iter().map(toleration));
}

fn toleration(toleration: &Value) -> String {
    let mut line = text(toleration, "/key").to_owned();
    let value = text(toleration, "/value");
    for (mark, part) in [('=', value), (':', text(toleration, "/effect"))] {
        if !part.is_empty() {
            line.push(mark);
            line.push_str(part);
        }
    }
    if text(toleration, "/operator") == "Exists" && value.is_empty() {
        line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.get("tolerationSeconds").and_then(Value::as_i64) {
        let _ = write!(line, " for {seconds}s");
    }
    line
}

/// `Controlled By: kind/name`.
pub(super) fn controller(page: &mut Page, object: &Value) {
    let mut owners = list(object, "/metadata/ownerReferences").iter();
    if let Some(owner) = owners.find(|owner| holds(owner, "/controller")) {
        page.field(0, "Controlled By", format!("{}/{}", text(owner, "/kind"), text(owner, "/name")));
    }
}

/// Amounts under a title, sorted.
pub(super) fn amounts(page: &mut Page, level: usize, title: &str, object: &Value, pointer: &str) {
    let amounts = entries(object, pointer);
    if !amounts.is_empty() {
        page.line(level, format!("{title}:"));
        for (key, amount) in amounts {
            page.field(level + 1, key, scalar(amount));
        }
    }
}

/// The events about an object. What a kubelet says of a mirror pod bears the uid of the static pod: its annotation has that.
pub(super) fn events(page: &mut Page, object: &Value, context: &Context<'_>) {
    if !context.events {
        return;
    }
    let mirror = object.pointer("/metadata/annotations/kubernetes.io~1config.mirror").and_then(Value::as_str);
    let uid = mirror.unwrap_or_else(|| text(object, "/metadata/uid"));
    let about = |event: &Value| {
        let involved = |key: &str| text(event, &format!("/involvedObject/{key}"));
        involved("name") == text(object, "/metadata/name")
            && involved("namespace") == text(object, "/metadata/namespace")
            && involved("kind") == text(object, "/kind")
            // A kubelet names its node, not the node's uid.
            && (involved("uid") == uid || text(object, "/kind") == "Node")
    };
    let mut events = (context.all)(Kind::Event);
    events.retain(|event| about(event));
    if events.is_empty() {
        page.field(0, "Events", "<none>");
        return;
    }
    events.sort_by(|a, b| text(a, "/lastTimestamp").cmp(text(b, "/lastTimestamp")));
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in &events {
        let source = match text(event, "/source/component") {
            "" => text(event, "/reportingComponent"),
            source => source,
        };
        let message = match text(event, "/involvedObject/fieldPath") {
            "" => message_of(event).to_owned(),
            path => format!("{path}: {}", message_of(event)),
        };
        let cells =
            [text(event, "/type"), text(event, "/reason"), &interval(event, context), source, &message];
        page.line(1, cells.join("\t"));
    }
}

fn interval(event: &Value, context: &Context<'_>) -> String {
    let since = |time: &str| since(time, context.now);
    let first = match text(event, "/eventTime") {
        "" => text(event, "/firstTimestamp"),
        time => time,
    };
    match (event.get("series").filter(|series| !series.is_null()), number(event, "/count")) {
        (Some(series), _) => {
            let (last, count) = (since(text(series, "/lastObservedTime")), number(series, "/count"));
            format!("{last} (x{count} over {})", since(first))
        }
        (None, count @ 2..) => {
            format!("{} (x{count} over {})", since(text(event, "/lastTimestamp")), since(first))
        }
        (None, _) => since(first),
    }
}

/// How many pods of a controller are in each phase.
pub(super) fn pods_status(page: &mut Page, object: &Value, context: &Context<'_>) {
    let uid = text(object, "/metadata/uid");
    let owned = |pod: &&Cow<'_, Value>| {
        list(pod, "/metadata/ownerReferences")
            .iter()
            .any(|owner| holds(owner, "/controller") && text(owner, "/uid") == uid)
    };
    let pods = (context.all)(Kind::Pod);
    let in_phase =
        |phase: &str| pods.iter().filter(owned).filter(|pod| text(pod, "/status/phase") == phase).count();
    let line = format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        in_phase("Running"),
        in_phase("Pending"),
        in_phase("Succeeded"),
        in_phase("Failed")
    );
    page.field(0, "Pods Status", line);
}
