use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use model::{ContentFile, Sha1, Sha256, Timestamp, UpdateIdentity};
use serde::{Deserialize, Serialize};
use trust::DigestSha256;

use crate::limits::{NEEDS_BYTES_MAX, NEEDS_ITEMS_MAX};

const FORMAT: &str = "vanne-needs";

/// What a server lacks, for a server that has it to export just that. It names no computer, group or person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    format: String,
    version: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// Revisions whose documents are missing.
    pub revisions: Vec<UpdateIdentity>,
    /// Files that are missing, as documents promise them.
    pub files: Vec<ContentFile>,
}

/// Why a file is no list of needs.
#[derive(Debug, thiserror::Error)]
pub enum NeedsError {
    /// It could not be read.
    #[error("could not read the list of needs {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is too long.
    #[error(
        "the list of needs has more than {NEEDS_BYTES_MAX} bytes; `vanne archive needs` does not write such a list"
    )]
    TooLong,
    /// Not JSON, or not of this shape.
    #[error("it is not a list of needs as `vanne archive needs` writes it")]
    Json(#[source] serde_json::Error),
    /// Something else, or made by a newer program.
    #[error("its format is {format:?}, version {version}; \"{FORMAT}\", version 1, is read here")]
    Format {
        /// What it says it is.
        format: String,
        /// The version.
        version: u64,
    },
    /// It names too much.
    #[error("it names {found} {what}, {NEEDS_ITEMS_MAX} are allowed; export without --needs instead")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
    },
}

impl Needs {
    /// A list. Order and repetition do not matter.
    pub fn new(made_at: Timestamp, revisions: Vec<UpdateIdentity>, files: Vec<ContentFile>) -> Self {
        Self { format: FORMAT.to_owned(), version: 1, made_at, revisions, files }
    }

    /// Reads the list that lies at `path`.
    ///
    /// # Errors
    /// [`NeedsError`].
    pub fn open(path: &Path) -> Result<Self, NeedsError> {
        let mut bytes = Vec::new();
        let file = File::open(path).and_then(|file| file.take(NEEDS_BYTES_MAX + 1).read_to_end(&mut bytes));
        file.map_err(|source| NeedsError::Read { path: path.to_owned(), source })?;
        Self::parse(&bytes)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// [`NeedsError`] for what is out of bounds or something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, NeedsError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u64,
        }
        if bytes.len() as u64 > NEEDS_BYTES_MAX {
            return Err(NeedsError::TooLong);
        }
        let head: Head = serde_json::from_slice(bytes).map_err(NeedsError::Json)?;
        if head.format != FORMAT || head.version != 1 {
            let format = head.format.chars().take(60).collect();
            return Err(NeedsError::Format { format, version: head.version });
        }
        let needs: Self = serde_json::from_slice(bytes).map_err(NeedsError::Json)?;
        for (what, found) in [("revisions", needs.revisions.len()), ("files", needs.files.len())] {
            if found > NEEDS_ITEMS_MAX {
                return Err(NeedsError::TooMany { what, found });
            }
        }
        Ok(needs)
    }

    /// Its text: JSON, indented, to be read before it leaves the network.
    pub fn to_bytes(&self) -> Vec<u8> {
        crate::manifest::to_text(self)
    }

    /// The digest of its text, by which the manifest of a limited archive names it.
    pub fn digest(&self) -> Sha256 {
        DigestSha256::of(&self.to_bytes())
    }

    /// The list made ready to be asked.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            revisions: self.revisions.iter().copied().collect(),
            sha1: self.files.iter().map(|file| file.sha1).collect(),
            sha256: self.files.iter().filter_map(|file| file.sha256).collect(),
        }
    }
}

/// What a list of needs asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    revisions: HashSet<UpdateIdentity>,
    sha1: HashSet<Sha1>,
    sha256: HashSet<Sha256>,
}

impl Wanted {
    /// True when the document of this revision is asked for.
    pub fn revision(&self, identity: &UpdateIdentity) -> bool {
        self.revisions.contains(identity)
    }

    /// True when a file with one of these digests is asked for.
    pub fn file(&self, sha1: &Sha1, sha256: &Sha256) -> bool {
        self.sha256.contains(sha256) || self.sha1.contains(sha1)
    }
}

#[cfg(test)]
mod tests {
    use model::{RevisionNumber, UpdateId};
    use uuid::Uuid;

    use super::*;

    fn needs() -> Needs {
        let identity = UpdateIdentity {
            update_id: UpdateId(Uuid::from_u128(7)),
            revision_number: RevisionNumber::new(200).unwrap(),
        };
        let file = |byte: u8, sha256| ContentFile {
            sha1: Sha1::new([byte; 20]),
            sha256,
            size: 12,
            name: "update.cab".parse().unwrap(),
        };
        let files = vec![file(1, Some(Sha256::new([2; 32]))), file(3, None)];
        Needs::new(Timestamp::UNIX_EPOCH, vec![identity], files)
    }

    #[test]
    fn a_list_survives_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("needs.json");
        std::fs::write(&path, needs().to_bytes()).unwrap();
        assert_eq!(Needs::open(&path).unwrap(), needs());
        assert_eq!(Needs::parse(&needs().to_bytes()).unwrap().digest(), needs().digest());
    }

    #[test]
    fn a_file_is_wanted_by_either_digest() {
        let wanted = needs().wanted();
        let other = Sha1::new([9; 20]);
        assert!(wanted.file(&Sha1::new([3; 20]), &Sha256::new([9; 32])));
        assert!(wanted.file(&other, &Sha256::new([2; 32])));
        assert!(!wanted.file(&other, &Sha256::new([9; 32])));
        assert!(wanted.revision(&needs().revisions[0]));
    }

    #[test]
    fn what_is_no_list_is_refused_by_name() {
        let text = String::from_utf8(needs().to_bytes()).unwrap();
        let refused = |text: &str| Needs::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(refused("{").contains("`vanne archive needs`"));
        assert!(refused(&text.replace("\"version\": 1", "\"version\": 2")).contains("version 2"));
        assert!(refused(&text.replace("vanne-needs", "vanne-archive")).contains("vanne-archive"));
        assert!(refused(&text.replace("\"made_at\"", "\"computers\": [],\n \"made_at\"")).contains("not a list"));
        assert!(refused(&text.replace("update.cab", "../update.cab")).contains("not a list"));
        let missing = Needs::open(Path::new("/nowhere/needs.json")).unwrap_err();
        assert_eq!(missing.to_string(), "could not read the list of needs /nowhere/needs.json");
    }

    #[test]
    fn a_list_that_names_too_much_is_refused() {
        let revisions = vec![needs().revisions[0]; NEEDS_ITEMS_MAX + 1];
        let error = Needs::parse(&Needs::new(Timestamp::UNIX_EPOCH, revisions, Vec::new()).to_bytes()).unwrap_err();
        assert!(matches!(error, NeedsError::TooMany { what: "revisions", .. }));
    }
}
