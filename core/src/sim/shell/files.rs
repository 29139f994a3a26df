//! Commands that read and write files, or filter what a pipe gives them.

use super::{
    Io, Machine,
    commands::{Effect, Then},
    identity,
};
use crate::sim::disk::ReadOnly;

impl Machine {
    pub(super) fn file_command(&mut self, name: &str, args: &[&str], io: &mut Io<'_>) -> Effect {
        if matches!(name, "test" | "[") {
            let args = args.strip_suffix(&["]"]).unwrap_or(args);
            return Effect::status(i32::from(!self.test(args, io)));
        }
        let mut names: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
        let pattern = if name == "grep" && !names.is_empty() { names.remove(0) } else { "" };
        if matches!(name, "head" | "tail") {
            names.retain(|name| name.parse::<u32>().is_err());
        }
        let paths: Vec<String> = names.iter().map(|name| self.path(name)).collect();
        // It has no end, and no line either: what reads it line by line keeps all of it.
        if paths.iter().any(|path| path == "/dev/zero") && matches!(name, "tail" | "sort" | "grep") {
            return Effect::then(Then::Grow);
        }
        match name {
            "touch" => each(name, &paths, |path| io.disk.append(io.root, path, "")),
            "mkdir" => each(name, &paths, |path| io.disk.make_folder(io.root, path)),
            "rm" => each(name, &paths, |path| io.disk.remove(io.root, path)),
            "ls" => ls(&paths, &self.cwd, io),
            "tee" => {
                let text = self.stdin.take().unwrap_or_default();
                let written = each(name, &paths, |path| io.disk.write(io.root, path, text.clone()));
                Effect { out: text, ..written }
            }
            _ => match self.input(&paths, io) {
                Ok(text) => filter(name, text, pattern, args),
                Err(path) => {
                    Effect::err(1, format!("{name}: can't open '{path}': No such file or directory\n"))
                }
            },
        }
    }

    /// What a filter reads: its files, or the pipe. The error is the file that is not there.
    fn input<'p>(&mut self, paths: &'p [String], io: &Io<'_>) -> Result<String, &'p str> {
        if paths.is_empty() {
            return Ok(self.stdin.take().unwrap_or_default());
        }
        let mut text = String::new();
        for path in paths.iter().filter(|path| *path != "/dev/null") {
            if path == identity::STATUS {
                text.push_str(&identity::status(&io.spec.security));
                continue;
            }
            text.push_str(io.disk.read(io.root, path).ok_or(path.as_str())?);
        }
        Ok(text)
    }

    fn test(&self, args: &[&str], io: &Io<'_>) -> bool {
        let number = |text: &str| text.trim().parse::<i64>().unwrap_or(0);
        match args {
            ["!", rest @ ..] => !self.test(rest, io),
            ["-z", text] => text.is_empty(),
            ["-n", text] | [text] => !text.is_empty(),
            ["-e" | "-r" | "-w" | "-s", path] => {
                let path = self.path(path);
                io.disk.read(io.root, &path).is_some() || io.disk.is_folder(io.root, &path)
            }
            ["-f", path] => io.disk.read(io.root, &self.path(path)).is_some(),
            ["-d", path] => io.disk.is_folder(io.root, &self.path(path)),
            [a, "=" | "==", b] => a == b,
            [a, "!=", b] => a != b,
            [a, "-eq", b] => number(a) == number(b),
            [a, "-ne", b] => number(a) != number(b),
            [a, "-lt", b] => number(a) < number(b),
            [a, "-le", b] => number(a) <= number(b),
            [a, "-gt", b] => number(a) > number(b),
            [a, "-ge", b] => number(a) >= number(b),
            _ => false,
        }
    }
}

fn each(name: &str, paths: &[String], mut act: impl FnMut(&str) -> Result<(), ReadOnly>) -> Effect {
    match paths.iter().find(|path| act(path).is_err()) {
        None => Effect::status(0),
        Some(path) => Effect::err(1, format!("{name}: {path}: Read-only file system\n")),
    }
}

fn filter(name: &str, text: String, pattern: &str, args: &[&str]) -> Effect {
    let number = |arg: &&str| arg.trim_start_matches('-').trim_start_matches('n').parse().ok();
    let count: usize = args.iter().find_map(number).unwrap_or(10);
    let lines: Vec<&str> = text.lines().collect();
    let join = |lines: &[&str]| lines.iter().fold(String::new(), |all, line| all + line + "\n");
    match name {
        "head" => Effect::out(join(&lines[..count.min(lines.len())])),
        "tail" => {
            let out = join(&lines[lines.len().saturating_sub(count)..]);
            let follow = args.iter().any(|arg| arg.starts_with("-f") || *arg == "-F");
            let then = if follow { Then::Serve { stops_with: None, listens: None } } else { Then::GoOn };
            Effect { then, ..Effect::out(out) }
        }
        "grep" => {
            let found: Vec<&str> = lines.into_iter().filter(|line| line.contains(pattern)).collect();
            let status = i32::from(found.is_empty());
            let out = match args {
                _ if args.contains(&"-q") => String::new(),
                _ if args.contains(&"-c") => format!("{}\n", found.len()),
                _ => join(&found),
            };
            Effect { status, ..Effect::out(out) }
        }
        "sort" => {
            let mut sorted = lines;
            crate::sort::by(&mut sorted, Ord::cmp);
            Effect::out(join(&sorted))
        }
        "wc" => Effect::out(format!("{}\n", lines.len())),
        _ => Effect::out(text),
    }
}

fn ls(paths: &[String], cwd: &str, io: &Io<'_>) -> Effect {
    let path = paths.first().map_or(cwd, String::as_str);
    if io.disk.read(io.root, path).is_some() {
        return Effect::out(format!("{path}\n"));
    }
    if !io.disk.is_folder(io.root, path) {
        return Effect::err(1, format!("ls: {path}: No such file or directory\n"));
    }
    Effect::out(io.disk.names(io.root, path).iter().fold(String::new(), |all, name| all + name + "\n"))
}
