//! What was seen in files, each beside its file: `<root>/examinations/<first two hex digits>/<64 hex digits>`.
//!
//! What it says is its judge's business, who remembers the digest of it elsewhere: one that was cut short, or that somebody wrote who
//! may write here and not there, is none.

use std::io::Read as _;
use std::path::PathBuf;

use model::Sha256;
use trust::DigestSha256;

use super::{Files, blocking, incoming, named, open_file, write_beside};
use crate::FileError;

/// Longest that is read.
pub const EXAMINATION_BYTES_MAX: usize = 1 << 20;

impl Files {
    /// What was seen in a file, if it is what has this digest.
    pub async fn examination(&self, sha256: &Sha256, digest: Sha256) -> Option<Vec<u8>> {
        let path = self.examination_path(sha256);
        blocking(move || {
            let mut bytes = Vec::new();
            open_file(&path).ok()??.take(EXAMINATION_BYTES_MAX as u64).read_to_end(&mut bytes).ok()?;
            (digest_of(&bytes) == digest).then_some(bytes)
        })
        .await
    }

    /// Keeps what was seen in a file, and names it by its digest; `None` if it cannot be kept, for want of which nothing fails: the
    /// file is read again.
    pub async fn keep_examination(&self, sha256: &Sha256, bytes: Vec<u8>) -> Option<Sha256> {
        let path = self.examination_path(sha256);
        blocking(move || match write_beside(&path, &bytes) {
            Ok(()) => Some(digest_of(&bytes)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "what was seen in a file was not kept");
                None
            }
        })
        .await
    }

    pub(super) fn examinations_folder(&self) -> PathBuf {
        self.shared.root.join("examinations")
    }

    fn examination_path(&self, sha256: &Sha256) -> PathBuf {
        named(&self.examinations_folder(), sha256)
    }

    pub(super) fn remove_examination(&self, sha256: &Sha256) -> Result<(), FileError> {
        incoming::remove(&self.examination_path(sha256))
    }
}

fn digest_of(bytes: &[u8]) -> Sha256 {
    let mut digest = DigestSha256::new();
    digest.update(bytes);
    digest.finish().0
}
