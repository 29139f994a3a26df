//! One recorded verdict.

use serde::Deserialize;

/// A manifest and what the kubelet said about it.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) file: String,
    pub(super) accepted: bool,
    pub(super) stage: String,
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) errors: Vec<RecordedError>,
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) pod: Option<serde_json::Value>,
    text: Option<String>,
    base64: Option<String>,
}

/// One problem that validation found.
#[derive(Debug, Deserialize)]
pub(super) struct RecordedError {
    pub(super) field: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) text: String,
}

impl Record {
    /// Every line of a recording.
    pub(super) fn read_all(lines: &str) -> Vec<Self> {
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Whether the manifest is part of the record.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn is_inline(&self) -> bool {
        self.text.is_some() || self.base64.is_some()
    }

    /// The manifest, when it is part of the record.
    pub(super) fn inline_bytes(&self) -> Vec<u8> {
        match (&self.text, &self.base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(text)) => decode(text),
            (None, None) => Vec::new(),
        }
    }
}

fn decode(base64: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = base64.bytes().filter_map(|byte| ALPHABET.iter().position(|known| *known == byte));
    let bits: Vec<bool> =
        digits.flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_decoded() {
        assert_eq!(super::decode("aGk="), b"hi");
        assert_eq!(super::decode("77+9Cg=="), "\u{fffd}\n".as_bytes());
    }
}
