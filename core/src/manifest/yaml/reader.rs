//! From bytes to characters, as libyaml's reader does it: UTF-8 or UTF-16, by the byte order mark.
//!
//! The kubelet's YAML library decodes its input in pieces of 512 bytes, when the scanner asks for more. So a mistake of the syntax may be
//! seen before an invalid byte that stands later, but only when it stands in an earlier piece. [`Pieces`] hands the text out in the same
//! pieces. It is **not** a scanner.

use std::io;

/// A line break that scalars keep as it is.
pub(super) const LINE_END: char = '\u{2028}';

/// How many bytes are decoded at once.
const PIECE: usize = 512;

/// The decoded text, with what is needed to hand it out and to find the way back to the bytes.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// All that could be decoded.
    pub all: String,
    /// The end of each piece in `text`.
    ends: Vec<usize>,
    /// Why no more could be decoded, and the byte.
    pub failure: Option<Failure>,
    /// Stands for an escaped `'`, where the text was mended.
    pub mended: Option<char>,
    /// The length before an end was put to the last line.
    pub closed_at: Option<usize>,
    /// How the bytes map to the text.
    origin: Origin,
}

/// Why bytes are no text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure {
    /// In libyaml's words.
    pub problem: &'static str,
    /// The byte where it is.
    pub at: usize,
}

/// How an offset in the text becomes one in the bytes.
#[derive(Clone, Debug)]
enum Origin {
    /// UTF-8: shifted by the length of the byte order mark.
    Shifted(usize),
    /// UTF-16: for each character, where it starts in the text and in the bytes.
    Table(Vec<(usize, usize)>),
}

impl Default for Origin {
    fn default() -> Self {
        Self::Shifted(0)
    }
}

/// One step of decoding.
enum Step {
    /// A character, and how many bytes it took.
    Char(char, usize),
    /// The bytes end within a character.
    Incomplete(&'static str),
    /// No character.
    Invalid(&'static str, usize),
}

impl Text {
    /// Decodes all of `bytes`, or up to the first that is no text.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        let (mark, step): (usize, fn(&[u8]) -> Step) = match bytes {
            [0xEF, 0xBB, 0xBF, ..] => (3, utf8),
            [0xFF, 0xFE, ..] => (2, |bytes| utf16(bytes, u16::from_le_bytes)),
            [0xFE, 0xFF, ..] => (2, |bytes| utf16(bytes, u16::from_be_bytes)),
            _ => (0, utf8),
        };
        let origin = if mark == 2 { Origin::Table(Vec::new()) } else { Origin::Shifted(mark) };
        let mut text = Self { origin, ..Self::default() };
        let mut at = mark;
        let mut window = 0;
        while at < bytes.len() && text.failure.is_none() {
            // The byte order mark is part of the first piece; a character cut by a piece's end is part of the next.
            let end = bytes.len().min(window.max(at.saturating_sub(mark)) + PIECE);
            window = end;
            at = text.decode_piece(bytes, at, end, step);
            if text.failure.is_none() {
                text.ends.push(text.all.len());
            }
            window = window.min(at);
        }
        text
    }

    fn decode_piece(&mut self, bytes: &[u8], from: usize, end: usize, step: fn(&[u8]) -> Step) -> usize {
        let mut at = from;
        while let Some(rest) = bytes.get(at..end).filter(|rest| !rest.is_empty()) {
            match step(rest) {
                Step::Char(c, width) if is_allowed(c) => {
                    if let Origin::Table(table) = &mut self.origin {
                        table.push((self.all.len(), at));
                    }
                    self.all.push(c);
                    at += width;
                }
                Step::Char(..) => {
                    self.failure = Some(Failure { problem: "control characters are not allowed", at });
                    return at;
                }
                Step::Incomplete(_) if end < bytes.len() => return at,
                Step::Incomplete(problem) => {
                    self.failure = Some(Failure { problem, at });
                    return at;
                }
                Step::Invalid(problem, offset) => {
                    self.failure = Some(Failure { problem, at: at + offset });
                    return at;
                }
            }
        }
        at
    }

    /// The byte that the character at `index` of the text starts at.
    pub(super) fn byte_of(&self, index: usize) -> usize {
        let index = index.min(self.closed_at.unwrap_or(self.all.len()));
        match &self.origin {
            Origin::Shifted(mark) => index + mark,
            Origin::Table(table) => match table.binary_search_by_key(&index, |entry| entry.0) {
                Ok(found) => table.get(found).map_or(index, |entry| entry.1),
                Err(_) => table.last().map_or(2, |entry| entry.1 + 2),
            },
        }
    }

    /// The text before an index, and one character behind it, on a line with an end.
    pub(super) fn cut(&self, index: usize, last: char) -> Self {
        let text = format!("{}{last}{LINE_END}", self.all.get(..index).unwrap_or_default());
        let mut ends: Vec<usize> = self.ends.iter().copied().filter(|end| *end < index).collect();
        ends.push(text.len());
        Self { all: text, ends, origin: self.origin.clone(), ..Self::default() }
    }

    /// The same text, mended; the length of everything stays.
    pub(super) fn with(&self, text: String, mended: char) -> Self {
        let (ends, origin) = (self.ends.clone(), self.origin.clone());
        Self {
            all: text,
            ends,
            failure: self.failure,
            mended: Some(mended),
            closed_at: self.closed_at,
            origin,
        }
    }

    /// The same text with [`LINE_END`] behind it.
    pub(super) fn closed(&self) -> Self {
        let mut text = self.all.clone();
        text.push(LINE_END);
        let mut ends = self.ends.clone();
        ends.pop();
        ends.push(text.len());
        Self {
            all: text,
            ends,
            failure: self.failure,
            mended: self.mended,
            closed_at: Some(self.all.len()),
            origin: self.origin.clone(),
        }
    }

    /// Takes the mending out of a scalar.
    pub(super) fn unmend(&self, value: String, in_double_quotes: bool) -> String {
        match self.mended {
            Some(mark) if value.contains(mark) => {
                value.replace(mark, if in_double_quotes { "'" } else { "\\'" })
            }
            _ => value,
        }
    }

    /// The text, piece by piece.
    pub(super) fn pieces(&self) -> Pieces<'_> {
        Pieces { text: self, at: 0, piece: 0 }
    }
}

/// The characters that YAML 1.1 takes.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn utf8(bytes: &[u8]) -> Step {
    let lead = bytes.first().copied().unwrap_or_default();
    let (width, initial, least) = match lead {
        0x00..=0x7F => return Step::Char(char::from(lead), 1),
        0xC0..=0xDF => (2, lead & 0x1F, 0x80),
        0xE0..=0xEF => (3, lead & 0x0F, 0x800),
        0xF0..=0xF7 => (4, lead & 0x07, 0x1_0000),
        _ => return Step::Invalid("invalid leading UTF-8 octet", 0),
    };
    let Some(octets) = bytes.get(1..width) else {
        return Step::Incomplete("incomplete UTF-8 octet sequence");
    };
    let mut value = u32::from(initial);
    for (index, octet) in octets.iter().enumerate() {
        if octet & 0xC0 != 0x80 {
            return Step::Invalid("invalid trailing UTF-8 octet", index + 1);
        }
        value = value << 6 | u32::from(octet & 0x3F);
    }
    if value < least {
        return Step::Invalid("invalid length of a UTF-8 sequence", 0);
    }
    char::from_u32(value).map_or(Step::Invalid("invalid Unicode character", 0), |c| Step::Char(c, width))
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> Step {
    let [first, second, rest @ ..] = bytes else { return Step::Incomplete("incomplete UTF-16 character") };
    let high = join([*first, *second]);
    if (0xDC00..0xE000).contains(&high) {
        return Step::Invalid("unexpected low surrogate area", 0);
    }
    if !(0xD800..0xDC00).contains(&high) {
        return char::from_u32(u32::from(high))
            .map_or(Step::Invalid("invalid Unicode character", 0), |c| Step::Char(c, 2));
    }
    let [third, fourth, ..] = rest else { return Step::Incomplete("incomplete UTF-16 surrogate pair") };
    match char::decode_utf16([high, join([*third, *fourth])]).next() {
        Some(Ok(c)) => Step::Char(c, 4),
        _ => Step::Invalid("expected low surrogate area", 2),
    }
}

/// Hands a [`Text`] out piece by piece; fails where it ends in something that is no text.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    text: &'a Text,
    at: usize,
    piece: usize,
}

impl io::BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.text.ends.get(self.piece).is_some_and(|end| *end <= self.at) {
            self.piece += 1;
        }
        match self.text.ends.get(self.piece) {
            Some(end) => Ok(self.text.all.as_bytes().get(self.at..*end).unwrap_or_default()),
            None if self.text.failure.is_some() => Err(io::ErrorKind::InvalidData.into()),
            None => Ok(&[]),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl io::Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use io::BufRead;
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}
