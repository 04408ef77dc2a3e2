//! A file that is read in places.

use std::io::{self, Read, Seek, SeekFrom};

/// What can be read in any place.
pub(crate) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// A file of known length.
pub(crate) struct Source<'r> {
    reader: &'r mut dyn ReadSeek,
    pub(crate) size: u64,
}

impl<'r> Source<'r> {
    pub(crate) fn new(reader: &'r mut dyn ReadSeek) -> io::Result<Self> {
        let size = reader.seek(SeekFrom::End(0))?;
        Ok(Self { reader, size })
    }

    /// Reads up to `length` bytes at `at`: fewer only where the file ends.
    pub(crate) fn up_to(&mut self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let there = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX);
        self.exactly(at, length.min(there))
    }

    /// Reads `length` bytes at `at`. The caller has bounded `length`.
    pub(crate) fn exactly(&mut self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.fill(at, &mut bytes)?;
        Ok(bytes)
    }

    /// Fills `buffer` with what stands at `at`.
    pub(crate) fn fill(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(at))?;
        self.reader.read_exact(buffer)
    }
}
