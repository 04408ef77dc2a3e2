//! RollupDownstreamServers: which servers there are below, and how they are doing.

use std::collections::{BTreeMap, HashMap};

use model::Timestamp;
use policy::servers::{Hierarchy, Server};
use store::{DownstreamRow, ServerNews, SummariesTaken};
use uuid::Uuid;
use wire::reporting::rollup::{ClientSummary, DownstreamServer, RollupDownstreamServers};

use super::clock::{Clock, SAME};
use super::refused;
use crate::app::App;
use crate::rollup::{hierarchy_of, summaries};
use crate::soap::refusal::Refusal;

/// Longest name of a server that is kept.
const NAME_CHARS: usize = 255;

/// MS-WSUSSS 3.1.4.14. What is not the speaker's to tell is passed over.
pub(super) async fn take(app: &App, request: RollupDownstreamServers) -> Result<(), Refusal> {
    let own = app.store.identity().await?.incarnation;
    let rows = app.store.downstreams().await?;
    let mut hierarchy = hierarchy_of(&rows);
    let parent = |told: &DownstreamServer| told.parent_server_id.filter(|id| *id != own);
    // Where it tells of itself, that is who speaks: native servers come last. In a later part, whoever speaks for the
    // first.
    let Some(first) = request.servers.iter().find(|told| parent(told).is_none()).or(request.servers.first()) else {
        return Ok(());
    };
    let introduced_by = parent(first).unwrap_or(first.server_id);
    if parent(first).is_none() && hierarchy.knows(introduced_by) && !hierarchy.is_refused(introduced_by) {
        // Whatever others told of where it is: it asks here.
        hierarchy.put(Server { id: introduced_by, parent: None, is_refused: false });
    }
    let speaker = hierarchy.speaker(introduced_by);
    let speaker = speaker.ok_or_else(|| refused(introduced_by, "it did not say who it is before, or is refused"))?;
    let clock = Clock::new(app.now(), request.client_time);
    let known: HashMap<Uuid, &DownstreamRow> = rows.iter().map(|row| (row.id, row)).collect();
    let mut news: BTreeMap<Uuid, ServerNews> = BTreeMap::new();
    // Native servers cut one with many systems into several (MS-WSUSSS 3.2.4.5, step 4).
    let mut clients: BTreeMap<Uuid, Vec<ClientSummary>> = BTreeMap::new();
    for mut told in request.servers {
        let (id, parent) = (told.server_id, parent(&told));
        if parent.is_some_and(|parent| !hierarchy.knows(parent)) {
            return Err(refused(speaker, "it tells of a server below one that it did not tell of"));
        }
        if let Err(why) = check(&hierarchy, own, speaker, id, parent) {
            tracing::info!(server.id = %speaker, told.id = %id, why, "passed over what a server below tells of another one");
            continue;
        }
        // The one that speaks is heard now, whatever it says of the last time.
        let told_at = told.last_rollup_time.map(|at| clock.here(at)).or_else(|| parent.is_none().then(|| app.now()));
        let told_at = match known.get(&id) {
            Some(row) if is_older(row, parent, told_at) => continue,
            // A part of the same round does not take it back.
            Some(row) if !moves(row, parent) => told_at.max(row.last_rollup),
            _ => told_at,
        };
        hierarchy.put(Server { id, parent, is_refused: false });
        clients.entry(id).or_default().append(&mut told.client_summaries);
        news.insert(id, server_news(told, parent, told_at, clock));
    }
    for (id, told) in clients {
        news.entry(id).and_modify(|one| one.clients = summaries::from_wire(told));
    }
    let taken = app.store.tell_servers(&news.into_values().collect::<Vec<_>>(), app.now()).await?;
    warn_of_flood(speaker, taken);
    Ok(())
}

fn warn_of_flood(speaker: Uuid, taken: SummariesTaken) {
    let SummariesTaken { systems_dropped, activities_dropped } = taken;
    if systems_dropped + activities_dropped > 0 {
        tracing::warn!(
            server.id = %speaker, systems_dropped, activities_dropped,
            "a server below tells of more systems or installations than are kept; `vanne servers list` shows who may have \
             made them up, and `vanne servers remove` makes room"
        );
    }
}

/// Why this is not the speaker's to tell of a server.
fn check(hierarchy: &Hierarchy, own: Uuid, speaker: Uuid, id: Uuid, parent: Option<Uuid>) -> Result<(), &'static str> {
    if hierarchy.is_refused(id) {
        return Err("that one is refused");
    }
    match parent {
        _ if id == own => Err("that is this server, which it has below itself: do they ask each other in a ring?"),
        None if id == speaker => Ok(()),
        None => Err("that one asks here itself"),
        Some(parent) if hierarchy.speaker(parent) != Some(speaker) => {
            Err("that one is below another's, or a refused one")
        }
        Some(parent) if !hierarchy.may_be_below(id, parent) => Err("that one would be below itself"),
        Some(_) => Ok(()),
    }
}

/// A server that asks here itself is told to be below another one.
fn moves(row: &DownstreamRow, parent: Option<Uuid>) -> bool {
    row.parent.is_none() && parent.is_some()
}

/// What is told of a server is older than what is known. One that asks here itself is where it is known to be as of when it
/// last asked. Parts of one round have one time, which another clock moves by as much more or less as each was on its way.
fn is_older(row: &DownstreamRow, parent: Option<Uuid>, told_at: Option<Timestamp>) -> bool {
    if moves(row, parent) {
        return told_at < Some(row.last_contact);
    }
    told_at.map(|at| at.checked_add(SAME).unwrap_or(Timestamp::MAX)) < row.last_rollup
}

fn server_news(told: DownstreamServer, parent: Option<Uuid>, told_at: Option<Timestamp>, clock: Clock) -> ServerNews {
    let plain = |character: &char| character.is_alphanumeric() || matches!(character, '.' | '-' | '_');
    let name: String = told.full_domain_name.chars().filter(plain).take(NAME_CHARS).collect();
    ServerNews {
        id: told.server_id,
        name: if name.is_empty() { told.server_id.to_string() } else { name },
        parent,
        last_sync: told.last_sync_time.map(|at| clock.here(at)),
        told_at,
        version: told.version.map(|version| version.to_string()),
        is_replica: told.is_replica,
        computers: told.summary.map(|summary| summary.computers),
        summary: told.summary.and_then(|summary| serde_json::to_string(&summary).ok()),
        clients: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use store::DownstreamState;

    use super::*;

    #[test]
    fn a_part_of_the_same_round_is_not_older_and_nobody_takes_a_server_that_asks_here() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let row = DownstreamRow {
            id: Uuid::from_u128(1),
            name: "below".into(),
            label: None,
            parent: None,
            state: DownstreamState::Allowed,
            first_seen: at(0),
            last_contact: at(1_000),
            last_sync: None,
            last_rollup: Some(at(1_000)),
            version: None,
            is_replica: None,
            summary: None,
        };
        assert!(!is_older(&row, None, Some(at(995))), "the line was five seconds slower");
        assert!(is_older(&row, None, Some(at(900))));
        assert!(is_older(&row, None, None));
        assert!(is_older(&row, Some(Uuid::from_u128(2)), Some(at(995))), "it spoke here since");
        assert!(!is_older(&row, Some(Uuid::from_u128(2)), Some(at(1_000))));
    }
}
