//! How much a subscription is: what of it is here, and what an upstream has of it before anything is fetched.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use catalog::{Chosen, Listing, Snapshot};
use metadata::Document;
use model::{RevisionId, UpdateId, UpdateIdentity};
use policy::FileChoice;
use serde::{Deserialize, Serialize};
use sync::{Session, Upstream};
use wire::server::{Filter, IdAndDelta};

use super::failover::Failover;
use super::lists;
use super::run::RunError;
use super::settings::Subscription;
use crate::acquire::OfUse;
use crate::admin::ApiError;
use crate::app::App;

/// Products and classifications that are counted by themselves. Each is a list of an upstream, and with more of them the
/// upstream is asked for all together only.
pub const PARTS_MAX: usize = 64;
/// Revisions whose sizes are asked of the database in one statement.
const AT_ONCE: usize = 10_000;

/// How much something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Revisions of software and drivers, members of bundles among them.
    pub revisions: u64,
    /// Bytes of their documents: here as they are kept, packed; there about as they come, unpacked. Absent if that cannot
    /// be told.
    pub documents_bytes: Option<u64>,
    /// Bytes of their files that are of use, by languages and express files as chosen; which of them are fetched is for
    /// approvals and `content.mode` to say. Absent if that cannot be told.
    pub files_bytes: Option<u64>,
}

/// How much a subscription is, and its products and classifications by themselves: what is in two of them counts in both,
/// and once in the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// All of it.
    pub whole: Amount,
    /// Of each chosen product or classification, what is chosen of it; none if there are too many.
    pub parts: BTreeMap<UpdateId, Amount>,
}

/// The bytes of a document's files that are of use.
pub(super) fn files_bytes(choice: &FileChoice, document: &Document) -> u64 {
    let files = document.content_files().into_iter().map(|file| file.size).zip(document.file_uses()).collect();
    let of_use = choice.of_use(choice.speaks(&document.binary_languages()), files);
    of_use.into_iter().fold(0, u64::saturating_add)
}

/// What of a subscription is here.
pub(crate) async fn here(app: &App, subscription: &Subscription) -> Result<Amounts, ApiError> {
    let snapshot = app.publisher.current(app).await?;
    let of_use = OfUse::now(app).await?;
    let mut amounts = Amounts::default();
    for (part, listing) in questions(subscription) {
        let listing =
            Listing { categories: chosen(&listing.0), classifications: chosen(&listing.1), ..Listing::default() };
        let amount = held(app, &of_use, &snapshot, &snapshot.listing(&listing)).await?;
        amounts.note(part, amount);
    }
    Ok(amounts)
}

async fn held(
    app: &App,
    of_use: &OfUse<'_>,
    snapshot: &Snapshot,
    listed: &[UpdateIdentity],
) -> Result<Amount, ApiError> {
    let revisions: Vec<RevisionId> = listed.iter().filter_map(|identity| snapshot.revision_of(*identity)).collect();
    let (mut documents, mut files, mut seen) = (0, 0_u64, HashSet::new());
    for revisions in revisions.chunks(AT_ONCE) {
        documents += app.store.documents_bytes(revisions).await?;
        let mut named = of_use.files_of(revisions).await?;
        named.retain(|file| seen.insert(file.sha1));
        files = named.iter().fold(files, |sum, file| sum.saturating_add(file.size));
    }
    Ok(Amount { revisions: listed.len() as u64, documents_bytes: Some(documents), files_bytes: Some(files) })
}

/// What an upstream has of a subscription, the first of `upstreams` that answers; nothing is changed.
pub(crate) async fn there(
    app: &App,
    upstreams: &[Upstream],
    subscription: &Subscription,
) -> Result<(Upstream, Amounts), RunError> {
    let mut order = Failover::new(upstreams);
    while let Some(upstream) = order.next() {
        match there_at(app, upstream, subscription).await {
            Err(RunError::Upstream(error)) => order.lost(app, error)?,
            outcome => return outcome.map(|amounts| (upstream.clone(), amounts)),
        }
    }
    Err(order.failed().map_or(RunError::NoUpstream, RunError::Upstream))
}

async fn there_at(app: &App, upstream: &Upstream, subscription: &Subscription) -> Result<Amounts, RunError> {
    let session = Session::open(upstream, lists::account(app).await?).await?;
    let at_once = session.config(None).await?.max_updates_per_request;
    let choice = FileChoice::new(&subscription.languages, app.config.content.express);
    let mut amounts = Amounts::default();
    for (part, (products, classifications)) in questions(subscription) {
        let whole = |ids: BTreeSet<UpdateId>| ids.into_iter().map(|id| IdAndDelta { id, delta: false }).collect();
        let filter =
            Filter { categories: whole(products), classifications: whole(classifications), ..Filter::default() };
        let listed = session.revisions(&filter).await?.new_revisions;
        let choice = choice.clone();
        let estimate = session.estimate(&listed, at_once, move |document| files_bytes(&choice, document)).await?;
        let amount = Amount {
            revisions: listed.len() as u64,
            documents_bytes: estimate.map(|estimate| estimate.documents_bytes),
            files_bytes: estimate.map(|estimate| estimate.files_bytes),
        };
        amounts.note(part, amount);
    }
    Ok(amounts)
}

impl Amounts {
    fn note(&mut self, part: Option<UpdateId>, amount: Amount) {
        match part {
            Some(part) => drop(self.parts.insert(part, amount)),
            None => self.whole = amount,
        }
    }
}

/// Products and classifications to ask for.
type Question = (BTreeSet<UpdateId>, BTreeSet<UpdateId>);

/// All of a subscription, then each of its parts.
fn questions(subscription: &Subscription) -> Vec<(Option<UpdateId>, Question)> {
    let Subscription { products, classifications, .. } = subscription;
    let mut questions = vec![(None, (products.clone(), classifications.clone()))];
    if products.len() + classifications.len() <= PARTS_MAX {
        let product = |id: &UpdateId| (Some(*id), (BTreeSet::from([*id]), classifications.clone()));
        let class = |id: &UpdateId| (Some(*id), (products.clone(), BTreeSet::from([*id])));
        questions.extend(products.iter().map(product));
        questions.extend(classifications.iter().map(class));
    }
    questions
}

fn chosen(ids: &BTreeSet<UpdateId>) -> Vec<Chosen> {
    ids.iter().map(|id| Chosen { update: *id, only_newer: false }).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ids(numbers: std::ops::Range<u128>) -> BTreeSet<UpdateId> {
        numbers.map(|number| UpdateId(Uuid::from_u128(number))).collect()
    }

    #[test]
    fn each_part_is_asked_for_within_the_other_kind() {
        let subscription = Subscription { products: ids(0..2), classifications: ids(5..6), ..Subscription::default() };
        let asked = questions(&subscription);
        assert_eq!(asked.len(), 1 + 2 + 1);
        assert_eq!(asked[0], (None, (ids(0..2), ids(5..6))));
        assert_eq!(asked[1].1, (ids(0..1), ids(5..6)));
        assert_eq!(asked[3].1, (ids(0..2), ids(5..6)));
        assert_eq!(questions(&Subscription::default()).len(), 1, "all there is has no parts");
        let many = Subscription {
            products: ids(0..PARTS_MAX as u128),
            classifications: ids(900..901),
            ..Subscription::default()
        };
        assert_eq!(questions(&many).len(), 1);
    }
}
