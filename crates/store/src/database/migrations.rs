//! The schema, step by step. A step never changes once it has landed: a change is a new step.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Name and text of each step; those for one engine only differ where the engines do.
const SQLITE: &[(&str, &str)] = &[
    ("dialect", include_str!("../../migrations/0001_dialect.sqlite.sql")),
    ("estate", include_str!("../../migrations/0002_estate.sql")),
    ("catalog", include_str!("../../migrations/0003_catalog.sql")),
    ("computers", include_str!("../../migrations/0004_computers.sql")),
    ("changes", include_str!("../../migrations/0005_changes.sql")),
    ("hierarchy", include_str!("../../migrations/0006_hierarchy.sql")),
    ("rollup", include_str!("../../migrations/0007_rollup.sql")),
    ("languages", include_str!("../../migrations/0008_languages.sql")),
    ("driver sets", include_str!("../../migrations/0009_driver_sets.sql")),
    ("summaries", include_str!("../../migrations/0010_summaries.sql")),
    ("due", include_str!("../../migrations/0011_due.sql")),
    ("verdicts", include_str!("../../migrations/0012_verdicts.sql")),
    ("revocation", include_str!("../../migrations/0013_revocation.sql")),
];
const POSTGRES: &[(&str, &str)] = &[
    ("dialect", include_str!("../../migrations/0001_dialect.postgres.sql")),
    ("estate", include_str!("../../migrations/0002_estate.sql")),
    ("catalog", include_str!("../../migrations/0003_catalog.sql")),
    ("computers", include_str!("../../migrations/0004_computers.sql")),
    ("changes", include_str!("../../migrations/0005_changes.sql")),
    ("hierarchy", include_str!("../../migrations/0006_hierarchy.sql")),
    ("rollup", include_str!("../../migrations/0007_rollup.sql")),
    ("languages", include_str!("../../migrations/0008_languages.sql")),
    ("driver sets", include_str!("../../migrations/0009_driver_sets.sql")),
    ("summaries", include_str!("../../migrations/0010_summaries.sql")),
    ("due", include_str!("../../migrations/0011_due.sql")),
    ("verdicts", include_str!("../../migrations/0012_verdicts.sql")),
    ("revocation", include_str!("../../migrations/0013_revocation.sql")),
];

pub(super) fn sqlite() -> Migrator {
    migrator(SQLITE)
}

pub(super) fn postgres() -> Migrator {
    migrator(POSTGRES)
}

fn migrator(steps: &[(&'static str, &'static str)]) -> Migrator {
    let steps = (1..).zip(steps).map(|(version, (name, text))| {
        Migration::new(version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(steps.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sqlx::{ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};
    use testkit::postgres::Postgres;

    use super::*;

    /// Everything SQLite knows of its schema.
    async fn sqlite_schema(connection: &mut SqliteConnection) -> BTreeSet<(String, String)> {
        let all = "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE '%sqlx%'";
        sqlx::query_as(all).fetch_all(connection).await.unwrap().into_iter().collect()
    }

    /// Columns, indexes and views of PostgreSQL.
    async fn postgres_schema(connection: &mut PgConnection) -> BTreeSet<(String, String)> {
        let all = "SELECT table_name || '.' || column_name, concat(data_type, ' ', is_nullable, ' ', column_default) \
                   FROM information_schema.columns WHERE table_schema = 'public' \
                   UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' \
                   UNION ALL SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'";
        sqlx::query_as(all).fetch_all(connection).await.unwrap().into_iter().collect()
    }

    #[tokio::test]
    async fn a_migrated_database_is_like_a_fresh_one() {
        let folder = tempfile::tempdir().unwrap();
        let connect = async |name: &str| {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join(name));
            options.create_if_missing(true).connect().await.unwrap()
        };
        let mut fresh = connect("fresh").await;
        sqlite().run(&mut fresh).await.unwrap();
        let mut migrated = connect("migrated").await;
        for step in 1..=SQLITE.len() {
            sqlite().run_to(step.try_into().unwrap(), &mut migrated).await.unwrap();
        }
        assert_eq!(sqlite_schema(&mut migrated).await, sqlite_schema(&mut fresh).await);

        let Some(server) = Postgres::shared() else { return };
        let mut fresh = PgConnection::connect(&server.database().unwrap()).await.unwrap();
        postgres().run(&mut fresh).await.unwrap();
        let mut migrated = PgConnection::connect(&server.database().unwrap()).await.unwrap();
        for step in 1..=POSTGRES.len() {
            postgres().run_to(step.try_into().unwrap(), &mut migrated).await.unwrap();
        }
        assert_eq!(postgres_schema(&mut migrated).await, postgres_schema(&mut fresh).await);
    }

    #[tokio::test]
    async fn what_came_before_anybody_asked_who_signed_it_is_given_to_nobody_until_somebody_has() {
        let row = "INSERT INTO content (sha256, sha1, size, state, changed_us) VALUES ('a', 'b', 1, 0, 7), ('c', 'd', 1, 1, 8)";
        let states = "SELECT state, changed_us FROM content ORDER BY changed_us";
        let folder = tempfile::tempdir().unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("vanne.db"));
        let mut connection = options.create_if_missing(true).connect().await.unwrap();
        sqlite().run_to(11, &mut connection).await.unwrap();
        sqlx::query(row).execute(&mut connection).await.unwrap();
        sqlite().run(&mut connection).await.unwrap();
        let kept: Vec<(i16, i64)> = sqlx::query_as(states).fetch_all(&mut connection).await.unwrap();
        assert_eq!(kept, [(3, 7), (1, 8)]);

        let Some(server) = Postgres::shared() else { return };
        let mut connection = PgConnection::connect(&server.database().unwrap()).await.unwrap();
        postgres().run_to(11, &mut connection).await.unwrap();
        sqlx::query(row).execute(&mut connection).await.unwrap();
        postgres().run(&mut connection).await.unwrap();
        let kept: Vec<(i16, i64)> = sqlx::query_as(states).fetch_all(&mut connection).await.unwrap();
        assert_eq!(kept, [(3, 7), (1, 8)]);
    }

    /// Digests of the steps that have landed, by engine and version. A landed step is never changed; a new one is
    /// added here when it lands.
    const LANDED: &[(&str, i64, &str)] = &[
        ("sqlite", 1, "478c6ec2fe6117bd"),
        ("sqlite", 2, "3d461c28bd9dc25e"),
        ("sqlite", 3, "dbd52a044c6cd09e"),
        ("sqlite", 4, "69046552359bbd34"),
        ("sqlite", 5, "abb8dba70908f1fe"),
        ("sqlite", 6, "4a90a8bbfbe0deb0"),
        ("sqlite", 7, "6f5cda8bb2db9fb6"),
        ("sqlite", 8, "b0af367679d70bcf"),
        ("sqlite", 9, "8444c3d7af1abc22"),
        ("sqlite", 10, "eb60042c1ef3e45d"),
        ("sqlite", 11, "41758433e6b6a989"),
        ("sqlite", 12, "944dc5c3363b1349"),
        ("sqlite", 13, "833d3c7c963615ff"),
        ("postgres", 1, "85f6e07cf0e932fb"),
        ("postgres", 2, "3d461c28bd9dc25e"),
        ("postgres", 3, "dbd52a044c6cd09e"),
        ("postgres", 4, "69046552359bbd34"),
        ("postgres", 5, "abb8dba70908f1fe"),
        ("postgres", 6, "4a90a8bbfbe0deb0"),
        ("postgres", 7, "6f5cda8bb2db9fb6"),
        ("postgres", 8, "b0af367679d70bcf"),
        ("postgres", 9, "8444c3d7af1abc22"),
        ("postgres", 10, "eb60042c1ef3e45d"),
        ("postgres", 11, "41758433e6b6a989"),
        ("postgres", 12, "944dc5c3363b1349"),
        ("postgres", 13, "833d3c7c963615ff"),
    ];

    #[test]
    fn what_has_landed_stays_as_it_is() {
        let digests = |engine: &'static str, migrator: Migrator| {
            let digest = |step: &Migration| step.checksum[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            let all: Vec<(&str, i64, String)> =
                migrator.iter().map(|step| (engine, step.version, digest(step))).collect();
            all
        };
        let mut found = digests("sqlite", sqlite());
        found.extend(digests("postgres", postgres()));
        let landed = LANDED.iter().map(|(engine, version, digest)| (*engine, *version, (*digest).to_owned()));
        assert_eq!(found, landed.collect::<Vec<_>>());
    }

    #[test]
    fn both_engines_take_the_same_steps() {
        let names = |steps: &[(&'static str, &str)]| steps.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(SQLITE), names(POSTGRES));
    }
}
