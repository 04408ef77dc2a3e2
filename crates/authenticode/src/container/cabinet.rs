//! Cabinets (CAB), and the update packages (MSU) that are cabinets.
//!
//! A signed cabinet has 20 reserved bytes in its header, which say where the signature is: behind everything else.
//! The digest leaves out the fields that only signing fills, so that these have to be what signing fills in.
//!
//! Source: "Microsoft Cabinet Format" for the header; the layout of the reserved bytes is what `signtool` and osslsigncode make.

use std::ops::Range;

use crate::container::source::Source;
use crate::container::{padded_signature, u16_at, u32_at};
use crate::fault::{Fault, Stop};
use crate::limits::SIGNATURE_BYTES_MAX;
use crate::reason::Reason;

/// Header with the reserved bytes of a signature.
const HEADER_BYTES: usize = 60;
/// Bytes of a folder's entry.
const FOLDER_BYTES: u32 = 8;
/// `cfhdrRESERVE_PRESENT`.
const RESERVE_PRESENT: u16 = 4;
/// Length of the reserved bytes of a signature.
const RESERVED_BYTES: u16 = 20;
/// What the reserved bytes begin with.
const RESERVED_MARK: u32 = 0x0010_0000;

/// Where the signature of a cabinet is.
pub(crate) struct Cabinet {
    signature: Range<u64>,
}

impl Cabinet {
    /// Finds the signature and looks that nothing stands where nothing is covered.
    pub(crate) fn read(source: &mut Source<'_>) -> Result<Self, Stop> {
        let header = source.up_to(0, HEADER_BYTES)?;
        let flags = u16_at(&header, 30).ok_or_else(cut_short)?;
        if flags & !RESERVE_PRESENT != 0 {
            return Err(malformed("cabinets of a set are not taken").into());
        }
        if flags & RESERVE_PRESENT == 0 || u16_at(&header, 36).ok_or_else(cut_short)? == 0 {
            let announced = u64::from(u32_at(&header, 8).ok_or_else(cut_short)?);
            let detail = if announced < source.size { "and bytes stand behind it" } else { "" };
            return Err(Fault::new(Reason::Unsigned, format!("the cabinet reserves no bytes for one {detail}")).into());
        }
        let cabinet = Self::parse(&header)?;
        cabinet.check(&header, source.size)?;
        Ok(cabinet)
    }

    fn parse(header: &[u8]) -> Result<Self, Fault> {
        let word = |at| u32_at(header, at).ok_or_else(cut_short);
        if u16_at(header, 36) != Some(RESERVED_BYTES) || word(40)? != RESERVED_MARK {
            return Err(Fault::new(Reason::Unsigned, "the cabinet's reserved bytes are of another kind"));
        }
        let (offset, length) = (u64::from(word(44)?), u64::from(word(48)?));
        if length == 0 {
            return Err(Fault::new(Reason::Unsigned, "the cabinet has room for one, and none in it"));
        }
        Ok(Self { signature: offset..offset + length })
    }

    fn check(&self, header: &[u8], size: u64) -> Result<(), Fault> {
        let word = |at| u32_at(header, at).ok_or_else(cut_short);
        // What no digest covers is zero: reserved1, iCabinet, what is left of the reserved bytes, and those of folders and data.
        if word(4)? != 0 || u16_at(header, 34) != Some(0) || word(52)? != 0 || u16_at(header, 38) != Some(0) {
            return Err(malformed("fields are filled that have to be empty"));
        }
        if u64::from(word(8)?) != self.signature.start {
            return Err(malformed("the signature does not begin where the cabinet ends"));
        }
        let folders = u32::from(u16_at(header, 26).ok_or_else(cut_short)?);
        if word(16)? != HEADER_BYTES as u32 + folders * FOLDER_BYTES {
            return Err(malformed("something lies between the folders and the files"));
        }
        if self.signature.start < u64::from(word(16)?) || self.signature.end > size {
            return Err(malformed("the signature reaches beyond the file"));
        }
        if self.signature.end < size {
            return Err(Fault::new(Reason::TrailingBytes, format!("{} bytes", size - self.signature.end)));
        }
        if self.signature.end - self.signature.start > SIGNATURE_BYTES_MAX {
            return Err(Fault::new(
                Reason::TooLarge,
                format!("the signature has more than {SIGNATURE_BYTES_MAX} bytes"),
            ));
        }
        Ok(())
    }

    /// The signature as it stood.
    pub(crate) fn signature(&self, source: &mut Source<'_>) -> Result<Vec<u8>, Stop> {
        let length = usize::try_from(self.signature.end - self.signature.start).unwrap_or(0);
        let bytes = source.exactly(self.signature.start, length)?;
        Ok(padded_signature(&bytes)?.to_vec())
    }

    /// What the digest is over.
    pub(crate) fn covered(&self) -> [Range<u64>; 3] {
        [0..4, 8..34, 56..self.signature.start]
    }
}

fn cut_short() -> Fault {
    malformed("the header is cut short")
}

fn malformed(detail: impl Into<String>) -> Fault {
    Fault::new(Reason::MalformedFile, detail)
}
