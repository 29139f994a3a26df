//! What no compiler checks: length of files, a sentence at the top of each, nothing of one machine, no built files.

use std::fmt::Write as _;
use std::path::Path;

use crate::args::Args;
use crate::command::Cmd;
use crate::report;
use crate::trouble::{Outcome, Trouble};

/// From here on a file is listed, so that one sees it grow.
const LONG: usize = 300;
/// Beyond this it is an error, unless it is a generated table.
const TOO_LONG: usize = 600;
/// Tables that a command writes.
const GENERATED: &[&str] = &["core/src/manifest/schema/table.rs"];
const NEEDED: &[&str] =
    &["LICENSE-MIT", "LICENSE-APACHE", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
const BUILT: &[&str] = &["target/", "dist/", "node_modules/", "manifests/"];
/// Folders of one person or machine; in pieces, so that this file passes its own check.
const MACHINE: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];
/// Inputs of fuzzers are what fuzzers made of them.
const FOUND: &str = "tests/fuzz/corpus/";
/// Where packages come from in every lock file.
const REGISTRIES: &[&str] =
    &["registry+https://github.com/rust-lang/crates.io-index", "https://registry.npmjs.org/"];

/// `cargo xtask tidy`.
pub(crate) fn command(args: Args) -> Outcome<()> {
    args.finish()?;
    report::step("tidy", || check(&crate::root()))
}

/// Checks every file that git knows.
pub(crate) fn check(root: &Path) -> Outcome<()> {
    let listed = Cmd::new("git").words("ls-files --cached --others --exclude-standard").read();
    let listed = listed
        .ok_or_else(|| Trouble::new("`git ls-files` fails").advise("this check needs git and a clone"))?;
    let mut faults = Vec::new();
    let mut long = Vec::new();
    let files: Vec<&str> = listed.lines().filter(|file| root.join(file).is_file()).collect();
    for file in &files {
        let bytes = std::fs::read(root.join(file)).map_err(Trouble::io(file))?;
        faults.extend(check_path(file));
        if let Ok(text) = String::from_utf8(bytes) {
            faults.extend(check_text(file, &text));
            if has_extension(file, "rs") && text.lines().count() > LONG {
                long.push(format!("{file} ({})", text.lines().count()));
            }
        }
    }
    faults.extend(NEEDED.iter().filter(|file| !files.contains(file)).map(|file| format!("{file}: missing")));
    if !long.is_empty() {
        report::note(&format!("longer than {LONG} lines: {}", long.join(", ")));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let mut output = String::new();
    for fault in &faults {
        writeln!(output, "{fault}").ok();
    }
    Err(Trouble::new(format!("{} files or lines are not tidy", faults.len())).output(output))
}

fn check_path(file: &str) -> Option<String> {
    let is_built = BUILT.iter().any(|built| file.starts_with(built) || file.contains(&format!("/{built}")));
    is_built.then(|| format!("{file}: built or local files are not committed"))
}

fn check_text(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if has_extension(file, "rs") {
        faults.extend(check_source(file, text));
    }
    let is_lock = file.ends_with("Cargo.lock") || file.ends_with("package-lock.json");
    if is_lock {
        faults.extend(check_lock(file, text));
    }
    // Container paths in manifests may name a root user's folder; everything else is somebody's machine.
    let is_manifest =
        has_extension(file, "yaml") || has_extension(file, "yml") || has_extension(file, "jsonl");
    if !is_lock && !is_manifest && !file.starts_with(FOUND) {
        for (number, line) in text.lines().enumerate() {
            if let Some(path) = MACHINE.iter().find(|path| names_machine(line, path)) {
                faults.push(format!("{file}:{}: names a folder of one machine ({path})", number + 1));
            }
        }
    }
    faults
}

fn check_source(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > TOO_LONG && !GENERATED.contains(&file) {
        faults.push(format!("{file}: {lines} lines, at most {TOO_LONG}: split it by what it does"));
    }
    if !text.starts_with("//!") {
        faults.push(format!("{file}: opens without saying what it is (`//!`)"));
    }
    faults
}

fn check_lock(file: &str, text: &str) -> Vec<String> {
    let names = |line: &&str| line.contains("source = ") || line.contains("\"resolved\":");
    let foreign = |line: &&str| !REGISTRIES.iter().any(|registry| line.contains(registry));
    let lines = text.lines().filter(names).filter(foreign);
    lines.map(|line| format!("{file}: a package from elsewhere: {}", line.trim())).collect()
}

/// A path counts at the start of a word only: `/var/home/` of a container is not one's home.
fn names_machine(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '}' | '*'))
    })
}

fn has_extension(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_and_silent_files_are_found() {
        let text = "fn f() {}\n".repeat(TOO_LONG + 1);
        assert_eq!(check_text("core/src/x.rs", &text).len(), 2);
        assert!(check_text("core/src/x.rs", "//! What it is.\n").is_empty());
    }

    #[test]
    fn folders_of_one_machine_are_found() {
        let home = concat!("see /ho", "me/me/notes");
        assert_eq!(check_text("README.md", home).len(), 1);
        assert!(check_text("README.md", "mounted at /var/home/x").is_empty());
        assert!(check_path("web/js/node_modules/x.js").is_some());
    }

    #[test]
    fn packages_from_elsewhere_are_found() {
        let lock = "source = \"registry+https://mirror.example/index\"\n";
        assert_eq!(check_text("Cargo.lock", lock).len(), 1);
    }
}
