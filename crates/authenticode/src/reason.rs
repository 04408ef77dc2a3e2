//! Why a verdict is what it is. Names are stable: programs compare them, and they stand in logs for years.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A reason of a verdict. Its name is stable; [`Reason::text`] says it to an administrator.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, in the order of the checks.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// True if the time for which a file is judged decides about it: at another time it may be gone.
            pub fn is_of_time(self) -> bool {
                matches!(
                    self,
                    Self::NotYetValid
                        | Self::Expired
                        | Self::LifetimeSigning
                        | Self::TimestampInFuture
                        | Self::RevocationUnknown
                )
            }

            /// What it means and what to do, for an administrator.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

reasons! {
    // The file as a whole.
    /// The digest is not the expected one.
    FileDigestMismatch => "the file is not the one its update document names: fetch it again, from another source",
    /// No container that is known.
    UnknownFormat => "this is no image, cabinet, installer database or catalog; a file of ranges (PSF) is verified through the manifest that names its ranges",
    /// A container that cannot be verified here yet.
    UnsupportedFormat => "packages of this form cannot be verified here yet",
    /// A container without a signature of its own.
    VerifiedThroughReference => "files of this form carry no signature of their own: they are verified through what references them",
    /// The class takes no such files.
    WrongKind => "files of this form do not belong to this class of content",
    /// Structures contradict each other.
    MalformedFile => "the file is damaged or was made to deceive: fetch it again, from another source",
    /// A named limit was passed.
    TooLarge => "a part of the file is larger than anything known: if it is genuine, report it",
    /// No signature.
    Unsigned => "the file carries no signature",
    /// Bytes behind the end.
    TrailingBytes => "bytes were appended that no signature covers",
    /// CVE-2013-3900.
    CertificatePadding => "bytes are hidden behind the signature, where none belong (CVE-2013-3900)",
    /// The table is not last, or not aligned.
    CertificateTableMisplaced => "the table of signatures is not where it belongs, at the end of the file",
    /// More than one entry in the table.
    SeveralCertificates => "the image carries several independent signatures, which this class does not allow",
    /// What stands behind the ends of streams in a compound file.
    SlackBytes => "bytes that no signature covers stand behind the ends of streams, as the Windows Installer leaves them: the digest of the whole file has to be compared as well",
    /// Parts of a compound file that nothing owns.
    UnaccountedBytes => "the file has parts that no stream owns and no signature covers",

    // A signature.
    /// Not DER, or not CMS.
    MalformedSignature => "a signature cannot be read",
    /// A limit on signatures.
    TooManySignatures => "the file carries more signatures than anything known",
    /// Not exactly one signer.
    SignerCount => "a signature must have exactly one signer",
    /// The signer's certificate is not there.
    SignerMissing => "the certificate of the signer is not in the signature",
    /// Signed content is not what the file's form asks for.
    ContentTypeMismatch => "what was signed is not of the kind that a file of this form needs",
    /// Attributes that are signed are missing or twice there.
    AttributesInvalid => "the signed attributes are incomplete or contradict each other",
    /// Something unknown stands where nobody signed.
    UnknownAttribute => "a signature carries data that nobody signed and nobody knows",
    /// messageDigest differs.
    MessageDigestMismatch => "the signature belongs to other content: it was moved here, or altered",
    /// The signature is wrong.
    BadSignature => "the signature is wrong: the file was altered, or its signature forged",
    /// The image digest differs.
    DigestMismatch => "the content differs from what was signed: the file was altered",
    /// A page differs.
    PageHashMismatch => "the digests of single pages differ from the content",
    /// MsiDigitalSignatureEx differs.
    MetadataDigestMismatch => "names, sizes or dates within the installer database differ from what was signed",
    /// MD5.
    WeakDigest => "the signature rests on MD5, which can be forged",
    /// SHA-1.
    LegacyDigest => "the signature rests on SHA-1 alone, which can be forged",
    /// Short RSA key.
    WeakKey => "the key of the signer is shorter than RSA with 2048 bits",
    /// A key of unknown kind, or with its own curve.
    UnsupportedKey => "the key of the signer is of no kind that is trusted here (a curve must be named: CVE-2020-0601)",
    /// An unknown algorithm.
    UnsupportedAlgorithm => "the signature uses an algorithm that is not known here",

    // Certificates.
    /// Not DER, or not X.509.
    MalformedCertificate => "a certificate cannot be read",
    /// No path for another reason.
    ChainInvalid => "the certificates do not lead to a root",
    /// No root that is known.
    UnknownRoot => "the certificates lead to no root that is trusted for publishers",
    /// A root of the publisher's, for something else.
    ForbiddenRoot => "the root is Microsoft's, but not for Microsoft's own code: it vouches for others, or for web servers",
    /// An issuing CA that no rule names.
    UnknownIssuer => "the authority that issued the certificate is not among those known for this class: compare it with the publisher's list before allowing it",
    /// A purpose that no rule names.
    UnknownPurpose => "the certificate's purposes are not among those known for this class and issuer: compare before allowing them",
    /// No codeSigning.
    PurposeMissing => "the certificate is not for signing code",
    /// No digitalSignature.
    KeyUsageMissing => "the key may not be used for signatures",
    /// Another subject.
    WrongPublisher => "the signer is genuine, but is not a publisher of this class",
    /// Signed before the certificate began.
    NotYetValid => "the certificate was not yet valid",
    /// The certificate ended, and nothing proves that the signature is older.
    Expired => "the certificate had expired, and no timestamp proves that the signature is older",
    /// The certificate ended, and such signatures end with it.
    LifetimeSigning => "signatures by this key end with its certificate, which has expired",

    // Timestamps.
    /// None, and the class needs one.
    TimestampRequired => "the signature carries no timestamp, which this class needs",
    /// Not readable.
    MalformedTimestamp => "the timestamp cannot be read",
    /// More than one.
    SeveralTimestamps => "a signature carries several timestamps",
    /// It is about another signature.
    TimestampImprintMismatch => "the timestamp belongs to another signature",
    /// It is signed wrongly.
    BadTimestampSignature => "the signature of the timestamp is wrong",
    /// Its key is not for timestamps alone.
    TimestampPurpose => "the timestamp was signed by a key that is not for timestamps alone",
    /// Its authority is not trusted.
    UntrustedTimestamp => "the timestamp is by an authority that is not trusted for timestamps",
    /// SHA-1 countersignature.
    LegacyTimestamp => "the timestamp rests on SHA-1, which can be forged",
    /// Outside the validity of the certificate.
    TimestampOutsideValidity => "the timestamp lies outside the validity of the signer's certificate",
    /// After now.
    TimestampInFuture => "the timestamp lies in the future: check this machine's clock",

    // Revocation.
    /// Revoked, at a time that matters.
    Revoked => "the certificate was revoked",
    /// Revoked after the signature.
    RevokedLater => "the certificate was revoked after this signature was made, for a reason that leaves older signatures valid",
    /// Nothing current is known.
    RevocationUnknown => "no current revocation list of every authority is at hand: give one with --crl",

    // Several signers.
    /// One that this class does not know.
    ForeignSigner => "the file is also signed by somebody whom this class does not allow",
    /// One that is too old to count.
    LegacySigner => "an old signature (SHA-1) stands beside the one that counts",
}

impl std::fmt::Display for Reason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}
