//! Sessions of downstream servers, and the anchors they are given.

use std::sync::Arc;

use catalog::Snapshot;
use model::{ChangeMark, Timestamp};
use store::DownstreamState;
use trust::{CookieError, ServerCookie};
use wire::ErrorCode;
use wire::server::{Anchor, Cookie};

use crate::app::App;
use crate::soap::refusal::Refusal;

/// Opens a session (server-server.md §4.4): genuine, of this database, not expired, and not of a server that was refused.
pub(super) async fn open(app: &App, cookie: Option<&Cookie>) -> Result<ServerCookie, Refusal> {
    let sealed = cookie.map_or(&[][..], |cookie| &cookie.encrypted_data);
    let session = app.sessions.keys.load().open_server_session(sealed, app.now()).map_err(|error| refusal(&error))?;
    match app.store.downstream_state(session.server).await? {
        Some(DownstreamState::Allowed) => Ok(session),
        // It starts over, and is told there; one that was removed is registered again.
        Some(DownstreamState::Refused) | None => Err(Refusal::fault(ErrorCode::InvalidCookie, "", "server refused")),
    }
}

fn refusal(error: &CookieError) -> Refusal {
    let code = match error {
        CookieError::OtherServer => ErrorCode::ServerChanged,
        _ => ErrorCode::InvalidCookie,
    };
    Refusal::fault(code, "", "cookie")
}

/// The anchor of a generation. Native numbers begin at 1, generations at 0.
pub(super) fn anchor(mark: ChangeMark, now: Timestamp) -> Result<Anchor, Refusal> {
    let number = u32::try_from(mark.0).ok().and_then(|number| number.checked_add(1));
    let number = number.filter(|number| *number <= i32::MAX.unsigned_abs());
    number.map(|number| Anchor::numbered(number, now)).ok_or_else(|| {
        let mut refusal = Refusal::fault(ErrorCode::InternalServerError, "", "anchor");
        refusal.trouble = Some("the catalog has changed too often for the numbers of native servers".to_owned());
        refusal
    })
}

/// The generation of an anchor; `parameter` is what to name when it is none of ours.
pub(super) fn generation(anchor: &Anchor, parameter: &'static str) -> Result<ChangeMark, Refusal> {
    let number = anchor.number().and_then(|number| number.checked_sub(1));
    number.map(|number| ChangeMark(number.into())).ok_or_else(|| Refusal::parameter(parameter))
}

/// The catalog, at least as new as what the server says it was told of.
pub(super) async fn snapshot(app: &App, since: Option<ChangeMark>) -> Result<Arc<Snapshot>, Refusal> {
    let snapshot = app.publisher.current(app).await?;
    if since <= Some(snapshot.mark()) {
        return Ok(snapshot);
    }
    // Another server of this store was quicker, or the database was restored to an earlier state.
    let snapshot = app.publisher.refresh(app).await?;
    if since <= Some(snapshot.mark()) {
        Ok(snapshot)
    } else {
        Err(Refusal::fault(ErrorCode::ServerChanged, "", "anchor"))
    }
}
