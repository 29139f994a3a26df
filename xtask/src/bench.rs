//! `cargo xtask bench`: measurements, always of the release build.

use crate::args::Args;
use crate::command::Cmd;
use crate::engine::{self, Engine};
use crate::report;
use crate::tools::Install;
use crate::trouble::{Outcome, Trouble};

/// Runs the named benchmark and prints what it prints.
pub(crate) fn command(args: Args) -> Outcome<()> {
    let names = args.rest();
    match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["core"] => suite("core"),
        ["cluster"] => suite("cluster"),
        ["docker"] => docker(),
        _ => Err(Trouble::new(format!("`{}` is no benchmark", names.join(" ")))
            .advise("there are three: cargo xtask bench core, cluster or docker")),
    }
}

/// A benchmark that needs nothing but the core.
fn suite(name: &str) -> Outcome<()> {
    run(Cmd::cargo(&format!("bench --package standfast-tests --bench {name}")), &format!("bench {name}"))
}

/// The agent beside the bare calls of the engine's API, on the engine that answers or one of its own.
fn docker() -> Outcome<()> {
    engine::prepare(Install::Missing)?;
    let engine = Engine::ready(Install::Missing)?;
    let cmd = Cmd::cargo("bench --package standfast --bench docker");
    run(cmd.env("STANDFAST_DOCKER_HOST", &engine.host), "bench docker")
}

fn run(cmd: Cmd, name: &str) -> Outcome<()> {
    let printed = report::step(name, || cmd.minutes(30).run(name))?;
    let results = printed.lines().filter_map(|line| line.strip_prefix("bench: "));
    results.for_each(report::note);
    Ok(())
}
