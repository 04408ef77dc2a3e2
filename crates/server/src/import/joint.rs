//! Several sets that become part of the catalog in one change: a synchronisation, or an archive.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use model::{ChangeMark, RevisionNumber, UpdateId, UpdateIdentity};
use store::{Applying, Prepared, StoreError};
use tokio::sync::MutexGuard;

use super::named::Named;
use super::{Known, Set, caught_up};
use crate::admin::ApiError;
use crate::admin::api::DocumentOutcome;
use crate::app::App;

/// What such a change keeps from set to set. No other import goes on meanwhile.
pub(crate) struct Joint<'a> {
    kept: MutexGuard<'a, Option<Known>>,
    known: Known,
    /// All that was admitted was taken, so that what is known stays right.
    all_taken: bool,
}

/// What became of all sets of a change.
pub(crate) struct Taken {
    /// Updates that their publisher withdrew, by their latest revisions among these.
    pub(crate) withdrawn: Vec<UpdateId>,
    /// Revisions in whose place something came that cannot be read, or another document.
    pub(crate) unread: Vec<UpdateIdentity>,
    /// What they name of others.
    pub(crate) named: Named,
}

impl<'a> Joint<'a> {
    /// Waits until no other import goes on.
    pub(crate) async fn begin(app: &'a App) -> Result<Self, ApiError> {
        let mut kept = app.imports.known.lock().await;
        let known = caught_up(app, kept.take()).await?;
        Ok(Self { kept, known, all_taken: true })
    }

    /// Takes all `sets` as part of `applying`, the next of which is made ready while one is written. `each` is told what
    /// became of every document, in order.
    ///
    /// # Errors
    /// Those of the sets and of the database; then the whole change has to be dropped.
    pub(crate) async fn take_all<E: From<StoreError>>(
        &mut self,
        applying: &mut Applying,
        mut sets: BoxStream<'static, Result<Set, E>>,
        mut each: impl FnMut(DocumentOutcome),
    ) -> Result<Taken, E> {
        let mut latest: BTreeMap<UpdateId, (RevisionNumber, bool)> = BTreeMap::new();
        let (mut unread, mut named) = (Vec::new(), Named::default());
        let mut next = sets.try_next().await?;
        while let Some(set) = next {
            let expired = set.expired();
            unread.extend(set.unread());
            set.revisions().for_each(|revision| named.note(revision));
            let (taken, following) = tokio::join!(self.take(applying, set), sets.try_next());
            next = following?;
            for outcome in taken? {
                if let Some(identity) = outcome.identity {
                    let seen = latest.entry(identity.update_id).or_insert((identity.revision_number, false));
                    if identity.revision_number >= seen.0 {
                        *seen = (identity.revision_number, expired.contains(&identity));
                    }
                }
                each(outcome);
            }
        }
        let withdrawn = latest.into_iter().filter(|(_, (_, is_expired))| *is_expired).map(|(update, _)| update);
        Ok(Taken { withdrawn: withdrawn.collect(), unread, named })
    }

    async fn take(&mut self, applying: &mut Applying, mut set: Set) -> Result<Vec<DocumentOutcome>, StoreError> {
        self.known.admit(&mut set);
        let (places, prepared): (Vec<usize>, Vec<Prepared>) = std::mem::take(&mut set.prepared).into_iter().unzip();
        let imported = applying.import(&prepared).await?;
        self.all_taken &= set.settle(places, imported);
        Ok(set.outcomes)
    }

    /// Keeps what is known now that `mark` is in effect. Without it, all is read anew next time.
    pub(crate) fn keep(mut self, mark: ChangeMark) {
        if self.all_taken {
            self.known.mark = mark;
            *self.kept = Some(self.known);
        }
    }
}
