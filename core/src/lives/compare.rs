//! Whether two tellings of a life agree, and where they differ first.

use std::{collections::BTreeSet, fmt, time::Duration};

use super::{Entry, Said, Told};

/// The kubelet was asked so often how its pods are; what lasted less may not have been seen. A tenth more, because its clock is coarse.
const POLL: Duration = Duration::from_millis(550);

/// How far apart times may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Always: what is seen comes by a relist each second and a poll each half second, and a runtime takes its time.
    pub least: Duration,
    /// After a wait that the kubelet jitters (back-offs and retries last up to a half longer): this much of the shorter wait, in percent.
    pub share: u32,
    /// What lasted less than this may be missing on the acted side.
    pub blink: Duration,
}

impl Bounds {
    /// In virtual time.
    pub const SIMULATOR: Self = Self { least: Duration::from_secs(2), share: 50, blink: POLL };
    /// On a machine that does other things too.
    pub const REAL: Self =
        Self { least: Duration::from_secs(5), share: 60, blink: Duration::from_millis(1500) };

    fn allow(&self, recorded: Duration, acted: Duration, waits: bool) -> bool {
        let share = if waits { recorded.min(acted) * self.share / 100 } else { Duration::ZERO };
        recorded.abs_diff(acted) <= self.least + share
    }
}

/// Where two tellings differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of what: `events`, or a part of a pod.
    pub of: String,
    /// What was recorded.
    pub recorded: String,
    /// What was acted out.
    pub acted: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    recorded  {}\n    acted out {}", self.of, self.recorded, self.acted)
    }
}

/// Where what was acted out differs from what was recorded; `None` when they agree.
#[must_use]
pub fn compare(recorded: &Told, acted: &Told, bounds: Bounds) -> Option<Difference> {
    let pair = Pair { recorded, acted, bounds };
    pair.pods().or_else(|| pair.events())
}

struct Pair<'a> {
    recorded: &'a Told,
    acted: &'a Told,
    bounds: Bounds,
}

/// What was done last before `at`, by its number, and when.
fn deed(deeds: &[Duration], at: Duration) -> (usize, Duration) {
    let before = deeds.iter().filter(|deed| **deed <= at).count();
    (before, before.checked_sub(1).map_or(Duration::ZERO, |last| deeds[last]))
}

impl Pair<'_> {
    /// Whether the time from one change to the next is alike, or else the time since what was done last: of a change that nobody saw, the time
    /// counts from the one before.
    fn in_time(&self, from: (Duration, Duration), to: (Duration, Duration), waits: bool) -> bool {
        let (recorded, acted) = (deed(&self.recorded.deeds, to.0), deed(&self.acted.deeds, to.1));
        if recorded.0 != acted.0 {
            return to.0.abs_diff(to.1) <= self.bounds.least;
        }
        let since = |from: Duration, deed: Duration, to: Duration| to.saturating_sub(from.max(deed));
        self.bounds.allow(since(from.0, recorded.1, to.0), since(from.1, acted.1, to.1), waits)
            || self.bounds.allow(to.0.saturating_sub(recorded.1), to.1.saturating_sub(acted.1), waits)
    }

    fn pods(&self) -> Option<Difference> {
        let (recorded, acted) = (&self.recorded.pods, &self.acted.pods);
        if recorded.len() != acted.len() {
            let count = |pods: usize| format!("{pods} pods");
            return Some(Difference {
                of: "pods of this name".to_owned(),
                recorded: count(recorded.len()),
                acted: count(acted.len()),
            });
        }
        for (at, (recorded, acted)) in recorded.iter().zip(acted).enumerate() {
            let tracks: BTreeSet<&String> = recorded.tracks.keys().chain(acted.tracks.keys()).collect();
            for track in tracks {
                let of = |course: &super::Course| course.tracks.get(track).cloned().unwrap_or_default();
                if let Some((wanted, found)) = self.track(&of(recorded), &of(acted)) {
                    let pod = if at == 0 { String::new() } else { format!("pod {}: ", at + 1) };
                    return Some(Difference { of: format!("{pod}{track}"), recorded: wanted, acted: found });
                }
            }
        }
        None
    }

    /// Lays two tracks along each other. What both have must agree in order and time; what was too short to be seen may be missing, on one
    /// side at a time. Says how far it came when it does not work out.
    fn track(&self, recorded: &[Entry], acted: &[Entry]) -> Option<(String, String)> {
        let mut best = (0, 0);
        let mut tried = BTreeSet::new();
        // Before the beginning stands nothing that agrees with nothing.
        let mut open = self.follow((None, None), recorded, acted);
        while let Some((r, a)) = open.pop() {
            if !tried.insert((r, a)) {
                continue;
            }
            best = best.max((r + 1, a + 1));
            let over = |entries: &[Entry], at: usize, blink: Duration| {
                (at + 1..entries.len()).all(|at| lasted(entries, at).is_some_and(|time| time < blink))
            };
            let (ends_r, ends_a) = (r + 1 == recorded.len(), a + 1 == acted.len());
            if ends_r && (ends_a || over(acted, a, self.bounds.blink)) {
                return None;
            }
            open.extend(self.follow((Some(r), Some(a)), recorded, acted));
        }
        if recorded.is_empty() && acted.is_empty() {
            return None;
        }
        Some((show(recorded, best.0), show(acted, best.1)))
    }

    fn follow(
        &self,
        (r, a): (Option<usize>, Option<usize>),
        recorded: &[Entry],
        acted: &[Entry],
    ) -> Vec<(usize, usize)> {
        let next = |at: Option<usize>| at.map_or(0, |at| at + 1);
        let (first_r, first_a) = (next(r), next(a));
        let time = |entries: &[Entry], at: Option<usize>| at.map_or(Duration::ZERO, |at| entries[at].at);
        let waits = |entries: &[Entry], from: usize, to: usize| {
            entries[from.saturating_sub(1)..to].iter().any(|entry| entry.waits)
        };
        let mut found = Vec::new();
        let meet = |at_r: usize, at_a: usize| {
            let (to_r, to_a) = (&recorded[at_r], &acted[at_a]);
            let waits = waits(recorded, first_r, at_r) || waits(acted, first_a, at_a);
            let from = (time(recorded, r), time(acted, a));
            let alike = to_r.value == to_a.value && self.in_time(from, (to_r.at, to_a.at), waits);
            alike.then_some((at_r, at_a))
        };
        for at in first_a..acted.len() {
            if first_r < recorded.len() {
                found.extend(meet(first_r, at));
            }
            // It was so short that nobody saw it come and go.
            if let Some(r) = r.filter(|r| at > first_a && acted[at].value == recorded[*r].value) {
                found.push((r, at));
            }
            if lasted(acted, at).is_none_or(|time| time >= self.bounds.blink) {
                break;
            }
        }
        for at in first_r..recorded.len() {
            if at > first_r && first_a < acted.len() {
                found.extend(meet(at, first_a));
            }
            if let Some(a) = a.filter(|a| at > first_r && recorded[at].value == acted[*a].value) {
                found.push((at, a));
            }
            if lasted(recorded, at).is_none_or(|time| time > POLL) {
                break;
            }
        }
        found
    }

    /// Events agree in order, repetitions taken once: how often a wait is looked into depends on jitter.
    fn events(&self) -> Option<Difference> {
        let (recorded, acted) = (once(&self.recorded.said), once(&self.acted.said));
        let mut from = (Duration::ZERO, Duration::ZERO);
        for at in 0..recorded.len().max(acted.len()) {
            let (r, a) = (recorded.get(at), acted.get(at));
            let alike = r.zip(a).is_some_and(|(r, a)| {
                let waits = r.again || a.again || is_retried(&r.said.line);
                r.said.line == a.said.line && self.in_time(from, (r.said.at, a.said.at), waits)
            });
            if !alike {
                let show = |it: Option<&Once<'_>>| {
                    it.map_or("nothing more".to_owned(), |it| {
                        format!("{:.1} s {}", it.said.at.as_secs_f32(), it.said.line)
                    })
                };
                return Some(Difference { of: "events".to_owned(), recorded: show(r), acted: show(a) });
            }
            from = r.zip(a).map_or(from, |(r, a)| (r.last, a.last));
        }
        None
    }
}

/// How long an entry lasted; the last one lasts for ever.
fn lasted(entries: &[Entry], at: usize) -> Option<Duration> {
    entries.get(at + 1).map(|next| next.at.saturating_sub(entries[at].at))
}

fn show(entries: &[Entry], at: usize) -> String {
    let shown = |entry: &Entry| format!("{:.1} s {}", entry.at.as_secs_f32(), entry.value);
    let before = at.checked_sub(1).and_then(|at| entries.get(at)).map_or(String::new(), shown);
    let next = entries.get(at).map_or("nothing more".to_owned(), shown);
    format!("{before} → {next}")
}

/// What a sync does that follows a wait.
fn is_retried(line: &str) -> bool {
    const BY_SYNC: [&str; 7] = [
        "Pulling",
        "Pulled",
        "Failed",
        "BackOff",
        "InspectFailed",
        "FailedCreatePodSandBox",
        "SandboxChanged",
    ];
    line.split(' ').nth(1).is_some_and(|reason| BY_SYNC.contains(&reason))
}

#[derive(Clone)]
struct Once<'a> {
    said: &'a Said,
    /// When it was said last.
    last: Duration,
    again: bool,
}

/// The sequence with immediate repetitions of up to four lines taken once.
fn once(lines: &[Said]) -> Vec<Once<'_>> {
    let mut kept: Vec<Once<'_>> = Vec::new();
    for said in lines {
        kept.push(Once { said, last: said.at, again: false });
        while let Some(block) = (1..=4).find(|block| repeats(&kept, *block)) {
            let again = kept.split_off(kept.len() - block);
            let start = kept.len() - block;
            for (kept, again) in kept[start..].iter_mut().zip(again) {
                kept.last = again.last;
                kept.again = true;
            }
        }
    }
    kept
}

fn repeats(kept: &[Once<'_>], block: usize) -> bool {
    let Some(start) = kept.len().checked_sub(2 * block) else { return false };
    let line = |at: usize| &kept[at].said.line;
    (start..start + block).all(|at| line(at) == line(at + block))
}
