//! What this process has used: CPU by the kernel's accounts, memory by counting what is allocated and by what is resident.

use std::{alloc::System, time::Duration};

use cap::Cap;

/// Counts what the benchmark holds.
#[global_allocator]
static HELD: Cap<System> = Cap::new(System, usize::MAX);

/// CPU used until now; zero where the kernel does not say.
pub fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0))
}

/// Bytes that are allocated now.
pub fn held() -> usize {
    HELD.allocated()
}

/// Memory that is resident now, in bytes.
pub fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0) * 1_024
}

/// CPU that `work` uses.
pub fn cpu_of(work: impl FnOnce()) -> Duration {
    let before = cpu();
    work();
    cpu().saturating_sub(before)
}
