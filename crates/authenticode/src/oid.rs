//! The object identifiers that matter here, as the bytes of their content, and as people write them.

use crate::der::Oid;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $bytes:expr, $text:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: Oid<'static> = Oid(&$bytes);)*

        #[cfg(test)]
        const ALL: &[(Oid<'static>, &str)] = &[$(($name, $text)),*];
    };
}

oids! {
    // CMS (RFC 5652), time-stamp protocol (RFC 3161).
    SIGNED_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2], "1.2.840.113549.1.7.2";
    DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1], "1.2.840.113549.1.7.1";
    CONTENT_TYPE = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3], "1.2.840.113549.1.9.3";
    MESSAGE_DIGEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4], "1.2.840.113549.1.9.4";
    SIGNING_TIME = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5], "1.2.840.113549.1.9.5";
    COUNTERSIGNATURE = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 6], "1.2.840.113549.1.9.6";
    TST_INFO = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4], "1.2.840.113549.1.9.16.1.4";
    SIGNING_CERTIFICATE = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 12], "1.2.840.113549.1.9.16.2.12";
    SIGNING_CERTIFICATE_V2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47], "1.2.840.113549.1.9.16.2.47";

    // Authenticode ("Windows Authenticode Portable Executable Signature Format").
    INDIRECT_DATA = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4], "1.3.6.1.4.1.311.2.1.4";
    PE_IMAGE_DATA = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 15], "1.3.6.1.4.1.311.2.1.15";
    CAB_DATA = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 25], "1.3.6.1.4.1.311.2.1.25";
    SIP_INFO = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 30], "1.3.6.1.4.1.311.2.1.30";
    PAGE_HASHES_SHA1 = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 3, 1], "1.3.6.1.4.1.311.2.3.1";
    PAGE_HASHES_SHA256 = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 3, 2], "1.3.6.1.4.1.311.2.3.2";
    NESTED_SIGNATURE = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 4, 1], "1.3.6.1.4.1.311.2.4.1";
    RFC3161_TOKEN = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1], "1.3.6.1.4.1.311.3.3.1";
    TRUST_LIST = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 1], "1.3.6.1.4.1.311.10.1";

    // Digests.
    MD5 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5], "1.2.840.113549.2.5";
    SHA1 = [0x2b, 0x0e, 3, 2, 26], "1.3.14.3.2.26";
    SHA256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], "2.16.840.1.101.3.4.2.1";
    SHA384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], "2.16.840.1.101.3.4.2.2";
    SHA512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3], "2.16.840.1.101.3.4.2.3";

    // Keys and signatures (RFC 3279, RFC 5758).
    RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1], "1.2.840.113549.1.1.1";
    MD5_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "1.2.840.113549.1.1.4";
    SHA1_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "1.2.840.113549.1.1.5";
    SHA256_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], "1.2.840.113549.1.1.11";
    SHA384_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], "1.2.840.113549.1.1.12";
    SHA512_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], "1.2.840.113549.1.1.13";
    EC = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], "1.2.840.10045.2.1";
    P256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "1.2.840.10045.3.1.7";
    P384 = [0x2b, 0x81, 4, 0, 34], "1.3.132.0.34";
    ECDSA_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "1.2.840.10045.4.3.2";
    ECDSA_SHA384 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "1.2.840.10045.4.3.3";

    // Certificates and revocation lists (RFC 5280).
    COMMON_NAME = [0x55, 4, 3], "2.5.4.3";
    ORGANIZATION = [0x55, 4, 10], "2.5.4.10";
    KEY_USAGE = [0x55, 0x1d, 15], "2.5.29.15";
    BASIC_CONSTRAINTS = [0x55, 0x1d, 19], "2.5.29.19";
    CERTIFICATE_POLICIES = [0x55, 0x1d, 32], "2.5.29.32";
    SUBJECT_KEY_ID = [0x55, 0x1d, 14], "2.5.29.14";
    EXTENDED_KEY_USAGE = [0x55, 0x1d, 37], "2.5.29.37";
    CRL_DISTRIBUTION_POINTS = [0x55, 0x1d, 31], "2.5.29.31";
    CRL_REASON = [0x55, 0x1d, 21], "2.5.29.21";

    // Purposes of keys.
    CODE_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 3], "1.3.6.1.5.5.7.3.3";
    TIME_STAMPING = [0x2b, 6, 1, 5, 5, 7, 3, 8], "1.3.6.1.5.5.7.3.8";
    /// A signature by such a key counts only as long as its certificate does, timestamp or not.
    LIFETIME_SIGNING = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 13], "1.3.6.1.4.1.311.10.3.13";
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_and_text_say_the_same() {
        for (oid, text) in super::ALL {
            assert_eq!(oid.to_string(), *text);
        }
    }
}
