use std::io::{self, BufRead, BufReader, Read};
use std::marker::PhantomData;

use zstd::stream::read::Decoder;

use super::{InvalidRecord, LENGTH_BYTES, Record};
use crate::limits::WINDOW_LOG_MAX;
use crate::manifest::Stream;

/// How much of a record is made room for before its bytes have come.
const ROOM_BYTES: usize = 64 << 10;

/// What a manifest says of a stream, and what its reader holds it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// How many records.
    pub records: u64,
    /// What it unpacks to, in bytes.
    pub raw_bytes: u64,
}

/// Why a stream does not unpack to the records that were declared. Records are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It does not unpack, or could not be read.
    #[error("it could not be unpacked at record {record}")]
    Unpack {
        /// The record it happened at.
        record: u64,
        /// Why.
        source: io::Error,
    },
    /// It ends too early.
    #[error("it ends within record {record}")]
    Ends {
        /// The record.
        record: u64,
    },
    /// It goes on behind what was declared.
    #[error("it unpacks to more than the {bytes} bytes and {records} records that the manifest declares")]
    More {
        /// The declared bytes.
        bytes: u64,
        /// The declared records.
        records: u64,
    },
    /// A record that is none.
    #[error("record {record} is not valid")]
    Invalid {
        /// The record.
        record: u64,
        /// Why.
        source: InvalidRecord,
    },
}

impl From<&Stream> for Declared {
    fn from(stream: &Stream) -> Self {
        Self { records: stream.records, raw_bytes: stream.raw_bytes }
    }
}

/// The records of a stream, unpacked one by one.
///
/// Keeps one record in memory, and what zstd needs; unpacks no more than was declared, whatever the stream would
/// yield. Ends behind the first error.
pub struct Records<T, R: BufRead> {
    unpacked: Decoder<'static, R>,
    declared: Declared,
    read: Declared,
    ended: bool,
    record: PhantomData<T>,
}

impl<T: Record, R: Read> Records<T, BufReader<R>> {
    /// The records of `packed`: zstd frames.
    ///
    /// # Errors
    /// When zstd has no memory.
    pub fn unpack(packed: R, declared: Declared) -> io::Result<Self> {
        let mut unpacked = Decoder::new(packed)?;
        unpacked.window_log_max(WINDOW_LOG_MAX)?;
        let read = Declared { records: 0, raw_bytes: 0 };
        Ok(Self { unpacked, declared, read, ended: false, record: PhantomData })
    }
}

impl<T: Record, R: BufRead> Records<T, R> {
    fn step(&mut self) -> Result<Option<T>, RecordError> {
        if self.read.records == self.declared.records {
            return self.end().map(|()| None);
        }
        self.read.records += 1;
        let record = self.read.records;
        let length = u32::from_le_bytes(self.length()?);
        if length as usize > T::BYTES_MAX {
            let source = InvalidRecord::TooLong { found: length.into(), limit: T::BYTES_MAX as u64 };
            return Err(RecordError::Invalid { record, source });
        }
        self.take(length.into())?;
        let mut bytes = Vec::with_capacity(ROOM_BYTES.min(length as usize));
        let unpack = |source| RecordError::Unpack { record, source };
        let found = (&mut self.unpacked).take(length.into()).read_to_end(&mut bytes).map_err(unpack)?;
        if found < length as usize {
            return Err(RecordError::Ends { record });
        }
        T::read(&bytes).map(Some).map_err(|source| RecordError::Invalid { record, source })
    }

    fn length(&mut self) -> Result<[u8; LENGTH_BYTES as usize], RecordError> {
        let record = self.read.records;
        let mut length = [0; LENGTH_BYTES as usize];
        self.take(LENGTH_BYTES)?;
        match self.unpacked.read_exact(&mut length) {
            Ok(()) => Ok(length),
            Err(error) if is_plain_end(&error) => Err(RecordError::Ends { record }),
            Err(source) => Err(RecordError::Unpack { record, source }),
        }
    }

    /// Counts bytes before they are unpacked.
    fn take(&mut self, bytes: u64) -> Result<(), RecordError> {
        self.read.raw_bytes = self.read.raw_bytes.saturating_add(bytes);
        if self.read.raw_bytes <= self.declared.raw_bytes { Ok(()) } else { Err(self.more()) }
    }

    /// Makes sure that nothing comes behind the last record, and that no byte is missing.
    fn end(&mut self) -> Result<(), RecordError> {
        let record = self.read.records + 1;
        if self.read.raw_bytes < self.declared.raw_bytes {
            return Err(RecordError::Ends { record });
        }
        let mut behind = [0];
        // Nothing at all is no zstd frame, and is what an empty stream is.
        let end = match self.read.raw_bytes {
            0 => self.unpacked.get_mut().fill_buf().map(<[u8]>::len),
            _ => self.unpacked.read(&mut behind),
        };
        match end {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.more()),
            Err(source) => Err(RecordError::Unpack { record, source }),
        }
    }

    fn more(&self) -> RecordError {
        RecordError::More { bytes: self.declared.raw_bytes, records: self.declared.records }
    }
}

/// True when the stream just ends, which zstd and the readers below it say without words of their own.
fn is_plain_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

impl<T: Record, R: BufRead> Iterator for Records<T, R> {
    type Item = Result<T, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }
}
