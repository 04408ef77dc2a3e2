use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use model::{Sha1, Sha256};

/// Takes both digests of a content file in one pass over its bytes, and counts them.
///
/// SHA-1 is a name here, because clients ask by it; what a file *is* rests on SHA-256.
#[derive(Clone)]
pub struct DigestBoth {
    sha1: Context,
    sha256: Context,
    size: u64,
}

impl DigestBoth {
    /// How many bytes one digest takes before the other sees them: a block that stays in the nearest cache.
    const BLOCK_BYTES: usize = 16 * 1024;

    /// The digests of nothing yet.
    pub fn new() -> Self {
        Self { sha1: Context::new(&SHA1_FOR_LEGACY_USE_ONLY), sha256: Context::new(&SHA256), size: 0 }
    }

    /// Adds `bytes` to what was given before.
    pub fn update(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(Self::BLOCK_BYTES) {
            self.sha1.update(block);
            self.sha256.update(block);
            self.size += block.len() as u64;
        }
    }

    /// How many bytes were given so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digests of all that was given, and how many bytes that was.
    pub fn finish(self) -> (Sha1, Sha256, u64) {
        let sha1 = Sha1::try_from(self.sha1.finish().as_ref()).expect("SHA-1 yields 20 bytes");
        let sha256 = Sha256::try_from(self.sha256.finish().as_ref()).expect("SHA-256 yields 32 bytes");
        (sha1, sha256, self.size)
    }
}

impl Default for DigestBoth {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes the SHA-256 of bytes that come in pieces, and counts them.
#[derive(Clone)]
pub struct DigestSha256 {
    sha256: Context,
    size: u64,
}

impl DigestSha256 {
    /// The digest of nothing yet.
    pub fn new() -> Self {
        Self { sha256: Context::new(&SHA256), size: 0 }
    }

    /// Adds `bytes` to what was given before.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// How many bytes were given so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digest of all that was given, and how many bytes that was.
    pub fn finish(self) -> (Sha256, u64) {
        let sha256 = Sha256::try_from(self.sha256.finish().as_ref()).expect("SHA-256 yields 32 bytes");
        (sha256, self.size)
    }

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Sha256 {
        let mut digest = Self::new();
        digest.update(bytes);
        digest.finish().0
    }
}

impl Default for DigestSha256 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_digests_are_those_of_the_standards() {
        let mut digests = DigestBoth::new();
        digests.update(b"abc");
        let (sha1, sha256, size) = digests.finish();
        assert_eq!(sha1.to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(sha256.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(size, 3);
    }

    #[test]
    fn an_empty_file_has_digests_too() {
        let (sha1, sha256, size) = DigestBoth::default().finish();
        assert_eq!(sha1.to_string(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(sha256.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(size, 0);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_does_not_matter(bytes: Vec<u8>, cut in 1_usize..400) {
            let mut whole = DigestBoth::new();
            whole.update(&bytes);
            let mut pieces = DigestBoth::new();
            bytes.chunks(cut).for_each(|piece| pieces.update(piece));
            prop_assert_eq!(pieces.finish(), whole.finish());
        }

        #[test]
        fn the_digest_by_itself_is_the_one_of_both(bytes: Vec<u8>, cut in 1_usize..400) {
            let mut both = DigestBoth::new();
            both.update(&bytes);
            let mut alone = DigestSha256::new();
            bytes.chunks(cut).for_each(|piece| alone.update(piece));
            let (_, sha256, size) = both.finish();
            prop_assert_eq!(alone.size(), size);
            prop_assert_eq!(alone.finish(), (sha256, size));
            prop_assert_eq!(DigestSha256::of(&bytes), sha256);
        }
    }
}
