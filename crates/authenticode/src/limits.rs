//! What is read of a file at most. Every number has its reason; past it the file is refused, with that reason.

/// Most bytes of one signature. Page hashes take 36 bytes for 4 KiB: enough for an image of 900 MiB.
pub const SIGNATURE_BYTES_MAX: u64 = 8 << 20;
/// Most bytes of a catalog, which is kept in memory whole. The largest of Windows have some 10 MiB.
pub const CATALOG_BYTES_MAX: u64 = 16 << 20;
/// Most files that a catalog lists: as many as are listed in so many bytes.
pub const MEMBERS_MAX: usize = 125_000;
/// Longest certificate. Publishers' have up to 2 KiB.
pub const CERTIFICATE_BYTES_MAX: usize = 16 << 10;
/// Longest attribute certificate that comes with a timestamp. Those of Microsoft's authorities have up to 900 bytes.
pub const ATTRIBUTE_CERTIFICATE_BYTES_MAX: usize = 2 << 10;
/// Longest serial number, or name of a key, of a certificate. Serial numbers have up to 20 bytes (RFC 5280 4.1.2.2), names of keys
/// are digests.
pub const SERIAL_BYTES_MAX: usize = 64;
/// Longest object identifier, as its bytes. A dozen is usual; what is longer says nothing to anybody, and would stand in logs.
pub const OID_BYTES_MAX: usize = 64;
/// Most certificates in one signature. Two to five are usual, with a timestamp up to eight.
pub const CERTIFICATES_MAX: usize = 24;
/// Most authorities among which a path to a root is looked for; one or two lie between.
pub const PATH_AUTHORITIES_MAX: usize = 4;
/// Most of them that have one name: a certificate, and the one that renewed it. Of four namesakes, each may have issued every other, and
/// sixty-four paths are to be tried.
pub const PATH_NAMESAKES_MAX: usize = 2;
/// Most signatures on one file, nested ones included. Two are usual; three were seen.
pub const SIGNATURES_MAX: usize = 8;
/// Most attributes, signed or not, of one signer. Six are usual.
pub const ATTRIBUTES_MAX: usize = 32;
/// Most extensions of one certificate. A dozen is usual.
pub const EXTENSIONS_MAX: usize = 48;
/// Longest name (subject or issuer) of a certificate.
pub const NAME_BYTES_MAX: usize = 8 << 10;
/// How far into an image its headers may begin (`e_lfanew`); linkers put them within the first KiB.
pub const PE_HEADER_OFFSET_MAX: u32 = 64 << 10;
/// Most sections of an image: what the loader takes.
pub const PE_SECTIONS_MAX: u16 = 96;
/// Most sectors of a compound file: 2 GiB of 512 bytes, which is what a database of the Windows Installer may have.
pub const MSI_SECTORS_MAX: u32 = 4 << 20;
/// Most streams and storages of a compound file. Databases of the Windows Installer have some hundreds, large ones some thousands.
pub const MSI_ENTRIES_MAX: usize = 32_768;
/// Most sectors of the mini stream of a compound file: as many as the most streams can have that lie there.
pub const MSI_MINI_SECTORS_MAX: usize = MSI_ENTRIES_MAX * 64;
/// How deep storages may lie within each other.
pub const MSI_DEPTH_MAX: usize = 16;
/// Most bytes of a revocation list. The largest known of Microsoft's code signing have a few hundred KiB.
pub const CRL_BYTES_MAX: usize = 8 << 20;
/// Most bytes that are kept of an examination: twenty times what two signatures with all their certificates take.
pub const EXAMINATION_BYTES_MAX: usize = 1 << 20;
/// Most bytes of the policy's text.
pub const POLICY_BYTES_MAX: usize = 1 << 20;

/// How long a revocation list counts after its `nextUpdate` where files are taken in: seven days.
pub const CRL_GRACE_INGEST_SECS: i64 = 7 * 86_400;
/// The same where files are used, which may be away from any network: thirty days.
pub const CRL_GRACE_USE_SECS: i64 = 30 * 86_400;
