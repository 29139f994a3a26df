//! Where libyaml-safer 0.3 is not libyaml, and what is done about it.
//!
//! It panics on two mistakes: a backslash that ends the file inside double quotes, and a tag directly followed by a comma inside brackets.
//! Such text is kept from it and answered here. It panics on a block text whose last line has no end, and it does not know the escape
//! `\\'`: such text is mended, so that it reads the same.

use libyaml_safer::{Encoding, ScalarStyle, Scanner, TokenData};

use super::{
    event::Problem,
    reader::{Pieces, Text},
};

/// More places than this that look like a tag and a comma are not looked at one by one: the first is taken for one.
const MOST_PLACES: usize = 64;

/// So many texts in double quotes are mended in one file.
pub(super) const MOST_MENDINGS: usize = 1000;

/// The scanner's words for an escape that it does not know.
pub(super) const UNKNOWN_ESCAPE: &str = "found unknown escape character";

/// The scanner's words for a tag without a blank after it.
const NO_BLANK: &str = "did not find expected whitespace or line break";

/// The text with an end to its last line, when a block text (`|` or `>`) goes to the end of the file without one. It is an end that
/// stays visible in the value, so that it can be taken out again.
pub(super) fn mend_end(text: &Text) -> Option<Text> {
    let is_open = !text.all.is_empty() && !text.all.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
    if text.failure.is_some() || !is_open || !text.all.contains(['|', '>']) {
        return None;
    }
    let mended = text.closed();
    let in_block = scanner(&mended).map_while(Result::ok).any(|token| {
        let is_block = |style| matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let reaches_end = usize::try_from(token.end_mark.index).is_ok_and(|end| end > text.all.len());
        matches!(token.data, TokenData::Scalar { style, .. } if is_block(style)) && reaches_end
    });
    in_block.then_some(mended)
}

/// The text with every `\\'` of the scalar in question replaced by a character of the same length that the file does not have;
/// `None` when the problem is another.
pub(super) fn mend_escape(text: &Text, problem: &Problem) -> Option<Text> {
    let at = problem.escape?;
    let rest = text.all.get(at..).filter(|rest| rest.starts_with("\\'"))?;
    let mark = text.mended.or_else(|| ('\u{400}'..'\u{800}').find(|c| !text.all.contains(*c)))?;
    let mut mended = String::with_capacity(text.all.len());
    mended.push_str(text.all.get(..at)?);
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\'') => mended.push(mark),
                other => mended.extend([Some(c), other].into_iter().flatten()),
            },
            '"' => {
                mended.push(c);
                break;
            }
            _ => mended.push(c),
        }
    }
    mended.push_str(chars.as_str());
    Some(text.with(mended, mark))
}

/// A text that the scanner can be asked about instead, when it cannot be asked about this one. It is wrong in the same way at the same
/// place; should the scanner take it all the same, the answer is the problem.
pub(super) fn instead(text: &Text) -> Option<(Text, Problem)> {
    tag_before_comma(text).or_else(|| open_escape(text))
}

/// `[!tag, ...]`: the library wants a blank after a tag.
fn tag_before_comma(text: &Text) -> Option<(Text, Problem)> {
    let places = places(&text.all);
    let first = places.first().copied()?;
    let place = if places.len() > MOST_PLACES {
        first
    } else {
        places.into_iter().find(|place| ends_in_tag(text, *place))?
    };
    Some((text.cut(place, '|'), Problem::new(format!("yaml: {NO_BLANK}"), text.byte_of(place))))
}

/// Where a comma follows something that looks like a tag.
fn places(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (start, _) in text.match_indices('!') {
        let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        if !before.is_ascii_whitespace() && !b"[]{},:?\"'".contains(&before) {
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

/// Whether a tag ends at `place`: with something there that no tag has, the scanner says so.
fn ends_in_tag(text: &Text, place: usize) -> bool {
    error_of(&text.cut(place, '|'), NO_BLANK) == Some(place)
}

/// Where the scanner stops at a text with this problem.
fn error_of(text: &Text, problem: &str) -> Option<usize> {
    let error = scanner(text).find_map(Result::err).filter(|error| error.problem() == problem);
    error.and_then(|error| error.problem_mark()).and_then(|mark| usize::try_from(mark.index).ok())
}

fn scanner(text: &Text) -> Scanner<Pieces<'_>> {
    let mut scanner = Scanner::new();
    scanner.set_input(text.pieces());
    scanner.set_encoding(Encoding::Utf8);
    scanner
}

/// `"...\` at the end of the file.
fn open_escape(text: &Text) -> Option<(Text, Problem)> {
    if text.failure.is_some() || !text.all.ends_with('\\') {
        return None;
    }
    // No escape is spelled with a `q`: inside double quotes this asks the scanner the same question.
    let probe = text.cut(text.all.len(), 'q');
    let at = error_of(&probe, UNKNOWN_ESCAPE).filter(|at| at + 1 == text.all.len())?;
    Some((probe, Problem::new(format!("yaml: {UNKNOWN_ESCAPE}"), text.byte_of(at))))
}
