//! `cargo xtask mutations`: whether the suites notice faults that somebody could make in one line.
//!
//! The faults of `tests/mutations.txt` are made in a copy of the tree, all of them, each behind a switch: so the copy is compiled once and not
//! once for each. Then each fault is switched on by itself, and the fast suites must fail: a suite that no fault fails proves little. The copy
//! has a target folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::args::Args;
use crate::command::{Cmd, Ended};
use crate::report;
use crate::trouble::{Outcome, Trouble};

const LIST: &str = "tests/mutations.txt";
const COPY: &str = "target/mutations";
/// The variable that switches a fault on, by its number from 1.
const SWITCH: &str = "STANDFAST_FAULT";
/// The module that the copy's core gets.
const SWITCHES: &str = "//! Which fault is on.\n\npub(crate) fn is(number: u32) -> bool {\n    \
    static ON: std::sync::LazyLock<Option<u32>> = std::sync::LazyLock::new(|| std::env::var(\"STANDFAST_FAULT\").ok()?.parse().ok());\n    \
    *ON == Some(number)\n}\n";
const ROOT_OF_CORE: &str = "core/src/lib.rs";
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
    let chosen: Vec<(usize, &Mutation)> =
        (1..).zip(&all).filter(|(_, it)| it.breaks.contains(&words)).collect();
    if chosen.is_empty() {
        return Err(Trouble::new(format!("no fault is described by `{words}`")));
    }
    let copy = root.join(COPY).join("tree");
    copy_tree(&root, &copy, &switched(&all, &root)?)?;
    report::step("the suites pass while no fault is on", || sound(&copy))?;
    let (mut by_suite, mut missed) = (BTreeMap::<&str, u32>::new(), Vec::new());
    for (number, mutation) in &chosen {
        let noticed = noticed(&copy, *number, first)?;
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
        let ended = run(copy, suite, words, None)?;
        if !ended.success {
            return Err(Trouble::new(format!("{suite}: fails without any fault"))
                .output(crate::command::tail(&ended.output)));
        }
    }
    Ok(())
}

/// The suites that fail while a fault is on.
fn noticed(copy: &Path, number: usize, first: bool) -> Outcome<Vec<&'static str>> {
    let mut noticed = Vec::new();
    for (suite, words) in SUITES {
        if !run(copy, suite, words, Some(number))?.success {
            noticed.push(suite);
            if first {
                break;
            }
        }
    }
    Ok(noticed)
}

/// Faults may make a suite endless: then it is stopped, which is noticed too.
fn run(copy: &Path, suite: &str, words: &str, fault: Option<usize>) -> Outcome<Ended> {
    let cmd = Cmd::cargo(words).dir(copy).env("CARGO_TARGET_DIR", crate::root().join(COPY).join("target"));
    let cmd = match fault {
        None => cmd.without_env(SWITCH).minutes(40),
        Some(number) => cmd.env(SWITCH, number.to_string()).minutes(5),
    };
    cmd.run_unchecked(&format!("mutation {suite}"))
}

/// The files that have faults, with all of them, and what switches them.
fn switched(all: &[Mutation], root: &Path) -> Outcome<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for (number, mutation) in (1..).zip(all) {
        mutation.apply(root)?;
        let read = || fs::read_to_string(root.join(&mutation.file)).map_err(Trouble::io(&mutation.file));
        let text = files.remove(&mutation.file).map_or_else(read, Ok)?;
        files.insert(mutation.file.clone(), text.replacen(&mutation.from, &mutation.switch(number), 1));
    }
    let lib = fs::read_to_string(root.join(ROOT_OF_CORE)).map_err(Trouble::io(ROOT_OF_CORE))?;
    files.insert(ROOT_OF_CORE.to_owned(), format!("{lib}\nmod fault;\n"));
    files.insert("core/src/fault.rs".to_owned(), SWITCHES.to_owned());
    Ok(files)
}

/// Brings the copy up to date with every file that git knows, and with what is other there; what did not change keeps its time, so that it is
/// not compiled again.
fn copy_tree(root: &Path, copy: &Path, other: &BTreeMap<String, String>) -> Outcome<()> {
    let listed = Cmd::new("git").words("ls-files --cached --others --exclude-standard").read();
    let listed = listed
        .ok_or_else(|| Trouble::new("`git ls-files` fails").advise("this command needs git and a clone"))?;
    for file in listed.lines().filter(|file| !other.contains_key(*file) && root.join(file).is_file()) {
        put(&copy.join(file), &fs::read(root.join(file)).map_err(Trouble::io(file))?)?;
    }
    other.iter().try_for_each(|(file, text)| put(&copy.join(file), text.as_bytes()))
}

fn put(to: &Path, bytes: &[u8]) -> Outcome<()> {
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(Trouble::io(folder.display()))?;
    }
    fs::write(to, bytes).map_err(Trouble::io(to.display()))
}

impl Mutation {
    /// The text and what breaks it, and the switch between them.
    fn switch(&self, number: usize) -> String {
        let Self { from, to, .. } = self;
        let choice = format!("if crate::fault::is({number}) {{ {to} }} else {{ {from} }}");
        if from.ends_with(';') { choice } else { format!("({choice})") }
    }

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
    fn a_switch_stands_where_the_text_stood() {
        let fault = |from: &str, to: &str| Mutation {
            breaks: String::new(),
            file: String::new(),
            from: from.into(),
            to: to.into(),
        };
        assert_eq!(fault("a + 1", "a").switch(2), "(if crate::fault::is(2) { a } else { a + 1 })");
        assert_eq!(fault("a();", "b();").switch(1), "if crate::fault::is(1) { b(); } else { a(); }");
    }

    #[test]
    fn a_fault_whose_line_is_gone_is_refused() {
        let gone = "it breaks\nxtask/src/main.rs\n- fn nowhere()\n+ fn main()\n";
        assert!(parse(gone).unwrap()[0].apply(&crate::root()).is_err());
    }
}
