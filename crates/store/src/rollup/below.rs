//! Computers of servers below.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use model::{ComputerId, TargetGroupId, Timestamp};
use uuid::Uuid;

use super::{ComputerDetails, ComputerNews};
use crate::codec::{micros, unsigned, uuid};
use crate::computers::{computer_id, erase_computers, hold_computers, keep_registration, number_computers};
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// Most computers of servers below that are kept: five times the largest estate. A server below that makes up more is
/// stopped.
pub const COMPUTERS_BELOW_MAX: u64 = 500_000;

/// What the server below is to do about a computer (MS-WSUSSS 3.1.4.15.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComputerChange {
    /// Forget it: the administrator removed it here since it last spoke there.
    Deleted,
    /// Tell its details: it is new here, or was another server's.
    NewParent,
}

/// What became of news of computers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComputersTaken {
    /// What the server below is to do.
    pub changes: Vec<(ComputerId, ComputerChange)>,
    /// Computers that were this server's own and went over.
    pub left: Vec<ComputerId>,
}

/// A computer as it is known before news of it.
pub(super) struct Known {
    pub(super) number: i32,
    /// The server below that has it; `None` is this one.
    pub(super) server: Option<Uuid>,
    pub(super) contact_us: i64,
    pub(super) told_report_us: Option<i64>,
    pub(super) compliance_us: Option<i64>,
    /// Of the last states that came.
    pub(super) rollup_number: i64,
}

/// What becomes of news of a computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// They are older than what is known.
    Ignored,
    Deleted,
    /// They count; the computer is new to the server that tells them, or not.
    Taken {
        is_new: bool,
    },
}

impl Store {
    /// Takes news of servers below's computers, all or none, and says which of them are to be told more of, or
    /// forgotten.
    ///
    /// Older news than what is known change nothing. A computer that is another's, this server's own included, goes
    /// over only if it spoke to the new one later. Of several news of one computer the latest counts.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for news of this server's own computers, [`StoreError::Conflict`] beyond
    /// [`COMPUTERS_BELOW_MAX`].
    pub async fn take_computers(&self, news: &[ComputerNews], now: Timestamp) -> Result<ComputersTaken, StoreError> {
        let mut latest: BTreeMap<&ComputerId, (Uuid, &ComputerNews)> = BTreeMap::new();
        for one in news {
            let server = one.server.ok_or_else(|| StoreError::invalid(format!("{} is nobody's", one.computer)))?;
            let kept = latest.entry(&one.computer).or_insert((server, one));
            if one.last_contact >= kept.1.last_contact {
                *kept = (server, one);
            }
        }
        let mut change = self.database.write("taking computers of servers below").await?;
        hold_computers(&mut change).await?;
        let known = known(&mut change, latest.keys().copied()).await?;
        let removed = removed(&mut change, latest.keys().copied()).await?;
        let mut done = ComputersTaken::default();
        let mut taken = Vec::new();
        for (id, (server, news)) in latest {
            match verdict(known.get(id), removed.get(id).copied(), server, news) {
                Verdict::Ignored => {}
                Verdict::Deleted => done.changes.push((id.clone(), ComputerChange::Deleted)),
                Verdict::Taken { is_new } => {
                    if is_new && news.details.is_none() {
                        done.changes.push((id.clone(), ComputerChange::NewParent));
                    }
                    if known.get(id).is_some_and(|known| known.server.is_none()) {
                        done.left.push(id.clone());
                    }
                    taken.push((server, news, is_new));
                }
            }
        }
        let fresh = taken.iter().filter(|(_, news, _)| !known.contains_key(&news.computer)).count();
        check_room(&mut change, fresh).await?;
        write(&mut change, &taken, now).await?;
        change.commit().await?;
        Ok(done)
    }

    /// Forgets computers that their server has not told of for `silence`, although it went on telling: they were removed
    /// there, for which the protocol has no word. How many there were; should one be told of again, it is a new one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_silent_below(&self, silence: Duration) -> Result<usize, StoreError> {
        let silence_us = i64::try_from(silence.as_micros()).unwrap_or(i64::MAX);
        let silent: Vec<(i32,)> = self.database.rows(statement::BELOW_SILENT, [silence_us.into()]).await?;
        if silent.is_empty() {
            return Ok(0);
        }
        let mut change = self.database.write("forgetting computers that were removed below").await?;
        hold_computers(&mut change).await?;
        // Again, now that nobody can tell of one meanwhile.
        let silent: Vec<(i32,)> = change.rows(statement::BELOW_SILENT, [silence_us.into()]).await?;
        erase_computers(&mut change, &silent).await?;
        change.commit().await?;
        Ok(silent.len())
    }

    /// How many of servers below's computers are in each group itself.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn groups_below(&self) -> Result<HashMap<TargetGroupId, u64>, StoreError> {
        let counts = counts(self.database.rows(statement::BELOW_GROUPS, []).await?)?;
        Ok(counts.into_iter().map(|(group, count)| (TargetGroupId(group), count)).collect())
    }

    /// How many computers each server below has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn computers_below(&self) -> Result<HashMap<Uuid, u64>, StoreError> {
        counts(self.database.rows(statement::BELOW_COUNT, []).await?)
    }
}

fn verdict(known: Option<&Known>, removed_us: Option<i64>, server: Uuid, news: &ComputerNews) -> Verdict {
    let contact_us = news.last_contact.map_or(0, micros);
    let Some(known) = known else {
        let is_removed = removed_us.is_some_and(|removed| contact_us <= removed);
        return if is_removed { Verdict::Deleted } else { Verdict::Taken { is_new: true } };
    };
    let is_new = known.server != Some(server);
    let counts = if is_new { contact_us > known.contact_us } else { contact_us >= known.contact_us };
    if counts { Verdict::Taken { is_new } } else { Verdict::Ignored }
}

async fn check_room(change: &mut Transaction, fresh: usize) -> Result<(), StoreError> {
    if fresh == 0 {
        return Ok(());
    }
    let kept: u64 = counts(change.rows(statement::BELOW_COUNT, []).await?)?.into_values().sum();
    if kept + fresh as u64 > COMPUTERS_BELOW_MAX {
        return Err(StoreError::conflict(format!(
            "servers below have told of {kept} computers, and {COMPUTERS_BELOW_MAX} is the most that are kept: look at \
             `vanne servers list` which of them tells too many, and refuse or remove it"
        )));
    }
    Ok(())
}

async fn write(
    change: &mut Transaction,
    taken: &[(Uuid, &ComputerNews, bool)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let numbers = number_computers(change, taken.iter().map(|(_, news, _)| (&news.computer, now))).await?;
    let numbered = || taken.iter().filter_map(|told| Some((*numbers.get(&told.1.computer)?, told)));
    let rows = numbered().map(|(number, (server, news, is_new))| {
        let detection = news.last_detection_ok.and_then(|ok| Some((micros(news.last_contact?), i16::from(ok))));
        let (at, ok) = detection.unzip();
        let contact = news.last_contact.map_or(0, micros);
        (number, Hex(server), contact, at, ok, news.last_report.map(micros), i16::from(*is_new))
    });
    change.run(statement::BELOW_SET, [Value::set(rows)?, micros(now).into()]).await?;
    let detailed: Vec<(i32, &ComputerDetails)> =
        numbered().filter_map(|(number, (_, news, _))| Some((number, news.details.as_ref()?))).collect();
    if detailed.is_empty() {
        return Ok(());
    }
    let rows = detailed.iter().map(|(number, details)| (number, &details.address, &details.dns_name));
    change.run(statement::BELOW_DETAILS, [Value::set(rows)?]).await?;
    change.run(statement::MEMBERSHIP_BELOW_CLEAR, [Value::set(detailed.iter().map(|(number, _)| (number,)))?]).await?;
    let groups = detailed.iter().flat_map(|(number, details)| details.groups.iter().map(move |id| (number, Hex(id.0))));
    change.run(statement::MEMBERSHIP_BELOW_ADD, [Value::set(groups)?]).await?;
    for (number, details) in detailed {
        keep_registration(change, number, &details.registration, now).await?;
    }
    Ok(())
}

/// What is known of those computers that are.
pub(super) async fn known(
    change: &mut Transaction,
    computers: impl Iterator<Item = &ComputerId>,
) -> Result<HashMap<ComputerId, Known>, StoreError> {
    type Found = (String, i32, Option<Vec<u8>>, i64, Option<i64>, Option<i64>, i64);
    let set = Value::set(computers.map(|id| (id.as_str(),)))?;
    let rows: Vec<Found> = change.rows(statement::BELOW_KNOWN, [set]).await?;
    let one = |(id, number, server, contact_us, told_report_us, compliance_us, rollup_number): Found| {
        let server = server.as_deref().map(uuid).transpose()?;
        Ok((computer_id(&id)?, Known { number, server, contact_us, told_report_us, compliance_us, rollup_number }))
    };
    rows.into_iter().map(one).collect()
}

/// When the administrator removed those computers that he did.
async fn removed(
    change: &mut Transaction,
    computers: impl Iterator<Item = &ComputerId>,
) -> Result<HashMap<ComputerId, i64>, StoreError> {
    let set = Value::set(computers.map(|id| (id.as_str(),)))?;
    let rows: Vec<(String, i64)> = change.rows(statement::COMPUTERS_REMOVED, [set]).await?;
    rows.into_iter().map(|(id, at)| Ok((computer_id(&id)?, at))).collect()
}

fn counts(rows: Vec<(Vec<u8>, i64)>) -> Result<HashMap<Uuid, u64>, StoreError> {
    rows.into_iter().map(|(id, count)| Ok((uuid(&id)?, unsigned(count)))).collect()
}
