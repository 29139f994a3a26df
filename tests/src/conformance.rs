//! The verdicts of the real kubelet's code on thousands of manifests, against ours.
//!
//! The small set is part of the repository and runs on every target. The whole recording runs natively when
//! `STANDFAST_CONFORMANCE` names its folder. It compares whether a manifest is accepted, the stage of a refusal, the
//! (field, type) pairs of a validation, and the defaulted Pod; texts must agree on 95 of 100.

mod compare;
mod record;

use wasm_bindgen_test::wasm_bindgen_test;

use compare::Sum;
use record::Record;

use crate::{host, say};

const EXCEPTIONS: &str = include_str!("../conformance/exceptions.txt");
/// Of a hundred refusals, how many must carry the kubelet's own words.
const TEXTS_OF_100: usize = 95;

#[wasm_bindgen_test(unsupported = test)]
fn the_small_set_agrees() {
    let cases = Record::read_all(include_str!("../conformance/cases.jsonl"));
    let mutations = Record::read_all(include_str!("../conformance/mutations.jsonl"));
    let mut sum = Sum::default();
    for record in cases.iter().chain(&mutations) {
        sum.add(record, &record.inline_bytes());
    }
    assert!(sum.records > 200, "only {} records were read", sum.records);
    report(&sum, "small set");
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn the_whole_recording_agrees() {
    let Some(folder) = std::env::var_os("STANDFAST_CONFORMANCE").filter(|folder| !folder.is_empty()) else {
        println!("STANDFAST_CONFORMANCE names no folder: only the small set is compared");
        return;
    };
    let folder = std::path::Path::new(&folder);
    let mut sum = Sum::default();
    for file in ["cases.jsonl", "mutations.jsonl", "real.jsonl"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        for record in Record::read_all(&text) {
            let bytes = if record.is_inline() {
                record.inline_bytes()
            } else {
                std::fs::read(folder.join(&record.file)).unwrap()
            };
            sum.add(&record, &bytes);
        }
    }
    assert!(sum.records > 3_000, "only {} records were read", sum.records);
    report(&sum, "whole recording");
    sum.assert_no_exception_is_stale(EXCEPTIONS);
}

fn report(sum: &Sum, name: &str) {
    say(&format!("standfast-count: conformance verdicts ({name}) {} {}", host(), sum.records));
    say(&format!(
        "standfast-count: kubelet's own texts of {} ({name}) {} {}",
        sum.texts,
        host(),
        sum.same_texts
    ));
    sum.assert_verdicts_agree(EXCEPTIONS);
    let enough = sum.texts * TEXTS_OF_100;
    assert!(100 * sum.same_texts >= enough, "too few texts agree:\n{}", sum.other_texts.join("\n"));
}
