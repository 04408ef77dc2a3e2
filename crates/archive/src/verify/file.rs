use std::io::{self, Read};
use std::sync::Arc;

use trust::DigestSha256;

use crate::ReadError;
use crate::folders::Folders;
use crate::manifest::Part;
use crate::open::Archive;
use crate::parts::PartsReader;
use crate::record::{CarriedFile, Content};

/// A content file, from its first piece to its last. Its last byte comes only if all of it is what it should be.
///
/// An error of reading holds a [`crate::PartError`] or [`ReadError`].
pub struct FileReader {
    file: CarriedFile,
    archive: Archive,
    parts: PartsReader<Arc<Folders>, Vec<Part>>,
    /// Of a file in several pieces; the digest of a single one is that of the file.
    whole: Option<DigestSha256>,
}

impl FileReader {
    pub(super) fn new(archive: &Archive, content: &Content) -> Self {
        let parts: Vec<Part> = content.parts(archive.manifest().part_bytes_max).collect();
        let whole = (parts.len() > 1).then(DigestSha256::new);
        let parts = PartsReader::new(Arc::clone(&archive.shared.folders), parts);
        Self { file: content.file(), archive: archive.clone(), parts, whole }
    }

    /// What it is.
    pub fn file(&self) -> CarriedFile {
        self.file
    }

    fn other_content(&self, found: model::Sha256) -> ReadError {
        let reason = format!("its pieces make up a file with SHA-256 {found}");
        ReadError::OtherContent { file: self.file.sha256, archive: self.archive.place().to_owned(), reason }
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.parts.read(buffer)?;
        let Some(whole) = &mut self.whole else { return Ok(read) };
        whole.update(buffer.get(..read).unwrap_or_default());
        if whole.size() == self.file.size {
            let (found, _) = self.whole.take().unwrap_or_default().finish();
            if found != self.file.sha256 {
                return Err(io::Error::other(self.other_content(found)));
            }
        }
        Ok(read)
    }
}
