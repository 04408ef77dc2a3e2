use std::collections::HashSet;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use store::{EventQuery, Location, Store};

use super::Reporter;

/// Events that were accepted, and how many of exactly those are in the database.
pub(super) fn count(data_dir: &Path, reporters: &[Reporter]) -> anyhow::Result<(u64, u64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("could not start the runtime")?.block_on(async {
        let location = Location::Sqlite(data_dir.join("vanne.db"));
        let store = Store::open(&location, Timestamp::now()).await.context("could not open the database")?;
        // All at once: asked for one computer, the database looks through the events of all.
        let query = EventQuery { computer: None, limit: u32::MAX };
        let events = store.events(&query).await.context("could not read the events back")?;
        let found: HashSet<_> = events.into_iter().map(|row| (row.computer, row.event.instance)).collect();
        let (mut accepted, mut kept) = (0, 0);
        for reporter in reporters {
            for event in reporter.accepted() {
                accepted += 1;
                kept += u64::from(found.contains(&(reporter.computer().clone(), event)));
            }
        }
        store.close().await;
        Ok((accepted, kept))
    })
}
