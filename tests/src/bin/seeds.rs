//! Tells the stories of many seeds on all cores; `cargo xtask seeds` builds and starts it.

use std::{
    panic::catch_unwind,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use standfast_tests::seeds::tell;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let mut number = |default| words.next().and_then(|word| word.parse().ok()).unwrap_or(default);
    let (first, count): (u64, u64) = (number(0), number(10_000));
    let (next, steps, broken) = (AtomicU64::new(first), AtomicU64::new(0), AtomicU64::new(0));
    let begun = Instant::now();
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= first.saturating_add(count) {
            break;
        }
        let Ok(told) = catch_unwind(|| tell(seed)) else {
            broken.fetch_add(1, Ordering::Relaxed);
            println!("seed {seed}: the core panicked\n  cargo xtask seeds --seed {seed}");
            continue;
        };
        steps.fetch_add(told.steps, Ordering::Relaxed);
        if let Some((why, journal)) = told.broken {
            broken.fetch_add(1, Ordering::Relaxed);
            if count == 1 {
                println!("{journal}");
            }
            let why = if count == 1 { why.as_str() } else { why.lines().next().unwrap_or_default() };
            println!("seed {seed}: {why}\n  cargo xtask seeds --seed {seed}");
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let (steps, broken) = (steps.into_inner(), broken.into_inner());
    let rate = u128::from(steps) * 1_000 / begun.elapsed().as_millis().max(1);
    println!("{count} seeds from {first}, {steps} steps, {rate} steps/second, {broken} broken");
    println!("standfast-count: seeded worlds optimized {count}");
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
