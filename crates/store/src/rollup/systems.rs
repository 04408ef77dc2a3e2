//! Computers in sum, by what runs on them: what servers below tell, and what the one above is told.

use std::collections::BTreeMap;

use model::{Timestamp, UpdateId, UpdateIdentity};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use crate::codec::{identity, timestamp, unsigned, uuid};
use crate::computers::hold_computers;
use crate::counter::Counter;
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// The setting that says whether installations are counted for the server above.
const COUNTED: &str = "rollup.counted";
/// Updates of a server whose counts are listed.
const LISTED: i64 = 1_000;

/// What runs on computers (MS-WSUSSS 3.1.4.14.3.5); all zero for those that never said.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClientSystem {
    /// Its version: major, minor and build number.
    pub version: [i32; 3],
    /// Its service pack, major and minor.
    pub service_pack: [i32; 2],
    /// Its locale, such as `en-US`.
    pub locale: String,
    /// `SuiteMask`.
    pub suite_mask: i32,
    /// `OldProductType`: 1 is a workstation.
    pub old_product_type: i32,
    /// `NewProductType`.
    pub new_product_type: i32,
    /// `SystemMetrics`.
    pub system_metrics: i32,
    /// The processor's, such as `AMD64`.
    pub architecture: String,
}

/// The computers of a server that run the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientSummary {
    /// What they run.
    pub system: ClientSystem,
    /// How many they are.
    pub computers: u32,
    /// What was installed on them since the last time.
    pub activities: Vec<InstallActivity>,
}

/// How often a revision was installed, and could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstallActivity {
    /// The revision.
    pub update: UpdateIdentity,
    /// Times it was.
    pub successes: u32,
    /// Times it could not be.
    pub failures: u32,
}

/// Computers of a server below, as it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemRow {
    /// Whose they are.
    pub server: Uuid,
    /// What they run.
    pub system: ClientSystem,
    /// How many they are.
    pub computers: u64,
    /// When that was told.
    pub told_at: Timestamp,
}

/// How often an update was installed on the computers of a server below, in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// The update.
    pub update: UpdateId,
    /// The title of its latest revision; absent if it is not here.
    pub title: Option<String>,
    /// Times it was.
    pub successes: u64,
    /// Times it could not be.
    pub failures: u64,
}

impl Store {
    /// Begins to tell a server above: from here on, installations are counted. The number of the round.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin_summaries(&self) -> Result<i64, StoreError> {
        let mut change = self.database.write("beginning to sum up").await?;
        hold_computers(&mut change).await?;
        let round = Counter::Rollup.advance(&mut change, 1).await?;
        change.run(statement::SETTING_SET, [COUNTED.into(), "true".into()]).await?;
        change.commit().await?;
        Ok(round)
    }

    /// Counts installations no longer, because there is nobody above to tell, and forgets what was counted.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_summaries(&self) -> Result<(), StoreError> {
        if self.setting(COUNTED).await?.is_none_or(|value| value != "true") {
            return Ok(());
        }
        let mut change = self.database.write("ending to sum up").await?;
        hold_computers(&mut change).await?;
        change.run(statement::INSTALL_ACTIVITY_CLEAR, []).await?;
        change.run(statement::SETTING_SET, [COUNTED.into(), "false".into()]).await?;
        change.commit().await
    }

    /// This server's own computers in sum, with what was installed on them before a round and was not told; by system.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn own_summaries(&self, round: i64) -> Result<Vec<ClientSummary>, StoreError> {
        let mut view = self.database.read("summing computers up").await?;
        let counted: Vec<Counted> = view.rows(statement::CLIENT_SYSTEMS, []).await?;
        let installed: Vec<Installed> = view.rows(statement::INSTALL_ACTIVITY_DUE, [round.into()]).await?;
        let mut all: BTreeMap<ClientSystem, ClientSummary> = BTreeMap::new();
        for Counted { system, computers } in counted {
            let system = ClientSystem::from(system);
            all.insert(system.clone(), ClientSummary { system, computers: count(computers), ..Default::default() });
        }
        for row in installed {
            let activity = activity(&row.update_id, row.revision_number, row.successes, row.failures)?;
            let system = ClientSystem::from(row.system);
            let summary = all.entry(system.clone());
            let summary = summary.or_insert_with(|| ClientSummary { system, ..ClientSummary::default() });
            summary.activities.push(activity);
        }
        Ok(all.into_values().collect())
    }

    /// Notes that the server above was told what was installed before a round.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn told_own_summaries(&self, round: i64) -> Result<(), StoreError> {
        let operation = "noting what was told of installations";
        self.database.change(operation, statement::INSTALL_ACTIVITY_SETTLE, [round.into()]).await.map(drop)
    }

    /// The computers of the servers below in sum, with what was installed on them and was not passed on; by server.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn summaries_below(&self) -> Result<BTreeMap<Uuid, Vec<ClientSummary>>, StoreError> {
        type Due = (Vec<u8>, Vec<u8>, String, i32, i64, i64);
        let mut view = self.database.read("summing computers below up").await?;
        let counted: Vec<Summed> = view.rows(statement::CLIENT_SUMMARIES, [Value::Bytes(None)]).await?;
        let due: Vec<Due> = view.rows(statement::CLIENT_ACTIVITIES_DUE, []).await?;
        let mut all: BTreeMap<Uuid, BTreeMap<ClientSystem, ClientSummary>> = BTreeMap::new();
        for row in counted {
            let SystemRow { server, system, computers, .. } = row.into_row()?;
            let computers = u32::try_from(computers).unwrap_or(u32::MAX);
            let summary = ClientSummary { system: system.clone(), computers, activities: Vec::new() };
            all.entry(server).or_default().insert(system, summary);
        }
        for (server, update, text, revision, successes, failures) in due {
            let (system, activity) = (read_system(&text)?, activity(&update, revision, successes, failures)?);
            let summary = all.entry(uuid(&server)?).or_default().entry(system.clone());
            let summary = summary.or_insert_with(|| ClientSummary { system, ..ClientSummary::default() });
            summary.activities.push(activity);
        }
        Ok(all.into_iter().map(|(server, systems)| (server, systems.into_values().collect())).collect())
    }

    /// Notes that the server above was told of installations on computers of servers below.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn passed_summaries(&self, told: &[(Uuid, ClientSummary)]) -> Result<(), StoreError> {
        let rows = told.iter().flat_map(|(server, summary)| {
            let of = move |activity: &InstallActivity| {
                let InstallActivity { update, successes, failures } = activity;
                Ok((Hex(*server), Hex(update.update_id.0), text_of(&summary.system)?, *successes, *failures))
            };
            summary.activities.iter().map(of)
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut change = self.database.write("noting what was passed on of installations").await?;
        // Servers below add to the same rows in an order of their own.
        hold_computers(&mut change).await?;
        change.run(statement::CLIENT_ACTIVITIES_PASS, [Value::set(rows)?]).await?;
        change.commit().await
    }

    /// What runs on the computers of a server below, or of all, as it told; by server.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn systems_below(&self, server: Option<Uuid>) -> Result<Vec<SystemRow>, StoreError> {
        let server = Value::Bytes(server.map(|id| id.as_bytes().to_vec()));
        let rows: Vec<Summed> = self.database.rows(statement::CLIENT_SUMMARIES, [server]).await?;
        rows.into_iter().map(Summed::into_row).collect()
    }

    /// How often updates were installed on the computers of a server below, what failed most first; at most 1,000.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn activities_below(&self, server: Uuid) -> Result<Vec<ActivityRow>, StoreError> {
        type Found = (Vec<u8>, Option<String>, i32, i64, i64);
        let values = [server.as_bytes().as_slice().into(), LISTED.into()];
        let rows: Vec<Found> = self.database.rows(statement::CLIENT_ACTIVITIES, values).await?;
        let row = |(update, title, _, successes, failures): Found| {
            let update = UpdateId(uuid(&update)?);
            Ok(ActivityRow { update, title, successes: unsigned(successes), failures: unsigned(failures) })
        };
        rows.into_iter().map(row).collect()
    }
}

/// Whether installations are counted for a server above.
pub(crate) async fn is_counted(change: &mut Transaction) -> Result<bool, StoreError> {
    let row: Option<(String,)> = change.row(statement::SETTING, [COUNTED.into()]).await?;
    Ok(row.is_some_and(|(value,)| value == "true"))
}

/// A system as the key that it is kept by.
pub(super) fn text_of(system: &ClientSystem) -> Result<String, StoreError> {
    serde_json::to_string(system).map_err(|error| StoreError::invalid(format!("a system cannot be written: {error}")))
}

fn read_system(text: &str) -> Result<ClientSystem, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt("reading a system", error))
}

fn activity(update: &[u8], revision: i32, successes: i64, failures: i64) -> Result<InstallActivity, StoreError> {
    let update = identity(update, revision)?;
    Ok(InstallActivity { update, successes: count(successes), failures: count(failures) })
}

/// The protocol has numbers of 31 bits.
fn count(number: i64) -> u32 {
    u32::try_from(number.clamp(0, i32::MAX.into())).unwrap_or_default()
}

#[derive(FromRow)]
struct Summed {
    server_id: Vec<u8>,
    system: String,
    computers: i64,
    told_us: i64,
}

impl Summed {
    fn into_row(self) -> Result<SystemRow, StoreError> {
        Ok(SystemRow {
            server: uuid(&self.server_id)?,
            system: read_system(&self.system)?,
            computers: unsigned(self.computers),
            told_at: timestamp(self.told_us)?,
        })
    }
}

#[derive(FromRow)]
struct Counted {
    #[sqlx(flatten)]
    system: SystemColumns,
    computers: i64,
}

#[derive(FromRow)]
struct Installed {
    #[sqlx(flatten)]
    system: SystemColumns,
    update_id: Vec<u8>,
    revision_number: i32,
    successes: i64,
    failures: i64,
}

/// The columns of the view `computer_system`.
#[derive(FromRow)]
struct SystemColumns {
    os_major: i32,
    os_minor: i32,
    os_build: i32,
    service_pack: i32,
    service_pack_minor: i32,
    locale: String,
    suite_mask: i32,
    old_product_type: i32,
    new_product_type: i32,
    system_metrics: i32,
    architecture: String,
}

impl From<SystemColumns> for ClientSystem {
    fn from(columns: SystemColumns) -> Self {
        Self {
            version: [columns.os_major, columns.os_minor, columns.os_build],
            service_pack: [columns.service_pack, columns.service_pack_minor],
            locale: columns.locale,
            suite_mask: columns.suite_mask,
            old_product_type: columns.old_product_type,
            new_product_type: columns.new_product_type,
            system_metrics: columns.system_metrics,
            architecture: columns.architecture,
        }
    }
}
