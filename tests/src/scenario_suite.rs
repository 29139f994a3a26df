//! Every scenario on the simulator: it holds, it plays back the same, and its trace has the digest that is on file.

use std::{collections::BTreeSet, ops::RangeInclusive};

use standfast_core::{
    scenario::{Scenario, SimBed, Target, run},
    trace::replay,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{host, say, scenarios::SCENARIOS};

/// One line a scenario: its name and the digest of its trace. Equal natively and in a browser.
const GOLDEN: &str = include_str!("../golden/digests.txt");

/// The lines of the conformance checklist that must be shown.
const MUST_COVER: [RangeInclusive<u32>; 1] = [1..=45];

fn parse(name: &str) -> Scenario {
    let (_, text) = SCENARIOS.iter().find(|(it, _)| *it == name).expect("a scenario of this name");
    Scenario::parse(text).unwrap_or_else(|error| panic!("{name}.md:{error}"))
}

pub(crate) fn holds_on_the_simulator(name: &str) {
    let scenario = parse(name);
    assert!(scenario.runs_on(Target::Sim), "{name} does not name the simulator as a target");
    let mut bed = SimBed::new(&scenario).expect("a world of one node");
    let report = run(&scenario, &mut bed).unwrap_or_else(|failed| panic!("{name}.md: {failed}"));
    assert!(report.checks > 0, "{name} expects nothing");

    let recording = bed.world().recording();
    let json = serde_json::to_string(&recording).expect("a recording is JSON");
    let read = serde_json::from_str(&json).expect("and JSON is a recording");
    let world = replay(&read).unwrap_or_else(|error| panic!("{name}.md: {error}"));
    assert_eq!(world.view(), bed.world().view(), "{name}: the replayed world looks another way");

    let digest = format!("{:016x}", bed.world().digest());
    println!("digest: {name} {digest}");
    if !updating() {
        let on_file = GOLDEN.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        assert_eq!(
            on_file,
            Some(digest.as_str()),
            "{name}: its trace changed. If that is meant, run the tests with STANDFAST_UPDATE=1"
        );
    }
}

#[cfg(not(target_family = "wasm"))]
fn updating() -> bool {
    std::env::var_os("STANDFAST_UPDATE").is_some()
}

#[cfg(target_family = "wasm")]
fn updating() -> bool {
    false
}

#[wasm_bindgen_test(unsupported = test)]
fn the_checklist_is_covered() {
    let covered: BTreeSet<u32> = SCENARIOS.iter().flat_map(|(name, _)| parse(name).covers).collect();
    let missing: Vec<u32> = MUST_COVER.into_iter().flatten().filter(|line| !covered.contains(line)).collect();
    assert!(missing.is_empty(), "no scenario covers lines {missing:?}");
    say(&format!("standfast-count: scenarios {} {}", host(), SCENARIOS.len()));
}

/// The lines of a table in `docs/` against the scenarios that say which of them they show.
#[cfg(not(target_family = "wasm"))]
fn table_names_its_scenarios(table: &str, what: &str, lines: impl Fn(&Scenario) -> Vec<u32>) {
    let mut shown = 0;
    let mut all = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let Ok(number) = cells[0].parse::<u32>() else { continue };
        let named = cells.last().copied().unwrap_or_default();
        let named: BTreeSet<&str> = named.split(", ").filter(|name| *name != "-").collect();
        let known = SCENARIOS.iter().filter(|(name, _)| lines(&parse(name)).contains(&number));
        let known: BTreeSet<&str> = known.map(|(name, _)| *name).collect();
        assert_eq!(named, known, "{what} {number}: the table names other scenarios than say so");
        all += 1;
        shown += usize::from(!named.is_empty());
    }
    say(&format!("standfast-count: {what}-shown {} {shown}", host()));
    println!("{what}: {shown} of {all} are shown");
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn claims_name_their_scenarios() {
    let table = include_str!("../../docs/claims.md");
    table_names_its_scenarios(table, "claims", |scenario| scenario.claims.clone());
    let table = include_str!("../../docs/learners.md");
    table_names_its_scenarios(table, "learners", |scenario| scenario.learners.clone());
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn every_file_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files = BTreeSet::new();
    for prefix in ["", "kubeadm/", "learners/", "seeds/"] {
        let entries = std::fs::read_dir(folder.join(prefix)).expect("a folder of scenarios");
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        files.extend(names.filter_map(|name| Some(format!("{prefix}{}", name.strip_suffix(".md")?))));
    }
    let listed: BTreeSet<String> = SCENARIOS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, listed, "src/scenarios.rs lists other scenarios than the folder has");
}

/// With `STANDFAST_UPDATE=1` the digests on file become what they are now.
#[cfg(not(target_family = "wasm"))]
#[test]
fn digests_are_written_when_asked() {
    if !updating() {
        return;
    }
    let mut lines = Vec::new();
    for (name, _) in SCENARIOS {
        let scenario = parse(name);
        let mut bed = SimBed::new(&scenario).expect("a world of one node");
        if run(&scenario, &mut bed).is_ok() {
            lines.push(format!("{name} {:016x}\n", bed.world().digest()));
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/digests.txt");
    std::fs::write(path, lines.concat()).expect("the file of digests");
}
