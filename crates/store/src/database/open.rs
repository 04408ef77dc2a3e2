//! Opening: whatever is wrong with the place is said here, in words.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::{Database, migrations};
use crate::StoreError;
use crate::error::Doing;

/// How long a statement waits for another program that holds the file.
const BUSY_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait before a file that another program has to itself is opened again.
const BUSY_PAUSE: Duration = Duration::from_millis(50);
/// How long a call waits for a connection.
const CONNECTION_LIMIT: Duration = Duration::from_secs(30);
/// Connections that read; each has a thread, and readers never wait for the writer.
const SQLITE_READERS: u32 = 4;
/// Pages of 4 KiB in the log after which they are moved to the database: a set of an import is about a thousand, and
/// with SQLite's own 1,000 each would write the pages that all sets change, and wait for the disk, twice.
const SQLITE_CHECKPOINT_PAGES: &str = "4096";
/// Cache of the connection that writes, in KiB below zero: a set's pages and those of the indexes it reaches into. With
/// SQLite's own 2 MiB they are written, dropped and read again within one transaction.
const SQLITE_WRITER_CACHE: &str = "-16384";
/// Rows read ahead of who takes them, a query.
const SQLITE_ROWS_WAITING: usize = 1_000;
/// [`CONNECTION_LIMIT`] for PostgreSQL: whoever needs a server that is down is told so before it gives up waiting.
const POSTGRES_CONNECTION_LIMIT: Duration = Duration::from_secs(10);
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 12;

/// Where the state is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite database: the file, made when it is missing; its folder must exist.
    Sqlite(PathBuf),
    /// A PostgreSQL database by its URL, `postgres://user:password@host/database`; it must exist.
    Postgres(String),
}

impl fmt::Display for Location {
    /// Names the place without its password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => file.display().fmt(out),
            Self::Postgres(url) => match PgConnectOptions::from_str(url) {
                Ok(options) => {
                    let database = options.get_database().unwrap_or_else(|| options.get_username());
                    match options.get_socket() {
                        Some(socket) => write!(out, "PostgreSQL database {database} at {}", socket.display()),
                        None => {
                            let (host, port) = (options.get_host(), options.get_port());
                            write!(out, "PostgreSQL database {database} at {host}:{port}")
                        }
                    }
                }
                Err(_) => out.write_str("a PostgreSQL database"),
            },
        }
    }
}

impl Database {
    /// Opens the database and brings its schema up to date.
    pub(crate) async fn open(location: &Location) -> Result<Self, StoreError> {
        let opening = Doing::new(format!("opening {location}"));
        match location {
            Location::Sqlite(file) => Box::pin(open_sqlite(file, location, &opening)).await,
            Location::Postgres(url) => Box::pin(open_postgres(url, location, &opening)).await,
        }
    }
}

async fn open_sqlite(file: &Path, location: &Location, opening: &Doing) -> Result<Database, StoreError> {
    check_place(file)?;
    let failed = |error| StoreError::of_engine(opening.clone(), error);
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode, NORMAL may lose the last commits with the power. What was acknowledged must not be lost.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_LIMIT)
        .foreign_keys(true)
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
        .disable_statement_logging();

    let mut connection = match patiently(async || options.connect().await).await {
        Ok(connection) => connection,
        // What cannot be opened although its folder exists is a matter of rights.
        Err(error) if sqlite_code(&error) == Some(14) => {
            return Err(StoreError::ReadOnly { doing: opening.clone(), source: error.into() });
        }
        Err(error) => return Err(failed(error)),
    };
    let migrated = migrate_sqlite(&mut connection, location, opening).await;
    connection.close().await.map_err(failed)?;
    migrated?;

    let pool = || {
        let pool = SqlitePoolOptions::new().acquire_timeout(CONNECTION_LIMIT).idle_timeout(None).max_lifetime(None);
        pool.after_release(|connection, _| Box::pin(is_free(connection)))
    };
    let writing = options.clone().pragma("cache_size", SQLITE_WRITER_CACHE);
    let writer =
        patiently(async || pool().max_connections(1).connect_with(writing.clone()).await).await.map_err(failed)?;
    // Rows that may wait between the thread that reads and the task that takes them: with the driver's own 50, half a
    // million rows are a switch between the two every few rows.
    let readers = options.pragma("query_only", "true").row_buffer_size(SQLITE_ROWS_WAITING);
    let readers = patiently(async || pool().max_connections(SQLITE_READERS).connect_with(readers.clone()).await);
    let readers = readers.await.map_err(failed)?;
    Ok(Database::Sqlite { writer, readers })
}

/// Opens, again while another program has the file to itself.
///
/// SQLite waits for locks by itself ([`BUSY_LIMIT`]), but not for that of a program that changes the journal's mode or mends
/// what one that was killed has left, both of which happen when the file is opened: then it says so at once.
async fn patiently<T>(open: impl AsyncFn() -> Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
    let until = Instant::now() + BUSY_LIMIT;
    loop {
        match open().await {
            // SQLITE_BUSY and SQLITE_LOCKED.
            Err(error) if matches!(sqlite_code(&error), Some(5 | 6)) && Instant::now() < until => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// Whether a connection that was given back may be used again.
///
/// On a full disk SQLite rolls back by itself. The rollback that follows then fails, and the driver goes on to count
/// the transaction as open: such a connection would refuse to begin another one for ever.
async fn is_free(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // Answered after the rollback that was asked for when the transaction was dropped.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

fn check_place(file: &Path) -> Result<(), StoreError> {
    if file.is_dir() {
        return Err(StoreError::invalid(format!("{} is a folder: name a file in it", file.display())));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    Err(StoreError::not_found(format!("the folder {} does not exist: make it, or name another", folder.display())))
}

/// All steps in one transaction: two programs that start at once do not meet, and a cut leaves the old schema.
async fn migrate_sqlite(
    connection: &mut SqliteConnection,
    location: &Location,
    opening: &Doing,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::of_engine(opening.clone(), error);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let foreign: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' \
         AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')",
    )
    .fetch_one(&mut *transaction)
    .await
    .map_err(failed)?;
    if foreign > 0 {
        return Err(StoreError::invalid(format!("{location} holds the tables of another program: name another file")));
    }
    let migrated = migrations::sqlite().run_direct(None, &mut *transaction, false).await;
    migrated.map_err(|error| not_migrated(error, location, opening))?;
    transaction.commit().await.map_err(failed)
}

async fn open_postgres(url: &str, location: &Location, opening: &Doing) -> Result<Database, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::invalid(format!("the database's address is no PostgreSQL URL: {error}")))?
        .application_name("vanne")
        // It cannot know how long our sets are, guesses too much, and would compile for longer than the query takes.
        .options([("jit", "off")])
        .disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(POSTGRES_CONNECTION_LIMIT);
    // By itself first: the pool would try again and again, and then only say that time ran out.
    let mut connection = options.connect().await.map_err(|error| StoreError::of_engine(opening.clone(), error))?;
    let migrated = migrations::postgres().run_direct(None, &mut connection, false).await;
    migrated.map_err(|error| not_migrated(error, location, opening))?;
    connection.close().await.map_err(|error| StoreError::of_engine(opening.clone(), error))?;
    Ok(Database::Postgres(pool.connect_lazy_with(options)))
}

fn not_migrated(error: MigrateError, location: &Location, opening: &Doing) -> StoreError {
    match error {
        MigrateError::VersionMissing(found) => StoreError::Newer { location: location.to_string(), found },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            StoreError::of_engine(opening.clone(), error)
        }
        other => StoreError::Corrupt { doing: opening.clone(), source: other.into() },
    }
}

/// SQLite's primary result code.
fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use testkit::postgres::Postgres;

    use super::*;
    use crate::Store;
    use crate::testing::{at, on_both};

    async fn refused(location: Location) -> StoreError {
        Store::open(&location, at(0)).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let error = refused(Location::Sqlite(missing.join("vanne.db"))).await;
        let said = format!("the folder {} does not exist: make it, or name another", missing.display());
        assert_eq!(error.to_string(), said);
        assert!(matches!(error, StoreError::NotFound { .. }));
        assert!(matches!(refused(Location::Sqlite(folder.path().into())).await, StoreError::Invalid { .. }));
    }

    #[tokio::test]
    async fn what_is_no_database_of_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        std::fs::write(&text, "This is not a database, and long enough to be looked at. ".repeat(20)).unwrap();
        assert!(matches!(refused(Location::Sqlite(text)).await, StoreError::Corrupt { .. }));

        let foreign = folder.path().join("foreign.db");
        let options = SqliteConnectOptions::new().filename(&foreign).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::query("CREATE TABLE theirs (x INTEGER)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let error = refused(Location::Sqlite(foreign.clone())).await;
        assert_eq!(
            error.to_string(),
            format!("{} holds the tables of another program: name another file", foreign.display())
        );
    }

    #[tokio::test]
    async fn a_newer_schema_or_a_changed_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut locations = vec![Location::Sqlite(folder.path().join("vanne.db"))];
        if let Some(server) = Postgres::shared() {
            locations.push(Location::Postgres(server.database().unwrap()));
        }
        for location in locations {
            let store = Store::open(&location, at(0)).await.unwrap();
            execute(
                &store,
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 999, description, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
            )
            .await;
            let error = refused(location.clone()).await;
            assert!(matches!(error, StoreError::Newer { found: 999, .. }), "{error}");
            execute(&store, "DELETE FROM _sqlx_migrations WHERE version = 999").await;
            Store::open(&location, at(0)).await.unwrap();
            execute(&store, "UPDATE _sqlx_migrations SET checksum = unhex('00') WHERE version = 2").await;
            assert!(matches!(refused(location).await, StoreError::Corrupt { .. }));
        }
    }

    async fn execute(store: &Store, sql: &'static str) {
        match &store.database {
            Database::Sqlite { writer, .. } => drop(sqlx::query(sql).execute(writer).await.unwrap()),
            Database::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
        }
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_named_without_its_password() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().display().to_string().replace('/', "%2F");
        let location = Location::Postgres(format!("postgres://vanne:secret@{socket}/estate"));
        let error = refused(location).await;
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        let said = format!("{error}: {}", error.source().unwrap());
        assert!(said.contains("database estate at") && !said.contains("secret"), "{said}");
        assert!(matches!(refused(Location::Postgres("nonsense".into())).await, StoreError::Invalid { .. }));
    }

    #[tokio::test]
    async fn a_database_that_does_not_exist_is_no_passing_trouble() {
        let Some(server) = Postgres::shared() else { return };
        let location = Location::Postgres(server.url().replace("/postgres", "/nowhere"));
        let error = refused(location).await;
        assert!(matches!(error, StoreError::Invalid { .. }), "{error}");
        assert!(error.to_string().contains("\"nowhere\" does not exist"), "{error}");
    }

    #[tokio::test]
    async fn a_folder_without_the_right_to_write_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut rights = std::fs::metadata(folder.path()).unwrap().permissions();
        rights.set_readonly(true);
        std::fs::set_permissions(folder.path(), rights).unwrap();
        if std::fs::write(folder.path().join("probe"), "").is_ok() {
            eprintln!("SKIPPED: a folder without the right to write: this account may write everywhere");
            return;
        }
        let error = refused(Location::Sqlite(folder.path().join("vanne.db"))).await;
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_file_that_another_program_has_to_itself_is_opened_once_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vanne.db");
        // As a program that makes it anew: in the mode files begin with, and locked for all others.
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut other = options.journal_mode(SqliteJournalMode::Delete).connect().await.unwrap();
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
        let location = Location::Sqlite(file);
        let mut opening = Box::pin(Store::open(&location, at(0)));
        let early = tokio::time::timeout(BUSY_PAUSE * 4, &mut opening).await;
        assert!(early.is_err(), "it waits");
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        other.close().await.unwrap();
        opening.await.unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_is_not_committed_leaves_nothing() {
        on_both(async |store| {
            let mut change = store.changing("testing").await.unwrap();
            change.run(crate::statement::SETTING_SET, ["key".into(), "value".into()]).await.unwrap();
            drop(change);
            assert_eq!(store.setting("key").await.unwrap(), None);
            assert_eq!(store.mark().await.unwrap().0, 0);
        })
        .await;
    }
}
