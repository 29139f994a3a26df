//! From tokens to a flat program that can stop anywhere and go on later.

use super::{
    Program, SyntaxError,
    lex::{Part, Token, Word, tokens},
};

/// One step of a program. Jumps name the step to go on at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Op {
    Nop,
    Run(Simple),
    Jump(usize),
    JumpIfFailed(usize),
    JumpIfOk(usize),
    /// Turns success into failure and back.
    Not,
    Succeed,
    /// Runs the steps up to there beside this one.
    Background(usize),
    /// What follows writes into a pipe.
    PipeInto,
    /// What follows reads what was written, and writes into the next pipe when there is one.
    PipeOn {
        last: bool,
    },
    ForStart(Vec<Word>),
    ForNext(String, usize),
    ForDrop,
}

/// Assignments, words and redirections.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Simple {
    pub(super) assigns: Vec<(String, Word)>,
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Redirect {
    pub(super) fd: u8,
    pub(super) op: &'static str,
    pub(super) target: Word,
}

pub(super) fn program(script: &str, depth: u32) -> Result<Program, SyntaxError> {
    let mut parser = Parser {
        tokens: tokens(script, depth)?,
        at: 0,
        ops: Vec::new(),
        loops: Vec::new(),
        depth: super::MAX_DEPTH,
    };
    parser.list(&[])?;
    match parser.tokens.get(parser.at) {
        None => {
            // Each process keeps its program for as long as it lives.
            parser.ops.shrink_to_fit();
            Ok(Program { ops: parser.ops })
        }
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    ops: Vec<Op>,
    loops: Vec<Loop>,
    depth: u32,
}

/// A loop being read: where `continue` goes, and the jumps that wait to learn where `break` goes.
struct Loop {
    again: usize,
    breaks: Vec<usize>,
}

const ENDS: [&str; 8] = ["then", "elif", "else", "fi", "do", "done", "}", "esac"];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn eat_op(&mut self, op: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Op(found)) if *found == op);
        self.at += usize::from(found);
        found
    }

    fn keyword(&self) -> Option<&str> {
        match self.peek() {
            Some(Token::Word(word)) => word.bare(),
            Some(Token::Op(_) | Token::Redirect(..)) | None => None,
        }
    }

    fn eat_keyword(&mut self, keyword: &str) -> bool {
        let found = self.keyword() == Some(keyword);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str) -> Result<(), SyntaxError> {
        while self.eat_op(";") {}
        if self.eat_keyword(keyword) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> SyntaxError {
        match self.peek() {
            None => SyntaxError::Unterminated,
            Some(Token::Op(op) | Token::Redirect(_, op)) => SyntaxError::Unexpected((*op).to_owned()),
            Some(Token::Word(word)) => SyntaxError::Unexpected(word.bare().unwrap_or("word").to_owned()),
        }
    }

    fn emit(&mut self, op: Op) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    fn patch(&mut self, at: usize, op: Op) {
        if let Some(slot) = self.ops.get_mut(at) {
            *slot = op;
        }
    }

    fn list(&mut self, ends: &[&str]) -> Result<(), SyntaxError> {
        self.depth = self.depth.checked_sub(1).ok_or(SyntaxError::TooDeep)?;
        loop {
            while self.eat_op(";") {}
            let ended = match self.peek() {
                None | Some(Token::Op(")")) => true,
                Some(_) => self.keyword().is_some_and(|word| ends.contains(&word)),
            };
            if ended {
                self.depth += 1;
                return Ok(());
            }
            let start = self.emit(Op::Nop);
            self.and_or()?;
            if self.eat_op("&") {
                self.patch(start, Op::Background(self.ops.len()));
            } else if !matches!(self.peek(), None | Some(Token::Op(";" | ")"))) {
                return Err(self.unexpected());
            }
        }
    }

    fn and_or(&mut self) -> Result<(), SyntaxError> {
        self.pipeline()?;
        loop {
            let and = if self.eat_op("&&") {
                true
            } else if self.eat_op("||") {
                false
            } else {
                return Ok(());
            };
            while self.eat_op(";") {}
            let jump = self.emit(Op::Nop);
            self.pipeline()?;
            let end = self.ops.len();
            self.patch(jump, if and { Op::JumpIfFailed(end) } else { Op::JumpIfOk(end) });
        }
    }

    fn pipeline(&mut self) -> Result<(), SyntaxError> {
        let not = self.eat_keyword("!");
        let start = self.emit(Op::Nop);
        self.command()?;
        let mut last = None;
        while self.eat_op("|") {
            self.patch(start, Op::PipeInto);
            last = Some(self.emit(Op::PipeOn { last: false }));
            self.command()?;
        }
        if let Some(last) = last {
            self.patch(last, Op::PipeOn { last: true });
        }
        if not {
            self.emit(Op::Not);
        }
        Ok(())
    }

    fn command(&mut self) -> Result<(), SyntaxError> {
        if self.eat_op("(") {
            self.list(&[])?;
            return if self.eat_op(")") { Ok(()) } else { Err(SyntaxError::Unterminated) };
        }
        match self.keyword() {
            Some("{") => {
                self.at += 1;
                self.list(&["}"])?;
                self.expect("}")
            }
            Some("if") => self.conditional(),
            Some("while") => self.repeat(false),
            Some("until") => self.repeat(true),
            Some("for") => self.for_each(),
            Some("break") => {
                self.leave(true);
                Ok(())
            }
            Some("continue") => {
                self.leave(false);
                Ok(())
            }
            Some(word) if ENDS.contains(&word) => Err(self.unexpected()),
            Some("case" | "function") => Err(SyntaxError::NotSimulated),
            Some(_) | None => self.simple(),
        }
    }

    fn conditional(&mut self) -> Result<(), SyntaxError> {
        let mut ends = Vec::new();
        while self.eat_keyword("if") || self.eat_keyword("elif") {
            self.list(&["then"])?;
            self.expect("then")?;
            let skip = self.emit(Op::Nop);
            self.list(&["elif", "else", "fi"])?;
            ends.push(self.emit(Op::Nop));
            self.patch(skip, Op::JumpIfFailed(self.ops.len()));
        }
        if self.eat_keyword("else") {
            self.list(&["fi"])?;
        } else {
            self.emit(Op::Succeed);
        }
        self.expect("fi")?;
        let end = self.ops.len();
        for at in ends {
            self.patch(at, Op::Jump(end));
        }
        Ok(())
    }

    fn repeat(&mut self, until: bool) -> Result<(), SyntaxError> {
        self.at += 1;
        let again = self.ops.len();
        self.loops.push(Loop { again, breaks: Vec::new() });
        self.list(&["do"])?;
        self.expect("do")?;
        let leave = self.emit(Op::Nop);
        self.list(&["done"])?;
        self.expect("done")?;
        self.emit(Op::Jump(again));
        let end = self.emit(Op::Succeed);
        self.patch(leave, if until { Op::JumpIfOk(end) } else { Op::JumpIfFailed(end) });
        self.end_loop(end);
        Ok(())
    }

    fn for_each(&mut self) -> Result<(), SyntaxError> {
        self.at += 1;
        let Some(name) = self.keyword().map(str::to_owned) else { return Err(self.unexpected()) };
        self.at += 1;
        let mut words = Vec::new();
        if self.eat_keyword("in") {
            while let Some(Token::Word(word)) = self.peek() {
                words.push(word.clone());
                self.at += 1;
            }
        }
        self.expect("do")?;
        self.emit(Op::ForStart(words));
        let again = self.emit(Op::Nop);
        self.loops.push(Loop { again, breaks: Vec::new() });
        self.list(&["done"])?;
        self.expect("done")?;
        self.emit(Op::Jump(again));
        let drop = self.emit(Op::ForDrop);
        self.patch(again, Op::ForNext(name, self.ops.len()));
        self.end_loop(drop);
        Ok(())
    }

    fn end_loop(&mut self, end: usize) {
        for at in self.loops.pop().map(|it| it.breaks).unwrap_or_default() {
            self.patch(at, Op::Jump(end));
        }
    }

    fn leave(&mut self, out: bool) {
        self.at += 1;
        let jump = self.emit(Op::Nop);
        let Some(innermost) = self.loops.last_mut() else { return };
        if out {
            innermost.breaks.push(jump);
        } else {
            let again = innermost.again;
            self.patch(jump, Op::Jump(again));
        }
    }

    fn simple(&mut self) -> Result<(), SyntaxError> {
        let mut simple = Simple::default();
        loop {
            match self.peek().cloned() {
                Some(Token::Word(word)) => {
                    self.at += 1;
                    match assignment(&word).filter(|_| simple.words.is_empty()) {
                        Some(assign) => simple.assigns.push(assign),
                        None => simple.words.push(word),
                    }
                }
                Some(Token::Redirect(fd, op)) => {
                    self.at += 1;
                    let Some(Token::Word(target)) = self.peek().cloned() else {
                        return Err(self.unexpected());
                    };
                    self.at += 1;
                    simple.redirects.push(Redirect { fd, op, target });
                }
                Some(Token::Op("(")) if simple.words.len() == 1 => return Err(SyntaxError::NotSimulated),
                Some(Token::Op(_)) | None => break,
            }
        }
        if simple == Simple::default() {
            return Err(self.unexpected());
        }
        simple.words.shrink_to_fit();
        self.emit(Op::Run(simple));
        Ok(())
    }
}

/// `NAME=value`, when the word is one.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Part::Text(first, false) = word.0.first()? else { return None };
    let (name, rest) = first.split_once('=')?;
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    named.then(|| {
        let mut parts = vec![Part::Text(rest.to_owned(), true)];
        parts.extend(word.0.iter().skip(1).cloned());
        (name.to_owned(), Word(parts))
    })
}
