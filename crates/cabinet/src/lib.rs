//! Microsoft cabinets of one member: LZX, MSZIP and stored ones are read, LZX ones are written.
//!
//! `XmlUpdateBlobCompressed` of MS-WSUSSS (3.1.4.6.3.3) is such a cabinet: one folder, coded with LZX and a window of
//! 2 MiB, one member `blob`, in it the text of an update document in UTF-16LE, without byte-order mark and
//! declaration (captures of October 2026). Nothing here does IO or reads a clock: the same content gives the same bytes.
//!
//! ```
//! use cabinet::{Limits, MEMBER, pack, text, unpack, utf16};
//!
//! let document = "<Update><UpdateIdentity UpdateID=\"…\" /></Update>";
//! let packed = pack(MEMBER, &utf16(document)).expect("this is a name, and less than 2 GiB");
//! let member = unpack(&packed, &Limits::default()).expect("it was just made");
//! assert_eq!(member.name, MEMBER);
//! assert_eq!(text(&member.content).as_deref(), Ok(document));
//! ```
//!
//! Sources: "Microsoft Cabinet Format" and "Microsoft LZX Data Compression Format" (MSDN-CAB), MS-PATCH for what these
//! leave open, and what Debian's `cabextract` and native WSUS make and take.

mod checksum;
mod container;
mod cursor;
mod error;
mod lzx;
mod mszip;
mod pack;
#[cfg(test)]
mod tests;
mod text;
mod unpack;

pub use error::{BlockError, CabinetError, LzxError, PackError, Part};
pub use pack::pack;
pub use text::{TextError, text, utf16};
pub use unpack::{Limits, Member, unpack};

/// Name of the member that holds an update document (capture `server-sync/000014`, example of MS-WSUSSS section 4).
pub const MEMBER: &str = "blob";

/// Longest name of a member, in bytes ("Microsoft Cabinet Format": 255, and the zero byte behind).
pub const NAME_BYTES_MAX: usize = 255;

/// Longest content of a cabinet: as many blocks as 16 bits count. 2 GiB less 32 KiB.
pub const CONTENT_BYTES_MAX: usize = 0xffff * BLOCK_BYTES;

/// Longest content of one block (`CFDATA`): 32 KiB.
const BLOCK_BYTES: usize = 1 << 15;
