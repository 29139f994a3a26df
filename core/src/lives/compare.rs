//! Whether two tellings of a life agree, and where they differ first.

use std::{collections::BTreeSet, fmt, time::Duration};

use super::{Bounds, Ends, Entry, Said, Told};

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

/// When something came that one side has and the other lacks.
#[derive(Clone, Copy)]
enum Only {
    Recorded(Duration),
    Acted(Duration),
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
        let within = |recorded: (Duration, Duration), acted: (Duration, Duration)| {
            let lasted = |(from, to): (Duration, Duration)| to.saturating_sub(from);
            self.bounds.allow(lasted(recorded), lasted(acted), waits, self.work(acted))
        };
        within((from.0.max(recorded.1), to.0), (from.1.max(acted.1), to.1))
            || within((recorded.1, to.0), (acted.1, to.1))
    }

    /// How long the acted life waited for its runtime between two times.
    fn work(&self, (from, to): (Duration, Duration)) -> Duration {
        let within = |(begin, end): &(Duration, Duration)| (*end).min(to).saturating_sub((*begin).max(from));
        self.acted.work.iter().map(within).sum()
    }

    /// Whether something was acted out so shortly that no poll need have seen it.
    fn is_blink(&self, acted: &[Entry], at: usize) -> bool {
        lasted(acted, at)
            .is_some_and(|time| time < self.bounds.blink + self.work((acted[at].at, acted[at].at + time)))
    }

    /// Whether what only one side has may have been to come on the other, had nothing else been done there, or had it not ended.
    fn is_beyond(&self, from: (Duration, Duration), only: Only, waits: bool) -> bool {
        let Some(Ends { recorded, acted }) = self.bounds.ends else { return false };
        let until = |deeds: &[Duration], number: usize, end: Duration| {
            deeds.get(number).map_or(end, |next| next.saturating_sub(Duration::from_millis(1)))
        };
        let to = match only {
            Only::Recorded(at) => (at, until(&self.acted.deeds, deed(&self.recorded.deeds, at).0, acted)),
            Only::Acted(at) => (until(&self.recorded.deeds, deed(&self.acted.deeds, at).0, recorded), at),
        };
        self.in_time(from, to, waits)
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
            let over = (a + 1..acted.len()).all(|at| self.is_blink(acted, at));
            let (ends_r, ends_a) = (r + 1 == recorded.len(), a + 1 == acted.len());
            let only = match (recorded.get(r + 1), acted.get(a + 1)) {
                (Some(next), None) => Some(Only::Recorded(next.at)),
                (None, Some(next)) => Some(Only::Acted(next.at)),
                _ => None,
            };
            let waits = recorded[r].waits || acted[a].waits;
            let beyond = only.is_some_and(|only| self.is_beyond((recorded[r].at, acted[a].at), only, waits));
            if ends_r && (ends_a || over) || beyond {
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
            if !self.is_blink(acted, at) {
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
            if lasted(recorded, at).is_none_or(|time| time > self.bounds.glimpse) {
                break;
            }
        }
        found
    }

    /// Events agree in order, repetitions taken once: how often a wait is looked into depends on jitter.
    fn events(&self) -> Option<Difference> {
        let (recorded, acted) = (in_order(&self.recorded.said), in_order(&self.acted.said));
        let (recorded, acted) = (once(&recorded), once(&acted));
        let (mut rest_r, mut rest_a) = (&*recorded, &*acted);
        let mut from = (Duration::ZERO, Duration::ZERO);
        while !rest_r.is_empty() || !rest_a.is_empty() {
            let (r, a) = (rest_r.first(), rest_a.first());
            if let Some((r, a)) = r.zip(a)
                && r.said.line == a.said.line
                && self.in_time(from, (r.said.at, a.said.at), r.waits() || a.again)
            {
                from = (r.last, a.last);
                (rest_r, rest_a) = (&rest_r[1..], &rest_a[1..]);
                continue;
            }
            // What comes before another deed, or before the end, may be missing when it may have been to come later.
            let number = |it: &Once<'_>, deeds: &[Duration]| deed(deeds, it.said.at).0;
            let number_r = |it: &Once<'_>| number(it, &self.recorded.deeds);
            let number_a = |it: &Once<'_>| number(it, &self.acted.deeds);
            let (of_r, of_a) = (r.map(number_r), a.map(number_a));
            let earlier =
                |it: Option<usize>, than: Option<usize>| it.is_some() && (than.is_none() || it < than);
            let may_lack = |it: Option<&Once<'_>>, only: fn(Duration) -> Only| {
                it.is_some_and(|it| self.is_beyond(from, only(it.said.at), it.waits()))
            };
            // At least one, and up to what the other side has next: the times of deeds are rounded.
            let count = |rest: &[Once<'_>], ends: &dyn Fn(&Once<'_>) -> bool| {
                1 + rest.iter().skip(1).position(ends).unwrap_or(rest.len() - 1)
            };
            let meets =
                |it: &Once<'_>, other: Option<&Once<'_>>| other.is_some_and(|o| o.said.line == it.said.line);
            if earlier(of_r, of_a) && may_lack(r, Only::Recorded) {
                rest_r = &rest_r[count(rest_r, &|it| Some(number_r(it)) != of_r || meets(it, a))..];
            } else if earlier(of_a, of_r) && may_lack(a, Only::Acted) {
                rest_a = &rest_a[count(rest_a, &|it| Some(number_a(it)) != of_a || meets(it, r))..];
            } else {
                return Some(Difference {
                    of: "events".to_owned(),
                    recorded: show_event(r),
                    acted: show_event(a),
                });
            }
        }
        None
    }
}

fn show_event(it: Option<&Once<'_>>) -> String {
    it.map_or("nothing more".to_owned(), |it| format!("{:.1} s {}", it.said.at.as_secs_f32(), it.said.line))
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

impl Once<'_> {
    /// Whether it comes after a wait that the kubelet jitters.
    fn waits(&self) -> bool {
        self.again || is_retried(&self.said.line)
    }
}

/// A pod's containers are stopped all at once, and the kubelet says so in any order: what it says of them at one moment comes sorted.
fn in_order(lines: &[Said]) -> Vec<Said> {
    const MOMENT: Duration = Duration::from_millis(50);
    let stops = |said: &Said| said.line.contains("] Stopping container ");
    let mut moments: Vec<(usize, &Said)> = Vec::new();
    for said in lines {
        let moment = match moments.last() {
            Some((at, last)) if stops(last) && stops(said) && said.at.saturating_sub(last.at) <= MOMENT => {
                *at
            }
            Some((at, _)) => at + 1,
            None => 0,
        };
        moments.push((moment, said));
    }
    crate::sort::by(&mut moments, |(a, of_a), (b, of_b)| (a, &of_a.line).cmp(&(b, &of_b.line)));
    moments.into_iter().map(|(_, said)| said.clone()).collect()
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
