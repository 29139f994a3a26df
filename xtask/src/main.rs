//! `cargo xtask`: everything one does with this repository, one command each.
//!
//! It installs what is missing, pinned, and then does the job. It decides nothing about pods; it only builds,
//! starts and checks what the other packages are. It uses the standard library alone, because compiling it
//! is the first thing that a newcomer waits for.

mod args;
mod bench;
mod command;
mod conformance;
mod engine;
mod engine_api;
mod fuzz;
mod mutations;
mod page;
mod report;
#[cfg(feature = "schema")]
mod schema;
mod seeds;
mod shot;
mod suite;
mod tally;
mod tidy;
mod tools;
mod trouble;
mod up;
mod worlds;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use args::Args;
use trouble::{Outcome, Trouble};

const USAGE: &str = "\
usage: cargo xtask <command> [options]

  up      build the page and the agent, start the agent on ./manifests
            --port N         listen on this loopback port (default 8080)
            --no-install     install nothing; fail and name what is missing
  test    run every check and suite
            --no-install     install nothing; fail and name what is missing
            --skip docker    leave out the suites that need a container engine
            --skip browser   leave out the suites that need Chromium
  tidy    check what no compiler checks (a part of test)
  build   build the release page, print and check its sizes
  shot    take the pictures in docs/ from the built page
  bench   measure: bench core, bench docker, bench cluster; --write keeps the figures of core and cluster in docs/
  seeds   tell the stories of seeded worlds, and demand that each ends well
            --count N        how many (default 10000; with --seed 1)
            --seed S         from this one on
  worlds  visit every state of small worlds; by default with one edit, one crash, one lost
          event and one restart, which takes hours
            some             the worlds that `test` explores
            edits=1 slow=1   how often each may happen: edits, crashes, losses, restarts,
                             slow, waits; several worlds with `;`
  fuzz    let libFuzzer look for manifests, scenarios, command lines and orders of events that
          break something; `fuzz TARGET` for one of them (manifest, scenario, console, order)
            --seconds N      how long each (default 60)
            --file FILE      give the target this file, and say what is wrong
  conformance
          write docs/conformance.md: what is shown on which host
  mutations
          make the faults of tests/mutations.txt one by one, and demand that suites notice
            <words>          only those whose description has these words
            --first          go on as soon as one suite has noticed
  schema  write the table of Pod fields (needs --features schema)
";

fn main() -> ExitCode {
    let mut args = Args::new(std::env::args().skip(1));
    let result = match args.command().as_deref() {
        Some("help") | None => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some(name) => run(name, args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("\n{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, args: Args) -> Outcome<()> {
    match name {
        "up" => up::command(args),
        "announce" => up::announce(args),
        "test" => suite::command(args),
        "tidy" => tidy::command(args),
        "build" => page::command(args),
        "shot" => shot::command(args),
        "bench" => bench::command(args),
        "conformance" => conformance::command(args),
        "mutations" => mutations::command(args),
        "fuzz" => fuzz::command(args),
        "seeds" => seeds::command(args),
        "worlds" => worlds::command(args),
        #[cfg(feature = "schema")]
        "schema" => args.finish().and_then(|()| schema::run()),
        #[cfg(not(feature = "schema"))]
        "schema" => Err(Trouble::new("this build of xtask has no `schema`")
            .advise("cargo run -p xtask --features schema -- schema")),
        _ => Err(Trouble::new(format!("`{name}` is not a command")).advise(USAGE)),
    }
}

/// The folder of the workspace, wherever the command was started.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
