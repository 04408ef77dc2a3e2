//! The upstream's web services: what servers below this one ask (MS-WSUSSS 3.1.4).

mod authorization;
mod configuration;
mod deployments;
mod documents;
mod files;
mod packed;
mod revisions;
mod session;

use wire::server::{DriverSetAndRevisionIdList, DriverSetData, MonitoredServices, Request, Response};

pub(super) use authorization::authorize;
pub(crate) use packed::PackedDocuments;

use super::exchange::Origin;
use super::refusal::Refusal;
use crate::app::App;

/// Answers a question of a downstream server.
pub(super) async fn handle(app: &App, origin: &Origin, request: Request) -> Result<Response, Refusal> {
    Ok(match request {
        Request::GetAuthConfig => Response::GetAuthConfig(authorization::config()),
        Request::GetCookie(request) => Response::GetCookie(authorization::cookie(app, &request).await?),
        Request::GetConfigData(request) => Response::GetConfigData(configuration::data(app, &request).await?),
        Request::GetRevisionIdList(request) => Response::GetRevisionIdList(revisions::list(app, request).await?),
        Request::GetUpdateData(request) => Response::GetUpdateData(documents::data(app, request).await?),
        Request::GetUpdateDecryptionData(request) => {
            Response::GetUpdateDecryptionData(files::keys(app, request).await?)
        }
        Request::GetDeployments(request) => Response::GetDeployments(deployments::list(app, &request).await?),
        Request::DownloadFiles(request) => {
            files::download(app, request).await?;
            Response::DownloadFiles
        }
        // Between a root server and Microsoft's service only: no drivers are listed apart here (server-server.md §8).
        Request::GetDriverIdList(request) => {
            session::open(app, request.cookie.as_ref()).await?;
            let anchor = request.filter.and_then(|filter| filter.anchor);
            let anchor = anchor.map_or_else(|| session::anchor(model::ChangeMark::default(), app.now()), Ok)?;
            Response::GetDriverIdList(DriverSetAndRevisionIdList {
                anchor,
                new_revisions: Vec::new(),
                new_driver_sets: Vec::new(),
                removed_driver_sets: Vec::new(),
            })
        }
        Request::GetDriverSetData(request) => {
            session::open(app, request.cookie.as_ref()).await?;
            let wanted = request.driver_sets.ok_or_else(|| Refusal::parameter("driverSets"))?;
            let sets = app.store.driver_sets(&wanted).await?;
            Response::GetDriverSetData(sets.into_iter().map(|(id, xml)| DriverSetData { id, xml }).collect())
        }
        Request::GetRelatedRevisionsForUpdates(request) => {
            Response::GetRelatedRevisionsForUpdates(revisions::related(app, &request).await?)
        }
        Request::Ping(_) => Response::Ping(monitored(app, origin, "ServerSyncWebService")),
    })
}

/// A service that answers is well: what `Ping` is told.
pub(super) fn monitored(app: &App, origin: &Origin, service: &str) -> MonitoredServices {
    MonitoredServices {
        success: true,
        services_time: app.now(),
        services_name: Some(service.to_owned()),
        services_machine: None,
        is_https: origin.is_secure,
        request_content_type: None,
    }
}
