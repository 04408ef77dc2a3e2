//! MSZIP: each block is a deflate stream behind the letters `CK`, and may refer to the content of those before it.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use crate::error::BlockError;

/// First bytes of a block.
const SIGNATURE: &[u8] = b"CK";

/// Decodes `data` into `content` from `from` to its end.
///
/// Because what was decoded before stands right in front of it, no dictionary is needed.
pub(crate) fn decode(data: &[u8], content: &mut [u8], from: usize) -> Result<(), BlockError> {
    let deflated = data.strip_prefix(SIGNATURE).ok_or(BlockError::Mszip)?;
    let mut state = DecompressorOxide::new();
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, _, written) = decompress(&mut state, deflated, content, from, flags);
    if status == TINFLStatus::Done && from + written == content.len() { Ok(()) } else { Err(BlockError::Mszip) }
}
