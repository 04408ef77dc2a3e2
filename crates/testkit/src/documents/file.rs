use aws_lc_rs::digest;
use bytes::Bytes;
use model::{Sha1, Sha256};

use crate::random::Random;

/// A finished document and the content it names.
#[derive(Clone, Debug)]
pub struct Made {
    /// A name for the document's own file: `<update id>-r<revision>.xml`.
    pub file_name: String,
    /// The whole update document.
    pub document: String,
    /// Its content files, licence texts included; empty where a document promises files that nobody made.
    pub files: Vec<MadeFile>,
}

/// A content file with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFile {
    /// The name before installation.
    pub name: String,
    /// What is in it; shared, so a clone costs nothing.
    pub bytes: Bytes,
}

impl MadeFile {
    /// A file of `size` bytes that follow from its name and do not compress.
    pub fn of_size(name: &str, size: usize) -> Self {
        Self { name: name.to_owned(), bytes: Random::named(name).bytes(size).into() }
    }

    /// A file of text.
    pub fn of_text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), bytes: Bytes::copy_from_slice(text.as_bytes()) }
    }

    /// The SHA-1 of its bytes.
    pub fn sha1(&self) -> Sha1 {
        sha1(&self.bytes)
    }

    /// The SHA-256 of its bytes.
    pub fn sha256(&self) -> Sha256 {
        sha256(&self.bytes)
    }
}

pub(crate) fn sha1(bytes: &[u8]) -> Sha1 {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    Sha1::try_from(digest.as_ref()).expect("a SHA-1 has 20 bytes")
}

pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    let digest = digest::digest(&digest::SHA256, bytes);
    Sha256::try_from(digest.as_ref()).expect("a SHA-256 has 32 bytes")
}

/// What a document says of a file; the bytes need not exist.
#[derive(Clone, Debug)]
pub(crate) struct Promise {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) sha1: Option<Sha1>,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) patching: Option<&'static str>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) bytes: Option<Bytes>,
}

impl Promise {
    pub(crate) fn of(file: &MadeFile) -> Self {
        Self {
            name: file.name.clone(),
            size: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
            sha1: Some(file.sha1()),
            sha256: Some(file.sha256()),
            patching: None,
            key: None,
            bytes: Some(file.bytes.clone()),
        }
    }

    /// A file that is only spoken of: its digests follow from its name.
    pub(crate) fn unmade(name: &str, size: u64) -> Self {
        Self {
            name: name.to_owned(),
            size,
            sha1: Some(sha1(name.as_bytes())),
            sha256: Some(sha256(name.as_bytes())),
            patching: None,
            key: None,
            bytes: None,
        }
    }

    pub(crate) fn made(&self) -> Option<MadeFile> {
        Some(MadeFile { name: self.name.clone(), bytes: self.bytes.clone()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_well_known_ones() {
        let file = MadeFile::of_text("abc.txt", "abc");
        assert_eq!(file.sha1().to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(file.sha256().to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
