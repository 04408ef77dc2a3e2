//! Handshake, cookie and what to do about faults (client-server.md §3, §11, §14).

use jiff::Timestamp;
use model::{ProtocolVersion, UpdateIdentity};
use wire::client::{Config, Cookie, GetConfig, GetCookie, RefreshCache, RefreshCacheResult, RegisterComputer};
use wire::simple_auth::GetAuthorizationCookie;
use wire::{ErrorCode, Fault, Request, Response, Service, SoapVersion};

use super::{Agent, AgentError, AgentProfile, Finding, order, stock};
use crate::random::Random;

/// The protocol this agent speaks.
const PROTOCOL: ProtocolVersion = ProtocolVersion::new(2, 90);
/// Faults an agent recovers from within one call; a client that does more would loop.
const RECOVERIES_MAX: usize = 8;
/// What native says, where the configuration does not.
const EXTENDED_UPDATES_DEFAULT: usize = 50;

/// What an agent knows of the server.
pub(super) struct Session {
    config: Option<Config>,
    cookie: Option<Cookie>,
    /// The cookie to be renewed.
    old_cookie: Option<Cookie>,
    registered: bool,
    refresh_pending: bool,
    /// Addresses of files are to be asked for again.
    relocate_pending: bool,
    /// First part of `MS-CV`, and the number of the next call.
    correlation: String,
    calls: u64,
}

impl Session {
    pub(super) fn new(profile: &AgentProfile) -> Self {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut random = Random::new(profile.seed ^ 0xc0);
        let letter = |_| letters.get(random.below(letters.len())).map_or('A', |letter| char::from(*letter));
        Self {
            config: None,
            cookie: None,
            old_cookie: None,
            registered: false,
            refresh_pending: false,
            relocate_pending: false,
            correlation: (0..16).map(letter).collect(),
            calls: 0,
        }
    }

    pub(super) fn forget_cookie(&mut self) {
        self.cookie = None;
        self.old_cookie = None;
    }

    pub(super) fn keep_cookie(&mut self, cookie: Cookie) {
        self.cookie = Some(cookie);
    }

    /// `MaxExtendedUpdatesPerRequest`, if the configuration has it.
    fn maximum(&self) -> Option<usize> {
        let property =
            |property: &&wire::client::ConfigurationProperty| property.name == "MaxExtendedUpdatesPerRequest";
        self.config.as_ref()?.properties.iter().find(property)?.value.parse().ok().filter(|maximum| *maximum > 0)
    }

    /// Does what a fault asks for; `false` when there is nothing to be done.
    fn recover(&mut self, code: ErrorCode, has_cache: bool) -> bool {
        match code {
            ErrorCode::InvalidCookie | ErrorCode::ServerChanged => {
                self.forget_cookie();
                self.config = None;
                self.refresh_pending = has_cache;
            }
            ErrorCode::ConfigChanged => {
                self.config = None;
                self.old_cookie = self.cookie.take();
            }
            ErrorCode::CookieExpired => self.old_cookie = self.cookie.take(),
            ErrorCode::InvalidAuthorizationCookie => {
                self.forget_cookie();
                self.config = None;
            }
            ErrorCode::RegistrationRequired => {
                self.registered = false;
                // The configuration may be older than the requirement.
                if let Some(config) = &mut self.config {
                    config.is_registration_required = true;
                }
            }
            ErrorCode::RegistrationNotRequired => self.registered = true,
            ErrorCode::FileLocationChanged => self.relocate_pending = true,
            ErrorCode::InvalidParameters | ErrorCode::InternalServerError | ErrorCode::ServerBusy => return false,
            // Of the protocol between servers: no agent can do anything about them.
            ErrorCode::IncompatibleProtocolVersion | ErrorCode::FileDigestsMissing | ErrorCode::TooManyIds => {
                return false;
            }
        }
        true
    }
}

impl Agent {
    /// Makes a call that carries the cookie, after whatever must come first, and again after faults that can
    /// be helped. `make` is asked again each time: the cache may have got other numbers meanwhile.
    pub(super) async fn call_with_cookie(
        &mut self,
        make: impl Fn(&Self, Cookie) -> Request + Send + Sync,
    ) -> Result<Response, AgentError> {
        let mut last = None;
        for _ in 0..=RECOVERIES_MAX {
            let (method, outcome) = match self.connect().await? {
                Ok(cookie) => {
                    let request = make(self, cookie);
                    (request.method(), self.call(&request).await?)
                }
                Err((method, fault)) => (method, Err(fault)),
            };
            match outcome {
                Ok(response) => return Ok(response),
                Err(fault) => {
                    let has_cache = self.cache.len() > 0;
                    if !self.session.recover(fault.code, has_cache) {
                        return Err(AgentError::Refused { method, source: fault });
                    }
                    last = Some((method, fault.code));
                }
            }
        }
        let (method, code) = last.unwrap_or(("SyncUpdates", ErrorCode::InternalServerError));
        Err(AgentError::FaultLoop { method, code })
    }

    /// The most revisions in one `GetExtendedUpdateInfo`.
    pub(super) fn extended_updates_max(&mut self) -> usize {
        self.session.maximum().unwrap_or_else(|| {
            self.summary.find(Finding::NoMaximum);
            EXTENDED_UPDATES_DEFAULT
        })
    }

    /// Goes on from wherever the session stands to a cookie that may be used.
    async fn connect(&mut self) -> Result<Result<Cookie, (&'static str, Fault)>, AgentError> {
        if self.session.config.is_none() {
            match self.get_config().await? {
                Ok(config) => self.session.config = Some(config),
                Err(fault) => return Ok(Err(("GetConfig", fault))),
            }
        }
        let expired = |cookie: &Cookie| cookie.expiration.is_some_and(|expiration| expiration <= Timestamp::now());
        if self.session.cookie.as_ref().is_some_and(expired) {
            self.session.old_cookie = self.session.cookie.take();
        }
        let cookie = match self.session.cookie.clone() {
            Some(cookie) => cookie,
            None => match self.get_cookie().await? {
                Ok(cookie) => cookie,
                Err(refused) => return Ok(Err(refused)),
            },
        };
        self.session.cookie = Some(cookie.clone());
        if self.session.refresh_pending {
            match self.refresh_cache(cookie.clone()).await? {
                Ok(results) => self.renumber(&results),
                Err(fault) => return Ok(Err(("RefreshCache", fault))),
            }
            self.session.refresh_pending = false;
            // Downloads that were begun may have moved with the server.
            self.session.relocate_pending = true;
        }
        if self.session.relocate_pending {
            if let Err(fault) = self.locate(cookie.clone()).await? {
                return Ok(Err(("GetFileLocations", fault)));
            }
            self.session.relocate_pending = false;
        }
        let required = self.session.config.as_ref().is_some_and(|config| config.is_registration_required);
        if required && !self.session.registered {
            let computer_info = Some(self.computer_info());
            let request = RegisterComputer { cookie: Some(cookie.clone()), computer_info };
            if let Err(fault) = self.call(&Request::RegisterComputer(request)).await? {
                return Ok(Err(("RegisterComputer", fault)));
            }
            self.session.registered = true;
        }
        // Asking for locations brought a newer one.
        Ok(Ok(self.session.cookie.clone().unwrap_or(cookie)))
    }

    /// Takes over the numbers of a server that changed; what it does not know is not offered any more.
    fn renumber(&mut self, results: &[RefreshCacheResult]) {
        self.cache.renumber(results);
        let cache = &self.cache;
        let number = |identity| cache.by_identity(identity).map(|(number, _)| number);
        self.offers.retain_mut(|offer| {
            let mut known = vec![(offer.identity, &mut offer.revision)];
            known.extend(offer.payloads.iter_mut().map(|payload| (payload.identity, &mut payload.revision)));
            known.into_iter().all(|(identity, revision)| number(identity).map(|new| *revision = new).is_some())
        });
    }

    async fn get_config(&mut self) -> Result<Result<Config, Fault>, AgentError> {
        let request = Request::GetConfig(GetConfig { protocol_version: Some(PROTOCOL) });
        match self.call(&request).await? {
            Ok(Response::GetConfig(config)) => match config.auth_info.len() {
                1 => Ok(Ok(config)),
                found => Err(AgentError::PlugIns { found }),
            },
            Ok(_) => Err(AgentError::OtherAnswer { method: "GetConfig" }),
            Err(fault) => Ok(Err(fault)),
        }
    }

    async fn get_cookie(&mut self) -> Result<Result<Cookie, (&'static str, Fault)>, AgentError> {
        let request = Request::GetAuthorizationCookie(GetAuthorizationCookie {
            client_id: self.profile.computer.clone(),
            target_group_name: self.profile.target_group.clone(),
            dns_name: self.profile.machine.dns_name().to_owned(),
        });
        let authorization = match self.call(&request).await? {
            Ok(Response::GetAuthorizationCookie(authorization)) => authorization,
            Ok(_) => return Err(AgentError::OtherAnswer { method: "GetAuthorizationCookie" }),
            Err(fault) => return Ok(Err(("GetAuthorizationCookie", fault))),
        };
        let now = Timestamp::now();
        // A first cookie is asked for with an old one that holds nothing but a time (native-behaviour, C4).
        let nothing = Cookie { expiration: Some(now), encrypted_data: Vec::new() };
        let request = Request::GetCookie(GetCookie {
            auth_cookies: vec![authorization],
            old_cookie: Some(self.session.old_cookie.clone().unwrap_or(nothing)),
            last_change: self.session.config.as_ref().map(|config| config.last_change).unwrap_or_default(),
            current_time: Some(now),
            protocol_version: Some(PROTOCOL),
        });
        match self.call(&request).await? {
            Ok(Response::GetCookie(cookie)) => Ok(Ok(cookie)),
            Ok(_) => Err(AgentError::OtherAnswer { method: "GetCookie" }),
            Err(fault) => Ok(Err(("GetCookie", fault))),
        }
    }

    async fn refresh_cache(&mut self, cookie: Cookie) -> Result<Result<Vec<RefreshCacheResult>, Fault>, AgentError> {
        let global_ids: Vec<UpdateIdentity> = self.cache.identities();
        let request = RefreshCache { cookie: Some(cookie), global_ids: Some(global_ids) };
        match self.call(&Request::RefreshCache(request)).await? {
            Ok(Response::RefreshCache(results)) => Ok(Ok(results)),
            Ok(_) => Err(AgentError::OtherAnswer { method: "RefreshCache" }),
            Err(fault) => Ok(Err(fault)),
        }
    }

    /// Makes one call and reads its answer, counting both.
    pub(super) async fn call(&mut self, request: &Request) -> Result<Result<Response, Fault>, AgentError> {
        let method = request.method();
        let body = self.body(request);
        self.summary.trips += 1;
        self.summary.request_bytes += length(body.len());
        let address = format!("{}{}", self.network.base_url(), self.path(request.service()));
        let headers = self.headers(request);
        let answer = self
            .network
            .send(http::Method::POST, &address, &headers, body.into())
            .await
            .map_err(|source| AgentError::Http { method: method.to_owned(), source })?;
        self.summary.response_bytes += length(answer.body.len());
        let status = answer.status.as_u16();
        if status != 200 && status != Fault::STATUS {
            return Err(AgentError::Status { method, status });
        }
        let body = decoded(method, &answer)?;
        self.summary.decoded_bytes += length(body.len());
        if status == 200 {
            order::check(method, &body)?;
        }
        let answer = wire::decode_response(method, &body).map_err(|source| AgentError::Decode { method, source })?;
        if let Err(fault) = &answer {
            *self.summary.faults.entry(fault.code.as_str()).or_default() += 1;
        }
        Ok(answer)
    }

    fn body(&self, request: &Request) -> String {
        let bytes = wire::encode_request(request, SoapVersion::V11).into_bytes();
        let body = String::from_utf8_lossy(&bytes);
        let (machine, base_url) = (&self.profile.machine, self.network.base_url());
        match request {
            Request::SyncUpdates(_) => stock::extend_sync(&body, machine, base_url),
            Request::GetExtendedUpdateInfo(_) => stock::extend_extended(&body, machine, base_url),
            _ => body.into_owned(),
        }
    }

    /// The path of a service; that of SimpleAuth is what the configuration says.
    fn path(&self, service: Service) -> String {
        match service {
            Service::Client => "/ClientWebService/client.asmx".to_owned(),
            Service::Reporting => "/ReportingWebService/ReportingWebService.asmx".to_owned(),
            Service::SimpleAuth => {
                let plug_in = self.session.config.as_ref().and_then(|config| config.auth_info.first());
                format!("/{}", plug_in.map_or("", |plug_in| plug_in.service_url.trim_start_matches('/')))
            }
        }
    }

    fn headers(&mut self, request: &Request) -> Vec<(http::HeaderName, String)> {
        use http::header;
        let mut headers = vec![
            (header::CACHE_CONTROL, "no-cache".to_owned()),
            (header::CONNECTION, "Keep-Alive".to_owned()),
            (header::PRAGMA, "no-cache".to_owned()),
            (header::CONTENT_TYPE, SoapVersion::V11.content_type().to_owned()),
            (header::ACCEPT_ENCODING, "xpress".to_owned()),
            (header::USER_AGENT, stock::USER_AGENT.to_owned()),
            (http::HeaderName::from_static("soapaction"), format!("\"{}\"", request.action())),
        ];
        if request.service() == Service::Client {
            self.session.calls += 1;
            let correlation = format!("{}.1.0.0.2.{}", self.session.correlation, self.session.calls);
            headers.push((http::HeaderName::from_static("ms-cv"), correlation));
        }
        headers
    }
}

fn decoded(method: &'static str, answer: &super::network::Answer) -> Result<bytes::Bytes, AgentError> {
    let coding = match answer.headers.get(http::header::CONTENT_ENCODING) {
        None => return Ok(answer.body.clone()),
        Some(coding) => String::from_utf8_lossy(coding.as_bytes()).into_owned(),
    };
    if !coding.eq_ignore_ascii_case("xpress") {
        return Err(AgentError::Coding { method, coding });
    }
    match wire::xpress::decompress(&answer.body, super::network::ANSWER_BYTES_MAX) {
        Ok(body) => Ok(body.into()),
        Err(_) => Err(AgentError::Coding { method, coding }),
    }
}

pub(super) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
