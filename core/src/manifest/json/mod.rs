//! JSON as the kubelet reads it: Go's `encoding/json`, its error texts included, as a tree of values that know their places.
//!
//! Repeated keys are merged the way Go decodes into a value that is there already: objects by field, lists by item, everything else
//! overwritten. It is **not** a general JSON library.

mod encode;
mod read;
mod scan;

pub(super) use encode::encode;

use super::{
    Span,
    load::{Format, LoadError, Loaded},
};

/// Reads a file.
pub(super) fn load(bytes: &[u8]) -> Result<Loaded, LoadError> {
    if let Err(mistake) = scan::scan(bytes) {
        let start = mistake.at.min(bytes.len());
        let end = (start + 1).min(bytes.len());
        return Err(LoadError {
            text: format!("couldn't get version/kind; json parse error: {}", mistake.text),
            span: Span { start: offset(start), end: offset(end) },
        });
    }
    let mut notes = Vec::new();
    let root = read::Reader::new(bytes, &mut notes).document();
    Ok(Loaded { root, notes, format: Format::Json })
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
