//! The command line, read by hand: a command, flags, options with a value, and names.

use crate::trouble::{Outcome, Trouble};

/// What was typed after `cargo xtask`, taken word by word.
pub(crate) struct Args {
    words: Vec<String>,
}

impl Args {
    pub(crate) fn new(words: impl Iterator<Item = String>) -> Self {
        Self { words: words.collect() }
    }

    /// The first word; asking for help in any usual way is the command `help`.
    pub(crate) fn command(&mut self) -> Option<String> {
        let asks_for_help = self.words.iter().any(|word| word == "--help" || word == "-h");
        if asks_for_help {
            return Some("help".into());
        }
        if self.words.is_empty() { None } else { Some(self.words.remove(0)) }
    }

    /// Whether a flag such as `--no-install` was given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() != before
    }

    /// Every value of an option such as `--skip docker` or `--skip=docker`.
    pub(crate) fn values(&mut self, name: &str) -> Outcome<Vec<String>> {
        let mut values = Vec::new();
        let mut rest = Vec::new();
        let mut words = std::mem::take(&mut self.words).into_iter();
        while let Some(word) = words.next() {
            if word == name {
                let value = words.next().ok_or_else(|| Trouble::new(format!("{name} needs a value")))?;
                values.push(value);
            } else if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                values.push(value.to_owned());
            } else {
                rest.push(word);
            }
        }
        self.words = rest;
        Ok(values)
    }

    /// The words that are left, for a command that takes names.
    pub(crate) fn rest(self) -> Vec<String> {
        self.words
    }

    /// Fails when a word is left that no one asked for.
    pub(crate) fn finish(self) -> Outcome<()> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(Trouble::new(format!("`{word}` is not understood here"))
                .advise("`cargo xtask help` lists the commands and their options")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn takes_flags_and_values_in_any_order() {
        let mut args = args("test --skip docker --no-install --skip=browser");
        assert_eq!(args.command().as_deref(), Some("test"));
        assert!(args.flag("--no-install"));
        assert_eq!(args.values("--skip").unwrap(), ["docker", "browser"]);
        assert!(args.finish().is_ok());
    }

    #[test]
    fn a_word_that_no_one_asked_for_is_an_error() {
        let mut args = args("up --prot 80");
        args.command();
        assert!(args.finish().unwrap_err().to_string().contains("--prot"));
    }
}
