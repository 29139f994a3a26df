//! `cargo xtask seeds`: the stories of many seeded worlds, optimized and with every check on.

use crate::args::Args;
use crate::command::Cmd;
use crate::report;
use crate::trouble::{Outcome, Trouble};

/// How many the command tells when nobody says.
const MANY: u64 = 10_000;
/// How many are told among the other suites.
pub(crate) const SOME: u64 = 500;

/// Tells stories from a seed on, or the one of a seed.
pub(crate) fn command(mut args: Args) -> Outcome<()> {
    let number = |words: Vec<String>, name: &str| match words.last() {
        None => Ok(None),
        Some(word) => {
            let trouble = || Trouble::new(format!("{name} {word}: not a number"));
            word.parse::<u64>().map(Some).map_err(|_| trouble())
        }
    };
    let seed = number(args.values("--seed")?, "--seed")?;
    let count = number(args.values("--count")?, "--count")?;
    args.finish()?;
    let count = count.unwrap_or(if seed.is_some() { 1 } else { MANY });
    let ended = tell(seed.unwrap_or(0), count).run_unchecked("seeds")?;
    println!("{}", ended.output.trim_end());
    if ended.success { Ok(()) } else { Err(Trouble::new("a world did not become what its folder says")) }
}

/// The program that tells them.
pub(crate) fn tell(first: u64, count: u64) -> Cmd {
    let cmd = Cmd::cargo("run --quiet --profile checked --package standfast-tests --bin seeds --");
    cmd.arg(first.to_string()).arg(count.to_string()).minutes(120)
}

/// Those among the other suites.
pub(crate) fn some() -> Outcome<()> {
    let printed = tell(0, SOME).run("seeds")?;
    printed.lines().filter(|line| line.contains("steps/second")).for_each(report::note);
    Ok(())
}
