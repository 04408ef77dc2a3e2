//! A set of pins that somebody signed.
//!
//! Shape: one line `vanne-pins 1 KEY SIGNATURE` (hex, Ed25519), a line feed, and the set to the end of the file. The signature
//! is over those last bytes as they are, and they are looked at only when it holds and the key is trusted.

use trust::{Fingerprint, Signature, SigningError, SigningKey, VerifyingKey};

use super::{FILE_BYTES_MAX, InvalidSet, PinSet};

const FORMAT: &str = "vanne-pins 1";
/// Signatures for this hold for nothing else.
const PURPOSE: &str = "vanne-pins 1";
/// The first line: format, 64 digits, 128 digits, blanks.
const LINE_BYTES_MAX: usize = 256;

/// A file of which is known who signed it, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSet<'a> {
    key: VerifyingKey,
    body: &'a [u8],
}

/// Why a file of pins is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not the form of such a file.
    #[error("not a signed file of pins: its first line is not \"{FORMAT}\", a key and a signature")]
    Form,
    /// A key or a signature is none.
    #[error("not a signed file of pins: {0}")]
    Key(SigningError),
    /// It was changed, or somebody else signed it.
    #[error("its signature does not match: the file was damaged or changed after it was signed")]
    Signature,
    /// Nobody trusts who signed it.
    #[error(
        "it is signed with the key {0}, which is not trusted for pins; after comparing it with what its owner says: `vanne upstream pins trust {0}`"
    )]
    Stranger(Fingerprint),
    /// It would turn back time.
    #[error("it is version {offered}, and version {here} is in force: only a higher one is taken")]
    NotNewer {
        /// Its version.
        offered: u32,
        /// The one in force.
        here: u32,
    },
    /// Signed, and yet no set of pins.
    #[error(transparent)]
    Set(#[from] InvalidSet),
}

impl<'a> SignedSet<'a> {
    /// Reads the first line and holds the signature against the rest.
    ///
    /// # Errors
    /// [`ImportError`] unless somebody signed just these bytes.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        if bytes.len() > FILE_BYTES_MAX + LINE_BYTES_MAX {
            return Err(InvalidSet::TooLong.into());
        }
        let end = bytes.iter().take(LINE_BYTES_MAX).position(|byte| *byte == b'\n').ok_or(ImportError::Form)?;
        let (line, rest) = bytes.split_at_checked(end).ok_or(ImportError::Form)?;
        let body = rest.get(1..).ok_or(ImportError::Form)?;
        let line = std::str::from_utf8(line).map_err(|_| ImportError::Form)?;
        let words = line.strip_prefix(FORMAT).and_then(|words| words.strip_prefix(' ')).ok_or(ImportError::Form)?;
        let (key, signature) = words.split_once(' ').ok_or(ImportError::Form)?;
        let key: VerifyingKey = key.parse().map_err(ImportError::Key)?;
        let signature: Signature = signature.parse().map_err(ImportError::Key)?;
        key.verify(PURPOSE, body, &signature).map_err(|_| ImportError::Signature)?;
        Ok(Self { key, body })
    }

    /// What people compare to know who signed it.
    pub fn signer(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    /// The set, if its signer is trusted and it is newer than `here`, the version in force.
    ///
    /// # Errors
    /// [`ImportError`].
    pub fn accept(&self, is_trusted: impl Fn(&Fingerprint) -> bool, here: u32) -> Result<PinSet, ImportError> {
        let signer = self.signer();
        if !is_trusted(&signer) {
            return Err(ImportError::Stranger(signer));
        }
        let set = PinSet::parse(self.body)?;
        if set.version <= here {
            return Err(ImportError::NotNewer { offered: set.version, here });
        }
        Ok(set)
    }
}

impl PinSet {
    /// Signs the text of a set, which must be one.
    ///
    /// # Errors
    /// [`InvalidSet`] for a text that is none.
    pub fn sign(text: &[u8], key: &SigningKey) -> Result<Vec<u8>, InvalidSet> {
        Self::parse(text)?;
        let line = format!("{FORMAT} {} {}\n", key.verifying_key(), key.sign(PURPOSE, text));
        Ok([line.as_bytes(), text].concat())
    }
}
