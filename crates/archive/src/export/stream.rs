use std::collections::VecDeque;

use trust::DigestSha256;
use zstd::bulk::Compressor;

use super::target::{OpenPart, Target};
use super::{DonePart, ExportError, Line};
use crate::limits::{BLOCK_BYTES_MAX, STREAM_PARTS_MAX, STREAM_RAW_BYTES_MAX};
use crate::manifest::{Part, Stream};
use crate::record::Record;
use crate::{PartName, StreamKind};

/// What the store uses as well; higher levels gain a twentieth and take much longer.
const ZSTD_LEVEL: i32 = 6;

/// Writes a stream: frames records, compresses them block by block, and cuts them into parts between two blocks.
///
/// When an earlier run finished parts of it, the same records are given again, and are only held against what those parts
/// were made from; writing goes on behind them. Keeps one block and one record in memory.
pub(super) struct StreamWriter {
    kind: StreamKind,
    block_bytes: usize,
    /// Finished before, and not yet reached again.
    ahead: VecDeque<DonePart>,
    parts: Vec<Part>,
    open: Option<OpenPart>,
    /// Of what the part at hand is made from.
    raw: DigestSha256,
    block: Vec<u8>,
    compressor: Compressor<'static>,
    record: Vec<u8>,
    records: u64,
    raw_bytes: u64,
}

impl StreamWriter {
    /// A writer that goes on behind the parts `done`, which are what they were.
    pub(super) fn new(kind: StreamKind, target: &Target, done: Vec<DonePart>) -> Result<Self, ExportError> {
        let compressor = Compressor::new(ZSTD_LEVEL).map_err(target.failed("compress for", &target.folder))?;
        Ok(Self {
            kind,
            // Half a part at most, so that a block fits into a part however badly it compresses.
            block_bytes: usize::try_from(BLOCK_BYTES_MAX.min(target.part_bytes_max / 2)).unwrap_or(usize::MAX),
            ahead: done.into(),
            parts: Vec::new(),
            open: None,
            raw: DigestSha256::new(),
            block: Vec::new(),
            compressor,
            record: Vec::new(),
            records: 0,
            raw_bytes: 0,
        })
    }

    /// Adds a record. `item` names it if it cannot be.
    pub(super) fn push(
        &mut self,
        target: &mut Target,
        record: &impl Record,
        item: impl FnOnce() -> String,
    ) -> Result<(), ExportError> {
        let mut bytes = std::mem::take(&mut self.record);
        bytes.clear();
        let written = record.write(&mut bytes);
        let pushed = match written {
            Ok(()) => self.push_bytes(target, &bytes),
            Err(source) => Err(ExportError::Record { item: item(), source }),
        };
        self.record = bytes;
        pushed
    }

    fn push_bytes(&mut self, target: &mut Target, bytes: &[u8]) -> Result<(), ExportError> {
        let length = u32::try_from(bytes.len()).expect("no record is longer than its limit, which is below 4 GiB");
        let limit = STREAM_RAW_BYTES_MAX;
        if self.raw_bytes + 4 + u64::from(length) > limit {
            return Err(ExportError::TooMany { archive: target.folder.clone(), what: "bytes of records", limit });
        }
        self.push_raw(target, &length.to_le_bytes())?;
        self.push_raw(target, bytes)?;
        self.records += 1;
        Ok(())
    }

    fn push_raw(&mut self, target: &mut Target, mut bytes: &[u8]) -> Result<(), ExportError> {
        self.raw_bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = match self.ahead.front() {
                Some(done) => usize::try_from(done.raw_bytes - self.raw.size()).unwrap_or(usize::MAX),
                None => self.block_bytes - self.block.len(),
            };
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            bytes = rest;
            if self.ahead.is_empty() {
                self.block.extend(now);
                if self.block.len() == self.block_bytes {
                    self.write_block(target)?;
                }
            } else {
                self.raw.update(now);
                self.reach(target)?;
            }
        }
        Ok(())
    }

    /// Passes a part that was finished before, once all that it was made from came again.
    fn reach(&mut self, target: &mut Target) -> Result<(), ExportError> {
        let Some(done) = self.ahead.pop_front_if(|done| self.raw.size() == done.raw_bytes) else { return Ok(()) };
        let (sha256, _) = std::mem::take(&mut self.raw).finish();
        if sha256 != done.raw_sha256 {
            return Err(self.changed(target));
        }
        self.parts.push(done.part);
        Ok(())
    }

    fn changed(&self, target: &mut Target) -> ExportError {
        // Voids the parts of streams, so that the next run writes them anew. If that fails, it ends here again.
        let _ = target.note(&Line::Plan(model::Sha256::new([0; 32])));
        ExportError::Changed { archive: target.folder.clone(), kind: self.kind }
    }

    fn write_block(&mut self, target: &mut Target) -> Result<(), ExportError> {
        let packed = self.compressor.compress(&self.block).map_err(target.failed("compress for", &target.folder))?;
        if self.open.as_ref().is_some_and(|open| open.size() + packed.len() as u64 > target.part_bytes_max) {
            self.end_part(target)?;
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => target.begin_part(self.next_name(target)?)?,
        };
        target.write(&mut open, &packed)?;
        self.open = Some(open);
        self.raw.update(&self.block);
        self.block.clear();
        Ok(())
    }

    fn next_name(&self, target: &Target) -> Result<PartName, ExportError> {
        let number = self.parts.len() + 1;
        match u32::try_from(number) {
            Ok(number) if number as usize <= STREAM_PARTS_MAX => Ok(PartName::Stream(self.kind, number)),
            _ => Err(ExportError::SplitTooSmall {
                item: format!("the stream of {}", self.kind),
                limit: STREAM_PARTS_MAX as u64,
                part_bytes_max: target.part_bytes_max,
            }),
        }
    }

    fn end_part(&mut self, target: &mut Target) -> Result<(), ExportError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let part = target.end_part(open)?;
        let (raw_sha256, raw_bytes) = std::mem::take(&mut self.raw).finish();
        target.note(&Line::Records(DonePart { part, raw_bytes, raw_sha256 }))?;
        self.parts.push(part);
        Ok(())
    }

    /// Ends the stream.
    pub(super) fn finish(mut self, target: &mut Target) -> Result<Stream, ExportError> {
        if !self.ahead.is_empty() {
            return Err(self.changed(target));
        }
        if !self.block.is_empty() {
            self.write_block(target)?;
        }
        self.end_part(target)?;
        Ok(Stream { records: self.records, raw_bytes: self.raw_bytes, parts: self.parts })
    }
}
