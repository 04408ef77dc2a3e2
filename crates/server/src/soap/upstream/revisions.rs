//! GetRevisionIdList (server-server.md §6).

use catalog::{Chosen, Listing};
use model::UpdateIdentity;
use wire::server::{Filter, GetRelatedRevisionsForUpdates, GetRevisionIdList, IdAndDelta, RevisionIdList};

use super::session;
use crate::app::App;
use crate::soap::refusal::Refusal;

/// The revisions a filter asks for.
///
/// Languages narrow nothing here. MS-WSUSSS 3.1.4.5.3.1 names no rule for them; what is in one language only is nearly
/// always the member of a bundle, and has to come with it; documents come whole, because a revision has the same bytes
/// everywhere; and a server that lacks a revision cannot say who needs it. What takes room are files, and those are
/// narrowed where they are fetched (`acquire::choice`).
pub(super) async fn list(app: &App, request: GetRevisionIdList) -> Result<RevisionIdList, Refusal> {
    session::open(app, request.cookie.as_ref()).await?;
    let filter = request.filter.ok_or_else(|| Refusal::parameter("filter"))?;
    let since = filter.anchor.as_ref().map(|anchor| session::generation(anchor, "filter")).transpose()?;
    let snapshot = session::snapshot(app, since).await?;
    // Of this very snapshot: what comes after it is told the next time.
    let anchor = session::anchor(snapshot.mark(), app.now())?;
    let new_revisions = snapshot.listing(&Listing { since, ..listing(filter) });
    Ok(RevisionIdList { anchor, new_revisions })
}

/// GetRelatedRevisionsForUpdates: the latest revisions of those updates that are here.
///
/// MS-WSUSSS 3.1.4.9 calls it unused and wants it ignored, so that no native server minds the answer; servers of this kind
/// ask for what an update needs and their subscription does not have.
pub(super) async fn related(
    app: &App,
    request: &GetRelatedRevisionsForUpdates,
) -> Result<Vec<UpdateIdentity>, Refusal> {
    session::open(app, request.cookie.as_ref()).await?;
    let snapshot = app.publisher.current(app).await?;
    Ok(request.update_ids.iter().filter_map(|update| Some(snapshot.arrival(*update)?.0)).collect())
}

fn listing(filter: Filter) -> Listing {
    let chosen = |categories: Vec<IdAndDelta>| {
        categories.into_iter().map(|one| Chosen { update: one.id, only_newer: one.delta }).collect()
    };
    Listing {
        facts: filter.get_config,
        since: None,
        categories: chosen(filter.categories),
        classifications: chosen(filter.classifications),
    }
}
