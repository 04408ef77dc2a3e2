//! ReportEventBatch: events become facts.

use jiff::SignedDuration;
use policy::reports::{Effect, Event, effect};
use store::{Report, StoredEvent};
use uuid::Uuid;
use wire::reporting::{ReportEventBatch, ReportEventBatch2};

use super::exchange::Origin;
use super::handshake;
use super::refusal::Refusal;
use super::session::Session;
use crate::app::App;
use crate::computers::allowance::EVENTS_DAILY_MAX;

/// ReportEventBatch (MS-WUSP 3.1.5.11). `true` means: durable.
///
/// A computer speaks for itself only: an event with another computer's id refuses the whole batch.
pub(super) async fn take(app: &App, session: &Session, request: ReportEventBatch) -> Result<bool, Refusal> {
    session.require_present_config(app)?;
    let events = request.events.ok_or_else(|| Refusal::parameter("eventBatch"))?;
    let computer = session.computer();
    let is_own = |event: &wire::reporting::Event| {
        event.sid.as_deref().is_some_and(|sid| sid.eq_ignore_ascii_case(computer.as_str()))
    };
    if !events.iter().all(is_own) {
        tracing::warn!(computer.id = %computer, "refused a batch of reports in another computer's name");
        return Err(Refusal::fault(wire::ErrorCode::InvalidParameters, "eventBatch", "other computer"));
    }
    let now = app.now();
    if let Err(used_up) = app.computers.allowance.spend(computer, events.len(), now) {
        if used_up.is_news {
            tracing::warn!(
                computer.id = %computer, events_daily_max = EVENTS_DAILY_MAX,
                "a computer has reported as many events today as are taken; it is asked to come back later"
            );
        }
        return Err(Refusal::fault(wire::ErrorCode::ServerBusy, "", "too many events"));
    }
    if session.known.is_none() {
        // Behind the allowance: one that has none left makes nobody give way.
        handshake::admit(app).await.inspect_err(|_| app.computers.allowance.give_back(computer, events.len()))?;
    }
    // By how much the computer's clock is behind this one; zero if it does not tell.
    let behind = request.client_time.map_or(SignedDuration::ZERO, |told| now.duration_since(told));
    let mut report = Report {
        computer: computer.clone(),
        received_at: now,
        events: Vec::with_capacity(events.len()),
        effects: Vec::new(),
    };
    for (place, event) in events.into_iter().enumerate() {
        let raw = raw(&event);
        let event = reported(event, behind);
        match effect(&event.1) {
            Effect::Nothing => {}
            effect => report.effects.push((place, effect)),
        }
        let (instance, Event { event_id, update, hresult, at, .. }) = event;
        report.events.push(StoredEvent { instance, at, event_id, update, hresult, raw });
    }
    let (computer, events) = (report.computer.clone(), report.events.len());
    let recorded = app.reports.record(&app.store, report).await.inspect_err(|_| {
        app.computers.allowance.give_back(&computer, events);
    })?;
    app.metrics.events.inc_by(recorded.events as u64);
    Ok(true)
}

/// The part of an event that means something, under the id of this occurrence, by this server's clock:
/// a state is compared with when an update was imported here (client-server protocol §9).
fn reported(event: wire::reporting::Event, behind: SignedDuration) -> (Uuid, Event) {
    let reported = Event {
        event_id: event.event_id,
        update: event.update,
        hresult: event.hresult,
        at: event.time_at_target.checked_add(behind).unwrap_or(event.time_at_target),
        misc: event.misc_data,
    };
    (event.instance_id, reported)
}

/// What an administrator may want to read of an event later.
fn raw(event: &wire::reporting::Event) -> Vec<u8> {
    let details = serde_json::json!({
        "source": event.source_id,
        "app": event.app_name,
        "replacement_strings": event.replacement_strings,
        "misc": event.misc_data,
    });
    details.to_string().into_bytes()
}

/// ReportEventBatch2 carries no cookie, so nobody can tell whose reports these are: not taken.
pub(super) fn decline(app: &App, origin: &Origin, request: &ReportEventBatch2) -> bool {
    app.metrics.refuse("unauthenticated report");
    tracing::warn!(
        peer = %origin.peer, claimed = request.computer_id.as_deref().unwrap_or_default(),
        "did not take reports that come without a cookie"
    );
    false
}

/// GetRequiredInventoryType: none is wanted, as GetConfig's `IsInventoryRequired` says.
pub(super) fn required_inventory(_: &Session) -> i32 {
    const NONE: i32 = 0;
    NONE
}

/// ReportInventory: not wanted, and not taken.
pub(super) fn inventory(_: &Session) -> bool {
    false
}
