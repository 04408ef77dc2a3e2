//! `vanne demo`: the whole job on embedded defaults, with stock clients that are simulated.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use http::Method;
use serde::Serialize;
use server::admin::api::{ApproveRequest, Decided, Overview, StatusAnswer, StatusQuery, Which};
use server::{Config, Server};
use testkit::agent::Network;
use testkit::catalogs;
use testkit::fleet::{self, Outcome, Work};

use super::serve::StopSignal;
use crate::administration::{Administration, system_clock};
use crate::arguments::{DemoArguments, Place};
use crate::exit::Failure;
use crate::output::{Output, bytes, count, table};

/// Where clients look for a WSUS by habit; another port is taken when this one is not free.
const USUAL_PORT: u16 = 8530;
/// Computers that work at the same time.
const CONCURRENCY: usize = 8;

pub(crate) async fn run(arguments: DemoArguments, output: &Output) -> Result<ExitCode, Failure> {
    let mut stop = StopSignal::install()?;
    // Kept until the end: dropping it removes the folder.
    let temporary = tempfile::Builder::new().prefix("vanne-demo-").tempdir().context("could not make a folder")?;
    let data_dir = arguments.data_dir.unwrap_or_else(|| temporary.path().to_owned());
    let server = start(&data_dir).await?;
    let address = format!("http://{}", server.address());
    output.say(&format!("server up at {address}, state in {}", data_dir.display()));

    let place = Place { data_dir: data_dir.clone(), config: None, database: None };
    let administration = Administration::connect(&place).await?;
    fill(&administration, &data_dir, output).await?;
    let outcome = tokio::select! {
        outcome = work(&address, arguments.computers, output) => outcome?,
        () = stop.wait() => return Err(anyhow::anyhow!("stopped before the job was done").into()),
    };
    let summary = Summary::of(&administration, &outcome).await?;
    output.print(&summary, |summary| summary.text(&address, &data_dir))?;
    if !arguments.exit {
        output.say("\nThe server stays up; Ctrl-C ends it.");
        stop.wait().await;
    }
    server.stop().await;
    Ok(if summary.succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn start(data_dir: &Path) -> Result<Server, Failure> {
    let mut config = Config::default();
    config.server.http = ([127, 0, 0, 1], USUAL_PORT).into();
    match Server::start(data_dir, config.clone(), system_clock()).await {
        Err(server::ServeError::Bind { .. }) => {
            config.server.http.set_port(0);
            Ok(Server::start(data_dir, config, system_clock()).await?)
        }
        started => Ok(started?),
    }
}

/// Imports the demonstration's catalog the way an administrator does, and approves all of it.
async fn fill(administration: &Administration, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let (documents, files) = (data_dir.join("demo/documents"), data_dir.join("demo/files"));
    write_catalog(&documents, &files).context("could not write the demonstration's catalog")?;
    let done = super::catalog::import(administration, &[documents], Some(&files), output).await?;
    let revisions: u64 = done.added.values().sum::<u64>() + done.unchanged;
    output.say(&format!("catalog imported: {} revisions, {} of content", count(revisions), bytes(done.bytes_added)));
    let request = ApproveRequest {
        updates: Which::All,
        group: "All Computers".to_owned(),
        action: model::ApprovalAction::Install,
        deadline: None,
    };
    let decided: Decided = administration.send(Method::POST, "/api/v1/approvals", &request).await?;
    output.say(&format!("approved {} updates for All Computers", decided.updates.len()));
    Ok(())
}

fn write_catalog(documents: &PathBuf, files: &PathBuf) -> std::io::Result<()> {
    std::fs::create_dir_all(documents)?;
    std::fs::create_dir_all(files)?;
    for made in catalogs::small() {
        std::fs::write(documents.join(&made.file_name), &made.document)?;
        for file in &made.files {
            // Recognised by digest: the name only keeps two files of one name apart.
            std::fs::write(files.join(file.sha1().to_string()), &file.bytes)?;
        }
    }
    Ok(())
}

/// Lets the computers scan, download, install and report, and shows how far they are.
async fn work(address: &str, computers: u32, output: &Output) -> Result<Outcome, Failure> {
    let computers = computers as usize;
    let network = Network::new(address).context("could not speak to the server")?;
    let progress = Arc::new(output.progress(computers as u64, "computers"));
    let told = Arc::clone(&progress);
    let tell = move |state: &fleet::Progress| {
        let summary = &state.summary;
        told.inc_with(|| {
            let (calls, installed) = (count(summary.trips), count(summary.installed));
            format!("{calls} calls, {} of content, {installed} updates installed", bytes(summary.file_bytes))
        });
    };
    let outcome = fleet::run(fleet::agents(&network, computers, 1), Work::Update, CONCURRENCY, tell).await;
    progress.finish();
    Ok(outcome)
}

/// What the demonstration showed.
#[derive(Serialize)]
struct Summary {
    /// Every computer did its job, and nothing would have troubled a stock client.
    succeeded: bool,
    seconds: f64,
    computers_failed: Vec<String>,
    clients: testkit::agent::Summary,
    status: StatusAnswer,
    refused: u64,
}

impl Summary {
    async fn of(administration: &Administration, outcome: &Outcome) -> Result<Self, Failure> {
        let status: StatusAnswer = administration.read("/api/v1/status", &StatusQuery::default()).await?;
        let overview: Overview = administration.read("/api/v1/overview", &()).await?;
        let failed: Vec<String> =
            outcome.failures.iter().map(|(computer, error)| format!("{computer}: {error}")).collect();
        let clients = outcome.summary.clone();
        let succeeded = failed.is_empty() && clients.findings_count == 0 && status.computers_unknown == 0;
        Ok(Self {
            succeeded,
            seconds: outcome.elapsed.as_secs_f64(),
            computers_failed: failed,
            clients,
            status,
            refused: overview.refused,
        })
    }

    fn text(&self, address: &str, data_dir: &Path) -> String {
        let clients = &self.clients;
        let mut text = format!("\nin {:.1} s\n", self.seconds);
        text.push_str(&table(
            ["What", "Number"],
            [
                ["scans".to_owned(), count(clients.scans)],
                ["web-service calls".to_owned(), count(clients.trips)],
                ["answers, compressed / plain".to_owned(), {
                    format!("{} / {}", bytes(clients.response_bytes), bytes(clients.decoded_bytes))
                }],
                ["files downloaded and verified".to_owned(), {
                    format!(
                        "{} ({} in {} ranges)",
                        count(clients.files),
                        bytes(clients.file_bytes),
                        count(clients.ranges)
                    )
                }],
                ["updates installed".to_owned(), count(clients.installed)],
                ["report events taken".to_owned(), count(clients.events)],
                ["input refused by the server".to_owned(), count(self.refused)],
            ],
        ));
        text.push_str("\n\n");
        text.push_str(&table(
            ["State", "Computers × updates"],
            self.status.counts.iter().map(|(state, number)| [state.to_string(), count(*number)]),
        ));
        for failure in &self.computers_failed {
            text.push_str(&format!("\nfailed: {failure}"));
        }
        for finding in &clients.findings {
            text.push_str(&format!("\na stock client would stumble: {finding:?}"));
        }
        let (vanne, data_dir) = (program(), data_dir.display());
        text.push_str(&format!(
            "\n\nclients reach it at {address}\n\
             try next, from another shell:\n  \
             {vanne} updates --data-dir {data_dir}\n  \
             {vanne} computers list --data-dir {data_dir}\n  \
             {vanne} status --data-dir {data_dir} --group \"All Computers\""
        ));
        text
    }
}

/// How this program is called from where it was started: it may be on no path yet.
fn program() -> String {
    let beside = || {
        let (program, here) = (std::env::current_exe().ok()?, std::env::current_dir().ok()?);
        Some(program.strip_prefix(here).ok()?.display().to_string())
    };
    beside().unwrap_or_else(|| "vanne".to_owned())
}
