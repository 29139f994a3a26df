//! The open file: its text in the editor, what is on disk, and what the core says of it.

use std::rc::Rc;

use standfast_core::manifest::{Code, Diagnostic, Severity};

use super::{
    FileKey,
    utf16::{end_of_line, line_of, to_utf16},
};

/// The file in the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// Which.
    pub file: FileKey,
    /// What the editor holds. Lines end in `\n` here whatever they end in on disk.
    pub text: Rc<str>,
    /// Changes with every file that is opened, not with what is typed: the editor then forgets its history.
    pub generation: u32,
    /// What the core says of the text.
    pub problems: Rc<[Problem]>,
    /// Where the cursor should go, in UTF-16 units, and a number that changes with each wish.
    pub reveal: Option<(u32, u32)>,
    /// Whether the file on disk is no text: shown as far as it can be, and not to be written back.
    pub binary: bool,
    saved: Rc<str>,
    crlf: bool,
}

/// One thing the core says of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which of all the things there are to say.
    pub code: Code,
    /// Whether the kubelet refuses the file for it.
    pub severity: Severity,
    /// What is wrong; the kubelet's words when it is an error.
    pub message: Rc<str>,
    /// What to do about it.
    pub help: Option<Rc<str>>,
    /// Where, in UTF-16 units from the beginning.
    pub from: u32,
    /// The same place in bytes.
    pub byte: u32,
    /// The unit after the last.
    pub to: u32,
    /// The line, from 1; none when it has no place.
    pub line: Option<u32>,
}

impl Buffer {
    /// A file as it is on disk.
    #[must_use]
    pub fn open(file: FileKey, bytes: &[u8], generation: u32) -> Self {
        let raw = String::from_utf8_lossy(bytes);
        let (crlf, text) = (raw.contains("\r\n"), normalise(&raw));
        let binary = std::str::from_utf8(bytes).is_err();
        Self {
            file,
            saved: Rc::clone(&text),
            text,
            generation,
            problems: Rc::from([]),
            reveal: None,
            binary,
            crlf,
        }
    }

    /// Whether the editor holds something that is not on disk.
    #[must_use]
    pub fn dirty(&self) -> bool {
        !self.binary && self.text != self.saved
    }

    /// What saving writes: the text, with the line ends that the file had.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        if self.crlf { self.text.replace('\n', "\r\n").into_bytes() } else { self.text.as_bytes().to_vec() }
    }

    /// Takes the editor's text.
    pub fn edit(&mut self, text: &str) {
        self.text = normalise(text);
    }

    /// Notes that the text is on disk now.
    pub fn mark_saved(&mut self) {
        self.saved = Rc::clone(&self.text);
    }

    /// Takes what the core says of the text.
    pub fn set_problems(&mut self, diagnostics: &[Diagnostic]) {
        self.problems = diagnostics.iter().map(|one| Problem::new(&self.text, one)).collect();
    }
}

impl Problem {
    fn new(text: &str, diagnostic: &Diagnostic) -> Self {
        // What stands on several lines is marked on its first: the rest is not what is wrong.
        let (from, to) = diagnostic.span.map_or((0, 0), |span| {
            let end = span.end.clamp(span.start, end_of_line(text, span.start));
            (to_utf16(text, span.start), to_utf16(text, end))
        });
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity,
            message: diagnostic.message.as_str().into(),
            help: diagnostic.help.as_deref().map(Into::into),
            from,
            to,
            byte: diagnostic.span.map_or(0, |span| span.start),
            line: diagnostic.span.map(|span| line_of(text, span.start)),
        }
    }
}

fn normalise(text: &str) -> Rc<str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use standfast_core::manifest::Span;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn file() -> FileKey {
        FileKey { node: "node01".into(), name: "web.yaml".into() }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn line_ends_survive_a_round_through_the_editor() {
        let mut buffer = Buffer::open(file(), b"a: 1\r\nb: 2\r\n", 0);
        assert_eq!(&*buffer.text, "a: 1\nb: 2\n");
        assert!(!buffer.dirty());
        buffer.edit("a: 1\nb: 3\n");
        assert!(buffer.dirty());
        assert_eq!(buffer.bytes(), b"a: 1\r\nb: 3\r\n");
        buffer.mark_saved();
        assert!(!buffer.dirty());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_file_that_is_no_text_is_never_dirty() {
        let mut buffer = Buffer::open(file(), &[0xff, 0xfe, b'a'], 0);
        assert!(buffer.binary);
        buffer.edit("other");
        assert!(!buffer.dirty());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn problems_stand_where_the_browser_counts_them() {
        let text = "# 파드 🐳\nkind: Pdo\n";
        let mut buffer = Buffer::open(file(), text.as_bytes(), 0);
        let start = u32::try_from(text.find("Pdo").unwrap()).unwrap();
        buffer.set_problems(&[Diagnostic {
            code: Code::NotAPod,
            severity: Severity::Error,
            message: "no".into(),
            field: "kind".into(),
            span: Some(Span { start, end: start + 3 }),
            help: None,
        }]);
        let problem = &buffer.problems[0];
        let units: Vec<u16> = text.encode_utf16().collect();
        let shown = &units[problem.from as usize..problem.to as usize];
        assert_eq!(String::from_utf16(shown).unwrap(), "Pdo");
        assert_eq!(problem.line, Some(2));
    }
}
