use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

use crate::limits::CHUNK_BYTES;
use crate::{PartError, PartName};

/// The folders over which the parts of an archive are spread: one, or one for each disk.
///
/// Below a folder, no link is followed and nothing but plain files is read: an archive says what it holds, never where
/// else to look.
pub(crate) struct Folders {
    list: Vec<Folder>,
}

struct Folder {
    path: PathBuf,
    root: OwnedFd,
}

/// What lies where a file should.
enum Lookup {
    File(File, u64),
    NotAFile,
    Missing,
}

impl Folders {
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, PartError> {
        let open = |path: &PathBuf| {
            let root = File::open(path).and_then(|root| {
                if root.metadata()?.is_dir() { Ok(root.into()) } else { Err(io::ErrorKind::NotADirectory.into()) }
            });
            let root =
                root.map_err(|source| PartError::Disk { action: "open the folder", path: path.clone(), source })?;
            Ok(Folder { path: path.clone(), root })
        };
        Ok(Self { list: paths.iter().map(open).collect::<Result<_, _>>()? })
    }

    /// The folders as a message names them.
    pub(crate) fn place(&self) -> String {
        let names: Vec<String> = self.list.iter().map(|folder| folder.path.display().to_string()).collect();
        names.join(" and ")
    }

    /// Opens a part of `size` bytes, in the first folder that has it so long.
    pub(crate) fn open_part(&self, name: &PartName, size: u64) -> Result<File, PartError> {
        let mut other = None;
        let inner = name.folders();
        for folder in &self.list {
            let path = || inner.iter().fold(folder.path.clone(), |path, name| path.join(name)).join(name.to_string());
            match folder.lookup(&inner, &name.to_string()).map_err(|source| PartError::disk("open", path(), source))? {
                Lookup::File(file, found) if found == size => return Ok(file),
                Lookup::File(_, found) => {
                    other = Some(PartError::OtherSize { part: Box::new(*name), path: path(), expected: size, found });
                }
                Lookup::NotAFile => other = Some(PartError::NotAFile { part: name.to_string(), path: path() }),
                Lookup::Missing => {}
            }
        }
        Err(other.unwrap_or_else(|| PartError::Missing { part: Box::new(*name), archive: self.place(), size }))
    }

    /// Gives all bytes of a part of `size` bytes to `take`, until that breaks.
    pub(crate) fn read_part(
        &self,
        name: &PartName,
        size: u64,
        mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, PartError> {
        let mut file = self.open_part(name, size)?.take(size);
        let mut buffer = vec![0; CHUNK_BYTES.min(usize::try_from(size).unwrap_or(CHUNK_BYTES).max(1))];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(ControlFlow::Continue(())),
                Ok(read) => {
                    if take(buffer.get(..read).unwrap_or_default()).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.unreadable(name, source)),
            }
        }
    }

    /// The small file `name` from each folder that has it, with its path.
    pub(crate) fn small(&self, name: &str, bytes_max: u64) -> Result<Vec<(PathBuf, Vec<u8>)>, PartError> {
        let mut found = Vec::new();
        for folder in &self.list {
            let path = folder.path.join(name);
            let disk = |source| PartError::disk("read", path.clone(), source);
            match folder.lookup(&[], name).map_err(disk)? {
                Lookup::File(file, _) => {
                    let mut bytes = Vec::new();
                    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(disk)?;
                    if bytes.len() as u64 > bytes_max {
                        return Err(PartError::TooLong { path, limit: bytes_max });
                    }
                    found.push((path, bytes));
                }
                Lookup::NotAFile => return Err(PartError::NotAFile { part: name.to_owned(), path }),
                Lookup::Missing => {}
            }
        }
        Ok(found)
    }

    /// True when a folder has a file of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.list.iter().any(|folder| matches!(folder.lookup(&[], name), Ok(Lookup::File(..))))
    }

    pub(crate) fn unreadable(&self, name: &PartName, source: io::Error) -> PartError {
        PartError::disk("read", Path::new(&self.place()).join(name.to_string()), source)
    }
}

impl Folder {
    fn lookup(&self, inner: &[String], name: &str) -> io::Result<Lookup> {
        let folder_flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut folder: Option<OwnedFd> = None;
        for step in inner {
            let above = folder.as_ref().map_or(self.root.as_fd(), |folder| folder.as_fd());
            match openat(above, step.as_str(), folder_flags, Mode::empty()) {
                Ok(below) => folder = Some(below),
                Err(error) => return absent(error),
            }
        }
        let above = folder.as_ref().map_or(self.root.as_fd(), |folder| folder.as_fd());
        // Without waiting: a named pipe would keep whoever opens it.
        let file_flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match openat(above, name, file_flags, Mode::empty()) {
            Ok(file) => {
                let file = File::from(file);
                let metadata = file.metadata()?;
                Ok(if metadata.is_file() { Lookup::File(file, metadata.len()) } else { Lookup::NotAFile })
            }
            Err(error) => absent(error),
        }
    }
}

fn absent(error: Errno) -> io::Result<Lookup> {
    match error {
        Errno::NOENT => Ok(Lookup::Missing),
        // A link, a socket, or a file or link in the place of a folder.
        Errno::LOOP | Errno::NOTDIR | Errno::NXIO | Errno::MLINK => Ok(Lookup::NotAFile),
        error => Err(error.into()),
    }
}
