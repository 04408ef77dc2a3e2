//! The schema, step by step. A step never changes once it has landed: a change is a new step.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Name and text of each step; those for one engine only differ where the engines do.
const SQLITE: &[(&str, &str)] = &[
    ("dialect", include_str!("../../migrations/0001_dialect.sqlite.sql")),
    ("estate", include_str!("../../migrations/0002_estate.sql")),
    ("catalog", include_str!("../../migrations/0003_catalog.sql")),
    ("computers", include_str!("../../migrations/0004_computers.sql")),
];
const POSTGRES: &[(&str, &str)] = &[
    ("dialect", include_str!("../../migrations/0001_dialect.postgres.sql")),
    ("estate", include_str!("../../migrations/0002_estate.sql")),
    ("catalog", include_str!("../../migrations/0003_catalog.sql")),
    ("computers", include_str!("../../migrations/0004_computers.sql")),
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
