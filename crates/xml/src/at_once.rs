//! What is read at once instead of event by event: the one place that looks at bytes beside the parser.

use std::borrow::Cow;

use quick_xml::escape::resolve_xml_entity;

use crate::Reader;

impl<'i> Reader<'i> {
    /// Passes over the child that follows if it stands there as `<name>text</name>` to the byte, with a name of ASCII
    /// letters and digits and a text without other references than the five predefined ones, of at most `pieces`.
    ///
    /// To be called only behind a start tag, an end tag or another such child. Nine in ten elements of a driver pass are
    /// of this kind, and hardware ids are full of `&amp;`, each of which the parser makes two events of.
    pub fn plain_leaf(&mut self, pieces: usize) -> Option<Leaf<'i>> {
        let rest = self.rest();
        let inside = rest.strip_prefix('<').filter(|_| self.takes_child())?;
        let (name, behind) = inside.split_at_checked(inside.bytes().position(|byte| !byte.is_ascii_alphanumeric())?)?;
        let content =
            behind.strip_prefix('>').filter(|_| name.starts_with(|first: char| first.is_ascii_alphabetic()))?;
        let ends_plain = |byte: u8| matches!(byte, b'<' | b'\r');
        let (text, behind) = content.split_at_checked(content.bytes().position(ends_plain)?)?;
        let behind = behind.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
        let (text, pieces) = resolved(text).filter(|(_, found)| *found <= pieces)?;
        self.pass_over(rest.len() - behind.len(), 1);
        Some(Leaf { name, text, pieces })
    }

    /// Passes over the siblings that follow as long as they stand there as `<name>digits</name>` to the byte, at most
    /// `most` of them, and hands their numbers, of one to eight digits, to `take`. The first that is written in any
    /// other way is left to be read in full.
    ///
    /// To be called only behind the end of such a sibling that was read in full, without prefix and attributes
    /// ([`Element::is_bare`](crate::Element::is_bare)): what is written alike in the same place means the same.
    ///
    /// A scan names up to 100,000 revisions, and reading each as three events was more than half of what the server
    /// spent on it (`docs/benchmarks.md`).
    pub fn plain_numbers(&mut self, name: &str, most: usize, mut take: impl FnMut(u32)) {
        let (Some(open), Some(close)) = (Tag::new(&format!("<{name}>")), Tag::new(&format!("</{name}>"))) else {
            return;
        };
        let most = most.min(self.elements_left());
        let text = self.rest().as_bytes();
        let (mut rest, mut passed) = (text, 0);
        while passed < most {
            let Some((number, behind)) = plain_number(rest, open, close) else { break };
            take(number);
            passed += 1;
            rest = behind;
        }
        self.pass_over(text.len() - rest.len(), passed);
    }
}

/// An element that was read at once.
#[derive(Debug, PartialEq, Eq)]
pub struct Leaf<'i> {
    /// Its name.
    pub name: &'i str,
    /// Its text, unescaped.
    pub text: Cow<'i, str>,
    /// How many pieces of text it would have come in, read by [`Reader::next`].
    pub pieces: usize,
}

/// `text` without references, and how many pieces the parser would make of it; `None` if it holds unusual ones.
fn resolved(text: &str) -> Option<(Cow<'_, str>, usize)> {
    if !text.contains('&') {
        return Some((Cow::Borrowed(text), usize::from(!text.is_empty())));
    }
    let mut resolved = String::with_capacity(text.len());
    let (mut pieces, mut rest) = (0, text);
    while let Some((plain, behind)) = rest.split_once('&') {
        let (entity, behind) = behind.split_once(';')?;
        resolved.push_str(plain);
        resolved.push_str(resolve_xml_entity(entity)?);
        pieces += 1 + usize::from(!plain.is_empty());
        rest = behind;
    }
    resolved.push_str(rest);
    Some((Cow::Owned(resolved), pieces + usize::from(!rest.is_empty())))
}

/// The number of the element that `text` begins with, and what stands behind the element.
fn plain_number(text: &[u8], open: Tag, close: Tag) -> Option<(u32, &[u8])> {
    let (number, behind) = leading_number(open.strip(text)?)?;
    Some((number, close.strip(behind)?))
}

/// A short tag, which is compared as one machine word: comparing as many bytes as a variable says is a call.
#[derive(Clone, Copy)]
struct Tag {
    word: u64,
    mask: u64,
    length: usize,
}

impl Tag {
    /// `None` for a tag that is longer than a word.
    fn new(tag: &str) -> Option<Self> {
        let (mut word, mut mask) = ([0; 8], [0; 8]);
        word.get_mut(..tag.len())?.copy_from_slice(tag.as_bytes());
        mask.get_mut(..tag.len())?.fill(0xff);
        Some(Self { word: u64::from_le_bytes(word), mask: u64::from_le_bytes(mask), length: tag.len() })
    }

    /// What stands behind the tag, if `text` begins with it and is not about to end.
    fn strip(self, text: &[u8]) -> Option<&[u8]> {
        if word(text)? & self.mask == self.word { text.get(self.length..) } else { None }
    }
}

/// The number that the one to eight digits at the start of `text` make, and what stands behind them.
///
/// All eight bytes are looked at together: with a loop over the digits, reading a whole scan took a sixth longer.
fn leading_number(text: &[u8]) -> Option<(u32, &[u8])> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The digits become 0 to 9, and every other byte more than that, which the sum carries into the highest bit.
    let digits = word(text)? ^ (EACH * 0x30);
    let others = (((digits & (EACH * 0x7f)) + EACH * 0x76) | digits) & (EACH * 0x80);
    let count = others.trailing_zeros() / 8;
    if count == 0 {
        return None;
    }
    // The first byte of the text is the lowest of the word. Shifted up, zeros stand before the digits.
    let ones = digits << (64 - 8 * count);
    let pairs = (ones & (EACH * 0x0f)).wrapping_mul(10).wrapping_add(ones >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let eight = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    Some((u32::try_from(eight).ok()?, text.get(count as usize..)?))
}

fn word(text: &[u8]) -> Option<u64> {
    text.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::leading_number;
    use crate::{Event, Fault, Limits, Reader};

    const LIMITS: Limits = Limits { bytes: 10_000, depth: 8, elements: 20, attributes: 8, namespaces: 8 };

    /// The numbers in a list, the first read in full and as many behind it as pass.
    fn read(text: &str) -> Result<(Vec<i32>, usize), Fault> {
        let mut reader = Reader::new(text, &LIMITS).map_err(|error| error.fault)?;
        let (mut numbers, mut in_full) = (Vec::new(), 0);
        loop {
            match reader.next().map_err(|error| error.fault)? {
                Event::Start(element) if element.name() == "int" => {
                    let bare = element.is_bare();
                    numbers.push(reader.text().map_err(|error| error.fault)?.trim().parse().unwrap());
                    in_full += 1;
                    if bare {
                        reader.plain_numbers("int", 100, |number| numbers.push(number.cast_signed()));
                    }
                }
                Event::Eof => return Ok((numbers, in_full)),
                _ => {}
            }
        }
    }

    #[test]
    fn siblings_written_alike_are_read_at_once_and_others_in_full() {
        assert_eq!(read("<a><int>1</int><int>2</int><int>3</int></a>"), Ok((vec![1, 2, 3], 1)));
        assert_eq!(read("<a><int>1</int><int> 2</int><int>3</int></a>"), Ok((vec![1, 2, 3], 2)));
        assert_eq!(read("<a><int>1</int>\n<int>2</int></a>"), Ok((vec![1, 2], 2)));
        assert_eq!(read("<a><int>1</int><int>&#50;</int><int >3</int></a>"), Ok((vec![1, 2, 3], 3)));
        assert_eq!(read("<a><int x='1'>1</int><int>2</int><b/><int>3</int></a>"), Ok((vec![1, 2, 3], 3)));
        assert_eq!(read("<a><int>1</int><int>+2</int><int>-3</int></a>"), Ok((vec![1, 2, -3], 3)));
        assert_eq!(read("<a><int>1</int><int>012345678</int><int>00000003</int></a>"), Ok((vec![1, 12_345_678, 3], 2)));
        assert_eq!(read("<a xmlns='u'><int>1</int><int>2</int></a>"), Ok((vec![1, 2], 1)));
    }

    #[test]
    fn digits_are_read_as_they_would_be_one_by_one() {
        for length in 1..=8 {
            for seed in 0..2_000_u64 {
                let digits = format!("{:08}", (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % 100_000_000);
                let digits = &digits[..length];
                let text = format!("{digits}</int><int>");
                assert_eq!(leading_number(text.as_bytes()), Some((digits.parse().unwrap(), &b"</int><int>"[..])));
            }
        }
        for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
            assert_eq!(leading_number(&[byte, b'1', b'2', b'3', b'4', b'5', b'6', b'7']), None, "{byte}");
            let text = [b'4', b'2', byte, b'9', byte, byte, b'9', b'9'];
            assert_eq!(leading_number(&text), Some((42, &text[2..])), "{byte}");
        }
        assert_eq!(leading_number(b"1234567"), None, "the text is about to end");
    }

    /// The names and texts of leaves that are read at once at the start of the root's content.
    fn leaves(text: &str) -> Vec<(&str, String)> {
        let mut reader = Reader::new(text, &LIMITS).unwrap();
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        std::iter::from_fn(|| reader.plain_leaf(100)).map(|leaf| (leaf.name, leaf.text.into_owned())).collect()
    }

    #[test]
    fn only_plain_leaves_are_read_at_once() {
        assert_eq!(
            leaves("<a><b>1</b><c2></c2><d> > é</d><e/></a>"),
            [("b", "1".into()), ("c2", String::new()), ("d", " > é".into())]
        );
        assert_eq!(
            Reader::new("<a><b>1&lt;</b></a>", &LIMITS).map(|mut reader| {
                let _ = reader.next();
                reader.plain_leaf(1)
            }),
            Ok(None)
        );
        for other in [
            "<b/>",
            "<b>&#65;</b>",
            "<b>&nope;</b>",
            "<b>&lt</b>",
            "<b>&;</b>",
            "<b>\r</b>",
            "<b><c/></b>",
            "<b >1</b>",
            "<b x='1'>1</b>",
            "<b>1</b >",
            "<b>1</c>",
            "<p:b>1</p:b>",
            "<1>1</1>",
            "<b>1",
            "<b",
            "<>1</>",
            " <b>1</b>",
            "1",
            "<b><![CDATA[1]]></b>",
            "<!--c--><b>1</b>",
        ] {
            assert_eq!(leaves(&format!("<a>{other}</a>")), [], "{other}");
        }
        assert_eq!(leaves(&format!("<a>{}</a>", "<b>1</b>".repeat(20))).len(), 19, "the limit of elements");
        assert_eq!(leaves("<a/><b>1</b>"), [], "behind an empty element");
    }

    #[test]
    fn references_are_resolved_and_count_as_the_parser_counts_them() {
        for (text, meaning) in [
            ("", ""),
            ("x", "x"),
            ("&amp;", "&"),
            ("a&lt;&gt;b", "a<>b"),
            ("&quot;x&apos;", "\"x'"),
            ("a;&amp;;", "a;&;"),
        ] {
            let body = format!("<a><b>{text}</b></a>");
            let mut reader = Reader::new(&body, &LIMITS).unwrap();
            assert!(matches!(reader.next(), Ok(Event::Start(_))));
            let leaf = reader.plain_leaf(100).unwrap();
            assert_eq!(leaf.text, meaning);
            let mut reader = Reader::new(&body, &LIMITS).unwrap();
            let events: Vec<Event<'_>> =
                std::iter::from_fn(|| reader.next().ok().filter(|event| !matches!(event, Event::Eof))).collect();
            assert_eq!(leaf.pieces, events.iter().filter(|event| matches!(event, Event::Text(_))).count(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_child_is_not_read() {
        let mut reader = Reader::new("<a><b/><c>1</c></a>", &LIMITS).unwrap();
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        assert_eq!(reader.plain_leaf(100), None, "<c> stands behind <b>, not in it");
        assert!(matches!(reader.next(), Ok(Event::End)));
        assert!(reader.plain_leaf(100).is_some_and(|leaf| leaf.name == "c"));
        assert!(matches!(reader.next(), Ok(Event::End)));
        assert_eq!(reader.plain_leaf(100), None);
        assert!(matches!(reader.next(), Ok(Event::Eof)));
    }

    #[test]
    fn no_more_are_read_than_asked_for() {
        let mut reader = Reader::new("<a><int>1</int><int>2</int><int>3</int><int>4</int></a>", &LIMITS).unwrap();
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        reader.text().unwrap();
        let mut numbers = Vec::new();
        reader.plain_numbers("int", 2, |number| numbers.push(number));
        assert_eq!(numbers, [2, 3]);
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        assert_eq!(reader.text().unwrap(), "4");
    }

    #[test]
    fn the_limits_hold_and_what_is_broken_is_found() {
        let many = format!("<a>{}</a>", "<int>1</int>".repeat(20));
        assert_eq!(read(&many), Err(Fault::TooMuch { what: "elements", limit: 20 }));
        let cut = "<a><int>1</int><int>2</int><int>3";
        assert!(matches!(read(cut), Err(Fault::Malformed(_) | Fault::Truncated)));
        assert!(matches!(read("<a><int>1</int><int>2</itn></a>"), Err(Fault::Malformed(_))));
    }

    #[test]
    fn a_fault_behind_them_names_its_place() {
        let text = "<a><int>1</int><int>2</int><int>3</int>&nope;</a>";
        let mut reader = Reader::new(text, &LIMITS).unwrap();
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        assert!(matches!(reader.next(), Ok(Event::Start(_))));
        reader.text().unwrap();
        reader.plain_numbers("int", 100, |_| {});
        let error = reader.next().unwrap_err();
        assert_eq!((error.line, error.column), (1, 46));
    }
}
