use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use bytes::Bytes;
use http::{Method, StatusCode, header};
use model::{ContentFile, DeploymentAction};
use tokio::task::JoinSet;

use super::offer::Progress;
use super::{Agent, Finding, Network, stock};
use crate::random::Random;

/// Delivery Optimization asks for aligned pieces of this length (native-behaviour §3).
const PIECE_BYTES: u64 = 1 << 20;
/// `WU_E_DM_NOTDOWNLOADED`: what event 161 carries here for any failed download.
const DOWNLOAD_FAILED: u32 = 0x8024_6008;

impl Agent {
    /// Downloads and verifies the files of everything offered, file after file.
    ///
    /// A file that cannot be had or is not what was promised is a finding and makes its update fail; the others
    /// go on. Events 167, then 162 or 161, are queued.
    pub async fn download(&mut self) {
        let mut offers = std::mem::take(&mut self.offers);
        for offer in &mut offers {
            if offer.action == DeploymentAction::Uninstall {
                offer.progress = Progress::Downloaded;
                continue;
            }
            self.events.about(&self.profile, 167, offer.identity, 0);
            let mut outcome = Ok(());
            for (file, url) in offer.payloads.iter().flat_map(|payload| &payload.files) {
                outcome = self.download_file(file, url).await;
                if outcome.is_err() {
                    break;
                }
            }
            match outcome {
                Ok(()) => {
                    self.events.about(&self.profile, 162, offer.identity, 0);
                    offer.progress = Progress::Downloaded;
                }
                Err(finding) => {
                    self.events.about(&self.profile, 161, offer.identity, DOWNLOAD_FAILED.cast_signed());
                    self.summary.find(finding);
                    self.summary.failed += 1;
                    offer.progress = Progress::Failed;
                }
            }
        }
        self.offers = offers;
    }

    async fn download_file(&mut self, file: &ContentFile, url: &str) -> Result<(), Finding> {
        if file.size > self.profile.file_bytes_max {
            return Err(Finding::TooLong { file: file.name.to_string(), size: file.size });
        }
        let mut pieces: Vec<(u64, u64)> = (0..file.size.div_ceil(PIECE_BYTES))
            .map(|piece| (piece * PIECE_BYTES, ((piece + 1) * PIECE_BYTES).min(file.size) - 1))
            .collect();
        let mut random = Random::named(&format!("{} {}", self.profile.seed, file.sha1));
        random.shuffle(&mut pieces);
        self.summary.ranges += u64::try_from(pieces.len()).unwrap_or(u64::MAX);
        let download = Download {
            network: self.network.clone(),
            url: url.to_owned(),
            name: file.name.to_string(),
            size: file.size,
            pieces: Mutex::new(pieces),
        };
        let content = download.run(self.profile.connections.max(1)).await?;
        verify(file, &content)?;
        self.summary.files += 1;
        self.summary.file_bytes += file.size;
        Ok(())
    }
}

/// One file on its way.
struct Download {
    network: Network,
    url: String,
    name: String,
    size: u64,
    /// Pieces nobody asked for yet, as first and last byte.
    pieces: Mutex<Vec<(u64, u64)>>,
}

impl Download {
    /// Fetches all pieces over several connections and puts them together.
    async fn run(self, connections: usize) -> Result<Vec<u8>, Finding> {
        let mut content = vec![0; usize::try_from(self.size).unwrap_or(0)];
        let download = Arc::new(self);
        let mut workers = JoinSet::new();
        for _ in 0..connections {
            workers.spawn(Arc::clone(&download).work());
        }
        while let Some(worked) = workers.join_next().await {
            let pieces = worked.map_err(|source| download.wrong(source.to_string()))??;
            for (first, bytes) in pieces {
                let first = usize::try_from(first).unwrap_or(usize::MAX);
                if let Some(room) = content.get_mut(first..first.saturating_add(bytes.len())) {
                    room.copy_from_slice(&bytes);
                }
            }
        }
        Ok(content)
    }

    async fn work(self: Arc<Self>) -> Result<Vec<(u64, Bytes)>, Finding> {
        let mut done = Vec::new();
        while let Some((first, last)) = self.next_piece() {
            done.push((first, self.piece(first, last).await?));
        }
        Ok(done)
    }

    fn next_piece(&self) -> Option<(u64, u64)> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Asks for one closed range, and takes nothing but that range.
    async fn piece(&self, first: u64, last: u64) -> Result<Bytes, Finding> {
        let headers = [
            (header::USER_AGENT, stock::DOWNLOAD_USER_AGENT.to_owned()),
            (header::RANGE, format!("bytes={first}-{last}")),
        ];
        let answer = self.network.send(Method::GET, &self.url, &headers, Bytes::new()).await;
        let answer = answer.map_err(|source| self.wrong(format!("no answer: {source}")))?;
        if answer.status != StatusCode::PARTIAL_CONTENT {
            return Err(Finding::NotServed { file: self.name.clone(), status: answer.status.as_u16() });
        }
        let promised = format!("bytes {first}-{last}/{}", self.size);
        let given = answer.headers.get(header::CONTENT_RANGE).map(|value| String::from_utf8_lossy(value.as_bytes()));
        if given.as_deref() != Some(&promised) {
            return Err(self.wrong(format!("Content-Range {given:?}, not {promised:?}")));
        }
        let length = super::session::length(answer.body.len());
        if length != last - first + 1 {
            return Err(self.wrong(format!("{length} bytes for {promised:?}")));
        }
        Ok(answer.body)
    }

    fn wrong(&self, what: String) -> Finding {
        Finding::WrongRange { file: self.name.clone(), what }
    }
}

/// Checks both digests, as clients since Windows 8 do.
fn verify(file: &ContentFile, content: &[u8]) -> Result<(), Finding> {
    let wrong = |algorithm| Finding::WrongDigest { file: file.name.to_string(), algorithm };
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, content);
    if sha1.as_ref() != file.sha1.as_bytes() {
        return Err(wrong("SHA-1"));
    }
    match file.sha256 {
        Some(sha256) if digest::digest(&digest::SHA256, content).as_ref() != sha256.as_bytes() => Err(wrong("SHA-256")),
        _ => Ok(()),
    }
}
