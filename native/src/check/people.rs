//! Verdicts for people: what is meant, where, and what to do about it.

use std::io::{self, Write};

use standfast_core::manifest::{Diagnostic, Severity, print};

use super::{Checked, excerpt::excerpt, source::Source};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[1;32m";
const BLUE: &str = "\x1b[1;34m";
const PLAIN: &str = "\x1b[0m";

/// Prints all verdicts and what they come to.
pub(super) fn print(
    checked: &[Checked],
    print_pod: bool,
    paint: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let pen = Pen { paint };
    for file in checked {
        let source = Source::new(file.bytes());
        for diagnostic in &file.parsed.diagnostics {
            diagnosis(file, &source, diagnostic, pen, out)?;
        }
        match &file.parsed.pod {
            Some(pod) => {
                let accepted = pen.paint(GREEN, "accepted");
                writeln!(
                    out,
                    "{}: {accepted}: pod {} in namespace {}",
                    file.path, pod.id.name, pod.id.namespace
                )?;
            }
            None => writeln!(out, "{}: {}", file.path, pen.paint(RED, "refused"))?,
        }
        if let Some(pod) = file.parsed.pod.as_ref().filter(|_| print_pod) {
            let text =
                serde_yaml::to_string(&print::to_json(&pod.object.tree())).map_err(io::Error::other)?;
            write!(out, "---\napiVersion: v1\nkind: Pod\n{text}")?;
        }
    }
    writeln!(out, "{}", sum(checked))
}

fn diagnosis(
    file: &Checked,
    source: &Source<'_>,
    diagnostic: &Diagnostic,
    pen: Pen,
    out: &mut impl Write,
) -> io::Result<()> {
    let (colour, word) = match diagnostic.severity {
        Severity::Error => (RED, "error"),
        Severity::Warning => (YELLOW, "warning"),
    };
    let head = pen.paint(colour, &format!("{word}[{}]", diagnostic.code));
    writeln!(out, "{head}: {}", pen.paint(BOLD, &clean(&diagnostic.message)))?;
    let cut = diagnostic.span.map(|span| source.cut(span));
    let arrow = pen.paint(BLUE, "-->");
    let field =
        if diagnostic.field.is_empty() { String::new() } else { format!(" ({})", clean(&diagnostic.field)) };
    match &cut {
        Some(cut) => {
            writeln!(out, "  {arrow} {}:{}:{}{field}", file.path, cut.place.line, cut.place.column)?;
            for line in excerpt(cut).lines() {
                writeln!(out, "  {line}")?;
            }
        }
        None => writeln!(out, "  {arrow} {}{field}", file.path)?,
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "  {} {}", pen.paint(BLUE, "= help:"), clean(help))?;
    }
    writeln!(out)
}

fn sum(checked: &[Checked]) -> String {
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let accepted = checked.iter().filter(|file| file.parsed.pod.is_some()).count();
    let warnings: usize = checked.iter().map(|file| file.warnings().count()).sum();
    let (files, refused) = (checked.len(), checked.len() - accepted);
    format!(
        "{}: {accepted} accepted, {refused} refused, {}",
        count(files, "file"),
        count(warnings, "warning")
    )
}

/// A text from a manifest, without what would steer a terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[derive(Clone, Copy)]
struct Pen {
    paint: bool,
}

impl Pen {
    fn paint(self, colour: &str, text: &str) -> String {
        if self.paint { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
    }
}
