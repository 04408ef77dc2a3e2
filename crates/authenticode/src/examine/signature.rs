//! One signature, and those nested in it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::algorithm::DigestAlgorithm;
use crate::cms::SignedData;
use crate::der::Oid;
use crate::fault::Fault;
use crate::limits::SIGNATURES_MAX;
use crate::oid;
use crate::reason::Reason;
use crate::spc::{IndirectData, PageHashes};
use crate::timestamp::Stamp;

/// What is known of a signature without asking who may sign.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Signature {
    /// `1`, and `1.1` for the first that is nested in it.
    pub(crate) position: String,
    /// The weakest digest that it rests on.
    pub(crate) digest: DigestAlgorithm,
    /// The signer's certificate.
    pub(crate) signer: Vec<u8>,
    /// All certificates that came along.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) stamp: Option<Stamp>,
    /// What it says about the file; catalogs are about others.
    file: Option<File>,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    kind: Vec<u8>,
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
    /// Compared with the file, they are of no use any more.
    #[serde(skip)]
    pages: Option<(DigestAlgorithm, Vec<u8>)>,
}

impl Signature {
    /// Which digest of the file it names.
    pub(crate) fn file_algorithm(&self) -> Option<DigestAlgorithm> {
        self.file.as_ref().map(|file| file.algorithm)
    }

    pub(crate) fn has_digest(&self, digest: &[u8]) -> bool {
        self.file.as_ref().is_some_and(|file| file.digest == digest)
    }

    pub(crate) fn is_about(&self, kind: Oid<'_>) -> bool {
        self.file.as_ref().is_some_and(|file| file.kind == kind.0)
    }

    pub(crate) fn pages(&self) -> Option<PageHashes<'_>> {
        let (algorithm, table) = self.file.as_ref()?.pages.as_ref()?;
        Some(PageHashes { algorithm: *algorithm, table })
    }
}

/// Reads a signature and those nested in it. What is wrong with one that can be read is added to `faults`.
pub(super) fn read(
    bytes: &[u8],
    position: String,
    content_type: Oid<'static>,
    signatures: &mut Vec<Signature>,
    faults: &mut Vec<(Option<String>, Fault)>,
) -> Result<(), Fault> {
    // Nested ones wait here, so that depth is no matter of the stack.
    let mut waiting = vec![(Cow::Borrowed(bytes), position)];
    let mut count = 0;
    while let Some((bytes, position)) = waiting.pop() {
        count += 1;
        if signatures.len() >= SIGNATURES_MAX || count > SIGNATURES_MAX {
            return Err(Fault::new(Reason::TooManySignatures, format!("more than {SIGNATURES_MAX}")));
        }
        match one(&bytes, &position, content_type) {
            Ok((signature, wrong, nested)) => {
                faults.extend(wrong.into_iter().map(|fault| (Some(position.clone()), fault)));
                signatures.push(signature);
                for (index, bytes) in nested.into_iter().enumerate().rev() {
                    waiting.push((Cow::Owned(bytes), format!("{position}.{}", index + 1)));
                }
            }
            Err(fault) => faults.push((Some(position), fault)),
        }
    }
    Ok(())
}

type Read = (Signature, Vec<Fault>, Vec<Vec<u8>>);

fn one(bytes: &[u8], position: &str, content_type: Oid<'static>) -> Result<Read, Fault> {
    let mut faults = Vec::new();
    let data = SignedData::read(bytes)?;
    if data.content_type != content_type {
        return Err(Fault::new(Reason::ContentTypeMismatch, format!("content of type {}", data.content_type)));
    }
    let signer = data.signer_certificate()?;
    faults.extend(data.signer.verify(&signer, Some(content_type), data.content).err());
    let file = if content_type == oid::INDIRECT_DATA { Some(file(data.content)?) } else { None };
    let stamp = match Stamp::read(&data.signer, &data.certificates) {
        Ok(stamp) => stamp,
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    const KNOWN: [Oid<'static>; 3] = [oid::RFC3161_TOKEN, oid::COUNTERSIGNATURE, oid::NESTED_SIGNATURE];
    let unknown = data.signer.unsigned.kinds().filter(|kind| !KNOWN.contains(kind));
    faults.extend(unknown.map(|kind| Fault::new(Reason::UnknownAttribute, kind.to_string())));
    let nested = data.signer.unsigned.values(oid::NESTED_SIGNATURE);
    let nested = nested.iter().take(SIGNATURES_MAX + 1).map(|value| value.raw.to_vec()).collect();
    let digest = file.as_ref().map_or(data.signer.digest, |file| file.algorithm.min(data.signer.digest));
    let signature = Signature {
        position: position.to_owned(),
        digest,
        signer: signer.raw.to_vec(),
        certificates: data.certificates.iter().map(|raw| raw.to_vec()).collect(),
        stamp,
        file,
    };
    Ok((signature, faults, nested))
}

fn file(content: &[u8]) -> Result<File, Fault> {
    let data = IndirectData::read(content)?;
    Ok(File {
        kind: data.kind.0.to_vec(),
        algorithm: data.algorithm,
        digest: data.digest.to_vec(),
        pages: data.pages.map(|pages| (pages.algorithm, pages.table.to_vec())),
    })
}
