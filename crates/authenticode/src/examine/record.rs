//! What a file shows, as bytes: kept beside it, so that it need not be read again because whom to trust changed.

use super::Examination;
use crate::limits::EXAMINATION_BYTES_MAX;

/// The first byte. Raised with any change of what is kept *or of what an examination finds*: what was kept before is then none.
const VERSION: u8 = 1;

impl Examination {
    /// As bytes; `None` if they are more than [`EXAMINATION_BYTES_MAX`]. Left out is what no verdict needs: the members of a catalog,
    /// and digests of pages that were compared.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let bytes = postcard::to_extend(self, vec![VERSION]).ok()?;
        (bytes.len() <= EXAMINATION_BYTES_MAX).then_some(bytes)
    }

    /// Takes bytes at their word that [`Examination::encode`] made: who keeps them has to know that they are the same. `None` if
    /// they are not, or were made by another version.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&version, body) = bytes.split_first()?;
        let is_known = version == VERSION && bytes.len() <= EXAMINATION_BYTES_MAX;
        let (examination, rest) = is_known.then(|| postcard::take_from_bytes(body).ok())??;
        rest.is_empty().then_some(examination)
    }
}
