//! A step as words with their columns.

use std::time::Duration;

use super::error::{ScenarioError, nearest};
use crate::time::parse_duration;

#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) column: usize,
    width: usize,
    quoted: bool,
}

/// The words of one line, read from the front.
pub(super) struct Words<'a> {
    line: u32,
    text: &'a str,
    all: Vec<Word>,
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: u32, text: &'a str) -> Result<Self, ScenarioError> {
        let chars: Vec<char> = text.chars().collect();
        let (mut words, mut at) = (Vec::new(), 0);
        while at < chars.len() {
            let start = at;
            match chars[at] {
                c if c.is_whitespace() => at += 1,
                '#' => break,
                '"' => {
                    let mut word = String::new();
                    at += 1;
                    while chars.get(at).is_some_and(|c| *c != '"') {
                        at += usize::from(chars[at] == '\\' && at + 1 < chars.len());
                        word.push(chars[at]);
                        at += 1;
                    }
                    if at >= chars.len() {
                        let error = ScenarioError {
                            column: column(start),
                            width: 1,
                            ..ScenarioError::line(line, text, "a quotation mark that is not closed")
                        };
                        return Err(error);
                    }
                    at += 1;
                    words.push(Word { text: word, column: start, width: at - start, quoted: true });
                }
                _ => {
                    while chars.get(at).is_some_and(|c| !c.is_whitespace()) {
                        at += 1;
                    }
                    words.push(Word {
                        text: chars[start..at].iter().collect(),
                        column: start,
                        width: at - start,
                        quoted: false,
                    });
                }
            }
        }
        Ok(Self { line, text, all: words, at: 0 })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn peek(&self) -> Option<&str> {
        self.all.get(self.at).filter(|word| !word.quoted).map(|word| word.text.as_str())
    }

    /// Takes the next word when it is this one.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    /// Takes these words when they come next.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let found = words
            .iter()
            .enumerate()
            .all(|(n, word)| self.all.get(self.at + n).is_some_and(|it| !it.quoted && it.text == *word));
        self.at += if found { words.len() } else { 0 };
        found
    }

    /// Takes the next word, whatever it is. `what` names it when it is missing.
    pub(super) fn any(&mut self, what: &str) -> Result<String, ScenarioError> {
        let Some(word) = self.all.get(self.at) else { return Err(self.missing(what)) };
        self.at += 1;
        Ok(word.text.clone())
    }

    /// Takes the next word, which must be one of these.
    pub(super) fn one_of<'c>(&mut self, choices: &[&'c str]) -> Result<&'c str, ScenarioError> {
        let found = self.peek().and_then(|word| choices.iter().find(|choice| **choice == word)).copied();
        match found {
            Some(choice) => {
                self.at += 1;
                Ok(choice)
            }
            None => Err(self.unknown(choices)),
        }
    }

    pub(super) fn expect(&mut self, word: &str) -> Result<(), ScenarioError> {
        self.one_of(&[word]).map(drop)
    }

    pub(super) fn duration(&mut self) -> Result<Duration, ScenarioError> {
        let word = self.any("a time, such as 5s")?;
        parse_duration(&word)
            .ok_or_else(|| self.wrong(&format!("`{word}` is no time"), "write 5s, 1m30s or 500ms"))
    }

    pub(super) fn number<T: std::str::FromStr>(&mut self, what: &str) -> Result<T, ScenarioError> {
        let word = self.any(what)?;
        word.parse().map_err(|_| self.wrong(&format!("`{word}` is no number"), &format!("write {what}")))
    }

    /// `pod/container`.
    pub(super) fn container(&mut self) -> Result<(String, String), ScenarioError> {
        let word = self.any("a container, as pod/container")?;
        match word.split_once('/') {
            Some((pod, container)) if !pod.is_empty() && !container.is_empty() => {
                Ok((pod.to_owned(), container.to_owned()))
            }
            _ => {
                Err(self
                    .wrong(&format!("`{word}` names no container"), "write pod/container, such as web/main"))
            }
        }
    }

    pub(super) fn finish(&self) -> Result<(), ScenarioError> {
        match self.all.get(self.at) {
            None => Ok(()),
            Some(word) => Err(self.error_at(Some(word), format!("`{}` is too much here", word.text))),
        }
    }

    /// An error about the word that was just taken.
    pub(super) fn wrong(&self, message: &str, help: &str) -> ScenarioError {
        self.error_at(self.all.get(self.at.saturating_sub(1)), message.to_owned()).help(help)
    }

    /// An error about the next word, which is none of these.
    fn unknown(&self, choices: &[&str]) -> ScenarioError {
        let Some(word) = self.all.get(self.at) else {
            return self.missing(&choices.join(", "));
        };
        let error = self.error_at(Some(word), format!("`{}` is not understood here", word.text));
        match nearest(&word.text, choices) {
            Some(choice) => error.help(format!("did you mean `{choice}`?")),
            None => error.help(format!("use {}", choices.join(", "))),
        }
    }

    fn missing(&self, what: &str) -> ScenarioError {
        self.error_at(None, "something is missing here".to_owned()).help(format!("use {what}"))
    }

    fn error_at(&self, word: Option<&Word>, message: String) -> ScenarioError {
        let end = self.text.trim_end().chars().count();
        ScenarioError {
            line: self.line,
            column: column(word.map_or(end, |word| word.column)),
            width: u32::try_from(word.map_or(1, |word| word.width)).unwrap_or(1),
            text: self.text.to_owned(),
            message,
            help: None,
        }
    }
}

fn column(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}
