//! What was fetched and is not applied yet. A page that was kept is not fetched again, whatever happens.

use model::UpdateIdentity;

use crate::codec::{Packer, identity, unpack};
use crate::import::identity_set;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, on_all_cores, statement};

/// A document as an upstream sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedDocument {
    /// What it was asked for as.
    pub identity: UpdateIdentity,
    /// Its place in the upstream's list: documents are applied in that order.
    pub position: i32,
    /// The whole document, in UTF-8.
    pub document: Vec<u8>,
}

impl Store {
    /// Keeps a page of documents, in the place of those of the same names.
    ///
    /// # Errors
    /// Those of the database; then nothing of the page is kept.
    pub async fn stage(&self, page: Vec<StagedDocument>) -> Result<(), StoreError> {
        let pack = |packer: &mut Packer, one: StagedDocument| {
            Ok::<_, StoreError>((one.identity, one.position, packer.pack(&one.document)?))
        };
        let packed = on_all_cores(page, Packer::default, pack).await;
        let packed = packed.map_err(|error| StoreError::invalid(format!("a document cannot be kept: {error}")))?;
        let packed = packed.into_iter().collect::<Result<Vec<_>, StoreError>>()?;
        let (mut bytes, mut rows): (Vec<u8>, _) = (Vec::new(), Vec::with_capacity(packed.len()));
        for (identity, position, body) in packed {
            let number = identity.revision_number.number();
            rows.push((Hex(identity.update_id.0), number, position, bytes.len() + 1, body.len()));
            bytes.extend(body);
        }
        let values = [Value::set(rows)?, bytes.into()];
        self.database.change("keeping a page of updates", statement::STAGED_ADD, values).await.map(drop)
    }

    /// The names of what is kept, in the order of the upstream's list.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn staged(&self) -> Result<Vec<UpdateIdentity>, StoreError> {
        let rows: Vec<(Vec<u8>, i32)> = self.database.rows(statement::STAGED_NAMES, []).await?;
        rows.into_iter().map(|(update, number)| identity(&update, number)).collect()
    }

    /// The next documents behind the one at that place and of that name, in order; the first if there is none. At most
    /// `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn staged_after(
        &self,
        after: Option<(i32, UpdateIdentity)>,
        limit: u32,
    ) -> Result<Vec<StagedDocument>, StoreError> {
        type Found = (Vec<u8>, i32, i32, Vec<u8>);
        let (position, update, number) = match after {
            Some((position, identity)) => {
                let number = i64::from(identity.revision_number.number());
                (position, identity.update_id.0.into_bytes().to_vec(), number)
            }
            None => (i32::MIN, Vec::new(), 0),
        };
        let values = [position.into(), update.into(), number.into(), i64::from(limit).into()];
        let rows: Vec<Found> = self.database.rows(statement::STAGED_PAGE, values).await?;
        let unpack = |(): &mut (), (update, number, position, body): Found| {
            Ok(StagedDocument { identity: identity(&update, number)?, position, document: unpack(&body)? })
        };
        let documents = on_all_cores(rows, || (), unpack).await;
        documents.map_err(|error| StoreError::corrupt("reading kept updates", error))?.into_iter().collect()
    }

    /// Forgets some of what is kept; how much of it was there.
    ///
    /// # Errors
    /// Those of the database; then all of it is kept.
    pub async fn unstage(&self, revisions: &[UpdateIdentity]) -> Result<u64, StoreError> {
        let names = identity_set(revisions.iter().copied())?;
        self.database.change("forgetting kept updates", statement::STAGED_REMOVE, [names]).await
    }

    /// Bytes that can be kept before the database's file grows: room that was given back within it. `None` if the
    /// database is not on a disk of this computer, as far as is known.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn spare_bytes(&self) -> Result<Option<u64>, StoreError> {
        self.database.spare_bytes().await
    }

    /// Forgets all that is kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn clear_staged(&self) -> Result<(), StoreError> {
        self.database.change("forgetting kept updates", statement::STAGED_CLEAR, []).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use testkit::documents::MadeFile;

    use super::*;
    use crate::testing::{identity, on_both};

    fn staged(number: u128, position: i32, text: &str) -> StagedDocument {
        StagedDocument { identity: identity(number, 1), position, document: text.as_bytes().to_vec() }
    }

    #[tokio::test]
    async fn documents_at_the_same_place_are_not_lost_between_two_sets() {
        on_both(async |store| {
            store.stage((1..=5).map(|number| staged(number, 7, "x")).collect()).await.unwrap();
            let (mut after, mut seen) = (None, Vec::new());
            while let Some(last) = store.staged_after(after, 2).await.unwrap().pop() {
                after = Some((last.position, last.identity));
                seen.push(last.identity);
            }
            assert_eq!(seen, [2, 4, 5].map(|number| identity(number, 1)));
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_given_back_can_be_used_again() {
        on_both(async |store| {
            let Some(before) = store.spare_bytes().await.unwrap() else { return };
            let document = MadeFile::of_size("packs badly", 200_000).bytes.to_vec();
            let large = StagedDocument { identity: identity(1, 1), position: 1, document };
            store.stage(vec![large]).await.unwrap();
            store.clear_staged().await.unwrap();
            assert!(store.spare_bytes().await.unwrap().unwrap() > before);
        })
        .await;
    }

    #[tokio::test]
    async fn kept_pages_come_back_in_the_order_of_the_list() {
        on_both(async |store| {
            store.stage(vec![staged(3, 30, "c"), staged(1, 10, "a")]).await.unwrap();
            store.stage(vec![staged(2, 20, "b"), staged(1, 10, "a again")]).await.unwrap();
            let expected = [1, 2, 3].map(|number| identity(number, 1));
            assert_eq!(store.staged().await.unwrap(), expected);
            let first = store.staged_after(None, 2).await.unwrap();
            assert_eq!(first, [staged(1, 10, "a again"), staged(2, 20, "b")]);
            assert_eq!(store.staged_after(Some((20, identity(2, 1))), 2).await.unwrap(), [staged(3, 30, "c")]);
            assert_eq!(store.unstage(&[identity(2, 1), identity(2, 2), identity(9, 1)]).await.unwrap(), 1);
            assert_eq!(store.staged().await.unwrap(), [1, 3].map(|number| identity(number, 1)));
            store.clear_staged().await.unwrap();
            assert_eq!(store.staged().await.unwrap(), []);
        })
        .await;
    }
}
