//! What a running kubelet did with small pods, second by second, led again on a real engine.
//!
//! `STANDFAST_LIVES` names the folder of recordings; `recorded_lives.rs` says what is in it. Which lives differ here, and why, stands in
//! `standfast::lives`; one that agrees after all fails the suite, so that the list stays true.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::{path::Path, time::Duration};

use standfast::lives::{Verdict, on_docker, read};
use support::{host, witness};

/// Most lives are shorter, and they are led side by side.
const CUT: Duration = Duration::from_secs(120);

#[test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
fn recorded_lives_agree_on_docker() {
    let Ok(folder) = std::env::var("STANDFAST_LIVES") else {
        println!("recorded lives: NOT RUN, because STANDFAST_LIVES names no folder of recordings");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { drop(witness().await) });
    let mut lives = read(Path::new(&folder)).unwrap_or_else(|error| panic!("STANDFAST_LIVES: {error}"));
    for life in &mut lives {
        life.cut(CUT);
    }
    let verdicts = on_docker(&lives, &host());
    let agreed = verdicts.iter().filter(|verdict| verdict.difference.is_none()).count();
    println!("standfast-count: recorded-lives docker {agreed}");
    let wrong: Vec<String> =
        verdicts.iter().filter(|it| it.is_unexpected()).map(Verdict::to_string).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lives.len(), wrong.join("\n"));
}
