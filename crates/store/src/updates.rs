//! Lists of updates, and which updates a question is about.

use std::collections::HashMap;

use model::{RevisionId, Timestamp, UpdateId, UpdateIdentity, UpdateType};
use sqlx::FromRow;

use crate::codec::{identity, optional_timestamp, timestamp, update_type, update_type_number, uuid};
use crate::computers::contains;
use crate::database::Transaction;
use crate::import::{normal_cve, normal_kb};
use crate::statement::Statement;
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// Which updates to list, by their latest revisions; what is not given does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateQuery {
    /// Those whose title contains it, in any letter case.
    pub text: Option<String>,
    /// Those that name this knowledge base article, with or without `KB` in front.
    pub kb: Option<String>,
    /// Those that name this CVE.
    pub cve: Option<String>,
    /// This one.
    pub update: Option<UpdateId>,
    /// Those in this classification.
    pub classification: Option<UpdateId>,
    /// Those of this type.
    pub update_type: Option<UpdateType>,
    /// Those that may be approved by themselves, or those that may not.
    pub deployable: Option<bool>,
    /// Those that are declined, or those that are not.
    pub declined: Option<bool>,
    /// Leaves out so many of the first.
    pub skip: u32,
    /// At most so many.
    pub limit: u32,
}

/// An update as lists show it: what its latest revision says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRow {
    /// Its latest revision.
    pub identity: UpdateIdentity,
    /// The number of that revision here.
    pub revision: RevisionId,
    /// Its title.
    pub title: String,
    /// Its type.
    pub update_type: UpdateType,
    /// Whether it may be approved by itself.
    pub deployable: bool,
    /// The knowledge base articles it names, without `KB`.
    pub kb: Vec<String>,
    /// The CVEs it names.
    pub cves: Vec<String>,
    /// Its classification.
    pub classification: Option<UpdateId>,
    /// Its severity.
    pub severity: Option<String>,
    /// When its publisher made that revision.
    pub created_at: Option<Timestamp>,
    /// When that revision was imported.
    pub imported_at: Timestamp,
    /// When it was declined, if it is.
    pub declined_at: Option<Timestamp>,
}

impl Store {
    /// Updates, the one imported last first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn updates(&self, query: &UpdateQuery) -> Result<Vec<UpdateRow>, StoreError> {
        let mut view = self.database.read("listing updates").await?;
        let flag = |flag: Option<bool>| Value::from(flag.map(i64::from));
        let mut values = vec![
            query.text.as_deref().map(contains).into(),
            query.classification.map(|id| id.0.as_bytes().to_vec()).into(),
            query.update_type.map(|one| i64::from(update_type_number(one))).into(),
            flag(query.deployable),
            flag(query.declined),
            i64::from(query.limit).into(),
            i64::from(query.skip).into(),
        ];
        let named = Named { update: query.update, kb: query.kb.as_deref(), cve: query.cve.as_deref() };
        let statement = match chosen(&mut view, &named).await? {
            Some(chosen) => {
                values.push(Value::set(chosen.into_iter().map(|number| (number,)))?);
                statement::UPDATES_CHOSEN
            }
            None => statement::UPDATES,
        };
        let rows: Vec<Listed> = view.rows(statement, values).await?;
        let listed = Value::set(rows.iter().map(|row| (row.revision_id,)))?;
        let mut kb = names(&mut view, statement::KBS_OF_REVISIONS, listed.clone()).await?;
        let mut cves = names(&mut view, statement::CVES_OF_REVISIONS, listed).await?;
        rows.into_iter()
            .map(|row| {
                let id = row.revision_id;
                row.into_row(kb.remove(&id).unwrap_or_default(), cves.remove(&id).unwrap_or_default())
            })
            .collect()
    }
}

/// What names updates directly.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) update: Option<UpdateId>,
    pub(crate) kb: Option<&'a str>,
    pub(crate) cve: Option<&'a str>,
}

/// The numbers of the updates that answer to all the names given; `None` if no name is.
pub(crate) async fn chosen(view: &mut Transaction, named: &Named<'_>) -> Result<Option<Vec<i32>>, StoreError> {
    let mut chosen: Option<Vec<i32>> = None;
    let names = [
        (statement::UPDATE_NUMBER, named.update.map(|id| Value::from(id.0.as_bytes().as_slice()))),
        (statement::UPDATES_BY_KB, named.kb.map(|kb| normal_kb(kb).into())),
        (statement::UPDATES_BY_CVE, named.cve.map(|cve| normal_cve(cve).into())),
    ];
    for (statement, name) in names {
        let Some(name) = name else { continue };
        let rows: Vec<(i32,)> = view.rows(statement, [name]).await?;
        let found = rows.into_iter().map(|(number,)| number);
        chosen = Some(match chosen {
            Some(before) => found.filter(|number| before.contains(number)).collect(),
            None => found.collect(),
        });
    }
    Ok(chosen)
}

async fn names(
    view: &mut Transaction,
    statement: Statement,
    revisions: Value,
) -> Result<HashMap<i32, Vec<String>>, StoreError> {
    let mut names: HashMap<i32, Vec<String>> = HashMap::new();
    let rows: Vec<(i32, String)> = view.rows(statement, [revisions]).await?;
    for (revision, name) in rows {
        names.entry(revision).or_default().push(name);
    }
    Ok(names)
}

#[derive(FromRow)]
struct Listed {
    update_id: Vec<u8>,
    revision_number: i32,
    revision_id: i32,
    title: String,
    update_type: i16,
    deployable: i16,
    classification: Option<Vec<u8>>,
    severity: Option<String>,
    created_us: Option<i64>,
    imported_us: i64,
    declined_us: Option<i64>,
}

impl Listed {
    fn into_row(self, kb: Vec<String>, cves: Vec<String>) -> Result<UpdateRow, StoreError> {
        Ok(UpdateRow {
            identity: identity(&self.update_id, self.revision_number)?,
            revision: RevisionId(self.revision_id),
            title: self.title,
            update_type: update_type(self.update_type)?,
            deployable: self.deployable != 0,
            kb,
            cves,
            classification: self.classification.as_deref().map(uuid).transpose()?.map(UpdateId),
            severity: self.severity,
            created_at: optional_timestamp(self.created_us)?,
            imported_at: timestamp(self.imported_us)?,
            declined_at: optional_timestamp(self.declined_us)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, identity, on_both, revision, update};
    use crate::{NewRevision, Store};

    fn all() -> UpdateQuery {
        UpdateQuery { limit: 100, ..UpdateQuery::default() }
    }

    async fn found(store: &Store, query: UpdateQuery) -> Vec<UpdateIdentity> {
        store.updates(&query).await.unwrap().into_iter().map(|row| row.identity).collect()
    }

    #[tokio::test]
    async fn an_update_is_listed_by_its_latest_revision() {
        on_both(async |store| {
            let newer = NewRevision { title: "Newer".into(), ..revision(1, 203) };
            store.import(vec![newer, revision(1, 7), revision(2, 1)], at(4)).await.unwrap();
            store.decline(&[update(2)], at(5)).await.unwrap();
            let rows = store.updates(&all()).await.unwrap();
            let expected = UpdateRow {
                identity: identity(1, 203),
                revision: RevisionId(1),
                title: "Newer".into(),
                update_type: UpdateType::Software,
                deployable: true,
                kb: vec!["5000001".into()],
                cves: vec!["CVE-2026-0001".into()],
                classification: Some(update(9_000)),
                severity: Some("Critical".into()),
                created_at: Some(at(-1_000)),
                imported_at: at(4),
                declined_at: None,
            };
            assert_eq!(rows.len(), 2);
            assert_eq!(rows[1], expected);
            assert_eq!(rows[0].declined_at, Some(at(5)));
        })
        .await;
    }

    #[tokio::test]
    async fn each_condition_restricts() {
        on_both(async |store| {
            let plain = |number: u128, title: &str| NewRevision { title: title.into(), ..revision(number, 1) };
            let mut category = plain(3, "Étoile");
            category.revision.update_type = UpdateType::Category;
            category.revision.explicitly_deployable = false;
            category.classification = None;
            store.import(vec![plain(1, "100% Sûr"), plain(2, "100 Percent"), category], at(0)).await.unwrap();
            store.decline(&[update(2)], at(0)).await.unwrap();

            let [one, two, three] = [1, 2, 3].map(|number| identity(number, 1));
            assert_eq!(found(&store, all()).await, [three, two, one]);
            assert_eq!(found(&store, UpdateQuery { text: Some("100% SÛR".into()), ..all() }).await, [one]);
            assert_eq!(found(&store, UpdateQuery { kb: Some("kb5000002".into()), ..all() }).await, [two]);
            assert_eq!(found(&store, UpdateQuery { kb: Some("5000009".into()), ..all() }).await, []);
            assert_eq!(found(&store, UpdateQuery { cve: Some("cve-2026-0001".into()), ..all() }).await, [one]);
            assert_eq!(found(&store, UpdateQuery { update: Some(update(3)), ..all() }).await, [three]);
            let neither = UpdateQuery { update: Some(update(3)), kb: Some("5000002".into()), ..all() };
            assert_eq!(found(&store, neither).await, []);
            assert_eq!(found(&store, UpdateQuery { classification: Some(update(9_000)), ..all() }).await, [two, one]);
            assert_eq!(found(&store, UpdateQuery { declined: Some(false), ..all() }).await, [three, one]);
            assert_eq!(found(&store, UpdateQuery { deployable: Some(false), ..all() }).await, [three]);
            let category = UpdateQuery { update_type: Some(UpdateType::Category), ..all() };
            assert_eq!(found(&store, category).await, [three]);
            assert_eq!(found(&store, UpdateQuery { skip: 1, limit: 1, ..all() }).await, [two]);
        })
        .await;
    }
}
