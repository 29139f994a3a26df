//! Recorded lives: what a running kubelet did with small pods, second by second, acted out again on the simulator.
//!
//! `STANDFAST_LIVES` names the folder of recordings, one folder a pod: its manifests, what was done and when (`timeline.jsonl`), and the
//! events that the kubelet recorded (`events.txt`). A life agrees when the events come with the same types, reasons, places and messages in
//! the same order. How often a wait is looked into depends on the kubelet's jitter, so repetitions count once. Which lives cannot agree yet
//! stands in [`NOT_YET`], each with its reason; one that agrees after all fails the suite, so that the list stays true.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails by panicking")]

use std::{fs, path::Path, time::Duration};

use standfast_core::{
    config::Config,
    id::NodeName,
    sim::{Ending, Fault, World},
    view::RecordKind,
};

/// Lives that the node cannot lead yet, and what it lacks.
const NOT_YET: [(&str, &str); 0] = [];

/// Lives that differ on purpose, or because of the simulator, and why.
const MEANT: [(&str, &str); 4] = [
    ("lc-init-onfailure", "the simulated shell has no files that a second run of a container finds"),
    (
        "lc-ready-late",
        "the kubelet probes once more after the container has ended, and says that it could not",
    ),
    (
        "lc-startup-slow",
        "in the recording a liveness result from before its start killed the third run, which is a race",
    ),
    ("lc-sec-user", "the kubelet stops containers in any order; the simulator in the order they were made"),
];

/// Lives during which another pod ran that matters to them.
const BESIDE: [(&str, &str); 1] = [("lc-hostport-b", "lc-hostport-a")];

/// An image that was made for the recordings only, and the one that stands in for it.
const MADE_FOR_IT: &str = "busybox:lc2";
const STANDS_IN: &str = "busybox:1.36";

/// One event, as `Normal Pulled [spec.containers{main}] message`.
type Line = String;

#[test]
fn recorded_lives_agree() {
    let Ok(folder) = std::env::var("STANDFAST_LIVES") else {
        println!("recorded lives: NOT RUN, because STANDFAST_LIVES names no folder of recordings");
        return;
    };
    let mut cases: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("STANDFAST_LIVES={folder}: {error}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("timeline.jsonl").exists())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "STANDFAST_LIVES={folder}: no recordings in it");
    let mut agreeing = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let excused = NOT_YET.iter().chain(&MEANT).find(|(excused, _)| *excused == name);
        let (wanted, found) = (recorded(case), acted(case, &name));
        let agrees = once(&wanted) == once(&found);
        match (agrees, excused) {
            (true, None) => agreeing += 1,
            (false, Some(_)) => {}
            (true, Some((_, why))) => wrong.push(format!("{name} agrees now: take it off the list ({why})")),
            (false, None) => wrong.push(side_by_side(&name, &wanted, &found)),
        }
    }
    println!("standfast-count: recorded-lives native {agreeing}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn recorded(case: &Path) -> Vec<Line> {
    let text = fs::read_to_string(case.join("events.txt")).unwrap_or_default();
    // A standalone kubelet without a cluster's DNS complains at each look; nobody who runs pods without a cluster needs to hear it.
    text.lines()
        .filter_map(|line| line.strip_prefix('+')?.split_once(' '))
        .map(|(_, line)| line)
        .filter(|line| !line.contains("MissingClusterDNS"))
        .map(comparable)
        .collect()
}

/// Without what differs from machine to machine: uids, durations, sizes, and the words of a registry that cannot be reached.
fn comparable(line: &str) -> Line {
    let mut line = line.replace(" []", " ").replace(MADE_FOR_IT, STANDS_IN);
    if let Some(at) = line.find("_default(") {
        let end = line[at..].find(')').map_or(line.len(), |end| at + end);
        line.replace_range(at..end, "_default(uid");
    }
    for words in
        ["Failed to pull image \"", "Successfully pulled image \"", "failed to create containerd task"]
    {
        if let Some(at) = line.find(words) {
            line.truncate(at + words.len());
        }
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The life acted out: the same things done at the same times.
fn acted(case: &Path, name: &str) -> Vec<Line> {
    let mut world = World::new(3);
    let node = world.add_node(Config::default()).unwrap();
    for image in ["busybox:1.35", "busybox:1.36"] {
        world.preload(&node, image).unwrap();
    }
    world.advance(Duration::from_millis(300));
    if let Some((_, other)) = BESIDE.iter().find(|(case, _)| *case == name) {
        let manifest = fs::read(case.with_file_name(other).join("manifest.yaml")).unwrap();
        world.write(&node, &format!("{other}.yaml"), manifest).unwrap();
        world.advance(Duration::from_secs(2));
    }
    let begin = world.now();
    let first = world.next_record(&node).unwrap();
    let mut last = 0.0;
    for line in fs::read_to_string(case.join("timeline.jsonl")).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        last = line["t"].as_f64().unwrap();
        if let Some(action) = line["action"].as_str() {
            let at = begin + Duration::from_secs_f64(last);
            world.advance(at.since(world.now()));
            act(&mut world, &node, case, name, action);
        }
    }
    // A pod that was removed while nobody looked is stopped after the last line.
    let end = begin + Duration::from_secs_f64(last + 5.0);
    world.advance(end.since(world.now()));
    let records = world.records_since(&node, first).unwrap();
    records
        .iter()
        .filter_map(|record| match &record.kind {
            RecordKind::Event { warning, reason, field_path } => {
                let kind = if *warning { "Warning" } else { "Normal" };
                Some(comparable(&format!("{kind} {reason} [{field_path}] {}", record.text)))
            }
            RecordKind::Planned
            | RecordKind::Failed
            | RecordKind::Log { .. }
            | RecordKind::Observed { .. } => None,
        })
        .collect()
}

fn act(world: &mut World, node: &NodeName, case: &Path, name: &str, action: &str) {
    let file = format!("{name}.yaml");
    let pod = format!("{name}-node01");
    let manifest = |file: &str| {
        let text = fs::read_to_string(case.join(file)).unwrap();
        text.replace(MADE_FOR_IT, STANDS_IN).into_bytes()
    };
    let main = "main".into();
    let done = match action {
        "manifest added" => world.write(node, &file, manifest("manifest.yaml")),
        "manifest replaced" => world.write(node, &file, manifest("manifest2.yaml")),
        "manifest removed" => {
            let there = world.list(node).unwrap();
            let own = |there: &&std::sync::Arc<str>| [&*file, "renamed.yaml"].contains(&&***there);
            there.iter().filter(own).try_for_each(|file| world.remove(node, file))
        }
        "file renamed" => world.rename(node, &file, "renamed.yaml"),
        "kubelet stopped (SIGTERM)" => world.stop_kubelet(node),
        "kubelet started" => world.start_kubelet(node),
        "kill -9 of the main process" => {
            world.inject(node, &Fault::Kill { pod: pod.into(), container: main, how: Ending::Kill })
        }
        "kill -9 of the pause process" => world.inject(node, &Fault::KillSandbox { pod: pod.into() }),
        action if action.starts_with("CRI RemoveContainer") => {
            world.inject(node, &Fault::RemoveContainer { pod: pod.into(), container: main })
        }
        action => panic!("{name}: nobody knows how to act out \"{action}\""),
    };
    done.unwrap_or_else(|error| panic!("{name}: {action}: {error}"));
}

/// The sequence with immediate repetitions of up to four lines taken once.
fn once(lines: &[Line]) -> Vec<&Line> {
    let mut kept: Vec<&Line> = Vec::new();
    for line in lines {
        kept.push(line);
        while let Some(block) = (1..=4).find(|block| repeats(&kept, *block)) {
            kept.truncate(kept.len() - block);
        }
    }
    kept
}

fn repeats(kept: &[&Line], block: usize) -> bool {
    let Some(start) = kept.len().checked_sub(2 * block) else { return false };
    kept[start..start + block] == kept[start + block..]
}

fn side_by_side(name: &str, wanted: &[Line], found: &[Line]) -> String {
    let (wanted, found) = (once(wanted), once(found));
    let cut = |line: Option<&&Line>| line.map_or(String::new(), |line| line.chars().take(72).collect());
    let rows = (0..wanted.len().max(found.len()))
        .map(|at| format!("  {:72} | {}", cut(wanted.get(at)), cut(found.get(at))));
    format!("{name}: recorded | acted out\n{}", rows.collect::<Vec<_>>().join("\n"))
}
