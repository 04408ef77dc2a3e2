use std::ops::ControlFlow;

use model::Sha256;
use trust::{DigestBoth, DigestSha256};

use crate::folders::Folders;
use crate::manifest::{Carries, Part, Stream};
use crate::open::{Archive, Shared};
use crate::parts::check_part;
use crate::record::{CarriedList, Content, Decision, Document, Location};
use crate::{PartError, PartName};

mod error;
mod file;
mod items;

pub use error::ReadError;
pub use file::FileReader;
pub use items::Items;

/// How far [`Archive::verify`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The part it is at.
    pub part: PartName,
    /// Bytes of parts read so far.
    pub bytes_done: u64,
    /// Bytes of all parts.
    pub bytes_total: u64,
}

/// An archive that was read whole and found to be what was signed. Only now is anything taken from it.
///
/// It is read from the same folders again, and every part is held against its digest again: a disk that was changed
/// meanwhile ends the reading with an error, within the part at the latest. Cheap to clone.
#[derive(Clone)]
pub struct Verified {
    archive: Archive,
}

impl Archive {
    /// Reads every part, and holds it against its digest; unpacks every record, and counts it; holds every content
    /// file against both its digests.
    ///
    /// `progress` is told every 256 KiB, and breaks off if it says so. Blocks as long as that takes.
    ///
    /// # Errors
    /// [`ReadError`], by the first part that is not what it should be.
    pub fn verify(self, progress: impl FnMut(Progress) -> ControlFlow<()>) -> Result<Verified, ReadError> {
        let shared = &*self.shared;
        let mut told = Told { progress, bytes_done: 0, bytes_total: bytes_of(shared) };
        for stream in shared.signed.manifest.streams.all() {
            verify_parts(shared, stream, &mut told)?;
        }
        self.verify_records()?;
        for content in &shared.contents {
            verify_content(shared, content, &mut told)?;
        }
        Ok(Verified { archive: self })
    }

    fn verify_records(&self) -> Result<(), ReadError> {
        let manifest = self.manifest();
        let mut found = Carries::default();
        for document in self.records::<Document>(Some(&manifest.streams.metadata))? {
            document?;
            found.documents += 1;
        }
        for decision in self.records::<Decision>(manifest.streams.decisions.as_ref())? {
            found.count_decision(&decision?);
        }
        for location in self.records::<Location>(Some(&manifest.streams.locations))? {
            found.count_location(&location?);
        }
        for list in self.records::<CarriedList>(manifest.streams.lists.as_ref())? {
            list?;
            found.lists += 1;
        }
        let said = &manifest.carries;
        for (what, expected, found) in [
            ("groups", said.groups, found.groups),
            ("approvals", said.approvals, found.approvals),
            ("declined updates", said.declines, found.declines),
            ("accepted licences", said.eulas, found.eulas),
            ("addresses of files", said.locations, found.locations),
            ("keys of files", said.keys, found.keys),
            ("lists of revoked certificates", said.lists, found.lists),
        ] {
            if found != expected {
                return Err(ReadError::Count { archive: self.place().to_owned(), what, expected, found });
            }
        }
        Ok(())
    }
}

impl Verified {
    /// The archive.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// The documents, one at a time, in the order they were exported.
    ///
    /// # Errors
    /// [`ReadError`] when a part can no longer be read; so says each item.
    pub fn documents(&self) -> Result<Items<Document>, ReadError> {
        self.archive.records(Some(&self.archive.manifest().streams.metadata))
    }

    /// All that is decided on the exporting server; `None` when the archive does not say.
    ///
    /// # Errors
    /// As [`Verified::documents`].
    pub fn decisions(&self) -> Result<Option<Items<Decision>>, ReadError> {
        let stream = self.archive.manifest().streams.decisions.as_ref();
        stream.map(|stream| self.archive.records(Some(stream))).transpose()
    }

    /// What is known of how files are fetched.
    ///
    /// # Errors
    /// As [`Verified::documents`].
    pub fn locations(&self) -> Result<Items<Location>, ReadError> {
        self.archive.records(Some(&self.archive.manifest().streams.locations))
    }

    /// Lists of revoked certificates.
    ///
    /// # Errors
    /// As [`Verified::documents`].
    pub fn lists(&self) -> Result<Items<CarriedList>, ReadError> {
        self.archive.records(self.archive.manifest().streams.lists.as_ref())
    }

    /// Opens a content file. See [`Archive::files`] for which there are.
    ///
    /// # Errors
    /// [`ReadError::NoFile`] for one that is not carried.
    pub fn open_file(&self, sha256: &Sha256) -> Result<FileReader, ReadError> {
        let shared = &*self.archive.shared;
        let no_file = || ReadError::NoFile { file: *sha256, archive: self.archive.place().to_owned() };
        let index = shared.contents.binary_search_by_key(sha256, |content| content.sha256).map_err(|_| no_file())?;
        let content = shared.contents.get(index).ok_or_else(no_file)?;
        Ok(FileReader::new(&self.archive, content))
    }
}

/// Counts what was read, and tells the caller.
struct Told<F> {
    progress: F,
    bytes_done: u64,
    bytes_total: u64,
}

impl<F: FnMut(Progress) -> ControlFlow<()>> Told<F> {
    fn read(&mut self, part: PartName, bytes: &[u8]) -> ControlFlow<()> {
        self.bytes_done += bytes.len() as u64;
        (self.progress)(Progress { part, bytes_done: self.bytes_done, bytes_total: self.bytes_total })
    }
}

/// Cannot overflow: the number of parts has a limit, and so has the size of each.
fn bytes_of(shared: &Shared) -> u64 {
    let manifest = &shared.signed.manifest;
    let streams: u64 = manifest.streams.all().flat_map(|stream| &stream.parts).map(|part| part.size).sum();
    streams + manifest.carries.file_bytes
}

fn verify_parts<F>(shared: &Shared, stream: &Stream, told: &mut Told<F>) -> Result<(), ReadError>
where
    F: FnMut(Progress) -> ControlFlow<()>,
{
    for part in &stream.parts {
        let read = check_part(&shared.folders, part, &stream.parts, |bytes| told.read(part.name, bytes))?;
        or_broken_off(&shared.folders, read)?;
    }
    Ok(())
}

fn verify_content<F>(shared: &Shared, content: &Content, told: &mut Told<F>) -> Result<(), ReadError>
where
    F: FnMut(Progress) -> ControlFlow<()>,
{
    let parts: Vec<Part> = content.parts(shared.signed.manifest.part_bytes_max).collect();
    let mut digests = DigestBoth::new();
    for part in &parts {
        let mut digest = DigestSha256::new();
        // The digest of the only piece is that of the file: it is not taken twice.
        let several = parts.len() > 1;
        let read = shared.folders.read_part(&part.name, part.size, |bytes| {
            digests.update(bytes);
            if several {
                digest.update(bytes);
            }
            told.read(part.name, bytes)
        })?;
        or_broken_off(&shared.folders, read)?;
        let found = if several { digest.finish().0 } else { digests.clone().finish().1 };
        if found != part.sha256 {
            return Err(other_file(shared, part, found, &parts).into());
        }
    }
    let (sha1, sha256, _) = digests.finish();
    let reason = if sha256 != content.sha256 {
        format!("its pieces make up a file with SHA-256 {sha256}")
    } else if sha1 != content.sha1 {
        format!("it has SHA-1 {sha1}, {} is written", content.sha1)
    } else {
        return Ok(());
    };
    Err(ReadError::OtherContent { file: content.sha256, archive: shared.folders.place(), reason })
}

/// A content part that is damaged, or another one.
fn other_file(shared: &Shared, part: &Part, found: Sha256, pieces: &[Part]) -> PartError {
    let archive = shared.folders.place();
    let piece = pieces.iter().find(|other| other.sha256 == found).map(|other| other.name);
    let file = || shared.contents.binary_search_by_key(&found, |content| content.sha256).is_ok();
    match piece.or_else(|| file().then_some(PartName::File(found))) {
        Some(other) => PartError::Renamed { part: Box::new(part.name), archive, other: Box::new(other) },
        None => PartError::OtherDigest { part: Box::new(part.name), archive, expected: part.sha256, found },
    }
}

fn or_broken_off(folders: &Folders, read: ControlFlow<()>) -> Result<(), ReadError> {
    if read.is_continue() { Ok(()) } else { Err(ReadError::BrokenOff { archive: folders.place() }) }
}
