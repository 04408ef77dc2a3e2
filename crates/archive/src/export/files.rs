use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

use model::Sha256;
use trust::{DigestBoth, DigestSha256};

use super::target::{OpenPart, Target};
use super::{ExportError, Found, Line};
use crate::folders::Folders;
use crate::layout;
use crate::limits::{CHUNK_BYTES, FILE_BYTES_MAX, FILES_MAX, PIECES_MAX, PIECES_TOTAL_MAX};
use crate::manifest::Part;
use crate::parts::check_part;
use crate::record::{CarriedFile, Content};

/// What became of a content file that was to be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It was written.
    Written,
    /// An earlier run had written it; it was read again there, and is what it should be.
    Kept,
    /// It was given twice.
    Already,
}

/// The content files of an export.
pub(super) struct Files {
    found: Found,
    carried: BTreeMap<Sha256, Content>,
    pieces: u64,
    buffer: Vec<u8>,
}

impl Files {
    pub(super) fn new(found: Found) -> Self {
        Self { found, carried: BTreeMap::new(), pieces: 0, buffer: vec![0; CHUNK_BYTES] }
    }

    /// The files, in order of SHA-256.
    pub(super) fn into_carried(self) -> BTreeMap<Sha256, Content> {
        self.carried
    }

    /// Carries `file`, which `open` opens if it is not there already.
    pub(super) fn add<R: Read>(
        &mut self,
        target: &mut Target,
        file: CarriedFile,
        open: impl FnOnce() -> io::Result<R>,
    ) -> Result<Carried, ExportError> {
        if self.carried.contains_key(&file.sha256) {
            return Ok(Carried::Already);
        }
        self.refuse_too_many(target, &file)?;
        let kept = self.found.files.remove(&file.sha256).filter(|content| is_whole(target, &file, content));
        let (content, carried) = match kept {
            Some(content) => (content, Carried::Kept),
            None => {
                let reader = open().map_err(|source| ExportError::Source { file: file.sha256, source })?;
                (self.write(target, file, reader)?, Carried::Written)
            }
        };
        self.pieces += content.pieces.len() as u64;
        self.carried.insert(file.sha256, content);
        Ok(carried)
    }

    fn refuse_too_many(&self, target: &Target, file: &CarriedFile) -> Result<(), ExportError> {
        let archive = || target.folder.clone();
        if file.size > FILE_BYTES_MAX {
            let reason = format!("it has {} bytes, {FILE_BYTES_MAX} are allowed", file.size);
            return Err(ExportError::OtherContent { file: file.sha256, reason });
        }
        let pieces = layout::pieces(file.size, target.part_bytes_max);
        if pieces > PIECES_MAX || self.pieces + pieces > PIECES_TOTAL_MAX {
            return Err(ExportError::SplitTooSmall {
                item: format!("content file {}", file.sha256),
                limit: PIECES_MAX.min(PIECES_TOTAL_MAX - self.pieces),
                part_bytes_max: target.part_bytes_max,
            });
        }
        if self.carried.len() as u64 == FILES_MAX {
            return Err(ExportError::TooMany { archive: archive(), what: "content files", limit: FILES_MAX });
        }
        Ok(())
    }

    fn write(&mut self, target: &mut Target, file: CarriedFile, mut reader: impl Read) -> Result<Content, ExportError> {
        let mut digests = DigestBoth::new();
        let mut written: Vec<Part> = Vec::new();
        let last = layout::parts(&file, target.part_bytes_max).count().saturating_sub(1);
        for (index, (name, size)) in layout::parts(&file, target.part_bytes_max).enumerate() {
            let mut piece = match self.found.pieces.get(&name) {
                Some(part) if part.size == size && is_sound(target, part) => Piece::Kept(*part, DigestSha256::new()),
                _ => Piece::Open(target.begin_part(name)?),
            };
            let copied = self.copy(target, &mut reader, size, &mut piece, &mut digests, &file);
            // The end of the file is judged before its last piece gets its name.
            let judged = copied.and_then(|()| if index == last { judge(&mut reader, &digests, &file) } else { Ok(()) });
            let ended = match judged {
                Ok(()) => piece.end(target, &file),
                Err(error) => {
                    piece.abandon(target);
                    Err(error)
                }
            };
            match ended {
                Ok((part, fresh)) => {
                    if fresh && last > 0 {
                        target.note(&Line::Piece(part))?;
                    }
                    written.push(part);
                }
                Err(error) => {
                    if matches!(error, ExportError::OtherContent { .. }) {
                        written.iter().for_each(|part| target.remove_part(&part.name));
                    }
                    return Err(error);
                }
            }
        }
        let pieces = if last > 0 { written.iter().map(|part| part.sha256).collect() } else { Box::default() };
        let content = Content { sha256: file.sha256, sha1: file.sha1, size: file.size, pieces };
        target.note(&Line::File(content.clone()))?;
        Ok(content)
    }

    /// Takes `size` bytes from `reader` to a piece, or what is left if that is less.
    fn copy(
        &mut self,
        target: &Target,
        reader: &mut impl Read,
        size: u64,
        piece: &mut Piece,
        digests: &mut DigestBoth,
        file: &CarriedFile,
    ) -> Result<(), ExportError> {
        let mut left = size;
        while left > 0 {
            let room = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let Some(buffer) = self.buffer.get_mut(..room) else { break };
            let read = match reader.read(buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(ExportError::Source { file: file.sha256, source }),
            };
            let bytes = buffer.get(..read).unwrap_or_default();
            digests.update(bytes);
            piece.take(target, bytes)?;
            left -= read as u64;
        }
        Ok(())
    }
}

/// A piece of the file at hand.
enum Piece {
    /// It is being written.
    Open(OpenPart),
    /// An earlier run finished it; the file is held against it.
    Kept(Part, DigestSha256),
}

impl Piece {
    fn take(&mut self, target: &Target, bytes: &[u8]) -> Result<(), ExportError> {
        match self {
            Self::Open(part) => target.write(part, bytes),
            Self::Kept(_, digest) => {
                digest.update(bytes);
                Ok(())
            }
        }
    }

    fn abandon(self, target: &Target) {
        if let Self::Open(part) = self {
            target.abandon_part(part);
        }
    }

    /// The piece, and whether it is new.
    fn end(self, target: &Target, file: &CarriedFile) -> Result<(Part, bool), ExportError> {
        match self {
            Self::Open(part) => Ok((target.end_part(part)?, true)),
            Self::Kept(part, digest) if digest.clone().finish() == (part.sha256, part.size) => Ok((part, false)),
            Self::Kept(part, _) => {
                let reason = format!("it was something else when its piece {} was exported", part.name);
                target.remove_part(&part.name);
                Err(ExportError::OtherContent { file: file.sha256, reason })
            }
        }
    }
}

/// Refuses a file that is not what was promised, once all its bytes were read.
fn judge(reader: &mut impl Read, digests: &DigestBoth, file: &CarriedFile) -> Result<(), ExportError> {
    let other = |reason| ExportError::OtherContent { file: file.sha256, reason };
    if digests.size() < file.size {
        return Err(other(format!("it ends after {} of {} bytes", digests.size(), file.size)));
    }
    let mut behind = [0];
    if reader.read(&mut behind).map_err(|source| ExportError::Source { file: file.sha256, source })? > 0 {
        return Err(other(format!("it is longer than {} bytes", file.size)));
    }
    let (sha1, sha256, _) = digests.clone().finish();
    if sha256 != file.sha256 {
        return Err(other(format!("it has SHA-256 {sha256}")));
    }
    if sha1 != file.sha1 {
        return Err(other(format!("it has SHA-1 {sha1}, {} was expected", file.sha1)));
    }
    Ok(())
}

/// True when all pieces of `content` are there and make up `file`.
fn is_whole(target: &Target, file: &CarriedFile, content: &Content) -> bool {
    if content.file() != *file {
        return false;
    }
    let mut digests = DigestBoth::new();
    let mut pieces = Vec::new();
    let Ok(folders) = Folders::open(std::slice::from_ref(&target.folder)) else { return false };
    for (name, size) in layout::parts(file, target.part_bytes_max) {
        let mut digest = DigestSha256::new();
        let read = folders.read_part(&name, size, |bytes| {
            digest.update(bytes);
            digests.update(bytes);
            ControlFlow::Continue(())
        });
        if read.is_err() {
            return false;
        }
        pieces.push(digest.finish().0);
    }
    let expected: &[Sha256] = if content.pieces.is_empty() { &[file.sha256] } else { &content.pieces };
    pieces == expected && digests.finish() == (file.sha1, file.sha256, file.size)
}

/// True when a part is there and is what its digest says.
pub(super) fn is_sound(target: &Target, part: &Part) -> bool {
    let Ok(folders) = Folders::open(std::slice::from_ref(&target.folder)) else { return false };
    check_part(&folders, part, &[], |_| ControlFlow::Continue(())).is_ok()
}
