//! Which servers there are, and how they are doing.

use std::collections::HashMap;

use store::{DownstreamRow, RunOutcome, ServerFigures};
use uuid::Uuid;
use wire::reporting::rollup::{DownstreamServer, ServerSummary};

use super::Round;
use crate::rollup::{RollupError, hierarchy_of};

/// Servers told of in one call.
const SERVERS_AT_ONCE: usize = 1_000;
/// Synchronisations looked at for the last one that went well.
const RUNS: u32 = 100;

impl Round<'_> {
    /// Tells of this server and those below it. This one goes first, though the specification has it last: each is to
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
            summary: Some(summary(&app.store.server_figures().await?)),
            client_summaries: Vec::new(),
        };
        let rows = app.store.downstreams().await?;
        let ordered = hierarchy_of(&rows).parents_first();
        let mut rows: HashMap<Uuid, DownstreamRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let below = ordered.iter().filter_map(|id| rows.remove(id)).map(|row| below(row, self.own));
        let servers: Vec<DownstreamServer> = std::iter::once(own).chain(below).collect();
        for part in servers.chunks(SERVERS_AT_ONCE) {
            self.session.roll_up_servers(part.to_vec(), app.now()).await?;
            self.details.servers += part.len();
        }
        Ok(())
    }
}

/// A server below as the one above is told of it, by what is known here.
fn below(row: DownstreamRow, own: Uuid) -> DownstreamServer {
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

/// Four counters stay 0: approvals here are of updates, so that none is stale; expired updates are declined and counted
/// there; updates of the agent itself are not told from others; and files are counted by file, not by update.
fn summary(figures: &ServerFigures) -> ServerSummary {
    let count = |number: i64| u32::try_from(number.clamp(0, i32::MAX.into())).unwrap_or_default();
    ServerSummary {
        updates: count(figures.updates),
        declined_updates: count(figures.declined),
        approved_updates: count(figures.approved),
        not_approved_updates: count(figures.not_approved),
        critical_or_security_updates_not_approved: count(figures.critical_not_approved),
        updates_with_client_errors: count(figures.failed),
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
