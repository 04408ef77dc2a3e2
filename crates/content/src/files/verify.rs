use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use model::Sha256;
use trust::DigestSha256;

use super::digests::Digests;
use super::{CHUNK_BYTES, Expected, Files, Stored, blocking, open_file, sync_folder};
use crate::FileError;
use crate::range::ByteRange;

/// Most damaged parts that a sentence names,
const SHOWN: usize = 4;
/// and that a note lists.
const NOTED: usize = 256;

/// What [`Files::verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is what it should be.
    Sound(Stored),
    /// It is not, and was moved away.
    Quarantined(Quarantined),
    /// It is not held.
    Missing,
}

/// A file that no longer was what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// What it is.
    pub found: Stored,
    /// What is wrong with it: a sentence.
    pub reason: String,
    /// Where it is now.
    pub file: PathBuf,
    /// The note beside it.
    pub note: PathBuf,
}

/// The note beside a quarantined file, as JSON.
#[derive(serde::Serialize)]
pub(super) struct Note<'note> {
    pub(super) reason: String,
    pub(super) at: Timestamp,
    pub(super) expected: &'note Expected,
    pub(super) found: &'note Stored,
    /// Where it came from, when that is a moment ago.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) sources: &'note [String],
    /// First and last byte of each part that differs, as far as that can be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) damaged: Vec<[u64; 2]>,
}

impl Files {
    /// Reads the file `sha256` again, all of it, and moves it to the quarantine when it is not what its name or
    /// `expected` says (whose SHA-256 is not looked at: the name is that).
    ///
    /// A quarantined file is never served and never deleted; a JSON note beside it says why it is there.
    ///
    /// # Errors
    /// [`FileError`] when the disk fails; the file stays where it is then.
    pub async fn verify(&self, sha256: &Sha256, expected: &Expected) -> Result<Verdict, FileError> {
        let files = self.clone();
        let (sha256, expected) = (*sha256, *expected);
        blocking(move || files.verify_blocking(&sha256, &expected)).await
    }

    fn verify_blocking(&self, sha256: &Sha256, expected: &Expected) -> Result<Verdict, FileError> {
        let path = self.path(sha256);
        let promised = Expected { sha256: Some(*sha256), ..*expected };
        loop {
            let Some(mut file) = open_file(&path)? else { return Ok(Verdict::Missing) };
            let found = self.digest(&mut file, sha256).map_err(FileError::when("read", &path))?;
            let Err(wrong) = found.keeps(&promised) else { return Ok(Verdict::Sound(found)) };
            let damaged = self.damage(&file, sha256).unwrap_or_default();
            let note = Note {
                reason: format!("{wrong}{}", shown(&damaged)),
                at: Timestamp::now(),
                expected: &promised,
                found: &found,
                sources: &[],
                damaged: damaged.iter().take(NOTED).map(|part| [part.first(), part.last()]).collect(),
            };
            if let Some(quarantined) = self.quarantine(&file, sha256, &note)? {
                return Ok(Verdict::Quarantined(quarantined));
            }
            // A put replaced it meanwhile: judge what is there now.
        }
    }

    /// What the file is; one whose tree is kept costs one digest. A tree that is missing is made on the way.
    fn digest(&self, file: &mut File, sha256: &Sha256) -> io::Result<Stored> {
        if let Some(tree) = self.read_tree(sha256) {
            let mut digest = DigestSha256::new();
            read(file, |chunk| digest.update(chunk))?;
            // What has its SHA-256 still has every other digest it had.
            if digest.finish().0 == *sha256 {
                return Ok(*tree.file());
            }
            file.rewind()?;
        }
        let mut all = Digests::default();
        read(file, |chunk| all.update(chunk))?;
        let found = all.stored();
        if found.sha256 == *sha256 {
            self.keep_tree(all.tree());
        }
        Ok(found)
    }

    /// Moves `file`, which was found wanting, out of the held files; `None` when another has taken its place since.
    fn quarantine(&self, file: &File, sha256: &Sha256, note: &Note<'_>) -> Result<Option<Quarantined>, FileError> {
        let path = self.path(sha256);
        let folder = self.quarantine_folder();
        let _moving = self.lock_moves();
        if !is_at(file, &path)? {
            return Ok(None);
        }
        let (target, note_path) = write_note(&folder, sha256, note)?;
        fs::rename(&path, &target).map_err(FileError::when("quarantine", &path))?;
        sync_folder(&folder)?;
        path.parent().map_or(Ok(()), sync_folder)?;
        tracing::error!(
            file.sha256 = %sha256,
            file.note = %note_path.display(),
            reason = note.reason,
            "a content file no longer is what it was put as, and was quarantined"
        );
        Ok(Some(Quarantined { found: *note.found, reason: note.reason.clone(), file: target, note: note_path }))
    }
}

/// Hands all of a file to `take`.
fn read(file: &mut File, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(CHUNK_BYTES, file);
    loop {
        let chunk = match reader.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        take(chunk);
        let taken = chunk.len();
        reader.consume(taken);
    }
}

/// Where a file is damaged, for the end of a sentence.
fn shown(damaged: &[ByteRange]) -> String {
    let parts: Vec<String> =
        damaged.iter().take(SHOWN).map(|part| format!("{}-{}", part.first(), part.last())).collect();
    match damaged.len() {
        0 => String::new(),
        count if count > SHOWN => format!("; bytes {} and {} more parts differ", parts.join(", "), count - SHOWN),
        _ => format!("; bytes {} differ", parts.join(", ")),
    }
}

/// True when `path` still names the very file that is open.
fn is_at(file: &File, path: &Path) -> Result<bool, FileError> {
    let open = file.metadata().map_err(FileError::when("look at", path))?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::when("look at", path)(error)),
    }
}

/// Writes `note` under the first free number, and says where the file and its note belong. The note comes first: one
/// without a file is harmless, a file without a note says nothing.
pub(super) fn write_note(folder: &Path, sha256: &Sha256, note: &Note<'_>) -> Result<(PathBuf, PathBuf), FileError> {
    let mut number = 1_u64;
    loop {
        let path = folder.join(format!("{sha256}.{number}.json"));
        match File::create_new(&path) {
            Ok(file) => {
                write_json(file, note).map_err(FileError::when("write", &path))?;
                return Ok((folder.join(format!("{sha256}.{number}")), path));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(FileError::when("create", &path)(error)),
        }
    }
}

fn write_json(mut file: File, note: &Note<'_>) -> io::Result<()> {
    serde_json::to_writer_pretty(&file, note)?;
    file.write_all(b"\n")?;
    file.sync_all()
}
