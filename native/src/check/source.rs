//! A file as lines, and places in it as people count them.

use std::borrow::Cow;

use standfast_core::manifest::Span;

/// A file's text. UTF-16 becomes UTF-8, and places with it.
#[derive(Debug)]
pub(super) struct Source<'a> {
    bytes: Cow<'a, [u8]>,
    /// For UTF-16: where each character starts in the file and in `bytes`.
    table: Vec<(usize, usize)>,
}

/// A place: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A line, cut where a span begins and ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) place: Place,
    pub(super) before: String,
    pub(super) inside: String,
    pub(super) after: String,
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let join = match bytes {
            [0xFF, 0xFE, ..] => u16::from_le_bytes,
            [0xFE, 0xFF, ..] => u16::from_be_bytes,
            _ => return Self { bytes: bytes.into(), table: Vec::new() },
        };
        let units = bytes[2..].chunks_exact(2).map(|pair| join([pair[0], pair[1]]));
        let (mut text, mut table, mut at) = (String::new(), Vec::new(), 2);
        for c in char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)) {
            table.push((at, text.len()));
            text.push(c);
            at += 2 * c.len_utf16();
        }
        table.push((at, text.len()));
        Self { bytes: text.into_bytes().into(), table }
    }

    /// Where a span begins.
    pub(super) fn place(&self, span: Span) -> Place {
        self.cut(span).place
    }

    /// The line a span begins in; of a longer span, the part on that line.
    pub(super) fn cut(&self, span: Span) -> Cut {
        let start = self.offset(span.start);
        let end = self.offset(span.end).max(start);
        let line_start = self.bytes[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line_end = self.bytes[start..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(self.bytes.len(), |at| start + at);
        let line = self.bytes[..start].split(|byte| *byte == b'\n').count();
        let text = |from: usize, to: usize| String::from_utf8_lossy(&self.bytes[from..to]).into_owned();
        let before = text(line_start, start).trim_start_matches('\u{feff}').to_owned();
        let place = Place { line, column: before.chars().count() + 1 };
        let inside = text(start, end.min(line_end)).trim_end_matches('\r').to_owned();
        let after = text(end.min(line_end), line_end).trim_end_matches('\r').to_owned();
        Cut { place, before, inside, after }
    }

    fn offset(&self, at: u32) -> usize {
        let at = at as usize;
        let found = self.table.binary_search_by_key(&at, |entry| entry.0);
        let at = match found {
            Ok(index) => self.table[index].1,
            Err(_) => at,
        };
        at.min(self.bytes.len())
    }
}
