//! What an API server puts into the columns of `kubectl get`. Follows `pkg/printers/internalversion/printers.go`.

mod event;
mod node;
mod other;
mod pod;
mod workload;

use serde_json::Value;

use super::table::{Column, Table};
use crate::{cluster::Kind, time::UnixSeconds};

pub(super) use self::{event::message_of, node::roles};

/// One object as cells.
type Row = fn(&Value, UnixSeconds) -> Vec<String>;

/// Objects of one kind as a table.
#[must_use]
pub fn table_of<'a>(kind: Kind, objects: impl IntoIterator<Item = &'a Value>, now: UnixSeconds) -> Table<'a> {
    let (columns, row) = printer(kind);
    Table {
        columns: columns.iter().map(|name| column(name)).collect(),
        rows: objects.into_iter().map(|object| (row(object, now), object)).collect(),
    }
}

/// A `+` before its name makes a column one of the wide ones.
fn column(name: &'static str) -> Column {
    match name.strip_prefix('+') {
        Some(name) => Column { name, wide: true },
        None => Column { name, wide: false },
    }
}

fn printer(kind: Kind) -> (&'static [&'static str], Row) {
    match kind {
        Kind::Pod => (pod::COLUMNS, pod::row),
        Kind::Node => (node::COLUMNS, node::row),
        Kind::Event => (event::COLUMNS, event::row),
        Kind::DaemonSet => (workload::DAEMON_SET, workload::daemon_set),
        Kind::Deployment => (workload::DEPLOYMENT, workload::deployment),
        Kind::ReplicaSet => (workload::REPLICA_SET, workload::replica_set),
        Kind::Service => (other::SERVICE, other::service),
        Kind::Namespace => (&["Name", "Status", "Age"], other::namespace),
        Kind::ConfigMap => (&["Name", "Data", "Age"], other::config_map),
        Kind::Secret => (&["Name", "Type", "Data", "Age"], other::secret),
        Kind::Lease => (&["Name", "Holder", "Age"], other::lease),
        Kind::LimitRange => (&["Name", "Created At"], other::limit_range),
        Kind::ResourceQuota => (&["Name", "Request", "Limit", "Age"], other::quota),
        Kind::PriorityClass => {
            (&["Name", "Value", "Global-Default", "Age", "PreemptionPolicy"], other::priority_class)
        }
        Kind::ServiceAccount => (&["Name", "Age"], other::plain),
    }
}
