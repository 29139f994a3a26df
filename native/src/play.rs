//! Scenarios from the command line: their timeline, and whether they hold.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use standfast_core::{
    scenario::{Failed, Report, Scenario, ScenarioError, SimBed, Target, line, run},
    sim::SimError,
    time::{GoDuration, Time},
};

use crate::testbed::DockerBed;

/// Why a scenario did not run to its end.
#[derive(Debug)]
pub enum PlayError {
    /// The file cannot be read.
    Read(PathBuf, io::Error),
    /// The file is no scenario.
    Parse(PathBuf, ScenarioError),
    /// Its world cannot be made.
    World(PathBuf, SimError),
    /// No place for it can be made on the engine.
    Bed(PathBuf, io::Error),
    /// It does not hold there, as it says itself.
    Target(PathBuf, Target),
    /// A step did not hold.
    Failed(PathBuf, Box<Failed>),
}

impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Parse(path, error) => write!(f, "{}:{error}", path.display()),
            Self::World(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Bed(path, error) => write!(f, "{}: no place to run in: {error}", path.display()),
            Self::Target(path, target) => {
                write!(f, "{}: not made for this place: its `targets` do not name {target}", path.display())
            }
            Self::Failed(path, failed) => write!(f, "{}: {failed}", path.display()),
        }
    }
}

impl std::error::Error for PlayError {}

/// Reads a scenario.
pub fn read(path: &Path) -> Result<Scenario, PlayError> {
    let text = fs::read_to_string(path).map_err(|error| PlayError::Read(path.to_owned(), error))?;
    Scenario::parse(&text).map_err(|error| PlayError::Parse(path.to_owned(), error))
}

/// Runs a scenario in the simulator, in no time at all.
pub fn simulate(path: &Path, scenario: &Scenario) -> Result<Report, PlayError> {
    allow(path, scenario, Target::Sim)?;
    let mut bed = SimBed::new(scenario).map_err(|error| PlayError::World(path.to_owned(), error))?;
    run(scenario, &mut bed).map_err(|failed| PlayError::Failed(path.to_owned(), failed))
}

/// Runs a scenario on real containers, in real time.
pub fn run_on_docker(path: &Path, scenario: &Scenario, docker_host: &str) -> Result<Report, PlayError> {
    allow(path, scenario, Target::Docker)?;
    let bed = DockerBed::new(scenario, docker_host);
    let mut bed = bed.map_err(|error| PlayError::Bed(path.to_owned(), error))?;
    run(scenario, &mut bed).map_err(|failed| PlayError::Failed(path.to_owned(), failed))
}

fn allow(path: &Path, scenario: &Scenario, target: Target) -> Result<(), PlayError> {
    if scenario.runs_on(target) { Ok(()) } else { Err(PlayError::Target(path.to_owned(), target)) }
}

/// What happened, line by line, with causes.
#[must_use]
pub fn timeline(scenario: &Scenario, report: &Report) -> String {
    let mut text = format!("{}\n\n", scenario.title);
    for record in &report.journal {
        text += &line(record, Time::ZERO);
        text.push('\n');
    }
    let took = GoDuration(Duration::from_millis(
        u64::try_from(report.ended.since_zero().as_millis()).unwrap_or(u64::MAX),
    ));
    text + &format!("\n{} expectations held, at {took} of the node's time\n", report.checks)
}

/// One line for a scenario that held.
#[must_use]
pub fn verdict(path: &Path, scenario: &Scenario, target: Target, report: &Report) -> String {
    format!("held on {target}: {} ({}, {} expectations)", scenario.title, path.display(), report.checks)
}
