//! `bench tls`: handshakes, what TLS costs a scan, and ranges of a large file beside nginx over TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use model::Timestamp;
use pki::{Authority, KeyKind, Name};
use serde::Serialize;
use testkit::documents::MadeFile;

pub(crate) use crate::content::Arguments;
use crate::content::nginx::Nginx;
use crate::content::ranges::Ranges;
use crate::content::{OfSize, hand_over, measure, single_file};
use crate::figures::rows;
use crate::loopback::{Connection, Sealed, Trust};
use crate::process::Server;

mod handshakes;
mod scans;

use handshakes::Handshakes;
use scans::Scans;

/// The size of the ranges: a piece of Delivery Optimization.
const RANGE_BYTES: usize = 1 << 20;
const MIB: usize = 1 << 20;

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    connections: u32,
    runs: u32,
    run_seconds: u64,
    nginx_version: Option<String>,
    full: Handshakes,
    resumed: Handshakes,
    scans: Scans,
    ranges: OfSize,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("vanne-bench-").tempdir().context("could not make a folder")?;
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).context("could not make a folder")?;
    let (authority, pem) = certificate(folder.path(), &data_dir)?;
    let trust = Trust::new(authority.certificate().der().clone())?;
    let file = MadeFile::of_size("payload.cab", arguments.mib as usize * MIB);
    let server = Server::start(vanne, &data_dir)?;
    hand_over(vanne, folder.path(), &data_dir, &file)?;
    let time = Duration::from_secs(arguments.seconds);
    eprintln!("handshakes, {} runs of {} s each", arguments.runs, arguments.seconds);
    let full = Handshakes::measure(&server, &trust.forgetful(), arguments.connections, arguments.runs, time)?;
    let resumed = Handshakes::measure(&server, &trust, arguments.connections, arguments.runs, time)?;
    eprintln!("scans, plain and over TLS in turn");
    let scans = Scans::measure(&server, &authority.certificate().to_pem(), arguments.runs, time)?;
    eprintln!("ranges of {} KiB", RANGE_BYTES / 1_024);
    let kept = single_file(&data_dir.join("content").join("files"))?;
    let nginx = Nginx::start_secured(arguments.nginx.as_deref(), folder.path(), &kept, &pem)?;
    let ranges = ranges(arguments, &server, nginx.as_ref(), &trust, &file)?;
    server.stop()?;
    Ok(Report {
        connections: arguments.connections,
        runs: arguments.runs,
        run_seconds: arguments.seconds,
        nginx_version: nginx.map(|nginx| nginx.version),
        full,
        resumed,
        scans,
        ranges,
    })
}

/// An authority, and a certificate that both servers show, so that neither has the easier one.
fn certificate(folder: &Path, data_dir: &Path) -> anyhow::Result<(Authority, PathBuf)> {
    let now = Timestamp::now();
    let authority = Authority::generate("bench", now)?;
    let names: Vec<Name> = vec!["127.0.0.1".parse()?];
    let pem = folder.join("server.pem");
    fs::write(&pem, authority.issue(&names, KeyKind::Ecdsa, now)?.to_pem()).context("could not write a certificate")?;
    let configuration = format!("[https]\ncertificates = [{{ chain = {pem:?}, key = {pem:?} }}]\n");
    fs::write(data_dir.join("vanne.toml"), configuration).context("could not write a configuration")?;
    Ok((authority, pem))
}

fn ranges(
    arguments: &Arguments,
    server: &Server,
    nginx: Option<&Nginx>,
    trust: &Trust,
    file: &MadeFile,
) -> anyhow::Result<OfSize> {
    let open = |port, path: &str| -> anyhow::Result<Ranges<Sealed>> {
        let connections = (0..arguments.connections).map(|_| Connection::sealed(port, trust)).collect::<Result<_, _>>();
        Ok(Ranges::over(connections.context("could not connect")?, port, path))
    };
    let address = content::address(&file.sha1(), "cab");
    let mut of_vanne = open(server.https_port, &format!("/Content/{address}"))?;
    let mut of_nginx = nginx.map(|nginx| open(nginx.port, crate::content::nginx::PATH)).transpose()?;
    of_vanne.check(&file.bytes)?;
    of_nginx.as_mut().map_or(Ok(()), |ranges| ranges.check(&file.bytes))?;
    let time = Duration::from_secs(arguments.seconds);
    let (mut vanne_runs, mut nginx_runs) = (Vec::new(), Vec::new());
    for seed in 0..arguments.runs {
        let run = |ranges: &mut Ranges<Sealed>| ranges.run(file.bytes.len(), RANGE_BYTES, seed.into(), time);
        vanne_runs.push(measure(&server.process, || run(&mut of_vanne))?);
        if let (Some(nginx), Some(ranges)) = (nginx, &mut of_nginx) {
            nginx_runs.push(measure(&nginx.process, || run(ranges))?);
        }
    }
    Ok(OfSize::of(RANGE_BYTES, &vanne_runs, &nginx_runs))
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { connections, runs, run_seconds, .. } = self;
        let nginx = self.nginx_version.as_deref().unwrap_or("nginx");
        let mut text = format!(
            "{connections} connections, always busy; {runs} runs of {run_seconds} s each, one kind after the other: median (lowest \
             to highest)\n\n"
        );
        text.push_str(&rows(&[("full handshakes", self.full.text()), ("resumed handshakes", self.resumed.text())]));
        text.push('\n');
        text.push_str(&rows(&self.scans.lines()));
        text.push_str(&format!(
            "\nranges of {} KiB over TLS\n{}",
            RANGE_BYTES / 1_024,
            rows(&self.ranges.lines(nginx))
        ));
        text
    }
}
