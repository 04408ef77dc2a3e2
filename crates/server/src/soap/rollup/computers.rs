//! RollupComputers and GetOutOfSyncComputers.

use std::collections::HashSet;

use model::ComputerId;
use store::ComputerNews;
use uuid::Uuid;
use wire::reporting::rollup::{
    ChangedComputer, Computer, ComputerChange, GetOutOfSyncComputers, RollupComputers, SyncResult,
};

use super::clock::Clock;
use super::{hierarchy, refused};
use crate::app::App;
use crate::rollup::details;
use crate::soap::refusal::Refusal;

/// MS-WSUSSS 3.1.4.15. Nothing is taken of a message that names a server which is not known. Computers of refused ones
/// are passed over, and so are this server's own, which a server in a ring would tell of.
pub(super) async fn take(app: &App, request: RollupComputers) -> Result<Vec<ChangedComputer>, Refusal> {
    let hierarchy = hierarchy(app).await?;
    let own = app.store.identity().await?.incarnation;
    let mut open = HashSet::new();
    let mut is_refused = None;
    for server in request.computers.iter().map(|computer| computer.parent_server_id).collect::<HashSet<Uuid>>() {
        if hierarchy.speaker(server).is_some() {
            open.insert(server);
        } else if hierarchy.knows(server) {
            is_refused = Some(server);
        } else if server != own {
            return Err(refused(server, "it has computers and did not say before who it is"));
        }
    }
    if let Some(server) = is_refused.filter(|_| open.is_empty()) {
        return Err(refused(server, "it is refused"));
    }
    // Whether a computer spoke here last must be known.
    app.computers.flush(&app.store).await?;
    let clock = Clock::new(app.now(), request.client_time);
    let told = request.computers.into_iter().filter(|computer| open.contains(&computer.parent_server_id));
    let news: Vec<ComputerNews> = told.map(|computer| computer_news(computer, clock)).collect();
    let taken = app.store.take_computers(&news, app.now()).await?;
    taken.left.iter().for_each(|computer| app.computers.leave(computer));
    let answer = |(computer_id, change)| ChangedComputer {
        computer_id,
        change: match change {
            store::ComputerChange::Deleted => ComputerChange::Deleted,
            store::ComputerChange::NewParent => ComputerChange::NewParent,
        },
    };
    Ok(taken.changes.into_iter().map(answer).collect())
}

fn computer_news(told: Computer, clock: Clock) -> ComputerNews {
    ComputerNews {
        computer: told.computer_id,
        server: Some(told.parent_server_id),
        last_contact: told.last_sync_time.map(|at| clock.here(at)),
        last_detection_ok: match told.last_sync_result {
            SyncResult::Unknown => None,
            SyncResult::Succeeded => Some(true),
            SyncResult::Failed => Some(false),
        },
        last_report: told.last_reported_status_time.map(|at| clock.here(at)),
        details: told.details.map(details::from_wire),
    }
}

/// MS-WSUSSS 3.1.4.16. Of a server that is not known, none.
pub(super) async fn out_of_sync(app: &App, request: GetOutOfSyncComputers) -> Result<Vec<ComputerId>, Refusal> {
    let hierarchy = hierarchy(app).await?;
    let server = request.parent_server_id;
    if !hierarchy.knows(server) {
        return Ok(Vec::new());
    }
    if hierarchy.speaker(server).is_none() {
        return Err(refused(server, "it is refused"));
    }
    let numbers = request.last_rollup_numbers.into_iter().map(|last| (last.computer_id, last.rollup_number));
    let numbers: Vec<(ComputerId, u32)> = numbers.collect();
    Ok(app.store.out_of_sync(&hierarchy.within(server), &numbers).await?)
}
