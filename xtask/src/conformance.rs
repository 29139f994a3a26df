//! `cargo xtask conformance`: which line of the conformance checklist is shown on which host, as a page that is checked in.
//!
//! It puts together what is written down elsewhere: the lines and the reasons of `tests/checklist.txt`, and what scenarios say of themselves.
//! Whether scenarios hold is for the suites to say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::args::Args;
use crate::report;
use crate::trouble::{Outcome, Trouble};

const CHECKLIST: &str = "tests/checklist.txt";
const SCENARIOS: &str = "tests/scenarios";
const PAGE: &str = "docs/conformance.md";

/// Where something is shown. A scenario for the simulator runs natively and as wasm in a browser, so these two are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Host {
    Simulator,
    Docker,
}

const HOSTS: [(Host, &str); 2] = [(Host::Simulator, "simulator"), (Host::Docker, "docker")];

/// A scenario's front matter, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
struct Scenario {
    name: String,
    hosts: Vec<Host>,
    covers: Vec<u32>,
}

#[derive(Debug, Default)]
struct Checklist {
    lines: BTreeMap<u32, String>,
    reasons: BTreeMap<(u32, Host), String>,
}

/// Writes the page.
pub(crate) fn command(args: Args) -> Outcome<()> {
    args.finish()?;
    let root = crate::root();
    let page = page(&root)?;
    fs::write(root.join(PAGE), page).map_err(Trouble::io(PAGE))?;
    counts(&root)?.iter().for_each(|(host, lines, of)| println!("{host}: {lines} of {of} lines"));
    Ok(())
}

/// Fails when the page is not what the command would write.
pub(crate) fn check(root: &Path) -> Outcome<()> {
    let written = fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    if written == page(root)? {
        return Ok(());
    }
    Err(Trouble::new(format!("{PAGE} is stale")).advise("cargo xtask conformance"))
}

/// How many lines each host shows, of how many.
pub(crate) fn counts(root: &Path) -> Outcome<Vec<(&'static str, usize, usize)>> {
    let (checklist, scenarios) = (Checklist::read(root)?, scenarios(root)?);
    let shown =
        |host| checklist.lines.keys().filter(|line| !shown_by(&scenarios, **line, host).is_empty()).count();
    let count = |(host, name)| (name, shown(host), checklist.lines.len());
    Ok(HOSTS.into_iter().map(count).collect())
}

fn page(root: &Path) -> Outcome<String> {
    render(&Checklist::read(root)?, &scenarios(root)?)
}

fn shown_by(scenarios: &[Scenario], line: u32, host: Host) -> Vec<&str> {
    let shows = |it: &&Scenario| it.covers.contains(&line) && it.hosts.contains(&host);
    scenarios.iter().filter(shows).map(|it| it.name.as_str()).collect()
}

fn render(checklist: &Checklist, scenarios: &[Scenario]) -> Outcome<String> {
    let mut page = String::from(
        "# Conformance\n\nWhat a node must do as the kubelet does it, and which scenarios show it where. A scenario of the simulator \
         runs twice: natively, and as wasm in a browser.\nThis page is written by `cargo xtask conformance`.\n\n\
         | # | what must be so | simulator | Docker |\n|---|---|---|---|\n",
    );
    let mut faults = Vec::new();
    let unknown =
        scenarios.iter().flat_map(|it| &it.covers).filter(|line| !checklist.lines.contains_key(line));
    faults.extend(unknown.map(|line| format!("a scenario covers line {line}, and {CHECKLIST} has none")));
    for (line, text) in &checklist.lines {
        let mut cells = Vec::new();
        for (host, name) in HOSTS {
            let shown = shown_by(scenarios, *line, host);
            match (shown.is_empty(), checklist.reasons.get(&(*line, host))) {
                (false, None) => {
                    let links = shown.iter().map(|it| format!("[{it}](../{SCENARIOS}/{it}.md)"));
                    cells.push(links.collect::<Vec<_>>().join(", "));
                }
                (true, Some(reason)) => cells.push(format!("no: {reason}")),
                (true, None) => {
                    faults.push(format!("line {line} is not shown on {name}, and nothing says why"));
                }
                (false, Some(_)) => {
                    faults.push(format!("line {line} is shown on {name}, and a reason says that it is not"));
                }
            }
        }
        // A string takes whatever is written to it.
        let _ = writeln!(page, "| {line} | {text} | {} |", cells.join(" | "));
    }
    let free = scenarios.iter().filter(|it| it.covers.is_empty());
    let free: Vec<String> = free.map(|it| format!("[{0}](../{SCENARIOS}/{0}.md)", it.name)).collect();
    let _ = writeln!(page, "\nBeyond the list: {}.", free.join(", "));
    if faults.is_empty() {
        return Ok(page);
    }
    Err(Trouble::new("the conformance checklist does not add up").output(faults.join("\n")))
}

impl Checklist {
    fn read(root: &Path) -> Outcome<Self> {
        Self::parse(&fs::read_to_string(root.join(CHECKLIST)).map_err(Trouble::io(CHECKLIST))?)
    }

    fn parse(text: &str) -> Outcome<Self> {
        let mut list = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let wrong = || Trouble::new(format!("{CHECKLIST}: not understood: {line}"));
            let (head, text) = line.split_once(": ").ok_or_else(wrong)?;
            let (number, host) = head.split_once(' ').unwrap_or((head, ""));
            let number = number.parse().map_err(|_| wrong())?;
            match host {
                "" => drop(list.lines.insert(number, text.to_owned())),
                host => {
                    let named = HOSTS.into_iter().filter(|(_, name)| host == "any" || host == *name);
                    let before = list.reasons.len();
                    list.reasons.extend(named.map(|(host, _)| ((number, host), text.to_owned())));
                    if list.reasons.len() == before {
                        return Err(wrong());
                    }
                }
            }
        }
        Ok(list)
    }
}

fn scenarios(root: &Path) -> Outcome<Vec<Scenario>> {
    let mut all = Vec::new();
    read_folder(&root.join(SCENARIOS), "", &mut all)?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// The scenarios of a folder and of the folders in it, whose names stand before theirs.
fn read_folder(folder: &Path, prefix: &str, all: &mut Vec<Scenario>) -> Outcome<()> {
    for entry in fs::read_dir(folder).map_err(Trouble::io(folder.display()))? {
        let path = entry.map_err(Trouble::io(folder.display()))?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), all)?;
        } else {
            let text = fs::read_to_string(&path).map_err(Trouble::io(path.display()))?;
            all.push(front_matter(&name, &text)?);
        }
    }
    Ok(())
}

/// `targets: [sim, docker]` and `covers: [1, 2]` between the first two lines of dashes; without targets it is the
/// simulator. The core reads and checks the rest.
fn front_matter(name: &str, text: &str) -> Outcome<Scenario> {
    let front = text.split("---\n").nth(1).unwrap_or_default();
    let list = |key: &str| -> BTreeSet<String> {
        let line = front.lines().find_map(|line| line.strip_prefix(key));
        let words = line.map(|line| line.trim_matches(|c| matches!(c, ' ' | '[' | ']')));
        words.into_iter().flat_map(|words| words.split(',')).map(|word| word.trim().to_owned()).collect()
    };
    let mut hosts = Vec::new();
    let targets = list("targets:");
    if targets.is_empty() {
        hosts.push(Host::Simulator);
    }
    for target in targets {
        hosts.push(match target.as_str() {
            "sim" => Host::Simulator,
            "docker" => Host::Docker,
            other => return Err(Trouble::new(format!("{name}.md: {other} is no target"))),
        });
    }
    let covers = list("covers:").into_iter().filter(|word| !word.is_empty()).map(|word| {
        word.parse().map_err(|_| Trouble::new(format!("{name}.md: covers {word}, which is no number")))
    });
    let mut covers: Vec<u32> = covers.collect::<Outcome<_>>()?;
    covers.sort_unstable();
    Ok(Scenario { name: name.to_owned(), hosts, covers })
}

/// Says how many lines each host shows.
pub(crate) fn note(root: &Path) -> Outcome<()> {
    for (host, lines, of) in counts(root)? {
        report::note(&format!("conformance checklist: {lines} of {of} lines are shown on {host}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(targets: &str) -> Scenario {
        front_matter("web", &format!("---\ntitle: T\ntargets: [{targets}]\ncovers: [10, 2]\n---\nprose\n"))
            .unwrap()
    }

    #[test]
    fn front_matter_says_where_and_what() {
        let hosts = vec![Host::Docker, Host::Simulator];
        assert_eq!(scenario("sim, docker"), Scenario { name: "web".into(), hosts, covers: vec![2, 10] });
        assert!(front_matter("web", "---\ntargets: [moon]\n---\n").is_err());
    }

    #[test]
    fn a_line_is_shown_or_has_a_reason_and_never_both() {
        let page = |targets, list| render(&Checklist::parse(list).unwrap(), &[scenario(targets)]);
        let two = "2: It runs.\n10: It stops.\n";
        assert!(page("sim", two).is_err());
        let reasons = format!("{two}2 docker: too slow\n10 docker: too slow\n");
        assert!(
            page("sim", &reasons)
                .unwrap()
                .contains("| 2 | It runs. | [web](../tests/scenarios/web.md) | no: too slow |")
        );
        assert!(page("sim, docker", &reasons).is_err());
        assert!(page("sim, docker", two).is_ok());
        assert!(page("sim, docker", "2: It runs.\n").is_err());
    }
}
