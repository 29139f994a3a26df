//! What a run of the suites came to: tests passed and failed, things left out, things counted.

use std::collections::BTreeMap;

use crate::report;
use crate::trouble::{Outcome, Trouble};

/// The running sum.
#[derive(Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: Vec<String>,
    counts: BTreeMap<(String, String), u64>,
    troubles: Vec<(String, Trouble)>,
}

impl Tally {
    /// Runs a check that passes or fails as a whole.
    pub(crate) fn check(&mut self, name: &str, work: impl FnOnce() -> Outcome<()>) -> bool {
        let result = report::step(name, work);
        match result {
            Ok(()) => self.passed += 1,
            Err(trouble) => self.fail(name, 1, trouble),
        }
        !self.troubles.iter().any(|(failed, _)| failed == name)
    }

    /// Runs suites; `least` is how few tests cannot be right.
    pub(crate) fn suites(&mut self, name: &str, least: u64, work: impl FnOnce() -> Outcome<Ran>) {
        match report::step_judged(name, work, |ran| ran.trouble.is_none()) {
            Err(trouble) => self.fail(name, 1, trouble),
            Ok(ran) => {
                let sums = Sums::of(&ran.output);
                self.passed += sums.passed;
                for (key, number) in sums.counts {
                    *self.counts.entry(key).or_default() += number;
                }
                self.counts.insert(("tests".into(), name.into()), sums.passed);
                if let Some(trouble) = ran.trouble {
                    self.fail(name, sums.failed.max(1), trouble);
                } else if sums.passed < least {
                    let what = format!("{} tests ran, at least {least} were expected", sums.passed);
                    self.fail(
                        name,
                        1,
                        Trouble::new(what)
                            .advise("a suite that runs nothing proves nothing: see how it is selected"),
                    );
                } else {
                    report::note(&format!("{} tests", sums.passed));
                }
            }
        }
    }

    /// Remembers what was left out.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        report::skipped(name, why);
        self.skipped.push(format!("{name}: {why}"));
    }

    fn fail(&mut self, name: &str, tests: u64, trouble: Trouble) {
        self.failed += tests;
        self.troubles.push((name.to_owned(), trouble));
    }

    /// Prints the sum; fails when anything did.
    pub(crate) fn finish(self) -> Outcome<()> {
        println!();
        for ((what, host), number) in &self.counts {
            println!("{number:>8}  {what} ({host})");
        }
        for skipped in &self.skipped {
            println!(" skipped  {skipped}");
        }
        for (name, trouble) in &self.troubles {
            println!("\nfailed: {name}\n{trouble}");
        }
        println!("\n{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { Ok(()) } else { Err(Trouble::new("not everything passed").advise("see above")) }
    }
}

/// What a program that runs tests printed, and whether it was content.
pub(crate) struct Ran {
    pub(crate) output: String,
    pub(crate) trouble: Option<Trouble>,
}

/// The numbers in the output of test runners.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    passed: u64,
    failed: u64,
    counts: Vec<((String, String), u64)>,
}

impl Sums {
    fn of(output: &str) -> Self {
        let mut sums = Self::default();
        for line in output.lines().map(str::trim) {
            if line.starts_with("test result: ") {
                sums.passed += number_before(line, " passed");
                sums.failed += number_before(line, " failed");
            } else if let Some(count) = line.strip_prefix("standfast-count: ") {
                sums.counts.extend(count_of(count));
            }
        }
        sums
    }
}

/// `<what> <host> <number>`; what is counted may be several words.
fn count_of(line: &str) -> Option<((String, String), u64)> {
    let (rest, number) = line.rsplit_once(' ')?;
    let (what, host) = rest.rsplit_once(' ')?;
    Some(((what.to_owned(), host.to_owned()), number.parse().ok()?))
}

fn number_before(line: &str, word: &str) -> u64 {
    let before = line.find(word).map_or("", |at| &line[..at]);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_the_lines_of_several_runners() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\nnoise\n\
                      test result: FAILED. 10 passed; 2 failed; 0 ignored\n  standfast-count: scenarios sim 18\n";
        let sums = Sums::of(output);
        assert_eq!((sums.passed, sums.failed), (13, 2));
        assert_eq!(sums.counts, [(("scenarios".into(), "sim".into()), 18)]);
    }

    #[test]
    fn a_suite_that_ran_no_test_fails() {
        let mut tally = Tally::default();
        tally.suites("empty", 1, || Ok(Ran { output: "no tests to run!".into(), trouble: None }));
        assert_eq!((tally.passed, tally.failed), (0, 1));
    }
}
