//! A line of a file with marks under the part that is meant, as wide as a terminal shows it.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

use super::source::Cut;

/// Longer lines are cut on both sides of what is meant.
const WIDTH: usize = 110;
const TAB: usize = 4;

/// The excerpt: the line with its number, and under it the marks.
pub(super) fn excerpt(cut: &Cut) -> String {
    let number = cut.place.line.to_string();
    let gutter = " ".repeat(number.len());
    let (before, before_width) = show(&cut.before, 0);
    let (inside, inside_width) = show(&cut.inside, before_width);
    let (after, after_width) = show(&cut.after, before_width + inside_width);
    let fits = before_width + inside_width + after_width <= WIDTH;
    let room = if fits { WIDTH } else { WIDTH.saturating_sub(inside_width.min(WIDTH / 2)) / 2 };
    let (before, before_width) = last(&before, before_width, room);
    let inside = first(&inside, WIDTH);
    let after = first(&after, WIDTH.saturating_sub(before_width + width(&inside)));
    let marks = "^".repeat(width(&inside).max(1));
    let mut out = String::new();
    let _ = writeln!(out, "{gutter} |");
    let _ = writeln!(out, "{}", format!("{number} | {before}{inside}{after}").trim_end());
    let _ = write!(out, "{gutter} | {}{marks}", " ".repeat(before_width));
    out
}

/// The text as it can be shown, and its width: tabs become blanks, what would steer the terminal becomes a mark.
fn show(text: &str, from: usize) -> (String, usize) {
    let mut out = String::new();
    let mut column = from;
    for c in text.chars() {
        if c == '\t' {
            let blanks = TAB - column % TAB;
            out.push_str(&" ".repeat(blanks));
            column += blanks;
            continue;
        }
        let shown = if c.is_control() || is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c };
        out.push(shown);
        column += shown.width().unwrap_or(1);
    }
    (out, column - from)
}

/// Marks that change the direction or the order of what follows, and blanks without width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(1)).sum()
}

/// The end of a text that is at most `room` wide.
fn last(text: &str, all: usize, room: usize) -> (String, usize) {
    if all <= room {
        return (text.to_owned(), all);
    }
    let mut taken = 1;
    let start = text.char_indices().rev().take_while(|(_, c)| {
        taken += c.width().unwrap_or(1);
        taken <= room
    });
    let start = start.last().map_or(text.len(), |(at, _)| at);
    let kept = format!("…{}", text.get(start..).unwrap_or_default());
    let kept_width = width(&kept);
    (kept, kept_width)
}

/// The beginning of a text that is at most `room` wide.
fn first(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut taken = 1;
    let mut kept: String = text
        .chars()
        .take_while(|c| {
            taken += c.width().unwrap_or(1);
            taken <= room
        })
        .collect();
    kept.push('…');
    kept
}
