//! From the bytes of a file to a tree: JSON when the first thing in it is a brace, YAML otherwise, as the kubelet decides.

use super::{Diagnostic, Span, json, tree::Node, yaml};

/// A document that could be read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The outermost value; `null` for an empty file.
    pub root: Node,
    /// What is worth a warning in the text itself.
    pub notes: Vec<Diagnostic>,
    /// What the file holds; it decides the order in which the kubelet meets the fields.
    pub format: Format,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML: decoded with keys in the order of their bytes.
    Yaml,
    /// JSON: decoded in the order of the file.
    Json,
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The kubelet's words.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// Reads the first document of a file.
pub fn load(bytes: &[u8]) -> Result<Loaded, LoadError> {
    if starts_like_json(bytes) { json::load(bytes) } else { yaml::load(bytes) }
}

/// Blanks, of any alphabet, and then a brace.
fn starts_like_json(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
    };
    text.trim_start().starts_with('{')
}
