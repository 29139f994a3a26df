//! What the printers print is what `kubectl` prints, byte for byte, in ten situations.
//!
//! The goldens in `golden/kubectl/` are compared always. With `STANDFAST_KUBECTL=<the program>` the real client is asked too: of a server on
//! the loopback that has the same objects; then `STANDFAST_UPDATE=1` writes goldens on which both agree. What an API server puts into tables
//! is not the client's to say, so for tables the client shows the layout only.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a suite says so when it cannot go on")]

mod kubelet;
mod lines;
mod objects;
mod server;
mod situations;

use std::{borrow::Cow, fmt::Write as _, path::PathBuf, process::Command};

use serde_json::{Value, json};
use standfast_core::{
    cluster::Kind,
    console::print::{Context, JsonPath, Look, describe, json as to_json, table_of, yaml},
    time::UnixSeconds,
};

use self::{
    objects::Objects,
    server::Server,
    situations::{SITUATIONS, Situation},
};

/// What the printers make of a command line.
fn ours(command: &str, objects: &Objects, now: UnixSeconds) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    let flag = |name: &str| words.contains(&name);
    let after =
        |name: &str| words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied();
    let namespace = after("-n").unwrap_or("default");
    let kind = Kind::of_word(words[1]).expect("a kind");
    let name = words.get(2).filter(|word| !word.starts_with('-'));
    let mut found: Vec<&Value> = objects.of(kind);
    found.retain(|object| {
        let there = object["metadata"]["namespace"].as_str();
        (flag("-A") || !kind.is_namespaced() || there == Some(namespace))
            && name.is_none_or(|name| object["metadata"]["name"] == *name)
    });
    if words[0] == "describe" {
        let all = |kind: Kind| objects.of(kind).into_iter().map(Cow::Borrowed).collect();
        let context = Context { now, all: &all, events: true };
        return found.iter().map(|object| describe(kind, object, &context)).collect::<Vec<_>>().join("\n\n");
    }
    let whole = || match name {
        Some(_) => found[0].clone(),
        None => {
            json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": found})
        }
    };
    match after("-o") {
        Some("yaml") => yaml(&whole()),
        Some("json") => to_json(&whole()),
        Some("name") => found.iter().fold(String::new(), |mut all, object| {
            let _ = writeln!(all, "{}/{}", kind.singular(), object["metadata"]["name"].as_str().unwrap());
            all
        }),
        Some(format) if format.starts_with("jsonpath=") => {
            JsonPath::parse(&format[9..]).unwrap().print(&whole())
        }
        other => table_of(kind, found, now).print(&Look {
            wide: other == Some("wide"),
            namespace: flag("-A"),
            labels: flag("--show-labels"),
            no_headers: flag("--no-headers"),
            ..Look::default()
        }),
    }
}

/// All commands of a situation with what is printed.
fn page(situation: &Situation, objects: &Objects, now: UnixSeconds) -> String {
    situation.commands.iter().fold(String::new(), |mut all, command| {
        let _ = write!(all, "$ kubectl {command}\n{}", ours(command, objects, now));
        all
    })
}

fn golden(situation: &Situation) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/kubectl");
    folder.join(format!("{}.txt", situation.name))
}

/// The wall clock at the beginning of the worlds whose pages are on file.
const EPOCH: u64 = 1_767_225_600;

#[test]
fn pages_are_those_on_file() {
    if std::env::var_os("STANDFAST_UPDATE").is_some() {
        return;
    }
    for situation in SITUATIONS {
        let objects = situation.objects(UnixSeconds(EPOCH));
        let text = page(situation, &objects, objects.now);
        let on_file = std::fs::read_to_string(golden(situation)).unwrap_or_default();
        assert!(
            text == on_file,
            "{}: other than on file. Run with STANDFAST_KUBECTL and STANDFAST_UPDATE=1 if that is meant.\n{text}",
            situation.name
        );
    }
}

#[test]
fn the_real_client_prints_the_same() {
    let Some(program) = std::env::var_os("STANDFAST_KUBECTL") else {
        println!("kubectl was not asked: set STANDFAST_KUBECTL to the program");
        return;
    };
    let cache = std::env::temp_dir().join(format!("standfast-kubectl-{}", std::process::id()));
    let mut equal = 0;
    let mut differences = Vec::new();
    for situation in SITUATIONS {
        // The client's clock is the machine's: the world is put so far back that it ends now.
        let lasts = situation.objects(UnixSeconds(EPOCH)).now.0 - EPOCH;
        let begin = server::clock();
        let objects = situation.objects(UnixSeconds(begin - lasts));
        let server = Server::start(objects.clone());
        for command in situation.commands {
            let (from, theirs) = (server::clock(), ask(&program, command, &server, &cache));
            let moments = from..=server::clock();
            let same = moments.clone().any(|now| ours(command, &objects, UnixSeconds(now)) == theirs);
            if same {
                equal += 1;
            } else {
                let ours = ours(command, &objects, UnixSeconds(*moments.start()));
                differences.push(format!(
                    "{}: kubectl {command}\n{}",
                    situation.name,
                    difference(&theirs, &ours)
                ));
            }
        }
        if std::env::var_os("STANDFAST_UPDATE").is_some() && differences.is_empty() {
            let objects = situation.objects(UnixSeconds(EPOCH));
            std::fs::write(golden(situation), page(situation, &objects, objects.now)).expect("a golden file");
        }
    }
    let _ = std::fs::remove_dir_all(cache);
    assert!(differences.is_empty(), "{equal} are equal, these are not:\n{}", differences.join("\n"));
    crate::say(&format!("standfast-count: kubectl-outputs {} {equal}", crate::host()));
}

/// The first lines that differ.
fn difference(theirs: &str, ours: &str) -> String {
    let (mut left, mut right) = (theirs.split('\n'), ours.split('\n'));
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => return format!("  line {number}\n  kubectl: {left:?}\n  ours:    {right:?}"),
        }
    }
    String::new()
}

fn ask(program: &std::ffi::OsStr, command: &str, server: &Server, cache: &std::path::Path) -> String {
    let output = Command::new(program)
        .args(["--server", &server.address(), "--cache-dir"])
        .arg(cache)
        .args(command.split(' '))
        .env("TZ", "UTC")
        .env("KUBECONFIG", "/dev/null")
        .output()
        .expect("kubectl runs");
    assert!(output.status.success(), "kubectl {command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn printed_pods_load_into_the_published_types() {
    use k8s_openapi::api::core::v1::Pod;
    let mut loaded = 0;
    for situation in SITUATIONS {
        let objects = situation.objects(UnixSeconds(EPOCH));
        for pod in objects.of(Kind::Pod) {
            let from_json: Pod = serde_json::from_str(&to_json(pod)).expect("JSON that loads");
            let from_yaml: Pod = serde_yaml::from_str(&yaml(pod)).expect("YAML that loads");
            assert_eq!(from_json, from_yaml);
            let again = serde_json::to_value(&from_json).expect("JSON");
            assert_eq!(lossless(&again), lossless(pod), "{}: something was lost", situation.name);
            loaded += 1;
        }
    }
    assert!(loaded >= 10, "only {loaded} pods");
    crate::say(&format!("standfast-count: pods-loaded {} {loaded}", crate::host()));
}

/// A value without what the published types do not tell from absent: `null`.
fn lossless(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), lossless(value))).collect())
        }
        Value::Array(items) => items.iter().map(lossless).collect(),
        other => other.clone(),
    }
}
