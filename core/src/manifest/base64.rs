//! Standard base64 with padding, as Go's decoder takes it: line breaks are skipped, everything else must fit.

/// Where the text stops being base64, as Go counts: bytes of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corrupt {
    /// The offset.
    pub at: usize,
}

/// The bytes that `text` stands for.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Corrupt> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut digits = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n')).peekable();
    while digits.peek().is_some() {
        let mut quad = 0_u32;
        let mut count = 0;
        while count < 4 {
            let Some((at, byte)) = digits.next() else { return Err(Corrupt { at: text.len() - count }) };
            if byte == b'=' && count >= 2 {
                let padded = count == 3 || digits.next().is_some_and(|(_, byte)| byte == b'=');
                let rest = digits.next();
                if !padded || rest.is_some() {
                    return Err(Corrupt { at: rest.map_or(text.len(), |(at, _)| at) });
                }
                let [_, first, second, _] = (quad << (6 * (4 - count))).to_be_bytes();
                out.push(first);
                if count == 3 {
                    out.push(second);
                }
                return Ok(out);
            }
            quad = quad << 6 | value(byte).ok_or(Corrupt { at })?;
            count += 1;
        }
        out.extend_from_slice(&quad.to_be_bytes()[1..]);
    }
    Ok(out)
}

fn value(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_asked_for() {
        assert_eq!(decode("aGVsbG8="), Ok(b"hello".to_vec()));
        assert_eq!(decode("aGVs\nbG8h"), Ok(b"hello!".to_vec()));
        assert_eq!(decode("aA=="), Ok(b"h".to_vec()));
        assert!(decode("aA").is_err());
        assert!(decode("a***").is_err());
        assert!(decode("aA==aA==").is_err());
    }
}
