//! `bench import`: what it costs to take a catalog in, and to take it in once more.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use testkit::catalogs::{self, Profile, Shape};
use testkit::documents::Draft;

use crate::figures::{Spread, rows};
use crate::process::{self, Server, children_cpu_seconds};

/// The longest document of a real store is a component manifest of so many bytes.
const LARGEST_BYTES: usize = 46_000_000;
const MIB: f64 = (1 << 20) as f64;

/// How an import is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Documents in the catalog [default: 100000; 5000 of real sizes]
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..=500_000))]
    documents: Option<u32>,
    /// How large single documents are
    #[arg(long, value_enum, default_value_t = Sizes::Lean)]
    profile: Sizes,
    /// Imports into an empty database, each followed by the same again
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Another seed makes another catalog
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Sizes {
    /// About 4 KB each
    Lean,
    /// Texts in many languages, component manifests of up to 46 MB
    Real,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    documents: usize,
    documents_mib: f64,
    largest_bytes: usize,
    profile: Sizes,
    seed: u64,
    runs: u32,
    new: Figures,
    again: Figures,
    memory_peak_mib: Spread,
    database_mib: Spread,
}

/// Of one of the two imports.
#[derive(Debug, Serialize)]
struct Figures {
    documents_per_second: Spread,
    mib_per_second: Spread,
    server_cpu_seconds_per_thousand: Spread,
    /// Of the command line, which reads and sends the documents.
    client_cpu_seconds_per_thousand: Spread,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let documents = Documents::make(folder.path(), arguments)?;
    let (mut new, mut again, mut memory, mut database) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..arguments.runs {
        eprintln!("importing {} documents, run {} of {}", documents.count, number + 1, arguments.runs);
        let data_dir = folder.path().join("data");
        let server = Server::start(vanne, &data_dir)?;
        new.push(once(vanne, &server, &data_dir, &documents, |done| done.added.values().sum())?);
        memory.push(server.process.memory_mib("VmHWM")?);
        again.push(once(vanne, &server, &data_dir, &documents, |done| done.unchanged)?);
        server.stop()?;
        database.push(database_mib(&data_dir));
        std::fs::remove_dir_all(&data_dir).context("could not remove a data folder")?;
    }
    Ok(Report {
        documents: documents.count,
        documents_mib: documents.bytes as f64 / MIB,
        largest_bytes: documents.largest,
        profile: arguments.profile,
        seed: arguments.seed,
        runs: arguments.runs,
        new: Figures::of(&new, &documents),
        again: Figures::of(&again, &documents),
        memory_peak_mib: Spread::of(memory),
        database_mib: Spread::of(database),
    })
}

/// A file of one document a line.
struct Documents {
    file: PathBuf,
    count: usize,
    bytes: usize,
    largest: usize,
}

impl Documents {
    fn make(folder: &Path, arguments: &Arguments) -> anyhow::Result<Self> {
        let (profile, usual) = match arguments.profile {
            Sizes::Lean => (Profile::Lean, 100_000),
            Sizes::Real => (Profile::RealSizes, 5_000),
        };
        let revisions = arguments.documents.unwrap_or(usual) as usize;
        eprintln!("making {revisions} documents");
        let mut documents = Self { file: folder.join("documents"), count: 0, bytes: 0, largest: 0 };
        let mut file = BufWriter::new(File::create(&documents.file).context("could not make the file of documents")?);
        // One is as large as they come, whatever was drawn for the others.
        let largest = (arguments.profile == Sizes::Real)
            .then(|| Draft::cbs("bench largest", "Bench-Largest", "amd64", "10.0.1.1").padded_to(LARGEST_BYTES));
        let others = catalogs::large(Shape { revisions, seed: arguments.seed, profile });
        for draft in others.take(revisions - usize::from(largest.is_some())).chain(largest) {
            let document = draft.finish().document;
            ensure!(!document.contains('\n'), "a document takes several lines");
            documents.count += 1;
            documents.bytes += document.len();
            documents.largest = documents.largest.max(document.len());
            writeln!(file, "{document}").context("could not write the documents")?;
        }
        file.flush().context("could not write the documents")?;
        Ok(documents)
    }
}

/// What `vanne catalog import` prints, as far as it matters here.
#[derive(Deserialize)]
struct Imported {
    added: std::collections::BTreeMap<String, u64>,
    unchanged: u64,
}

struct Measured {
    seconds: f64,
    server_cpu: f64,
    client_cpu: f64,
}

/// Imports as an administrator does; `counted` must be every document.
fn once(
    vanne: &Path,
    server: &Server,
    data_dir: &Path,
    documents: &Documents,
    counted: impl Fn(&Imported) -> u64,
) -> anyhow::Result<Measured> {
    let (server_before, client_before) = (server.process.cpu_seconds()?, children_cpu_seconds()?);
    let started = Instant::now();
    let done: Imported = process::vanne(vanne, &["catalog", "import"], data_dir, &[&documents.file])?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(counted(&done) == documents.count as u64, "not every document became what it should");
    let server_cpu = server.process.cpu_seconds()? - server_before;
    Ok(Measured { seconds, server_cpu, client_cpu: children_cpu_seconds()? - client_before })
}

/// What was written last may not have left the log yet.
pub(crate) fn database_mib(data_dir: &Path) -> f64 {
    let files = ["vanne.db", "vanne.db-wal"].map(|name| data_dir.join(name).metadata().map_or(0, |file| file.len()));
    files.iter().sum::<u64>() as f64 / MIB
}

impl Figures {
    fn of(runs: &[Measured], documents: &Documents) -> Self {
        let (count, mib) = (documents.count as f64, documents.bytes as f64 / MIB);
        let each = |figure: &dyn Fn(&Measured) -> f64| Spread::of(runs.iter().map(figure));
        Self {
            documents_per_second: each(&|run| count / run.seconds),
            mib_per_second: each(&|run| mib / run.seconds),
            server_cpu_seconds_per_thousand: each(&|run| run.server_cpu * 1_000.0 / count),
            client_cpu_seconds_per_thousand: each(&|run| run.client_cpu * 1_000.0 / count),
        }
    }

    fn table(&self) -> String {
        rows(&[
            ("documents a second", self.documents_per_second.to_string()),
            ("MiB a second", self.mib_per_second.to_string()),
            ("server CPU, 1,000 documents", format!("{} s", self.server_cpu_seconds_per_thousand)),
            ("client CPU, 1,000 documents", format!("{} s", self.client_cpu_seconds_per_thousand)),
        ])
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { documents, documents_mib, largest_bytes, seed, runs, .. } = self;
        format!(
            "{documents} documents (seed {seed}), {documents_mib:.0} MiB, the largest {largest_bytes} bytes;\n{runs} runs, \
             each into an empty database: median (lowest to highest)\n\nimport\n{}\nthe same again, nothing new\n{}\n{}",
            self.new.table(),
            self.again.table(),
            rows(&[
                ("server memory, peak", format!("{} MiB", self.memory_peak_mib)),
                ("database", format!("{} MiB", self.database_mib)),
            ])
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_sizes_include_the_largest_document_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = Arguments { documents: Some(100), profile: Sizes::Real, runs: 1, seed: 1 };
        let documents = Documents::make(folder.path(), &arguments).unwrap();
        assert_eq!(documents.count, 100);
        assert!(documents.largest > 40_000_000 && documents.largest < 64_000_000, "{}", documents.largest);
    }
}
