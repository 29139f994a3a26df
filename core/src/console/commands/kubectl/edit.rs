//! `kubectl edit`: an object in an editor, and what comes of what is saved. Follows `k8s.io/kubectl/pkg/cmd/util/editor`.

use serde_json::{Map, Value};

use super::{
    super::{Cx, Reply},
    change::{self, named, nothing_named},
    flags::Call,
    kubeconfig::{self, Access},
    reach, said,
};
use crate::{
    cluster::{ApiError, ApiRequest, Kind, PatchKind},
    console::{Console, Effect, Output, print::yaml},
    sim::World,
};

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

/// An object that an editor shows.
#[derive(Clone, Debug)]
pub(in crate::console) struct Edited {
    /// The file that the editor shows.
    pub(in crate::console) path: String,
    access: Access,
    kind: Kind,
    namespace: String,
    name: String,
    /// The object as it was.
    before: Value,
    /// What was saved last and refused, and what was said then.
    refused: Option<(String, String)>,
}

pub(super) fn edit(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    opened(cx, call).unwrap_or_else(|failed| failed)
}

fn opened(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Reply, Reply> {
    if call.rest.is_empty() {
        return Err(nothing_named());
    }
    let access = kubeconfig::access(cx, call)?;
    let targets = named(&call.rest)?;
    let [(kind, name)] = targets[..] else {
        return Err(Reply::failed(
            "error: this kubectl edits one object at a time: write `kubectl edit KIND NAME`",
        ));
    };
    let namespace = change::namespace(kind, call).to_owned();
    let server = reach::server(cx, call)?;
    let before = server.get(kind, &namespace, name).map_err(|error| said(&error))?.to_json();
    let version = before.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    let path = format!("/tmp/kubectl-edit-{version}.yaml");
    let text = format!("{HEAD}{}", yaml(&before));
    cx.console.edited = Some(Edited {
        path: path.clone(),
        access,
        kind,
        namespace,
        name: name.to_owned(),
        before,
        refused: None,
    });
    Ok(Reply { effects: vec![Effect::Edit { path, text }], ..Reply::default() })
}

/// An editor was closed without anything saved.
pub(in crate::console) fn not_edited(edited: &Edited) -> Output {
    match &edited.refused {
        None => Output { text: "Edit cancelled, no changes made.\n".to_owned(), ..Output::default() },
        Some((text, why)) => gave_up(edited, text, why),
    }
}

/// What was saved was refused, and is not changed again.
fn gave_up(edited: &Edited, _text: &str, why: &str) -> Output {
    let said = if why.is_empty() { String::new() } else { format!("error: {why}\n") };
    let text = format!(
        "{said}A copy of your changes has been stored to \"{}\"\nerror: Edit cancelled, no valid changes were saved.\n",
        edited.path
    );
    Output { text, code: 1, effects: Vec::new() }
}

/// An editor saved a text.
pub(in crate::console) fn edited(
    console: &mut Console,
    world: &mut World,
    edited: Edited,
    text: &str,
) -> Output {
    let content = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.fold(String::new(), |all, line| all + line + "\n")
    };
    let saved = content(text);
    if saved.trim().is_empty() {
        return Output { text: "Edit cancelled, saved file was empty.\n".to_owned(), ..Output::default() };
    }
    if let Some((before, why)) = edited.refused.as_ref().filter(|(before, _)| *before == saved) {
        let _ = console.files(world).write(&edited.path, text);
        return gave_up(&edited, before, why);
    }
    let value: Value = match serde_yaml::from_str(&saved) {
        Ok(value) => value,
        Err(error) => {
            let head = format!(
                "# The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: yaml: {error}\n#\n"
            );
            return again(console, edited, saved, &head, String::new());
        }
    };
    if ["/apiVersion", "/kind", "/metadata/name"]
        .iter()
        .any(|field| value.pointer(field) != edited.before.pointer(field))
    {
        let _ = console.files(world).write(&edited.path, text);
        let text = format!(
            "A copy of your changes has been stored to \"{}\"\nerror: At least one of apiVersion, kind and name was changed\n",
            edited.path
        );
        return Output { text, code: 1, effects: Vec::new() };
    }
    let Some(patch) = difference(&edited.before, &value) else {
        return not_edited(&Edited { refused: None, ..edited });
    };
    let request = ApiRequest::Patch {
        kind: edited.kind,
        namespace: edited.namespace.as_str().into(),
        name: edited.name.as_str().into(),
        patch,
        how: PatchKind::Merge,
    };
    let cx = Cx { console, world, input: None };
    let reached = reach::through(&cx, &edited.access).map(drop);
    match reached.and_then(|()| cx.world.request(request)) {
        Ok(_) => {
            let text = format!("{}/{} edited\n", edited.kind.singular(), edited.name);
            Output { text, ..Output::default() }
        }
        Err(ApiError::Invalid { errors, .. }) => {
            let what = format!("{} \"{}\"", edited.kind.resource(), edited.name);
            let rules = errors.iter().fold(String::new(), |all, error| all + "# * " + error + "\n");
            let head = format!("# {what} was not valid:\n{rules}#\n");
            again(cx.console, edited, saved, &head, format!("{what} is invalid"))
        }
        Err(error) => {
            let failed = said(&error);
            let text = format!(
                "{}A copy of your changes has been stored to \"{}\"\nerror: Edit cancelled, no valid changes were saved.\n",
                failed.err, edited.path
            );
            let _ = cx.console.files(cx.world).write(&edited.path, &saved);
            Output { text, code: 1, effects: Vec::new() }
        }
    }
}

/// The editor opens again and says why.
fn again(console: &mut Console, edited: Edited, saved: String, head: &str, why: String) -> Output {
    let text = format!("{HEAD}{head}{saved}");
    let path = edited.path.clone();
    let said = if why.is_empty() { String::new() } else { format!("error: {why}\n") };
    console.edited = Some(Edited { refused: Some((saved, why)), ..edited });
    Output { text: said, code: 0, effects: vec![Effect::Edit { path, text }] }
}

/// The merge patch that makes one value of another; `None` when they are the same.
fn difference(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let (Value::Object(was), Value::Object(is)) = (before, after) else { return Some(after.clone()) };
    let gone = was.keys().filter(|key| !is.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let mut patch: Map<String, Value> = gone.collect();
    for (key, value) in is {
        match was.get(key) {
            Some(known) => patch.extend(difference(known, value).map(|change| (key.clone(), change))),
            None => drop(patch.insert(key.clone(), value.clone())),
        }
    }
    Some(Value::Object(patch))
}
