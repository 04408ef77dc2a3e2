//! What was fetched becomes part of the catalog: one generation, with the anchors that cover it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use model::{UpdateId, UpdateIdentity};
use store::Applying;

use super::lists::Plan;
use super::run::{RunDetails, RunError};
use super::settings::{self, ANCHORS, Anchors};
use super::{Stage, mirror};
use crate::admin::api::{DocumentOutcome, Outcome};
use crate::app::App;
use crate::import::{self, Joint, Offered};

/// Documents that are parsed and compressed at once, beside the transaction.
const SET: u32 = 1_000;

/// `owed` are the revisions that could not be had: they are asked for again the next time, whatever the anchors say.
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
        true => mirror::ask(&plan.session, &mut anchors).await?,
        false => None,
    };
    let mut joint = Joint::begin(app).await.map_err(RunError::Import)?;
    let mut applying = app.store.apply(app.now()).await?;
    let withdrawn = documents(app, &mut joint, &mut applying, details).await?;
    match &decided {
        Some(state) => details.mirrored = Some(applying.mirror(state).await?.into()),
        // A replica declines what its upstream declines.
        None => details.expired = applying.decline(&withdrawn).await?,
    }
    let mut followed = settings::followed(&app.store).await?;
    followed.0.insert(plan.name(), anchors);
    applying.set_setting(ANCHORS, &settings::to_json(&followed)?).await?;
    let mark = applying.mark();
    if applying.commit(run, &settings::to_json(details)?).await? {
        joint.keep(mark);
    }
    Ok(())
}

/// Takes all that is staged, set by set, and returns the updates that their publisher withdrew.
async fn documents(
    app: &Arc<App>,
    joint: &mut Joint<'_>,
    applying: &mut Applying,
    details: &mut RunDetails,
) -> Result<Vec<UpdateId>, RunError> {
    let total = app.store.staged().await?.len();
    let mut done = 0;
    app.syncs.at(Stage::Applying { done, total });
    let staged = Arc::clone(app);
    let sets = stream::try_unfold(None, move |after| set_after(Arc::clone(&staged), after)).boxed();
    let each = |outcome: DocumentOutcome| {
        match outcome.outcome {
            Outcome::Refused { reason } => details.refuse(outcome.name, reason),
            Outcome::Added { .. } => details.taken += 1,
            Outcome::Unchanged { .. } => {}
        }
        done += 1;
        app.syncs.at(Stage::Applying { done, total });
    };
    joint.take_all(applying, sets, each).await
}

/// The place of a document among those that are staged.
type Place = (i32, UpdateIdentity);

/// The next set behind `after`, and where it ends; `None` at the end.
async fn set_after(app: Arc<App>, after: Option<Place>) -> Result<Option<(import::Set, Option<Place>)>, RunError> {
    let staged = app.store.staged_after(after, SET).await?;
    let Some(last) = staged.last() else { return Ok(None) };
    let place = (last.position, last.identity);
    let offered = staged.into_iter().map(|one| Offered {
        name: one.identity.to_string(),
        bytes: one.document,
        expected: Some(one.identity),
    });
    let set = import::prepare(&app, offered.collect()).await.map_err(RunError::Import)?;
    Ok(Some((set, Some(place))))
}
