//! What was fetched becomes part of the catalog: one generation, with the anchors that cover it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use model::UpdateIdentity;
use store::{Applying, StoreError};
use sync::Step;

use super::details::{MirroredDetails, RunDetails};
use super::drift::{self, InFull};
use super::lists::Plan;
use super::run::RunError;
use super::settings::{self, ANCHORS, Anchors};
use super::{Stage, mirror, related};
use crate::admin::api::{DocumentOutcome, Outcome};
use crate::app::App;
use crate::import::{self, Joint, Offered, Taken};

/// Documents that are parsed and compressed at once, beside the transaction.
const SET: u32 = 1_000;
/// Revisions that are remembered as owed. With more, the anchors stay where they are, and all is listed again.
const OWED_MAX: usize = 10_000;

/// `owed` are the revisions that could not be had: they are asked for again the next time, whatever the anchors say. What
/// came and could not be read is owed as well: as likely as not, it was damaged on its way.
pub(super) async fn all(
    app: &Arc<App>,
    run: i32,
    plan: &Plan,
    owed: BTreeSet<UpdateIdentity>,
    is_replica: bool,
    details: &mut RunDetails,
) -> Result<(), RunError> {
    let mut anchors = Anchors { owed, ..plan.anchors.clone() };
    let decided = match is_replica {
        true => {
            let in_full = drift::in_full(app, &anchors, plan.all().next().is_some()).await?;
            details.drifted = in_full == InFull::Drifted;
            mirror::ask(&plan.session, &mut anchors, in_full).await?
        }
        false => None,
    };
    let mut joint = Joint::begin(app).await.map_err(RunError::Import)?;
    let mut applying = app.store.apply(app.now()).await?;
    let Taken { withdrawn, unread, mut named } = documents(app, plan, &mut joint, &mut applying, details).await?;
    anchors.owe(unread, &plan.before);
    named.note_lacking(&plan.lacking);
    anchors.lacking = named.lacking(&mut applying, related::LACKING_MAX).await?;
    details.lacking = anchors.lacking.len();
    applying.note_expired(&withdrawn).await?;
    match &decided {
        Some(state) => {
            let mirrored = applying.mirror(state).await.map_err(|error| misled(plan, error))?;
            // A difference does not name again what was unknown before.
            let before = if state.is_complete { 0 } else { anchors.unknown };
            anchors.unknown = before.saturating_add(mirrored.unknown);
            anchors.approvals = Some(drift::digest(&applying.approvals().await?));
            details.mirrored = Some(MirroredDetails { unknown: anchors.unknown, ..mirrored.into() });
        }
        // A replica declines what its upstream declines.
        None => details.expired = applying.decline(&withdrawn).await?,
    }
    applying.change_driver_sets(&plan.driver_sets_told, &plan.driver_sets_gone).await?;
    let mut followed = settings::followed(&app.store).await?;
    followed.0.insert(plan.name(), anchors);
    applying.set_setting(ANCHORS, &settings::to_json(&followed)?).await?;
    let mark = applying.mark();
    if applying.commit(run, &settings::to_json(details)?).await? {
        joint.keep(mark);
    }
    Ok(())
}

/// What makes no sense of what a replica was told is its upstream's fault.
fn misled(plan: &Plan, error: StoreError) -> RunError {
    match error {
        StoreError::Invalid { what } => plan.session.lies(Step::GetDeployments, what).into(),
        error => error.into(),
    }
}

/// Takes all that is staged of what the plan wants, set by set. What else is staged was left by a run whose upstream
/// listed it, and is listed no more.
async fn documents(
    app: &Arc<App>,
    plan: &Plan,
    joint: &mut Joint<'_>,
    applying: &mut Applying,
    details: &mut RunDetails,
) -> Result<Taken, RunError> {
    let wanted: HashSet<UpdateIdentity> = plan.all().map(|(_, identity)| *identity).collect();
    let related_names: HashSet<String> = plan.related.iter().map(|(_, identity)| identity.to_string()).collect();
    let total = app.store.staged().await?.iter().filter(|identity| wanted.contains(identity)).count();
    let mut done = 0;
    app.syncs.at(Stage::Applying { done, total });
    let (staged, wanted) = (Arc::clone(app), Arc::new(wanted));
    let next = move |after| set_after(Arc::clone(&staged), Arc::clone(&wanted), after);
    let each = |outcome: DocumentOutcome| {
        match outcome.outcome {
            Outcome::Refused { reason } => details.refuse(outcome.name, reason),
            Outcome::Added { .. } => {
                details.taken += 1;
                details.related += usize::from(related_names.contains(&outcome.name));
            }
            Outcome::Unchanged { .. } => {}
        }
        done += 1;
        app.syncs.at(Stage::Applying { done, total });
    };
    joint.take_all(applying, stream::try_unfold(None, next).boxed(), each).await
}

impl Anchors {
    /// Owes more revisions; if that is too much to remember, goes back to where this server was `before`.
    fn owe(&mut self, more: Vec<UpdateIdentity>, before: &Self) {
        self.owed.extend(more);
        if self.owed.len() > OWED_MAX {
            let deployments = self.deployments.take();
            *self = Self { deployments, ..before.clone() };
        }
    }
}

/// The place of a document among those that are staged.
type Place = (i32, UpdateIdentity);

/// The next set behind `after`, and where it ends; `None` at the end.
async fn set_after(
    app: Arc<App>,
    wanted: Arc<HashSet<UpdateIdentity>>,
    after: Option<Place>,
) -> Result<Option<(import::Set, Option<Place>)>, RunError> {
    let staged = app.store.staged_after(after, SET).await?;
    let Some(last) = staged.last() else { return Ok(None) };
    let place = (last.position, last.identity);
    let offered = staged.into_iter().filter(|one| wanted.contains(&one.identity)).map(|one| Offered {
        name: one.identity.to_string(),
        bytes: one.document,
        expected: Some(one.identity),
    });
    let set = import::prepare(&app, offered.collect()).await.map_err(RunError::Import)?;
    Ok(Some((set, Some(place))))
}
