use std::error::Error;
use std::fmt;

/// Why the store did not do what it was asked to; the variant says what the caller can do about it.
///
/// Whatever it is, nothing of the failed operation is in effect, and all that was acknowledged before is.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading or writing is not possible just now; the same call may succeed in a moment.
    #[error("the database is not available ({doing}); another program may hold it, or its server may be down")]
    Unavailable {
        /// What was being done.
        doing: Doing,
        /// Why it failed.
        source: Cause,
    },
    /// There is no room left where the database is.
    #[error("there is no room left for the database ({doing}): free some space")]
    Full {
        /// What was being done.
        doing: Doing,
        /// Why it failed.
        source: Cause,
    },
    /// The database can be read and not written.
    #[error("the database cannot be written ({doing}): make the file and its folder writable for this account")]
    ReadOnly {
        /// What was being done.
        doing: Doing,
        /// Why it failed.
        source: Cause,
    },
    /// What is there is damaged, or is something else.
    #[error("the database is damaged, or no database of this program ({doing}): restore it from a backup")]
    Corrupt {
        /// What was being done.
        doing: Doing,
        /// Why it failed.
        source: Cause,
    },
    /// A newer version of this program has changed the database.
    #[error("{location} was written by a newer version of this program (schema {found}): install that version")]
    Newer {
        /// Where the database is.
        location: String,
        /// The first of its migrations that this program does not know.
        found: i64,
    },
    /// It contradicts what is there.
    #[error("{what}")]
    Conflict {
        /// Which one, and how.
        what: String,
    },
    /// What was named does not exist.
    #[error("{what}")]
    NotFound {
        /// Which one.
        what: String,
    },
    /// The request makes no sense.
    #[error("{what}")]
    Invalid {
        /// Which part, and why.
        what: String,
    },
}

/// What went wrong below.
pub type Cause = Box<dyn Error + Send + Sync>;

/// What the store was doing when it failed: an operation, and the statement if it was one.
#[derive(Debug, Clone)]
pub struct Doing {
    operation: String,
    statement: Option<&'static str>,
}

impl Doing {
    pub(crate) fn new(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), statement: None }
    }

    pub(crate) fn statement(operation: &'static str, statement: &'static str) -> Self {
        Self { operation: operation.to_owned(), statement: Some(statement) }
    }
}

impl fmt::Display for Doing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.operation)?;
        self.statement.map_or(Ok(()), |statement| write!(out, ", statement {statement}"))
    }
}

impl StoreError {
    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict { what: what.into() }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid { what: what.into() }
    }

    pub(crate) fn corrupt(doing: &'static str, source: impl Into<Cause>) -> Self {
        Self::Corrupt { doing: Doing::new(doing), source: source.into() }
    }

    /// Sorts an engine's error by what can be done about it.
    pub(crate) fn of_engine(doing: Doing, error: sqlx::Error) -> Self {
        let blame = blame(&error);
        let source: Cause = error.into();
        match blame {
            Blame::Unavailable => Self::Unavailable { doing, source },
            Blame::Full => Self::Full { doing, source },
            Blame::ReadOnly => Self::ReadOnly { doing, source },
            Blame::Corrupt => Self::Corrupt { doing, source },
            Blame::Conflict => Self::Conflict { what: format!("{doing}: {source}") },
            Blame::Invalid => Self::Invalid { what: format!("{doing}: {source}") },
        }
    }
}

enum Blame {
    Unavailable,
    Full,
    ReadOnly,
    Corrupt,
    Conflict,
    Invalid,
}

fn blame(error: &sqlx::Error) -> Blame {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Blame::Corrupt
            }
            sqlx::Error::Configuration(_) | sqlx::Error::Encode(_) | sqlx::Error::Tls(_) => Blame::Invalid,
            _ => Blame::Unavailable,
        };
    };
    let code = database.code().unwrap_or_default();
    match code.parse::<i32>() {
        // SQLSTATEs have five characters; SQLite's codes never get that far.
        Ok(number) if code.len() < 5 => of_sqlite(number),
        _ => of_postgres(&code),
    }
}

/// The index of the write-ahead log cannot be enlarged: on a full disk that comes before any SQLITE_FULL, because the index
/// is made when a database is opened.
const SQLITE_IOERR_SHMSIZE: i32 = 4874;

/// By the primary result code, which is the low byte (sqlite.org/rescode.html).
fn of_sqlite(code: i32) -> Blame {
    if code == SQLITE_IOERR_SHMSIZE {
        return Blame::Full;
    }
    match code & 0xff {
        8 => Blame::ReadOnly,
        11 | 26 => Blame::Corrupt,
        13 => Blame::Full,
        19 => Blame::Conflict,
        1 | 18 | 20 | 25 => Blame::Invalid,
        _ => Blame::Unavailable,
    }
}

/// By class and, where that is too coarse, by condition (PostgreSQL manual, appendix A).
fn of_postgres(code: &str) -> Blame {
    match (code, code.get(..2).unwrap_or_default()) {
        ("53100", _) => Blame::Full,
        ("25006", _) => Blame::ReadOnly,
        ("57014", _) | (_, "08" | "40" | "53" | "55" | "57" | "58") => Blame::Unavailable,
        (_, "XX") => Blame::Corrupt,
        (_, "23") => Blame::Conflict,
        _ => Blame::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;
    use crate::testing::{at, revision};
    use crate::{Imported, Location, NewRevision, Store};

    async fn sqlite(folder: &tempfile::TempDir) -> Store {
        Store::open(&Location::Sqlite(folder.path().join("vanne.db")), at(0)).await.unwrap()
    }

    async fn pragma(store: &Store, pragma: &'static str) {
        let Database::Sqlite { writer, .. } = &store.database else { panic!("not SQLite") };
        sqlx::query(pragma).execute(writer).await.unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_leaves_the_old_state_and_passes() {
        let folder = tempfile::tempdir().unwrap();
        let store = sqlite(&folder).await;
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        let before = store.catalog().await.unwrap();
        // Digits of a product do not compress to nothing.
        let bulk: String = (0..200_000_u64).map(|number| (number * 2_654_435_761 % 1_000_003).to_string()).collect();
        let large = NewRevision { core: bulk, ..revision(2, 1) };

        pragma(&store, "PRAGMA max_page_count = 1").await;
        let error = store.import(vec![large.clone()], at(1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert_eq!(store.catalog().await.unwrap(), before);
        pragma(&store, "PRAGMA max_page_count = 1000000").await;
        let outcome = store.import(vec![large], at(2)).await.unwrap();
        assert!(matches!(outcome[..], [Imported::Added(_)]));
    }

    #[tokio::test]
    async fn a_database_that_became_read_only_still_answers() {
        let folder = tempfile::tempdir().unwrap();
        let store = sqlite(&folder).await;
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        pragma(&store, "PRAGMA query_only = true").await;
        let error = store.import(vec![revision(2, 1)], at(1)).await.unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
        assert_eq!(store.catalog().await.unwrap().entries.len(), 1);
    }

    #[test]
    fn the_engines_codes_are_sorted_by_what_can_be_done() {
        // Extended codes: SQLITE_READONLY_DIRECTORY, SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE, SQLITE_CORRUPT_INDEX.
        assert!(matches!(of_sqlite(1544), Blame::ReadOnly));
        assert!(matches!(of_sqlite(517), Blame::Unavailable));
        assert!(matches!(of_sqlite(778), Blame::Unavailable));
        assert!(matches!(of_sqlite(SQLITE_IOERR_SHMSIZE), Blame::Full));
        assert!(matches!(of_sqlite(779), Blame::Corrupt));
        assert!(matches!(of_postgres("53100"), Blame::Full));
        assert!(matches!(of_postgres("53300"), Blame::Unavailable));
        assert!(matches!(of_postgres("40P01"), Blame::Unavailable));
        assert!(matches!(of_postgres("25006"), Blame::ReadOnly));
        assert!(matches!(of_postgres("23505"), Blame::Conflict));
        assert!(matches!(of_postgres("3D000"), Blame::Invalid));
    }
}
