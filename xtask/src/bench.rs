//! `cargo xtask bench`: measurements, always of the release build.

use std::fs;

use crate::args::Args;
use crate::command::Cmd;
use crate::engine::{self, Engine};
use crate::report;
use crate::root;
use crate::tools::Install;
use crate::trouble::{Outcome, Trouble};

/// Where figures are kept.
const PAGE: &str = "docs/measurements.md";

/// Runs the named benchmark and prints what it prints; with `--write` its lines replace those of the page of measurements.
pub(crate) fn command(mut args: Args) -> Outcome<()> {
    let write = args.flag("--write");
    let names = args.rest();
    match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["core"] => suite("core", write),
        ["cluster"] => suite("cluster", write),
        ["docker"] => docker(),
        _ => Err(Trouble::new(format!("`{}` is no benchmark", names.join(" ")))
            .advise("there are three: cargo xtask bench core, cluster or docker")),
    }
}

/// A benchmark that needs nothing but the core.
fn suite(name: &str, write: bool) -> Outcome<()> {
    let cmd = Cmd::cargo(&format!("bench --package standfast-tests --bench {name}"));
    let results = run(cmd, &format!("bench {name}"))?;
    if write { keep(name, &results) } else { Ok(()) }
}

/// Puts results into the page, between the marks of their benchmark.
fn keep(name: &str, results: &[String]) -> Outcome<()> {
    let path = root().join(PAGE);
    let trouble = |error: std::io::Error| Trouble::new(format!("{PAGE}: {error}"));
    let page = fs::read_to_string(&path).map_err(trouble)?;
    let (begin, end) = (format!("<!-- bench {name} -->\n"), format!("<!-- end of bench {name} -->\n"));
    let parts = page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) =
        parts.ok_or_else(|| Trouble::new(format!("{PAGE} has no marks for the results of bench {name}")))?;
    let text = format!("{before}{begin}```text\n{}\n```\n{end}{after}", results.join("\n"));
    fs::write(&path, text).map_err(trouble)
}

/// The agent beside the bare calls of the engine's API, on the engine that answers or one of its own.
fn docker() -> Outcome<()> {
    engine::prepare(Install::Missing)?;
    let engine = Engine::ready(Install::Missing)?;
    let cmd = Cmd::cargo("bench --package standfast --bench docker");
    run(cmd.env("STANDFAST_DOCKER_HOST", &engine.host), "bench docker").map(drop)
}

fn run(cmd: Cmd, name: &str) -> Outcome<Vec<String>> {
    let printed = report::step(name, || cmd.minutes(30).run(name))?;
    let results = printed.lines().filter_map(|line| line.strip_prefix("bench: "));
    let results: Vec<String> = results.map(str::to_owned).collect();
    for line in &results {
        report::note(line);
    }
    Ok(results)
}
