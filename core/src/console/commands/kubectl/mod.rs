//! `kubectl`: asks the API server, and prints what it says as the real client does.

mod about;
mod change;
mod drain;
mod edit;
mod exec;
mod explain;
mod flags;
mod get;
mod gone;
mod kubeconfig;
mod logs;
mod make;
mod node;
mod reach;
mod rollout;
mod scale;
#[cfg(test)]
mod story_tests;
mod target;
#[cfg(test)]
mod tests;
mod verbs;
mod watch;

pub(in crate::console) use self::edit::{Edited, edited, not_edited};
use self::{flags::Call, verbs::Takes};
use super::{Cx, Reply};
use crate::{
    cluster::{ApiError, Kind, Selector},
    console::{Console, follow::Follow},
    sim::World,
};

/// What a command waits for, or watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) enum Waiting {
    Watch(watch::Watch),
    Rollout(rollout::Rollout),
    Gone(gone::Gone),
    Draining(drain::Draining),
}

impl Reply {
    /// The command goes on.
    fn waits(mut self, waiting: Waiting) -> Self {
        self.follow = Some(Box::new(Follow::Kubectl(Box::new(waiting))));
        self
    }
}

/// What is printed next, and whether the command goes on.
pub(in crate::console) fn wait(
    waiting: &mut Waiting,
    console: &mut Console,
    world: &mut World,
) -> (Reply, bool) {
    let mut cx = Cx { console, world, input: None };
    match waiting {
        Waiting::Watch(watch) => watch.step(&cx),
        Waiting::Rollout(rollout) => rollout.step(&cx),
        Waiting::Gone(gone) => gone.step(&cx),
        Waiting::Draining(draining) => draining.step(&mut cx),
    }
}

pub(super) fn run(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    // Flags may stand before the verb.
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += if flags::takes_next(word) { 2 } else { 1 };
    }
    let Some(name) = words.get(at) else { return overview() };
    let Some(verb) = verbs::find(name) else { return unknown(name) };
    let rest: Vec<&str> = words.iter().take(at).chain(words.iter().skip(at + 1)).copied().collect();
    match Call::parse(verb, &rest) {
        Ok(call) if call.has("help") => Reply::out(format!("Usage:\n  kubectl {} [options]\n", verb.usage)),
        Ok(call) => (verb.run)(cx, &call),
        Err(failed) => failed,
    }
}

fn overview() -> Reply {
    let usages = verbs::VERBS.iter().fold(String::new(), |all, verb| all + "  kubectl " + verb.usage + "\n");
    Reply::out(format!("kubectl controls the Kubernetes cluster manager.\n\n{usages}"))
}

fn unknown(name: &str) -> Reply {
    let mut near: Vec<&str> = verbs::names();
    near.retain(|verb| distance(name, verb) <= 2 || verb.starts_with(name));
    let near = near.iter().fold(String::new(), |all, verb| all + "\n\t" + verb);
    let near = if near.is_empty() { near } else { format!("\n\nDid you mean this?{near}") };
    Reply::failed(format!(
        "error: unknown command \"{name}\" for \"kubectl\"{near}\nThere is: {}",
        verbs::names().join(", ")
    ))
}

/// How many letters must be put in, taken out or replaced to make one word of another.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, c) in from.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], line + 1);
        for (at, other) in to.iter().enumerate() {
            let replaced = before + usize::from(c != *other);
            before = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(before + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// What the client prints when the server says no, or says nothing.
fn said(error: &ApiError) -> Reply {
    match error.reason() {
        "" => Reply::failed(error.to_string()),
        "Invalid" => Reply::failed(format!("The {error}")),
        reason => Reply::failed(format!("Error from server ({reason}): {error}")),
    }
}

/// What may stand behind the words of a command line.
pub(in crate::console) fn options(
    console: &Console,
    world: &World,
    words: &[&str],
    last: &str,
) -> Vec<String> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let Some((name, rest)) = words.split_first() else { return owned(&verbs::names()) };
    let Some(verb) = verbs::find(name) else { return Vec::new() };
    if last.starts_with("--") {
        return flags::names(verb);
    }
    let named = |kind: Kind| objects(console, world, kind, rest);
    let kinds = || Kind::all().map(|kind| kind.plural().to_owned()).collect();
    let rest: Vec<&str> = rest.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let workload = |kind: Kind, word: &str| {
        named(kind).into_iter().map(|name| format!("{word}/{name}")).collect::<Vec<_>>()
    };
    match (verb.takes, rest.first().copied()) {
        (Takes::Kinds, None) => kinds(),
        (Takes::Kinds, Some(kind)) => Kind::of_word(kind).map(named).unwrap_or_default(),
        (Takes::Words(choices), None) => owned(choices),
        (Takes::Pods, _) | (Takes::Words(_), Some("pod" | "pods")) => named(Kind::Pod),
        (Takes::Nodes, _) | (Takes::Words(_), Some("node" | "nodes")) => named(Kind::Node),
        (Takes::Words(_), Some("history" | "restart" | "status" | "image")) => {
            [workload(Kind::Deployment, "deployment"), workload(Kind::DaemonSet, "daemonset")].concat()
        }
        (Takes::Nothing | Takes::Words(_), _) => Vec::new(),
    }
}

/// The names of a kind's objects in the namespace that the words name.
fn objects(console: &Console, world: &World, kind: Kind, words: &[&str]) -> Vec<String> {
    let at = words.iter().position(|word| matches!(*word, "-n" | "--namespace"));
    let space = at.and_then(|at| words.get(at + 1)).copied().unwrap_or("default");
    let server = match console.host() {
        crate::console::Host::Workstation => world.api(),
        crate::console::Host::Node(node) => world.api_from(node),
    };
    let Ok(server) = server else { return Vec::new() };
    let all = Selector::default();
    let found = server.list(kind, kind.is_namespaced().then_some(space), &all);
    found.map(|object| object.meta.name.to_string()).collect()
}
