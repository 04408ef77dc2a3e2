//! Images (PE): programs, libraries, drivers.
//!
//! Source: "Windows Authenticode Portable Executable Signature Format", 2008; "PE Format", *The Attribute Certificate
//! Table*. Stricter than either: the table ends the file, and nothing hides in it.

mod pages;

use std::ops::Range;

use crate::container::source::Source;
use crate::container::{padded_signature, u16_at, u32_at};
use crate::fault::{Fault, Stop};
use crate::limits::{PE_HEADER_OFFSET_MAX, PE_SECTIONS_MAX, SIGNATURE_BYTES_MAX, SIGNATURES_MAX};
use crate::reason::Reason;

pub(crate) use self::pages::{check as check_pages, lane as page_lane};

/// Length of the DOS header.
const DOS_BYTES: usize = 64;
/// Length of signature and COFF header.
const COFF_BYTES: usize = 24;
/// Length of a section's header.
const SECTION_BYTES: usize = 40;
/// Index of the certificate table among the data directories.
const CERTIFICATE_DIRECTORY: u32 = 4;
/// Length of a certificate's head: length, revision, type.
const ENTRY_HEAD_BYTES: usize = 8;

/// Where things lie in an image.
pub(crate) struct Image {
    /// The checksum, which no digest covers.
    checksum_at: u64,
    /// The entry of the certificate table, which no digest covers.
    directory_at: u64,
    /// The certificate table, which ends the file.
    table: Range<u64>,
    /// `SizeOfHeaders`.
    header_bytes: u64,
    /// `SectionAlignment`: how long a page is.
    page_bytes: u64,
    /// Where the data of sections lies in the file.
    sections: Vec<Range<u64>>,
}

impl Image {
    /// Finds out where things lie.
    pub(crate) fn read(source: &mut Source<'_>) -> Result<Self, Stop> {
        let dos = source.up_to(0, DOS_BYTES)?;
        let at = u32_at(&dos, 0x3c).ok_or_else(|| malformed("the DOS header is cut short"))?;
        if at > PE_HEADER_OFFSET_MAX {
            return Err(malformed("the headers begin too far behind").into());
        }
        let longest = COFF_BYTES + usize::from(u16::MAX) + usize::from(PE_SECTIONS_MAX) * SECTION_BYTES;
        let headers = source.up_to(at.into(), longest)?;
        let image = Self::parse(&headers, at.into()).ok_or_else(|| malformed("the headers are cut short"))??;
        if image.table.is_empty() {
            return Err(Fault::new(Reason::Unsigned, "the image has no certificate table").into());
        }
        image.check_table(source.size)?;
        Ok(image)
    }

    /// None if the headers are cut short.
    fn parse(headers: &[u8], base: u64) -> Option<Result<Self, Fault>> {
        if headers.get(..4)? != b"PE\0\0" {
            return Some(Err(malformed("it has no PE header: a program of another system")));
        }
        let count = u16_at(headers, 6)?;
        let optional_bytes = usize::from(u16_at(headers, 20)?);
        let optional = headers.get(COFF_BYTES..COFF_BYTES + optional_bytes)?;
        // Where the number of data directories stands; the directories follow.
        let directories = match u16_at(optional, 0)? {
            0x10b => 92,
            0x20b => 108,
            other => return Some(Err(malformed(format!("the optional header is of kind {other:#x}")))),
        };
        if count > PE_SECTIONS_MAX {
            return Some(Err(malformed(format!("{count} sections are too many"))));
        }
        let entry = directories + 4 + 8 * CERTIFICATE_DIRECTORY as usize;
        let table = if u32_at(optional, directories)? > CERTIFICATE_DIRECTORY {
            let (offset, length) = (u64::from(u32_at(optional, entry)?), u64::from(u32_at(optional, entry + 4)?));
            offset..offset + length
        } else {
            0..0
        };
        let mut sections = Vec::new();
        for index in 0..usize::from(count) {
            let header = headers.get(COFF_BYTES + optional_bytes + index * SECTION_BYTES..)?.get(..SECTION_BYTES)?;
            let (length, offset) = (u64::from(u32_at(header, 16)?), u64::from(u32_at(header, 20)?));
            sections.push(offset..offset + length);
        }
        let optional_at = base + COFF_BYTES as u64;
        Some(Ok(Self {
            checksum_at: optional_at + 64,
            directory_at: optional_at + entry as u64,
            table,
            header_bytes: u32_at(optional, 60)?.into(),
            page_bytes: u32_at(optional, 32)?.into(),
            sections,
        }))
    }

    /// The table has to be the end of the file, aligned, and behind all that is covered.
    fn check_table(&self, size: u64) -> Result<(), Fault> {
        let misplaced = |detail| Err(Fault::new(Reason::CertificateTableMisplaced, detail));
        if !self.table.start.is_multiple_of(8) {
            return misplaced("it is not aligned to eight bytes");
        }
        if self.table.start < self.directory_at + 8 || self.table.start < self.header_bytes {
            return misplaced("it begins within the headers");
        }
        if self.table.end > size {
            return misplaced("it reaches beyond the end of the file");
        }
        if self.table.end < size {
            return Err(Fault::new(Reason::TrailingBytes, format!("{} bytes", size - self.table.end)));
        }
        if self.table.end - self.table.start > SIGNATURE_BYTES_MAX {
            return Err(Fault::new(
                Reason::TooLarge,
                format!("the certificate table has more than {SIGNATURE_BYTES_MAX} bytes"),
            ));
        }
        Ok(())
    }

    /// The signatures in the table, each as it stood.
    pub(crate) fn signatures(&self, source: &mut Source<'_>) -> Result<Vec<Vec<u8>>, Stop> {
        let length = usize::try_from(self.table.end - self.table.start).unwrap_or(0);
        let table = source.exactly(self.table.start, length)?;
        Ok(entries(&table)?)
    }

    /// What the digest of the image is over: all but its checksum, the table and the entry of the table.
    pub(crate) fn covered(&self) -> [Range<u64>; 3] {
        [0..self.checksum_at, self.checksum_at + 4..self.directory_at, self.directory_at + 8..self.table.start]
    }
}

/// Takes the certificate table (`WIN_CERTIFICATE`) apart.
fn entries(mut table: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut signatures = Vec::new();
    while !table.is_empty() {
        let cut_short = || malformed("the certificate table is cut short");
        let length = u32_at(table, 0).ok_or_else(cut_short)? as usize;
        let (revision, kind) = (u16_at(table, 4).ok_or_else(cut_short)?, u16_at(table, 6).ok_or_else(cut_short)?);
        let body = table.get(ENTRY_HEAD_BYTES..length).ok_or_else(cut_short)?;
        if (revision, kind) != (0x0200, 0x0002) {
            return Err(malformed(format!("a certificate of revision {revision:#x} and type {kind}")));
        }
        if signatures.len() == SIGNATURES_MAX {
            return Err(Fault::new(Reason::TooManySignatures, format!("more than {SIGNATURES_MAX}")));
        }
        signatures.push(padded_signature(body)?.to_vec());
        // Each begins at a multiple of eight; what lies between is nothing.
        let (_, rest) = table.split_at_checked(length).ok_or_else(cut_short)?;
        let gap = length.next_multiple_of(8) - length;
        let (padding, rest) = rest.split_at_checked(gap).unwrap_or((rest, &[]));
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Fault::new(Reason::CertificatePadding, "between two signatures"));
        }
        table = rest;
    }
    Ok(signatures)
}

fn malformed(detail: impl Into<String>) -> Fault {
    Fault::new(Reason::MalformedFile, detail)
}
