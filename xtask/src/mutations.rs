//! `cargo xtask mutations`: whether the suites notice faults that somebody could make in one line.
//!
//! Each fault of `tests/mutations.txt` is made in a copy of the tree, and the fast suites must fail there: a suite that no fault fails proves
//! little. The copy has a target folder of its own, so that only what a fault touches is compiled again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::command::{Cmd, Ended};
use crate::report;
use crate::trouble::{Outcome, Trouble};

const LIST: &str = "tests/mutations.txt";
const COPY: &str = "target/mutations";
/// Suites that take seconds, with the words that name them and those that run them.
const SUITES: [(&str, &str); 4] = [
    ("unit", "test --quiet --package standfast-core --lib"),
    ("scenarios", "test --quiet --package standfast-tests --lib scenario"),
    ("laws, stories and small worlds", "test --quiet --package standfast-tests --lib -- --skip scenario"),
    ("500 seeds", "run --quiet --package standfast-tests --bin seeds -- 0 500"),
];

/// A fault to make.
#[derive(Debug, PartialEq, Eq)]
struct Mutation {
    breaks: String,
    file: String,
    from: String,
    to: String,
}

/// Makes each fault whose description contains the given words; `--first` stops at the first suite that notices.
pub(crate) fn command(mut args: Args) -> Outcome<()> {
    let first = args.flag("--first");
    let words = args.rest().join(" ");
    let root = crate::root();
    let all = parse(&fs::read_to_string(root.join(LIST)).map_err(Trouble::io(LIST))?)?;
    for mutation in &all {
        mutation.apply(&root)?;
    }
    let chosen: Vec<Mutation> = all.into_iter().filter(|it| it.breaks.contains(&words)).collect();
    let copy = root.join(COPY).join("tree");
    copy_tree(&root, &copy)?;
    if chosen.is_empty() {
        return Err(Trouble::new(format!("no fault is described by `{words}`")));
    }
    report::step("the suites pass as things are", || sound(&copy))?;
    let (mut by_suite, mut missed) = (BTreeMap::<&str, u32>::new(), Vec::new());
    for mutation in &chosen {
        let file = copy.join(&mutation.file);
        let sound = fs::read_to_string(&file).map_err(Trouble::io(file.display()))?;
        fs::write(&file, mutation.apply(&root)?).map_err(Trouble::io(file.display()))?;
        let noticed = noticed(&copy, first);
        fs::write(&file, sound).map_err(Trouble::io(file.display()))?;
        let noticed = noticed?;
        println!(
            "{:>6}  {}: {}",
            if noticed.is_empty() { "MISSED" } else { "caught" },
            mutation.breaks,
            noticed.join("; ")
        );
        for suite in &noticed {
            *by_suite.entry(suite).or_default() += 1;
        }
        if noticed.is_empty() {
            missed.push(format!("{} ({})", mutation.breaks, mutation.file));
        }
    }
    println!("\n{} of {} faults are noticed", chosen.len() - missed.len(), chosen.len());
    for (suite, number) in by_suite {
        println!("{number:>6}  {suite}");
    }
    if missed.is_empty() { Ok(()) } else { Err(Trouble::new("no suite notices").output(missed.join("\n"))) }
}

/// A list that no longer fits the code.
pub(crate) fn check(root: &Path) -> Outcome<()> {
    let all = parse(&fs::read_to_string(root.join(LIST)).map_err(Trouble::io(LIST))?)?;
    all.iter().try_for_each(|mutation| mutation.apply(root).map(drop))
}

fn sound(copy: &Path) -> Outcome<()> {
    for (suite, words) in SUITES {
        let ended = run(copy, suite, words)?;
        if !ended.success {
            return Err(Trouble::new(format!("{suite}: fails without any fault"))
                .output(crate::command::tail(&ended.output)));
        }
    }
    Ok(())
}

/// The suites that fail. A fault that does not compile is none.
fn noticed(copy: &Path, first: bool) -> Outcome<Vec<&'static str>> {
    let mut noticed = Vec::new();
    for (suite, words) in SUITES {
        let ended = run(copy, suite, words)?;
        if ended.output.contains("error: could not compile") {
            return Err(Trouble::new("a fault does not compile").output(crate::command::tail(&ended.output)));
        }
        if !ended.success {
            noticed.push(suite);
            if first {
                break;
            }
        }
    }
    Ok(noticed)
}

fn run(copy: &Path, suite: &str, words: &str) -> Outcome<Ended> {
    let cmd = Cmd::cargo(words).dir(copy).env("CARGO_TARGET_DIR", crate::root().join(COPY).join("target"));
    cmd.minutes(10).run_unchecked(&format!("mutation {suite}"))
}

/// Brings the copy up to date with every file that git knows; what did not change keeps its time, so that it is not compiled again.
fn copy_tree(root: &Path, copy: &Path) -> Outcome<()> {
    let listed = Cmd::new("git").words("ls-files --cached --others --exclude-standard").read();
    let listed = listed
        .ok_or_else(|| Trouble::new("`git ls-files` fails").advise("this command needs git and a clone"))?;
    for file in listed.lines().filter(|file| root.join(file).is_file()) {
        let (from, to): (PathBuf, PathBuf) = (root.join(file), copy.join(file));
        let bytes = fs::read(&from).map_err(Trouble::io(file))?;
        if fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(Trouble::io(folder.display()))?;
        }
        fs::write(&to, bytes).map_err(Trouble::io(to.display()))?;
    }
    Ok(())
}

impl Mutation {
    /// The file with the fault in it.
    fn apply(&self, root: &Path) -> Outcome<String> {
        let text = fs::read_to_string(root.join(&self.file)).map_err(Trouble::io(&self.file))?;
        match text.matches(&self.from).count() {
            1 => Ok(text.replacen(&self.from, &self.to, 1)),
            count => {
                let what =
                    format!("{LIST}: `{}` is {count} times in {}, and should be once", self.from, self.file);
                Err(Trouble::new(what)
                    .advise(format!("say anew in which line this fault is made: {}", self.breaks)))
            }
        }
    }
}

fn parse(text: &str) -> Outcome<Vec<Mutation>> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let blocks = lines.split(|line| line.is_empty()).filter(|block| !block.is_empty());
    blocks
        .map(|block| {
            block_of(block).ok_or_else(|| Trouble::new(format!("{LIST}: not understood: {block:?}")))
        })
        .collect()
}

fn block_of(block: &[&str]) -> Option<Mutation> {
    let [breaks, file, from, to] = block else { return None };
    let (from, to) = (from.strip_prefix("- ")?, to.strip_prefix("+ ")?);
    Some(Mutation { breaks: (*breaks).into(), file: (*file).into(), from: from.into(), to: to.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_four_lines() {
        let text = "# about\n\nit breaks\nxtask/src/main.rs\n- fn main()\n+ fn niam()\n";
        let all = parse(text).unwrap();
        assert_eq!(all[0].breaks, "it breaks");
        assert!(all[0].apply(&crate::root()).unwrap().contains("fn niam()"));
        assert!(parse("it breaks\nfile\n- from\n").is_err());
    }

    #[test]
    fn a_fault_whose_line_is_gone_is_refused() {
        let gone = "it breaks\nxtask/src/main.rs\n- fn nowhere()\n+ fn main()\n";
        assert!(parse(gone).unwrap()[0].apply(&crate::root()).is_err());
    }
}
