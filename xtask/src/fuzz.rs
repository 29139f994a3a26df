//! `cargo xtask fuzz`: libFuzzer looks for inputs that break something. The targets are functions of `tests/src/fuzz/`.
//!
//! The instrumentation is what `cargo fuzz` asks the compiler for, without a sanitizer: nothing here is `unsafe`, and the stable compiler has
//! it. The test command runs the same functions without it, because it would compile everything once more.

use std::fs;
use std::path::Path;

use crate::args::Args;
use crate::command::{Cmd, tail};
use crate::report;
use crate::trouble::{Outcome, Trouble};

/// Target, and the longest input.
const TARGETS: [(&str, u32); 4] =
    [("manifest", 4096), ("scenario", 4096), ("console", 1024), ("order", 1024)];
/// How long each is run when nobody says.
const A_WHILE: u64 = 60;
/// How many inputs are made for each among the other suites: always the same ones, so that a commit passes or does not.
const BRIEFLY: u64 = 400;
/// Everything that is built, found and learnt.
const FOLDER: &str = "target/fuzz";
/// Counters for edges of the code, and what is compared with what.
const FLAGS: &str = "-C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=4 \
                     -C llvm-args=-sanitizer-coverage-inline-8bit-counters -C llvm-args=-sanitizer-coverage-pc-table \
                     -C llvm-args=-sanitizer-coverage-trace-compares";

/// Looks for a while in each of the targets, or gives one of them a file.
pub(crate) fn command(mut args: Args) -> Outcome<()> {
    let seconds = match args.values("--seconds")?.last() {
        None => A_WHILE,
        Some(word) => word.parse().map_err(|_| Trouble::new(format!("--seconds {word}: not a number")))?,
    };
    let file = args.values("--file")?.pop();
    let names = args.rest();
    if let Some(other) = names.iter().find(|name| !TARGETS.iter().any(|(known, _)| known == name)) {
        let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        return Err(Trouble::new(format!("`{other}` is no target")).advise(known.join(", ")));
    }
    match (file, names.as_slice()) {
        (None, _) => {}
        (Some(file), [name]) => return one(name, &file),
        (Some(_), _) => {
            return Err(Trouble::new("a file is for one target: `cargo xtask fuzz TARGET --file FILE`"));
        }
    }
    report::step("libFuzzer and the instrumented targets", build)?;
    let mut found = Vec::new();
    for (name, longest) in TARGETS {
        if names.is_empty() || names.iter().any(|chosen| chosen == name) {
            found.extend(look(name, longest, seconds)?);
        }
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(Trouble::new("inputs break something").output(found.join("\n")))
    }
}

/// What was kept, and some changes of it, without instrumentation: what the test command does.
pub(crate) fn some() -> Outcome<()> {
    let folder = crate::root().join(FOLDER);
    let cmd = plain().arg(&folder).arg(BRIEFLY.to_string()).arg("1");
    let ended = cmd.minutes(10).run_unchecked("fuzz briefly")?;
    ended.output.lines().filter(|line| line.contains("a second, the slowest")).for_each(report::note);
    if ended.success {
        return Ok(());
    }
    let advice =
        format!("an input that ended the program, or would not end, is in {FOLDER} as TARGET-running");
    Err(Trouble::new(format!("fuzz {}", ended.how)).output(tail(&ended.output)).advise(advice))
}

fn one(name: &str, file: &str) -> Outcome<()> {
    // What was typed is relative to where it was typed.
    let path = Path::new(file).canonicalize().map_err(Trouble::io(file))?;
    let ended = plain().arg(name).arg(path).run_unchecked(&format!("fuzz {name} file"))?;
    println!("{}", ended.output.trim_end());
    if ended.success { Ok(()) } else { Err(Trouble::new("this input breaks something")) }
}

fn plain() -> Cmd {
    Cmd::cargo("run --quiet --profile checked --package standfast-tests --bin fuzz --")
}

/// For the machine it runs on by name, so that build scripts and macros are not instrumented.
fn machine() -> Outcome<String> {
    let version = Cmd::new("rustc").arg("-vV").read().unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Trouble::new("`rustc -vV` does not say for which machine it is"))
}

fn build() -> Outcome<()> {
    let cmd = Cmd::cargo("build --profile checked --package standfast-fuzz --features libfuzzer");
    let cmd = cmd.arg("--target").arg(machine()?).env("RUSTFLAGS", FLAGS);
    cmd.env("CARGO_TARGET_DIR", crate::root().join(FOLDER)).minutes(20).run("fuzz build").map(drop)
}

/// Runs libFuzzer; gives what it found and how to see it again.
fn look(name: &str, longest: u32, seconds: u64) -> Outcome<Option<String>> {
    let folder = crate::root().join(FOLDER);
    let learnt = folder.join("corpus").join(name);
    fs::create_dir_all(&learnt).map_err(Trouble::io(learnt.display()))?;
    let before = files(&learnt);
    let program = folder.join(machine()?).join("checked/standfast-fuzz");
    let cmd = Cmd::new(program).env("STANDFAST_FUZZ_TARGET", name);
    let cmd = cmd.words("-timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -use_value_profile=1");
    let cmd = cmd.arg(format!("-max_len={longest}")).arg(format!("-max_total_time={seconds}"));
    let cmd = cmd.arg(format!("-artifact_prefix={}/{name}-", folder.display()));
    let cmd = cmd.arg(&learnt).arg(crate::root().join("tests/fuzz/corpus").join(name));
    let ended = cmd.minutes(seconds / 60 + 10).run_unchecked(&format!("fuzz {name}"))?;
    println!("{}", Looked::read(&ended.output).line(name, files(&learnt).saturating_sub(before)));
    if ended.success {
        return Ok(None);
    }
    let file = ended.output.lines().find_map(|line| Some(line.split_once("Test unit written to ")?.1));
    let why = ended.output.lines().skip_while(|line| !line.contains("panicked at")).nth(1);
    let why = why.unwrap_or(&ended.how);
    Ok(Some(match file {
        Some(file) => format!("{name}: {why}\n  cargo xtask fuzz {name} --file {file}"),
        None => format!("{name}: {why}\n  the whole output: {}", ended.log.display()),
    }))
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

/// What libFuzzer says of a run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Looked {
    inputs: u64,
    rate: u64,
    /// Edges of the code that were taken.
    edges: u64,
}

impl Looked {
    fn read(output: &str) -> Self {
        let number = |name: &str| {
            let line = output.lines().rev().find_map(|line| Some(line.split_once(name)?.1));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Self {
            inputs: number("stat::number_of_executed_units:"),
            rate: number("stat::average_exec_per_sec:"),
            edges: number(" cov: "),
        }
    }

    fn line(&self, name: &str, new: usize) -> String {
        let Self { inputs, rate, edges } = self;
        format!(
            "{name}: {inputs} inputs, {rate} a second, {edges} edges of the code, {new} new files in {FOLDER}/corpus/{name}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let output = "#2\tINITED cov: 10 ft: 11 corp: 1/1b\n#900\tDONE   cov: 41 ft: 90 corp: 7/9b exec/s: 300\n\
                      stat::number_of_executed_units: 900\nstat::average_exec_per_sec:     300\n";
        assert_eq!(Looked::read(output), Looked { inputs: 900, rate: 300, edges: 41 });
        assert_eq!(Looked::read("it crashed"), Looked::default());
    }

    #[test]
    fn targets_are_those_of_the_suites() {
        let listed = fs::read_to_string(crate::root().join("tests/src/fuzz/mod.rs")).unwrap();
        for (name, longest) in TARGETS {
            assert!(
                listed.contains(&format!("name: \"{name}\", run: {name}::run, longest: {longest},")),
                "{name}"
            );
        }
    }
}
