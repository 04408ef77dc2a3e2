//! What must hold of the numbers of a manifest. It is signed, but signers err and keys are stolen.

use super::{Carries, Manifest, ManifestError, Part, Stream};
use crate::limits::{FILE_BYTES_MAX, FILES_MAX, PART_BYTES_MIN, SEQUENCE_MAX, STREAM_PARTS_MAX, STREAM_RAW_BYTES_MAX};
use crate::record::LENGTH_BYTES;
use crate::{PartName, Split, StreamKind};

impl Manifest {
    /// Refuses numbers that are out of bounds or contradict each other.
    pub(super) fn check(&self) -> Result<(), ManifestError> {
        bound("its sequence number", self.sequence, 1, SEQUENCE_MAX)?;
        if let Some(base) = &self.follows {
            bound("the sequence number of the archive it follows", base.sequence, 1, self.sequence - 1)?;
        }
        // Asked for were at least so many bytes; parts are a little shorter.
        bound(
            "the longest that a part may be",
            self.part_bytes_max,
            PART_BYTES_MIN / 2,
            Split::LARGEST.part_bytes_max(),
        )?;
        let streams = &self.streams;
        self.check_stream(StreamKind::Metadata, &streams.metadata)?;
        if let Some(decisions) = &streams.decisions {
            self.check_stream(StreamKind::Decisions, decisions)?;
        }
        self.check_stream(StreamKind::Locations, &streams.locations)?;
        if let Some(lists) = &streams.lists {
            self.check_stream(StreamKind::Lists, lists)?;
            if lists.records == 0 {
                return Err(contradiction("it has lists, and none of them".to_owned()));
            }
        }
        self.check_stream(StreamKind::Contents, &streams.contents)?;
        self.carries.check(self)
    }

    fn check_stream(&self, kind: StreamKind, stream: &Stream) -> Result<(), ManifestError> {
        bound(format!("the number of {kind} parts"), stream.parts.len() as u64, 0, STREAM_PARTS_MAX as u64)?;
        bound(format!("what {kind} parts unpack to"), stream.raw_bytes, 0, STREAM_RAW_BYTES_MAX)?;
        bound(format!("the number of {kind} records"), stream.records, 0, stream.raw_bytes / LENGTH_BYTES)?;
        if stream.parts.is_empty() != (stream.records == 0) || stream.parts.is_empty() != (stream.raw_bytes == 0) {
            return Err(contradiction(format!("{kind} has records, bytes or parts without the others")));
        }
        for (number, part) in (1..).zip(&stream.parts) {
            let expected = PartName::Stream(kind, number);
            if part.name != expected {
                return Err(contradiction(format!("part {} stands where {expected} should", part.name)));
            }
            self.check_part(part)?;
        }
        Ok(())
    }

    fn check_part(&self, part: &Part) -> Result<(), ManifestError> {
        bound(format!("the size of part {}", part.name), part.size, 1, self.part_bytes_max)
    }
}

impl Carries {
    fn check(&self, manifest: &Manifest) -> Result<(), ManifestError> {
        let streams = &manifest.streams;
        bound("the number of content files", self.files, 0, FILES_MAX)?;
        bound("the bytes of its content files", self.file_bytes, 0, self.files * FILE_BYTES_MAX)?;
        let decisions = [self.groups, self.approvals, self.declines, self.eulas];
        let decided = streams.decisions.as_ref().map_or(0, |stream| stream.records);
        for (kind, counts, records) in [
            (StreamKind::Metadata, [self.documents].as_slice(), streams.metadata.records),
            (StreamKind::Decisions, decisions.as_slice(), decided),
            (StreamKind::Locations, [self.locations, self.keys].as_slice(), streams.locations.records),
            (StreamKind::Lists, [self.lists].as_slice(), streams.lists.as_ref().map_or(0, |stream| stream.records)),
            (StreamKind::Contents, [self.files].as_slice(), streams.contents.records),
        ] {
            let sum = counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count));
            if sum != Some(records) {
                return Err(contradiction(format!(
                    "it has {records} {kind} records, but carries another number of them"
                )));
            }
        }
        Ok(())
    }
}

fn bound(what: impl Into<String>, found: u64, least: u64, most: u64) -> Result<(), ManifestError> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(ManifestError::Bound { what: what.into(), found, allowed: format!("{least} to {most}") })
    }
}

fn contradiction(text: String) -> ManifestError {
    ManifestError::Contradiction(text)
}
