//! A cabinet becomes its one member.

use crate::CONTENT_BYTES_MAX;
use crate::container::{Compression, Container};
use crate::error::{BlockError, CabinetError};
use crate::lzx::Decoder;
use crate::mszip;

/// How much a cabinet may decode to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest content, in bytes.
    pub content_bytes_max: usize,
    /// How many times as long as its cabinet a content of more than 1 MiB may be.
    pub ratio_max: usize,
}

/// Below this length no ratio is a bomb.
const RATIO_FROM: usize = 1 << 20;

impl Default for Limits {
    /// For update documents: 256 MiB of content, as the longest known one has 47 million characters, and 200 times the
    /// cabinet's length, as real ones have 5 to 15 times.
    fn default() -> Self {
        Self { content_bytes_max: 256 << 20, ratio_max: 200 }
    }
}

impl Limits {
    /// What the format itself can express, and nothing less: for input that is trusted.
    pub const NONE: Self = Self { content_bytes_max: CONTENT_BYTES_MAX, ratio_max: usize::MAX };
}

/// What a cabinet holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// 1 to [`NAME_BYTES_MAX`](crate::NAME_BYTES_MAX) bytes, as it stands there: never a path to write to.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Reads a whole cabinet of one folder and one member: stored, MSZIP, or LZX with any window of 15 to 21 bits.
///
/// All sizes are read, added up and compared with each other and with `limits` before anything is allocated or decoded.
/// Checksums are compared where there are any. What follows the cabinet's end is ignored.
///
/// # Errors
/// [`CabinetError`]; nothing of a cabinet that is not right to the end is returned.
pub fn unpack(bytes: &[u8], limits: &Limits) -> Result<Member, CabinetError> {
    let container = Container::read(bytes)?;
    let announced = container.content_bytes;
    if announced > limits.content_bytes_max {
        return Err(CabinetError::TooLong { announced, limit: limits.content_bytes_max });
    }
    if announced > RATIO_FROM && announced / bytes.len().max(1) >= limits.ratio_max {
        return Err(CabinetError::Ratio { announced, limit: limits.ratio_max });
    }
    let mut content = vec![0; announced];
    match container.compression {
        Compression::Stored => each(&container, &mut content, |data, content, from| {
            let place = content.get_mut(from..).unwrap_or_default();
            let lengths = BlockError::Stored { announced: place.len(), found: data.len() };
            if place.len() != data.len() {
                return Err(lengths);
            }
            place.copy_from_slice(data);
            Ok(())
        })?,
        Compression::Mszip => each(&container, &mut content, mszip::decode)?,
        Compression::Lzx(window) => {
            let mut decoder = Decoder::new(window);
            each(&container, &mut content, |data, content, from| {
                decoder.frame(data, content, from).map_err(BlockError::Lzx)
            })?;
            decoder.translate(&mut content);
        }
    }
    Ok(Member { name: container.name.to_owned(), content })
}

/// Verifies each block, and has it decoded: from its data, into the content up to its end, from a place on.
fn each(
    container: &Container<'_>,
    content: &mut [u8],
    mut decode: impl FnMut(&[u8], &mut [u8], usize) -> Result<(), BlockError>,
) -> Result<(), CabinetError> {
    let mut from = 0;
    for (index, block) in container.blocks().enumerate() {
        let block = block?;
        let to = from + block.content_bytes;
        let place = content.get_mut(..to).unwrap_or_default();
        block
            .verify()
            .and_then(|()| decode(block.data, place, from))
            .map_err(|source| CabinetError::Block { index, source })?;
        from = to;
    }
    Ok(())
}
