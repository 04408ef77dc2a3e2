//! Names in certificates, which anybody can write: bounded, and without characters that do something.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use x509_cert::der::asn1::{BmpString, Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::{Tag, Tagged as _};
use x509_cert::name::RdnSequence;

/// Of a name that is shown.
const CHARS_MAX: usize = 120;
/// `commonName` and `organizationName` (RFC 5280, appendix A.1).
const COMMON_NAME: &str = "2.5.4.3";
const ORGANISATION: &str = "2.5.4.10";

/// What is shown of a distinguished name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// `CN`, empty if there is none.
    pub common: String,
    /// `O`, empty if there is none.
    pub organisation: String,
}

impl Name {
    pub(crate) fn read(name: &RdnSequence) -> Self {
        let mut read = Self::default();
        for attribute in name.0.iter().flat_map(|part| part.0.iter()) {
            let place = match attribute.oid.to_string().as_str() {
                COMMON_NAME => &mut read.common,
                ORGANISATION => &mut read.organisation,
                _ => continue,
            };
            let value = &attribute.value;
            let text = match value.tag() {
                Tag::PrintableString => value.decode_as::<PrintableStringRef<'_>>().map(|text| text.to_string()),
                Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().map(|text| text.to_string()),
                Tag::Ia5String => value.decode_as::<Ia5StringRef<'_>>().map(|text| text.to_string()),
                Tag::TeletexString => value.decode_as::<TeletexStringRef<'_>>().map(|text| text.to_string()),
                Tag::BmpString => value.decode_as::<BmpString>().map(|text| text.to_string()),
                _ => continue,
            };
            *place = shown(&text.unwrap_or_default());
        }
        read
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.common.as_str(), self.organisation.as_str()) {
            ("", "") => out.write_str("somebody without a name"),
            ("", organisation) => write!(out, "O={organisation}"),
            (common, _) => write!(out, "CN={common}"),
        }
    }
}

/// `text` as it may be logged and shown: bounded; control characters and those that turn lines around become `�`.
pub(super) fn shown(text: &str) -> String {
    let harmless = |c: char| {
        !c.is_control() && !matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().take(CHARS_MAX).map(|c| if harmless(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

pub(super) fn address(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| Ipv4Addr::from(bytes).to_string()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).to_string()),
        _ => None,
    }
}
