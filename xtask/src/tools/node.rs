//! Node and the page's JavaScript packages (editor, bundler, wasm optimiser, browser driver), pinned by a lock file.

use std::fs;
use std::path::PathBuf;

use super::{Install, apt};
use crate::command::{self, Cmd};
use crate::report;
use crate::trouble::{Outcome, Trouble};

const OLDEST_NODE: u32 = 18;

/// Finds or installs node and npm, and checks that node is not too old.
pub(super) fn ensure(install: Install) -> Outcome<()> {
    if command::which("node").is_none() {
        apt::program(&["node"], "nodejs", install)?;
    }
    if command::which("npm").is_none() {
        apt::program(&["npm"], "npm", install)?;
    }
    let version = Cmd::new("node").arg("--version").read().unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_NODE) {
        return Ok(());
    }
    Err(Trouble::new(format!("node {OLDEST_NODE} or newer is needed, found `{version}`"))
        .advise("install a newer package `nodejs`"))
}

/// Installs the locked packages when the lock has changed since; gives the folder of their programs.
pub(super) fn packages(install: Install) -> Outcome<PathBuf> {
    let home = crate::root().join("web/js");
    let lock = fs::read(home.join("package-lock.json")).map_err(Trouble::io("web/js/package-lock.json"))?;
    let modules = home.join("node_modules");
    let stamp = modules.join(".standfast-lock");
    if fs::read(&stamp).is_ok_and(|old| old == lock) {
        return Ok(modules.join(".bin"));
    }
    install.announce(
        "the JavaScript packages of web/js/package-lock.json",
        "into web/js/node_modules, by npm",
    )?;
    report::step("npm ci", || {
        Cmd::new("npm").words("ci --no-audit --no-fund --loglevel=error").dir(&home).run("npm ci")
    })?;
    fs::write(&stamp, &lock).map_err(Trouble::io(stamp.display()))?;
    Ok(modules.join(".bin"))
}
