//! Between the field's types and what columns hold.

use std::io::Read as _;

use model::{
    ApprovalAction, RevisionNumber, Sha1, Sha256, Timestamp, UpdateId, UpdateIdentity, UpdateState, UpdateType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::StoreError;

/// Level of compression of a text from [`LARGE_TEXT_BYTES`] on.
///
/// Real documents (median 9 KB) come out at 1 : 3.75 with level 3, 3.95 with 6, 3.95 with 9 and 4.12 with 19, at
/// 100, 80, 57 and 2.5 MB/s. Single fragments (median 770 bytes) come out at 1 : 2.5 with any level; with a
/// shared dictionary it would be about 1 : 7, which is worth its upkeep only once small fragments fill a disk.
pub(crate) const ZSTD_LEVEL: i32 = 6;
/// Level of smaller ones: a third of an import's CPU was spent on them at level 6, for 3 % of the database's size.
const ZSTD_LEVEL_SMALL: i32 = 1;
/// Texts from here on hold most of a catalog's bytes.
const LARGE_TEXT_BYTES: usize = 64 * 1024;
/// What a stored text may unpack to. The largest fragment known has 47 MB.
const UNPACKED_BYTES_MAX: u64 = 512 * 1024 * 1024;

pub(crate) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::corrupt("reading a time", error))
}

pub(crate) fn optional_timestamp(micros: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    micros.map(timestamp).transpose()
}

pub(crate) fn uuid(bytes: &[u8]) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|error| StoreError::corrupt("reading a GUID", error))
}

pub(crate) fn sha1(bytes: &[u8]) -> Result<Sha1, StoreError> {
    Sha1::try_from(bytes).map_err(|error| StoreError::corrupt("reading a digest", error))
}

pub(crate) fn sha256(bytes: &[u8]) -> Result<Sha256, StoreError> {
    Sha256::try_from(bytes).map_err(|error| StoreError::corrupt("reading a digest", error))
}

pub(crate) fn identity(update_id: &[u8], revision_number: i32) -> Result<UpdateIdentity, StoreError> {
    let number = u32::try_from(revision_number).ok().and_then(|number| RevisionNumber::new(number).ok());
    let revision_number =
        number.ok_or_else(|| StoreError::corrupt("reading a revision", format!("{revision_number} numbers none")))?;
    Ok(UpdateIdentity { update_id: UpdateId(uuid(update_id)?), revision_number })
}

/// A count or a size, which is never negative.
pub(crate) fn unsigned(number: i64) -> u64 {
    number.max(0).unsigned_abs()
}

/// A size as a column holds it.
pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    number.try_into().map_err(|_| StoreError::invalid(format!("{number} is too large a number")))
}

/// Compresses one text after the other with the same tables, which cost more to make than a small text to compress.
#[derive(Default)]
pub(crate) struct Packer {
    compressor: Option<zstd::bulk::Compressor<'static>>,
    /// Room for the worst case, made once: what is kept of each text is as long as it came out.
    room: Vec<u8>,
}

impl Packer {
    pub(crate) fn pack(&mut self, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        let failed = |error| StoreError::invalid(format!("cannot be compressed: {error}"));
        let compressor = match &mut self.compressor {
            Some(compressor) => compressor,
            none => none.insert(zstd::bulk::Compressor::new(ZSTD_LEVEL).map_err(failed)?),
        };
        let level = if bytes.len() < LARGE_TEXT_BYTES { ZSTD_LEVEL_SMALL } else { ZSTD_LEVEL };
        compressor.set_compression_level(level).map_err(failed)?;
        self.room.clear();
        self.room.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        compressor.compress_to_buffer(bytes, &mut self.room).map_err(failed)?;
        Ok(self.room.clone())
    }
}

pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = |error| StoreError::corrupt("unpacking a text", error);
    let decoder = zstd::Decoder::with_buffer(packed).map_err(damaged)?;
    let mut bytes = Vec::new();
    decoder.take(UNPACKED_BYTES_MAX).read_to_end(&mut bytes).map_err(damaged)?;
    Ok(bytes)
}

pub(crate) fn unpack_text(packed: &[u8]) -> Result<String, StoreError> {
    String::from_utf8(unpack(packed)?).map_err(|error| StoreError::corrupt("unpacking a text", error))
}

pub(crate) fn to_postcard<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(|error| StoreError::invalid(format!("cannot be written: {error}")))
}

pub(crate) fn from_postcard<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes).map_err(|error| StoreError::corrupt("reading a stored value", error))
}

/// An action's number in columns. INVARIANT: a number never changes its meaning.
pub(crate) const fn action_number(action: ApprovalAction) -> i16 {
    match action {
        ApprovalAction::Install => 0,
        ApprovalAction::Uninstall => 1,
        ApprovalAction::Optional => 2,
        ApprovalAction::NotApproved => 3,
    }
}

pub(crate) fn action(number: i16) -> Result<ApprovalAction, StoreError> {
    match number {
        0 => Ok(ApprovalAction::Install),
        1 => Ok(ApprovalAction::Uninstall),
        2 => Ok(ApprovalAction::Optional),
        3 => Ok(ApprovalAction::NotApproved),
        _ => Err(unknown_number("an approval", number)),
    }
}

/// An update type's number in columns. INVARIANT: a number never changes its meaning.
pub(crate) const fn update_type_number(update_type: UpdateType) -> i16 {
    match update_type {
        UpdateType::Software => 0,
        UpdateType::Driver => 1,
        UpdateType::Category => 2,
        UpdateType::Detectoid => 3,
    }
}

pub(crate) fn update_type(number: i16) -> Result<UpdateType, StoreError> {
    match number {
        0 => Ok(UpdateType::Software),
        1 => Ok(UpdateType::Driver),
        2 => Ok(UpdateType::Category),
        3 => Ok(UpdateType::Detectoid),
        _ => Err(unknown_number("an update type", number)),
    }
}

pub(crate) fn update_state(number: i16) -> Result<UpdateState, StoreError> {
    let known = u8::try_from(number).ok().and_then(UpdateState::from_number);
    known.ok_or_else(|| unknown_number("a state", number))
}

fn unknown_number(what: &str, number: i16) -> StoreError {
    StoreError::corrupt("reading a stored value", format!("{number} stands for no value of {what}"))
}
