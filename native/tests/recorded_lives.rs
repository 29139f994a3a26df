//! What a running kubelet did with small pods, second by second, led again in the simulator.
//!
//! `STANDFAST_LIVES` names the folder of recordings, one folder a pod: its manifests, what was done and when (`timeline.jsonl`, with each
//! change of the pod's status), and the events (`events.txt`). Which lives differ, and why, stands in `standfast::lives`; one that agrees
//! after all fails the suite, so that the list stays true.

use std::path::Path;

use standfast::lives::{Verdict, read, simulate};

#[test]
fn recorded_lives_agree() {
    let Ok(folder) = std::env::var("STANDFAST_LIVES") else {
        println!("recorded lives: NOT RUN, because STANDFAST_LIVES names no folder of recordings");
        return;
    };
    let lives = read(Path::new(&folder)).unwrap_or_else(|error| panic!("STANDFAST_LIVES: {error}"));
    let verdicts = simulate(&lives);
    let agreed = verdicts.iter().filter(|verdict| verdict.difference.is_none()).count();
    println!("standfast-count: recorded-lives native {agreed}");
    let wrong: Vec<String> =
        verdicts.iter().filter(|it| it.is_unexpected()).map(Verdict::to_string).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lives.len(), wrong.join("\n"));
}
