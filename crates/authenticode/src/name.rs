//! Names of subjects and issuers: compared as bytes, shown as text.

use crate::der::{Element, Malformed, Oid, Reader, SEQUENCE, SET};
use crate::limits::NAME_BYTES_MAX;
use crate::oid;

/// A distinguished name as it stood.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    /// With tag and length.
    pub(crate) raw: &'a [u8],
}

impl<'a> Name<'a> {
    /// Reads an RDNSequence and looks that it is one.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let element = reader.expect(SEQUENCE, "a name")?;
        if element.raw.len() > NAME_BYTES_MAX {
            return Err(Malformed("a name of reasonable length"));
        }
        let name = Self { raw: element.raw };
        name.each(&mut |_, _| {})?;
        Ok(name)
    }

    /// The last common name: what a subject is called.
    pub(crate) fn common_name(self) -> Option<String> {
        self.find(oid::COMMON_NAME)
    }

    /// The last organization.
    pub(crate) fn organization(self) -> Option<String> {
        self.find(oid::ORGANIZATION)
    }

    /// How people call it: the common name, else the organization.
    pub(crate) fn shown(self) -> String {
        self.common_name().or_else(|| self.organization()).unwrap_or_else(|| "(no name)".to_owned())
    }

    fn find(self, wanted: Oid<'_>) -> Option<String> {
        let mut found = None;
        let each = self.each(&mut |kind, value| {
            if kind == wanted {
                found = text(value);
            }
        });
        each.ok().and(found)
    }

    fn each(self, visit: &mut dyn FnMut(Oid<'a>, &Element<'a>)) -> Result<(), Malformed> {
        let mut names = Reader::new(self.raw).sequence("a name")?;
        while !names.is_empty() {
            let mut set = names.expect(SET, "a set of names")?.inside();
            while !set.is_empty() {
                let mut pair = set.sequence("an attribute of a name")?;
                let kind = pair.oid("the kind of a name's attribute")?;
                let value = pair.element()?;
                pair.end("nothing behind a name's attribute")?;
                visit(kind, &value);
            }
        }
        Ok(())
    }
}

/// The text of a string of the kinds that names use; control characters are shown as such.
fn text(value: &Element<'_>) -> Option<String> {
    let text = match value.tag {
        // UTF8String, PrintableString, IA5String.
        0x0c | 0x13 | 0x16 => str::from_utf8(value.content).ok()?.to_owned(),
        // T61String, of which nobody uses more than Latin-1.
        0x14 => value.content.iter().copied().map(char::from).collect(),
        // BMPString.
        0x1e => {
            let units = value.content.chunks_exact(2);
            if !units.remainder().is_empty() {
                return None;
            }
            let units = units.filter_map(|unit| <[u8; 2]>::try_from(unit).ok()).map(u16::from_be_bytes);
            char::decode_utf16(units).collect::<Result<_, _>>().ok()?
        }
        _ => return None,
    };
    Some(text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect())
}
