//! The upstream's web services: what servers below this one ask (MS-WSUSSS 3.1.4).

mod authorization;
mod configuration;
mod deployments;
mod documents;
mod files;
mod revisions;
mod session;

use wire::server::{DriverSetAndRevisionIdList, MonitoredServices, Request, Response};

pub(super) use authorization::authorize;

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
        // Between a root server and Microsoft's service only: there is nothing to tell (server-server.md §8).
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
            Response::GetDriverSetData(Vec::new())
        }
        Request::GetRelatedRevisionsForUpdates(request) => {
            session::open(app, request.cookie.as_ref()).await?;
            Response::GetRelatedRevisionsForUpdates(Vec::new())
        }
        Request::Ping(_) => Response::Ping(MonitoredServices {
            success: true,
            services_time: app.now(),
            services_name: Some("ServerSyncWebService".to_owned()),
            services_machine: None,
            is_https: origin.is_secure,
            request_content_type: None,
        }),
    })
}
