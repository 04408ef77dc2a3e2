//! How much there is to come, told from a few documents of it: lists have no sizes.

use std::num::NonZeroU32;

use metadata::Document;
use model::UpdateIdentity;
use wire::server::{GetUpdateData, Request, Response, Updates};

use crate::documents::text;
use crate::error::{Reason, Step, SyncError};
use crate::session::Session;

/// Documents that are looked at. Half of what every upstream takes in one call: native ones end their answer at 2 MB.
const SAMPLE: usize = 50;

/// About how much is to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Bytes of documents, unpacked.
    pub documents_bytes: u64,
    /// Bytes of the files they name, as far as the caller counts them.
    pub files_bytes: u64,
}

impl Session {
    /// About how much `wanted` is, from some of it, evenly spread; all of it is looked at if there is little. `None` if
    /// nothing is wanted, or nothing of it can be looked at. `files_bytes` counts the files of a document.
    ///
    /// # Errors
    /// [`SyncError`]; a refusal is none, because a revision that is refused says nothing of the others.
    pub async fn estimate(
        &self,
        wanted: &[UpdateIdentity],
        at_once: Option<NonZeroU32>,
        files_bytes: impl Fn(&Document) -> u64 + Send + 'static,
    ) -> Result<Option<Estimate>, SyncError> {
        let most = at_once.map_or(SAMPLE, |max| usize::try_from(max.get()).unwrap_or(SAMPLE).clamp(1, SAMPLE));
        let sample: Vec<UpdateIdentity> = wanted.iter().step_by(wanted.len().div_ceil(most).max(1)).copied().collect();
        if sample.is_empty() {
            return Ok(None);
        }
        let step = Step::GetUpdateData;
        let question =
            |cookie| Request::GetUpdateData(GetUpdateData { cookie: Some(cookie), update_ids: Some(sample.clone()) });
        let updates = match self.ask(step, question).await {
            Ok(Response::GetUpdateData(updates)) => updates,
            Ok(_) => return Err(self.confused(step)),
            Err(SyncError { reason: Reason::Refused(_), .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let total = wanted.len() as u64;
        let measured = tokio::task::spawn_blocking(move || measure(updates, total, files_bytes)).await;
        measured.map_err(|error| self.failed(step, Reason::Unreadable(Box::new(error))))
    }
}

/// What those that can be read have on average, `total` times.
fn measure(updates: Updates, total: u64, files_bytes: impl Fn(&Document) -> u64) -> Option<Estimate> {
    let (mut count, mut documents, mut files) = (0_u64, 0_u64, 0_u64);
    for data in updates.updates {
        let Ok(text) = text(data) else { continue };
        let Ok(document) = Document::parse(&text) else { continue };
        count += 1;
        documents = documents.saturating_add(text.len() as u64);
        files = files.saturating_add(files_bytes(&document));
    }
    let scaled = |sum: u64| u64::try_from(u128::from(sum) * u128::from(total) / u128::from(count)).unwrap_or(u64::MAX);
    (count > 0).then(|| Estimate { documents_bytes: scaled(documents), files_bytes: scaled(files) })
}

#[cfg(test)]
mod tests {
    use model::{RevisionNumber, UpdateId};
    use uuid::Uuid;
    use wire::server::{UpdateData, UpdateDocument};

    use super::*;

    fn sent(number: u128, text: &str) -> UpdateData {
        let revision_number = RevisionNumber::new(1).unwrap();
        let id = UpdateIdentity { update_id: UpdateId(Uuid::from_u128(number)), revision_number };
        UpdateData { id, document: UpdateDocument::Text(text.to_owned()), file_digests: Vec::new() }
    }

    #[test]
    fn what_cannot_be_read_says_nothing_of_the_others() {
        let nothing = Updates { updates: vec![sent(1, "no document")], file_urls: Vec::new() };
        assert_eq!(measure(nothing, 100, |_| 1), None);
        assert_eq!(measure(Updates::default(), 100, |_| 1), None);
    }
}
