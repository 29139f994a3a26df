//! System packages, by apt where this is Debian (or a child of it) and we are root.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use super::Install;
use crate::command::{self, Cmd};
use crate::trouble::{Outcome, Trouble};

thread_local! {
    /// The package lists are fetched once per run.
    static LISTS_ARE_FRESH: Cell<bool> = const { Cell::new(false) };
}

/// A program of a package, installed when none of its names is found.
pub(super) fn program(names: &[&str], package: &str, install: Install) -> Outcome<PathBuf> {
    let find = || names.iter().find_map(|name| find(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    add(package, install)?;
    find().ok_or_else(|| {
        Trouble::new(format!("package {package} is installed, but `{}` is not found", names[0]))
    })
}

/// A file of a package, installed when it is absent or belongs to another package.
pub(super) fn package_file(path: &str, package: &str, install: Install) -> Outcome<()> {
    if Path::new(path).exists() && (!is_debian() || is_installed(package)) {
        return Ok(());
    }
    add(package, install)
}

/// Installs a package, or says why it cannot.
pub(super) fn add(package: &str, install: Install) -> Outcome<()> {
    let by_hand = format!("install the package `{package}` (so it is called on Debian) and start again");
    if !is_debian() || !is_root() {
        return Err(Trouble::new(format!("{package} is missing")).advise(by_hand));
    }
    install.announce(&format!("the Debian package {package}"), "by apt-get")?;
    if !LISTS_ARE_FRESH.replace(true) {
        apt("update").run("apt-get update").map_err(|trouble| trouble.advise(&by_hand))?;
    }
    let added = apt("install --yes --no-install-recommends").arg(package).minutes(20).run("apt-get install");
    added.map(|_| ()).map_err(|trouble| trouble.advise(&by_hand))
}

fn apt(words: &str) -> Cmd {
    Cmd::new("apt-get").words("-q").words(words).env("DEBIAN_FRONTEND", "noninteractive")
}

fn is_installed(package: &str) -> bool {
    let status = Cmd::new("dpkg-query").arg("--show").arg("--showformat=${Status}").arg(package).read();
    status.is_some_and(|status| status.ends_with("ok installed"))
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && command::which("apt-get").is_some()
}

/// Whether this is root's process.
pub(crate) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uid.and_then(|ids| ids.split_whitespace().nth(1)) == Some("0")
}

/// Daemons live in folders that an ordinary user's path does not name.
fn find(program: &str) -> Option<PathBuf> {
    let system = ["/usr/sbin", "/sbin", "/usr/bin"].iter().map(|dir| Path::new(dir).join(program));
    command::which(program).or_else(|| system.into_iter().find(|file| file.is_file()))
}
