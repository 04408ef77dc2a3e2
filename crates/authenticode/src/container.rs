//! The forms of files: where each keeps its signature, and which of its bytes the signature is about.

pub(crate) mod cabinet;
pub(crate) mod catalog;
pub(crate) mod compound;
pub(crate) mod image;
pub(crate) mod installer;
pub(crate) mod pass;
pub(crate) mod source;

use crate::der;
use crate::fault::Fault;
use crate::policy::Form;
use crate::reason::Reason;

/// How many bytes tell the form of a file.
pub(crate) const MAGIC_BYTES: usize = 8;

/// Tells the form of a file by its first bytes; what it is called says nothing.
pub(crate) fn form(start: &[u8]) -> Result<Form, Fault> {
    match start {
        [b'M', b'Z', ..] => Ok(Form::Image),
        [b'M', b'S', b'C', b'F', ..] => Ok(Form::Cabinet),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Ok(Form::Installer),
        // Imaging format of Windows: newer update packages (MSU), and ESD.
        [b'M', b'S', b'W', b'I', b'M', 0, 0, 0, ..] => Err(Fault::new(Reason::VerifiedThroughReference, "WIM")),
        [b'P', b'K', 3, 4, ..] => Err(Fault::new(Reason::UnsupportedFormat, "a ZIP archive, as MSIX and APPX are")),
        // With an indefinite length, which is refused later, but as a catalog.
        [der::SEQUENCE, 0x80..=0x84, ..] => Ok(Form::Catalog),
        _ => Err(Fault::new(Reason::UnknownFormat, format!("it begins with {}", hex::encode(start)))),
    }
}

/// Little-endian numbers at given places.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

/// Little-endian numbers at given places.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The signature at the start of `bytes`, and what stands behind it: at most seven zero bytes, to the next multiple of
/// eight. More, or others, is a place to hide in (CVE-2013-3900).
pub(crate) fn padded_signature(bytes: &[u8]) -> Result<&[u8], Fault> {
    let (tag, head, length) =
        der::header(bytes).ok_or_else(|| Fault::new(Reason::MalformedSignature, "it is not DER"))?;
    let (signature, padding) = bytes
        .split_at_checked(head.saturating_add(length))
        .ok_or_else(|| Fault::new(Reason::MalformedSignature, "it is cut short"))?;
    if tag != der::SEQUENCE {
        return Err(Fault::new(Reason::MalformedSignature, "it is not CMS"));
    }
    if padding.len() > 7 || padding.iter().any(|byte| *byte != 0) {
        return Err(Fault::new(Reason::CertificatePadding, format!("{} bytes", padding.len())));
    }
    Ok(signature)
}
