//! Recorded lives on real containers: many at a time, in real time, each on a node of its own.
//!
//! What the recorded machine had, and this one has not, is made for each life apart: folders of the host, and a port that is free.

use std::{
    fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use standfast_core::{
    config::Config,
    lives::{Bounds, Ends, Life, act, compare},
    scenario::Target,
};

use super::{Verdict, beside, verdict};
use crate::testbed::DockerBed;

/// Most of a life's time is waiting.
const AT_A_TIME: usize = 40;
/// How long after the kubelet's list of all containers a manifest comes. Nobody knows it of the recorded ones, and a list that comes while a
/// pod is being started wakes the pod once more: where it crashes, its back-off shows ten seconds earlier.
const SINCE_LIST: [Duration; 3] =
    [Duration::from_millis(600), Duration::from_millis(250), Duration::from_millis(900)];
/// Lives that such a list changes, and most of all on an engine that takes a second to start a pod: they are led from each of these moments
/// at once, and agree when one of them does, as in the simulator.
const LISTED: [&str; 3] = ["lc-cmd-notfound", "lc-crash-loop", "lc-init-fail-always"];
/// Lives begin one after another, as the recorded ones did: many sandboxes at once are slow on any engine.
const APART: Duration = Duration::from_secs(1);
/// What a slow machine does after the end of a recording still counts.
const LATE: Duration = Duration::from_secs(3);

/// What pods mounted of the recorded machine.
const MOUNTED: &str = "/node/lcdata";
/// The port of the recorded machine that pods asked for.
const PORT: &str = "18099";

/// A life, and how long after a list its manifest comes.
type Job<'a> = (&'a Life, Duration);

/// Leads all lives again on real containers. Those that differ though nobody knows why are led once more, with less around them: the kubelet's
/// waits are jittered, and a probe may be late on a machine that does other things too.
#[must_use]
pub fn on_docker(lives: &[Life], docker_host: &str) -> Vec<Verdict> {
    let mut verdicts =
        all_at_once(&jobs(lives.iter(), |life| LISTED.contains(&&*life.name)), lives, docker_host);
    let again = |life: &&Life| {
        let wrong = |it: &Verdict| it.difference.is_some() && it.excuse.is_none();
        verdicts.iter().any(|it| *it.life == *life.name && wrong(it))
    };
    let again = all_at_once(&jobs(lives.iter().filter(again), |_| true), lives, docker_host);
    verdicts.retain(|old| again.iter().all(|it| it.life != old.life));
    verdicts.extend(again);
    verdicts.sort_by(|a, b| a.life.cmp(&b.life));
    verdicts
}

/// The longest first.
fn jobs<'a>(lives: impl Iterator<Item = &'a Life>, often: impl Fn(&Life) -> bool) -> Vec<Job<'a>> {
    let moments = |life| if often(life) { &SINCE_LIST[..] } else { &SINCE_LIST[..1] };
    let mut jobs: Vec<Job<'_>> =
        lives.flat_map(|life| moments(life).iter().map(move |since_list| (life, *since_list))).collect();
    jobs.sort_by_key(|(life, _)| std::cmp::Reverse(life.end));
    jobs
}

/// One verdict of each life: the best.
fn all_at_once(jobs: &[Job<'_>], lives: &[Life], docker_host: &str) -> Vec<Verdict> {
    let queue = Mutex::new((jobs.iter(), Instant::now()));
    let next = || {
        let mut queue = queue.lock().ok()?;
        let job = queue.0.next()?;
        thread::sleep(queue.1.saturating_duration_since(Instant::now()));
        queue.1 = Instant::now() + APART;
        Some(*job)
    };
    let verdicts = Mutex::new(Vec::<Verdict>::new());
    let work = || {
        while let Some((life, since_list)) = next() {
            let difference = lead(life, beside(life, lives), docker_host, since_list);
            let Ok(mut verdicts) = verdicts.lock() else { return };
            let known = verdicts.iter().position(|it| *it.life == *life.name);
            match known.and_then(|at| verdicts.get_mut(at)) {
                None => verdicts.push(verdict(life, Target::Docker, difference)),
                Some(known) if difference.is_none() => *known = verdict(life, Target::Docker, None),
                Some(_) => {}
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(work);
        }
    });
    verdicts.into_inner().unwrap_or_default()
}

fn lead(life: &Life, beside: Option<&Life>, docker_host: &str, since_list: Duration) -> Option<String> {
    let machine = match Machine::of(life) {
        Ok(machine) => machine,
        Err(error) => return Some(format!("nothing to mount: {error}")),
    };
    let config = Config { arch: crate::cli::architecture().into(), ..Config::default() };
    let mut bed = match DockerBed::of(config, docker_host) {
        Ok(bed) => bed,
        Err(error) => return Some(format!("no place to run in: {error}")),
    };
    let mut here = machine.moved(life);
    here.end += LATE;
    let beside = beside.map(|life| machine.moved(life));
    let ends = Ends { recorded: life.end, acted: here.end };
    if beside.is_none() {
        bed.reach(since_list);
    }
    match act(&here, beside.as_ref(), &mut bed) {
        Ok(acted) => compare(&life.told, &acted, Bounds::real(ends)).map(|difference| difference.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

/// What a life needs of its machine. Goes away with it.
struct Machine {
    folder: PathBuf,
    port: String,
}

impl Machine {
    fn of(life: &Life) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("standfast-machine-{}-{number}", std::process::id()));
        let machine = Self { folder, port: free_port()? };
        if mentions(life, MOUNTED) {
            let folder: &Path = &machine.folder;
            fs::create_dir_all(folder.join("dir"))?;
            fs::write(folder.join("dir/in"), "in-dir\n")?;
            fs::write(folder.join("file"), "in-file\n")?;
        }
        Ok(machine)
    }

    /// The same life with what this machine has.
    fn moved(&self, life: &Life) -> Life {
        let moved = |text: &[u8]| {
            let text = String::from_utf8_lossy(text);
            text.replace(MOUNTED, &self.folder.to_string_lossy())
                .replace(PORT, &self.port)
                .into_bytes()
                .into()
        };
        Life { manifest: moved(&life.manifest), second: life.second.as_deref().map(moved), ..life.clone() }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn mentions(life: &Life, what: &str) -> bool {
    String::from_utf8_lossy(&life.manifest).contains(what)
}

fn free_port() -> io::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string())
}
