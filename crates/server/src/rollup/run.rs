//! One round from beginning to end.

use std::error::Error;
use std::sync::Arc;

use jiff::SignedDuration;
use sync::{Kind, Session, Upstream};

use super::tell::Round;
use super::{RollupDetails, RollupError, RollupState, keep, state};
use crate::admin::chain;
use crate::app::App;
use crate::config::UpstreamConfig;
use crate::sync::{Failover, account, settings, trust};

/// How often every computer is told of, changed or not.
const WHOLE_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Tells the first upstream that answers what changed since it was told last.
pub(crate) async fn run(app: &App) -> Result<RollupDetails, RollupError> {
    let running = Arc::clone(&app.rollups.running);
    let _running = running.try_lock().map_err(|_| RollupError::UnderWay)?;
    let settings = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
    let settings = settings.ok_or(RollupError::NoUpstream)?;
    if settings.kind == Kind::Microsoft {
        return Err(RollupError::Microsoft);
    }
    if !app.store.lease_rollup(app.now()).await? {
        return Err(RollupError::UnderWay);
    }
    let mut before = state(&app.store).await?.unwrap_or_default();
    let mut details = RollupDetails { began_at: Some(app.now()), ..RollupDetails::default() };
    let outcome = round(app, &settings, &mut before, &mut details).await;
    let now = app.now();
    details.ended_at = Some(now);
    match &outcome {
        Ok(()) => {
            before.told_at = Some(now);
            if details.is_whole {
                (before.whole_at, before.whole_after) = (Some(now), 0);
            }
            let RollupDetails { upstream, servers, computers, states, .. } = &details;
            tracing::info!(upstream, servers, computers, states, "told the server above how computers are doing");
        }
        Err(error) => {
            details.error = Some(chain(error));
            tracing::warn!(
                error = error as &dyn Error,
                "could not tell the server above how computers are doing; what it has acknowledged is not told again"
            );
        }
    }
    before.last = details.clone();
    keep(&app.store, &before).await?;
    app.store.renew_rollup(None).await?;
    outcome.map(|()| details)
}

/// The same after a synchronisation. What goes wrong is in the log and noted; the synchronisation went well all the
/// same.
pub(crate) async fn after_synchronisation(app: &App) {
    // It is boxed because its caller waits for it beside much else.
    let _ = Box::pin(run(app)).await;
}

async fn round(
    app: &App,
    settings: &UpstreamConfig,
    before: &mut RollupState,
    details: &mut RollupDetails,
) -> Result<(), RollupError> {
    // What was heard of a moment ago counts as well.
    app.computers.flush(&app.store).await?;
    let upstreams = trust::upstreams(app, settings).await?;
    details.upstream = upstreams.first().map(Upstream::to_string).unwrap_or_default();
    let (upstream, session) = open(app, &upstreams).await?;
    details.upstream = upstream;
    let wanted = session.rollup_configuration().await?;
    let own = app.store.identity().await?.incarnation;
    let mut round = Round { app, session: &session, wanted, own, number: 0, state: before, details };
    round.servers(settings.replica).await?;
    round.details.is_detailed = wanted.do_detailed_rollup;
    if !wanted.do_detailed_rollup {
        app.store.end_rollups().await?;
        return Ok(());
    }
    let (server, reset) = (wanted.server_id, wanted.rollup_reset_guid);
    let from_scratch = (round.state.server, round.state.reset) != (server, reset);
    round.number = app.store.begin_rollup(from_scratch).await?;
    if from_scratch {
        *round.state = RollupState { server, reset, ..RollupState::default() };
        keep(&app.store, round.state).await?;
    }
    let is_old = |at| app.now().duration_since(at) >= WHOLE_EVERY;
    round.details.is_whole = round.state.whole_at.is_none_or(is_old);
    round.computers().await?;
    round.compare().await?;
    round.states().await
}

/// A conversation with the first that answers. Saying who this is comes first: nobody believes a server he does not
/// know.
async fn open(app: &App, upstreams: &[Upstream]) -> Result<(String, Session), RollupError> {
    let mut order = Failover::new(upstreams);
    while let Some(upstream) = order.next() {
        match Session::open(upstream, account(app).await?).await {
            Ok(session) => return Ok((upstream.to_string(), session)),
            Err(error) => order.lost(app, error)?,
        }
    }
    Err(order.failed().map_or(RollupError::NoUpstream, RollupError::Upstream))
}
