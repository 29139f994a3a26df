//! `cargo xtask worlds`: every order of events in small worlds, optimized and with every check on.

use crate::args::Args;
use crate::command::Cmd;
use crate::trouble::{Outcome, Trouble};

/// How often each thing may go wrong in the worlds that are explored among the other suites: about a minute on two cores.
pub(crate) const SOME: &str = "edits=1 waits=2; crashes=1 waits=1; edits=1 losses=1 waits=1; crashes=1 losses=1 waits=1; \
                               edits=1 restarts=1 waits=1; edits=1 slow=1 waits=1; restarts=2 slow=1 waits=1";
/// What the command explores when nobody says: an edit, a crash, a lost event and a restart in one world.
const MANY: &str = "edits=1 crashes=1 losses=1 restarts=1 waits=1";

/// Explores the worlds of these budgets.
pub(crate) fn command(args: Args) -> Outcome<()> {
    let words = args.rest();
    let budgets = match words.join(" ").as_str() {
        "" => MANY.to_owned(),
        "some" => SOME.to_owned(),
        budgets => budgets.to_owned(),
    };
    let ended = explore(&budgets).minutes(24 * 60).run_unchecked("worlds")?;
    println!("{}", ended.output.trim_end());
    if ended.success { Ok(()) } else { Err(Trouble::new("an order of events breaks something")) }
}

/// The suite that explores them.
pub(crate) fn explore(budgets: &str) -> Cmd {
    let cmd =
        Cmd::cargo("test --quiet --profile checked --package standfast-tests --lib worlds:: -- --nocapture");
    cmd.env("STANDFAST_WORLDS", budgets).minutes(30)
}
