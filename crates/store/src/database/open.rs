//! Opening: whatever is wrong with the place is said here, in words.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::{Database, migrations};
use crate::StoreError;
use crate::error::Doing;

/// How long a statement waits for another program that holds the file.
const BUSY_LIMIT: Duration = Duration::from_secs(10);
/// How long a call waits for a connection.
const CONNECTION_LIMIT: Duration = Duration::from_secs(30);
/// Connections that read; each has a thread, and readers never wait for the writer.
const SQLITE_READERS: u32 = 4;
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
        .disable_statement_logging();

    let mut connection = match options.connect().await {
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

    let pool = || SqlitePoolOptions::new().acquire_timeout(CONNECTION_LIMIT).idle_timeout(None).max_lifetime(None);
    let writer = pool().max_connections(1).connect_with(options.clone()).await.map_err(failed)?;
    let readers = options.pragma("query_only", "true");
    let readers = pool().max_connections(SQLITE_READERS).connect_with(readers).await.map_err(failed)?;
    Ok(Database::Sqlite { writer, readers })
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
        .disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(CONNECTION_LIMIT);
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
