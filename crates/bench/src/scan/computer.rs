use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use catalog::PAGE;
use jiff::Timestamp;
use metadata::CoreFragment;
use model::{ComputerId, ProtocolVersion, RevisionId, UpdateId};
use wire::client::{
    ComputerInfo, Cookie, GetConfig, GetCookie, RegisterComputer, SyncInfo, SyncUpdateParameters, SyncUpdates,
    UpdateInfo,
};
use wire::simple_auth::GetAuthorizationCookie;
use wire::{Request, Response, Service, SoapVersion};

use crate::estate::{self, Estate};
use crate::loopback::Connection;

/// The protocol Windows 11 speaks.
const PROTOCOL: ProtocolVersion = ProtocolVersion::new(2, 90);
/// The longest answer that is taken, decoded.
const ANSWER_BYTES_MAX: usize = 1 << 30;
/// Calls in which a computer whose installed updates changed has to have forgotten what it need not know.
const ROUNDS_MAX: usize = 5;
/// Trips of a first scan beyond those that the catalog's size explains.
const TRIPS_TO_SPARE: usize = 200;

/// What all computers share.
pub(crate) struct Office {
    port: u16,
    /// What is installed on a computer of each build.
    builds: Vec<Vec<UpdateId>>,
    trips_max: usize,
    /// Which update a revision is: read out of its fragment once, by whoever sees it first.
    updates: Mutex<HashMap<RevisionId, UpdateId>>,
}

/// A computer as a server sees it: its cookie and what it sends back of what it was told.
pub(crate) struct Computer {
    id: ComputerId,
    build: usize,
    cookie: Cookie,
    /// What is installed on it.
    has: HashSet<UpdateId>,
    installed: Vec<RevisionId>,
    cached: Vec<RevisionId>,
}

/// What calls cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) trips: usize,
    pub(crate) sent: usize,
    pub(crate) received: usize,
}

impl Office {
    /// Of a server with that estate.
    pub(crate) fn new(port: u16, estate: &Estate) -> Self {
        let trips_max = estate.size.revisions / PAGE + TRIPS_TO_SPARE;
        Self { port, builds: estate.builds.clone(), trips_max, updates: Mutex::default() }
    }

    /// The last `count` of what is installed on a computer of that build.
    pub(crate) fn last_installed(&self, build: usize, count: usize) -> &[UpdateId] {
        let installed = self.builds.get(build).map(Vec::as_slice).unwrap_or_default();
        installed.get(installed.len().saturating_sub(count)..).unwrap_or_default()
    }

    /// Which update a revision is that somebody was told of.
    pub(crate) fn update_of(&self, revision: RevisionId) -> Option<UpdateId> {
        self.updates.lock().unwrap_or_else(PoisonError::into_inner).get(&revision).copied()
    }

    pub(crate) fn connect(&self) -> anyhow::Result<Connection> {
        Connection::open(self.port).context("could not connect to the server")
    }

    /// True if somebody was told of that update.
    pub(crate) fn has_seen(&self, update: UpdateId) -> bool {
        self.updates.lock().unwrap_or_else(PoisonError::into_inner).values().any(|seen| *seen == update)
    }

    /// The bytes of the request with which every conversation begins.
    pub(crate) fn get_config(&self) -> Vec<u8> {
        self.bytes(&Request::GetConfig(GetConfig { protocol_version: Some(PROTOCOL) }))
    }

    /// A request with its head, as a stock client sends it.
    pub(crate) fn bytes(&self, request: &Request) -> Vec<u8> {
        let path = match request.service() {
            Service::Client => "ClientWebService/client.asmx",
            Service::SimpleAuth => "SimpleAuthWebService/SimpleAuth.asmx",
            Service::Reporting => "ReportingWebService/ReportingWebService.asmx",
        };
        let body = wire::encode_request(request, SoapVersion::V11).into_bytes();
        let head = format!(
            "POST /{path} HTTP/1.1\r\nCache-Control: no-cache\r\nConnection: Keep-Alive\r\nPragma: no-cache\r\n\
             Content-Type: {}\r\nAccept-Encoding: xpress\r\n\
             User-Agent: Windows-Update-Agent/1507.2601.30012.0 Client-Protocol/2.90\r\nSOAPAction: \"{}\"\r\n\
             Content-Length: {}\r\nHost: 127.0.0.1:{}\r\n\r\n",
            SoapVersion::V11.content_type(),
            request.action(),
            body.len(),
            self.port
        );
        [head.as_bytes(), &body].concat()
    }

    pub(crate) fn call(
        &self,
        connection: &mut Connection,
        request: &Request,
        traffic: &mut Traffic,
    ) -> anyhow::Result<Response> {
        let method = request.method();
        let bytes = self.bytes(request);
        let answer = connection.exchange(&bytes).with_context(|| format!("no answer to {method}"))?;
        traffic.trips += 1;
        traffic.sent += bytes.len();
        traffic.received += answer.bytes;
        if answer.is_encoded {
            let body = wire::xpress::decompress(answer.body, ANSWER_BYTES_MAX).context("the answer does not unpack")?;
            decode(method, &body)
        } else {
            decode(method, answer.body)
        }
    }

    fn update(&self, new: &UpdateInfo) -> anyhow::Result<UpdateId> {
        let updates = || self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(update) = updates().get(&new.id) {
            return Ok(*update);
        }
        let xml = new.xml.as_ref().with_context(|| format!("revision {} came without its fragment", new.id))?;
        let update = CoreFragment::parse(&xml.to_text())?.identity.update_id;
        updates().insert(new.id, update);
        Ok(update)
    }
}

fn decode(method: &str, body: &[u8]) -> anyhow::Result<Response> {
    let answer =
        wire::decode_response(method, body).with_context(|| format!("the answer to {method} is unreadable"))?;
    answer.with_context(|| format!("{method} was refused"))
}

impl Computer {
    /// The `number`th computer, with a cookie and registered.
    pub(crate) fn join(office: &Office, connection: &mut Connection, number: usize) -> anyhow::Result<Self> {
        let id = estate::computer(number)?;
        let traffic = &mut Traffic::default();
        let request = Request::GetConfig(GetConfig { protocol_version: Some(PROTOCOL) });
        let Response::GetConfig(config) = office.call(connection, &request, traffic)? else {
            bail!("GetConfig was answered with something else");
        };
        let dns_name = estate::dns_name(number);
        let request = Request::GetAuthorizationCookie(GetAuthorizationCookie {
            client_id: id.clone(),
            target_group_name: None,
            dns_name: dns_name.clone(),
        });
        let Response::GetAuthorizationCookie(authorization) = office.call(connection, &request, traffic)? else {
            bail!("GetAuthorizationCookie was answered with something else");
        };
        let request = Request::GetCookie(GetCookie {
            auth_cookies: vec![authorization],
            old_cookie: None,
            last_change: config.last_change,
            current_time: Some(Timestamp::now()),
            protocol_version: Some(PROTOCOL),
        });
        let Response::GetCookie(cookie) = office.call(connection, &request, traffic)? else {
            bail!("GetCookie was answered with something else");
        };
        let computer_info = ComputerInfo {
            dns_name: Some(dns_name),
            os_major_version: 10,
            os_build_number: 26_200,
            ..ComputerInfo::default()
        };
        let request = RegisterComputer { cookie: Some(cookie.clone()), computer_info: Some(computer_info) };
        office.call(connection, &Request::RegisterComputer(request), traffic)?;
        let build = number.checked_rem(office.builds.len()).context("there is no build")?;
        let has = office.builds.get(build).into_iter().flatten().copied().collect();
        Ok(Self { id, build, cookie, has, installed: Vec::new(), cached: Vec::new() })
    }

    /// Scans software until the server has nothing new.
    pub(crate) fn scan(&mut self, office: &Office, connection: &mut Connection) -> anyhow::Result<Traffic> {
        self.scan_seen(office, connection, |_, _| ())
    }

    /// The same; `see` is shown each request and the length of its answer.
    pub(crate) fn scan_seen(
        &mut self,
        office: &Office,
        connection: &mut Connection,
        mut see: impl FnMut(&Request, usize),
    ) -> anyhow::Result<Traffic> {
        let mut traffic = Traffic::default();
        while traffic.trips < office.trips_max {
            let request = self.sync_updates();
            let before = traffic.received;
            let Response::SyncUpdates(info) = office.call(connection, &request, &mut traffic)? else {
                bail!("SyncUpdates was answered with something else");
            };
            see(&request, traffic.received - before);
            self.cookie = info.new_cookie.clone();
            if is_nothing_new(&info) {
                return Ok(traffic);
            }
            for new in &info.new_updates {
                let update = office.update(new)?;
                let counts = !new.is_leaf && self.has.contains(&update);
                if counts { &mut self.installed } else { &mut self.cached }.push(new.id);
            }
        }
        bail!("computer {} is told of ever more", self.id)
    }

    /// Asks once, and takes what it is told; true if that was anything.
    pub(crate) fn sync(&mut self, office: &Office, connection: &mut Connection) -> anyhow::Result<bool> {
        let request = self.sync_updates();
        let Response::SyncUpdates(info) = office.call(connection, &request, &mut Traffic::default())? else {
            bail!("SyncUpdates was answered with something else");
        };
        let gone = &info.out_of_scope_revision_ids;
        let is_news = !is_nothing_new(&info) || !info.changed_updates.is_empty() || !gone.is_empty();
        self.cached.retain(|id| !gone.contains(id));
        self.cached.extend(info.new_updates.iter().map(|new| new.id));
        self.cookie = info.new_cookie;
        Ok(is_news)
    }

    /// The computer `id` of the same build, with a cookie of its own, on which `less` is not installed.
    pub(crate) fn without(&self, id: ComputerId, cookie: Cookie, less: &[RevisionId]) -> Self {
        let (cached, installed): (Vec<_>, Vec<_>) = self.installed.iter().partition(|revision| less.contains(revision));
        let mut cached: Vec<RevisionId> = cached.into_iter().chain(self.cached.iter().copied()).collect();
        cached.sort_unstable();
        Self { id, build: self.build, cookie, has: self.has.clone(), installed, cached }
    }

    /// Forgets what the server says it need not know, until the server is content.
    pub(crate) fn settle(&mut self, office: &Office, connection: &mut Connection) -> anyhow::Result<()> {
        for _ in 0..ROUNDS_MAX {
            let Response::SyncUpdates(info) = office.call(connection, &self.sync_updates(), &mut Traffic::default())?
            else {
                bail!("SyncUpdates was answered with something else");
            };
            self.cookie = info.new_cookie.clone();
            if is_nothing_new(&info) && info.out_of_scope_revision_ids.is_empty() {
                return Ok(());
            }
            let gone: HashSet<RevisionId> = info.out_of_scope_revision_ids.iter().copied().collect();
            self.installed.retain(|revision| !gone.contains(revision));
            self.cached.retain(|revision| !gone.contains(revision));
            self.cached.extend(info.new_updates.iter().map(|new| new.id));
        }
        bail!("the cache of computer {} does not come to rest", self.id)
    }

    /// The number of its build.
    pub(crate) fn build(&self) -> usize {
        self.build
    }

    pub(crate) fn installed(&self) -> &[RevisionId] {
        &self.installed
    }

    pub(crate) fn cached(&self) -> &[RevisionId] {
        &self.cached
    }

    pub(crate) fn cookie(&self) -> &Cookie {
        &self.cookie
    }

    /// The bytes of the request with which its next scan begins, to be sent as often as one likes: the server keeps
    /// nothing of a session.
    pub(crate) fn repeat(&self, office: &Office) -> Vec<u8> {
        office.bytes(&self.sync_updates())
    }

    pub(crate) fn id(&self) -> &ComputerId {
        &self.id
    }

    /// Revisions it has been told of.
    pub(crate) fn knows(&self) -> usize {
        self.installed.len() + self.cached.len()
    }

    /// What a repeat scan has to be answered: nothing.
    pub(crate) fn check_repeat(&self, office: &Office, connection: &mut Connection) -> anyhow::Result<()> {
        let Response::SyncUpdates(info) = office.call(connection, &self.sync_updates(), &mut Traffic::default())?
        else {
            bail!("SyncUpdates was answered with something else");
        };
        ensure!(is_nothing_new(&info), "a computer with a full cache is told of something new");
        Ok(())
    }

    pub(crate) fn sync_updates(&self) -> Request {
        Request::SyncUpdates(SyncUpdates {
            cookie: Some(self.cookie.clone()),
            parameters: Some(SyncUpdateParameters {
                installed_non_leaf_update_ids: self.installed.clone(),
                other_cached_update_ids: self.cached.clone(),
                need_two_group_out_of_scope_updates: true,
                ..SyncUpdateParameters::default()
            }),
        })
    }
}

fn is_nothing_new(info: &SyncInfo) -> bool {
    info.new_updates.is_empty() && !info.truncated
}
