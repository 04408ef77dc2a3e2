//! What stands behind the ends of streams, in their last sectors.
//!
//! It should be empty, and is not where the Windows Installer itself wrote the file: genuine databases have remains of other
//! streams there (ViGEmBus 1.17, of 2020: 16 of 49 streams). So it is counted and told, and the digest of the whole file has to cover it.
//! Refused is what makes such a file into one of another kind: archives are read from their end (CVE-2020-1464).

use crate::fault::Fault;
use crate::reason::Reason;

/// What the directory at the end of a ZIP archive, and so of a Java program, begins with.
const ZIP_END: &[u8] = b"PK\x05\x06";

/// Bytes behind the ends of streams.
#[derive(Default)]
pub(super) struct Slack {
    bytes: u64,
    is_archive: bool,
}

impl Slack {
    /// Takes what stands behind the end of one stream.
    pub(super) fn take(&mut self, rest: &[u8]) {
        self.bytes += rest.iter().filter(|byte| **byte != 0).count() as u64;
        self.is_archive |= rest.windows(ZIP_END.len()).any(|window| window == ZIP_END);
    }

    /// How many bytes are not zero.
    pub(super) fn finish(self) -> Result<u64, Fault> {
        if self.is_archive {
            return Err(Fault::new(
                Reason::UnaccountedBytes,
                "the end of a ZIP archive stands behind the end of a stream",
            ));
        }
        Ok(self.bytes)
    }
}
