use std::borrow::Cow;

use bytes::Bytes;

/// The bytes of a message as a rope: large pieces are shared with whoever made them, never copied.
#[derive(Clone, Debug, Default)]
pub struct Body(pub(crate) Vec<Bytes>);

impl Body {
    /// The pieces in order; none of them is empty.
    pub fn segments(&self) -> &[Bytes] {
        &self.0
    }

    /// The pieces in order, by value.
    pub fn into_segments(self) -> Vec<Bytes> {
        self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// True for a body without bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All bytes in one piece; copies unless there is only one.
    pub fn into_bytes(mut self) -> Bytes {
        if self.0.len() == 1 { self.0.pop().unwrap_or_default() } else { self.0.concat().into() }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(if bytes.is_empty() { Vec::new() } else { vec![bytes] })
    }
}

/// A text that is already escaped as element content, ready to be put into a message as it is.
///
/// INVARIANT: UTF-8, without `<`, and every `&` begins a reference; so it cannot break out of its element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Escaped(Bytes);

/// Bytes that are not escaped element content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not escaped as XML element content, at byte {at}")]
pub struct NotEscaped {
    /// Offset of the first byte that does not belong.
    pub at: usize,
}

impl Escaped {
    /// Escapes `text`, as native WSUS does: `&`, `<`, `>` and carriage returns.
    pub fn from_text(text: &str) -> Self {
        Self(Bytes::from(xml::escaped_text(text).into_owned()))
    }

    /// Takes bytes that were escaped before, without copying them; they are checked.
    ///
    /// # Errors
    /// [`NotEscaped`] for anything that would not be plain element content.
    pub fn new(escaped: Bytes) -> Result<Self, NotEscaped> {
        let text = std::str::from_utf8(&escaped).map_err(|error| NotEscaped { at: error.valid_up_to() })?;
        for (at, _) in text.match_indices(['<', '&']) {
            // A `<` is no reference either, so one test serves both.
            let rest = text.get(at..).unwrap_or_default();
            if reference(rest).is_none() {
                return Err(NotEscaped { at });
            }
        }
        Ok(Self(escaped))
    }

    /// The escaped bytes.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// The text that was escaped.
    pub fn to_text(&self) -> String {
        let escaped = String::from_utf8_lossy(&self.0);
        let mut text = String::with_capacity(escaped.len());
        let mut rest: &str = &escaped;
        while let Some((before, from)) = rest.find('&').and_then(|at| rest.split_at_checked(at)) {
            text.push_str(before);
            // INVARIANT: of the type; without it the ampersand would stand for itself.
            let (character, length) = reference(from).unwrap_or(('&', 1));
            text.push(character);
            rest = from.get(length..).unwrap_or_default();
        }
        text.push_str(rest);
        text
    }
}

/// The character that the reference at the start of `text` stands for, and how long the reference is.
fn reference(text: &str) -> Option<(char, usize)> {
    // The longest one, `&#x10FFFF;`, has ten bytes.
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let name = text.get(1..end).filter(|_| text.starts_with('&'))?;
    let character = match name.strip_prefix('#') {
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return None,
        },
        Some(number) => char::from_u32(match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        })?,
    };
    Some((character, end + 1))
}

impl From<&str> for Escaped {
    fn from(text: &str) -> Self {
        Self::from_text(text)
    }
}

impl From<Cow<'_, str>> for Escaped {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from_text(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_comes_back() {
        for text in ["", "plain", "<a b=\"c\">&amp; é\r\n</a>", "&&&"] {
            assert_eq!(Escaped::from_text(text).to_text(), text);
            let again = Escaped::new(Escaped::from_text(text).as_bytes().clone()).unwrap();
            assert_eq!(again.to_text(), text);
        }
        let numbers = Escaped::new(Bytes::from_static(b"&#65;&#x42;&quot;&apos;")).unwrap();
        assert_eq!(numbers.to_text(), "AB\"'");
    }

    #[test]
    fn what_would_break_out_is_refused() {
        for (bytes, at) in [
            (&b"a<b"[..], 1),
            (b"ab&c", 2),
            (b"&nope;", 0),
            (b"&#xD800;", 0),
            (b"&", 0),
            (b"&#x0000000000000041;", 0),
            (b"ok\xff", 2),
        ] {
            assert_eq!(Escaped::new(Bytes::from_static(bytes)), Err(NotEscaped { at }), "{bytes:?}");
        }
    }

    #[test]
    fn one_segment_is_not_copied() {
        let bytes = Bytes::from(vec![1, 2, 3]);
        let pointer = bytes.as_ptr();
        assert_eq!(Body::from(bytes).into_bytes().as_ptr(), pointer);
        assert!(Body::from(Vec::new()).is_empty());
    }
}
