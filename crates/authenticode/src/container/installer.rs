//! Databases and patches of the Windows Installer (MSI, MSP): compound files with their signature in a stream.
//!
//! The digest is over the content of all streams in the order of their names' bytes, each storage followed by its class, the root by
//! its own. Where there is a stream `MsiDigitalSignatureEx`, it holds a digest of names, sizes and dates, and is digested first.
//!
//! Source: what `signtool` and osslsigncode make and take, 2026-11.

use aws_lc_rs::digest::Context;

use crate::algorithm::DigestAlgorithm;
use crate::container::compound::{Compound, Entry, Kind};
use crate::container::padded_signature;
use crate::container::source::Source;
use crate::fault::{Fault, Stop};
use crate::limits::SIGNATURE_BYTES_MAX;
use crate::reason::Reason;

/// An opened installer database.
pub(crate) struct Installer {
    file: Compound,
}

impl Installer {
    /// Opens it.
    pub(crate) fn read(source: &mut Source<'_>) -> Result<Self, Stop> {
        Ok(Self { file: Compound::read(source)? })
    }

    /// Bytes behind the ends of streams, which no digest covers, that are not zero.
    pub(crate) fn slack_bytes(&self) -> u64 {
        self.file.slack_bytes
    }

    /// The signature as it stood.
    pub(crate) fn signature(&self, source: &mut Source<'_>) -> Result<Vec<u8>, Stop> {
        let unsigned = || Fault::new(Reason::Unsigned, "there is no stream of that name");
        let entry = self.find("\u{5}DigitalSignature").ok_or_else(unsigned)?;
        let bytes = self.content(source, entry, SIGNATURE_BYTES_MAX)?;
        Ok(padded_signature(&bytes)?.to_vec())
    }

    /// The stored digest of names, sizes and dates, if there is one, after a comparison with what they are.
    pub(crate) fn metadata(&self, source: &mut Source<'_>) -> Result<Option<Vec<u8>>, Stop> {
        let Some(entry) = self.find("\u{5}MsiDigitalSignatureEx") else {
            check_dates(&self.file.root, false)?;
            return Ok(None);
        };
        check_dates(&self.file.root, true)?;
        let stored = self.content(source, entry, 64)?;
        let algorithm =
            [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512]
                .into_iter()
                .find(|algorithm| algorithm.bytes() == stored.len());
        let algorithm = algorithm.ok_or_else(|| Fault::new(Reason::MetadataDigestMismatch, "it is no digest"))?;
        let mut context = algorithm.begin();
        metadata(&self.file.root, &mut context);
        if context.finish().as_ref() != stored {
            return Err(Fault::new(Reason::MetadataDigestMismatch, "").into());
        }
        Ok(Some(stored))
    }

    /// The digests of the content, one for each algorithm, behind `metadata`.
    pub(crate) fn digests(
        &self,
        source: &mut Source<'_>,
        algorithms: &[DigestAlgorithm],
        metadata: Option<&[u8]>,
    ) -> Result<Vec<Vec<u8>>, Stop> {
        let mut contexts: Vec<Context> = algorithms.iter().map(|algorithm| algorithm.begin()).collect();
        let mut take = |bytes: &[u8]| contexts.iter_mut().for_each(|context| context.update(bytes));
        take(metadata.unwrap_or_default());
        self.storage(source, &self.file.root, &mut take)?;
        Ok(contexts.into_iter().map(|context| context.finish().as_ref().to_vec()).collect())
    }

    fn storage(&self, source: &mut Source<'_>, storage: &Entry, take: &mut dyn FnMut(&[u8])) -> Result<(), Stop> {
        for child in covered(storage) {
            match child.kind {
                Kind::Stream => self.file.stream(source, child, take)?,
                Kind::Storage | Kind::Root => self.storage(source, child, take)?,
            }
        }
        take(&storage.class);
        Ok(())
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.file.root.children.iter().find(|entry| entry.kind == Kind::Stream && is_named(entry, name))
    }

    fn content(&self, source: &mut Source<'_>, entry: &Entry, most: u64) -> Result<Vec<u8>, Stop> {
        if entry.size > most {
            return Err(Fault::new(Reason::TooLarge, format!("a signature of more than {most} bytes")).into());
        }
        let mut bytes = Vec::new();
        self.file.stream(source, entry, &mut |part| bytes.extend_from_slice(part))?;
        Ok(bytes)
    }
}

/// What digests are over: all but the signature in the root.
fn covered(storage: &Entry) -> impl Iterator<Item = &Entry> {
    storage.children.iter().filter(move |entry| is_covered(storage, entry))
}

fn is_covered(storage: &Entry, entry: &Entry) -> bool {
    let signatures = ["\u{5}DigitalSignature", "\u{5}MsiDigitalSignatureEx"];
    storage.kind != Kind::Root || !signatures.iter().any(|name| is_named(entry, name))
}

/// Digests names, sizes, classes and dates: a storage's own, then those of what it holds.
fn metadata(entry: &Entry, context: &mut Context) {
    if entry.kind != Kind::Root {
        context.update(&entry.name);
    }
    if entry.kind == Kind::Stream {
        // Files of the Windows Installer have sizes of 32 bits.
        context.update(&u32::try_from(entry.size).unwrap_or(u32::MAX).to_le_bytes());
    } else {
        context.update(&entry.class);
    }
    context.update(&entry.state);
    if entry.kind != Kind::Root {
        context.update(&entry.times);
    }
    for child in covered(entry) {
        metadata(child, context);
    }
}

/// Where no digest covers them, the states and dates of streams have to be those that streams have: none ([MS-CFB] 2.6.1).
fn check_dates(storage: &Entry, has_metadata: bool) -> Result<(), Fault> {
    for child in &storage.children {
        let is_open = child.kind == Kind::Stream && !(has_metadata && is_covered(storage, child));
        if is_open && (child.state != [0; 4] || child.times != [0; 16]) {
            return Err(Fault::new(Reason::UnaccountedBytes, "a stream has a state or a date"));
        }
        check_dates(child, has_metadata)?;
    }
    Ok(())
}

/// Asked of every entry there is: it takes no copy.
fn is_named(entry: &Entry, name: &str) -> bool {
    name.encode_utf16().flat_map(u16::to_le_bytes).eq(entry.name.iter().copied())
}
