//! Text as it stands in the member `blob`.

/// Why bytes are not text in UTF-16LE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// An odd number of bytes.
    #[error("text of {0} bytes is not UTF-16, which has an even number")]
    OddLength(usize),
    /// Half of a surrogate pair stands alone.
    #[error("the text has the lone surrogate {surrogate:#06x} at byte {at}")]
    LoneSurrogate {
        /// The half that is there.
        surrogate: u16,
        /// Where it stands in the bytes.
        at: usize,
    },
}

/// The byte-order mark, as a character.
const MARK: char = '\u{feff}';

/// Reads text in UTF-16LE; one byte-order mark in front is left out.
///
/// # Errors
/// [`TextError`], for the first thing that is wrong.
pub fn text(bytes: &[u8]) -> Result<String, TextError> {
    if !bytes.len().is_multiple_of(2) {
        return Err(TextError::OddLength(bytes.len()));
    }
    let units = bytes.chunks_exact(2).filter_map(|unit| unit.first_chunk()).map(|unit| u16::from_le_bytes(*unit));
    // Nearly all of an update document is ASCII.
    let mut text = String::with_capacity(bytes.len() / 2 + bytes.len() / 16);
    let mut at = 0;
    for character in char::decode_utf16(units) {
        let character =
            character.map_err(|error| TextError::LoneSurrogate { surrogate: error.unpaired_surrogate(), at })?;
        if !(at == 0 && character == MARK) {
            text.push(character);
        }
        at += 2 * character.len_utf16();
    }
    Ok(text)
}

/// Writes text in UTF-16LE, without a byte-order mark.
pub fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * text.len());
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_byte_order_mark_is_left_out() {
        assert_eq!(text(b"\xff\xfe<\0").as_deref(), Ok("<"));
        assert_eq!(text(b"\xff\xfe\xff\xfe<\0").as_deref(), Ok("\u{feff}<"));
        assert_eq!(text(b"<\0\xff\xfe").as_deref(), Ok("<\u{feff}"));
        assert_eq!(text(b"").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(text(b"<\0u"), Err(TextError::OddLength(3)));
        assert_eq!(text(b"<\0\x3d\xd8"), Err(TextError::LoneSurrogate { surrogate: 0xd83d, at: 2 }));
        // A whole pair stands in front of the lone half.
        let pair = [&utf16("é😀")[..], b"\0\xde"].concat();
        assert_eq!(text(&pair), Err(TextError::LoneSurrogate { surrogate: 0xde00, at: 6 }));
    }

    proptest! {
        #[test]
        fn any_text_survives(original in "(?s)[^\u{feff}].{0,200}") {
            prop_assert_eq!(text(&utf16(&original)), Ok(original));
        }
    }
}
