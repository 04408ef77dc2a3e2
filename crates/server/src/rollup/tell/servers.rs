//! Which servers there are, and how they are doing.

use std::collections::HashMap;

use store::{DownstreamRow, RunOutcome, ServerFigures};
use uuid::Uuid;
use wire::limits::CLIENT_SUMMARIES;
use wire::reporting::rollup::{DownstreamServer, ServerSummary};

use super::Round;
use super::parts::{self, Told};
use crate::acquire::{self, Awaited};
use crate::app::App;
use crate::rollup::{RollupError, hierarchy_of};

/// Synchronisations looked at for the last one that went well.
const RUNS: u32 = 100;

impl Round<'_> {
    /// Tells of this server and those below it, and of their computers in sum. This one goes first, though the specification has it last: each is to
    /// come behind the one it asks (MS-WSUSSS 3.2.4.5; server-server.md §16.12).
    pub(in crate::rollup) async fn servers(&mut self, is_replica: bool) -> Result<(), RollupError> {
        let app = self.app;
        let synchronised = app.store.runs(RUNS).await?.into_iter().find(|run| run.outcome == RunOutcome::Succeeded);
        let own = DownstreamServer {
            server_id: self.own,
            full_domain_name: app.host_name(),
            last_sync_time: synchronised.and_then(|run| run.ended_at),
            parent_server_id: None,
            version: env!("CARGO_PKG_VERSION").parse().ok(),
            is_replica,
            last_rollup_time: Some(app.now()),
            summary: Some(summary(&app.store.server_figures().await?, awaited(app).await)),
            client_summaries: Vec::new(),
        };
        let round = app.store.begin_summaries().await?;
        let own = (own, app.store.own_summaries(round).await?);
        let mut summaries = app.store.summaries_below().await?;
        let rows = app.store.downstreams().await?;
        let ordered = hierarchy_of(&rows).parents_first();
        let mut rows: HashMap<Uuid, DownstreamRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let below = ordered.iter().filter_map(|id| rows.remove(id));
        let below = below.map(|row| (summaries.remove(&row.id).unwrap_or_default(), row));
        let below = below.map(|(clients, row)| (below_this(row, self.own), clients));
        let servers: Vec<_> = std::iter::once(own).chain(below).collect();
        let count = servers.len();
        let most = usize::try_from(self.wanted.downstream_servers_max.get()).unwrap_or(usize::MAX);
        let parts = parts::parts(servers, most.min(CLIENT_SUMMARIES.max));
        let last = parts::last_of(&parts, self.own);
        for (place, part) in parts.into_iter().enumerate() {
            self.part_of_servers(part).await?;
            // What is left for a later part would be lost with a line that breaks before.
            if Some(place) == last {
                app.store.told_own_summaries(round).await?;
            }
        }
        self.details.servers = count;
        Ok(())
    }

    /// What is acknowledged is not told again. Should that be lost on its way back, installations are counted twice above:
    /// the protocol has nothing to tell a repeat by (MS-WSUSSS 3.1.4.14).
    async fn part_of_servers(&self, part: Vec<Told>) -> Result<(), RollupError> {
        let app = self.app;
        app.store.renew_rollup(Some(app.now())).await?;
        let told = part.iter().map(Told::to_wire).collect();
        self.session.roll_up_servers(told, app.now()).await?;
        let below = part.into_iter().filter(|told| told.id() != self.own);
        let passed = below.flat_map(|told| {
            let server = told.id();
            told.into_clients().map(move |summary| (server, summary))
        });
        app.store.passed_summaries(&passed.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

/// Updates whose files are not here. That it cannot be told keeps nothing else from being told.
async fn awaited(app: &App) -> Awaited {
    acquire::awaited(app).await.unwrap_or_else(|error| {
        tracing::warn!(
            error = error.error,
            "could not find out which updates lack files; the server above is told none do"
        );
        Awaited::default()
    })
}

/// A server below as the one above is told of it, by what is known here.
fn below_this(row: DownstreamRow, own: Uuid) -> DownstreamServer {
    DownstreamServer {
        server_id: row.id,
        full_domain_name: row.name,
        last_sync_time: row.last_sync,
        parent_server_id: Some(row.parent.unwrap_or(own)),
        version: row.version.and_then(|version| version.parse().ok()),
        is_replica: row.is_replica.unwrap_or_default(),
        last_rollup_time: row.last_rollup,
        summary: Some(row.summary.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()),
        client_summaries: Vec::new(),
    }
}

/// Two counters are 0: approvals here are of updates, so that none is stale; and nothing in an update's document says that
/// agents need it to go on getting updates.
fn summary(figures: &ServerFigures, awaited: Awaited) -> ServerSummary {
    let count = |number: i64| u32::try_from(number.clamp(0, i32::MAX.into())).unwrap_or_default();
    ServerSummary {
        updates: count(figures.updates),
        declined_updates: count(figures.declined),
        approved_updates: count(figures.approved),
        not_approved_updates: count(figures.not_approved),
        critical_or_security_updates_not_approved: count(figures.critical_not_approved),
        expired_updates: count(figures.expired),
        updates_with_client_errors: count(figures.failed),
        updates_with_server_errors: count(awaited.failing),
        updates_needing_files: count(awaited.needing),
        updates_needed_by_computers: count(figures.needed),
        updates_up_to_date: count(figures.up_to_date),
        custom_groups: count(figures.custom_groups),
        computers: count(figures.computers),
        computers_needing_updates: count(figures.computers_needing),
        computers_with_errors: count(figures.computers_failed),
        computers_up_to_date: count(figures.computers_up_to_date),
        ..ServerSummary::default()
    }
}
