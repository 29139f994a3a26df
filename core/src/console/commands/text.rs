//! Commands that read text and write text.

use std::fmt::Write as _;

use super::{Cx, Flags, Reply};

/// What the named files hold, or what was piped in.
fn input(cx: &mut Cx<'_>, name: &str, paths: &[&str]) -> Result<Vec<(String, String)>, Reply> {
    if paths.is_empty() {
        return Ok(vec![(String::new(), cx.input.unwrap_or_default().to_owned())]);
    }
    let files = cx.console.files(cx.world);
    let mut texts = Vec::new();
    for path in paths {
        match files.read(path) {
            Ok(text) => texts.push(((*path).to_owned(), text)),
            Err(why) => return Err(Reply::failed(format!("{name}: {path}: {why}"))),
        }
    }
    Ok(texts)
}

fn joined(cx: &mut Cx<'_>, name: &str, paths: &[&str]) -> Result<String, Reply> {
    let texts = input(cx, name, paths)?;
    Ok(texts.into_iter().map(|(_, text)| text).collect())
}

pub(super) fn cat(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    joined(cx, "cat", &flags.rest).map_or_else(|failed| failed, Reply::out)
}

pub(super) fn echo(_: &mut Cx<'_>, words: &[&str]) -> Reply {
    match words {
        ["-n", rest @ ..] => Reply::out(rest.join(" ")),
        ["-e", rest @ ..] => Reply::out(rest.join(" ").replace("\\n", "\n").replace("\\t", "\t") + "\n"),
        rest => Reply::out(rest.join(" ") + "\n"),
    }
}

pub(super) fn tee(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    let text = cx.input.unwrap_or_default().to_owned();
    let mut files = cx.console.files(cx.world);
    for path in &flags.rest {
        let before = if flags.has(&["-a"]) { files.read(path).unwrap_or_default() } else { String::new() };
        if let Err(why) = files.write(path, &(before + &text)) {
            return Reply::failed(format!("tee: {path}: {why}"));
        }
    }
    Reply::out(text)
}

pub(super) fn grep(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["-e", "-A", "-B", "-C", "-m"]);
    let mut rest = flags.rest.clone();
    let pattern = match flags.value(&["-e"]) {
        Some(pattern) => pattern,
        None if rest.is_empty() => return Reply::failed("usage: grep [-i] [-v] [-n] [-c] TEXT [FILE...]"),
        None => rest.remove(0),
    };
    let number = |name: &str| flags.value(&[name]).and_then(|value| value.parse::<usize>().ok()).unwrap_or(0);
    let around = number("-C");
    let (before, after) = (number("-B").max(around), number("-A").max(around));
    let lower = flags.has(&["-i"]);
    // Patterns are texts, with alternatives: most people's greps are.
    let wanted: Vec<String> = pattern
        .split("\\|")
        .flat_map(|it| if flags.has(&["-E"]) { it.split('|').collect() } else { vec![it] })
        .map(|it| if lower { it.to_lowercase() } else { it.to_owned() })
        .collect();
    let texts = match input(cx, "grep", &rest) {
        Ok(texts) => texts,
        Err(failed) => return Reply { code: 2, ..failed },
    };
    let mut reply = Reply { code: 1, ..Reply::default() };
    for (name, text) in &texts {
        let lines: Vec<&str> = text.lines().collect();
        let hits: Vec<bool> = lines
            .iter()
            .map(|line| {
                let line = if lower { line.to_lowercase() } else { (*line).to_owned() };
                wanted.iter().any(|it| has(&line, it)) != flags.has(&["-v"])
            })
            .collect();
        let found = hits.iter().filter(|hit| **hit).count();
        if found > 0 {
            reply.code = 0;
        }
        let prefix = if texts.len() > 1 { format!("{name}:") } else { String::new() };
        if flags.has(&["-c"]) {
            let _ = writeln!(reply.out, "{prefix}{found}");
            continue;
        }
        if flags.has(&["-q"]) {
            continue;
        }
        for (index, line) in lines.iter().enumerate() {
            let near =
                hits[index.saturating_sub(after)..(index + before + 1).min(hits.len())].contains(&true);
            if near {
                let number = if flags.has(&["-n"]) { format!("{}:", index + 1) } else { String::new() };
                let _ = writeln!(reply.out, "{prefix}{number}{line}");
            }
        }
    }
    reply
}

/// Whether a line has a text; `^` and `$` bind it to the line's ends.
fn has(line: &str, text: &str) -> bool {
    match (text.strip_prefix('^'), text.strip_suffix('$')) {
        (Some(_), Some(_)) => line == text.trim_start_matches('^').trim_end_matches('$'),
        (Some(text), None) => line.starts_with(text),
        (None, Some(text)) => line.ends_with(text),
        (None, None) => line.contains(text),
    }
}

/// `-n N`, `-N`, or ten.
fn count(flags: &Flags<'_>) -> usize {
    let short = flags.flags.iter().find_map(|(flag, _)| flag[1..].parse().ok());
    flags.value(&["-n"]).and_then(|value| value.parse().ok()).or(short).unwrap_or(10)
}

pub(super) fn head(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["-n"]);
    match joined(cx, "head", &flags.rest) {
        Ok(text) => Reply::out(lines(text.lines().take(count(&flags)))),
        Err(failed) => failed,
    }
}

pub(super) fn tail(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["-n"]);
    match joined(cx, "tail", &flags.rest) {
        Ok(text) => {
            let skip = text.lines().count().saturating_sub(count(&flags));
            Reply::out(lines(text.lines().skip(skip)))
        }
        Err(failed) => failed,
    }
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.fold(String::new(), |all, line| all + line + "\n")
}

pub(super) fn wc(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    match joined(cx, "wc", &flags.rest) {
        Ok(text) if flags.has(&["-l"]) => Reply::out(format!("{}\n", text.lines().count())),
        Ok(text) => {
            let words = text.split_whitespace().count();
            Reply::out(format!("{:>7} {words:>7} {:>7}\n", text.lines().count(), text.len()))
        }
        Err(failed) => failed,
    }
}
