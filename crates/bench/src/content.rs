//! `bench content`: what it costs to serve ranges of a large file, beside nginx on the same file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use model::UpdateId;
use serde::Serialize;
use testkit::documents::{Draft, MadeFile};

use crate::figures::{Spread, rows};
use crate::process::{self, Process, Server};

pub(crate) mod nginx;
pub(crate) mod ranges;

use nginx::Nginx;
use ranges::{Ranges, Rate};

/// The sizes of ranges that are asked for: Delivery Optimization's pieces, and small ones.
const SIZES: [usize; 4] = [1 << 20, 64 << 10, 16 << 10, 4 << 10];
/// Size of a file that is served beside other work.
const SMALL_MIB: usize = 64;
const MIB: usize = 1 << 20;

/// How serving content is measured, and TLS.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Size of the file
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(2..=4_096))]
    pub(crate) mib: u32,
    /// How long each run takes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Runs of each kind, one server after the other
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) runs: u32,
    /// Connections that are kept busy at once; a stock client has about four
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) connections: u32,
    /// The nginx to compare with; the one on the PATH when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) nginx: Option<PathBuf>,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    file_mib: u32,
    connections: u32,
    runs: u32,
    run_seconds: u64,
    nginx_version: Option<String>,
    sizes: Vec<OfSize>,
    memory_peak_mib: f64,
}

/// What was seen with ranges of one size.
#[derive(Debug, Serialize)]
pub(crate) struct OfSize {
    range_kib: usize,
    vanne: Figures,
    nginx: Option<Figures>,
    /// Vanne's rate in parts of nginx's, of runs that followed each other.
    ratio: Option<Spread>,
}

#[derive(Debug, Serialize)]
struct Figures {
    mb_per_second: Spread,
    cpu_seconds_per_gb: Spread,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let data_dir = folder.path().join("data");
    eprintln!("making a file of {} MiB", arguments.mib);
    let file = MadeFile::of_size("payload.cab", arguments.mib as usize * MIB);
    let server = Server::start(vanne, &data_dir)?;
    hand_over(vanne, folder.path(), &data_dir, &file)?;
    // Both read the very same file, warm in memory.
    let kept = single_file(&data_dir.join("content").join("files"))?;
    let nginx = Nginx::start(arguments.nginx.as_deref(), folder.path(), &kept)?;

    let address = content::address(&file.sha1(), "cab");
    let mut of_vanne = Ranges::new(server.port, &format!("/Content/{address}"), arguments.connections)?;
    let mut of_nginx = match &nginx {
        Some(nginx) => Some(Ranges::new(nginx.port, nginx::PATH, arguments.connections)?),
        None => None,
    };
    of_vanne.check(&file.bytes)?;
    of_nginx.as_mut().map_or(Ok(()), |ranges| ranges.check(&file.bytes))?;
    let time = Duration::from_secs(arguments.seconds);
    let mut sizes = Vec::new();
    for size in SIZES {
        eprintln!("ranges of {} KiB, {} runs of {} s each", size / 1_024, arguments.runs, arguments.seconds);
        let (mut vanne_runs, mut nginx_runs) = (Vec::new(), Vec::new());
        for seed in 0..arguments.runs {
            vanne_runs.push(measure(&server.process, || of_vanne.run(file.bytes.len(), size, seed.into(), time))?);
            if let (Some(nginx), Some(ranges)) = (&nginx, &mut of_nginx) {
                nginx_runs.push(measure(&nginx.process, || ranges.run(file.bytes.len(), size, seed.into(), time))?);
            }
        }
        sizes.push(OfSize::of(size, &vanne_runs, &nginx_runs));
    }
    let memory_peak_mib = server.process.memory_mib("VmHWM")?;
    server.stop()?;
    Ok(Report {
        file_mib: arguments.mib,
        connections: arguments.connections,
        runs: arguments.runs,
        run_seconds: arguments.seconds,
        nginx_version: nginx.map(|nginx| nginx.version),
        sizes,
        memory_peak_mib,
    })
}

/// A file to be served beside other work.
pub(crate) fn small_file() -> MadeFile {
    MadeFile::of_size("payload.cab", SMALL_MIB * MIB)
}

/// Has the server import a bundle whose only member has that file, and take the file.
pub(crate) fn hand_over(vanne: &Path, folder: &Path, data_dir: &Path, file: &MadeFile) -> anyhow::Result<UpdateId> {
    let (documents, content) = (folder.join("documents"), folder.join("payload"));
    for folder in [&documents, &content] {
        fs::create_dir(folder).context("could not make a folder")?;
    }
    fs::write(content.join(&file.name), &file.bytes).context("could not write the file")?;
    let member = Draft::command_line("bench payload").with_file(file);
    let bundle = Draft::bundle("bench bundle").bundling([member.identity()]);
    for (name, draft) in [("member.xml", &member), ("bundle.xml", &bundle)] {
        fs::write(documents.join(name), draft.finish().document).context("could not write a document")?;
    }
    let paths = [documents.as_path(), Path::new("--content"), &content];
    let done: serde_json::Value = process::vanne(vanne, &["catalog", "import"], data_dir, &paths)?;
    ensure!(done.get("files_added") == Some(&1.into()), "the server did not take the file: {done}");
    fs::remove_dir_all(content).context("could not remove the copy of the file")?;
    Ok(bundle.id())
}

/// The only file below `folder`.
pub(crate) fn single_file(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            return Ok(path);
        }
        if let Ok(found) = single_file(&path) {
            return Ok(found);
        }
    }
    anyhow::bail!("there is no file in {}", folder.display())
}

/// MB and seconds of processor time a GB, of one run.
pub(crate) struct Measured {
    mb_per_second: f64,
    cpu_seconds_per_gb: f64,
}

pub(crate) fn measure(process: &Process, run: impl FnOnce() -> anyhow::Result<Rate>) -> anyhow::Result<Measured> {
    let cpu_before = process.cpu_seconds()?;
    let rate = run()?;
    let cpu = process.cpu_seconds()? - cpu_before;
    let bytes = rate.bytes as f64;
    Ok(Measured { mb_per_second: bytes / 1e6 / rate.seconds, cpu_seconds_per_gb: cpu / (bytes / 1e9) })
}

impl OfSize {
    pub(crate) fn of(size: usize, vanne: &[Measured], nginx: &[Measured]) -> Self {
        let ratio = vanne.iter().zip(nginx).map(|(vanne, nginx)| vanne.mb_per_second / nginx.mb_per_second);
        let is_compared = !nginx.is_empty();
        Self {
            range_kib: size / 1_024,
            ratio: is_compared.then(|| Spread::of(ratio)),
            vanne: Figures::of(vanne),
            nginx: is_compared.then(|| Figures::of(nginx)),
        }
    }
}

impl OfSize {
    /// A line for each server, and how they compare.
    pub(crate) fn lines<'name>(&self, nginx_name: &'name str) -> Vec<(&'name str, String)> {
        let mut lines = vec![("vanne", self.vanne.text())];
        match (&self.nginx, &self.ratio) {
            (Some(nginx), Some(ratio)) => {
                lines.push((nginx_name, nginx.text()));
                lines.push(("vanne / nginx", ratio.to_string()));
            }
            _ => lines.push((nginx_name, "SKIPPED: it is absent".to_owned())),
        }
        lines
    }
}

impl Figures {
    fn of(runs: &[Measured]) -> Self {
        Self {
            mb_per_second: Spread::of(runs.iter().map(|run| run.mb_per_second)),
            cpu_seconds_per_gb: Spread::of(runs.iter().map(|run| run.cpu_seconds_per_gb)),
        }
    }

    fn text(&self) -> String {
        format!("{} MB/s, {} s of CPU a GB", self.mb_per_second, self.cpu_seconds_per_gb)
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { file_mib, connections, runs, run_seconds, memory_peak_mib, .. } = self;
        let mut text = format!(
            "file of {file_mib} MiB, warm; shuffled closed ranges over {connections} kept connections, always \
             busy;\n{runs} runs of {run_seconds} s each, one server after the other: median (lowest to highest)\n"
        );
        let nginx_name = self.nginx_version.as_deref().unwrap_or("nginx");
        for size in &self.sizes {
            let lines = size.lines(nginx_name);
            text.push_str(&format!("\nranges of {} KiB\n{}", size.range_kib, rows(&lines)));
        }
        text.push_str(&format!("\nserver memory, peak  {memory_peak_mib:.0} MiB\n"));
        text
    }
}
