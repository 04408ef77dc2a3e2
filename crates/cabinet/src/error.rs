//! Why bytes are not a cabinet to be read, or cannot become one.

use std::fmt;

use crate::{CONTENT_BYTES_MAX, NAME_BYTES_MAX};

/// Why a cabinet was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CabinetError {
    /// It does not begin with `MSCF`.
    #[error("these bytes are not a cabinet: they do not begin with MSCF")]
    NotACabinet,
    /// A format other than 1.3, the only one there is.
    #[error("the cabinet has format {major}.{minor}; only 1.3 is known")]
    Version {
        /// `versionMajor` of the header.
        major: u8,
        /// `versionMinor` of the header.
        minor: u8,
    },
    /// It is shorter than its header says: half a cabinet.
    #[error("the cabinet is cut off: its header announces {announced} bytes, {found} are there")]
    CutOff {
        /// `cbCabinet` of the header.
        announced: u32,
        /// What there is.
        found: usize,
    },
    /// A structure reaches beyond the cabinet's end.
    #[error("{0} reaches beyond the end of the cabinet")]
    Truncated(Part),
    /// The cabinet is one of a set, and what it holds begins or ends in another one.
    #[error("the cabinet is part of a set that spans several; only whole ones are read")]
    Spanned,
    /// Not exactly one folder.
    #[error("the cabinet has {0} folders; exactly one is expected")]
    Folders(u16),
    /// Not exactly one member.
    #[error("the cabinet has {0} members; exactly one is expected")]
    Members(u16),
    /// The member is in a folder that is not there.
    #[error("the cabinet's member is in folder {0}; there is only folder 0")]
    FolderIndex(u16),
    /// The name of the member has no end within [`NAME_BYTES_MAX`] bytes.
    #[error("the name of the cabinet's member is longer than {NAME_BYTES_MAX} bytes")]
    NameTooLong,
    /// The name of the member is empty or not UTF-8.
    #[error("the name of the cabinet's member is empty or not UTF-8")]
    Name,
    /// A type of compression that is not read: Quantum, or an LZX window that does not exist in cabinets.
    #[error("the folder's compression {0:#06x} is not known; none, MSZIP and LZX of 15 to 21 bits are")]
    Compression(u16),
    /// The member is longer than the caller takes.
    #[error("the cabinet's member has {announced} bytes; at most {limit} are taken")]
    TooLong {
        /// What the blocks announce.
        announced: usize,
        /// [`Limits::content_bytes_max`](crate::Limits::content_bytes_max).
        limit: usize,
    },
    /// The member is suspiciously many times as long as the cabinet: a bomb.
    #[error("the cabinet's member has {announced} bytes, more than {limit} times the cabinet's")]
    Ratio {
        /// What the blocks announce.
        announced: usize,
        /// [`Limits::ratio_max`](crate::Limits::ratio_max).
        limit: usize,
    },
    /// The member is not what its folder's blocks hold.
    #[error(
        "the cabinet's member is to have {member} bytes from byte {offset} on, but its folder has {folder} altogether"
    )]
    Size {
        /// `cbFile` of the member.
        member: u32,
        /// `uoffFolderStart` of the member, which should be 0.
        offset: u32,
        /// What the blocks announce.
        folder: usize,
    },
    /// A block was refused.
    #[error("could not read block {index} of the cabinet")]
    Block {
        /// Which one, from 0.
        index: usize,
        /// Why.
        source: BlockError,
    },
}

/// A structure of a cabinet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `CFHEADER` with its reserved bytes.
    Header,
    /// `CFFOLDER`.
    Folder,
    /// `CFFILE` with its name.
    Member,
    /// `CFDATA`: which one, from 0.
    Block(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => formatter.write_str("the header"),
            Self::Folder => formatter.write_str("the folder's entry"),
            Self::Member => formatter.write_str("the member's entry"),
            Self::Block(index) => write!(formatter, "block {index}"),
        }
    }
}

/// Why a block of a cabinet was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Its checksum is not 0 (none) and not what its bytes give.
    #[error("the checksum is {found:#010x}, the block promises {promised:#010x}")]
    Checksum {
        /// What stands in the block.
        promised: u32,
        /// What its bytes give.
        found: u32,
    },
    /// It announces a length that cannot be: above 32 KiB, or below in an LZX block that is not the last.
    #[error("the block announces {0} bytes of content; 32768 is the most, and for LZX all but the last have as many")]
    Length(usize),
    /// A stored block does not have the bytes that it announces.
    #[error("the stored block has {found} bytes and announces {announced}")]
    Stored {
        /// Its content.
        announced: usize,
        /// Its bytes.
        found: usize,
    },
    /// An MSZIP block does not begin with `CK`, is no deflate stream, or not one of the announced length.
    #[error("the MSZIP block is no deflate stream of the announced length")]
    Mszip,
    /// An LZX block was refused.
    #[error("the LZX stream is not right")]
    Lzx(#[source] LzxError),
}

/// Why an LZX stream was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LzxError {
    /// The input ends before the announced content is complete.
    #[error("it ends too early")]
    Truncated,
    /// A type of block that does not exist.
    #[error("it has a block of type {0}; verbatim (1), aligned (2) and uncompressed (3) exist")]
    BlockType(u32),
    /// A block of no bytes.
    #[error("it has a block of no bytes")]
    EmptyBlock,
    /// Lengths of codes that do not make a complete prefix code.
    #[error("it has lengths of codes that make no complete tree")]
    Tree,
    /// A tree is used that has no codes.
    #[error("it uses a tree that has no codes")]
    EmptyTree,
    /// A run of lengths that goes beyond its tree, or a repeat of what cannot be repeated.
    #[error("it has a run of code lengths that goes beyond its tree")]
    Run,
    /// A match that reaches back behind the content's start or the window.
    #[error("it has a match that reaches {distance} bytes back at byte {at} with a window of {window}")]
    Distance {
        /// How far it reaches.
        distance: u32,
        /// Where it stands in the content.
        at: usize,
        /// How far it may reach, except behind the start.
        window: usize,
    },
    /// A match that goes beyond its block or its frame of 32 KiB.
    #[error("it has a match that goes beyond its block or its 32 KiB")]
    Overrun,
}

/// Why content cannot become a cabinet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The member's name is empty, too long or has a zero byte.
    #[error("{0:?} cannot be the name of a cabinet's member: 1 to {NAME_BYTES_MAX} bytes, none of them zero")]
    Name(String),
    /// The content does not fit into one cabinet.
    #[error("content of {0} bytes does not fit into a cabinet; {CONTENT_BYTES_MAX} do")]
    TooLong(usize),
}
