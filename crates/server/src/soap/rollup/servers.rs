//! RollupDownstreamServers: which servers there are below, and how they are doing.

use std::collections::{BTreeMap, HashMap};

use model::Timestamp;
use policy::servers::{Hierarchy, Server};
use store::{DownstreamRow, ServerNews};
use uuid::Uuid;
use wire::reporting::rollup::{DownstreamServer, RollupDownstreamServers};

use super::clock::Clock;
use super::refused;
use crate::app::App;
use crate::rollup::hierarchy_of;
use crate::soap::refusal::Refusal;

/// Longest name of a server that is kept.
const NAME_CHARS: usize = 255;

/// MS-WSUSSS 3.1.4.14. All of a message is one server's word, for itself and those below it; or nothing of it is taken.
///
/// Summaries of clients by system are read within their bounds and not kept: what they say of updates is known computer by
/// computer where that is wanted.
pub(super) async fn take(app: &App, request: RollupDownstreamServers) -> Result<(), Refusal> {
    let Some(first) = request.servers.first() else { return Ok(()) };
    // Where it tells of itself, that is who speaks; native servers come last.
    let first = request.servers.iter().find(|told| told.parent_server_id.is_none()).unwrap_or(first);
    let own = app.store.identity().await?.incarnation;
    let rows = app.store.downstreams().await?;
    let mut hierarchy = hierarchy_of(&rows);
    let parent = |told: &DownstreamServer| told.parent_server_id.filter(|id| *id != own);
    let introduced_by = parent(first).unwrap_or(first.server_id);
    if parent(first).is_none() && is_open(&hierarchy, first.server_id, None) && hierarchy.knows(first.server_id) {
        // Whatever others told of where it is: it asks here.
        hierarchy.put(Server { id: first.server_id, parent: None, is_refused: false });
    }
    let speaker = hierarchy.speaker(introduced_by);
    let speaker = speaker.ok_or_else(|| refused(introduced_by, "it did not say who it is before, or is refused"))?;
    let clock = Clock::new(app.now(), request.client_time);
    let known: HashMap<Uuid, &DownstreamRow> = rows.iter().map(|row| (row.id, row)).collect();
    let mut news: BTreeMap<Uuid, ServerNews> = BTreeMap::new();
    for told in request.servers {
        let parent = parent(&told);
        if told.server_id == own {
            return Err(refused(speaker, "it has this server below itself: servers must not ask each other in a ring"));
        }
        check(&hierarchy, speaker, told.server_id, parent)?;
        if !is_open(&hierarchy, told.server_id, parent) {
            continue;
        }
        let told_at = told.last_rollup_time.map(|at| clock.here(at));
        // The one that speaks is heard now, whatever it says of the last time.
        let told_at = told_at.or_else(|| parent.is_none().then(|| app.now()));
        let known_at = known.get(&told.server_id).and_then(|row| known_at(row, parent));
        if told_at < known_at {
            continue; // Older than what is known.
        }
        hierarchy.put(Server { id: told.server_id, parent, is_refused: false });
        let one = server_news(told, parent, told_at, clock);
        news.insert(one.id, one);
    }
    app.store.tell_servers(&news.into_values().collect::<Vec<_>>(), app.now()).await?;
    Ok(())
}

/// When what is known of a server was told. One that asks here itself is where it is known to be as of when it last asked.
fn known_at(row: &DownstreamRow, parent: Option<Uuid>) -> Option<Timestamp> {
    let moves = row.parent.is_none() && parent.is_some();
    if moves { Some(row.last_contact) } else { row.last_rollup }
}

/// Whether the speaker may say this of a server at all.
fn check(hierarchy: &Hierarchy, speaker: Uuid, id: Uuid, parent: Option<Uuid>) -> Result<(), Refusal> {
    let Some(parent) = parent else {
        let is_own = id == speaker;
        return is_own.then_some(()).ok_or_else(|| refused(speaker, "it speaks for another server that asks here"));
    };
    if !hierarchy.knows(parent) {
        return Err(refused(speaker, "it tells of a server below one that it did not tell of"));
    }
    if hierarchy.speaker(parent).is_some_and(|other| other != speaker) {
        return Err(refused(speaker, "it tells of a server below another server's"));
    }
    if !hierarchy.may_be_below(id, parent) {
        return Err(refused(speaker, "it has a server below itself: servers must not ask each other in a ring"));
    }
    Ok(())
}

/// Neither the server nor one above it is refused.
fn is_open(hierarchy: &Hierarchy, id: Uuid, parent: Option<Uuid>) -> bool {
    !hierarchy.is_refused(id) && parent.is_none_or(|parent| hierarchy.speaker(parent).is_some())
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
        summary: told.summary.and_then(|summary| serde_json::to_string(&summary).ok()),
    }
}
