//! The file: front matter, prose, and fenced blocks.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use super::{
    Scenario, Target,
    error::{ScenarioError, nearest},
    steps,
};
use crate::config::Config;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    #[serde(default = "sim_only")]
    targets: Vec<Target>,
    #[serde(default)]
    covers: Vec<u32>,
    #[serde(default)]
    claims: Vec<u32>,
    #[serde(default)]
    learners: Vec<u32>,
    #[serde(default = "one")]
    seed: u64,
}

fn sim_only() -> Vec<Target> {
    vec![Target::Sim]
}

fn one() -> u64 {
    1
}

/// A fenced block: where its text begins, and what its info string says.
struct Block<'a> {
    info: &'a str,
    line: u32,
    lines: Vec<&'a str>,
}

pub(super) fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    let lines: Vec<&str> = text.lines().collect();
    let (front, body) = front_matter(&lines)?;
    let mut config = None;
    let mut files: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    let mut script: Vec<(u32, &str)> = Vec::new();
    for block in blocks(&lines, body)? {
        let mut info = block.info.split_whitespace();
        let kind = info.next().unwrap_or_default();
        let file = info.clone().find_map(|word| word.strip_prefix("file="));
        let fence = lines.get(block.line as usize - 2).copied().unwrap_or_default();
        match (kind, file) {
            (_, Some("")) => return Err(ScenarioError::line(block.line - 1, fence, "the file has no name")),
            (_, Some(name)) => {
                let text = block.lines.iter().fold(String::new(), |all, line| all + line + "\n");
                if files.insert(name.into(), text.into()).is_some() {
                    let error = ScenarioError::line(
                        block.line - 1,
                        fence,
                        format!("there is another block for `{name}`"),
                    );
                    return Err(error.help(format!("give it another name, and `write` it `to {name}`")));
                }
            }
            ("config", None) if config.is_some() => {
                return Err(ScenarioError::line(block.line - 1, fence, "there is another block of settings"));
            }
            ("config", None) => config = Some(settings(&block)?),
            ("steps", None) => script.extend((block.line..).zip(block.lines)),
            (kind, None) if nearest(kind, &["steps", "config"]).is_some() => {
                let meant = nearest(kind, &["steps", "config"]).unwrap_or_default();
                let error =
                    ScenarioError::line(block.line - 1, fence, format!("a block of `{kind}` is only prose"));
                return Err(error.help(format!("did you mean `{meant}`?")));
            }
            _ => {}
        }
    }
    let config = config.unwrap_or_default();
    let steps = steps::parse(&script, &files, &config)?;
    if steps.is_empty() {
        return Err(ScenarioError::line(1, lines.first().unwrap_or(&""), "the scenario has no steps")
            .help("add a fenced block that begins with ```steps"));
    }
    Ok(Scenario {
        title: front.title.into(),
        targets: front.targets,
        covers: front.covers,
        claims: front.claims,
        learners: front.learners,
        seed: front.seed,
        config,
        files,
        steps,
    })
}

/// The front matter, and the number of lines it takes.
fn front_matter(lines: &[&str]) -> Result<(FrontMatter, usize), ScenarioError> {
    const HELP: &str = "begin the file with `---`, `title: ...`, `---`";
    let first = lines.first().copied().unwrap_or_default();
    if first.trim_end() != "---" {
        return Err(ScenarioError::line(1, first, "the scenario has no front matter").help(HELP));
    }
    let Some(end) = lines.iter().skip(1).position(|line| line.trim_end() == "---") else {
        return Err(ScenarioError::line(1, first, "the front matter has no end").help(HELP));
    };
    if end == 0 {
        return Err(ScenarioError::line(1, first, "the front matter is empty").help(HELP));
    }
    let yaml = lines[1..=end].join("\n");
    let front = serde_yaml::from_str(&yaml).map_err(|error| yaml_error(&error, 2, &lines[1..=end]))?;
    Ok((front, end + 2))
}

fn settings(block: &Block<'_>) -> Result<Config, ScenarioError> {
    let yaml = block.lines.join("\n");
    serde_yaml::from_str::<Option<Config>>(&yaml)
        .map(Option::unwrap_or_default)
        .map_err(|error| yaml_error(&error, block.line, &block.lines))
}

fn yaml_error(error: &serde_yaml::Error, first: u32, lines: &[&str]) -> ScenarioError {
    let index = error
        .location()
        .map_or(0, |location| location.line().saturating_sub(1))
        .min(lines.len().saturating_sub(1));
    let line = first + u32::try_from(index).unwrap_or(0);
    ScenarioError::line(line, lines.get(index).unwrap_or(&""), error.to_string())
}

fn blocks<'a>(lines: &[&'a str], from: usize) -> Result<Vec<Block<'a>>, ScenarioError> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize, Block<'a>)> = None;
    for (index, line) in lines.iter().enumerate().skip(from) {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let ticks = line.len() - line.trim_start_matches('`').len();
        match open.take() {
            Some((fence, at, block)) if line.trim_end() == fence => {
                let _ = at;
                blocks.push(block);
            }
            Some((fence, at, mut block)) => {
                block.lines.push(line);
                open = Some((fence, at, block));
            }
            None if ticks >= 3 => {
                let (fence, info) = line.split_at(ticks);
                open = Some((fence, index, Block { info: info.trim(), line: number + 1, lines: Vec::new() }));
            }
            None => {}
        }
    }
    match open {
        None => Ok(blocks),
        Some((_, at, _)) => {
            let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
            Err(ScenarioError::line(line, lines[at], "this block is not closed"))
        }
    }
}
