//! `SpcIndirectDataContent`: what a signature says about the file it belongs to.
//!
//! Source: "Windows Authenticode Portable Executable Signature Format", 2008.

use crate::algorithm::DigestAlgorithm;
use crate::der::{self, Oid, Reader, SEQUENCE, SET, context};
use crate::fault::Fault;
use crate::oid;
use crate::reason::Reason;

/// The digest of a file, and of its pages if the signer took them.
pub(crate) struct IndirectData<'a> {
    /// Of what form the file is.
    pub(crate) kind: Oid<'a>,
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) digest: &'a [u8],
    pub(crate) pages: Option<PageHashes<'a>>,
}

/// Offsets and digests of the pages of an image, as they stood.
#[derive(Clone, Copy)]
pub(crate) struct PageHashes<'a> {
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) table: &'a [u8],
}

/// `SpcSerializedObject.classId` of page hashes: a6b586d5-b4a1-2466-ae05-a217da8e60d6.
const PAGE_HASHES_CLASS: [u8; 16] =
    [0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66, 0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6];

impl<'a> IndirectData<'a> {
    /// Reads what was signed; `content` is its value, without tag and length.
    pub(crate) fn read(content: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(content);
        let mut data = reader.sequence("the description of a file")?;
        let kind = data.oid("the form of a file")?;
        let pages = if kind == oid::PE_IMAGE_DATA && data.peek() == Some(SEQUENCE) {
            page_hashes(data.sequence("the description of an image")?)?
        } else {
            // What else stands there says nothing: "<<<Obsolete>>>", or the interface of a form's provider.
            None
        };
        let mut info = reader.sequence("the digest of a file")?;
        reader.end("nothing behind the digest of a file")?;
        let algorithm = DigestAlgorithm::read(&mut info)?;
        let digest = info.octets("the digest of a file")?;
        info.end("nothing behind the digest of a file")?;
        if digest.len() != algorithm.bytes() {
            return Err(Fault::new(
                Reason::MalformedSignature,
                "the digest of the file has another length than its algorithm",
            ));
        }
        Ok(Self { kind, algorithm, digest, pages })
    }
}

/// Reads the page hashes out of `SpcPeImageData`, if they are there.
fn page_hashes(mut image: Reader<'_>) -> Result<Option<PageHashes<'_>>, Fault> {
    image.optional(der::BIT_STRING)?;
    let Some(file) = image.optional(context(0))? else { return Ok(None) };
    let mut link = file.inside();
    // A moniker holds them; the other two choices of SpcLink are a URL and the text "<<<Obsolete>>>".
    let Some(moniker) = link.optional(context(1))? else { return Ok(None) };
    let mut object = moniker.inside();
    if object.octets("the class of a serialized object")? != PAGE_HASHES_CLASS {
        return Err(Fault::new(Reason::MalformedSignature, "a serialized object that is not page hashes"));
    }
    let serialized = object.octets("page hashes")?;
    object.end("nothing behind page hashes")?;
    let mut set = der::only(serialized, SET, "page hashes")?;
    let mut attribute = set.sequence("page hashes")?;
    set.end("nothing behind page hashes")?;
    let algorithm = match attribute.oid("the form of page hashes")? {
        oid::PAGE_HASHES_SHA1 => DigestAlgorithm::Sha1,
        oid::PAGE_HASHES_SHA256 => DigestAlgorithm::Sha256,
        other => return Err(Fault::new(Reason::UnsupportedAlgorithm, format!("page hashes {other}"))),
    };
    let mut values = attribute.expect(SET, "the table of page hashes")?.inside();
    let table = values.octets("the table of page hashes")?;
    values.end("nothing behind the table of page hashes")?;
    Ok(Some(PageHashes { algorithm, table }))
}
