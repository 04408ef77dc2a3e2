//! `vanne catalog import`: documents in a stream, then the content files they name.

mod sending;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::anyhow;
use axum::body::Body;
use futures::StreamExt as _;
use futures::channel::mpsc;
use http::Method;
use model::{ContentFile, Sha1};
use serde::Serialize;
use server::admin::ApiError;
use server::admin::api::{DocumentOutcome, ImportEvent, Outcome, WantedQuery};

use super::content::{Offers, Promised};
use crate::administration::Administration;
use crate::arguments::ImportArguments;
use crate::documents;
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, Progress, bytes, count, table};

/// What an import did.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Import {
    /// Revisions that are new, by kind of update.
    pub(crate) added: BTreeMap<String, u64>,
    /// Revisions that were here already.
    pub(crate) unchanged: u64,
    /// Documents that were not taken, and why.
    pub(crate) refused: Vec<Refused>,
    /// Content files that are new.
    pub(crate) files_added: u64,
    /// Their bytes.
    pub(crate) bytes_added: u64,
    /// Files in a folder that are no documents.
    pub(crate) skipped: u64,
}

/// A document that was not taken.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    /// Its path.
    pub(crate) document: String,
    /// Why, and what to do.
    pub(crate) reason: String,
}

pub(super) async fn run(arguments: ImportArguments, output: &Output) -> Result<ExitCode, Failure> {
    let administration = match Administration::connect(&arguments.place).await {
        Ok(administration) => administration,
        // The first import may well come before the first start.
        Err(_) if !arguments.place.data_dir.exists() => Administration::here(&arguments.place).await?,
        Err(failure) => return Err(failure),
    };
    let done = import(&administration, &arguments.paths, arguments.content.as_deref(), output).await?;
    output.print(&done, summary)?;
    Ok(if done.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

fn summary(done: &Import) -> String {
    let mut rows: Vec<[String; 2]> =
        done.added.iter().map(|(kind, number)| [format!("added, {}", kind.to_lowercase()), count(*number)]).collect();
    rows.push(["unchanged".into(), count(done.unchanged)]);
    rows.push(["refused".into(), count(done.refused.len() as u64)]);
    if done.skipped > 0 {
        rows.push(["not documents, skipped".into(), count(done.skipped)]);
    }
    rows.push(["content files added".into(), format!("{} ({})", count(done.files_added), bytes(done.bytes_added))]);
    table(["Documents", "Number"], rows)
}

/// Imports every document under `paths`, and the files they name from under `content`.
pub(crate) async fn import(
    administration: &Administration,
    paths: &[PathBuf],
    content: Option<&Path>,
    output: &Output,
) -> Result<Import, Failure> {
    let files = documents::files(paths)?;
    let offers = match content {
        Some(folder) => Some(Offers::find(folder, &promised(&files)?, output)?),
        None => None,
    };
    let notes = Notes::new(output.progress(files.len() as u64, "importing"));
    // Sent while the server writes what came before, and answered meanwhile: how much is under way is its decision.
    let (stream, body) = mpsc::channel(1);
    let sending = sending::Sender::new(stream, offers.as_ref(), &notes).send(files, paths.to_vec());
    let body = Body::from_stream(body.map(Ok::<_, Infallible>));
    let answered = administration.converse("/api/v1/documents/stream", body, |event| notes.take(event));
    let (sent, answered) = futures::join!(sending, answered);
    answered?;
    sent?;
    let (mut done, wanted) = notes.finish()?;
    publish(administration).await?;
    if let Some(offers) = &offers {
        fetch_content(administration, offers, wanted, &mut done, output).await?;
    }
    Ok(done)
}

/// First pass: what files the documents speak of.
fn promised(files: &[PathBuf]) -> anyhow::Result<Promised> {
    let mut promised = Promised::default();
    for file in files {
        documents::read(file, |found| {
            promised.note(found.bytes);
            Ok(())
        })?;
    }
    Ok(promised)
}

/// What is known so far: the sending half and the answers both write it.
struct Notes {
    progress: Progress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: Import,
    /// For each document that was sent and not answered yet, its files that are on offer.
    under_way: VecDeque<Vec<ContentFile>>,
    /// Files of imported documents that are on offer.
    wanted: Vec<ContentFile>,
}

impl Notes {
    fn new(progress: Progress) -> Self {
        Self { progress, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn skipped(&self) {
        self.state().done.skipped += 1;
    }

    fn sent(&self, on_offer: Vec<ContentFile>) {
        self.state().under_way.push_back(on_offer);
    }

    fn refuse(&self, document: String, reason: String) {
        self.progress.note(&format!("refused {document}: {reason}"));
        self.state().done.refused.push(Refused { document, reason });
    }

    fn take(&self, event: ImportEvent) -> Result<(), Failure> {
        match event {
            ImportEvent::Documents(outcomes) => outcomes.into_iter().for_each(|outcome| self.answered(outcome)),
            ImportEvent::Failed { status, error } => return Err(ApiError { status, ..error }.into()),
        }
        Ok(())
    }

    fn answered(&self, became: DocumentOutcome) {
        let mut state = self.state();
        let on_offer = state.under_way.pop_front().unwrap_or_default();
        match became.outcome {
            Outcome::Added { .. } => {
                let kind = became.update_type.map_or_else(|| "other".to_owned(), |kind| kind.to_string());
                *state.done.added.entry(kind).or_default() += 1;
            }
            Outcome::Unchanged { .. } => state.done.unchanged += 1,
            Outcome::Refused { reason } => {
                drop(state);
                return self.refuse(became.name, reason);
            }
        }
        state.wanted.extend(on_offer);
    }

    /// What was done, and the files to bring.
    fn finish(self) -> Result<(Import, Vec<ContentFile>), Failure> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !state.under_way.is_empty() {
            return Err(anyhow!("the server went away before it answered for every document").into());
        }
        self.progress.finish();
        Ok((state.done, state.wanted))
    }
}

/// Makes everything imported visible to clients before the command ends.
async fn publish(administration: &Administration) -> Result<(), Failure> {
    let _: serde_json::Value = administration.send(Method::POST, "/api/v1/publish", &()).await?;
    Ok(())
}

async fn fetch_content(
    administration: &Administration,
    offers: &Offers,
    mut wanted: Vec<ContentFile>,
    done: &mut Import,
    output: &Output,
) -> Result<(), Failure> {
    let mut seen = HashSet::<Sha1>::new();
    wanted.retain(|file| seen.insert(file.sha1));
    let query = WantedQuery { files: wanted };
    let missing: Vec<ContentFile> = administration.send(Method::POST, "/api/v1/content/wanted", &query).await?;
    let progress = output.progress(missing.len() as u64, "content");
    for file in &missing {
        if let Some(offered) = offers.of(file) {
            let stored = crate::commands::content::upload(administration, &offered.path, file.sha1).await?;
            done.files_added += 1;
            done.bytes_added += stored.size;
        }
        progress.inc();
    }
    progress.finish();
    Ok(())
}
