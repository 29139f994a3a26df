//! What is wrong with a scenario, shown under its line with carets.

use std::fmt;

/// Why a scenario cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// How many characters are meant; 0 for the line's end.
    pub width: u32,
    /// The line itself.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl ScenarioError {
    /// About a whole line.
    pub(super) fn line(line: u32, text: &str, message: impl Into<String>) -> Self {
        let trimmed = text.trim();
        let column = u32::try_from(text.chars().take_while(|c| c.is_whitespace()).count()).unwrap_or(0) + 1;
        let width = u32::try_from(trimmed.chars().count()).unwrap_or(0);
        Self { line, column, width, text: text.to_owned(), message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let before: String = self
            .text
            .chars()
            .take(self.column.saturating_sub(1) as usize)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        writeln!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        write!(f, "{margin} | {before}{}", "^".repeat(self.width.max(1) as usize))?;
        if let Some(help) = &self.help {
            write!(f, "\n{margin} = {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}

/// The choice that was probably meant.
pub(super) fn nearest<'a>(word: &str, choices: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let scored =
        choices.iter().map(|choice| (distance(&word.to_lowercase(), &choice.to_lowercase()), *choice));
    scored
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice)
}

/// How many letters must be changed, added, removed or swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(40).collect(), b.chars().take(40).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitute.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_recognised_and_other_words_are_not() {
        assert_eq!(nearest("Runing", &["Pending", "Running"]), Some("Running"));
        assert_eq!(nearest("wirte", &["write", "wait"]), Some("write"));
        assert_eq!(nearest("banana", &["write", "wait"]), None);
    }
}
