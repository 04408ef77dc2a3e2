//! What is wanted of content, and where it may come from.

use model::{ChangeMark, ContentFile, Sha1, Sha256, Timestamp};

use crate::codec::{micros, sha1, sha256, timestamp};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::import::content_file;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// Who asked for a file that no decision here wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RequestOrigin {
    /// A computer, by its address; its wish ages.
    Client,
    /// A server below, which will ask for it again until it has it (MS-WSUSSS 3.1.4.11, DownloadFiles).
    Downstream,
    /// The administrator.
    Administrator,
    /// An archive that is being made or taken in, and takes its wish back when it is done; or one that is to be made once
    /// the file is here.
    Archive,
}

impl RequestOrigin {
    const ALL: [Self; 4] = [Self::Client, Self::Downstream, Self::Administrator, Self::Archive];

    fn number(self) -> i64 {
        match self {
            Self::Client => 0,
            Self::Downstream => 1,
            Self::Administrator => 2,
            Self::Archive => 3,
        }
    }

    fn of(number: i16) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|origin| origin.number() == i64::from(number));
        known.ok_or_else(|| StoreError::corrupt("reading requests for content", format!("{number} is no origin")))
    }
}

/// A wish for a file that an update names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRequest {
    /// Whose it is.
    pub origin: RequestOrigin,
    /// When it was last uttered.
    pub asked_at: Timestamp,
    /// The file.
    pub file: ContentFile,
}

impl Store {
    /// Notes that files are asked for; a wish that is there is made younger.
    ///
    /// Digests that no update names are kept all the same: they count from the moment that one does.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn request_content(
        &self,
        digests: &[Sha1],
        origin: RequestOrigin,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let values = [digest_set(digests)?, origin.number().into(), micros(now).into()];
        self.database.change("noting what is asked for", statement::CONTENT_REQUEST_ADD, values).await.map(drop)
    }

    /// Takes such wishes back. How many were there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn withdraw_content(&self, digests: &[Sha1], origin: RequestOrigin) -> Result<u64, StoreError> {
        let values = [digest_set(digests)?, origin.number().into()];
        self.database.change("taking a wish back", statement::CONTENT_REQUEST_REMOVE, values).await
    }

    /// Takes back all wishes of that origin. How many there were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn withdraw_all_content(&self, origin: RequestOrigin) -> Result<u64, StoreError> {
        let values = [origin.number().into()];
        self.database.change("taking wishes back", statement::CONTENT_REQUEST_CLEAR, values).await
    }

    /// Forgets the wishes of computers that are older than `before`. How many were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expire_content_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.database.change("forgetting wishes", statement::CONTENT_REQUEST_EXPIRE, [micros(before).into()]).await
    }

    /// Every wish for a file that an update names, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_requests(&self) -> Result<Vec<ContentRequest>, StoreError> {
        type Found = (i16, i64, Vec<u8>, Option<Vec<u8>>, i64, String);
        let rows: Vec<Found> = self.database.rows(statement::CONTENT_REQUESTS, []).await?;
        let request = |(origin, asked, sha1, sha256, size, name): Found| {
            Ok(ContentRequest {
                origin: RequestOrigin::of(origin)?,
                asked_at: timestamp(asked)?,
                file: content_file((sha1, sha256, size, name))?,
            })
        };
        rows.into_iter().map(request).collect()
    }

    /// Notes where publishers serve files; a later address takes the place of an earlier one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_file_locations(&self, locations: &[(Sha1, String)]) -> Result<(), StoreError> {
        let mut change = self.database.write("noting where files are").await?;
        set_locations(&mut change, locations).await?;
        change.commit().await
    }

    /// Where publishers serve these files, as far as that is known; in no order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn file_locations(&self, digests: &[Sha1]) -> Result<Vec<(Sha1, String)>, StoreError> {
        let rows: Vec<(Vec<u8>, String)> =
            self.database.rows(statement::FILE_LOCATIONS, [digest_set(digests)?]).await?;
        rows.into_iter().map(|(digest, url)| Ok((sha1(&digest)?, url))).collect()
    }

    /// Notes that files are here no longer, unless what is offered changed since `decided_at`, or somebody asked for
    /// them: then they stay. Which ones are gone.
    ///
    /// In order with everything that changes what is offered: no file goes that an approval made meanwhile needs. Wishes
    /// of computers that are older than `asked_since` do not count.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when something changed: decide anew. Otherwise those of the database.
    pub async fn collect_content(
        &self,
        digests: &[Sha256],
        decided_at: ChangeMark,
        asked_since: Timestamp,
    ) -> Result<Vec<Sha256>, StoreError> {
        let set = Value::set(digests.iter().map(|digest| (Hex(digest.as_bytes()),)))?;
        let mut change = self.database.write("removing content that nothing wants").await?;
        let mark = Counter::Mark.advance(&mut change, 0).await?;
        if u64::try_from(mark) != Ok(decided_at.0) {
            return Err(StoreError::conflict("what is offered changed meanwhile; nothing was removed"));
        }
        let rows: Vec<(Vec<u8>,)> = change.rows(statement::CONTENT_COLLECT, [set, micros(asked_since).into()]).await?;
        change.commit().await?;
        rows.iter().map(|(digest,)| sha256(digest)).collect()
    }
}

/// [`Store::set_file_locations`] as part of a larger change.
pub(crate) async fn set_locations(change: &mut Transaction, locations: &[(Sha1, String)]) -> Result<(), StoreError> {
    let set = Value::set(locations.iter().map(|(digest, url)| (Hex(digest.as_bytes()), url)))?;
    change.run(statement::FILE_LOCATIONS_SET, [set]).await.map(drop)
}

fn digest_set(digests: &[Sha1]) -> Result<Value, StoreError> {
    Value::set(digests.iter().map(|digest| (Hex(digest.as_bytes()),)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewContent;
    use crate::testing::{at, file, hold, on_both, revision, update};

    #[tokio::test]
    async fn a_wish_counts_once_for_each_origin_until_it_is_taken_back() {
        on_both(async |store| {
            store.import(vec![revision(5, 1), revision(6, 1)], at(0)).await.unwrap();
            let (one, two, stranger) = (file(5).sha1, file(6).sha1, file(7).sha1);
            store.request_content(&[one, two, stranger], RequestOrigin::Client, at(1)).await.unwrap();
            store.request_content(&[one], RequestOrigin::Client, at(3)).await.unwrap();
            store.request_content(&[one], RequestOrigin::Downstream, at(2)).await.unwrap();
            let wishes = async || -> Vec<(RequestOrigin, Timestamp, Sha1)> {
                let requests = store.content_requests().await.unwrap();
                requests.into_iter().map(|request| (request.origin, request.asked_at, request.file.sha1)).collect()
            };
            assert_eq!(
                wishes().await,
                [
                    (RequestOrigin::Client, at(1), two),
                    (RequestOrigin::Downstream, at(2), one),
                    (RequestOrigin::Client, at(3), one)
                ]
            );
            assert_eq!(store.expire_content_requests(at(2)).await.unwrap(), 2);
            assert_eq!(store.withdraw_content(&[one], RequestOrigin::Downstream).await.unwrap(), 1);
            assert_eq!(wishes().await, [(RequestOrigin::Client, at(3), one)]);
            store.request_content(&[one, two], RequestOrigin::Archive, at(4)).await.unwrap();
            assert_eq!(store.withdraw_all_content(RequestOrigin::Archive).await.unwrap(), 2);
            assert_eq!(wishes().await, [(RequestOrigin::Client, at(3), one)]);
        })
        .await;
    }

    #[tokio::test]
    async fn the_last_address_of_a_file_counts() {
        on_both(async |store| {
            let locations =
                [(file(1).sha1, "http://a.example/1".to_owned()), (file(2).sha1, "http://a.example/2".into())];
            store.set_file_locations(&locations).await.unwrap();
            store.set_file_locations(&[(file(1).sha1, "http://b.example/1".into())]).await.unwrap();
            assert_eq!(
                store.file_locations(&[file(1).sha1, file(9).sha1]).await.unwrap(),
                [(file(1).sha1, "http://b.example/1".to_owned())]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_asked_for_or_was_decided_about_meanwhile_is_not_removed() {
        on_both(async |store| {
            store.import((1..=4).map(|number| revision(number, 1)).collect(), at(0)).await.unwrap();
            let content = |number| {
                let file = file(number);
                NewContent { sha1: file.sha1, sha256: file.sha256.unwrap(), size: file.size }
            };
            let all: Vec<NewContent> = (1..=4).map(content).collect();
            hold(&store, &all, at(0)).await;
            store.request_content(&[file(1).sha1], RequestOrigin::Downstream, at(1)).await.unwrap();
            store.request_content(&[file(2).sha1], RequestOrigin::Client, at(9)).await.unwrap();
            store.request_content(&[file(3).sha1], RequestOrigin::Client, at(1)).await.unwrap();
            let digests: Vec<Sha256> = all.iter().map(|content| content.sha256).collect();

            let mark = store.mark().await.unwrap();
            store.decline(&[update(1)], at(2)).await.unwrap();
            let late = store.collect_content(&digests, mark, at(5)).await;
            assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
            assert_eq!(store.content_rows().await.unwrap().len(), 4);

            let mark = store.mark().await.unwrap();
            let mut gone = store.collect_content(&digests, mark, at(5)).await.unwrap();
            gone.sort_unstable();
            assert_eq!(gone, [content(3).sha256, content(4).sha256]);
            assert_eq!(store.content_rows().await.unwrap().len(), 2);
        })
        .await;
    }
}
