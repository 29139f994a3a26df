//! Whether bytes are JSON, and if not: where and why, in the words of Go's `encoding/json` (`scanner.go`).

/// Nesting beyond this is refused; Go's own limit is 10,000, and no field of a Pod is deeper than 20.
const DEPTH_LIMIT: usize = 256;

/// Why bytes are no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Go's words.
    pub text: String,
    /// The byte.
    pub at: usize,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    /// A comma or the end of what is open.
    After,
}

/// Checks all of `bytes`.
pub(super) fn scan(bytes: &[u8]) -> Result<(), Mistake> {
    Scanner { bytes, at: 0, open: Vec::new() }.run()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The brackets that are open.
    open: Vec<u8>,
}

impl Scanner<'_> {
    fn run(&mut self) -> Result<(), Mistake> {
        let mut expect = Expect::Value;
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            let Some(byte) = self.peek() else {
                return if expect == Expect::After && self.open.is_empty() {
                    Ok(())
                } else {
                    Err(self.early_end())
                };
            };
            expect = self.step(expect, byte)?;
        }
    }

    fn step(&mut self, expect: Expect, byte: u8) -> Result<Expect, Mistake> {
        match (expect, byte) {
            (Expect::ValueOrEnd, b']') | (Expect::KeyOrEnd, b'}') => Ok(self.close()),
            (Expect::Value | Expect::ValueOrEnd, _) => self.value(byte),
            (Expect::Key | Expect::KeyOrEnd, b'"') => {
                self.string()?;
                Ok(Expect::Colon)
            }
            (Expect::Key | Expect::KeyOrEnd, _) => {
                Err(self.invalid("looking for beginning of object key string"))
            }
            (Expect::Colon, b':') => {
                self.at += 1;
                Ok(Expect::Value)
            }
            (Expect::Colon, _) => Err(self.invalid("after object key")),
            (Expect::After, _) => self.after(byte),
        }
    }

    fn after(&mut self, byte: u8) -> Result<Expect, Mistake> {
        match (self.open.last(), byte) {
            (Some(b'{'), b',') => {
                self.at += 1;
                Ok(Expect::Key)
            }
            (Some(b'['), b',') => {
                self.at += 1;
                Ok(Expect::Value)
            }
            (Some(b'{'), b'}') | (Some(b'['), b']') => Ok(self.close()),
            (Some(b'{'), _) => Err(self.invalid("after object key:value pair")),
            (Some(_), _) => Err(self.invalid("after array element")),
            (None, _) => Err(self.invalid("after top-level value")),
        }
    }

    fn close(&mut self) -> Expect {
        self.open.pop();
        self.at += 1;
        Expect::After
    }

    fn value(&mut self, byte: u8) -> Result<Expect, Mistake> {
        match byte {
            b'{' | b'[' => {
                self.open.push(byte);
                if self.open.len() > DEPTH_LIMIT {
                    return Err(Mistake { text: "exceeded max depth".into(), at: self.at });
                }
                self.at += 1;
                return Ok(if byte == b'{' { Expect::KeyOrEnd } else { Expect::ValueOrEnd });
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => return Err(self.invalid("looking for beginning of value")),
        }
        Ok(Expect::After)
    }

    fn string(&mut self) -> Result<(), Mistake> {
        self.at += 1;
        loop {
            match self.need()? {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    match self.need()? {
                        b'u' => {
                            for _ in 0..4 {
                                self.at += 1;
                                if !self.need()?.is_ascii_hexdigit() {
                                    return Err(self.invalid("in \\u hexadecimal character escape"));
                                }
                            }
                        }
                        b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                        _ => return Err(self.invalid("in string escape code")),
                    }
                }
                0..=0x1F => return Err(self.invalid("in string literal")),
                _ => {}
            }
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<(), Mistake> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.need()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return Err(self.invalid("in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.need()?.is_ascii_digit() {
                return Err(self.invalid("after decimal point in numeric literal"));
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.need()?, b'+' | b'-') {
                self.at += 1;
            }
            if !self.need()?.is_ascii_digit() {
                return Err(self.invalid("in exponent of numeric literal"));
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), Mistake> {
        for expected in word.chars() {
            if char::from(self.need()?) != expected {
                return Err(self.invalid(&format!("in literal {word} (expecting '{expected}')")));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn need(&self) -> Result<u8, Mistake> {
        self.peek().ok_or_else(|| self.early_end())
    }

    fn early_end(&self) -> Mistake {
        Mistake { text: "unexpected end of JSON input".into(), at: self.bytes.len() }
    }

    fn invalid(&self, context: &str) -> Mistake {
        let byte = self.peek().unwrap_or_default();
        Mistake { text: format!("invalid character {} {context}", quoted(byte)), at: self.at }
    }
}

/// A byte as Go's message quotes it: as the character of that number.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        _ => {
            let text = super::super::at::quote(&char::from(byte).to_string());
            format!("'{}'", text.trim_matches('"'))
        }
    }
}
