use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A text that is not the digest it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {algorithm} digest of {bytes} bytes")]
pub struct InvalidDigest {
    algorithm: &'static str,
    bytes: usize,
    text: String,
}

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident, $algorithm:literal, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// The digest made of these bytes.
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Reads the base64 form that update documents and messages use; white space around it is ignored.
            ///
            /// # Errors
            /// [`InvalidDigest`] for anything else.
            pub fn from_base64(text: &str) -> Result<Self, InvalidDigest> {
                let bytes = STANDARD.decode(text.trim()).map_err(|_| Self::invalid(text))?;
                Self::try_from(bytes.as_slice())
            }

            /// The base64 form that update documents and messages use.
            pub fn to_base64(&self) -> String {
                STANDARD.encode(self.0)
            }

            fn invalid(text: &str) -> InvalidDigest {
                InvalidDigest { algorithm: $algorithm, bytes: $bytes, text: text.chars().take(100).collect() }
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidDigest;

            fn try_from(bytes: &[u8]) -> Result<Self, InvalidDigest> {
                bytes.try_into().map(Self).map_err(|_| Self::invalid(&hex::encode(bytes)))
            }
        }

        impl FromStr for $name {
            type Err = InvalidDigest;

            fn from_str(text: &str) -> Result<Self, InvalidDigest> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| Self::invalid(text))?;
                Ok(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}({self})", $algorithm)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; $bytes]>::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

digest!(
    /// SHA-1 of a content file: the name by which clients ask for it (MS-WUSP 2.2.2.2.7).
    ///
    /// Shape: 20 bytes; text form is 40 lowercase hex digits, wire form base64.
    Sha1,
    "SHA-1",
    20
);
digest!(
    /// SHA-256 of a content file: the name under which this server keeps it.
    ///
    /// Shape: 32 bytes; text form is 64 lowercase hex digits, wire form base64.
    Sha256,
    "SHA-256",
    32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_text_forms_are_read_back() {
        let digest = Sha1::new([0xab; 20]);
        assert_eq!(digest.to_string().parse::<Sha1>().unwrap(), digest);
        assert_eq!(Sha1::from_base64(&format!("\n {} ", digest.to_base64())).unwrap(), digest);
        assert_eq!("ABABABABABABABABABABABABABABABABABABABAB".parse::<Sha1>().unwrap(), digest);
    }

    #[test]
    fn a_wrong_length_is_refused_by_name() {
        let error = Sha256::from_base64("AAAA").unwrap_err();
        assert_eq!(error.to_string(), "\"000000\" is not a SHA-256 digest of 32 bytes");
    }
}
