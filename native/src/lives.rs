//! `standfast replay-kubelet`: recorded lives of pods, led again in the simulator or on real containers.
//!
//! What is compared, and how closely, says [`standfast_core::lives`].

mod real;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use standfast_core::{
    config::Config,
    lives::{Bounds, Difference, Life, LifeError, Texts, act, compare},
    scenario::{BedError, SimBed, Target, Testbed as _},
    sim::SimError,
    trace::Input,
};

use crate::cli::DOCKER_HOST;
pub use real::on_docker;

/// Which recordings to compare with, and where.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// A folder with one folder for each recorded pod (manifest.yaml, timeline.jsonl, events.txt), or one such folder.
    pub dir: PathBuf,
    /// Lead the lives on real containers instead of in the simulator.
    #[arg(long)]
    pub docker: bool,
    /// Where Docker answers: a socket (unix:) or an address (tcp:).
    #[arg(long, value_name = "URL", env = "DOCKER_HOST", default_value = DOCKER_HOST)]
    pub docker_host: String,
    /// On real containers, leave out what comes after this many seconds of each life.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub cut: u64,
}

/// Why recordings cannot be compared with.
#[derive(Debug)]
pub enum ReplayError {
    /// A file or folder cannot be read.
    Read(PathBuf, io::Error),
    /// There is no recording in it.
    Nothing(PathBuf),
    /// A recording is broken.
    Broken(PathBuf, LifeError),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "{} cannot be read: {error}", path.display()),
            Self::Nothing(path) => write!(
                f,
                "{}: no recordings in it; give a folder whose folders hold manifest.yaml, timeline.jsonl and events.txt",
                path.display()
            ),
            Self::Broken(path, error) => write!(f, "{}/{error}", path.display()),
        }
    }
}

impl std::error::Error for ReplayError {}

/// Worlds that differ only in their jitter, and in when within a second the pod comes: a recorded life agrees when one of them leads it.
const SEEDS: u32 = 40;
/// Lives during which another pod ran that matters to them.
const BESIDE: [(&str, &str); 1] = [("lc-hostport-b", "lc-hostport-a")];

/// An image that was made for recordings only, and the one that stands in for it.
const STAND_IN: (&str, &str) = ("busybox:lc2", "busybox:1.36");

/// Reads all recordings of a folder, or the one that it is.
pub fn read(dir: &Path) -> Result<Vec<Life>, ReplayError> {
    if dir.join("timeline.jsonl").is_file() {
        return Ok(vec![read_one(dir)?]);
    }
    let unreadable = |error| ReplayError::Read(dir.to_owned(), error);
    let mut folders = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join("timeline.jsonl").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    if folders.is_empty() {
        return Err(ReplayError::Nothing(dir.to_owned()));
    }
    folders.iter().map(|path| read_one(path)).collect()
}

fn read_one(dir: &Path) -> Result<Life, ReplayError> {
    let text = |file: &str| {
        let path = dir.join(file);
        let text = fs::read_to_string(&path).map_err(|error| ReplayError::Read(path, error))?;
        Ok(text.replace(STAND_IN.0, STAND_IN.1))
    };
    let second = dir.join("manifest2.yaml").is_file().then(|| text("manifest2.yaml")).transpose()?;
    let texts = Texts {
        manifest: text("manifest.yaml")?.into_bytes(),
        second: second.map(String::into_bytes),
        timeline: text("timeline.jsonl")?,
        events: text("events.txt")?,
    };
    let whole = fs::canonicalize(dir).map_err(|error| ReplayError::Read(dir.to_owned(), error))?;
    let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Life::read(&name, texts).map_err(|error| ReplayError::Broken(dir.to_owned(), error))
}

/// What became of one life.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its name.
    pub life: String,
    /// How it differs; `None` when it agrees.
    pub difference: Option<String>,
    /// Why it may differ, when that is known.
    pub excuse: Option<&'static str>,
}

impl Verdict {
    /// Whether somebody should look at it: it differs and nobody knows why, or it agrees although somebody thought that it could not.
    #[must_use]
    pub const fn is_unexpected(&self) -> bool {
        self.difference.is_some() != self.excuse.is_some()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.difference, self.excuse) {
            (None, None) => write!(f, "{}: agrees", self.life),
            (None, Some(excuse)) => write!(f, "{}: agrees, although it was thought that {excuse}", self.life),
            (Some(difference), None) => write!(f, "{}: {difference}", self.life),
            (Some(difference), Some(excuse)) => {
                write!(f, "{}: {difference}\n    known      {excuse}", self.life)
            }
        }
    }
}

/// Leads all lives again, in the simulator.
#[must_use]
pub fn simulate(lives: &[Life]) -> Vec<Verdict> {
    lives.iter().map(|life| verdict(life, Target::Sim, in_simulator(life, beside(life, lives)))).collect()
}

fn beside<'a>(life: &Life, lives: &'a [Life]) -> Option<&'a Life> {
    let (_, other) = BESIDE.iter().find(|(name, _)| *name == &*life.name)?;
    lives.iter().find(|life| &*life.name == *other)
}

fn verdict(life: &Life, target: Target, difference: Option<String>) -> Verdict {
    let race = difference.as_ref().and_then(|_| known::race(&life.name, target));
    let excuse = known::excuse(&life.name, target).or(race);
    Verdict { life: life.name.to_string(), difference, excuse }
}

fn in_simulator(life: &Life, beside: Option<&Life>) -> Option<String> {
    let mut first = None;
    for seed in 1..=SEEDS {
        match simulated(life, beside, seed) {
            Ok(None) => return None,
            Ok(Some(difference)) => first = first.or(Some(difference.to_string())),
            Err(error) => return Some(error.to_string()),
        }
    }
    first
}

fn simulated(life: &Life, beside: Option<&Life>, seed: u32) -> Result<Option<Difference>, BedError> {
    let failed = |error: SimError| BedError::from(error);
    let mut bed = SimBed::of(Config::default(), u64::from(seed)).map_err(failed)?;
    // The kubelet looks at its containers each second; nobody knows when within it the recorded manifest came.
    let begin = bed.now() + Duration::from_millis(u64::from(seed % 10) * 100);
    while bed.advance(begin) < begin {}
    for image in beside.into_iter().chain([life]).flat_map(Life::images) {
        bed.apply(&Input::Preload { image })?;
    }
    let acted = act(life, beside, &mut bed)?;
    Ok(compare(&life.told, &acted, Bounds::SIMULATOR))
}

/// Reads, leads, compares and prints. True when nothing is unexpected.
pub fn replay(args: &ReplayArgs) -> Result<bool, ReplayError> {
    let mut lives = read(&args.dir)?;
    let verdicts = if args.docker {
        for life in &mut lives {
            life.cut(Duration::from_secs(args.cut));
        }
        on_docker(&lives, &args.docker_host)
    } else {
        simulate(&lives)
    };
    for verdict in verdicts.iter().filter(|it| it.difference.is_some() || it.excuse.is_some()) {
        println!("{verdict}");
    }
    let agreed = verdicts.iter().filter(|verdict| verdict.difference.is_none()).count();
    println!("{agreed}/{} agreed", verdicts.len());
    Ok(!verdicts.iter().any(Verdict::is_unexpected))
}

mod known {
    //! Lives that differ, and why.

    use standfast_core::scenario::Target;

    const SIMULATOR: &[(&str, &str)] = &[];
    const DOCKER: &[(&str, &str)] = &[];

    /// On an engine a life is led once or twice, and a race may go either way: these may differ, and need not.
    const RACES: &[(&str, &str)] = &[
        (
            "lc-sec-caps",
            "its four containers end at once: which of them are seen to run hangs on how long the engine takes to start each",
        ),
        (
            "lc-ready-late",
            "a probe came while its container was being stopped, and found it ended: none may come then, or sooner, every other second",
        ),
        ("lc-startup-slow", "a liveness result from before its start killed the third run, which is a race"),
        (
            "lc-probe-grace",
            "its runs took 9 s each, and from 10 s on there is no back-off: a start that takes 0.7 s longer misses a probe, 3 s of the run",
        ),
    ];

    /// Why a life that differs may do so although it need not.
    pub(super) fn race(life: &str, target: Target) -> Option<&'static str> {
        let list = if target == Target::Docker { RACES } else { &[] };
        list.iter().find(|(name, _)| *name == life).map(|(_, why)| *why)
    }

    pub(super) fn excuse(life: &str, target: Target) -> Option<&'static str> {
        let list = match target {
            Target::Docker => DOCKER,
            Target::Sim => SIMULATOR,
        };
        list.iter().find(|(name, _)| *name == life).map(|(_, why)| *why)
    }
}
