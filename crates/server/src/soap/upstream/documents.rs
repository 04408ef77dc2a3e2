//! GetUpdateData (server-server.md §7).

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use cabinet::MEMBER;
use model::{RevisionId, Sha1, UpdateIdentity};
use wire::Escaped;
use wire::server::{FileUrl, GetUpdateData, UpdateData, UpdateDocument, Updates};

use super::packed::Packed;
use super::session;
use crate::app::App;
use crate::soap::refusal::Refusal;

/// Longer documents travel in a cabinet, in bytes of UTF-16 (MS-WSUSSS note 36).
const PLAIN_BYTES_MAX: usize = 5_120;
/// Where an answer ends; at least one document is in it (MS-WSUSSS note 37).
const ANSWER_BYTES_MAX: usize = 2_000_000;

/// The documents of those revisions that are here, in the order they were asked for, until the answer is full.
pub(super) async fn data(app: &App, request: GetUpdateData) -> Result<Updates, Refusal> {
    session::open(app, request.cookie.as_ref()).await?;
    let wanted = request.update_ids.ok_or_else(|| Refusal::parameter("updateIds"))?;
    let mut found = ready(app, &wanted).await?;
    let (mut bytes, mut documents) = (0, Vec::new());
    for document in wanted.iter().filter_map(|identity| found.remove(identity)) {
        bytes += length(&document.document);
        if bytes > ANSWER_BYTES_MAX && !documents.is_empty() {
            break;
        }
        documents.push(document);
    }
    let revisions: Vec<RevisionId> = documents.iter().map(|document| document.revision).collect();
    let mut files = files(app, &revisions).await?;
    let file_urls = addresses(app, files.values().flatten().copied()).await?;
    let updates = documents.into_iter().map(|document| UpdateData {
        id: document.identity,
        document: document.document,
        file_digests: files.remove(&document.revision).unwrap_or_default(),
    });
    Ok(Updates { updates: updates.collect(), file_urls })
}

/// The documents of those revisions that are here, as they travel; packed anew are those that nobody asked for lately.
async fn ready(app: &App, wanted: &[UpdateIdentity]) -> Result<HashMap<UpdateIdentity, Packed>, Refusal> {
    let mut ready: HashMap<UpdateIdentity, Packed> =
        wanted.iter().filter_map(|identity| Some((*identity, app.packed.find(identity)?))).collect();
    let missing: Vec<UpdateIdentity> =
        wanted.iter().filter(|identity| !ready.contains_key(identity)).copied().collect();
    if missing.is_empty() {
        return Ok(ready);
    }
    for document in app.store.documents_as(&missing, |document| dressed(&document)).await? {
        app.packed.keep(document.clone());
        ready.insert(document.identity, document);
    }
    Ok(ready)
}

/// The files of revisions, licence files included.
async fn files(app: &App, revisions: &[RevisionId]) -> Result<HashMap<RevisionId, Vec<Sha1>>, Refusal> {
    let mut files: HashMap<RevisionId, Vec<Sha1>> = HashMap::new();
    for (revision, file) in app.store.files_of(revisions).await? {
        let of_revision = files.entry(revision).or_default();
        if !of_revision.contains(&file.sha1) {
            of_revision.push(file.sha1);
        }
    }
    Ok(files)
}

/// Each file once, with its publisher's address if it has one.
async fn addresses(app: &App, files: impl Iterator<Item = Sha1>) -> Result<Vec<FileUrl>, Refusal> {
    let mut seen = HashSet::new();
    let files: Vec<Sha1> = files.filter(|file| seen.insert(*file)).collect();
    let mut known: HashMap<Sha1, String> = app.store.file_locations(&files).await?.into_iter().collect();
    // Native servers send `UssUrl` empty.
    let address =
        |file_digest| FileUrl { file_digest, mu_url: known.remove(&file_digest), uss_url: Some(String::new()) };
    Ok(files.into_iter().map(address).collect())
}

/// A document in the form it travels in: without byte-order mark and declaration, in a cabinet if it is long.
fn dressed(document: &[u8]) -> UpdateDocument {
    let text = String::from_utf8_lossy(document);
    let text = undeclared(&text);
    if text.encode_utf16().count() * 2 > PLAIN_BYTES_MAX
        && let Ok(cabinet) = cabinet::pack(MEMBER, &cabinet::utf16(text))
    {
        return UpdateDocument::Cabinet(Bytes::from(cabinet));
    }
    UpdateDocument::Escaped(Escaped::from_text(text))
}

/// Without what stands before the root element, as native servers keep documents.
fn undeclared(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let declared = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    declared.map_or(text, |(_, rest)| rest.trim_start())
}

/// As it will be in the message.
pub(super) fn length(document: &UpdateDocument) -> usize {
    match document {
        UpdateDocument::Text(text) => text.len(),
        UpdateDocument::Escaped(text) => text.as_bytes().len(),
        UpdateDocument::Cabinet(bytes) => bytes.len().div_ceil(3) * 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_document_travels_in_a_cabinet_and_a_short_one_as_it_is() {
        let short = "\u{feff}<?xml version=\"1.0\"?>\n<Update a=\"é&amp;\"/>";
        assert_eq!(dressed(short.as_bytes()).text().unwrap(), "<Update a=\"é&amp;\"/>");
        let long = format!("<Update>{}</Update>", "é".repeat(PLAIN_BYTES_MAX / 2));
        let UpdateDocument::Cabinet(cabinet) = dressed(long.as_bytes()) else { panic!("it is long") };
        let member = cabinet::unpack(&cabinet, &cabinet::Limits::default()).unwrap();
        assert_eq!((member.name.as_str(), cabinet::text(&member.content).unwrap()), (MEMBER, long));
    }
}
