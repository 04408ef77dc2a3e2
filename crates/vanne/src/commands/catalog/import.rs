//! `vanne catalog import`: documents in sets, then the content files they name.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use http::Method;
use metadata::Document;
use model::{ContentFile, Sha1};
use serde::Serialize;
use server::admin::api::{DocumentOutcome, DocumentText, ImportAnswer, ImportRequest, Outcome, WantedQuery};

use super::content::{Offers, Promised};
use crate::administration::Administration;
use crate::arguments::ImportArguments;
use crate::documents;
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, Progress, bytes, count, table};

/// Documents sent in one set: one transaction each.
const BATCH_DOCUMENTS: usize = 500;
/// Bytes after which a set is sent even if it is smaller.
const BATCH_BYTES: usize = 16 * 1024 * 1024;

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
    let progress = output.progress(files.len() as u64, "importing");
    let mut importer = Importer {
        administration,
        offers,
        progress,
        batch: Batch::default(),
        wanted: Vec::new(),
        done: Import::default(),
    };
    for file in &files {
        // A file may hold half a million documents: what is read is sent before more is read.
        let (found, mut queue) = tokio::sync::mpsc::channel(16);
        let path = file.clone();
        let reader = tokio::task::spawn_blocking(move || {
            documents::read(&path, |document| {
                // The receiver is gone only when the import failed, and then nobody minds.
                let _ = found.blocking_send(document);
                Ok(())
            })
        });
        while let Some(document) = queue.recv().await {
            let named = paths.contains(file);
            importer.take(document, named).await?;
        }
        reader.await.map_err(anyhow::Error::new)??;
        importer.progress.inc();
    }
    importer.send().await?;
    importer.progress.finish();
    importer.publish().await?;
    importer.fetch_content(output).await?;
    Ok(importer.done)
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

#[derive(Default)]
struct Batch {
    documents: Vec<DocumentText>,
    bytes: usize,
}

struct Importer<'a> {
    administration: &'a Administration,
    offers: Option<Offers>,
    progress: Progress,
    batch: Batch,
    /// Files of imported documents that are on offer.
    wanted: Vec<ContentFile>,
    done: Import,
}

impl Importer<'_> {
    async fn take(&mut self, found: documents::Found, named: bool) -> Result<(), Failure> {
        if !named && !looks_like_a_document(&found) {
            self.done.skipped += 1;
            return Ok(());
        }
        let text = match documents::text(found.bytes) {
            Ok(text) => text,
            Err(reason) => {
                self.refuse(found.name, reason);
                return Ok(());
            }
        };
        if let Some(reason) = self.contradiction(&text) {
            self.refuse(found.name, reason);
            return Ok(());
        }
        self.batch.bytes += text.len();
        self.batch.documents.push(DocumentText { name: found.name, text });
        if self.batch.documents.len() >= BATCH_DOCUMENTS || self.batch.bytes >= BATCH_BYTES {
            self.send().await?;
        }
        Ok(())
    }

    fn contradiction(&self, text: &str) -> Option<String> {
        let offers = self.offers.as_ref()?;
        let document = Document::parse(text.as_bytes()).ok()?;
        document.content_files().iter().find_map(|file| offers.contradiction(file))
    }

    async fn send(&mut self) -> Result<(), Failure> {
        let Batch { documents, .. } = std::mem::take(&mut self.batch);
        if documents.is_empty() {
            return Ok(());
        }
        let request = ImportRequest { documents };
        let answer: ImportAnswer = self.administration.send(Method::POST, "/api/v1/documents", &request).await?;
        for (sent, became) in request.documents.iter().zip(answer.documents) {
            self.note_outcome(sent, became);
        }
        Ok(())
    }

    fn note_outcome(&mut self, sent: &DocumentText, became: DocumentOutcome) {
        match became.outcome {
            Outcome::Added { .. } => {
                let kind = became.update_type.map_or_else(|| "other".to_owned(), |kind| kind.to_string());
                *self.done.added.entry(kind).or_default() += 1;
            }
            Outcome::Unchanged { .. } => self.done.unchanged += 1,
            Outcome::Refused { reason } => return self.refuse(became.name, reason),
        }
        if let Some(offers) = &self.offers
            && let Ok(document) = Document::parse(sent.text.as_bytes())
        {
            self.wanted.extend(document.content_files().into_iter().filter(|file| offers.of(file).is_some()));
        }
    }

    fn refuse(&mut self, document: String, reason: String) {
        self.progress.note(&format!("refused {document}: {reason}"));
        self.done.refused.push(Refused { document, reason });
    }

    /// Makes everything imported visible to clients before the command ends.
    async fn publish(&self) -> Result<(), Failure> {
        let _: serde_json::Value = self.administration.send(Method::POST, "/api/v1/publish", &()).await?;
        Ok(())
    }

    async fn fetch_content(&mut self, output: &Output) -> Result<(), Failure> {
        let Some(offers) = &self.offers else { return Ok(()) };
        let mut seen = HashSet::<Sha1>::new();
        self.wanted.retain(|file| seen.insert(file.sha1));
        let query = WantedQuery { files: std::mem::take(&mut self.wanted) };
        let missing: Vec<ContentFile> =
            self.administration.send(Method::POST, "/api/v1/content/wanted", &query).await?;
        let progress = output.progress(missing.len() as u64, "content");
        for file in &missing {
            if let Some(offered) = offers.of(file) {
                let stored = crate::commands::content::upload(self.administration, &offered.path, file.sha1).await?;
                self.done.files_added += 1;
                self.done.bytes_added += stored.size;
            }
            progress.inc();
        }
        progress.finish();
        Ok(())
    }
}

/// Folders of documents often hold other files too; those are passed over unless they call themselves XML.
fn looks_like_a_document(found: &documents::Found) -> bool {
    let is_xml = Path::new(&found.name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
    let start =
        found.bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
    is_xml || start == Some(b'<')
}
