//! `cargo xtask bench`: measurements, always of the release build.

use crate::args::Args;
use crate::command::Cmd;
use crate::report;
use crate::trouble::{Outcome, Trouble};

/// Runs the named benchmark and prints what it prints.
pub(crate) fn command(args: Args) -> Outcome<()> {
    let names = args.rest();
    match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["core"] => core(),
        _ => Err(Trouble::new(format!("`{}` is no benchmark", names.join(" ")))
            .advise("there is one: cargo xtask bench core")),
    }
}

fn core() -> Outcome<()> {
    let printed = report::step("bench core", || {
        Cmd::cargo("bench --package standfast-tests --bench core").minutes(30).run("bench core")
    })?;
    let results = printed.lines().filter_map(|line| line.strip_prefix("bench: "));
    results.for_each(report::note);
    Ok(())
}
