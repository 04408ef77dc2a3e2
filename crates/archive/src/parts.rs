use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;

use trust::DigestSha256;

use crate::PartError;
use crate::folders::Folders;
use crate::manifest::Part;

/// Reads parts one behind the other, and holds each against its digest again when its last byte is read: that byte is
/// only given out if the digest is right.
pub(crate) struct PartsReader<F, P> {
    folders: F,
    parts: P,
    next: usize,
    open: Option<OpenPart>,
}

struct OpenPart {
    part: Part,
    file: File,
    digest: DigestSha256,
}

impl<F: Borrow<Folders>, P: AsRef<[Part]>> PartsReader<F, P> {
    pub(crate) fn new(folders: F, parts: P) -> Self {
        Self { folders, parts, next: 0, open: None }
    }

    fn step(&mut self, buffer: &mut [u8]) -> Result<usize, PartError> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(part) = self.parts.as_ref().get(self.next).copied() else { return Ok(0) };
                self.next += 1;
                let file = self.folders.borrow().open_part(&part.name, part.size)?;
                self.open = Some(OpenPart { part, file, digest: DigestSha256::new() });
                continue;
            };
            let left = open.part.size - open.digest.size();
            let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let read = match open.file.read(buffer.get_mut(..room).unwrap_or_default()) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(self.folders.borrow().unreadable(&open.part.name, source)),
            };
            open.digest.update(buffer.get(..read).unwrap_or_default());
            // All was read, or the file became shorter.
            if open.digest.size() == open.part.size || read == 0 {
                let OpenPart { part, digest, .. } = self.open.take().expect("it is open, a few lines above");
                let (found, _) = digest.finish();
                if found != part.sha256 {
                    return Err(other_digest(self.folders.borrow(), &part, found, self.parts.as_ref()));
                }
            }
            if read > 0 {
                return Ok(read);
            }
        }
    }
}

impl<F: Borrow<Folders>, P: AsRef<[Part]>> Read for PartsReader<F, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.step(buffer).map_err(io::Error::other)
    }
}

/// Reads parts and holds each against its digest.
pub(crate) fn check_parts(folders: &Folders, parts: &[Part]) -> Result<(), PartError> {
    for part in parts {
        let _whole = check_part(folders, part, parts, |_| ControlFlow::Continue(()))?;
    }
    Ok(())
}

/// Reads a part, gives its bytes to `take` until that breaks, and holds it against its digest. Which of `all` parts it is
/// if it is not the one it should be, is told.
pub(crate) fn check_part(
    folders: &Folders,
    part: &Part,
    all: &[Part],
    mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, PartError> {
    let mut digest = DigestSha256::new();
    let read = folders.read_part(&part.name, part.size, |bytes| {
        digest.update(bytes);
        take(bytes)
    })?;
    let (found, _) = digest.finish();
    if read.is_continue() && found != part.sha256 {
        return Err(other_digest(folders, part, found, all));
    }
    Ok(read)
}

fn other_digest(folders: &Folders, part: &Part, found: model::Sha256, all: &[Part]) -> PartError {
    let archive = folders.place();
    match all.iter().find(|other| other.sha256 == found) {
        Some(other) => PartError::Renamed { part: Box::new(part.name), archive, other: Box::new(other.name) },
        None => PartError::OtherDigest { part: Box::new(part.name), archive, expected: part.sha256, found },
    }
}
