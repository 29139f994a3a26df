//! The commands there are, each as what it writes, its status, and what it waits for.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use super::{
    Io, Listening, Machine, Program, Signal, identity, listening,
    machine::Trap,
    writers::{echo, printf, seq, sleep},
};
use crate::{sim::lab, time::UnixSeconds};

/// What a command came to.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) status: i32,
    pub(super) then: Then,
}

/// What happens after a command.
#[derive(Clone, Debug)]
pub(super) enum Then {
    GoOn,
    Sleep(Duration),
    /// Runs until it is stopped; the exit code when it listens to that.
    Serve {
        stops_with: Option<i32>,
        listens: Option<Listening>,
    },
    /// Waits for background jobs, or one of them.
    Wait(Option<u32>),
    Exit(i32),
    /// Another shell.
    Run(Arc<Program>),
    Exec(Vec<String>),
    /// Uses more and more memory.
    Grow,
}

impl Effect {
    pub(super) fn status(status: i32) -> Self {
        Self { out: String::new(), err: String::new(), status, then: Then::GoOn }
    }

    pub(super) fn out(text: impl Into<String>) -> Self {
        Self { out: text.into(), ..Self::status(0) }
    }

    pub(super) fn err(status: i32, text: impl Into<String>) -> Self {
        Self { err: text.into(), ..Self::status(status) }
    }

    pub(super) fn then(then: Then) -> Self {
        Self { then, ..Self::status(0) }
    }
}

/// The commands of every image that has a shell.
const APPLETS: [&str; 45] = [
    ":", ".", "[", "ash", "bash", "cat", "cd", "date", "dash", "echo", "env", "exec", "exit", "export",
    "false", "grep", "head", "hostname", "httpd", "id", "kill", "ls", "mkdir", "nc", "printenv", "printf",
    "pwd", "read", "rm", "seq", "set", "sh", "sleep", "sort", "sync", "tail", "tee", "test", "touch", "trap",
    "true", "uname", "wait", "wc", "whoami",
];

/// Commands that only a shell itself knows.
const BUILTINS: [&str; 10] = [":", ".", "cd", "exec", "exit", "export", "read", "set", "trap", "wait"];

/// Why a program cannot be started, in the runtime's words.
pub(in crate::sim) fn missing(program: &str, image: &super::Image) -> Option<String> {
    let name = program.rsplit('/').next().unwrap_or(program);
    let folder = program.strip_suffix(name).unwrap_or_default();
    let usual = ["", "/", "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/"].contains(&folder);
    if usual && !BUILTINS.contains(&name) && is_there(name, image) {
        None
    } else if program.contains('/') {
        Some(format!("exec: \"{program}\": stat {program}: no such file or directory: unknown"))
    } else {
        Some(format!("exec: \"{program}\": executable file not found in $PATH: unknown"))
    }
}

fn is_there(name: &str, image: &super::Image) -> bool {
    (image.shell && APPLETS.contains(&name)) || image.programs.iter().any(|(program, _)| *program == name)
}

impl Machine {
    /// Runs one command.
    pub(super) fn call(&mut self, words: &[String], io: &mut Io<'_>) -> Effect {
        let Some((program, rest)) = words.split_first() else { return Effect::status(0) };
        let name = program.rsplit('/').next().unwrap_or(program);
        if let Some((_, stops_with)) = io.image.programs.iter().find(|(program, _)| *program == name) {
            if name == "lab" {
                return match lab::script(rest) {
                    Ok(script) => shell(&script, "lab", io),
                    Err(error) => Effect::err(2, format!("lab: {error}\n")),
                };
            }
            if let Some((code, text)) = super::control_plane::refusal(name, rest) {
                return Effect { then: Then::Exit(code), ..Effect::err(code, text) };
            }
            let listens = listening::of_program(name, rest);
            return Effect::then(Then::Serve { stops_with: *stops_with, listens });
        }
        if !is_there(name, io.image) {
            return Effect::err(127, format!("sh: {program}: not found\n"));
        }
        let args: Vec<&str> = rest.iter().map(String::as_str).collect();
        match name {
            "sleep" => sleep(&args),
            "exit" => {
                Effect::then(Then::Exit(args.first().map_or(self.status, |n| n.parse().unwrap_or(2) & 255)))
            }
            "exec" if !args.is_empty() => Effect::then(Then::Exec(rest.to_vec())),
            "wait" => Effect::then(Then::Wait(args.first().and_then(|pid| pid.parse().ok()))),
            "trap" => self.trap(&args, io),
            "kill" => self.kill(&args, io),
            "sh" | "ash" | "bash" | "dash" => self.call_shell(&args, io),
            "." => Effect::err(2, "sh: .: not simulated\n"),
            "cd" => {
                self.cwd = self.path(args.first().unwrap_or(&"/"));
                Effect::status(0)
            }
            "export" => {
                for (name, value) in args.iter().filter_map(|arg| arg.split_once('=')) {
                    self.vars.insert(name.into(), value.into());
                }
                Effect::status(0)
            }
            "read" => self.read(&args),
            "env" | "printenv" => self.printenv(&args),
            "cat" | "head" | "tail" | "tee" | "grep" | "sort" | "wc" | "ls" | "touch" | "mkdir" | "rm"
            | "test" | "[" => self.file_command(name, &args, io),
            "false" => Effect::status(1),
            "httpd" if args.contains(&"-f") => {
                Effect::then(Then::Serve { stops_with: None, listens: Some(listening::of_httpd(&args)) })
            }
            "nc" => Effect::then(Then::Serve { stops_with: None, listens: listening::of_nc(&args) }),
            _ => self.plain(name, &args, io),
        }
    }

    /// Commands that only write something.
    fn plain(&self, name: &str, args: &[&str], io: &Io<'_>) -> Effect {
        match name {
            "echo" => echo(args),
            "printf" => printf(args),
            "hostname" => Effect::out(format!("{}\n", io.hostname)),
            "pwd" => Effect::out(format!("{}\n", self.cwd)),
            "whoami" => Effect::out("root\n"),
            "id" if args == ["-u"] => Effect::out(format!("{}\n", io.spec.security.user.unwrap_or(0))),
            "id" => Effect::out(identity::id(&io.spec.security)),
            "uname" => Effect::out("Linux\n"),
            "date" if args == ["+%s"] => Effect::out(format!("{}\n", io.clock)),
            "date" => Effect::out(format!("{}\n", UnixSeconds(io.clock))),
            "seq" => seq(args),
            _ => Effect::status(0),
        }
    }

    fn call_shell(&mut self, args: &[&str], io: &mut Io<'_>) -> Effect {
        let mut rest = args;
        while let Some((first, after)) = rest.split_first().filter(|(first, _)| first.starts_with('-')) {
            rest = after;
            if first.ends_with('c') {
                let Some((script, args)) = rest.split_first() else {
                    return Effect::err(2, "sh: -c requires an argument\n");
                };
                self.args = if args.is_empty() {
                    vec!["sh".to_owned()]
                } else {
                    args.iter().map(|a| (*a).to_owned()).collect()
                };
                return shell(script, "sh", io);
            }
        }
        let Some((file, _)) = rest.split_first() else { return Effect::status(0) };
        match io.disk.read(io.root, &self.path(file)).map(str::to_owned) {
            Some(script) => {
                self.args = rest.iter().map(|a| (*a).to_owned()).collect();
                shell(&script, file, io)
            }
            None => Effect::err(2, format!("sh: can't open '{file}': No such file or directory\n")),
        }
    }

    fn trap(&mut self, args: &[&str], io: &mut Io<'_>) -> Effect {
        let Some((action, names)) = args.split_first() else { return Effect::status(0) };
        for name in names {
            let signal = match (*name, Signal::named(name)) {
                ("EXIT" | "0", _) => None,
                (_, Some(signal)) => Some(signal),
                (other, None) => {
                    return Effect::err(1, format!("sh: trap: {other}: invalid signal specification\n"));
                }
            };
            let trap = match *action {
                "-" => None,
                "" => Some(Trap::Ignore),
                script => match io.disk.scripts.read(script) {
                    Ok(program) => Some(Trap::Run(program)),
                    Err(error) => return Effect::err(2, format!("sh: {error}\n")),
                },
            };
            self.set_trap(signal, trap);
        }
        Effect::status(0)
    }

    fn kill(&mut self, args: &[&str], io: &mut Io<'_>) -> Effect {
        let (signal, pids) = match args.split_first() {
            Some((first, rest)) if first.starts_with('-') => (Signal::named(&first[1..]), rest),
            _ => (Some(Signal::Term), args),
        };
        let Some(signal) = signal else { return Effect::err(1, "sh: bad signal\n") };
        for pid in pids {
            let target = pid.parse().ok();
            if target == Some(self.pid) {
                // Nobody inside can kill process 1.
                if !(self.pid == 1 && signal == Signal::Kill) {
                    self.signal(signal, io);
                }
            } else if let Some(job) = self.jobs.iter_mut().find(|job| Some(job.pid) == target) {
                job.signal(signal, io);
            } else {
                return Effect::err(1, format!("sh: can't kill pid {pid}: No such process\n"));
            }
        }
        Effect::status(0)
    }

    fn read(&mut self, args: &[&str]) -> Effect {
        let Some(text) = self.stdin.take() else { return Effect::status(1) };
        let line = text.lines().next().unwrap_or_default().into();
        self.vars.insert((*args.last().unwrap_or(&"REPLY")).into(), line);
        Effect::status(0)
    }

    fn printenv(&self, args: &[&str]) -> Effect {
        if let Some(name) = args.first() {
            return self.vars.get(*name).map_or(Effect::status(1), |value| Effect::out(format!("{value}\n")));
        }
        let mut out = String::new();
        for (name, value) in self.vars.entries() {
            let _ = writeln!(out, "{name}={value}");
        }
        Effect::out(out)
    }
}

fn shell(script: &str, name: &str, io: &mut Io<'_>) -> Effect {
    match io.disk.scripts.read(script) {
        Ok(program) => Effect::then(Then::Run(program)),
        Err(error) => Effect::err(2, format!("{name}: {error}\n")),
    }
}
