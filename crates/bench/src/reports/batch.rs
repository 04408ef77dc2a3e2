use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use model::{ComputerId, RevisionNumber, UpdateId, UpdateIdentity};
use uuid::Uuid;
use wire::reporting::{Event, ReportEventBatch};
use wire::{Request, Response};

use crate::loopback::Connection;
use crate::scan::computer::{Computer, Office};

/// What a computer reports in turn: a scan, what it found, and one update downloaded and installed.
const EVENT_IDS: [i16; 4] = [147, 156, 162, 190];
/// Updates in each list of a compliance report.
const COMPLIANCE: usize = 20;

/// A computer that reports ever new events.
pub(crate) struct Reporter {
    number: usize,
    computer: Computer,
    request: Vec<u8>,
    /// Where in the request the ids of the events stand.
    places: Vec<usize>,
    /// Events accepted so far: their ids are those of the numbers below.
    accepted: u64,
}

impl Reporter {
    pub(crate) fn new(number: usize, computer: Computer) -> Self {
        Self { number, computer, request: Vec::new(), places: Vec::new(), accepted: 0 }
    }

    pub(super) fn computer(&self) -> &ComputerId {
        self.computer.id()
    }

    pub(super) fn request_bytes(&self) -> usize {
        self.request.len()
    }

    /// The ids of all events that were accepted.
    pub(super) fn accepted(&self) -> impl Iterator<Item = Uuid> {
        (0..self.accepted).map(|event| instance(self.number, event))
    }

    /// Makes the request of `count` events once: only the ids differ from batch to batch, and all have one length.
    pub(crate) fn prepare(&mut self, office: &Office, count: usize, updates: &[UpdateId]) {
        let ids: Vec<Uuid> = (0..count as u64).map(|event| instance(self.number, u64::MAX - event)).collect();
        let events = ids.iter().enumerate().map(|(at, id)| self.event(at, *id, updates)).collect();
        self.request = office.bytes(&Request::ReportEventBatch(ReportEventBatch {
            cookie: Some(self.computer.cookie().clone()),
            client_time: Some(now()),
            events: Some(events),
        }));
        let mut from = 0;
        self.places = ids
            .iter()
            .filter_map(|id| {
                let id = id.to_string();
                from += self.request.get(from..)?.windows(id.len()).position(|window| window == id.as_bytes())?;
                Some(from)
            })
            .collect();
    }

    fn event(&self, at: usize, id: Uuid, updates: &[UpdateId]) -> Event {
        let update = |number: usize| updates.get((self.number + number) % updates.len().max(1)).copied();
        let event_id = EVENT_IDS[at % EVENT_IDS.len()];
        let mut event = Event::new(event_id, id, now());
        event.sid = Some(self.computer.id().to_string());
        event.app_name = Some("AutomaticUpdates".to_owned());
        event.misc_data = ["C=0", "K=Fabrikam BIOS", "L=2025-03-01T00:00:00", "Q=1"].map(str::to_owned).into();
        event.computer_brand = Some("Fabrikam, Inc.".to_owned());
        event.computer_model = Some("Fabrikam 7000".to_owned());
        event.processor_architecture = Some("Amd64Compatible".to_owned());
        event.os_locale_id = 1_033;
        if event_id == 156 {
            let list = |from: usize| {
                let ids = (from..from + COMPLIANCE).filter_map(update).map(|id| id.to_string().to_uppercase());
                ids.collect::<Vec<_>>().join(";")
            };
            event.misc_data.extend([format!("U={}", list(0)), format!("V={}", list(COMPLIANCE))]);
        } else if event_id != 147 {
            event.update = update(at)
                .zip(RevisionNumber::new(1).ok())
                .map(|(update_id, revision_number)| UpdateIdentity { update_id, revision_number });
        }
        event
    }

    /// Reports one batch of new events, which must be accepted.
    pub(crate) fn report(&mut self, connection: &mut Connection) -> anyhow::Result<()> {
        for (place, event) in self.places.iter().zip(self.accepted..) {
            let id = instance(self.number, event).to_string();
            let place = self.request.get_mut(*place..place + id.len()).context("an event's id is out of its place")?;
            place.copy_from_slice(id.as_bytes());
        }
        let answer = connection.exchange(&self.request)?;
        ensure!(answer.status == 200, "a batch was answered with status {}", answer.status);
        let body = if answer.is_encoded {
            wire::xpress::decompress(answer.body, 1 << 16).context("the answer does not unpack")?
        } else {
            answer.body.to_vec()
        };
        let response = wire::decode_response("ReportEventBatch", &body)?.context("a batch was refused")?;
        ensure!(matches!(response, Response::ReportEventBatch(true)), "a batch was not taken");
        self.accepted += self.places.len() as u64;
        Ok(())
    }
}

/// The id of a computer's event with that number.
fn instance(computer: usize, event: u64) -> Uuid {
    Uuid::from_u64_pair(computer as u64, event)
}

/// The computer's clock, to the millisecond as events carry it.
fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_events_have_the_same_id() {
        let ids: std::collections::HashSet<Uuid> =
            (0..10).flat_map(|computer| (0..100).map(move |event| instance(computer, event))).collect();
        assert_eq!(ids.len(), 1_000);
        assert!(!ids.contains(&instance(3, u64::MAX)));
    }
}
