//! What the server above was told of computers, and what is to be told next.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use model::{ComputerId, TargetGroupId, Timestamp};
use sqlx::FromRow;

use super::{ComputerDetails, ComputerNews};
use crate::codec::{micros, optional_timestamp, uuid};
use crate::computers::{computer_id, hold_computers};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::value::Value;
use crate::{Registration, Store, StoreError, statement};

/// The setting that says whether states that change are noted for the server above.
const TRACKED: &str = "rollup.tracked";
/// The setting that says when a server of this database last said that it tells the one above.
const LEASED: &str = "rollup.leased";
/// How long a server that tells may be silent before another one takes its place, in microseconds: as long as a call to
/// an upstream may take, with all tries, and the waits for one that is busy.
const LEASE_US: i64 = 30 * 60 * 1_000_000;

/// A computer of which there is something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputerToTell {
    /// What there is; details in any case.
    pub news: ComputerNews,
    /// The details are not those that were told last.
    pub has_new_details: bool,
    number: i32,
    news_hash: i64,
    details_hash: i64,
}

impl Store {
    /// Lets one of the servers that share this database tell the one above: false if another one does, and said so less
    /// than half an hour ago. Two at once would give different states the same number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lease_rollup(&self, now: Timestamp) -> Result<bool, StoreError> {
        let mut change = self.database.write("beginning to tell the server above").await?;
        hold_computers(&mut change).await?;
        let kept: Option<(String,)> = change.row(statement::SETTING, [LEASED.into()]).await?;
        let leased_us = kept.and_then(|(text,)| text.parse::<i64>().ok());
        // Without others, it was this one, and it was cut short.
        if self.is_shared() && leased_us.is_some_and(|at| micros(now) - at < LEASE_US && at <= micros(now)) {
            return Ok(false);
        }
        change.run(statement::SETTING_SET, [LEASED.into(), micros(now).to_string().into()]).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Says that the round goes on, or with `None` that it has ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn renew_rollup(&self, now: Option<Timestamp>) -> Result<(), StoreError> {
        let text = now.map(|now| micros(now).to_string()).unwrap_or_default();
        self.set_setting(LEASED, &text).await
    }

    /// Begins a round of telling the server above. From here on, states that change are noted. With `from_scratch`, or
    /// if they were not noted until now, all is to be told again. Its number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin_rollup(&self, from_scratch: bool) -> Result<i64, StoreError> {
        let mut change = self.database.write("beginning a rollup").await?;
        hold_computers(&mut change).await?;
        let round = Counter::Rollup.advance(&mut change, 1).await?;
        if from_scratch || !is_tracked(&mut change).await? {
            forget_told(&mut change).await?;
            change.run(statement::SETTING_SET, [TRACKED.into(), "true".into()]).await?;
        }
        change.commit().await?;
        Ok(round)
    }

    /// Notes no changed states any more, because nobody above wants to know: all that was told is forgotten.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_rollups(&self) -> Result<(), StoreError> {
        if self.setting(TRACKED).await?.is_none_or(|value| value != "true") {
            return Ok(());
        }
        let mut change = self.database.write("ending rollups").await?;
        hold_computers(&mut change).await?;
        forget_told(&mut change).await?;
        change.run(statement::SETTING_SET, [TRACKED.into(), "false".into()]).await?;
        change.commit().await
    }

    /// Of the next `limit` computers behind the number `after`, those of which there is something to tell, or `all`;
    /// and the number of the last one looked at, `None` at the end.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn computers_to_tell(
        &self,
        after: i32,
        all: bool,
        limit: u32,
    ) -> Result<(Vec<ComputerToTell>, Option<i32>), StoreError> {
        let mut view = self.database.read("reading what is to be told of computers").await?;
        let rows: Vec<Found> = view.rows(statement::ROLLUP_PAGE, [after.into(), i64::from(limit).into()]).await?;
        let last = rows.last().map(|row| row.computer_no);
        let set = Value::set(rows.iter().map(|row| (row.computer_no,)))?;
        let memberships: Vec<(i32, Vec<u8>)> = view.rows(statement::GROUPS_OF_COMPUTERS, [set]).await?;
        let mut groups: HashMap<i32, Vec<TargetGroupId>> = HashMap::new();
        for (computer, group) in memberships {
            let group = TargetGroupId(uuid(&group)?);
            if !group.is_built_in() {
                groups.entry(computer).or_default().push(group);
            }
        }
        let mut to_tell = Vec::new();
        for row in rows {
            let groups = groups.remove(&row.computer_no).unwrap_or_default();
            let told_news = row.news;
            let one = row.into_computer(groups)?;
            if all || one.has_new_details || told_news != Some(one.news_hash) {
                to_tell.push(one);
            }
        }
        Ok((to_tell, last))
    }

    /// Notes that the server above knows this of computers; with their details, or without.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn told_computers(&self, told: &[&ComputerToTell], with_details: bool) -> Result<(), StoreError> {
        let details = |one: &ComputerToTell| (with_details || one.has_new_details).then_some(one.details_hash);
        let rows = Value::set(told.iter().map(|one| (one.number, one.news_hash, details(one))))?;
        self.database.change("noting what was told of computers", statement::ROLLED_UP_SET, [rows]).await.map(drop)
    }

    /// Has the states of computers told completely the next time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tell_states_in_full(&self, computers: &[ComputerId]) -> Result<(), StoreError> {
        let set = Value::set(computers.iter().map(|id| (id.as_str(),)))?;
        self.database.change("noting which states to tell", statement::ROLLED_UP_FULL, [set]).await.map(drop)
    }
}

async fn forget_told(change: &mut Transaction) -> Result<(), StoreError> {
    change.run(statement::ROLLED_UP_CLEAR, []).await?;
    change.run(statement::FACT_CHANGES_CLEAR, []).await.map(drop)
}

/// Whether states that change are noted for the server above.
pub(crate) async fn is_tracked(change: &mut Transaction) -> Result<bool, StoreError> {
    let row: Option<(String,)> = change.row(statement::SETTING, [TRACKED.into()]).await?;
    Ok(row.is_some_and(|(value,)| value == "true"))
}

#[derive(FromRow)]
struct Found {
    computer_no: i32,
    computer_id: String,
    server_id: Option<Vec<u8>>,
    last_contact_us: i64,
    detection_us: Option<i64>,
    detection_ok: Option<i16>,
    compliance_us: Option<i64>,
    address: String,
    dns_name: Option<String>,
    requested_groups: Option<String>,
    os_major: Option<i32>,
    os_minor: Option<i32>,
    os_build: Option<i32>,
    manufacturer: Option<String>,
    model: Option<String>,
    architecture: Option<String>,
    body: Option<String>,
    news: Option<i64>,
    details: Option<i64>,
}

impl Found {
    fn into_computer(self, groups: Vec<TargetGroupId>) -> Result<ComputerToTell, StoreError> {
        let requested = self.requested_groups.unwrap_or_default();
        let requested = requested.split(';').map(str::trim).filter(|name| !name.is_empty());
        let details = ComputerDetails {
            dns_name: self.dns_name,
            address: self.address,
            groups,
            requested: requested.map(str::to_owned).collect(),
            registration: Registration {
                os_major: self.os_major.unwrap_or_default(),
                os_minor: self.os_minor.unwrap_or_default(),
                os_build: self.os_build.unwrap_or_default(),
                manufacturer: self.manufacturer.unwrap_or_default(),
                model: self.model.unwrap_or_default(),
                architecture: self.architecture.unwrap_or_default(),
                json: self.body.unwrap_or_default(),
            },
        };
        let server = self.server_id.as_deref().map(uuid).transpose()?;
        let news_hash =
            hash(&(&server, self.last_contact_us, self.detection_us, self.detection_ok, self.compliance_us));
        let details_hash = hash(&details);
        let news = ComputerNews {
            computer: computer_id(&self.computer_id)?,
            server,
            // 1970 stands for a computer of a server below that never asked for anything.
            last_contact: optional_timestamp(Some(self.last_contact_us).filter(|at| *at > 0))?,
            last_detection_ok: self.detection_us.and(self.detection_ok).map(|ok| ok != 0),
            last_report: optional_timestamp(self.compliance_us)?,
            details: Some(details),
        };
        let has_new_details = self.details != Some(details_hash);
        Ok(ComputerToTell { news, has_new_details, number: self.computer_no, news_hash, details_hash })
    }
}

/// Tells one state of a computer from another. Should another version of this program hash otherwise, all is told once
/// more.
fn hash(value: &impl std::hash::Hash) -> i64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish().cast_signed()
}
