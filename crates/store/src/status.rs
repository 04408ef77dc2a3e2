//! Who has what: counts and lists over (computer × update).

use std::collections::BTreeMap;

use model::{ComputerId, TargetGroupId, Timestamp, UpdateId, UpdateState};
use sqlx::FromRow;
use uuid::Uuid;

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
/// All pairs of a computer that has not reported compliance yet are Unknown, and so are those of an update whose latest
/// revision was imported after the computer's last report (of a server below's computer: after what that server had
/// taken over before the report), until that computer says otherwise. Of the others, those nothing is kept about are
/// Not applicable. So the counts add up to `computers` times `updates`.
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
    /// The server below whose computer it is; this one's if there is none.
    pub server: Option<Uuid>,
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
        // Pairs of a report and an update that was imported after it, and those of them of which something is kept.
        let (mut early, mut early_kept) = (0, 0);
        for Counted { what, pairs, early: early_of_state, oldest_us, newest_us } in view.rows(statement, values).await?
        {
            match what.as_str() {
                "computers" => {
                    counts.computers = unsigned(pairs);
                    counts.oldest_report = optional_timestamp(oldest_us)?;
                    counts.newest_report = optional_timestamp(newest_us)?;
                }
                "reporting" => counts.reporting = unsigned(pairs),
                "updates" => counts.updates = unsigned(pairs),
                "early" => early = unsigned(pairs),
                number => {
                    let number = number.parse().map_err(|error| StoreError::corrupt("counting states", error))?;
                    counts.pairs.insert(update_state(number)?, unsigned(pairs));
                    early_kept += unsigned(early_of_state.unwrap_or_default());
                }
            }
        }
        let kept: u64 = counts.pairs.values().sum();
        let not_told = early.saturating_sub(early_kept);
        let unknown = (counts.computers - counts.reporting) * counts.updates + not_told;
        let not_applicable = (counts.reporting * counts.updates).saturating_sub(kept + not_told);
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
    /// Of a state's pairs, those whose update was imported after the computer's last report.
    early: Option<i64>,
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
    server_id: Option<Vec<u8>>,
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
            server: self.server_id.as_deref().map(uuid).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use policy::reports::Effect;

    use super::*;
    use crate::NewRevision;
    use crate::testing::{at, compliance, computer, contact, on_both, report, revision, update};
    use UpdateState::{Failed, Installed, Needed, NotApplicable, Unknown};

    /// Four updates (the third declined, the fourth a bundle's child); aa and bb report, cc only failed at one.
    async fn estate(store: &Store) -> TargetGroupId {
        let mut child = revision(4, 1);
        child.revision.explicitly_deployable = false;
        let same_article = NewRevision { kb: vec!["5000001".into()], ..revision(2, 1) };
        store.import(vec![revision(1, 1), same_article, revision(3, 1), child], at(0)).await.unwrap();
        store.decline(&[update(3)], at(0)).await.unwrap();
        store.see_computers(&["aa", "bb", "cc"].map(|id| contact(id, 0))).await.unwrap();
        let failed = Effect::State { update: update(1), state: Failed };
        let told = [compliance("aa", 10, &[1, 3], &[2]), compliance("bb", 20, &[], &[1]), report("cc", 30, failed)];
        store.record(&told).await.unwrap();
        let pilot = store.create_group(&"Pilot".parse().unwrap(), TargetGroupId::ALL_COMPUTERS).await.unwrap().id;
        store.assign(&computer("bb"), &[pilot]).await.unwrap();
        pilot
    }

    fn pairs(counts: &StatusCounts) -> Vec<(UpdateState, u64)> {
        counts.pairs.iter().map(|(state, pairs)| (*state, *pairs)).collect()
    }

    #[tokio::test]
    async fn every_pair_is_counted_once() {
        on_both(async |store| {
            let pilot = estate(&store).await;
            let all = store.status_counts(&StatusQuery::default()).await.unwrap();
            assert_eq!((all.computers, all.reporting, all.updates), (3, 2, 2));
            assert_eq!(pairs(&all), [(Unknown, 2), (NotApplicable, 1), (Needed, 1), (Installed, 2)]);
            assert_eq!((all.oldest_report, all.newest_report), (Some(at(10)), Some(at(20))));

            let of = async |query: StatusQuery| pairs(&store.status_counts(&query).await.unwrap());
            let group = StatusQuery { group: Some(pilot), ..StatusQuery::default() };
            assert_eq!(of(group.clone()).await, [(NotApplicable, 1), (Installed, 1)]);
            let unassigned = StatusQuery { group: Some(TargetGroupId::UNASSIGNED_COMPUTERS), ..StatusQuery::default() };
            assert_eq!(of(unassigned).await, [(Unknown, 2), (Needed, 1), (Installed, 1)]);
            let everywhere = StatusQuery { group: Some(TargetGroupId::ALL_COMPUTERS), ..StatusQuery::default() };
            assert_eq!(store.status_counts(&everywhere).await.unwrap(), all);
            let one = StatusQuery { computer: Some(computer("aa")), ..StatusQuery::default() };
            assert_eq!(of(one).await, [(Needed, 1), (Installed, 1)]);
            let first = StatusQuery { update: Some(update(1)), ..StatusQuery::default() };
            assert_eq!(of(first.clone()).await, [(Unknown, 1), (Needed, 1), (Installed, 1)]);
            assert_eq!(of(StatusQuery { group: Some(pilot), ..first }).await, [(Installed, 1)]);
            let article = StatusQuery { kb: Some("KB5000001".into()), ..StatusQuery::default() };
            assert_eq!(of(article).await, [(Unknown, 2), (NotApplicable, 1), (Needed, 1), (Installed, 2)]);
            // Named outright, a declined update is counted all the same.
            let declined = StatusQuery { update: Some(update(3)), ..StatusQuery::default() };
            assert_eq!(of(declined).await, [(Unknown, 1), (NotApplicable, 1), (Needed, 1)]);
        })
        .await;
    }

    #[tokio::test]
    async fn an_update_that_came_after_a_report_is_unknown_until_the_next() {
        on_both(async |store| {
            estate(&store).await;
            store.import(vec![revision(5, 1)], at(15)).await.unwrap();
            let new = StatusQuery { update: Some(update(5)), ..StatusQuery::default() };
            let of = async |query: &StatusQuery| pairs(&store.status_counts(query).await.unwrap());
            // aa reported before it came, bb after, cc never.
            assert_eq!(of(&new).await, [(Unknown, 2), (NotApplicable, 1)]);
            let all = of(&StatusQuery::default()).await;
            assert_eq!(all, [(Unknown, 4), (NotApplicable, 2), (Needed, 1), (Installed, 2)]);
            let states = async || -> Vec<UpdateState> {
                store.status_rows(&new, None, 9).await.unwrap().iter().map(|row| row.state).collect()
            };
            assert_eq!(states().await, [Unknown, NotApplicable, Unknown]);
            assert_eq!(store.status_rows(&new, Some(Unknown), 9).await.unwrap().len(), 2);

            let installed = Effect::State { update: update(5), state: Installed };
            store.record(&[report("aa", 16, installed)]).await.unwrap();
            assert_eq!(of(&new).await, [(Unknown, 1), (NotApplicable, 1), (Installed, 1)]);
            store.record(&[compliance("aa", 40, &[], &[2])]).await.unwrap();
            assert_eq!(states().await, [NotApplicable, NotApplicable, Unknown]);
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_not_known_is_not_counted_as_nothing() {
        on_both(async |store| {
            let none = store.status_counts(&StatusQuery::default()).await.unwrap();
            assert_eq!(none, StatusCounts::default());
            let asked = StatusQuery { kb: Some("KB1".into()), ..StatusQuery::default() };
            let error = store.status_counts(&asked).await.unwrap_err();
            assert_eq!(error.to_string(), "there is no update naming article KB1");
            let asked = StatusQuery { computer: Some(computer("zz")), ..StatusQuery::default() };
            assert!(matches!(store.status_rows(&asked, None, 9).await, Err(StoreError::NotFound { .. })));
            let asked = StatusQuery { group: Some(TargetGroupId(Uuid::nil())), ..StatusQuery::default() };
            assert!(matches!(store.status_counts(&asked).await, Err(StoreError::NotFound { .. })));
        })
        .await;
    }

    #[tokio::test]
    async fn rows_say_who_has_what_since_when() {
        on_both(async |store| {
            estate(&store).await;
            let short = |rows: Vec<StatusRow>| -> Vec<(String, UpdateId, UpdateState, Option<Timestamp>)> {
                rows.into_iter().map(|row| (row.computer.to_string(), row.update, row.state, row.since)).collect()
            };
            let row =
                |id: &str, number, state, since: Option<i64>| (id.to_owned(), update(number), state, since.map(at));
            let all = store.status_rows(&StatusQuery::default(), None, 10).await.unwrap();
            assert_eq!((all[0].reported_at, all[0].title.as_str()), (Some(at(10)), "Cumulative Update 1 for Example"));
            let expected =
                [row("aa", 1, Needed, Some(10)), row("aa", 2, Installed, Some(10)), row("bb", 1, Installed, Some(20))];
            assert_eq!(short(all), expected);
            let needed = store.status_rows(&StatusQuery::default(), Some(Needed), 10).await.unwrap();
            assert_eq!(short(needed), [row("aa", 1, Needed, Some(10))]);

            let second = StatusQuery { update: Some(update(2)), ..StatusQuery::default() };
            let all = short(store.status_rows(&second, None, 10).await.unwrap());
            let expected =
                [row("aa", 2, Installed, Some(10)), row("bb", 2, NotApplicable, None), row("cc", 2, Unknown, None)];
            assert_eq!(all, expected);
            let unknown = short(store.status_rows(&second, Some(Unknown), 10).await.unwrap());
            assert_eq!(unknown, expected[2..]);
            assert_eq!(store.status_rows(&second, None, 1).await.unwrap().len(), 1);
        })
        .await;
    }
}
