//! A conversation with one upstream: who we are, and then one question after the other.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::{Sha1, TargetGroupId, UpdateIdentity};
use reqwest::Url;
use tokio::sync::Mutex;
use wire::dss_auth::{self, GetAuthorizationCookie};
use wire::server::{
    Anchor, AuthConfig, AuthorizationCookie, ConfigData, Cookie, Deployments, DownloadFiles, Filter, GetConfigData,
    GetCookie, GetDeployments, GetRevisionIdList, GetUpdateDecryptionData, Request, Response, RevisionIdList,
    UpdateFileDecryption,
};
use wire::{DecodeError, ErrorCode, Fault, Problem, SoapVersion, limits};

use crate::apart::DRIVER_SETS_BYTES_MAX;
use crate::error::{Reason, Step, SyncError};
use crate::lists;
use crate::transport::{Call, Transport, bytes};
use crate::upstream::{Account, Upstream};

/// What is spoken. Microsoft's service answers 1.21, native WSUS 1.20; both take it.
const PROTOCOL: model::ProtocolVersion = model::ProtocolVersion::new(1, 20);
const SERVER_SYNC: &str = "ServerSyncWebService/ServerSyncWebService.asmx";
const DSS_AUTH: &str = "DssAuthWebService/DssAuthWebService.asmx";
/// The address that clients report to as well.
const REPORTING: &str = "ReportingWebService/ReportingWebService.asmx";
/// A cookie is renewed this long before it expires (server-server.md §15).
const RENEW_BEFORE: Duration = Duration::from_secs(120);
/// However their clock stands, a cookie is used for so long, and no longer.
const RENEW_AFTER: std::ops::RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(240 * 60);

/// A conversation with one upstream. Its questions may be asked side by side.
pub struct Session {
    pub(crate) transport: Transport,
    account: Account,
    server_sync: Url,
    dss_auth: Url,
    pub(crate) reporting: Url,
    cookie: Mutex<Option<Held>>,
}

/// A cookie, and until when it is used.
struct Held {
    cookie: Cookie,
    until: Instant,
}

impl Session {
    /// Begins one: authorization and a cookie (MS-WSUSSS 3.2.4.1).
    ///
    /// # Errors
    /// [`SyncError`] of the first three steps.
    pub async fn open(upstream: &Upstream, account: Account) -> Result<Self, SyncError> {
        match Self::begin(upstream, account.clone()).await {
            // Where revocation is looked at strictly, the lists are fetched when they are missed, and not before.
            Err(error) if error.untrusted().is_some_and(|untrusted| untrusted.refusal.is_about_lists()) => {
                match lists::fetch(upstream, &error).await {
                    0 => Err(error),
                    _ => Self::begin(upstream, account).await,
                }
            }
            outcome => outcome,
        }
    }

    async fn begin(upstream: &Upstream, account: Account) -> Result<Self, SyncError> {
        let transport = Transport::new(upstream)?;
        let lost =
            || transport.failed(Step::Connecting, Reason::Lies("its address has no place for the service".into()));
        let server_sync = upstream.at(SERVER_SYNC).ok_or_else(lost)?;
        let fallback = upstream.at(DSS_AUTH).ok_or_else(lost)?;
        let reporting = upstream.at(REPORTING).ok_or_else(lost)?;
        let cookie = Mutex::new(None);
        let mut session = Self { transport, account, server_sync, dss_auth: fallback, reporting, cookie };
        let Response::GetAuthConfig(config) = session.exchange(Step::GetAuthConfig, &Request::GetAuthConfig).await?
        else {
            return Err(session.confused(Step::GetAuthConfig));
        };
        session.dss_auth = session.authorization_address(upstream, &config)?;
        session.cookie(None).await?;
        Ok(session)
    }

    /// How the upstream is set up.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn config(&self, anchor: Option<Anchor>) -> Result<ConfigData, SyncError> {
        let step = Step::GetConfigData;
        let ask =
            |cookie| Request::GetConfigData(GetConfigData { cookie: Some(cookie), config_anchor: anchor.clone() });
        match self.ask(step, ask).await? {
            Response::GetConfigData(config) => Ok(config),
            _ => Err(self.confused(step)),
        }
    }

    /// Which revisions there are. Categories, classifications and detectoids with `get_config`, else software and
    /// drivers.
    ///
    /// # Errors
    /// [`SyncError`]; [`Reason::ServerChanged`] also if the anchor of the answer lies before that of the question.
    pub async fn revisions(&self, filter: &Filter) -> Result<RevisionIdList, SyncError> {
        let step = if filter.get_config { Step::Categories } else { Step::Updates };
        let ask = |cookie| {
            Request::GetRevisionIdList(GetRevisionIdList { cookie: Some(cookie), filter: Some(filter.clone()) })
        };
        let Response::GetRevisionIdList(list) = self.ask(step, ask).await? else { return Err(self.confused(step)) };
        match &filter.anchor {
            Some(before) if list.anchor.is_before(before) => Err(self.failed(step, Reason::ServerChanged)),
            _ => Ok(list),
        }
    }

    /// What opens the encrypted files of revisions; at most as many revisions as the upstream takes at once.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn decryption(&self, revisions: &[UpdateIdentity]) -> Result<Vec<UpdateFileDecryption>, SyncError> {
        let step = Step::GetUpdateDecryptionData;
        let ask = |cookie| {
            let update_ids = Some(revisions.to_vec());
            Request::GetUpdateDecryptionData(GetUpdateDecryptionData { cookie: Some(cookie), update_ids })
        };
        match self.ask(step, ask).await? {
            Response::GetUpdateDecryptionData(keys) => Ok(keys),
            _ => Err(self.confused(step)),
        }
    }

    /// Groups, deployments, what is declined and accepted: for replicas.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn deployments(&self, since: Option<&Anchor>, updates: &Anchor) -> Result<Deployments, SyncError> {
        let step = Step::GetDeployments;
        let ask = |cookie| {
            Request::GetDeployments(GetDeployments {
                cookie: Some(cookie),
                deployment_anchor: since.cloned(),
                sync_anchor: Some(updates.clone()),
            })
        };
        match self.ask(step, ask).await? {
            // Both built-in groups are always there: without them, a replica would lose all of its own.
            Response::GetDeployments(told)
                if told.groups.iter().all(|group| group.id != TargetGroupId::ALL_COMPUTERS) =>
            {
                Err(self.failed(step, Reason::Lies("it has no group All Computers, which every server has".into())))
            }
            Response::GetDeployments(deployments) => Ok(deployments),
            _ => Err(self.confused(step)),
        }
    }

    /// Asks the upstream to fetch files that it does not hold; 1 to 100 of them.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn download_files(&self, files: &[Sha1]) -> Result<(), SyncError> {
        let step = Step::DownloadFiles;
        let ask =
            |cookie| Request::DownloadFiles(DownloadFiles { cookie: Some(cookie), file_digests: Some(files.to_vec()) });
        match self.ask(step, ask).await? {
            Response::DownloadFiles => Ok(()),
            _ => Err(self.confused(step)),
        }
    }

    /// Says that what the upstream told at a step contradicts itself, when that shows only further on.
    pub fn lies(&self, step: Step, what: impl Into<Cow<'static, str>>) -> SyncError {
        self.failed(step, Reason::Lies(what.into()))
    }

    pub(crate) fn failed(&self, step: Step, reason: Reason) -> SyncError {
        self.transport.failed(step, reason)
    }

    pub(crate) fn confused(&self, step: Step) -> SyncError {
        self.failed(step, Reason::Lies("it answered another question than it was asked".into()))
    }

    /// Asks with a cookie, once more with a new one if it is not accepted.
    pub(crate) async fn ask(&self, step: Step, question: impl Fn(Cookie) -> Request) -> Result<Response, SyncError> {
        let cookie = self.cookie(None).await?;
        match self.exchange(step, &question(cookie.clone())).await {
            Err(SyncError { reason: Reason::Refused(fault), .. }) if is_about_the_cookie(&fault) => {
                let cookie = self.cookie(Some(&cookie)).await?;
                self.exchange(step, &question(cookie)).await
            }
            outcome => outcome,
        }
    }

    async fn exchange(&self, step: Step, question: &Request) -> Result<Response, SyncError> {
        let method = question.method();
        let answer_bytes_max = match question {
            Request::GetUpdateData(_) => limits::SERVER_DATA.xml.bytes,
            Request::GetDriverSetData(_) => DRIVER_SETS_BYTES_MAX,
            _ => limits::SERVER_ANSWER.xml.bytes,
        };
        let call = Call {
            step,
            url: &self.server_sync,
            action: question.action(),
            body: bytes(wire::server::encode_request(question, SoapVersion::V11)),
            answer_bytes_max,
            is_repeatable: true,
        };
        let read = |body: bytes::Bytes| match wire::server::decode_response(method, &body) {
            Ok(answer) => answer.map_err(refused),
            Err(error) => Err(unreadable(error)),
        };
        self.transport.call(&call, read).await
    }

    /// The cookie in use; a new one if there is none, if it is about to expire, or if it is `refused`.
    async fn cookie(&self, refused: Option<&Cookie>) -> Result<Cookie, SyncError> {
        let mut kept = self.cookie.lock().await;
        let usable = kept.as_ref().filter(|held| held.until > Instant::now() && refused != Some(&held.cookie));
        if let Some(held) = usable {
            return Ok(held.cookie.clone());
        }
        let authorization = self.authorize().await?;
        // One that was refused is not sent again.
        let old_cookie = kept.take().map(|held| held.cookie).filter(|_| refused.is_none());
        let question =
            Request::GetCookie(GetCookie { auth_cookies: vec![authorization], old_cookie, protocol_version: PROTOCOL });
        let Response::GetCookie(cookie) = self.exchange(Step::GetCookie, &question).await? else {
            return Err(self.confused(Step::GetCookie));
        };
        let now = Timestamp::now();
        // By whose clock that is does not matter much: a cookie that is refused is renewed as well.
        let left = cookie.expiration.and_then(|end| Duration::try_from(end.duration_since(now)).ok());
        let valid = left.map_or(*RENEW_AFTER.start(), |left| left.saturating_sub(RENEW_BEFORE));
        let until = Instant::now() + valid.clamp(*RENEW_AFTER.start(), *RENEW_AFTER.end());
        *kept = Some(Held { cookie: cookie.clone(), until });
        Ok(cookie)
    }

    async fn authorize(&self) -> Result<AuthorizationCookie, SyncError> {
        let Account { name, id } = &self.account;
        let question = GetAuthorizationCookie { account_name: name.clone(), account_guid: *id };
        let call = Call {
            step: Step::GetAuthorizationCookie,
            url: &self.dss_auth,
            action: question.action(),
            body: bytes(dss_auth::encode_request(&question, SoapVersion::V11)),
            answer_bytes_max: limits::SERVER_ANSWER.xml.bytes,
            is_repeatable: true,
        };
        let read = |body: bytes::Bytes| match dss_auth::decode_response(&body) {
            Ok(answer) => answer.map_err(refused),
            Err(error) => Err(unreadable(error)),
        };
        self.transport.call(&call, read).await
    }

    /// Where authorization is: what the upstream says, as long as it is the upstream itself.
    fn authorization_address(&self, upstream: &Upstream, config: &AuthConfig) -> Result<Url, SyncError> {
        let Some(plug_in) = config.auth_info.first() else { return Ok(self.dss_auth.clone()) };
        let address = upstream.at(plug_in.service_url.trim_start_matches('/'));
        let own = |url: &Url| url.origin() == upstream.url().origin();
        let lies = Reason::Lies("it sends us to another server for authorization".into());
        address.filter(own).ok_or_else(|| self.failed(Step::GetAuthConfig, lies))
    }
}

fn is_about_the_cookie(fault: &Fault) -> bool {
    matches!(fault.code, ErrorCode::InvalidCookie | ErrorCode::CookieExpired | ErrorCode::InvalidAuthorizationCookie)
}

fn unreadable(error: DecodeError) -> Reason {
    match error.problem {
        Problem::TooMuch { what, limit, .. } => Reason::TooMany { what, max: limit },
        _ => Reason::Unreadable(Box::new(error)),
    }
}

pub(crate) fn refused(fault: Fault) -> Reason {
    match fault.code {
        ErrorCode::ServerChanged => Reason::ServerChanged,
        _ => Reason::Refused(Box::new(fault)),
    }
}
