//! Who has what: counts and lists over (computer × update).

use std::collections::BTreeMap;

use model::{ComputerId, TargetGroupId, Timestamp, UpdateId, UpdateState};
use sqlx::FromRow;

use crate::codec::{optional_timestamp, unsigned, update_state, uuid};
use crate::computers::computer_id;
use crate::database::Transaction;
use crate::updates::{Named, chosen};
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// Which computers and updates a question is about; what is not given does not restrict.
///
/// Without `update`, `kb` or `cve` it is about every update that may be approved and is not declined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusQuery {
    /// The computers in this group or one below it.
    pub group: Option<TargetGroupId>,
    /// This computer.
    pub computer: Option<ComputerId>,
    /// This update.
    pub update: Option<UpdateId>,
    /// The updates whose latest revision names this knowledge base article, with or without `KB` in front.
    pub kb: Option<String>,
    /// The updates whose latest revision names this CVE.
    pub cve: Option<String>,
}

/// How many pairs of a computer and an update are in each state.
///
/// All pairs of a computer that has not reported compliance yet are Unknown; of the others, those nothing is
/// kept about are Not applicable. So the counts add up to `computers` times `updates`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// The computers asked about.
    pub computers: u64,
    /// Those of them that have reported compliance.
    pub reporting: u64,
    /// The updates asked about.
    pub updates: u64,
    /// The pairs in each state; a state without any is left out.
    pub pairs: BTreeMap<UpdateState, u64>,
    /// The oldest of these computers' last reports of compliance: no figure here is older.
    pub oldest_report: Option<Timestamp>,
    /// The newest of them.
    pub newest_report: Option<Timestamp>,
}

impl StatusCounts {
    /// The pairs in a state.
    pub fn of(&self, state: UpdateState) -> u64 {
        self.pairs.get(&state).copied().unwrap_or_default()
    }
}

/// The state of an update on a computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRow {
    /// The computer.
    pub computer: ComputerId,
    /// Its name, once it told.
    pub dns_name: Option<String>,
    /// The update.
    pub update: UpdateId,
    /// The title of its latest revision.
    pub title: String,
    /// The state.
    pub state: UpdateState,
    /// When it came into that state, to the second; `None` for Unknown and Not applicable.
    pub since: Option<Timestamp>,
    /// When the computer last reported compliance: the age of this row.
    pub reported_at: Option<Timestamp>,
}

impl Store {
    /// Counts the states of what is asked about.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a group, computer, update, article or CVE that is not known.
    pub async fn status_counts(&self, query: &StatusQuery) -> Result<StatusCounts, StoreError> {
        let mut view = self.database.read("counting states").await?;
        let scope = Scope::resolve(&mut view, query).await?;
        let (statement, values) = match scope.updates {
            Some(updates) => (statement::STATUS_COUNTS_OF_UPDATES, vec![scope.group, scope.computer, updates]),
            None => (statement::STATUS_COUNTS, vec![scope.group, scope.computer]),
        };
        let mut counts = StatusCounts::default();
        for Counted { what, pairs, oldest_us, newest_us } in view.rows(statement, values).await? {
            match what.as_str() {
                "computers" => {
                    counts.computers = unsigned(pairs);
                    counts.oldest_report = optional_timestamp(oldest_us)?;
                    counts.newest_report = optional_timestamp(newest_us)?;
                }
                "reporting" => counts.reporting = unsigned(pairs),
                "updates" => counts.updates = unsigned(pairs),
                number => {
                    let number = number.parse().map_err(|error| StoreError::corrupt("counting states", error))?;
                    counts.pairs.insert(update_state(number)?, unsigned(pairs));
                }
            }
        }
        let kept: u64 = counts.pairs.values().sum();
        let unknown = (counts.computers - counts.reporting) * counts.updates;
        let not_applicable = (counts.reporting * counts.updates).saturating_sub(kept);
        let derived = [(UpdateState::Unknown, unknown), (UpdateState::NotApplicable, not_applicable)];
        counts.pairs.extend(derived.into_iter().filter(|(_, pairs)| *pairs > 0));
        Ok(counts)
    }

    /// Lists the states of what is asked about, by computer; of all states, or of one.
    ///
    /// Where updates are named every pair is listed; otherwise those that are neither Unknown nor Not applicable,
    /// since there are as many of these as computers times updates.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a group, computer, update, article or CVE that is not known.
    pub async fn status_rows(
        &self,
        query: &StatusQuery,
        state: Option<UpdateState>,
        limit: u32,
    ) -> Result<Vec<StatusRow>, StoreError> {
        let mut view = self.database.read("listing states").await?;
        let scope = Scope::resolve(&mut view, query).await?;
        let state = Value::from(state.map(|state| i64::from(state.number())));
        let mut values = vec![scope.group, scope.computer, state, i64::from(limit).into()];
        let statement = match scope.updates {
            Some(updates) => {
                values.push(updates);
                statement::STATUS_ROWS_OF_UPDATES
            }
            None => statement::STATUS_ROWS,
        };
        let rows: Vec<Listed> = view.rows(statement, values).await?;
        rows.into_iter().map(Listed::into_row).collect()
    }
}

/// A question with its names looked up, as parameters.
struct Scope {
    group: Value,
    computer: Value,
    updates: Option<Value>,
}

impl Scope {
    async fn resolve(view: &mut Transaction, query: &StatusQuery) -> Result<Self, StoreError> {
        let group = query.group.map(|group| group.0.as_bytes().to_vec());
        if let (Some(id), Some(bytes)) = (query.group, &group) {
            let known: Option<(String,)> = view.row(statement::GROUP_NAME, [bytes.clone().into()]).await?;
            known.ok_or_else(|| StoreError::not_found(format!("there is no group {id}")))?;
        }
        let mut computer = None;
        if let Some(id) = &query.computer {
            let row: Option<(i32,)> = view.row(statement::COMPUTER_NUMBER, [id.as_str().into()]).await?;
            let (number,) = row.ok_or_else(|| StoreError::not_found(format!("there is no computer {id}")))?;
            computer = Some(i64::from(number));
        }
        let named = Named { update: query.update, kb: query.kb.as_deref(), cve: query.cve.as_deref() };
        let updates = chosen(view, &named).await?;
        if updates.as_ref().is_some_and(Vec::is_empty) {
            return Err(StoreError::not_found(nothing_named(query)));
        }
        let updates = updates.map(|numbers| Value::set(numbers.into_iter().map(|number| (number,)))).transpose()?;
        // The group of all computers is no restriction, and cheaper said that way.
        let group = group.filter(|_| query.group != Some(TargetGroupId::ALL_COMPUTERS));
        Ok(Self { group: group.into(), computer: computer.into(), updates })
    }
}

fn nothing_named(query: &StatusQuery) -> String {
    let update = query.update.map(|id| format!("with id {id}"));
    let kb = query.kb.as_ref().map(|kb| format!("naming article {kb}"));
    let cve = query.cve.as_ref().map(|cve| format!("naming {cve}"));
    let names: Vec<String> = [update, kb, cve].into_iter().flatten().collect();
    format!("there is no update {}", names.join(" and "))
}

#[derive(FromRow)]
struct Counted {
    what: String,
    pairs: i64,
    oldest_us: Option<i64>,
    newest_us: Option<i64>,
}

#[derive(FromRow)]
struct Listed {
    computer_id: String,
    dns_name: Option<String>,
    update_id: Vec<u8>,
    title: String,
    state: i32,
    since_secs: Option<i64>,
    compliance_us: Option<i64>,
}

impl Listed {
    fn into_row(self) -> Result<StatusRow, StoreError> {
        let state = i16::try_from(self.state).map_err(|error| StoreError::corrupt("listing states", error))?;
        let state = update_state(state)?;
        // A computer that has not reported yet may have sent single events before: they do not count yet.
        let since = self.since_secs.filter(|_| state != UpdateState::Unknown);
        let since = since.map(Timestamp::from_second).transpose();
        Ok(StatusRow {
            computer: computer_id(&self.computer_id)?,
            dns_name: self.dns_name,
            update: UpdateId(uuid(&self.update_id)?),
            title: self.title,
            state,
            since: since.map_err(|error| StoreError::corrupt("listing states", error))?,
            reported_at: optional_timestamp(self.compliance_us)?,
        })
    }
}
