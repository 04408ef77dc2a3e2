use std::path::PathBuf;
use std::sync::Arc;

use model::Sha256;
use trust::Fingerprint;
use uuid::Uuid;

use crate::folders::Folders;
use crate::limits::{MANIFEST_BYTES_MAX, SIGNATURE_BYTES_MAX};
use crate::lineage::{Link, admit};
use crate::manifest::{Base, Manifest};
use crate::record::{CarriedFile, Content};
use crate::{JOURNAL_NAME, MANIFEST_NAME, PartError, SIGNATURE_NAME, signature};

mod contents;
mod error;

pub use error::{ContentsError, OpenError};

/// The manifest of an archive, with a signature that holds and is of a key that is trusted.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The manifest.
    pub manifest: Manifest,
    /// The SHA-256 of its text.
    pub digest: Sha256,
    /// Who signed it.
    pub signer: Fingerprint,
    archive: String,
}

/// An archive that was opened: signed by a key that is trusted, next in its order, and complete. What its parts hold was
/// not read yet: see [`Archive::verify`]. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) folders: Arc<Folders>,
    pub(crate) signed: Signed,
    /// In order of SHA-256.
    pub(crate) contents: Vec<Content>,
}

impl Signed {
    /// Reads the manifest of the archive in `folders` (one of them must have it), and its signature.
    ///
    /// The parts need not be there: this is what `--since` needs of an archive that has gone its way.
    ///
    /// # Errors
    /// [`OpenError`]. Nothing of a manifest is read before its signature held.
    pub fn open(folders: &[PathBuf], trusted: &[Fingerprint]) -> Result<Self, OpenError> {
        Self::open_in(&Folders::open(folders)?, trusted)
    }

    fn open_in(folders: &Folders, trusted: &[Fingerprint]) -> Result<Self, OpenError> {
        let archive = folders.place();
        let bytes = only_one(folders, MANIFEST_NAME, MANIFEST_BYTES_MAX)?;
        let file = only_one(folders, SIGNATURE_NAME, SIGNATURE_BYTES_MAX)?;
        let signer = signature::verify(&file, &bytes)
            .map_err(|source| OpenError::Signature { archive: archive.clone(), source })?;
        if !trusted.contains(&signer) {
            return Err(OpenError::UnknownSigner { archive, signer });
        }
        let manifest =
            Manifest::parse(&bytes).map_err(|source| OpenError::Manifest { archive: archive.clone(), source })?;
        Ok(Self { digest: manifest.digest(), manifest, signer, archive })
    }

    /// What an archive that goes on from this one says of it, and the mark it begins behind.
    ///
    /// # Errors
    /// [`OpenError::NoBase`] unless `server` (the exporting one) made it and put into it all that there was.
    pub fn as_base(&self, server: Uuid) -> Result<Base, OpenError> {
        let refused = |reason: String| Err(OpenError::NoBase { archive: self.archive.clone(), reason });
        if self.manifest.server.id != server {
            return refused(format!(
                "it was exported by {}, or before this server was restored",
                self.manifest.server.name
            ));
        }
        if self.manifest.needs.is_some() {
            return refused("it was limited to a list of needs or to products".to_owned());
        }
        Ok(Base { sequence: self.manifest.sequence, manifest: self.digest })
    }

    /// What the importing server remembers of it, once it is imported.
    pub fn as_link(&self) -> Link {
        Link { server: self.manifest.server.id, sequence: self.manifest.sequence, manifest: self.digest }
    }
}

impl Archive {
    /// Opens the archive whose parts lie in `folders`: one, or one for each disk, in any order.
    ///
    /// Checked, in this order: the signature and that its key is among `trusted`; the bounds of the manifest; that the
    /// archive comes next after those that were `imported`; the list of its content files; that every part is there
    /// and as long as it should be. Time: a look at each part. Memory: 100 bytes for each content file.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(folders: &[PathBuf], trusted: &[Fingerprint], imported: &[Link]) -> Result<Self, OpenError> {
        let folders = Folders::open(folders)?;
        let signed = Signed::open_in(&folders, trusted)?;
        admit(&signed.manifest, signed.digest, imported)
            .map_err(|source| OpenError::Lineage { archive: folders.place(), source })?;
        look_for(&folders, signed.manifest.streams.all().flat_map(|stream| &stream.parts).copied())?;
        let contents = contents::read(&folders, &signed.manifest)?;
        let part_bytes_max = signed.manifest.part_bytes_max;
        look_for(&folders, contents.iter().flat_map(|content| content.parts(part_bytes_max)))?;
        Ok(Self { shared: Arc::new(Shared { folders: Arc::new(folders), signed, contents }) })
    }

    /// Its manifest, and who signed it.
    pub fn signed(&self) -> &Signed {
        &self.shared.signed
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.shared.signed.manifest
    }

    /// The content files it carries, in order of SHA-256.
    pub fn files(&self) -> impl ExactSizeIterator<Item = CarriedFile> {
        self.shared.contents.iter().map(Content::file)
    }

    /// The folders, as messages name them.
    pub fn place(&self) -> &str {
        &self.shared.signed.archive
    }
}

/// The file `name`, which all folders that have it must have alike.
fn only_one(folders: &Folders, name: &'static str, bytes_max: u64) -> Result<Vec<u8>, OpenError> {
    let mut found = folders.small(name, bytes_max)?.into_iter();
    let Some((one, bytes)) = found.next() else {
        let archive = folders.place();
        let begun = [MANIFEST_NAME, JOURNAL_NAME].iter().any(|file| folders.has(file));
        return Err(if begun {
            OpenError::Unfinished { archive, file: name }
        } else {
            OpenError::NoArchive { archive, file: name }
        });
    };
    match found.find(|(_, other)| *other != bytes) {
        Some((other, _)) => Err(OpenError::Mixed { one, other }),
        None => Ok(bytes),
    }
}

/// Makes sure that every part is there and as long as it should be.
fn look_for(folders: &Folders, parts: impl Iterator<Item = crate::Part>) -> Result<(), OpenError> {
    let mut first = None;
    let mut missing = 0_u64;
    for part in parts {
        match folders.open_part(&part.name, part.size) {
            Ok(_) => {}
            Err(error @ PartError::Missing { .. }) => {
                missing += 1;
                first.get_or_insert(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    match first {
        None => Ok(()),
        Some(error) if missing == 1 => Err(error.into()),
        Some(error) => Err(OpenError::MissingParts { first: Box::new(error), more: missing - 1 }),
    }
}
