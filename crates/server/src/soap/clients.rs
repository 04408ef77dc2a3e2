//! What Windows Update agents ask.

use super::exchange::Origin;
use super::refusal::Refusal;
use super::{details, handshake, reports, scan};
use crate::app::App;

pub(super) async fn handle(app: &App, origin: &Origin, request: wire::Request) -> Result<wire::Response, Refusal> {
    use wire::{Request, Response};
    Ok(match request {
        Request::GetConfig(_) => Response::GetConfig(handshake::config(app, origin)),
        Request::GetConfig2(_) => Response::GetConfig2(handshake::config(app, origin)),
        Request::GetAuthorizationCookie(request) => {
            Response::GetAuthorizationCookie(handshake::authorization(app, origin, request).await?)
        }
        Request::GetCookie(request) => Response::GetCookie(handshake::cookie(app, &request).await?),
        Request::RegisterComputer(request) => {
            handshake::register(app, request).await?;
            Response::RegisterComputer
        }
        Request::StartCategoryScan(request) => {
            Response::StartCategoryScan(scan::start_category_scan(app, &request).await?)
        }
        Request::SyncUpdates(request) => Response::SyncUpdates(scan::sync_updates(app, origin, request).await?),
        Request::SyncPrinterCatalog(request) => Response::SyncPrinterCatalog(scan::printers(app, &request).await?),
        Request::RefreshCache(request) => Response::RefreshCache(scan::refresh_cache(app, &request).await?),
        Request::GetExtendedUpdateInfo(request) => {
            Response::GetExtendedUpdateInfo(details::extended(app, origin, &request).await?)
        }
        Request::GetExtendedUpdateInfo2(request) => {
            Response::GetExtendedUpdateInfo2(details::extended2(app, origin, &request).await?)
        }
        Request::GetFileLocations(request) => {
            Response::GetFileLocations(details::file_locations(app, origin, &request).await?)
        }
        Request::GetTimestamps(_) => Response::GetTimestamps(Vec::new()),
        Request::ReportEventBatch(request) => Response::ReportEventBatch(reports::take(app, request).await?),
        Request::ReportEventBatch2(request) => Response::ReportEventBatch2(reports::decline(app, origin, &request)),
        Request::GetRequiredInventoryType(request) => {
            Response::GetRequiredInventoryType(reports::required_inventory(app, &request).await?)
        }
        Request::ReportInventory(request) => Response::ReportInventory(reports::inventory(app, &request).await?),
    })
}
