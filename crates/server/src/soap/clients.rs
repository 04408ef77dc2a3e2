//! What Windows Update agents ask.
//!
//! INVARIANT: what needs a cookie is handled by a function that takes a [`Session`], and only [`Session::open`] makes one:
//! nothing of a request is acted upon before its cookie opened.

use super::exchange::Origin;
use super::refusal::Refusal;
use super::session::Session;
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
            let session = Session::open(app, request.cookie.as_ref()).await?;
            handshake::register(app, &session, request).await?;
            Response::RegisterComputer
        }
        Request::StartCategoryScan(request) => {
            Response::StartCategoryScan(scan::start_category_scan(app, &request).await?)
        }
        Request::SyncUpdates(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::SyncUpdates(scan::sync_updates(app, origin, &session, request).await?)
        }
        Request::SyncPrinterCatalog(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::SyncPrinterCatalog(scan::printers(app, &session, &request).await?)
        }
        Request::RefreshCache(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::RefreshCache(scan::refresh_cache(app, &session, &request).await?)
        }
        Request::GetExtendedUpdateInfo(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::GetExtendedUpdateInfo(details::extended(app, origin, &session, &request).await?)
        }
        Request::GetExtendedUpdateInfo2(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::GetExtendedUpdateInfo2(details::extended2(app, origin, &session, &request).await?)
        }
        Request::GetFileLocations(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::GetFileLocations(details::file_locations(app, origin, &session, &request).await?)
        }
        Request::GetTimestamps(_) => Response::GetTimestamps(Vec::new()),
        Request::ReportEventBatch(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::ReportEventBatch(reports::take(app, &session, request).await?)
        }
        Request::ReportEventBatch2(request) => Response::ReportEventBatch2(reports::decline(app, origin, &request)),
        Request::GetRequiredInventoryType(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::GetRequiredInventoryType(reports::required_inventory(&session))
        }
        Request::ReportInventory(request) => {
            let session = Session::open(app, request.cookie.as_ref()).await?;
            Response::ReportInventory(reports::inventory(&session))
        }
    })
}
