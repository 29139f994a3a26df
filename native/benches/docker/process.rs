//! What the system says of a process.

use std::fs;

pub struct Usage {
    /// CPU time in ticks of 10 ms, ended threads included.
    pub ticks: u64,
    /// CPU time of the threads that live, exactly.
    pub nanos: u64,
    pub rss_kib: u64,
    pub pss_kib: u64,
}

impl Usage {
    pub fn of(pid: u32) -> Self {
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap();
        let stat = read("stat");
        let after_name: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks = |at: usize| after_name[at].parse::<u64>().unwrap();
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
        let nanos = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Self {
            ticks: ticks(11) + ticks(12),
            nanos: nanos.sum(),
            rss_kib: kib(&read("status"), "VmRSS:"),
            pss_kib: kib(&read("smaps_rollup"), "Pss:"),
        }
    }
}

fn kib(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
