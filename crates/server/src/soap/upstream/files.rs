//! GetUpdateDecryptionData and DownloadFiles (server-server.md §8 and §9).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{RevisionId, Sha1};
use store::RequestOrigin;
use wire::ErrorCode;
use wire::server::{DownloadFiles, FileDecryption, GetUpdateDecryptionData, UpdateFileDecryption};

use super::session;
use crate::app::App;
use crate::soap::refusal::Refusal;

/// What opens the encrypted files of revisions: one entry for each that is here and has files.
pub(super) async fn keys(app: &App, request: GetUpdateDecryptionData) -> Result<Vec<UpdateFileDecryption>, Refusal> {
    session::open(app, request.cookie.as_ref()).await?;
    let wanted = request.update_ids.ok_or_else(|| Refusal::parameter("updateIds"))?;
    let snapshot = app.publisher.current(app).await?;
    let known: Vec<_> = wanted.iter().filter_map(|one| Some((snapshot.revision_of(*one)?, *one))).collect();
    let revisions: Vec<RevisionId> = known.iter().map(|(revision, _)| *revision).collect();
    let mut files: HashMap<RevisionId, Vec<Sha1>> = HashMap::new();
    for (revision, file) in app.store.files_of(&revisions).await? {
        files.entry(revision).or_default().push(file.sha1);
    }
    let all: Vec<Sha1> = files.values().flatten().copied().collect();
    let keys: HashMap<Sha1, Vec<u8>> = app.store.decryption_keys(&all).await?.into_iter().collect();
    let entry = |(revision, update_id)| {
        let file = |file_digest| FileDecryption { file_digest, decryption_key: keys.get(&file_digest).cloned() };
        let files = files.remove(&revision)?.into_iter().map(file).collect();
        Some(UpdateFileDecryption { update_id, files })
    };
    Ok(known.into_iter().filter_map(entry).collect())
}

/// Notes files that a server below wants and that are to be fetched here first; the answer does not wait for that.
pub(super) async fn download(app: &App, request: DownloadFiles) -> Result<(), Refusal> {
    let session = session::open(app, request.cookie.as_ref()).await?;
    let wanted = request.file_digests.filter(|wanted| !wanted.is_empty());
    let wanted = wanted.ok_or_else(|| Refusal::parameter("fileDigestList"))?;
    let missing = app.request_content(&wanted, RequestOrigin::Downstream).await?;
    tracing::info!(
        server = %session.server, files = wanted.len() - missing.len(), "a downstream server asks for files"
    );
    if missing.is_empty() {
        return Ok(());
    }
    // As they were asked for (MS-WSUSSS 3.1.4.11, ambiguity 20).
    let missing: Vec<String> = missing.iter().map(|file| STANDARD.encode(file.as_bytes())).collect();
    Err(Refusal::fault(ErrorCode::FileDigestsMissing, missing.join("|"), "files unknown"))
}
