//! Contacts: who spoke when, written in sets behind the requests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{ComputerId, ProtocolVersion, RevisionId, Timestamp};

use policy::targeting::REQUESTED_NAMES_MAX;

use crate::codec::{micros, to_postcard};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// A computer spoke to this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub computer: ComputerId,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub address: String,
    /// Its name, if it told.
    pub dns_name: Option<String>,
    /// The group names it requests, joined by `;`. Counts for [`ContactEvent::Authorization`] only, where `None`
    /// takes back what it requested before.
    pub requested_groups: Option<String>,
    /// The protocol it speaks, if it told.
    pub protocol: Option<ProtocolVersion>,
    /// Its user agent; empty if it named none.
    pub agent: String,
    /// The revisions it has installed, if it told.
    pub installed: Option<Vec<RevisionId>>,
    /// What it wanted.
    pub event: ContactEvent,
}

/// What a computer wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactEvent {
    /// To be told who it is: the only request that names groups.
    Authorization,
    /// To register.
    Registration,
    /// Updates.
    Scan,
    /// To report.
    Report,
    /// Anything else.
    Other,
}

/// All contacts of one computer of a set, put together: what came last counts.
struct Seen<'a> {
    first: Timestamp,
    last: &'a Contact,
    dns_name: Option<&'a str>,
    protocol: Option<ProtocolVersion>,
    agent: &'a str,
    /// The request, if it made or took back one.
    requested: Option<Option<&'a str>>,
    scan: Option<(Timestamp, &'a [RevisionId])>,
}

impl Store {
    /// Notes a set of contacts in one transaction; computers not heard of before are added.
    ///
    /// Several of one computer may be in the set; one that is older than what is known changes nothing of that.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn see_computers(&self, contacts: &[Contact]) -> Result<(), StoreError> {
        if contacts.is_empty() {
            return Ok(());
        }
        let seen = fold(contacts);
        let mut change = self.database.write("noting contacts").await?;
        hold_computers(&mut change).await?;
        let numbers = number_computers(&mut change, seen.iter().map(|(id, seen)| (*id, seen.first))).await?;
        let numbered = || seen.iter().filter_map(|(id, seen)| Some((*numbers.get(*id)?, seen)));

        let rows = numbered().map(|(number, seen)| {
            let (major, minor) = seen.protocol.map(|version| (version.major, version.minor)).unzip();
            (number, micros(seen.last.at), &seen.last.address, seen.agent, seen.dns_name, major, minor)
        });
        change.run(statement::COMPUTERS_SEEN, [Value::set(rows)?]).await?;
        let requests: Vec<_> = numbered().filter_map(|(number, seen)| Some((number, seen.requested?))).collect();
        note_requests(&mut change, &requests).await?;
        let scans: Vec<_> = numbered().filter_map(|(number, seen)| Some((number, seen.scan?))).collect();
        note_scans(&mut change, &scans).await?;
        change.commit().await
    }
}

fn fold(contacts: &[Contact]) -> BTreeMap<&ComputerId, Seen<'_>> {
    let mut ordered: Vec<&Contact> = contacts.iter().collect();
    ordered.sort_by_key(|contact| contact.at);
    let mut all: BTreeMap<&ComputerId, Seen<'_>> = BTreeMap::new();
    for contact in ordered {
        let seen = all.entry(&contact.computer).or_insert_with(|| Seen {
            first: contact.at,
            last: contact,
            dns_name: None,
            protocol: None,
            agent: "",
            requested: None,
            scan: None,
        });
        seen.last = contact;
        seen.dns_name = contact.dns_name.as_deref().or(seen.dns_name);
        seen.protocol = contact.protocol.or(seen.protocol);
        if !contact.agent.is_empty() {
            seen.agent = &contact.agent;
        }
        if contact.event == ContactEvent::Authorization {
            seen.requested = Some(contact.requested_groups.as_deref());
        }
        if let Some(installed) = &contact.installed {
            seen.scan = Some((contact.at, installed));
        }
    }
    all
}

/// Writes the requests that differ from the last: next to none, since a computer repeats itself.
async fn note_requests(change: &mut Transaction, requests: &[(i32, Option<&str>)]) -> Result<(), StoreError> {
    if requests.is_empty() {
        return Ok(());
    }
    let set = Value::set(requests.iter().map(|(number, _)| (number,)))?;
    let known: Vec<(i32, Option<String>)> = change.rows(statement::REQUESTS_OF_COMPUTERS, [set]).await?;
    let known: HashMap<i32, Option<String>> = known.into_iter().collect();
    let differs =
        |(number, request): &&(i32, Option<&str>)| known.get(number).is_none_or(|known| known.as_deref() != *request);
    let changed: Vec<_> = requests.iter().filter(differs).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let set = Value::set(changed.iter().map(|(number, request)| (number, request)))?;
    change.run(statement::REQUESTS_SET, [set.clone()]).await?;
    change.run(statement::REQUESTED_GROUPS_CLEAR, [set]).await?;
    let names = changed.iter().flat_map(|(number, request)| {
        let names = request.unwrap_or_default().split(';').map(|name| name.trim().to_lowercase());
        let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).take(REQUESTED_NAMES_MAX).collect();
        names.into_iter().map(move |name| (number, name))
    });
    change.run(statement::REQUESTED_GROUPS_ADD, [Value::set(names)?]).await.map(drop)
}

async fn note_scans(change: &mut Transaction, scans: &[(i32, (Timestamp, &[RevisionId]))]) -> Result<(), StoreError> {
    if scans.is_empty() {
        return Ok(());
    }
    let mut bytes: Vec<u8> = Vec::new();
    let mut rows = Vec::with_capacity(scans.len());
    for (number, (at, installed)) in scans {
        let body = to_postcard(installed)?;
        rows.push((number, micros(*at), bytes.len() + 1, body.len()));
        bytes.extend(body);
    }
    change.run(statement::SCANS_SET, [Value::set(rows)?, bytes.into()]).await.map(drop)
}

/// Makes sets about computers wait for each other until commit, on every server of this store.
///
/// Each touches hundreds of rows in an order of its own: two of them would lock each other out. And two servers
/// must not merge reports of one computer at once.
pub(crate) async fn hold_computers(change: &mut Transaction) -> Result<(), StoreError> {
    Counter::Computer.advance(change, 0).await.map(drop)
}

/// The numbers of computers; those not yet known get one, and are first seen at the time given.
pub(crate) async fn number_computers<'a>(
    change: &mut Transaction,
    computers: impl IntoIterator<Item = (&'a ComputerId, Timestamp)>,
) -> Result<HashMap<ComputerId, i32>, StoreError> {
    let wanted: BTreeMap<&ComputerId, Timestamp> = computers.into_iter().collect();
    let mut numbers = known_computers(change, wanted.keys().copied()).await?;
    let missing: Vec<_> = wanted.into_iter().filter(|(id, _)| !numbers.contains_key(*id)).collect();
    if !missing.is_empty() {
        let fresh = Counter::Computer.take(change, missing.len()).await?;
        let rows = fresh.zip(&missing).map(|(number, (id, at))| (number, id.as_str(), micros(*at)));
        let rows = Value::set(rows)?;
        change.run(statement::COMPUTERS_ADD, [rows]).await?;
        // Read back: a server beside this one may have been quicker with some of them.
        numbers.extend(known_computers(change, missing.into_iter().map(|(id, _)| id)).await?);
    }
    Ok(numbers)
}

async fn known_computers(
    change: &mut Transaction,
    computers: impl Iterator<Item = &ComputerId>,
) -> Result<HashMap<ComputerId, i32>, StoreError> {
    let set = Value::set(computers.map(|id| (id.as_str(),)))?;
    let rows: Vec<(String, i32)> = change.rows(statement::COMPUTER_NUMBERS, [set]).await?;
    rows.into_iter().map(|(id, number)| Ok((super::computer_id(&id)?, number))).collect()
}
