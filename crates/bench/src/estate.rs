//! Estates: databases that are full already, with a catalog, decisions and registered computers.
//!
//! Making one takes minutes where it is large, so it is made once, kept below the target folder by all that it
//! follows from, and copied for each bench:
//!
//! ```ignore
//! let estate = estate::seeded(&Wanted { updates: 500_000, computers: 100_000, ..Wanted::default() })?;
//! let data_dir = estate.copy()?; // Gone when dropped; a server may change it as it likes.
//! let server = Server::start(vanne, data_dir.path())?;
//! let office = Office::new(server.port, &estate);
//! ```

use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use model::{ComputerId, HardwareId, UpdateId};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use testkit::catalogs::{Profile, Shape};
use uuid::Uuid;

mod fill;

pub(crate) use fill::fill;

/// Distinct builds of Windows with what belongs to them, among the computers of an estate.
pub(crate) const BUILDS: usize = 40;
/// What an estate follows from besides what is wanted of it, below `crates`: another text makes another estate.
const INGREDIENTS: [&str; 7] = [
    "bench/src/estate",
    "store/migrations",
    "store/src/codec.rs",
    "store/src/entry.rs",
    "testkit/src/catalogs",
    "testkit/src/documents",
    "testkit/src/random.rs",
];
/// The description of an estate, beside its database.
const DESCRIPTION: &str = "estate.json";

/// What an estate is to hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Updates; categories and detectoids come on top: [`Shape::with_updates`].
    pub(crate) updates: usize,
    pub(crate) profile: Profile,
    pub(crate) seed: u64,
    /// Computers that have registered: those that [`computer`] numbers from 0.
    pub(crate) computers: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { updates: 20_000, profile: Profile::Lean, seed: 1, computers: 0 }
    }
}

/// What was put into a database.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Estate {
    pub(crate) size: Size,
    /// What is installed on a computer of each build and no leaf; computer `n` is of build `n % BUILDS`.
    pub(crate) builds: Vec<Vec<UpdateId>>,
    /// Bundles that are approved for everyone.
    pub(crate) approved: Vec<UpdateId>,
    /// Some of the hardware ids that drivers are for.
    pub(crate) hardware_ids: Vec<HardwareId>,
    /// Where it is kept; empty for one in PostgreSQL.
    #[serde(skip)]
    kept: PathBuf,
}

/// How large it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Size {
    pub(crate) revisions: usize,
    pub(crate) seed: u64,
    pub(crate) facts: usize,
    pub(crate) software: usize,
    pub(crate) drivers: usize,
    pub(crate) hardware_ids: usize,
    pub(crate) document_bytes: usize,
    pub(crate) document_bytes_max: usize,
    pub(crate) approved: usize,
    pub(crate) computers: usize,
}

impl Wanted {
    pub(crate) fn shape(&self) -> Shape {
        Shape::with_updates(self.updates, self.seed, self.profile)
    }
}

impl Estate {
    /// A data folder with this estate in SQLite, beside the kept one, so that the file system may share its blocks.
    pub(crate) fn copy(&self) -> anyhow::Result<TempDir> {
        let beside = self.kept.parent().context("an estate in PostgreSQL has no folder to copy")?;
        let copy = tempfile::Builder::new().prefix("copy-").tempdir_in(beside).context("could not make a folder")?;
        for entry in fs::read_dir(&self.kept).context("could not read the kept estate")? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), copy.path().join(entry.file_name())).context("could not copy the estate")?;
            }
        }
        Ok(copy)
    }
}

/// An estate in SQLite, made if it is not kept yet.
pub(crate) fn seeded(wanted: &Wanted) -> anyhow::Result<Estate> {
    let kept = kept_at(wanted)?;
    if let Ok(text) = fs::read_to_string(kept.join(DESCRIPTION)) {
        let estate: Estate = serde_json::from_str(&text).context("could not read the kept estate's description")?;
        return Ok(Estate { kept, ..estate });
    }
    eprintln!("making {} updates and {} computers, once", wanted.updates, wanted.computers);
    let beside = kept.parent().context("a kept estate is in a folder")?;
    fs::create_dir_all(beside).context("could not make the folder of kept estates")?;
    let unfinished = tempfile::Builder::new().prefix("unfinished-").tempdir_in(beside)?;
    let estate = fill(unfinished.path(), None, wanted)?;
    fs::write(unfinished.path().join(DESCRIPTION), serde_json::to_string(&estate)?)?;
    match fs::rename(unfinished.path(), &kept) {
        Ok(()) => drop(unfinished.keep()),
        // Another bench was quicker with the same.
        Err(_) if kept.is_dir() => {}
        Err(error) => return Err(error).context("could not keep the estate"),
    }
    Ok(Estate { kept, ..estate })
}

/// The id of the `number`th computer.
pub(crate) fn computer(number: usize) -> anyhow::Result<ComputerId> {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("https://contoso.example/bench/{number}").as_bytes());
    id.to_string().parse().context("a GUID is a computer's id")
}

/// The name of the `number`th computer.
pub(crate) fn dns_name(number: usize) -> String {
    format!("bench-{number:06}.contoso.example")
}

/// Below the target folder, by all that the estate follows from.
fn kept_at(wanted: &Wanted) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("could not find this program's folder")?;
    let target = program.ancestors().nth(2).context("this program is in no target folder")?;
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("this crate is beside others")?;
    let mut hasher = DefaultHasher::new();
    for ingredient in INGREDIENTS {
        let files = files_below(&crates.join(ingredient));
        let files = files.with_context(|| format!("could not read {ingredient}"))?;
        ensure!(!files.is_empty(), "there is nothing at {ingredient}, which estates follow from");
        for file in files {
            fs::read(&file).with_context(|| format!("could not read {}", file.display()))?.hash(&mut hasher);
        }
    }
    let Wanted { updates, profile, seed, computers } = wanted;
    let profile = if *profile == Profile::Lean { "lean" } else { "real" };
    let name = format!("{updates}-{profile}-{seed}-{computers}-{:016x}", hasher.finish());
    Ok(target.join("bench-estates").join(name))
}

/// All files below `path`, or itself, in order of their names.
fn files_below(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        files.extend(files_below(&entry?.path())?);
    }
    files.sort();
    Ok(files)
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revisions, seed, facts, software, drivers, hardware_ids, approved, computers, .. } = self;
        let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
        write!(
            f,
            "catalog of {revisions} revisions (seed {seed}): {} updates, which are {software} software and {drivers} \
             drivers with {hardware_ids} hardware ids, and on top {facts} categories and detectoids; {:.0} MiB of \
             documents, the largest {:.1} MiB; {approved} bundles approved; {computers} computers registered",
            software + drivers,
            mib(self.document_bytes),
            mib(self.document_bytes_max),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estate_is_kept_by_all_that_it_follows_from() {
        let first = kept_at(&Wanted::default()).unwrap();
        assert_eq!(first, kept_at(&Wanted::default()).unwrap());
        assert_ne!(first, kept_at(&Wanted { seed: 2, ..Wanted::default() }).unwrap());
        assert_ne!(first, kept_at(&Wanted { computers: 1, ..Wanted::default() }).unwrap());
        assert_ne!(first, kept_at(&Wanted { profile: Profile::RealSizes, ..Wanted::default() }).unwrap());
    }

    #[test]
    fn a_filled_estate_is_what_was_wanted() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("kept");
        fs::create_dir(&folder).unwrap();
        let wanted = Wanted { updates: 1_000, computers: 90, ..Wanted::default() };
        let estate = fill(&folder, None, &wanted).unwrap();
        let Size { revisions, facts, software, drivers, computers, .. } = estate.size;
        assert_eq!((facts + software + drivers, computers), (revisions, 90));
        assert_eq!(estate.builds.len(), BUILDS);
        assert!(!estate.approved.is_empty() && !estate.hardware_ids.is_empty());
        assert!(estate.copy().unwrap().path().join("vanne.db").is_file());
    }
}
