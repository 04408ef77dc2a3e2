use std::borrow::Cow;

use quick_xml::events::{BytesDecl, BytesRef};

use crate::Fault;

/// XML 1.0 section 2.11: a parser reports every line end as one line feed.
pub(crate) fn normalise_line_ends(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text }
}

/// What a reference stands for: one of the five predefined entities, or a character.
pub(crate) fn resolve<'i>(reference: &BytesRef<'_>) -> Result<Cow<'i, str>, Fault> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) if allowed(character) => Ok(Cow::Owned(character.to_string())),
        Ok(Some(character)) => Err(Fault::ForbiddenCharacter(character.into())),
        Ok(None) => {
            let name: &str = reference;
            match quick_xml::escape::resolve_xml_entity(name) {
                Some(text) => Ok(Cow::Borrowed(text)),
                None => Err(Fault::UnknownEntity(name.chars().take(40).collect())),
            }
        }
        Err(error) => Err(Fault::Malformed(error.to_string())),
    }
}

/// The first character of `text` that XML does not allow, not even written as a reference, and its offset.
pub(crate) fn forbidden(text: &str) -> Option<(usize, char)> {
    // Nearly no text has a byte that one of them begins with. A block is looked at to its end, for then the compiler
    // compares sixteen bytes at once: leaving at the first find was a quarter of what it took to read a scan.
    let suspicious = |byte: u8| (byte < 0x20) & !matches!(byte, b'\t' | b'\n' | b'\r') | (byte == 0xef);
    let mut blocks = text.as_bytes().chunks(256);
    if !blocks.any(|block| block.iter().fold(false, |found, byte| found | suspicious(*byte))) {
        return None;
    }
    text.char_indices().find(|(_, character)| !allowed(*character))
}

/// XML 1.0 production 2, `Char`.
fn allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

pub(crate) fn check_encoding(declaration: &BytesDecl<'_>) -> Result<(), Fault> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii") => Ok(()),
        Some(Ok(name)) => Err(Fault::Encoding(format!("declared as {name}"))),
        Some(Err(error)) => Err(Fault::Malformed(error.to_string())),
    }
}
