use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::Held;

/// Reads a held file by its own place, which no other reader moves.
#[derive(Debug)]
pub struct HeldReader {
    file: Arc<File>,
    size: u64,
    at: u64,
}

impl Held {
    /// The file from its beginning, for whoever reads in the usual way. It blocks.
    pub fn reader(&self) -> HeldReader {
        HeldReader { file: Arc::clone(&self.file), size: self.size, at: 0 }
    }
}

impl Read for HeldReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for HeldReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_readers_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"0123456789").unwrap();
        let held = Held { file: Arc::new(File::open(path).unwrap()), size: 10 };
        let (mut one, mut other) = (held.reader(), held.reader());
        let read = |reader: &mut HeldReader, bytes: usize| {
            let mut buffer = vec![0; bytes];
            reader.read_exact(&mut buffer).map(|()| String::from_utf8(buffer).unwrap())
        };
        assert_eq!(read(&mut one, 4).unwrap(), "0123");
        assert_eq!(read(&mut other, 2).unwrap(), "01");
        assert_eq!(one.seek(SeekFrom::End(-2)).unwrap(), 8);
        assert_eq!(other.seek(SeekFrom::Current(3)).unwrap(), 5);
        assert_eq!((read(&mut one, 2).unwrap().as_str(), read(&mut other, 2).unwrap().as_str()), ("89", "56"));
        assert!(read(&mut one, 1).is_err() && one.seek(SeekFrom::Current(-11)).is_err());
    }
}
