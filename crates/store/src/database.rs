//! The two engines behind one face: transactions that run named statements.

mod migrations;
mod open;

use futures::TryStreamExt as _;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{FromRow, Postgres, Sqlite};

pub use self::open::Location;
use crate::StoreError;
use crate::codec::unsigned;
use crate::error::Doing;
use crate::statement::Statement;
use crate::value::Value;

/// An open database. Clones share its connections.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    /// Writes go through a pool of one connection: they wait in line here, and never meet a lock of our own.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// Writes that must be in order hold the row of a counter.
    Postgres(PgPool),
}

/// A row of either engine.
pub(crate) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

/// Gives a query its parameters, in order.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Integer(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Database {
    /// Begins a transaction that sees one state of the database throughout and changes nothing.
    pub(crate) async fn read(&self, operation: &'static str) -> Result<Transaction, StoreError> {
        let engine = match self {
            Self::Sqlite { readers, .. } => readers.begin().await.map(Engine::Sqlite),
            Self::Postgres(pool) => {
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Engine::Postgres)
            }
        };
        Transaction::begun(operation, engine)
    }

    /// Begins a transaction that may change something; it does when it is committed, and not at all before.
    pub(crate) async fn write(&self, operation: &'static str) -> Result<Transaction, StoreError> {
        let engine = match self {
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Engine::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Engine::Postgres),
        };
        Transaction::begun(operation, engine)
    }

    /// Waits for what is under way and closes every connection.
    pub(crate) async fn close(&self) {
        match self {
            // The writer last: the last connection to the file tidies up behind all others.
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Bytes that can be written before the file grows: pages of what was removed. Of PostgreSQL's disk nothing is known.
    pub(crate) async fn spare_bytes(&self) -> Result<Option<u64>, StoreError> {
        let Self::Sqlite { readers, .. } = self else { return Ok(None) };
        let spare = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size";
        let found: Result<i64, sqlx::Error> = sqlx::query_scalar(spare).fetch_one(readers).await;
        let bytes = found.map_err(|error| StoreError::of_engine(Doing::new("looking for spare pages"), error))?;
        Ok(Some(unsigned(bytes)))
    }

    /// The rows of one reading statement.
    pub(crate) async fn rows<T: Row>(
        &self,
        statement: Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, StoreError> {
        let found = match self {
            Self::Sqlite { readers, .. } => {
                bound!(sqlx::query_as::<Sqlite, T>(statement.sql), values).fetch_all(readers).await
            }
            Self::Postgres(pool) => bound!(sqlx::query_as::<Postgres, T>(statement.sql), values).fetch_all(pool).await,
        };
        found.map_err(|error| StoreError::of_engine(Doing::statement("reading", statement.name), error))
    }

    /// The first row of one reading statement.
    pub(crate) async fn row<T: Row>(
        &self,
        statement: Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Runs one changing statement by itself; how many rows it changed.
    pub(crate) async fn change(
        &self,
        operation: &'static str,
        statement: Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.write(operation).await?;
        let changed = transaction.run(statement, values).await?;
        transaction.commit().await?;
        Ok(changed)
    }
}

/// A transaction; rolled back unless it is committed.
pub(crate) struct Transaction {
    operation: &'static str,
    engine: Engine,
}

enum Engine {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    fn begun(operation: &'static str, engine: Result<Engine, sqlx::Error>) -> Result<Self, StoreError> {
        let engine = engine.map_err(|error| StoreError::of_engine(Doing::new(operation), error))?;
        Ok(Self { operation, engine })
    }

    /// The rows of a statement.
    pub(crate) async fn rows<T: Row>(
        &mut self,
        statement: Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, StoreError> {
        let found = match &mut self.engine {
            Engine::Sqlite(transaction) => {
                bound!(sqlx::query_as::<Sqlite, T>(statement.sql), values).fetch_all(&mut **transaction).await
            }
            Engine::Postgres(transaction) => {
                bound!(sqlx::query_as::<Postgres, T>(statement.sql), values).fetch_all(&mut **transaction).await
            }
        };
        found.map_err(|error| self.failed(statement, error))
    }

    /// The first row of a statement.
    pub(crate) async fn row<T: Row>(
        &mut self,
        statement: Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Hands over the rows of a statement as they come, so that they are never all in memory.
    pub(crate) async fn each<T: Row>(
        &mut self,
        statement: Statement,
        values: impl IntoIterator<Item = Value>,
        mut take: impl FnMut(T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let operation = self.operation;
        let failed = |error| StoreError::of_engine(Doing::statement(operation, statement.name), error);
        match &mut self.engine {
            Engine::Sqlite(transaction) => {
                let mut rows = bound!(sqlx::query_as::<Sqlite, T>(statement.sql), values).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    take(row)?;
                }
            }
            Engine::Postgres(transaction) => {
                let mut rows = bound!(sqlx::query_as::<Postgres, T>(statement.sql), values).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    take(row)?;
                }
            }
        }
        Ok(())
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn run(
        &mut self,
        statement: Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, StoreError> {
        let done = match &mut self.engine {
            Engine::Sqlite(transaction) => bound!(sqlx::query::<Sqlite>(statement.sql), values)
                .execute(&mut **transaction)
                .await
                .map(|done| done.rows_affected()),
            Engine::Postgres(transaction) => bound!(sqlx::query::<Postgres>(statement.sql), values)
                .execute(&mut **transaction)
                .await
                .map(|done| done.rows_affected()),
        };
        done.map_err(|error| self.failed(statement, error))
    }

    /// Makes it last.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let done = match self.engine {
            Engine::Sqlite(transaction) => transaction.commit().await,
            Engine::Postgres(transaction) => transaction.commit().await,
        };
        done.map_err(|error| StoreError::of_engine(Doing::new(self.operation), error))
    }

    fn failed(&self, statement: Statement, error: sqlx::Error) -> StoreError {
        StoreError::of_engine(Doing::statement(self.operation, statement.name), error)
    }
}

#[cfg(test)]
mod tests {
    use futures::future::try_join_all;

    use crate::testing::{at, contact, on_both, revision};
    use crate::{Location, Store};

    /// Writers and readers at once, through two stores as if they were two programs.
    async fn crowd(first: Store, second: Store) {
        let tasks = (0..24_u32).map(|number| {
            let store = if number % 2 == 0 { first.clone() } else { second.clone() };
            tokio::spawn(async move {
                for round in 0..4 {
                    let id = u128::from(number / 2 * 4 + round);
                    match number % 4 {
                        0 | 1 => drop(store.import(vec![revision(id, 1)], at(0)).await?),
                        2 => store.see_computers(&["aa", "bb", "cc"].map(|id| contact(id, number.into()))).await?,
                        _ => drop(store.catalog().await?),
                    }
                }
                Ok::<(), crate::StoreError>(())
            })
        });
        for outcome in try_join_all(tasks).await.unwrap() {
            outcome.unwrap();
        }
        let rows = first.catalog().await.unwrap();
        let ids: Vec<i32> = rows.entries.iter().map(|entry| entry.id.0).collect();
        assert_eq!(ids, (1..=24).collect::<Vec<_>>());
        // Every generation is that of one import, and later numbers never have an earlier one.
        assert_eq!(rows.mark.0, 24);
        assert!(rows.entries.is_sorted_by_key(|entry| entry.imported));
        assert_eq!(first.memberships().await.unwrap().len(), 3);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_at_once_do_not_disturb_each_other() {
        on_both(async |store| crowd(store.clone(), store).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn two_programs_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("vanne.db"));
        let open = || Store::open(&location, at(0));
        let (first, second) = tokio::join!(open(), open());
        crowd(first.unwrap(), second.unwrap()).await;
    }
}
