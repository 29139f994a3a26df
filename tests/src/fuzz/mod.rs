//! Functions that must get along with any bytes, for fuzzers: each says what is broken, or panics, or takes too long; or all is well.
//!
//! The same functions run in three ways. The test suites give them the files of `tests/fuzz/corpus/`, among them everything that was ever
//! found. The test command changes these files at random, some hundred times ([`mutate`]). `cargo xtask fuzz` builds them with the compiler's
//! instrumentation and lets libFuzzer look for inputs that reach new code.

mod console;
mod manifest;
pub mod mutate;
mod order;
mod scenario;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub use crate::seeds::check::Broken;

/// Something that takes any bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and its corpus' folder's.
    pub name: &'static str,
    /// Takes the bytes.
    pub run: fn(&[u8]) -> Result<(), Broken>,
    /// Inputs are cut here: longer ones find nothing new and take longer.
    pub longest: usize,
    /// Whether inputs are lines of text, and not single bytes.
    pub text: bool,
}

/// All of them.
pub const TARGETS: [Target; 4] = [
    Target { name: "manifest", run: manifest::run, longest: 4096, text: true },
    Target { name: "scenario", run: scenario::run, longest: 4096, text: true },
    Target { name: "console", run: console::run, longest: 1024, text: true },
    Target { name: "order", run: order::run, longest: 1024, text: false },
];

impl Target {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }

    /// The folder with inputs that are worth keeping.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(self.name)
    }

    /// These inputs with the files' names, in the order of the names.
    pub fn corpus(&self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, fs::read(path)?));
        }
        files.sort();
        Ok(files)
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use std::time::{Duration, Instant};

    use super::TARGETS;

    /// Far more than any input takes in a build that was not optimized.
    const ENDLESS: Duration = Duration::from_secs(20);

    #[test]
    fn what_was_kept_and_found_is_taken() {
        for target in TARGETS {
            let corpus = target.corpus().unwrap_or_else(|error| panic!("{}: {error}", target.name));
            assert!(corpus.len() >= 10, "{}: {} inputs are no corpus", target.name, corpus.len());
            for (name, bytes) in &corpus {
                let begun = Instant::now();
                let broken = (target.run)(bytes);
                assert!(broken.is_ok(), "{}/{name}: {}", target.name, broken.unwrap_err());
                assert!(begun.elapsed() < ENDLESS, "{}/{name} takes {:?}", target.name, begun.elapsed());
            }
            println!("standfast-count: fuzz corpus ({}) native {}", target.name, corpus.len());
        }
    }
}
