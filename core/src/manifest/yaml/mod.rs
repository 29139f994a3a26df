//! YAML as the kubelet reads it: the first document, as a tree of JSON values that know their places.
//!
//! The syntax is libyaml's (by libyaml-safer); the meaning is that of go.yaml.in/yaml v2 and sigs.k8s.io/yaml, quirks and error texts
//! included. It is **not** a general YAML library: documents after the first are noticed, not read.

mod compose;
mod event;
mod go_syntax;
mod guard;
mod reader;
mod resolve;

use super::{
    Code, Diagnostic, Severity, Span,
    load::{Format, LoadError, Loaded},
};

/// Whether a text that is written without quotes is read as the same text.
pub(crate) fn reads_as_text(text: &str) -> bool {
    resolve::is_text(text)
}

/// Reads the first document.
pub(super) fn load(bytes: &[u8]) -> Result<Loaded, LoadError> {
    let text = reader::Text::decode(bytes);
    let mut notes = Vec::new();
    let graph = event::read(&text).map_err(|problem| refuse(&problem, bytes))?;
    let root = compose::compose(&graph, &mut notes).map_err(|problem| refuse(&problem, bytes))?;
    if let Some(span) = graph.second {
        notes.push(Diagnostic {
            code: Code::SecondDocument,
            severity: Severity::Warning,
            message: "the file holds a second document, which is ignored".into(),
            field: "".into(),
            span: Some(span),
            help: Some("put each pod into a file of its own".into()),
        });
    }
    Ok(Loaded { root, notes, format: Format::Yaml })
}

fn refuse(problem: &event::Problem, bytes: &[u8]) -> LoadError {
    let start = problem.at.min(bytes.len());
    // The whole character: in UTF-8 what goes on with one begins with the bits 10.
    let more = bytes.iter().skip(start + 1).take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let end = (start + 1 + more).min(bytes.len()).max(start);
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    LoadError { text: problem.text.clone(), span: Span { start: offset(start), end: offset(end) } }
}

#[cfg(test)]
mod tests;
