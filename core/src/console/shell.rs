//! Runs the commands of a line, each with what the one before wrote. A command that goes on keeps the rest of its line waiting.

use std::collections::VecDeque;

use super::{
    Console, Effect, Output,
    commands::{self, Reply},
    follow::{self, Running},
    parse::{Command, Pipeline, expanded, parse},
};
use crate::sim::World;

pub(super) fn run(console: &mut Console, world: &mut World, line: &str) -> Output {
    let mut output = Output::default();
    match parse(line) {
        Ok(pipelines) => all(console, world, pipelines.into(), &mut output),
        Err(bad) => output = Output { text: format!("{bad}\n"), code: 2, ..output },
    }
    output
}

/// What the command that goes on prints, and what comes after it once it has ended.
pub(super) fn more(console: &mut Console, world: &mut World) -> Output {
    let mut output = Output::default();
    let Some(mut running) = console.running.take() else { return output };
    let (reply, goes_on) = follow::step(&mut running.follow, console, world);
    output.code = reply.code;
    if reply != Reply::default() {
        let reply = redirected(console, world, &running.command, reply);
        running.command.out = running.command.out.map(|(path, _)| (path, true));
        through(console, world, (&running.command, reply), &running.pipe, &mut output);
    }
    if goes_on {
        output.effects.push(Effect::Follow);
        console.running = Some(running);
    } else {
        all(console, world, running.rest, &mut output);
    }
    output
}

fn all(console: &mut Console, world: &mut World, mut pipelines: VecDeque<Pipeline>, output: &mut Output) {
    while let Some(pipeline) = pipelines.pop_front() {
        if pipeline.if_good && output.code != 0 {
            continue;
        }
        self::pipeline(console, world, &pipeline, output);
        if let Some(running) = &mut console.running {
            running.rest = pipelines;
            output.effects.push(Effect::Follow);
            return;
        }
    }
}

fn pipeline(console: &mut Console, world: &mut World, pipeline: &Pipeline, output: &mut Output) {
    let Some((first, pipe)) = pipeline.commands.split_first() else { return };
    let reply = command(console, world, first, None);
    if let Some(follow) = reply.follow.as_deref().cloned() {
        let mut command = first.clone();
        command.out = command.out.map(|(path, _)| (path, true));
        console.running = Some(Running { follow, command, pipe: pipe.to_vec(), rest: VecDeque::new() });
    }
    through(console, world, (first, reply), pipe, output);
}

/// What a command wrote goes through those behind it.
fn through(
    console: &mut Console,
    world: &mut World,
    (first, mut reply): (&Command, Reply),
    pipe: &[Command],
    output: &mut Output,
) {
    let mut wrote = first;
    for next in pipe {
        said(wrote, &reply, output);
        reply = command(console, world, next, Some(reply.out));
        wrote = next;
    }
    // A remark stands before what was asked for, and a failure behind what was done before it.
    let fails = reply.code != 0;
    if fails {
        output.text.push_str(&reply.out);
    }
    said(wrote, &reply, output);
    if !fails {
        output.text.push_str(&reply.out);
    }
}

/// What of a reply is not passed on.
fn said(command: &Command, reply: &Reply, output: &mut Output) {
    if !command.quiet {
        output.text.push_str(&reply.err);
    }
    output.code = reply.code;
    output.effects.extend(reply.effects.iter().cloned());
}

fn command(console: &mut Console, world: &mut World, command: &Command, passed: Option<String>) -> Reply {
    let mut input = command.here.clone().or(passed);
    let vars = console.machine().vars.clone();
    if let Some(path) = command.input.as_ref().and_then(|path| expanded(path, &vars)) {
        match console.files(world).read(&path) {
            Ok(text) => input = Some(text),
            Err(why) => return Reply::failed(format!("bash: {path}: {why}")),
        }
    }
    let words: Vec<String> = command.words.iter().filter_map(|word| expanded(word, &vars)).collect();
    let set = words.iter().take_while(|word| assignment(word).is_some()).count();
    let (set, words) = words.split_at(set);
    console.machine().vars.extend(set.iter().filter_map(|word| assignment(word)));
    let reply = commands::run(console, world, words, input.as_deref());
    if !set.is_empty() && !words.is_empty() {
        // What stands before a command is its own.
        console.machine().vars = vars;
    }
    redirected(console, world, command, reply)
}

/// `NAME=VALUE`.
pub(super) fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_name = letters && name.starts_with(|c: char| !c.is_ascii_digit());
    is_name.then(|| (name.to_owned(), value.to_owned()))
}

/// A reply whose text goes into a file when the command says so.
fn redirected(console: &mut Console, world: &mut World, command: &Command, mut reply: Reply) -> Reply {
    if let Some((path, append)) = &command.out {
        let path = &expanded(path, &console.machine().vars).unwrap_or_default();
        let text = std::mem::take(&mut reply.out);
        let mut files = console.files(world);
        let before = if *append { files.read(path).unwrap_or_default() } else { String::new() };
        if let Err(why) = files.write(path, &format!("{before}{text}")) {
            return Reply::failed(format!("bash: {path}: {why}"));
        }
    }
    reply
}
