//! Processes of containers, seen from the machine, when it is the engine's own.

use std::{fs, io};

use rustix::{
    param::clock_ticks_per_second,
    process::{Pid, Signal, kill_process},
    time::{ClockId, clock_gettime},
};

/// A time of the machine as processes carry their start: in ticks since it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticks(u64);

impl Ticks {
    pub(super) fn now() -> Self {
        let now = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
        let rate = clock_ticks_per_second();
        Self(seconds.saturating_mul(rate).saturating_add(nanos.saturating_mul(rate) / 1_000_000_000))
    }
}

/// Ends the process `pid` of a container, if it was started after `before`.
///
/// The number comes from the engine. On another machine, or seen from inside another container, it means another process: one
/// that is not in the container's control group or that is too old is left alone.
pub(super) fn end(pid: i64, container: &str, before: Ticks) -> io::Result<()> {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let process = process.ok_or_else(|| io::Error::other(format!("{pid} is no process")))?;
    let foreign = || io::Error::other(format!("process {pid} is not one of the container"));
    if container.is_empty() || !fs::read_to_string(format!("/proc/{pid}/cgroup"))?.contains(container) {
        return Err(foreign());
    }
    let started = started(&fs::read_to_string(format!("/proc/{pid}/stat"))?).ok_or_else(foreign)?;
    if started < before {
        return Err(foreign());
    }
    kill_process(process, Signal::KILL).map_err(io::Error::from)
}

/// When a process was started, from its line of status: the 22nd field, where the 2nd is a name in brackets that may hold anything.
fn started(stat: &str) -> Option<Ticks> {
    let (_, after) = stat.rsplit_once(')')?;
    after.split_ascii_whitespace().nth(19)?.parse().ok().map(Ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_carries_its_start() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 9";
        assert_eq!(started(stat), Some(Ticks(4711)));
        assert_eq!(started("7 (cut"), None);
        let own = fs::read_to_string("/proc/self/stat").unwrap();
        assert!(started(&own).unwrap() <= Ticks::now());
    }

    #[test]
    fn only_young_processes_of_the_container_are_ended() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i64::from(child.id());
        assert!(end(pid, "0123456789abcdef", Ticks(0)).is_err(), "another container's");
        assert!(end(pid, "/", Ticks(u64::MAX)).is_err(), "too old");
        assert!(end(pid, "", Ticks(0)).is_err(), "nobody's");
        assert!(child.try_wait().unwrap().is_none(), "it was left alone");
        end(pid, "/", Ticks(0)).unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&child.wait().unwrap()), Some(9));
        assert!(end(0, "/", Ticks(0)).is_err() && end(i64::MAX, "/", Ticks(0)).is_err());
    }
}
