//! What an upstream has, and what of it is not here: the plan.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{UpdateId, UpdateIdentity};
use policy::FileChoice;
use store::{Store, StoreError};
use sync::{Account, AtOnce, Estimate, Kind, Session, SyncError, Upstream};
use uuid::Uuid;
use wire::server::{Anchor, Filter, IdAndDelta};

use super::amounts::files_bytes;
use super::failover::Failover;
use super::run::RunError;
use super::settings::{self, Anchors, Subscription};
use super::{drivers, languages, related};
use crate::app::App;
use crate::import::Lacking;

/// What is to be fetched from an upstream, and how far that brings this server.
pub(crate) struct Plan {
    /// The upstream.
    pub(crate) upstream: Upstream,
    pub(super) session: Session,
    pub(super) anchors: Anchors,
    /// How far it was followed before.
    pub(super) before: Anchors,
    /// All that the upstream lists and that is not here, each with its place in the list; kept ones included.
    pub(crate) wanted: Vec<(i32, UpdateIdentity)>,
    /// What revisions of the last synchronisation name and nobody listed; placed behind all that is wanted.
    pub(super) related: Vec<(i32, UpdateIdentity)>,
    /// What of it is to be asked for again the next time.
    pub(super) lacking: Lacking,
    /// Of the wanted, revisions of updates that are here in another revision.
    pub(crate) changed: usize,
    /// Driver sets whose data is to be fetched,
    pub(super) driver_sets: Vec<Uuid>,
    /// so many in one call;
    pub(super) driver_sets_at_once: usize,
    /// what was told of them;
    pub(super) driver_sets_told: Vec<(Uuid, String)>,
    /// and those that are gone.
    pub(super) driver_sets_gone: Vec<Uuid>,
    /// What the upstream takes in one call.
    pub(super) at_once: AtOnce,
    /// The upstream has another database than last time: all was compared from the beginning.
    pub(super) started_over: bool,
    /// The upstream serves no files.
    pub(crate) is_catalog_only: bool,
    /// Nothing is chosen of Microsoft's updates: only what there is to choose from is taken.
    pub(super) only_categories: bool,
}

/// Asks the first upstream that answers what it has, and changes nothing.
pub(crate) async fn plan(app: &App, upstreams: &[Upstream]) -> Result<Plan, RunError> {
    let mut order = Failover::new(upstreams);
    while let Some(upstream) = order.next() {
        match plan_with(app, upstream).await {
            Err(RunError::Upstream(error)) => order.lost(app, error)?,
            outcome => return outcome,
        }
    }
    Err(order.failed().map_or(RunError::NoUpstream, RunError::Upstream))
}

async fn plan_with(app: &App, upstream: &Upstream) -> Result<Plan, RunError> {
    let account = account(app).await?;
    let session = Session::open(upstream, account).await?;
    let subscription = settings::subscription(&app.store).await?;
    let mut followed = settings::followed(&app.store).await?;
    let before = followed.0.remove(&upstream.to_string()).unwrap_or_default();
    let owed = before.owed.clone();
    // Another database has it as well as the one before.
    let named = before.lacking.clone();
    let config = session.config(None).await?;
    let only_categories = upstream.kind == Kind::Microsoft && subscription.is_empty();
    let languages = languages::numbers(&subscription.languages, &config.languages)
        .map_err(|error| RunError::NoSuchLanguage { upstream: upstream.to_string(), error })?;
    let lister = Lister { session: &session, subscription: &subscription, languages, only_categories };
    let (before, listed, started_over) = match lister.listed(before.clone()).await {
        Ok(listed) => (before, listed, false),
        // Refused though nothing was wrong with it, it would be refused for ever.
        Err(error) if error.is_about_the_anchor() && before.is_any() => {
            (Anchors::default(), lister.listed(Anchors::default()).await?, true)
        }
        Err(error) => return Err(error.into()),
    };
    let Listed { mut anchors, mut revisions, are_news } = listed;
    let drivers = drivers::list(&session, &config, &subscription, &mut anchors).await;
    let are_news = are_news && drivers.are_news;
    revisions.extend(drivers.revisions);
    let again: BTreeSet<UpdateIdentity> = revisions.iter().copied().collect();
    revisions.extend(owed.difference(&again));
    let wanted = match are_news {
        // What is here already is fetched as well: if it came with other content, that is found out.
        true => (0..).zip(revisions).collect(),
        false => unknown(&app.store, &revisions).await?,
    };
    let (related, lacking) = related::revisions(app, &session, &named).await?;
    let behind = wanted.iter().map(|(place, _)| place.saturating_add(1)).max().unwrap_or(0);
    let updates: Vec<UpdateId> = wanted.iter().map(|(_, identity)| identity.update_id).collect();
    let changed = app.store.latest_revisions(&updates).await?.len();
    Ok(Plan {
        upstream: upstream.clone(),
        session,
        anchors,
        before,
        wanted,
        driver_sets: drivers.sets,
        driver_sets_gone: drivers.removed,
        driver_sets_told: Vec::new(),
        driver_sets_at_once: drivers::sets_at_once(&config),
        related: (behind..).zip(related).collect(),
        lacking,
        changed,
        at_once: AtOnce { documents: config.max_updates_per_request, keys: config.max_updates_per_decryption_request },
        started_over,
        is_catalog_only: config.catalog_only_sync,
        only_categories,
    })
}

impl Plan {
    /// All that is to be fetched, each with its place.
    pub(super) fn all(&self) -> impl Iterator<Item = &(i32, UpdateIdentity)> {
        self.wanted.iter().chain(&self.related)
    }

    /// About how much it is, if that can be told; of files, those that are of use by `choice`.
    pub(crate) async fn estimate(&self, choice: FileChoice) -> Result<Option<Estimate>, SyncError> {
        let wanted: Vec<UpdateIdentity> = self.wanted.iter().map(|(_, identity)| *identity).collect();
        self.session.estimate(&wanted, self.at_once.documents, move |document| files_bytes(&choice, document)).await
    }
}

/// As whom this server asks.
pub(crate) async fn account(app: &App) -> Result<Account, StoreError> {
    let id = app.store.identity().await?.incarnation;
    Ok(Account { name: app.host_name(), id })
}

/// What an upstream lists.
struct Listed {
    /// Up to where that goes.
    anchors: Anchors,
    /// Categories first, because updates name them.
    revisions: Vec<UpdateIdentity>,
    /// All of it came since the last time, by the upstream's account.
    are_news: bool,
}

/// Asks for lists.
struct Lister<'a> {
    session: &'a Session,
    subscription: &'a Subscription,
    /// The languages of the subscription, by the upstream's numbers.
    languages: BTreeMap<String, i32>,
    only_categories: bool,
}

impl Lister<'_> {
    /// What the upstream lists since `before`.
    async fn listed(&self, before: Anchors) -> Result<Listed, SyncError> {
        let facts = Filter { anchor: anchor(before.categories.as_ref()), get_config: true, ..Filter::default() };
        let categories = self.session.revisions(&facts).await?;
        let revisions = highest(categories.new_revisions);
        let after = Anchors { categories: Some(categories.anchor.to_string()), ..before };
        if self.only_categories {
            return Ok(Listed { anchors: after, revisions, are_news: facts.anchor.is_some() });
        }
        let (filter, after) = self.updates_since(after);
        let updates = self.session.revisions(&filter).await?;
        let is_delta = |chosen: &[IdAndDelta]| chosen.iter().all(|one| one.delta);
        let are_news = facts.anchor.is_some()
            && filter.anchor.is_some()
            && is_delta(&filter.categories)
            && is_delta(&filter.classifications)
            && filter.languages.iter().all(|one| one.delta);
        Ok(Listed {
            anchors: Anchors { updates: Some(updates.anchor.to_string()), ..after },
            revisions: revisions.into_iter().chain(updates.new_revisions).collect(),
            are_news,
        })
    }

    /// Which updates to ask for, and what the anchor covers then.
    fn updates_since(&self, before: Anchors) -> (Filter, Anchors) {
        let Subscription { products, classifications, languages, .. } = self.subscription;
        let wants_all = self.subscription.is_empty();
        // An anchor that was given for some updates says nothing of the others.
        let is_covered = (before.covers_all || !wants_all) && (before.languages.is_empty() || !languages.is_empty());
        let filter = Filter {
            anchor: anchor(before.updates.as_ref()).filter(|_| is_covered),
            categories: chosen(products, &before),
            classifications: chosen(classifications, &before),
            languages: languages::chosen(&self.languages, &before.languages),
            ..Filter::default()
        };
        let covered = products.union(classifications).copied().collect();
        (filter, Anchors { covered, covers_all: wants_all, languages: languages.clone(), ..before })
    }
}

fn anchor(text: Option<&String>) -> Option<Anchor> {
    text.and_then(|text| text.parse().ok())
}

fn chosen(categories: &BTreeSet<UpdateId>, before: &Anchors) -> Vec<IdAndDelta> {
    let delta = |id: &UpdateId| before.covers_all || before.covered.contains(id);
    categories.iter().map(|id| IdAndDelta { id: *id, delta: delta(id) }).collect()
}

/// Native servers list some categories in two revisions (native-behaviour §6.3).
fn highest(revisions: Vec<UpdateIdentity>) -> Vec<UpdateIdentity> {
    let mut highest: BTreeMap<UpdateId, UpdateIdentity> = BTreeMap::new();
    for revision in &revisions {
        let kept = highest.entry(revision.update_id).or_insert(*revision);
        *kept = (*kept).max(*revision);
    }
    let mut seen = HashSet::new();
    revisions.into_iter().filter(|one| highest.get(&one.update_id) == Some(one) && seen.insert(*one)).collect()
}

/// Those that are not here, each with its place in the list; one that is listed twice counts once.
async fn unknown(store: &Store, listed: &[UpdateIdentity]) -> Result<Vec<(i32, UpdateIdentity)>, StoreError> {
    let mut unknown: HashSet<UpdateIdentity> = store.unknown_revisions(listed).await?.into_iter().collect();
    Ok((0..).zip(listed).filter(|(_, one)| unknown.remove(*one)).map(|(place, one)| (place, *one)).collect())
}
