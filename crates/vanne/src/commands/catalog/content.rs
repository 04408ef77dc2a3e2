//! Content files on offer under a folder, recognised by their digest.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use metadata::Document;
use model::{ContentFile, Sha1, Sha256};

use crate::commands::content::digest;
use crate::documents;
use crate::output::Output;

/// What the documents to be imported promise of files: what to look for.
#[derive(Default)]
pub(super) struct Promised {
    sizes: HashSet<u64>,
    names: HashSet<String>,
    digests: HashSet<Sha1>,
}

impl Promised {
    /// Notes the files of one document. A document that cannot be read promises nothing; its import will say why.
    pub(super) fn note(&mut self, document: Vec<u8>) {
        let Some(document) = documents::without_utf16(document).ok().and_then(|it| Document::parse(&it).ok()) else {
            return;
        };
        for file in document.content_files() {
            self.sizes.insert(file.size);
            self.names.insert(file.name.as_str().to_lowercase());
            self.names.insert(file.sha1.to_string());
            self.digests.insert(file.sha1);
        }
    }

    /// A file is worth digesting if its size is promised, or if its name says that it means to be one of these.
    fn wants(&self, path: &Path, size: u64) -> bool {
        let named = |part: Option<&std::ffi::OsStr>| {
            part.is_some_and(|part| self.names.contains(&part.to_string_lossy().to_lowercase()))
        };
        self.sizes.contains(&size) || named(path.file_name()) || named(path.file_stem())
    }
}

/// A file on offer.
#[derive(Clone)]
pub(super) struct Offered {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    sha256: Sha256,
}

/// Files on offer.
#[derive(Default)]
pub(super) struct Offers {
    /// By the digest that names them.
    promised: HashMap<Sha1, Offered>,
    /// By name in lower case, with and without extension: those whose digest no document speaks of.
    strangers: HashMap<String, Offered>,
}

impl Offers {
    /// Digests every file below `folder` that `promised` wants.
    pub(super) fn find(folder: &Path, promised: &Promised, output: &Output) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        documents::walk(folder, &mut files)?;
        let progress = output.progress(files.len() as u64, "digesting");
        let mut offers = Self::default();
        for path in files {
            let size = std::fs::metadata(&path).with_context(|| format!("could not read {}", path.display()))?.len();
            if promised.wants(&path, size) {
                let (sha1, sha256, size) = digest(&path)?;
                offers.insert(sha1, Offered { path, size, sha256 }, promised);
            }
            progress.inc();
        }
        progress.finish();
        Ok(offers)
    }

    fn insert(&mut self, sha1: Sha1, offered: Offered, promised: &Promised) {
        if promised.digests.contains(&sha1) {
            self.promised.insert(sha1, offered);
            return;
        }
        for name in [offered.path.file_name(), offered.path.file_stem()].into_iter().flatten() {
            self.strangers.insert(name.to_string_lossy().to_lowercase(), offered.clone());
        }
    }

    /// The file on offer that `promised` names.
    pub(super) fn of(&self, promised: &ContentFile) -> Option<&Offered> {
        self.promised.get(&promised.sha1)
    }

    /// A file under the very name of `promised` that is neither that file nor any other that is wanted: a damaged copy.
    fn damaged(&self, promised: &ContentFile) -> Option<&Offered> {
        let named = |name: &str| self.strangers.get(name);
        named(&promised.sha1.to_string()).or_else(|| named(&promised.name.as_str().to_lowercase()))
    }

    /// Why a document that promises `promised` cannot be true of the file on offer, if so.
    pub(super) fn contradiction(&self, promised: &ContentFile) -> Option<String> {
        let Some(offered) = self.of(promised) else {
            let Offered { path, size, .. } = self.damaged(promised)?;
            return Some(format!(
                "its file {} is promised with {} bytes and SHA-1 {}, but {} has {size} bytes and another SHA-1; \
                 put the right file in its place, or take it away",
                promised.name,
                promised.size,
                promised.sha1,
                path.display()
            ));
        };
        let at = offered.path.display();
        if offered.size != promised.size {
            return Some(format!(
                "its file {} is promised with {} bytes, but the file with that SHA-1 has {} ({at})",
                promised.name, promised.size, offered.size
            ));
        }
        match promised.sha256 {
            Some(sha256) if sha256 != offered.sha256 => Some(format!(
                "its file {} is promised with SHA-256 {sha256}, but the file with that SHA-1 has {} ({at})",
                promised.name, offered.sha256
            )),
            _ => None,
        }
    }
}
