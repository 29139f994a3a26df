//! Gives fuzz targets what was kept for them, and then so many changes of it; or one file. Without the compiler's instrumentation:
//! `cargo xtask fuzz` has that, and builds and starts this one for single files.

use std::{
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use standfast_core::rng::Rng;
use standfast_tests::fuzz::{TARGETS, Target, mutate::mutate};

const USAGE: &str = "usage: fuzz FOLDER CHANGES SEED | fuzz TARGET FILE";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        [folder, changes, seed] => match (changes.parse(), seed.parse()) {
            (Ok(changes), Ok(seed)) => all(Path::new(folder), changes, seed),
            _ => Err(io::Error::other(USAGE)),
        },
        [name, file] => one(name, file),
        _ => Err(io::Error::other(USAGE)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn one(name: &str, file: &str) -> io::Result<bool> {
    let target = Target::named(name).ok_or_else(|| io::Error::other(format!("`{name}` is no target")))?;
    let begun = Instant::now();
    let broken = (target.run)(&fs::read(file)?);
    match &broken {
        Ok(()) => println!("all is well, after {:?}", begun.elapsed()),
        Err(why) => println!("{why}"),
    }
    Ok(broken.is_ok())
}

fn all(folder: &Path, changes: u64, seed: u64) -> io::Result<bool> {
    fs::create_dir_all(folder)?;
    let runs = TARGETS.map(|target| {
        let folder = folder.to_owned();
        thread::spawn(move || run(target, &folder, changes, seed))
    });
    let mut good = true;
    for run in runs {
        good &= run.join().map_err(|_| io::Error::other("a run of a target ended early"))??;
    }
    Ok(good)
}

/// What runs stands in a file, so that it is known also when the whole program dies of it.
fn run(target: Target, folder: &Path, changes: u64, seed: u64) -> io::Result<bool> {
    let corpus = target.corpus()?;
    let running: PathBuf = folder.join(format!("{}-running", target.name));
    let begun = Instant::now();
    let (mut inputs, mut slowest) = (0_u64, Duration::ZERO);
    let most = changes + corpus.len() as u64;
    let mut kept = corpus.iter().map(|(_, bytes)| bytes.clone());
    loop {
        let mut rng = Rng::new(seed ^ inputs.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut pick = || corpus.get(usize::try_from(rng.below(corpus.len() as u64)).unwrap_or(0));
        let (from, other) = (pick(), pick());
        let bytes = match (kept.next(), from, other) {
            (Some(bytes), _, _) => bytes,
            (None, Some((_, from)), Some((_, other))) if inputs < most => {
                mutate(&mut rng, from, other, target.text, target.longest)
            }
            _ => break,
        };
        fs::write(&running, &bytes)?;
        inputs += 1;
        let since = Instant::now();
        let broken = catch_unwind(AssertUnwindSafe(|| (target.run)(&bytes)));
        slowest = slowest.max(since.elapsed());
        if !matches!(broken, Ok(Ok(()))) {
            let found = folder.join(format!("{}-found-{inputs}", target.name));
            fs::rename(&running, &found)?;
            let why =
                broken.map_or_else(|_| "it panics".to_owned(), |broken| broken.err().unwrap_or_default());
            let why = why.lines().next().unwrap_or_default();
            println!("{}: {why}\n  cargo xtask fuzz {} --file {}", target.name, target.name, found.display());
            return Ok(false);
        }
    }
    fs::remove_file(&running)?;
    let rate = u128::from(inputs) * 1_000 / begun.elapsed().as_millis().max(1);
    println!("{}: {inputs} inputs, {rate} a second, the slowest took {slowest:?}", target.name);
    println!("standfast-count: fuzz inputs ({}) optimized {inputs}", target.name);
    Ok(true)
}
