//! What servers below tell of themselves and of computers (MS-WSUSSS 3.1.4.13 to 3.1.4.17). Who may tell what is
//! written at [`policy::servers`].

mod clock;
mod computers;
mod servers;
mod states;

use std::num::NonZeroU32;

use policy::servers::Hierarchy;
use uuid::Uuid;
use wire::ErrorCode;
use wire::limits::{CLIENT_SUMMARIES, ROLLUP_COMPUTERS, ROLLUP_NUMBERS};
use wire::reporting::rollup::{Request, Response, RollupConfiguration};

use super::exchange::Origin;
use super::refusal::Refusal;
use crate::app::App;
use crate::rollup::hierarchy_of;

/// Computers whose states are announced to be taken at once; more are taken all the same, as far as a message holds
/// them ([`wire::limits::ROLLUP`]).
const STATES_AT_ONCE: NonZeroU32 = NonZeroU32::new(100).expect("it is not 0");

/// Answers a server below.
pub(super) async fn handle(app: &App, origin: &Origin, request: Request) -> Result<Response, Refusal> {
    let is_for_all =
        matches!(request, Request::Ping(_) | Request::GetRollupConfiguration | Request::RollupDownstreamServers(_));
    if !is_for_all {
        require_detailed(app)?;
    }
    Ok(match request {
        Request::GetRollupConfiguration => Response::GetRollupConfiguration(configuration(app).await?),
        Request::RollupDownstreamServers(request) => {
            servers::take(app, request).await?;
            Response::RollupDownstreamServers
        }
        Request::RollupComputers(request) => Response::RollupComputers(computers::take(app, request).await?),
        Request::GetOutOfSyncComputers(request) => {
            Response::GetOutOfSyncComputers(computers::out_of_sync(app, request).await?)
        }
        Request::RollupComputerStatus(request) => Response::RollupComputerStatus(states::take(app, request).await?),
        Request::Ping(_) => Response::Ping(super::upstream::monitored(app, origin, "ReportingWebService")),
    })
}

/// The id announced is not the one under which this server asks others, which is all that protects what it tells them:
/// anybody may ask for this one. Servers below only look whether it is the same as last time.
async fn configuration(app: &App) -> Result<RollupConfiguration, Refusal> {
    let at_most =
        |limit: wire::limits::Limit| u32::try_from(limit.max).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
    Ok(RollupConfiguration {
        do_detailed_rollup: app.config.rollup.detailed,
        rollup_reset_guid: app.store.rollup_reset().await?,
        server_id: Uuid::new_v5(&app.store.identity().await?.incarnation, b"announced"),
        downstream_servers_max: at_most(CLIENT_SUMMARIES),
        computers_max: at_most(ROLLUP_COMPUTERS),
        out_of_sync_computers_max: at_most(ROLLUP_NUMBERS),
        computer_status_max: STATES_AT_ONCE,
    })
}

fn require_detailed(app: &App) -> Result<(), Refusal> {
    if app.config.rollup.detailed {
        return Ok(());
    }
    Err(Refusal::fault(ErrorCode::InvalidParameters, "DoDetailedRollup", "rollup not wanted"))
}

async fn hierarchy(app: &App) -> Result<Hierarchy, Refusal> {
    Ok(hierarchy_of(&app.store.downstreams().await?))
}

/// Nothing of a message is taken, and the administrator is told why.
fn refused(speaker: Uuid, why: &'static str) -> Refusal {
    tracing::warn!(
        server.id = %speaker, why,
        "took nothing of what a server below tells; `vanne servers list` shows who may tell what of whom"
    );
    // The specification has this code where a server is not known (MS-WSUSSS 3.1.4.15); others have none.
    Refusal::fault(ErrorCode::InternalServerError, "", "rollup refused")
}
