//! Reports: events are kept for a while, and what they change is kept as facts.

mod effects;
mod facts;
mod installs;

use std::collections::{HashMap, HashSet};

use model::{ComputerId, Timestamp, UpdateIdentity};
use policy::reports::Effect;
use tokio::task;
use uuid::Uuid;

use self::effects::apply;
pub(crate) use self::effects::{load, number_reported, write_facts};
use crate::codec::{Packer, identity, micros, timestamp, unpack, uuid};
use crate::computers::{computer_id, hold_computers, number_computers};
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// Updates that only reports name; facts about further ones are dropped.
pub const UNKNOWN_UPDATES_MAX: usize = 100_000;
/// Events removed by one statement, so that others get their turn.
const EXPIRED_PER_STATEMENT: i64 = 20_000;

/// A batch of events of one computer.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The computer, by its cookie.
    pub computer: ComputerId,
    /// When the batch came; an event that claims to be later counts as of then.
    pub received_at: Timestamp,
    /// The events.
    pub events: Vec<StoredEvent>,
    /// What events change: the position of the event in `events`, and the effect.
    pub effects: Vec<(usize, Effect)>,
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Unique for each occurrence: the computer sends it again with the same when it got no answer.
    pub instance: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// `EventID`.
    pub event_id: i16,
    /// The revision it is about.
    pub update: Option<UpdateIdentity>,
    /// `Win32HResult`.
    pub hresult: i32,
    /// All of it, as JSON.
    pub raw: Vec<u8>,
}

/// What became of a set of reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Events that were new.
    pub events: usize,
    /// Events that had come before, and changed nothing.
    pub repeats: usize,
    /// Updates without a number here that were over [`UNKNOWN_UPDATES_MAX`]: nothing is kept about them.
    pub updates_dropped: usize,
}

/// Which events to list; what is not given does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Those of this computer.
    pub computer: Option<ComputerId>,
    /// At most so many.
    pub limit: u32,
}

/// An event as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Whose it is.
    pub computer: ComputerId,
    /// When it came.
    pub received_at: Timestamp,
    /// What it says.
    pub event: StoredEvent,
}

impl Store {
    /// Keeps a set of reports, in one transaction, and applies their effects in order of time.
    ///
    /// An event that came before (same computer and instance) is dropped, and has no effect again. How facts
    /// change is written at `reports/facts.rs`. Computers need not be known.
    ///
    /// # Errors
    /// Those of the database; then nothing of the set is kept.
    pub async fn record(&self, reports: &[Report]) -> Result<Recorded, StoreError> {
        if reports.is_empty() {
            return Ok(Recorded::default());
        }
        let packed = pack_events(reports).await?;
        let mut change = self.database.write("recording reports").await?;
        hold_computers(&mut change).await?;
        let seen = reports.iter().map(|report| (&report.computer, report.received_at));
        let numbers = number_computers(&mut change, seen).await?;
        let fresh = keep_events(&mut change, reports, &packed, &numbers).await?;
        let updates_dropped = apply(&mut change, reports, &fresh, &numbers).await?;
        installs::count(&mut change, reports, &fresh, &numbers).await?;
        change.commit().await?;
        let events = fresh.iter().map(HashSet::len).sum();
        let all: usize = reports.iter().map(|report| report.events.len()).sum();
        Ok(Recorded { events, repeats: all - events, updates_dropped })
    }

    /// Events, the latest to arrive first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn events(&self, query: &EventQuery) -> Result<Vec<EventRow>, StoreError> {
        type Found = (String, i64, Vec<u8>, i64, i32, i32, Option<i32>, Option<Vec<u8>>, Vec<u8>);
        let computer = query.computer.as_ref().map(ToString::to_string);
        let values = [computer.into(), i64::from(query.limit).into()];
        let rows: Vec<Found> = self.database.rows(statement::EVENTS, values).await?;
        let row = |(computer, received, instance, at, event_id, hresult, number, update, raw): Found| {
            let update = update.zip(number).map(|(update, number)| identity(&update, number)).transpose()?;
            let event_id = i16::try_from(event_id).map_err(|error| StoreError::corrupt("reading an event", error))?;
            let (instance, at, raw) = (uuid(&instance)?, timestamp(at)?, unpack(&raw)?);
            Ok(EventRow {
                computer: computer_id(&computer)?,
                received_at: timestamp(received)?,
                event: StoredEvent { instance, at, event_id, update, hresult, raw },
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// Removes the events that came before a time; what they changed stays. How many there were.
    ///
    /// A repeat of a removed event counts as new, so keep them for longer than a computer tries again: days.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expire_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let values = [micros(before).into(), EXPIRED_PER_STATEMENT.into()];
            let part = self.database.change("expiring events", statement::EVENTS_EXPIRE, values).await?;
            removed += part;
            if part < EXPIRED_PER_STATEMENT.unsigned_abs() {
                return Ok(removed);
            }
        }
    }
}

/// The events of each report, compressed.
async fn pack_events(reports: &[Report]) -> Result<Vec<Vec<Vec<u8>>>, StoreError> {
    let raw: Vec<Vec<Vec<u8>>> =
        reports.iter().map(|report| report.events.iter().map(|event| event.raw.clone()).collect()).collect();
    let packed = task::spawn_blocking(move || {
        let mut packer = Packer::default();
        let mut pack_all = |events: Vec<Vec<u8>>| events.iter().map(|event| packer.pack(event)).collect();
        raw.into_iter().map(&mut pack_all).collect()
    });
    packed.await.map_err(|error| StoreError::invalid(format!("events cannot be compressed: {error}")))?
}

/// Keeps the events that did not come before; their positions, for each report.
async fn keep_events(
    change: &mut Transaction,
    reports: &[Report],
    packed: &[Vec<Vec<u8>>],
    numbers: &HashMap<ComputerId, i32>,
) -> Result<Vec<HashSet<usize>>, StoreError> {
    let number = |report: &Report| numbers.get(&report.computer).copied().unwrap_or_default();
    let named =
        reports.iter().flat_map(|report| report.events.iter().map(move |event| (number(report), event.instance)));
    let set = Value::set(named.map(|(number, instance)| (number, Hex(instance))))?;
    let known: Vec<(i32, Vec<u8>)> = change.rows(statement::EVENTS_KNOWN, [set]).await?;
    let mut known: HashSet<(i32, Uuid)> = known
        .into_iter()
        .map(|(number, instance)| Ok((number, uuid(&instance)?)))
        .collect::<Result<_, StoreError>>()?;

    let mut bytes: Vec<u8> = Vec::new();
    let mut rows = Vec::new();
    let mut fresh = Vec::with_capacity(reports.len());
    for (report, packed) in reports.iter().zip(packed) {
        let mut positions = HashSet::new();
        for (position, (event, raw)) in report.events.iter().zip(packed).enumerate() {
            if !known.insert((number(report), event.instance)) {
                continue;
            }
            positions.insert(position);
            let update = event.update.map(|update| (Hex(update.update_id.0), update.revision_number.number()));
            let (update, revision_number) = update.unzip();
            rows.push((
                (number(report), Hex(event.instance), micros(report.received_at), micros(event.at)),
                (event.event_id, event.hresult, revision_number, update),
                (bytes.len() + 1, raw.len()),
            ));
            bytes.extend_from_slice(raw);
        }
        fresh.push(positions);
    }
    change.run(statement::EVENTS_ADD, [Value::set(rows)?, bytes.into()]).await?;
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use model::UpdateState;

    use super::*;
    use crate::StatusQuery;
    use crate::testing::{at, computer, identity, on_both, revision, update};

    fn event(instance: u128, seconds: i64) -> StoredEvent {
        StoredEvent {
            instance: Uuid::from_u128(instance),
            at: at(seconds),
            event_id: 182,
            update: Some(identity(1, 1)),
            hresult: -2_145_124_329,
            raw: br#"{"EventID":182}"#.to_vec(),
        }
    }

    fn report(events: Vec<StoredEvent>, effects: Vec<(usize, Effect)>) -> Report {
        Report { computer: computer("aa"), received_at: at(1_000), events, effects }
    }

    fn needed(updates: &[u128]) -> Effect {
        Effect::Compliance {
            needed: updates.iter().copied().map(update).collect(),
            installed: Vec::new(),
            downloaded: Vec::new(),
            pending_reboot: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn failed(number: u128) -> Effect {
        Effect::State { update: update(number), state: UpdateState::Failed }
    }

    #[tokio::test]
    async fn an_event_that_comes_again_has_no_second_effect() {
        on_both(async |store| {
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            let first = report(vec![event(1, 1), event(2, 2)], vec![(0, needed(&[1])), (1, failed(1))]);
            let recorded = store.record(&[first.clone(), first.clone()]).await.unwrap();
            assert_eq!(recorded, Recorded { events: 2, repeats: 2, updates_dropped: 0 });
            let installed = Effect::State { update: update(1), state: UpdateState::Installed };
            store.record(&[report(vec![event(3, 3)], vec![(0, installed)])]).await.unwrap();
            assert_eq!(store.record(&[first]).await.unwrap().repeats, 2);

            let counts = store.status_counts(&StatusQuery::default()).await.unwrap();
            assert_eq!(counts.of(UpdateState::Installed), 1);
            let events = store.events(&EventQuery { computer: Some(computer("aa")), limit: 10 }).await.unwrap();
            assert_eq!(events.len(), 3);
            assert_eq!(events[0].event, event(3, 3));
        })
        .await;
    }

    #[tokio::test]
    async fn sec_c7_an_event_from_the_future_counts_as_of_its_arrival() {
        on_both(async |store| {
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            store.record(&[report(vec![event(1, 900_000)], vec![(0, needed(&[1]))])]).await.unwrap();
            let counts = store.status_counts(&StatusQuery::default()).await.unwrap();
            assert_eq!(counts.newest_report, Some(at(1_000)));
        })
        .await;
    }

    #[tokio::test]
    async fn a_report_may_name_updates_nobody_knows() {
        on_both(async |store| {
            let report = report(vec![event(1, 1)], vec![(0, needed(&[1, 2])), (7, failed(3))]);
            assert_eq!(store.record(&[report]).await.unwrap().updates_dropped, 0);
            let counts = store.status_counts(&StatusQuery::default()).await.unwrap();
            assert_eq!((counts.computers, counts.updates, counts.pairs.len()), (1, 0, 0));
            // Once the update is there, what was said about it counts.
            store.import(vec![revision(2, 1)], at(0)).await.unwrap();
            let counts = store.status_counts(&StatusQuery::default()).await.unwrap();
            assert_eq!((counts.updates, counts.of(UpdateState::Needed)), (1, 1));
        })
        .await;
    }

    #[tokio::test]
    async fn expired_events_go_and_their_effects_stay() {
        on_both(async |store| {
            store.import(vec![revision(1, 1)], at(0)).await.unwrap();
            store.record(&[report(vec![event(1, 1)], vec![(0, needed(&[1]))])]).await.unwrap();
            assert_eq!(store.expire_events(at(1_000)).await.unwrap(), 0);
            assert_eq!(store.expire_events(at(1_001)).await.unwrap(), 1);
            assert_eq!(store.events(&EventQuery { computer: None, limit: 10 }).await.unwrap(), []);
            let counts = store.status_counts(&StatusQuery::default()).await.unwrap();
            assert_eq!(counts.of(UpdateState::Needed), 1);
        })
        .await;
    }
}
