//! Commands that only wait, or write what their arguments say.

use std::time::Duration;

use super::commands::{Effect, Then};
use crate::time::parse_duration;

pub(super) fn sleep(args: &[&str]) -> Effect {
    let parse = |arg: &&str| match *arg {
        "infinity" | "inf" => Some(Duration::from_hours(87_600)),
        text => text
            .strip_suffix('d')
            .and_then(|days| days.parse::<u64>().ok())
            .map(|days| Duration::from_hours(24 * days.min(36_500)))
            .or_else(|| parse_duration(text))
            .or_else(|| text.parse::<f64>().ok().and_then(|n| Duration::try_from_secs_f64(n).ok())),
    };
    match args.iter().map(parse).sum::<Option<Duration>>().filter(|_| !args.is_empty()) {
        Some(time) => Effect::then(Then::Sleep(time)),
        None => Effect::err(1, format!("sleep: invalid number '{}'\n", args.first().unwrap_or(&""))),
    }
}

pub(super) fn echo(args: &[&str]) -> Effect {
    let (mut newline, mut escapes, mut rest) = (true, false, args);
    while let Some((first, after)) = rest.split_first() {
        match *first {
            "-n" => newline = false,
            "-e" => escapes = true,
            "-ne" | "-en" => (newline, escapes) = (false, true),
            _ => break,
        }
        rest = after;
    }
    let text = rest.join(" ");
    let text = if escapes { unescape(&text) } else { text };
    Effect::out(if newline { text + "\n" } else { text })
}

pub(super) fn printf(args: &[&str]) -> Effect {
    let Some((format, values)) = args.split_first() else { return Effect::status(1) };
    let (mut out, mut values, format) = (String::new(), values.iter(), unescape(format));
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => match chars.next() {
                Some('%') => out.push('%'),
                Some(_) => out.push_str(values.next().unwrap_or(&"")),
                None => {}
            },
            c => out.push(c),
        }
    }
    Effect::out(out)
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

pub(super) fn seq(args: &[&str]) -> Effect {
    let numbers: Vec<i64> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let (first, last) = match numbers.as_slice() {
        [last] => (1, *last),
        [first, last] => (*first, *last),
        _ => return Effect::err(1, "seq: missing operand\n"),
    };
    Effect::out((first..=last).take(10_000).fold(String::new(), |all, n| format!("{all}{n}\n")))
}
