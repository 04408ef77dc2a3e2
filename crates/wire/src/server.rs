//! The messages of the ServerSync service between update servers (MS-WSUSSS 3.1.4), in both directions.
//!
//! An upstream server calls [`decode`] and [`encode`] (or [`encode_fault`]), a downstream one [`encode_request`] and
//! [`decode_response`]. The companions are [`dss_auth`](crate::dss_auth) and [`rollup`](crate::reporting::rollup).
//!
//! As with clients, a field is optional where its absence is for the server to judge, because the cookie has to be
//! looked at first. What an upstream server sends is as little trusted as what a downstream one asks: see
//! [`limits`](crate::limits).

mod anchor;
mod auth;
mod config;
mod decryption;
mod deployments;
mod drivers;
mod filter;
mod message;
mod ping;
mod revisions;
mod updates;

pub use anchor::{Anchor, InvalidAnchor};
pub use auth::{AuthConfig, GetCookie};
pub use config::{ConfigData, GetConfigData, Language};
pub use decryption::{FileDecryption, GetUpdateDecryptionData, UpdateFileDecryption};
pub use deployments::{Action, Deployment, Deployments, GetDeployments, TargetGroup};
pub use drivers::{DriverFilter, DriverSetAndRevisionIdList, DriverSetData, GetDriverIdList, GetDriverSetData};
pub use filter::{Filter, HardwareIdAndDelta, IdAndDelta, LanguageAndDelta};
pub use message::{
    MONITORABLE, NAMESPACE, Request, Response, decode, decode_response, encode, encode_fault, encode_request,
};
pub use ping::MonitoredServices;
pub use revisions::{GetRelatedRevisionsForUpdates, GetRevisionIdList, RevisionIdList};
pub use updates::{DownloadFiles, FileUrl, GetUpdateData, UpdateData, UpdateDocument, Updates};

pub use crate::client::{AuthPlugInInfo, AuthorizationCookie, Cookie};
