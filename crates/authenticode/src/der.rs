//! A reader over DER that gives back the very bytes it read, because signatures are over those.
//!
//! Only definite, shortest lengths are taken (X.690 10.1). Microsoft's own signatures are of that form; where another
//! publisher uses BER, the signature is refused and says so.

use std::fmt;

use crate::limits::OID_BYTES_MAX;

/// What was expected and is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// `[number]`, constructed.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// `[number]`, primitive.
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// One element: its tag, its content, and both with the length as they stood.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads the elements within.
    pub(crate) fn inside(&self) -> Reader<'a> {
        Reader { rest: self.content }
    }
}

/// What is left to read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of what comes next.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads one element of any tag.
    pub(crate) fn element(&mut self) -> Result<Element<'a>, Malformed> {
        let (tag, head, length) = header(self.rest).ok_or(Malformed("an element of DER"))?;
        let (raw, rest) =
            self.rest.split_at_checked(head + length).ok_or(Malformed("an element that is not cut short"))?;
        let content = raw.get(head..).unwrap_or_default();
        self.rest = rest;
        Ok(Element { tag, content, raw })
    }

    /// Reads the element that has to come next.
    pub(crate) fn expect(&mut self, tag: u8, what: &'static str) -> Result<Element<'a>, Malformed> {
        if self.peek() != Some(tag) {
            return Err(Malformed(what));
        }
        self.element().map_err(|_| Malformed(what))
    }

    /// Reads the next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.element().map(Some) } else { Ok(None) }
    }

    pub(crate) fn sequence(&mut self, what: &'static str) -> Result<Reader<'a>, Malformed> {
        Ok(self.expect(SEQUENCE, what)?.inside())
    }

    pub(crate) fn oid(&mut self, what: &'static str) -> Result<Oid<'a>, Malformed> {
        let content = self.expect(OID, what)?.content;
        let is_whole = content.last().is_some_and(|byte| byte & 0x80 == 0);
        if !is_whole || content.len() > OID_BYTES_MAX {
            return Err(Malformed(what));
        }
        Ok(Oid(content))
    }

    /// Reads a whole number as its bytes, two's complement, of shortest form.
    pub(crate) fn integer(&mut self, what: &'static str) -> Result<&'a [u8], Malformed> {
        let content = self.expect(INTEGER, what)?.content;
        match content {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(Malformed(what)),
            _ => Ok(content),
        }
    }

    pub(crate) fn octets(&mut self, what: &'static str) -> Result<&'a [u8], Malformed> {
        Ok(self.expect(OCTET_STRING, what)?.content)
    }

    /// Reads a bit string of whole bytes.
    pub(crate) fn bits(&mut self, what: &'static str) -> Result<&'a [u8], Malformed> {
        match self.expect(BIT_STRING, what)?.content {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(Malformed(what)),
        }
    }

    /// There must be nothing left.
    pub(crate) fn end(&self, what: &'static str) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed(what)) }
    }
}

/// Tag, length of tag and length, and length of the content.
pub(crate) fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (&tag, rest) = bytes.split_first()?;
    // Tags above 30 occur in nothing that is read here.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    match first {
        0..=0x7f => Some((tag, 2, first.into())),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let bytes = rest.get(..count)?;
            let length = bytes.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
            let shortest = if count == 1 { length >= 0x80 } else { length >> (8 * (count - 1)) != 0 };
            shortest.then_some((tag, 2 + count, usize::try_from(length).ok()?))
        }
        _ => None,
    }
}

/// The one element that `bytes` are, with nothing behind it.
pub(crate) fn only<'a>(bytes: &'a [u8], tag: u8, what: &'static str) -> Result<Reader<'a>, Malformed> {
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag, what)?;
    reader.end(what)?;
    Ok(element.inside())
}

/// An object identifier: the bytes of its content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Oid<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Oid<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut arc = 0_u64;
        for byte in self.0 {
            // Nobody has arcs of more than 57 bits; what does not fit is shown as the largest.
            arc = arc.checked_mul(128).map_or(u64::MAX, |arc| arc | u64::from(byte & 0x7f));
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let top = (arc / 40).min(2);
                write!(out, "{top}.{}", arc - top * 40)?;
            } else {
                write!(out, ".{arc}")?;
            }
            (first, arc) = (false, 0);
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shortest_length_is_taken() {
        for refused in [&[0x30, 0x80][..], &[0x04, 0x81, 0x01, 0], &[0x04, 0x82, 0, 0x80], &[0x04, 0x85, 1, 0, 0, 0, 0]]
        {
            assert_eq!(header(refused), None, "{refused:02x?}");
        }
        assert_eq!(header(&[0x04, 0x81, 0x80]), Some((0x04, 3, 0x80)));
        assert_eq!(header(&[0x04, 0x82, 1, 0]), Some((0x04, 4, 0x100)));
    }

    #[test]
    fn an_element_that_is_cut_short_is_malformed() {
        assert!(Reader::new(&[0x04, 2, 0]).element().is_err());
        assert!(Reader::new(&[]).element().is_err());
    }

    #[test]
    fn an_object_identifier_is_no_longer_than_any_that_is_known() {
        let of_length = |length: usize| [&[0x06, u8::try_from(length).unwrap()], vec![1; length].as_slice()].concat();
        assert!(Reader::new(&of_length(OID_BYTES_MAX)).oid("").is_ok());
        assert!(Reader::new(&of_length(OID_BYTES_MAX + 1)).oid("").is_err());
        assert!(Reader::new(&of_length(0)).oid("").is_err());
    }

    #[test]
    fn an_object_identifier_is_shown_in_dots() {
        assert_eq!(Oid(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4]).to_string(), "1.3.6.1.4.1.311.2.1.4");
        assert_eq!(Oid(&[0x60, 0x86, 0x48]).to_string(), "2.16.840");
        assert_eq!(Oid(&[0xff; 30]).to_string(), "");
    }
}
