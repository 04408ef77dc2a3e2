//! The structures around the data of a cabinet, read without copying ("Microsoft Cabinet Format").

use crate::cursor::Cursor;
use crate::error::{BlockError, CabinetError, Part};
use crate::lzx::Window;
use crate::{BLOCK_BYTES, NAME_BYTES_MAX, checksum};

/// First bytes of a cabinet.
pub(crate) const SIGNATURE: [u8; 4] = *b"MSCF";
/// `versionMinor` and `versionMajor`.
pub(crate) const VERSION: [u8; 2] = [3, 1];
/// Length of `CFHEADER` without what is optional.
pub(crate) const HEADER_BYTES: usize = 36;
/// Length of `CFFOLDER` without reserved bytes.
pub(crate) const FOLDER_BYTES: usize = 8;
/// `cfhdrPREV_CABINET` and `cfhdrNEXT_CABINET`.
const SPANNED: u16 = 1 | 2;
/// `cfhdrRESERVE_PRESENT`.
const RESERVE_PRESENT: u16 = 4;
/// `ifoldCONTINUED_FROM_PREV` and its two neighbours.
const CONTINUED: u16 = 0xfffd;

/// How the blocks of a folder are coded (`typeCompress`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Stored,
    Mszip,
    Lzx(Window),
}

impl Compression {
    fn read(word: u16) -> Option<Self> {
        match (word & 0x0f, word >> 8) {
            (0, _) => Some(Self::Stored),
            (1, _) => Some(Self::Mszip),
            (3, bits) => Window::of_bits(bits).map(Self::Lzx),
            _ => None,
        }
    }

    /// The word that stands in a folder's entry.
    pub(crate) fn word(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Mszip => 1,
            Self::Lzx(window) => window.bits() << 8 | 3,
        }
    }
}

/// A cabinet of one folder and one member, of which the data was not yet looked at.
pub(crate) struct Container<'b> {
    pub(crate) name: &'b str,
    pub(crate) compression: Compression,
    /// Length of the member, which is what all blocks announce.
    pub(crate) content_bytes: usize,
    /// As many as the folder says.
    blocks: Cursor<'b>,
    block_count: u16,
    reserved_per_block: usize,
}

/// One `CFDATA`.
pub(crate) struct Block<'b> {
    pub(crate) data: &'b [u8],
    /// Length of what it decodes to, 1 to [`BLOCK_BYTES`].
    pub(crate) content_bytes: usize,
    checksum: u32,
    /// The two sizes and the reserved bytes, which the checksum covers too.
    head: &'b [u8],
}

impl<'b> Container<'b> {
    /// Reads the header, the folder, the member and the heads of all blocks.
    pub(crate) fn read(bytes: &'b [u8]) -> Result<Self, CabinetError> {
        let mut header = Cursor { rest: bytes };
        if header.bytes(SIGNATURE.len()) != Some(&SIGNATURE) {
            return Err(CabinetError::NotACabinet);
        }
        let fixed = fixed(&mut header).ok_or(CabinetError::Truncated(Part::Header))?;
        let [minor, major] = fixed.version;
        if fixed.version != VERSION {
            return Err(CabinetError::Version { major, minor });
        }
        // What stands behind a cabinet, such as a signature, is not part of it.
        let cut_off = CabinetError::CutOff { announced: fixed.cabinet_bytes, found: bytes.len() };
        let whole = bytes.get(..fixed.cabinet_bytes as usize).ok_or(cut_off)?;
        if fixed.flags & SPANNED != 0 {
            return Err(CabinetError::Spanned);
        }
        if fixed.folders != 1 {
            return Err(CabinetError::Folders(fixed.folders));
        }
        if fixed.members != 1 {
            return Err(CabinetError::Members(fixed.members));
        }
        let mut entries = Cursor { rest: whole.get(HEADER_BYTES..).ok_or(CabinetError::Truncated(Part::Header))? };
        let (per_folder, per_block) =
            reserved(&mut entries, fixed.flags).ok_or(CabinetError::Truncated(Part::Header))?;
        let folder = folder(&mut entries, per_folder).ok_or(CabinetError::Truncated(Part::Folder))?;
        let compression = Compression::read(folder.compression).ok_or(CabinetError::Compression(folder.compression))?;
        let at = |offset: u32, part| whole.get(offset as usize..).ok_or(CabinetError::Truncated(part));
        let member = member(at(fixed.members_at, Part::Member)?)?;
        let blocks = Cursor { rest: at(folder.blocks_at, Part::Block(0))? };
        let (block_count, reserved_per_block) = (folder.blocks, per_block);
        let mut container =
            Self { name: member.name, compression, content_bytes: 0, blocks, block_count, reserved_per_block };
        for block in container.blocks() {
            container.content_bytes += block?.content_bytes;
        }
        let folder = container.content_bytes;
        if member.offset != 0 || member.content_bytes as usize != folder {
            return Err(CabinetError::Size { member: member.content_bytes, offset: member.offset, folder });
        }
        Ok(container)
    }

    /// The blocks in order. An error is the last item.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Result<Block<'b>, CabinetError>> + use<'b> {
        let (mut cursor, reserved, count) = (self.blocks, self.reserved_per_block, usize::from(self.block_count));
        let is_lzx = matches!(self.compression, Compression::Lzx(_));
        (0..count).map(move |index| {
            let block = block(&mut cursor, reserved).ok_or(CabinetError::Truncated(Part::Block(index)))?;
            match block.content_bytes {
                // A block without content goes on in the next cabinet of a set.
                0 => Err(CabinetError::Spanned),
                BLOCK_BYTES => Ok(block),
                length if length > BLOCK_BYTES || (is_lzx && index + 1 != count) => {
                    Err(CabinetError::Block { index, source: BlockError::Length(length) })
                }
                _ => Ok(block),
            }
        })
    }
}

impl Block<'_> {
    /// Compares the checksum, unless it is 0, which means that there is none.
    pub(crate) fn verify(&self) -> Result<(), BlockError> {
        let found = checksum::of_block(self.head, self.data);
        let promised = self.checksum;
        if promised == 0 || promised == found { Ok(()) } else { Err(BlockError::Checksum { promised, found }) }
    }
}

/// What every header has, behind the signature.
struct Fixed {
    cabinet_bytes: u32,
    members_at: u32,
    version: [u8; 2],
    folders: u16,
    members: u16,
    flags: u16,
}

fn fixed(header: &mut Cursor<'_>) -> Option<Fixed> {
    header.u32()?;
    let cabinet_bytes = header.u32()?;
    header.u32()?;
    let members_at = header.u32()?;
    header.u32()?;
    let version = [header.u8()?, header.u8()?];
    let (folders, members, flags) = (header.u16()?, header.u16()?, header.u16()?);
    // The identity of the set, and the place in it, say nothing about a cabinet that is whole.
    header.u32()?;
    Some(Fixed { cabinet_bytes, members_at, version, folders, members, flags })
}

/// Skips the reserved bytes of the header, and says how many a folder and a block have.
fn reserved(entries: &mut Cursor<'_>, flags: u16) -> Option<(usize, usize)> {
    if flags & RESERVE_PRESENT == 0 {
        return Some((0, 0));
    }
    let (header, folder, block) = (entries.u16()?, entries.u8()?, entries.u8()?);
    entries.bytes(header.into())?;
    Some((folder.into(), block.into()))
}

/// A `CFFOLDER`.
struct Folder {
    blocks_at: u32,
    blocks: u16,
    compression: u16,
}

fn folder(entries: &mut Cursor<'_>, reserved: usize) -> Option<Folder> {
    let folder = Folder { blocks_at: entries.u32()?, blocks: entries.u16()?, compression: entries.u16()? };
    entries.bytes(reserved)?;
    Some(folder)
}

/// A `CFFILE`.
struct Entry<'b> {
    name: &'b str,
    content_bytes: u32,
    offset: u32,
}

fn member(bytes: &[u8]) -> Result<Entry<'_>, CabinetError> {
    let mut cursor = Cursor { rest: bytes };
    let mut head = || {
        let (content_bytes, offset, folder) = (cursor.u32()?, cursor.u32()?, cursor.u16()?);
        // Date, time and attributes.
        cursor.bytes(6)?;
        Some((content_bytes, offset, folder))
    };
    let (content_bytes, offset, folder) = head().ok_or(CabinetError::Truncated(Part::Member))?;
    if folder >= CONTINUED {
        return Err(CabinetError::Spanned);
    }
    if folder != 0 {
        return Err(CabinetError::FolderIndex(folder));
    }
    let longest = cursor.rest.get(..=NAME_BYTES_MAX).unwrap_or(cursor.rest);
    let name = match longest.iter().position(|byte| *byte == 0) {
        Some(length) => cursor.rest.get(..length).unwrap_or_default(),
        None if longest.len() > NAME_BYTES_MAX => return Err(CabinetError::NameTooLong),
        None => return Err(CabinetError::Truncated(Part::Member)),
    };
    let name = str::from_utf8(name).ok().filter(|name| !name.is_empty()).ok_or(CabinetError::Name)?;
    Ok(Entry { name, content_bytes, offset })
}

fn block<'b>(cursor: &mut Cursor<'b>, reserved: usize) -> Option<Block<'b>> {
    let checksum = cursor.u32()?;
    let mut sizes = *cursor;
    let (data_bytes, content_bytes) = (sizes.u16()?, sizes.u16()?);
    let head = cursor.bytes(4 + reserved)?;
    let data = cursor.bytes(data_bytes.into())?;
    Some(Block { data, content_bytes: content_bytes.into(), checksum, head })
}
