//! What the last word of a line could become: a command, a file, a kind or a name.

use super::{Console, Host, commands};
use crate::sim::World;

pub(super) fn complete(console: &mut Console, world: &mut World, line: &str) -> Vec<String> {
    // What counts is the last command of the line.
    let line = line.rsplit(['|', ';', '&']).next().unwrap_or_default().trim_start();
    let mut words: Vec<&str> = line.split_whitespace().collect();
    if line.is_empty() || line.ends_with(' ') {
        words.push("");
    }
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let mut choices: Vec<String> = match before {
        [] => commands::names(console.host()).map(str::to_owned).collect(),
        ["kubectl" | "k", words @ ..] => commands::options(console, world, words, last),
        ["crictl" | "docker", "logs" | "inspect" | "stop" | "rm" | "exec" | "kill"] => {
            containers(console, world)
        }
        ["crictl"] => commands::CRICTL.iter().map(|verb| (*verb).to_owned()).collect(),
        ["kubeadm", before @ ..] => {
            let verbs = commands::KUBEADM.iter().map(|verb| verb.split(' ').collect::<Vec<_>>());
            let rest =
                verbs.filter_map(|verb| verb.strip_prefix(before)?.first().map(|word| (*word).to_owned()));
            rest.collect()
        }
        ["docker"] => commands::DOCKER.iter().map(|verb| (*verb).to_owned()).collect(),
        ["systemctl"] => ["status", "restart", "start", "stop"].map(str::to_owned).into(),
        ["systemctl", _] => vec!["kubelet".to_owned()],
        ["ssh"] => world.nodes().map(ToString::to_string).collect(),
        _ => files(console, world, last),
    };
    choices.retain(|choice| choice.starts_with(last));
    choices.sort();
    choices.dedup();
    choices
}

fn containers(console: &Console, world: &World) -> Vec<String> {
    let Host::Node(node) = console.host() else { return Vec::new() };
    let state = world.runtime_state(node).unwrap_or_default();
    state.containers.iter().map(|it| commands::short(&it.runtime_id, 13)).collect()
}

/// Files whose path begins so.
fn files(console: &mut Console, world: &mut World, last: &str) -> Vec<String> {
    let folder = last.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shown = if last.contains('/') { format!("{folder}/") } else { String::new() };
    let asked = match (folder, last.starts_with('/')) {
        ("", true) => "/",
        ("", false) => ".",
        (folder, _) => folder,
    };
    let names = console.files(world).names(asked).unwrap_or_default();
    names.into_iter().map(|name| format!("{shown}{name}")).collect()
}
