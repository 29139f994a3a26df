//! `kubectl get --watch`: what is there, then a row for each change.

use serde_json::Value;

use super::{
    super::{Cx, Reply},
    Waiting,
    change::no_type,
    flags::Call,
    get::{self, Asked},
    kubeconfig::{self, Access},
    reach, said, verbs,
};
use crate::{
    cluster::{Change, ChangeKind, Kind, Selector},
    console::print::{Look, table_of},
};

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct Watch {
    access: Access,
    /// The words of the command.
    words: Vec<String>,
    /// What was seen of the server's changes.
    version: u64,
    /// How wide the columns are.
    widths: Vec<usize>,
    /// Whether something was printed.
    begun: bool,
}

pub(super) fn begin(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    first(cx, call).unwrap_or_else(|failed| failed)
}

/// The one kind that is watched, with names.
fn asked<'w>(call: &Call<'w>) -> Result<Asked<'w>, Reply> {
    let mut asked = get::asked_of(call).map_err(no_type)?;
    match (asked.pop(), asked.is_empty()) {
        (Some((_, names)), true) if names.len() > 1 => {
            Err(Reply::failed("error: you may only specify a single resource type, and one name of it"))
        }
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(Reply::failed("error: you may only specify a single resource type")),
        (None, _) => Err(get::nothing_named(call.verb)),
    }
}

fn first(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Reply, Reply> {
    let access = kubeconfig::access(cx, call)?;
    let (kind, names) = asked(call)?;
    let (labels, now) = (get::labels(call)?, reach::clock(cx));
    let server = reach::server(cx, call)?;
    let version = server.version();
    let found = get::objects(server, kind, &names, &labels, call).map_err(|error| said(&error))?;
    let mut watch = Watch { access, words: call.words(), version, widths: Vec::new(), begun: false };
    let mut out = String::new();
    if !call.has("watch-only") {
        for object in rows(call, found) {
            out.push_str(&watch.print(now, call, kind, (object, ChangeKind::Added))?);
        }
    }
    Ok(Reply::out(out).waits(Waiting::Watch(watch)))
}

/// A table is one; other formats print one object after the other.
fn rows(call: &Call<'_>, objects: Vec<Value>) -> Vec<Vec<Value>> {
    if matches!(call.value("output"), None | Some("wide")) {
        vec![objects]
    } else {
        objects.into_iter().map(|object| vec![object]).collect()
    }
}

impl Watch {
    pub(super) fn step(&mut self, cx: &Cx<'_>) -> (Reply, bool) {
        let words = self.words.clone();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let call = verbs::find("get").and_then(|verb| Call::parse(verb, &words).ok());
        let Some(call) = call else { return (Reply::default(), false) };
        let now = reach::clock(cx);
        // The client says nothing when its watch is closed, and ends well.
        let Ok(server) = reach::through(cx, &self.access) else { return (Reply::default(), false) };
        let (Ok((kind, names)), Ok(labels)) = (asked(&call), get::labels(&call)) else {
            return (Reply::default(), false);
        };
        let changes: Vec<Change> = match server.watch(self.version) {
            Ok(changes) => changes.filter(|change| change.object.kind == kind).cloned().collect(),
            Err(error) => return (said(&error), false),
        };
        self.version = server.version();
        let mut out = String::new();
        for change in changes {
            let Some(what) = seen(&change, &names, &labels, &call) else { continue };
            match self.print(now, &call, kind, (vec![change.object.to_json()], what)) {
                Ok(text) => out.push_str(&text),
                Err(failed) => return (Reply { out, ..failed }, false),
            }
        }
        (Reply::out(out), true)
    }

    fn print(
        &mut self,
        now: crate::time::UnixSeconds,
        call: &Call<'_>,
        kind: Kind,
        (objects, what): (Vec<Value>, ChangeKind),
    ) -> Result<String, Reply> {
        if objects.is_empty() {
            return Ok(String::new());
        }
        let again = std::mem::replace(&mut self.begun, true);
        if matches!(call.value("output"), None | Some("wide")) {
            let look = get::look(kind, call);
            let event = call.has("output-watch-events").then_some(match what {
                ChangeKind::Added => "ADDED",
                ChangeKind::Modified => "MODIFIED",
                ChangeKind::Deleted => "DELETED",
            });
            let look = Look { no_headers: look.no_headers || again, event, ..look };
            return Ok(table_of(kind, &objects, now).print_below(&look, &mut self.widths));
        }
        let text = get::print(now, &[(kind, objects)], true, call).map_err(Reply::failed)?;
        let between = if again && call.value("output") == Some("yaml") { "---\n" } else { "" };
        Ok(format!("{between}{text}"))
    }
}

/// What a change is to somebody who watches only some objects.
fn seen(change: &Change, names: &[&str], labels: &Selector, call: &Call<'_>) -> Option<ChangeKind> {
    let object = &change.object;
    let everywhere = call.has("all-namespaces") || !object.kind.is_namespaced();
    let placed = everywhere || *object.meta.namespace == *call.namespace();
    let asked = names.is_empty() || names.contains(&&*object.meta.name);
    if !placed || !asked {
        return None;
    }
    let wanted = |object: &crate::cluster::Object| {
        let fields = call.value("field-selector");
        labels.matches(&object.meta.labels)
            && fields.is_none_or(|fields| get::selected(&object.to_json(), fields))
    };
    let (is, was) = (wanted(object), change.old.as_deref().is_some_and(wanted));
    match change.what {
        ChangeKind::Added | ChangeKind::Modified if is && !was => Some(ChangeKind::Added),
        ChangeKind::Modified if !is && was => Some(ChangeKind::Deleted),
        what => is.then_some(what),
    }
}
