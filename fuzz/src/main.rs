//! libFuzzer around a target of `tests/src/fuzz/`, which `STANDFAST_FUZZ_TARGET` names. What the targets are and demand is said there; here is no more
//! than what libFuzzer wants of a program: a function that takes bytes, and one that changes them.

#![no_main]
#![expect(clippy::expect_used, clippy::panic, reason = "libFuzzer learns by a panic that an input is a find")]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use standfast_core::rng::Rng;
use standfast_tests::fuzz::{Target, mutate::mutate};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("STANDFAST_FUZZ_TARGET").expect("STANDFAST_FUZZ_TARGET names a target");
    Target::named(&name).expect("a target of this name")
});
static CORPUS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| TARGET.corpus().expect("a corpus"));

fuzz_target!(|bytes: &[u8]| {
    if let Err(why) = (TARGET.run)(bytes) {
        panic!("{why}");
    }
});

// Half of the time with what libFuzzer has learnt from comparisons, half of the time line by line and word by word.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut rng = Rng::new(seed.into());
    if rng.below(2) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let other = usize::try_from(rng.below(CORPUS.len() as u64)).ok().and_then(|at| CORPUS.get(at));
    let other = other.map_or(&[][..], |(_, bytes)| bytes);
    let made = mutate(&mut rng, data.get(..size).unwrap_or_default(), other, TARGET.text, max_size);
    data[..made.len()].copy_from_slice(&made);
    made.len()
});
