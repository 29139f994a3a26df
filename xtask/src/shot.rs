//! `cargo xtask shot`: the pictures in `docs/`, taken from the page as it is built now.

use crate::args::Args;
use crate::command::Cmd;
use crate::tools::{self, Install, PageTools};
use crate::trouble::Outcome;
use crate::{page, report};

/// Builds the page and has the browser take its picture.
pub(crate) fn command(mut args: Args) -> Outcome<()> {
    let install = if args.flag("--no-install") { Install::Nothing } else { Install::Missing };
    args.finish()?;
    let tools = PageTools::ensure(install)?;
    let browser = tools::browser(install)?;
    report::step("release page", || page::build(&tools))?;
    report::step("pictures", || {
        Cmd::new("node").arg("web/e2e/shot.mjs").env("CHROME", &browser.chromium).run("shot")
    })?;
    Ok(())
}
