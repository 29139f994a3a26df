//! The one error of these commands: what went wrong, what was printed, what to do.

use std::fmt;
use std::io;

/// The result of anything that a command does.
pub(crate) type Outcome<T> = Result<T, Trouble>;

/// Something that a person has to read.
#[derive(Debug)]
pub(crate) struct Trouble {
    what: String,
    output: String,
    advice: String,
}

impl Trouble {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), output: String::new(), advice: String::new() }
    }

    /// Adds the end of what a program printed.
    pub(crate) fn output(mut self, tail: impl Into<String>) -> Self {
        self.output = tail.into();
        self
    }

    /// Adds what to do about it.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// For `map_err`: an I/O error with what was being done.
    pub(crate) fn io(doing: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::new(format!("{doing}: {error}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.output.is_empty() {
            for line in self.output.lines() {
                writeln!(f, "    {line}")?;
            }
        }
        write!(f, "error: {}", self.what)?;
        if !self.advice.is_empty() {
            write!(f, "\n  {}", self.advice.trim_end().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}
