//! Keeps two kinds of text from the scanner that it would panic on, and gives the answer that it owes.
//!
//! Of libyaml's corner cases, libyaml-safer 0.3 leaves two open: a backslash that ends the file inside double quotes, and a tag directly
//! followed by a comma inside brackets. Both are mistakes for the kubelet's YAML library.

use libyaml_safer::{Encoding, Scanner, TokenData};

use super::{
    event::Problem,
    reader::{Pieces, Text},
};

/// More places than this that look like a tag and a comma are not looked at one by one: the first is taken for one.
const MOST_PLACES: usize = 64;

/// The mistake that the scanner cannot be asked about, if the text has one.
pub(super) fn check(text: &Text) -> Option<Problem> {
    tag_before_comma(text).or_else(|| open_escape(text))
}

/// `[!tag, ...]`: the library wants a blank after a tag.
fn tag_before_comma(text: &Text) -> Option<Problem> {
    let places = places(&text.text);
    let first = places.first().copied()?;
    if places.len() > MOST_PLACES {
        return Some(no_blank(text, first));
    }
    places.into_iter().find(|place| ends_in_tag(text, *place)).map(|place| no_blank(text, place))
}

fn no_blank(text: &Text, place: usize) -> Problem {
    let line = text.text.get(..place).unwrap_or_default().matches('\n').count();
    Problem { text: at_line("did not find expected whitespace or line break", line), at: text.byte_of(place) }
}

/// Where a comma follows something that looks like a tag.
fn places(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (start, _) in text.match_indices('!') {
        let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        if !before.is_ascii_whitespace() && !b"[{,:?".contains(&before) {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let word = rest.find(|c: char| c.is_whitespace() || c == ',').map_or(rest.len(), |end| end);
        if rest.as_bytes().get(word) == Some(&b',') {
            found.push(start + word);
        }
    }
    found
}

/// Whether the last thing before `place` is a tag.
fn ends_in_tag(text: &Text, place: usize) -> bool {
    let before = Text::of(text.text.get(..place).unwrap_or_default());
    let mut scanner = Scanner::<Pieces<'_>>::new();
    scanner.set_input(before.pieces());
    scanner.set_encoding(Encoding::Utf8);
    let mut last = false;
    for token in scanner {
        match token.map(|token| (token.end_mark.index, token.data)) {
            Ok((end, TokenData::Tag { .. })) => last = usize::try_from(end) == Ok(place),
            Ok((_, TokenData::StreamEnd)) | Err(_) => break,
            Ok(_) => {}
        }
    }
    last
}

/// `"...\` at the end of the file.
fn open_escape(text: &Text) -> Option<Problem> {
    if text.failure.is_some() || !text.text.ends_with('\\') {
        return None;
    }
    // No escape is spelled with a `q`: inside double quotes this asks the scanner the same question.
    let probe = Text::of(&format!("{}q", text.text));
    let mut scanner = Scanner::<Pieces<'_>>::new();
    scanner.set_input(probe.pieces());
    scanner.set_encoding(Encoding::Utf8);
    let error =
        scanner.find_map(Result::err).filter(|error| error.problem() == "found unknown escape character")?;
    let mark = error.problem_mark().unwrap_or_default();
    let at = usize::try_from(mark.index).unwrap_or_default();
    let line = usize::try_from(mark.line).unwrap_or_default();
    (at + 2 >= probe.text.len())
        .then(|| Problem { text: at_line(error.problem(), line), at: text.byte_of(at) })
}

/// A scanner's problem, in the words of the YAML library; `line` counts from 0.
fn at_line(problem: &str, line: usize) -> String {
    if line == 0 { format!("yaml: {problem}") } else { format!("yaml: line {}: {problem}", line + 1) }
}
