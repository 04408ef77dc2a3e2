use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trust::DigestSha256;

use super::medium::{Lasting, Medium};
use super::{ExportError, Journal, Line};
use crate::manifest::Part;
use crate::{JOURNAL_NAME, PartName};

/// What a file is called until it is whole and lasting.
pub(super) const PARTIAL: &str = ".partial";

/// The folder an export is written to.
pub(super) struct Target {
    pub(super) medium: Arc<dyn Medium>,
    pub(super) folder: PathBuf,
    pub(super) part_bytes_max: u64,
    pub(super) journal: Journal,
}

/// A part that is being written.
pub(super) struct OpenPart {
    name: PartName,
    file: Box<dyn Lasting>,
    digest: DigestSha256,
}

impl OpenPart {
    /// How many bytes it has so far.
    pub(super) fn size(&self) -> u64 {
        self.digest.size()
    }
}

impl Target {
    /// Begins a part, in the place of whatever has its name.
    pub(super) fn begin_part(&self, name: PartName) -> Result<OpenPart, ExportError> {
        let path = self.path(&name);
        if let Some(folder) = path.parent() {
            self.medium.create_folder(folder).map_err(self.failed("create the folder", folder))?;
        }
        let partial = with_suffix(&path);
        let file = self.medium.create(&partial).map_err(self.failed("create", &partial))?;
        Ok(OpenPart { name, file, digest: DigestSha256::new() })
    }

    /// Adds `bytes` to a part.
    pub(super) fn write(&self, part: &mut OpenPart, bytes: &[u8]) -> Result<(), ExportError> {
        let failed = |error| self.failed("write", &with_suffix(&self.path(&part.name)))(error);
        part.file.write_all(bytes).map_err(failed)?;
        part.digest.update(bytes);
        Ok(())
    }

    /// Makes a part last, and gives it its name.
    pub(super) fn end_part(&self, mut part: OpenPart) -> Result<Part, ExportError> {
        let path = self.path(&part.name);
        let partial = with_suffix(&path);
        part.file.sync().map_err(self.failed("make lasting", &partial))?;
        drop(part.file);
        self.medium.rename(&partial, &path).map_err(self.failed("give its name to", &path))?;
        let (sha256, size) = part.digest.finish();
        Ok(Part { name: part.name, size, sha256 })
    }

    /// Drops a part that is not to be.
    pub(super) fn abandon_part(&self, part: OpenPart) {
        let partial = with_suffix(&self.path(&part.name));
        drop(part.file);
        // Best effort: it takes room, and is removed at the end of the export.
        let _ = self.medium.remove(&partial);
    }

    /// Removes a part that turned out not to belong.
    pub(super) fn remove_part(&self, name: &PartName) {
        // Best effort, as above.
        let _ = self.medium.remove(&self.path(name));
    }

    /// Writes a small file of the archive's own folder, whole or not at all.
    pub(super) fn write_whole(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.folder.join(name);
        let partial = with_suffix(&path);
        let mut file = self.medium.create(&partial).map_err(self.failed("create", &partial))?;
        file.write_all(bytes).map_err(self.failed("write", &partial))?;
        file.sync().map_err(self.failed("make lasting", &partial))?;
        drop(file);
        self.medium.rename(&partial, &path).map_err(self.failed("give its name to", &path))?;
        self.sync_folder(&self.folder)
    }

    /// Notes what was done in the journal.
    pub(super) fn note(&mut self, line: &Line) -> Result<(), ExportError> {
        self.journal.write(line).map_err(|error| self.failed("write", &self.folder.join(JOURNAL_NAME))(error))
    }

    pub(super) fn sync_folder(&self, path: &Path) -> Result<(), ExportError> {
        self.medium.sync_folder(path).map_err(self.failed("make lasting the folder", path))
    }

    pub(super) fn path(&self, name: &PartName) -> PathBuf {
        let mut path = self.folder.clone();
        path.extend(name.folders());
        path.push(name.to_string());
        path
    }

    /// Turns an error of the system into one that says what was tried, and where.
    pub(super) fn failed(&self, action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError {
        failed(self.folder.clone(), action, path)
    }
}

pub(super) fn failed(archive: PathBuf, action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path = path.strip_prefix(&archive).unwrap_or(path).to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ExportError::Full { archive, path, source },
        io::ErrorKind::FileTooLarge => ExportError::PartTooLong { archive, path, source },
        io::ErrorKind::WouldBlock => ExportError::Busy { archive },
        _ => ExportError::Disk { action, archive, path, source },
    }
}

fn with_suffix(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PARTIAL);
    name.into()
}
