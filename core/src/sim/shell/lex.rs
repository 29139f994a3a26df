//! A shell script as words and operators.

use std::sync::Arc;

use super::{Program, SyntaxError, parse};

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Word(pub(super) Vec<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text as it stands; `true` when it was quoted.
    Text(String, bool),
    /// `$NAME`, `${NAME}` or `${NAME:-word}`.
    Var { name: String, default: Option<Word>, quoted: bool },
    /// `$(command)`.
    Command { program: Arc<Program>, quoted: bool },
    /// `$((expression))`.
    Arithmetic(Word),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(Word),
    /// `;`, `&`, `&&`, `|`, `||`, `(`, `)`, or a newline as `;`.
    Op(&'static str),
    /// The descriptor and the operator; the target is the next word.
    Redirect(u8, &'static str),
}

impl Word {
    /// The text of a word that is one unquoted piece: what keywords are.
    pub(super) fn bare(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text, false)] => Some(text),
            _ => None,
        }
    }
}

pub(super) fn tokens(script: &str, depth: u32) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { chars: script.chars().collect(), at: 0, depth };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    depth: u32,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(n, c)| self.chars.get(self.at + n) == Some(&c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn token(&mut self) -> Result<Option<Token>, SyntaxError> {
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.chars.get(self.at + 1) == Some(&'\n') => self.at += 2,
                '#' => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        let Some(first) = self.peek() else { return Ok(None) };
        let digit = first.to_digit(10).filter(|_| matches!(self.chars.get(self.at + 1), Some('<' | '>')));
        if let Some(fd) = digit {
            self.at += 1;
            return Ok(self.redirect(u8::try_from(fd).unwrap_or(1)));
        }
        for (text, op) in [
            ("&&", "&&"),
            ("||", "||"),
            (";", ";"),
            ("\n", ";"),
            ("&", "&"),
            ("|", "|"),
            ("(", "("),
            (")", ")"),
        ] {
            if self.eat(text) {
                return Ok(Some(Token::Op(op)));
            }
        }
        if matches!(first, '<' | '>') {
            return Ok(self.redirect(u8::from(first == '>')));
        }
        self.word().map(|word| Some(Token::Word(word)))
    }

    fn redirect(&mut self, fd: u8) -> Option<Token> {
        [">>", ">&", ">", "<"].into_iter().find(|op| self.eat(op)).map(|op| Token::Redirect(fd, op))
    }

    fn word(&mut self) -> Result<Word, SyntaxError> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.at += 1;
                    let text = self.until('\'')?;
                    parts.push(Part::Text(text, true));
                }
                '"' => {
                    self.at += 1;
                    self.double_quoted(&mut parts)?;
                }
                '$' => self.dollar(&mut parts, false)?,
                '`' => {
                    self.at += 1;
                    let script = self.until('`')?;
                    parts.push(self.substitution(&script, false)?);
                }
                '\\' => {
                    self.at += 1;
                    if let Some(c) = self.peek() {
                        self.at += 1;
                        push(&mut parts, c, true);
                    }
                }
                c => {
                    self.at += 1;
                    push(&mut parts, c, false);
                }
            }
        }
        Ok(Word(parts))
    }

    fn double_quoted(&mut self, parts: &mut Vec<Part>) -> Result<(), SyntaxError> {
        parts.push(Part::Text(String::new(), true));
        loop {
            let Some(c) = self.peek() else { return Err(SyntaxError::Unterminated) };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '$' => self.dollar(parts, true)?,
                '`' => {
                    self.at += 1;
                    let script = self.until('`')?;
                    parts.push(self.substitution(&script, true)?);
                }
                '\\' if matches!(self.chars.get(self.at + 1), Some('"' | '\\' | '$' | '`')) => {
                    push(parts, self.chars[self.at + 1], true);
                    self.at += 2;
                }
                c => {
                    self.at += 1;
                    push(parts, c, true);
                }
            }
        }
    }

    fn dollar(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Result<(), SyntaxError> {
        self.at += 1;
        if self.eat("((") {
            let text = self.balanced(')')?;
            if !self.eat(")") {
                return Err(SyntaxError::Unterminated);
            }
            let word = self.nested_word(&text)?;
            parts.push(Part::Arithmetic(word));
        } else if self.eat("(") {
            let script = self.balanced(')')?;
            parts.push(self.substitution(&script, quoted)?);
        } else if self.eat("{") {
            let text = self.balanced('}')?;
            let (name, default) = text.split_once(":-").map_or((text.as_str(), None), |(n, d)| (n, Some(d)));
            let default = default.map(|text| self.nested_word(text)).transpose()?;
            parts.push(Part::Var { name: name.to_owned(), default, quoted });
        } else {
            let special = self.peek().filter(|c| "?$!#@*".contains(*c) || c.is_ascii_digit());
            let mut name = String::new();
            if let Some(c) = special {
                self.at += 1;
                name.push(c);
            } else {
                while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    self.at += 1;
                    name.push(c);
                }
            }
            if name.is_empty() {
                push(parts, '$', quoted);
            } else {
                parts.push(Part::Var { name, default: None, quoted });
            }
        }
        Ok(())
    }

    /// A word that may hold spaces, such as an expression or a default.
    fn nested_word(&self, text: &str) -> Result<Word, SyntaxError> {
        if self.depth == 0 {
            return Err(SyntaxError::TooDeep);
        }
        let mut lexer = Self { chars: format!("{text}\"").chars().collect(), at: 0, depth: self.depth - 1 };
        let mut parts = Vec::new();
        lexer.double_quoted(&mut parts)?;
        Ok(Word(parts))
    }

    fn substitution(&self, script: &str, quoted: bool) -> Result<Part, SyntaxError> {
        if self.depth == 0 {
            return Err(SyntaxError::TooDeep);
        }
        let program = Arc::new(parse::program(script, self.depth - 1)?);
        Ok(Part::Command { program, quoted })
    }

    fn until(&mut self, end: char) -> Result<String, SyntaxError> {
        let start = self.at;
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == end {
                return Ok(self.chars[start..self.at - 1].iter().collect());
            }
        }
        Err(SyntaxError::Unterminated)
    }

    /// The text up to the bracket that closes the one just eaten, which is eaten too.
    fn balanced(&mut self, close: char) -> Result<String, SyntaxError> {
        let open = if close == ')' { '(' } else { '{' };
        let (start, mut depth) = (self.at, 0_u32);
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == '\'' && close == ')' {
                self.until('\'')?;
            } else if c == open {
                depth += 1;
            } else if c == close {
                if depth == 0 {
                    return Ok(self.chars[start..self.at - 1].iter().collect());
                }
                depth -= 1;
            }
        }
        Err(SyntaxError::Unterminated)
    }
}

fn push(parts: &mut Vec<Part>, c: char, quoted: bool) {
    match parts.last_mut() {
        Some(Part::Text(text, q)) if *q == quoted => text.push(c),
        _ => parts.push(Part::Text(c.into(), quoted)),
    }
}
