//! Places in a text: the core counts bytes, browsers count UTF-16 units.

/// The place, in UTF-16 units, of the character at or around byte `at`; the end for anything beyond it.
#[must_use]
pub(super) fn to_utf16(text: &str, at: u32) -> u32 {
    let mut at = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    u32::try_from(text[..at].encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The line, from 1, of the character at byte `at`.
#[must_use]
pub(super) fn line_of(text: &str, at: u32) -> u32 {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let ends = text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    u32::try_from(ends).unwrap_or(u32::MAX).saturating_add(1)
}

/// The byte at which the line of byte `at` ends.
#[must_use]
pub(super) fn end_of_line(text: &str, at: u32) -> u32 {
    let from = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let end =
        text.bytes().skip(from).position(|byte| byte == b'\n').map_or(text.len(), |further| from + further);
    u32::try_from(end).unwrap_or(u32::MAX).max(at)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn korean_and_emoji_count_as_the_browser_counts_them() {
        let text = "# 파드 🐳\nname: x";
        let name = u32::try_from(text.find("name").unwrap()).unwrap();
        assert_eq!(name, 14, "bytes");
        assert_eq!(to_utf16(text, name), 8, "a syllable is one unit, the whale two");
        assert_eq!(line_of(text, name), 2);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_place_inside_a_character_is_that_character() {
        assert_eq!([0, 1, 2, 3, 4].map(|at| to_utf16("🐳a", at)), [0, 0, 0, 0, 2]);
        assert_eq!(to_utf16("가", 99), 1);
        assert_eq!(to_utf16("", 5), 0);
        assert_eq!(line_of("a\nb", 99), 2);
        assert_eq!([0, 1, 2, 9].map(|at| end_of_line("ab\nc", at)), [2, 2, 2, 9]);
    }
}
