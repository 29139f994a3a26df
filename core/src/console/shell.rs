//! Runs the commands of a line, each with what the one before wrote.

use super::{
    Console, Output,
    commands::{self, Reply},
    parse::{Command, Pipeline, parse},
};
use crate::sim::World;

pub(super) fn run(console: &mut Console, world: &mut World, line: &str) -> Output {
    let mut output = Output::default();
    let pipelines = match parse(line) {
        Ok(pipelines) => pipelines,
        Err(bad) => return Output { text: format!("{bad}\n"), code: 2, ..output },
    };
    for pipeline in pipelines {
        if !pipeline.if_good || output.code == 0 {
            self::pipeline(console, world, &pipeline, &mut output);
        }
    }
    output
}

fn pipeline(console: &mut Console, world: &mut World, pipeline: &Pipeline, output: &mut Output) {
    let mut passed = None;
    for command in &pipeline.commands {
        let reply = self::command(console, world, command, passed.take());
        if !command.quiet {
            output.text.push_str(&reply.err);
        }
        output.code = reply.code;
        output.effects.extend(reply.effects);
        passed = Some(reply.out);
    }
    output.text.push_str(&passed.unwrap_or_default());
}

fn command(console: &mut Console, world: &mut World, command: &Command, passed: Option<String>) -> Reply {
    let mut input = command.here.clone().or(passed);
    if let Some(path) = &command.input {
        match console.files(world).read(path) {
            Ok(text) => input = Some(text),
            Err(why) => return Reply::failed(format!("bash: {path}: {why}")),
        }
    }
    let mut reply = commands::run(console, world, &command.words, input.as_deref());
    if let Some((path, append)) = &command.out {
        let text = std::mem::take(&mut reply.out);
        let mut files = console.files(world);
        let before = if *append { files.read(path).unwrap_or_default() } else { String::new() };
        if let Err(why) = files.write(path, &format!("{before}{text}")) {
            return Reply::failed(format!("bash: {path}: {why}"));
        }
    }
    reply
}
