//! The first document as a graph of nodes, before anything is resolved.
//!
//! Built from libyaml's events with a stack of its own, so that deep nesting costs memory, not stack. Aliases are edges.

use std::collections::BTreeMap;

use libyaml_safer::{Encoding, ErrorKind, Event, EventData, Mark, Parser, ScalarStyle};

use super::{
    guard,
    reader::{LINE_END, Pieces, Text},
};
use crate::manifest::Span;

/// Collections may be nested this deep; the kubelet's limit is 10,000, and no field of a Pod is deeper than 20.
pub(super) const DEPTH_LIMIT: usize = 256;

/// The YAML library's own limit.
const LIBRARY_DEPTH_LIMIT: usize = 10_000;

/// Which node of a [`Graph`].
pub(super) type Id = usize;

/// What is wrong with the text, in the kubelet's words, and the byte.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The words.
    pub text: String,
    /// The byte.
    pub at: usize,
    /// Where in the text the scanner met an escape that it does not know.
    pub escape: Option<usize>,
}

impl Problem {
    /// A problem with these words at this byte.
    pub(super) fn new(text: impl Into<String>, at: usize) -> Self {
        Self { text: text.into(), at, escape: None }
    }
}

/// A node and its place.
#[derive(Debug)]
pub(super) struct Raw {
    /// Its place, in bytes of the file.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    /// A scalar, unresolved.
    Scalar {
        /// Its text.
        text: String,
        /// The long form of its tag.
        tag: Option<String>,
        /// Whether its text decides what it is.
        plain: bool,
    },
    /// A list.
    List(Vec<Id>),
    /// Keys and values, in turn.
    Map(Vec<Id>),
    /// Another node.
    Alias {
        /// Which.
        target: Id,
        /// By which name.
        name: String,
    },
}

/// A document.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// All nodes.
    pub nodes: Vec<Raw>,
    /// The outermost; `None` when there is no document.
    pub root: Option<Id>,
    /// Where the second document starts.
    pub second: Option<Span>,
}

/// Reads the first document of `text`.
pub(super) fn read(text: &Text) -> Result<Graph, Problem> {
    if let Some((instead, problem)) = guard::instead(text) {
        return Err(read_guarded(&instead).err().unwrap_or(problem));
    }
    read_guarded(guard::mend_end(text).as_ref().unwrap_or(text))
}

fn read_guarded(text: &Text) -> Result<Graph, Problem> {
    let mut result = Reader::new(text).document();
    let mut mended: Option<Text> = None;
    for _ in 0..guard::MOST_MENDINGS {
        let Err(problem) = &result else { break };
        let Some(next) = guard::mend_escape(mended.as_ref().unwrap_or(text), problem) else { break };
        result = Reader::new(&next).document();
        mended = Some(next);
    }
    result
}

struct Reader<'a> {
    text: &'a Text,
    parser: Parser<Pieces<'a>>,
    graph: Graph,
    anchors: BTreeMap<String, Id>,
    open: Vec<Id>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a Text) -> Self {
        let mut parser = Parser::new();
        parser.set_input(text.pieces());
        // The reader has decoded already; a text that starts with the bytes of another encoding's mark is no such text.
        parser.set_encoding(Encoding::Utf8);
        Self { text, parser, graph: Graph::default(), anchors: BTreeMap::new(), open: Vec::new() }
    }

    fn document(mut self) -> Result<Graph, Problem> {
        loop {
            let event = self.next()?;
            let span = self.span(&event);
            match event.data {
                EventData::StreamStart { .. } | EventData::DocumentStart { .. } => {}
                EventData::StreamEnd => break,
                EventData::DocumentEnd { .. } => {
                    self.graph.second = self.second();
                    break;
                }
                EventData::Alias { anchor } => {
                    let target = self.anchors.get(&anchor).copied().ok_or_else(|| {
                        Problem::new(
                            format!("yaml: unknown anchor '{anchor}' referenced"),
                            span.start as usize,
                        )
                    })?;
                    self.add(Raw { span, kind: Kind::Alias { target, name: anchor } }, None);
                }
                EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                    let value = self.unmend(value, style, event.end_mark);
                    let kind = Kind::Scalar { text: value, tag, plain: plain_implicit };
                    self.add(Raw { span, kind }, anchor);
                }
                EventData::SequenceStart { anchor, .. } => self.open(span, Kind::List(Vec::new()), anchor)?,
                EventData::MappingStart { anchor, .. } => self.open(span, Kind::Map(Vec::new()), anchor)?,
                EventData::SequenceEnd | EventData::MappingEnd => self.close(span),
            }
        }
        Ok(self.graph)
    }

    /// The value of a scalar without what the text was mended with.
    fn unmend(&self, mut value: String, style: ScalarStyle, end: Mark) -> String {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let is_last = self
            .text
            .closed_at
            .is_some_and(|length| usize::try_from(end.index).is_ok_and(|end| end > length));
        if is_block && is_last && value.ends_with(LINE_END) {
            value.pop();
        }
        self.text.unmend(value, style == ScalarStyle::DoubleQuoted)
    }

    fn add(&mut self, node: Raw, anchor: Option<String>) -> Id {
        let id = self.graph.nodes.len();
        self.graph.nodes.push(node);
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        match self.open.last().and_then(|parent| self.graph.nodes.get_mut(*parent)) {
            Some(Raw { kind: Kind::List(items) | Kind::Map(items), .. }) => items.push(id),
            _ => self.graph.root = Some(id),
        }
        id
    }

    fn open(&mut self, span: Span, kind: Kind, anchor: Option<String>) -> Result<(), Problem> {
        let id = self.add(Raw { span, kind }, anchor);
        self.open.push(id);
        if self.open.len() > DEPTH_LIMIT {
            return Err(Problem::new(
                format!("yaml: exceeded max depth of {LIBRARY_DEPTH_LIMIT}"),
                span.start as usize,
            ));
        }
        Ok(())
    }

    /// A block collection's own end is where the next token starts; its last item's end reads better.
    fn close(&mut self, end: Span) {
        let Some(id) = self.open.pop() else { return };
        let last = match self.graph.nodes.get(id).map(|node| &node.kind) {
            Some(Kind::List(items) | Kind::Map(items)) => {
                items.last().and_then(|item| self.graph.nodes.get(*item)).map(|node| node.span.end)
            }
            _ => None,
        };
        if let Some(node) = self.graph.nodes.get_mut(id) {
            let end = if end.end > end.start { end.end } else { last.unwrap_or(end.end) };
            node.span.end = end.max(node.span.start);
        }
    }

    /// Where another document starts, if one does.
    fn second(&mut self) -> Option<Span> {
        let event = self.parser.parse().ok()?;
        matches!(event.data, EventData::DocumentStart { .. }).then(|| self.span(&event))
    }

    fn next(&mut self) -> Result<Event, Problem> {
        self.parser.parse().map_err(|error| {
            if let (ErrorKind::Io, Some(failure)) = (error.kind(), self.text.failure) {
                return Problem::new(format!("yaml: {}", failure.problem), failure.at);
            }
            let mark = error.problem_mark().unwrap_or_default();
            // As the library counts: the scanner's lines from 1, the parser's from 0, and the first line is never named.
            let line = match (mark.line, error.context_mark().unwrap_or_default().line) {
                (0, context) => context,
                (line, _) if error.kind() == ErrorKind::Scanner => line + 1,
                (line, _) => line,
            };
            let place = if line == 0 { String::new() } else { format!("line {line}: ") };
            let escape = (error.problem() == guard::UNKNOWN_ESCAPE)
                .then(|| usize::try_from(mark.index).ok())
                .flatten();
            Problem { escape, ..Problem::new(format!("yaml: {place}{}", error.problem()), self.byte(mark)) }
        })
    }

    fn span(&self, event: &Event) -> Span {
        let start = self.offset(event.start_mark);
        Span { start, end: self.offset(event.end_mark).max(start) }
    }

    fn offset(&self, mark: Mark) -> u32 {
        u32::try_from(self.byte(mark)).unwrap_or(u32::MAX)
    }

    fn byte(&self, mark: Mark) -> usize {
        self.text.byte_of(usize::try_from(mark.index).unwrap_or(usize::MAX))
    }
}
