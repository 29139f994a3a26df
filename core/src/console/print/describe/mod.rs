//! `kubectl describe`: everything about one object, for people. Follows `k8s.io/kubectl/pkg/describe/describe.go`.

mod container;
mod node;
mod other;
mod parts;
mod pod;
mod volume;
mod workload;

use std::borrow::Cow;

use serde_json::Value;

use super::tabs::align;
use crate::{cluster::Kind, time::UnixSeconds};

/// What a description needs beside the object.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// When it is read.
    pub now: UnixSeconds,
    /// All objects of a kind, in the order of their names.
    pub all: &'a dyn Fn(Kind) -> Vec<Cow<'a, Value>>,
    /// Whether events are asked for.
    pub events: bool,
}

/// The description of an object.
#[must_use]
pub fn describe(kind: Kind, object: &Value, context: &Context<'_>) -> String {
    let mut page = Page::default();
    match kind {
        Kind::Pod => pod::pod(&mut page, object, context),
        Kind::Node => node::node(&mut page, object, context),
        Kind::DaemonSet => workload::daemon_set(&mut page, object, context),
        Kind::Deployment => workload::deployment(&mut page, object, context),
        Kind::ReplicaSet => workload::replica_set(&mut page, object, context),
        Kind::Namespace
        | Kind::Event
        | Kind::Lease
        | Kind::Service
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::ServiceAccount
        | Kind::ResourceQuota
        | Kind::LimitRange
        | Kind::PriorityClass => other::other(&mut page, kind, object, context),
    }
    align(&page.text, 0, 2)
}

/// The pod template of an object as `kubectl rollout history` prints it: nothing is aligned there.
pub(crate) fn template(object: &Value) -> String {
    let mut page = Page::default();
    pod::template(&mut page, object);
    page.text
}

/// Lines at levels of two blanks each, with tabs between what stands under each other.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.text.extend(std::iter::repeat_n("  ", level));
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// `key:`, a tab, and the value.
    fn field(&mut self, level: usize, key: &str, value: impl AsRef<str>) {
        self.line(level, format!("{key}:\t{}", value.as_ref()));
    }

    /// The same, when there is a value.
    fn some(&mut self, level: usize, key: &str, value: &str) {
        if !value.is_empty() {
            self.field(level, key, value);
        }
    }
}
