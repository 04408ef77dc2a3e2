//! Bounds of an archive. What is written stays within them, and nothing beyond them is read.

/// `manifest.json`: five streams of [`STREAM_PARTS_MAX`] parts take 9 MB.
pub const MANIFEST_BYTES_MAX: u64 = 10 << 20;
/// `manifest.sig`, which has about 300 bytes.
pub const SIGNATURE_BYTES_MAX: u64 = 1024;
/// `keys.json`: [`HANDOVERS_MAX`] of some 350 bytes.
pub const HANDOVERS_BYTES_MAX: u64 = 64 * 1024;
/// Changes of a server's key that an archive tells of: one a year for a century.
pub const HANDOVERS_MAX: usize = 100;
/// A list of needs: about 200 bytes for each file or revision.
pub const NEEDS_BYTES_MAX: u64 = 256 << 20;
/// Revisions, and files, of a list of needs: what the largest catalog known has, four times.
pub const NEEDS_ITEMS_MAX: usize = 1_000_000;

/// The least that `--split` may say: below, blocks would be too small to compress.
pub const PART_BYTES_MIN: u64 = 64 << 10;
/// Parts of one stream; their numbers have five digits.
pub const STREAM_PARTS_MAX: usize = 10_000;
/// What one stream may unpack to: 27 million documents of the mean size of real ones.
pub const STREAM_RAW_BYTES_MAX: u64 = 256 << 30;
/// Bytes that are compressed at a time, each time as a zstd frame of its own.
pub(crate) const BLOCK_BYTES_MAX: u64 = 1 << 20;
/// The window that a zstd frame may ask for, as a power of two: what any decoder must support (RFC 8878, 3.1.1.1.2).
pub(crate) const WINDOW_LOG_MAX: u32 = 23;

/// An update document: 64 MiB, which the largest one known (46.9 MB) fits into.
pub const DOCUMENT_BYTES_MAX: usize = 64 << 20;
/// A list of revoked certificates: 8 MiB, as long as those are that are heeded.
pub const LIST_BYTES_MAX: usize = 8 << 20;
/// Any other record. The longest names all [`PIECES_MAX`] pieces of a file.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// Content files: twice what the largest server known holds. The list of them is kept in memory, 100 bytes each.
pub const FILES_MAX: u64 = 1_000_000;
/// One content file: four times what the largest update known declares in all its files together.
pub const FILE_BYTES_MAX: u64 = 64 << 30;
/// Pieces of one content file; their numbers have five digits.
pub const PIECES_MAX: u64 = 10_000;
/// Pieces of all content files that have more than one: their digests are kept in memory, 32 bytes each.
pub const PIECES_TOTAL_MAX: u64 = 4_000_000;

/// The largest sequence number: what a column of a database holds.
pub const SEQUENCE_MAX: u64 = i64::MAX.unsigned_abs();
/// A server's name, in characters.
pub const SERVER_NAME_CHARACTERS_MAX: usize = 256;
/// Where a publisher serves a file: as long as addresses are that every browser and proxy takes.
pub const URL_BYTES_MAX: usize = 2048;
/// What opens an encrypted file; those known have 32 bytes.
pub const FILE_KEY_BYTES_MAX: usize = 256;

/// Bytes of a content file that are read, digested and written at a time.
pub(crate) const CHUNK_BYTES: usize = 256 << 10;
