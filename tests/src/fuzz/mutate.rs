//! Inputs made of other inputs: lines, words and bytes that are taken away, doubled, moved, and put in from elsewhere.
//!
//! It knows nothing of coverage. Alone it is what the test command runs; beside libFuzzer's own changes it is what keeps texts half sensible.

use standfast_core::rng::Rng;

/// Words that somewhere mean something, or stand at the edge of what a number holds.
const WORDS: [&str; 40] = [
    "0",
    "-1",
    "1",
    "2147483648",
    "9223372036854775807",
    "18446744073709551616",
    "1e9",
    "0x10",
    "1.5",
    "null",
    "~",
    "true",
    "no",
    "\"\"",
    "''",
    "[]",
    "{}",
    "{a: b}",
    "&a",
    "*a",
    "<<: *a",
    "!!binary",
    "|",
    ">-",
    "---",
    "...",
    ": ",
    "- ",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{2028}",
    "é",
    "🐚",
    "\\",
    "$(A)",
    "${A}",
    "1Gi",
    "100m",
    "1h2m3s",
];
const BYTES: [u8; 8] = [0, 1, 7, 0x7f, 0x80, 0xc3, 0xfe, 0xff];

/// An input made of one and parts of another, at most so long.
#[must_use]
pub fn mutate(rng: &mut Rng, from: &[u8], other: &[u8], text: bool, longest: usize) -> Vec<u8> {
    let mut bytes = from.to_vec();
    for _ in 0..=rng.below(4) {
        if text && rng.below(8) > 0 {
            if rng.below(2) == 0 { lines(rng, &mut bytes, other) } else { words(rng, &mut bytes, other) }
        } else {
            single(rng, &mut bytes, other);
        }
    }
    bytes.truncate(longest);
    bytes
}

fn at(rng: &mut Rng, end: usize) -> usize {
    usize::try_from(rng.below(end as u64)).unwrap_or(0)
}

fn one_of<'a, T: ?Sized>(rng: &mut Rng, of: &[&'a T]) -> Option<&'a T> {
    of.get(at(rng, of.len())).copied()
}

/// Lines go, come, double and change places.
fn lines(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let others: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
    let (here, there) = (at(rng, lines.len()), at(rng, lines.len()));
    let many = (1 + at(rng, 4)).min(lines.len() - here.min(lines.len()));
    let first = at(rng, others.len());
    let some = &others[first..(first + 1 + at(rng, 6)).min(others.len())];
    match rng.below(5) {
        0 => drop(lines.drain(here..here + many)),
        1 if here < there => lines.swap(here, there),
        2 => {
            let doubled = lines[here..here + many].to_vec();
            lines.splice(there..there, doubled);
        }
        3 => drop(lines.splice(here..here + many, some.iter().copied())),
        _ => drop(lines.splice(here..here, some.iter().copied())),
    }
    *bytes = lines.concat();
}

/// A word becomes another, or gets one behind it.
fn words(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let parts = |of: &[u8]| -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let mut begun = None;
        for (at, byte) in of.iter().chain(b" ").enumerate() {
            let inside = byte.is_ascii_alphanumeric() || *byte >= 0x80;
            match begun {
                None if inside => begun = Some(at),
                Some(start) if !inside => {
                    parts.push((start, at));
                    begun = None;
                }
                None | Some(_) => {}
            }
        }
        parts
    };
    let (own, others) = (parts(bytes), parts(other));
    let Some((start, end)) = own.get(at(rng, own.len())).copied() else { return single(rng, bytes, other) };
    let taken = others.get(at(rng, others.len())).map_or(&b"0"[..], |(start, end)| &other[*start..*end]);
    let word = match rng.below(4) {
        0 => own.get(at(rng, own.len())).map_or_else(Vec::new, |(start, end)| bytes[*start..*end].to_vec()),
        1 => taken.to_vec(),
        _ => one_of(rng, &WORDS).unwrap_or_default().as_bytes().to_vec(),
    };
    let start = if rng.below(4) == 0 { end } else { start };
    bytes.splice(start..end, word);
}

/// Bytes change, come, go, double, and a piece of the other is put in.
fn single(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let here = at(rng, bytes.len());
    let many = (1 + at(rng, 8)).min(bytes.len() - here);
    let byte = if rng.below(2) == 0 {
        BYTES[at(rng, BYTES.len())]
    } else {
        u8::try_from(rng.below(256)).unwrap_or(0)
    };
    match rng.below(6) {
        0 => drop(bytes.drain(here..here + many)),
        1 => bytes.insert(here, byte),
        2 => {
            let doubled = bytes[here..here + many].to_vec();
            bytes.splice(here..here, doubled);
        }
        3 => {
            let first = at(rng, other.len());
            let some = &other[first..(first + 1 + at(rng, 64)).min(other.len())];
            bytes.splice(here..here, some.iter().copied());
        }
        _ => match bytes.get_mut(here) {
            Some(changed) => *changed = byte,
            None => bytes.push(byte),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_in_something_else_comes_out() {
        let mut rng = Rng::new(1);
        let (from, other) = (&b"kind: Pod\nmetadata: {name: web}\n"[..], &b"spec:\n  containers: []\n"[..]);
        for text in [true, false] {
            let made: Vec<_> = (0..500).map(|_| mutate(&mut rng, from, other, text, 40)).collect();
            assert!(made.iter().all(|bytes| bytes.len() <= 40));
            assert!(made.iter().filter(|bytes| **bytes != from).count() > 400);
            assert!(made.iter().any(|bytes| bytes.len() < from.len()));
            for empty in [mutate(&mut rng, &[], &[], text, 40), mutate(&mut rng, &[], other, text, 40)] {
                assert!(empty.len() <= 40);
            }
        }
    }
}
