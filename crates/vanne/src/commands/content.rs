//! `vanne content`.

mod acquisition;
mod quarantine;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use axum::body::Body;
use http::Method;
use model::{Sha1, Sha256};
use server::admin::api::{ContentState, ContentStored, ContentSummary, VerifyAnswer};
use tokio_util::io::ReaderStream;
use trust::DigestBoth;

use crate::administration::Administration;
use crate::arguments::ContentCommand;
use crate::documents;
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, bytes, count, table};

/// Bytes read from a file at a time.
const CHUNK: usize = 256 * 1024;

pub(crate) async fn run(command: ContentCommand, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        ContentCommand::Add { place, paths } => add(&Administration::connect(&place).await?, &paths, output).await,
        ContentCommand::Verify(place) => verify(&Administration::connect(&place).await?, output).await,
        ContentCommand::List(place) => list(&Administration::connect(&place).await?, output).await,
        ContentCommand::Status(place) => acquisition::status(&Administration::connect(&place).await?, output).await,
        ContentCommand::Fetch(place) => acquisition::fetch(&Administration::connect(&place).await?, output).await,
        ContentCommand::Quarantine(place) => quarantine::list(&Administration::connect(&place).await?, output).await,
        ContentCommand::Release { place, sha256, why } => {
            quarantine::release(&Administration::connect(&place).await?, sha256, why, output).await
        }
        ContentCommand::Withhold { place, sha256 } => {
            quarantine::withhold(&Administration::connect(&place).await?, sha256, output).await
        }
        ContentCommand::Discard { place, sha256 } => {
            quarantine::discard(&Administration::connect(&place).await?, sha256, output).await
        }
        ContentCommand::Collect { place, dry_run } => {
            acquisition::collect(&Administration::connect(&place).await?, dry_run, output).await
        }
    }
}

async fn add(administration: &Administration, paths: &[PathBuf], output: &Output) -> Result<ExitCode, Failure> {
    let files = documents::files(paths)?;
    let progress = output.progress(files.len() as u64, "adding");
    let (mut stored, mut refused) = (Vec::new(), 0_u64);
    for file in &files {
        match add_one(administration, file).await {
            Ok(one) => stored.push(one),
            Err(failure) => {
                refused += 1;
                progress.note(&format!("refused {}: {failure}", file.display()));
            }
        }
        progress.inc();
    }
    progress.finish();
    output.print(&stored, |stored| {
        let size = stored.iter().map(|file| file.size).sum();
        format!("{} files held ({}), {refused} refused", count(stored.len() as u64), bytes(size))
    })?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

async fn add_one(administration: &Administration, file: &Path) -> Result<ContentStored, Failure> {
    let path = file.to_owned();
    let (sha1, _, _) = tokio::task::spawn_blocking(move || digest(&path)).await.map_err(anyhow::Error::new)??;
    upload(administration, file, sha1).await
}

/// Both digests and the size of a file.
pub(crate) fn digest(path: &Path) -> anyhow::Result<(Sha1, Sha256, u64)> {
    let context = || format!("could not read {}", path.display());
    let mut file = std::fs::File::open(path).with_context(context)?;
    let (mut digests, mut chunk) = (DigestBoth::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk).with_context(context)? {
            0 => return Ok(digests.finish()),
            read => digests.update(&chunk[..read]),
        }
    }
}

/// Sends the file that an update names by `sha1`; the server keeps it if size and both digests match.
pub(crate) async fn upload(administration: &Administration, file: &Path, sha1: Sha1) -> Result<ContentStored, Failure> {
    let opened = tokio::fs::File::open(file).await.with_context(|| format!("could not read {}", file.display()))?;
    let body = Body::from_stream(ReaderStream::with_capacity(opened, CHUNK));
    administration.upload(&format!("/api/v1/content?sha1={sha1}"), body).await
}

async fn verify(administration: &Administration, output: &Output) -> Result<ExitCode, Failure> {
    let answer: VerifyAnswer = administration.send(Method::POST, "/api/v1/content/verify", &()).await?;
    output.print(&answer, |answer| {
        let mut text = format!("{} files verified ({})", count(answer.verified), bytes(answer.bytes));
        for file in &answer.quarantined {
            let reason = file.reason.as_deref().unwrap_or("it no longer matches its digest");
            text.push_str(&format!("\nquarantined {}: {reason}; add the file again to heal it", file.sha1));
        }
        text
    })?;
    Ok(if answer.quarantined.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

async fn list(administration: &Administration, output: &Output) -> Result<ExitCode, Failure> {
    let files: Vec<ContentSummary> = administration.read("/api/v1/content", &()).await?;
    output.print(&files, |files| {
        table(
            ["SHA-1", "Size", "State", "Name"],
            files.iter().map(|file| {
                let state = match file.state {
                    ContentState::Held => "held",
                    ContentState::Missing => "missing",
                    ContentState::Quarantined => "quarantined",
                    ContentState::Unjudged => "not judged yet",
                    ContentState::Withheld => "withheld",
                };
                let name = file.name.as_deref().unwrap_or("-");
                let name = file.reason.as_ref().map_or(name.to_owned(), |reason| format!("{name}: {reason}"));
                [file.sha1.to_string(), bytes(file.size), state.to_owned(), name]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
