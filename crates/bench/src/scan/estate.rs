use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use model::{UpdateId, UpdateType};
use serde::Serialize;
use testkit::catalogs::{self, Profile, Shape};
use testkit::random::Random;

/// Decisions in force: real deployments approve hundreds.
const APPROVED_MAX: usize = 500;

/// The catalog a server is filled with.
pub(crate) struct Estate {
    /// A file of one document a line.
    pub(crate) documents: PathBuf,
    /// What is installed on a usual computer and no leaf.
    pub(crate) installed: Vec<UpdateId>,
    /// Bundles that are approved for everyone.
    pub(crate) approved: Vec<UpdateId>,
    pub(crate) size: Size,
}

/// How large it is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Size {
    pub(crate) revisions: usize,
    seed: u64,
    facts: usize,
    software: usize,
    drivers: usize,
    document_bytes: usize,
    approved: usize,
}

impl Estate {
    /// Writes the catalog's documents into `folder`.
    pub(crate) fn make(folder: &Path, revisions: usize, seed: u64) -> anyhow::Result<Self> {
        let documents = folder.join("documents");
        let mut file = BufWriter::new(File::create(&documents).context("could not make the file of documents")?);
        let catalog = catalogs::large(shape(revisions, seed));
        let installed = catalog.installed(0);
        let mut size = Size { revisions: 0, seed, facts: 0, software: 0, drivers: 0, document_bytes: 0, approved: 0 };
        let mut bundles = Vec::new();
        for draft in catalog {
            let revision = draft.revision();
            size.revisions += 1;
            match revision.update_type {
                UpdateType::Category | UpdateType::Detectoid => size.facts += 1,
                UpdateType::Software => size.software += 1,
                UpdateType::Driver => size.drivers += 1,
            }
            if !revision.relations.bundled.is_empty() {
                bundles.push(draft.id());
            }
            let document = draft.finish().document;
            ensure!(!document.contains('\n'), "a document takes several lines");
            size.document_bytes += document.len();
            writeln!(file, "{document}").context("could not write the documents")?;
        }
        file.flush().context("could not write the documents")?;
        Random::new(seed).shuffle(&mut bundles);
        bundles.truncate(APPROVED_MAX);
        size.approved = bundles.len();
        Ok(Self { documents, installed, approved: bundles, size })
    }
}

pub(crate) fn shape(revisions: usize, seed: u64) -> Shape {
    Shape { revisions, seed, profile: Profile::Lean }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revisions, seed, facts, software, drivers, document_bytes, approved } = self;
        let mib = *document_bytes as f64 / f64::from(1 << 20);
        write!(
            f,
            "catalog of {revisions} revisions (seed {seed}): {facts} categories and detectoids, {software} software, \
             {drivers} drivers; {mib:.0} MiB of documents; {approved} bundles approved"
        )
    }
}
