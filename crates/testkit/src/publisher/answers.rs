//! What the service says, honestly.

use std::collections::HashSet;
use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use model::{ProtocolVersion, Sha1, TargetGroupId, UpdateIdentity};
use uuid::Uuid;
use wire::ErrorCode;
use wire::server::{
    AuthConfig, AuthPlugInInfo, AuthorizationCookie, ConfigData, Cookie, Deployments, DownloadFiles,
    DriverSetAndRevisionIdList, DriverSetData, FileDecryption, FileUrl, Language, MonitoredServices, Request, Response,
    RevisionIdList, TargetGroup, UpdateData, UpdateDocument, UpdateFileDecryption, Updates,
};

use super::State;
use super::apart::DriverSet;
use super::shelf::{File, Published};

/// What Microsoft's service says in GetConfigData (captures of October 2026).
const UPDATES_MAX: usize = 100;
const KEYS_MAX: usize = 500;
/// Longer documents travel in a cabinet (MS-WSUSSS note 36).
const PLAIN_BYTES_MAX: usize = 5_120;
/// How long a cookie is good for.
const VALID: SignedDuration = SignedDuration::from_mins(240);
const AUTHORIZATION: &[u8] = b"authorized by a fake";
/// Before the number of a cookie.
const COOKIE: &str = "cookie of a fake: ";

/// A fault's code, and its message.
pub(super) type Refused = (ErrorCode, String);

impl State {
    /// Answers a question; files are below `base`.
    pub(super) fn answer(&mut self, base: &str, request: &Request) -> Result<Response, Refused> {
        if let Some(cookie) = needs_session(request) {
            let given = |bytes: &[u8]| bytes.starts_with(COOKIE.as_bytes());
            if !cookie.is_some_and(|cookie| given(&cookie.encrypted_data)) {
                return Err((ErrorCode::InvalidCookie, String::new()));
            }
        }
        Ok(match request {
            Request::GetAuthConfig => Response::GetAuthConfig(auth_config("DssAuthWebService/DssAuthWebService.asmx")),
            Request::GetCookie(asked) => match asked.auth_cookies.as_slice() {
                [one] if one.cookie_data == AUTHORIZATION => Response::GetCookie(self.cookie()),
                _ => return Err((ErrorCode::InvalidAuthorizationCookie, String::new())),
            },
            Request::GetConfigData(_) => Response::GetConfigData(self.config()),
            Request::GetRevisionIdList(asked) => {
                let filter = asked.filter.as_ref().ok_or_else(|| parameter("filter"))?;
                let new_revisions = self.shelf.listing(filter).ok_or_else(|| parameter("filter"))?;
                Response::GetRevisionIdList(RevisionIdList { anchor: self.shelf.anchor(), new_revisions })
            }
            Request::GetUpdateData(asked) => {
                let wanted = bounded(asked.update_ids.as_deref(), UPDATES_MAX)?;
                Response::GetUpdateData(self.updates(base, wanted))
            }
            Request::GetUpdateDecryptionData(asked) => {
                let wanted = bounded(asked.update_ids.as_deref(), KEYS_MAX)?;
                Response::GetUpdateDecryptionData(wanted.iter().filter_map(|one| self.keys(*one)).collect())
            }
            Request::GetDeployments(_) => Response::GetDeployments(self.deployments()),
            Request::DownloadFiles(asked) => {
                self.know(asked)?;
                Response::DownloadFiles
            }
            Request::GetDriverIdList(asked) => {
                let filter = asked.filter.as_ref().ok_or_else(|| parameter("filter"))?;
                let is_for =
                    |set: &&DriverSet| filter.computer_ids.iter().any(|model| model.id.0 == set.model && !model.delta);
                Response::GetDriverIdList(DriverSetAndRevisionIdList {
                    anchor: self.shelf.anchor(),
                    new_revisions: self.shelf.drivers(filter).ok_or_else(|| parameter("filter"))?,
                    new_driver_sets: self.driver_sets.iter().filter(is_for).map(|set| set.id).collect(),
                    removed_driver_sets: Vec::new(),
                })
            }
            Request::GetDriverSetData(asked) => {
                let wanted = asked.driver_sets.as_deref().ok_or_else(|| parameter("driverSets"))?;
                let found = self.driver_sets.iter().filter(|set| wanted.contains(&set.id));
                Response::GetDriverSetData(
                    found.map(|set| DriverSetData { id: set.id, xml: set.xml.clone() }).collect(),
                )
            }
            Request::GetRelatedRevisionsForUpdates(asked) => {
                Response::GetRelatedRevisionsForUpdates(self.shelf.related(&asked.update_ids))
            }
            Request::Ping(_) => Response::Ping(MonitoredServices {
                success: true,
                services_time: Timestamp::now(),
                services_name: None,
                services_machine: None,
                is_https: false,
                request_content_type: None,
            }),
        })
    }

    fn cookie(&mut self) -> Cookie {
        self.cookies += 1;
        let expiration = Timestamp::now().saturating_add(VALID).ok();
        Cookie { expiration, encrypted_data: format!("{COOKIE}{}", self.cookies).into_bytes() }
    }

    fn config(&self) -> ConfigData {
        let language = |id, short_name: &str, long_name: &str| Language {
            id,
            short_name: short_name.to_owned(),
            long_name: long_name.to_owned(),
            // That service takes all languages, and none by itself.
            enabled: id == 0,
        };
        ConfigData {
            catalog_only_sync: true,
            lazy_sync: true,
            server_hosts_psf_files: true,
            max_updates_per_request: NonZeroU32::new(UPDATES_MAX as u32),
            max_driver_sets_per_request: NonZeroU32::new(100),
            max_computer_ids_in_request: NonZeroU32::new(200),
            max_pnp_hardware_ids_in_request: NonZeroU32::new(450),
            new_config_anchor: self.shelf.anchor(),
            protocol_version: Some(ProtocolVersion::new(1, 21)),
            languages: vec![language(0, "all", "all"), language(1033, "en", "English"), language(1036, "fr", "French")],
            max_updates_per_decryption_request: NonZeroU32::new(KEYS_MAX as u32),
        }
    }

    /// Documents that are here, in the order they were asked for.
    pub(super) fn updates(&self, base: &str, wanted: &[UpdateIdentity]) -> Updates {
        let found: Vec<&Published> = wanted.iter().filter_map(|identity| self.shelf.find(*identity)).collect();
        let mut seen = HashSet::new();
        let files = found.iter().flat_map(|one| &one.files).filter(|file| seen.insert(file.sha1));
        Updates {
            updates: found.iter().map(|one| update_data(one)).collect(),
            file_urls: files.map(|file| address(base, file)).collect(),
        }
    }

    fn keys(&self, update_id: UpdateIdentity) -> Option<UpdateFileDecryption> {
        let files = self.shelf.find(update_id)?.files.iter();
        let key = |file: &File| FileDecryption { file_digest: file.sha1, decryption_key: file.key.clone() };
        let files: Vec<FileDecryption> = files.map(key).collect();
        (!files.is_empty()).then_some(UpdateFileDecryption { update_id, files })
    }

    fn deployments(&self) -> Deployments {
        let group = |id, parent, name: &str| TargetGroup { id, parent, name: name.to_owned(), is_builtin: true };
        let all = TargetGroupId::ALL_COMPUTERS;
        Deployments {
            anchor: self.shelf.anchor(),
            groups: vec![
                group(all, None, "All Computers"),
                group(TargetGroupId::UNASSIGNED_COMPUTERS, Some(all), "Unassigned Computers"),
            ],
            deployments: Vec::new(),
            dead_deployments: Vec::new(),
            hidden_updates: Vec::new(),
            accepted_eulas: Vec::new(),
        }
    }

    fn know(&self, asked: &DownloadFiles) -> Result<(), Refused> {
        let files = asked.file_digests.as_deref().ok_or_else(|| parameter("fileDigestList"))?;
        let unknown = files.iter().filter(|file| self.shelf.bytes(file).is_none());
        let unknown: Vec<String> = unknown.map(|file| STANDARD.encode(file.as_bytes())).collect();
        if unknown.is_empty() { Ok(()) } else { Err((ErrorCode::FileDigestsMissing, unknown.join("|"))) }
    }
}

/// What authorization gives whoever asks: this service turns nobody away.
pub(super) fn authorization() -> AuthorizationCookie {
    AuthorizationCookie { plug_in_id: "DssTargeting".to_owned(), cookie_data: AUTHORIZATION.to_vec() }
}

pub(super) fn auth_config(address: &str) -> AuthConfig {
    let plug_in = AuthPlugInInfo {
        plug_in_id: "DssTargeting".to_owned(),
        service_url: address.to_owned(),
        parameter: Some(String::new()),
    };
    AuthConfig { last_change: Timestamp::UNIX_EPOCH, auth_info: vec![plug_in] }
}

/// A document in the form it travels in.
pub(super) fn update_data(published: &Published) -> UpdateData {
    let text = published.document.trim_start_matches(|letter| letter != '<');
    let document = match text.len() > PLAIN_BYTES_MAX {
        true => UpdateDocument::Cabinet(packed(text).into()),
        false => UpdateDocument::Text(text.to_owned()),
    };
    let file_digests: Vec<Sha1> = published.files.iter().map(|file| file.sha1).collect();
    UpdateData { id: published.revision.identity, document, file_digests }
}

/// A document as a cabinet.
pub(super) fn packed(text: &str) -> Vec<u8> {
    cabinet::pack(cabinet::MEMBER, &cabinet::utf16(text)).expect("no document has 2 GiB")
}

/// Where a file is, in the way Microsoft's addresses are made: the digest stands in the name.
fn address(base: &str, file: &File) -> FileUrl {
    let (name, extension) = file.name.rsplit_once('.').unwrap_or((&file.name, "bin"));
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mu_url = format!("{base}d/updt/2026/10/{name}_{}.{extension}", file.sha1);
    FileUrl { file_digest: file.sha1, mu_url: Some(mu_url), uss_url: None }
}

/// The session of a request that needs one.
fn needs_session(request: &Request) -> Option<Option<&Cookie>> {
    match request {
        Request::GetAuthConfig | Request::GetCookie(_) | Request::Ping(_) => None,
        other => Some(other.cookie()),
    }
}

fn bounded(wanted: Option<&[UpdateIdentity]>, most: usize) -> Result<&[UpdateIdentity], Refused> {
    wanted.filter(|wanted| wanted.len() <= most).ok_or_else(|| parameter("updateIds"))
}

fn parameter(name: &str) -> Refused {
    (ErrorCode::InvalidParameters, name.to_owned())
}

/// An identity that belongs to nothing: the `number`th of them.
pub(super) fn invented(number: usize) -> UpdateIdentity {
    let name = format!("https://contoso.example/invented/{number}");
    UpdateIdentity {
        update_id: model::UpdateId(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())),
        revision_number: model::RevisionNumber::new(1).expect("1 is a revision number"),
    }
}
