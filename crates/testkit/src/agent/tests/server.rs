//! A server of a few hundred lines that answers as MS-WUSP's text says, and wrongly where a test wants it to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request as HttpRequest, Response as HttpResponse, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use jiff::civil::date;
use metadata::{Fragments, read};
use model::{ContentFile, DeploymentAction, DeploymentId, Revision, RevisionId, UpdateId, UpdateIdentity, UpdateType};
use tokio::net::TcpListener;
use uuid::Uuid;
use wire::client::{
    AuthPlugInInfo, AuthorizationCookie, CategoryScan, Config, ConfigurationProperty, Cookie, Deployment,
    DeploymentFlags, ExtendedUpdateInfo, FileLocation, GetFileLocationsResults, RefreshCacheResult, SyncInfo,
    SyncUpdateParameters, UpdateData, UpdateInfo,
};
use wire::reporting::Event;
use wire::{Body, ErrorCode, Escaped, Fault, Request, Response, Service, SoapVersion};

use crate::documents::{Draft, MadeFile};

/// What a test changes of an answer's body, by method.
type Edit = dyn Fn(&str, String) -> String + Send + Sync;

/// What the server has and how it misbehaves.
#[derive(Default)]
pub(super) struct Site {
    entries: Vec<Entry>,
    files: HashMap<String, Bytes>,
    approvals: BTreeMap<UpdateId, DeploymentAction>,
    /// Updates said to be leaves although they are not.
    pub(super) wrong_leaves: BTreeSet<UpdateId>,
    /// Locations are left out.
    pub(super) without_locations: bool,
    /// Prerequisites are not looked at.
    pub(super) without_prerequisites: bool,
    /// Says each time that there is more.
    pub(super) always_truncated: bool,
    /// Answers are compressed.
    pub(super) xpress: bool,
    pub(super) edit: Option<Box<Edit>>,
    pub(super) log: Mutex<Log>,
}

/// What was asked of the server, and the faults it is still to answer with.
#[derive(Default)]
pub(super) struct Log {
    pub(super) methods: Vec<&'static str>,
    pub(super) bodies: Vec<(&'static str, String)>,
    pub(super) headers: Vec<http::HeaderMap>,
    pub(super) events: Vec<Event>,
    pub(super) ranges: Vec<String>,
    pub(super) faults: Vec<(&'static str, ErrorCode)>,
}

struct Entry {
    id: RevisionId,
    revision: Revision,
    fragments: Fragments,
    files: Vec<ContentFile>,
}

impl Site {
    /// A server with those updates; numbers start behind `first`.
    pub(super) fn with(drafts: &[Draft], first: i32) -> Self {
        let mut site = Self::default();
        for (number, draft) in (first + 1..).zip(drafts) {
            let made = draft.finish();
            let (document, fragments) = read(made.document.as_bytes()).unwrap();
            let files = document.content_files();
            site.entries.push(Entry { id: RevisionId(number), revision: document.revision(), fragments, files });
            for MadeFile { name, bytes } in &made.files {
                let sha1 = MadeFile { name: name.clone(), bytes: bytes.clone() }.sha1();
                site.files.insert(format!("/Content/{sha1}"), bytes.clone());
            }
        }
        site
    }

    pub(super) fn approving(mut self, update: UpdateId, action: DeploymentAction) -> Self {
        self.approvals.insert(update, action);
        self
    }

    pub(super) fn failing(self, method: &'static str, code: ErrorCode, times: usize) -> Self {
        self.log.lock().unwrap().faults.extend(std::iter::repeat_n((method, code), times));
        self
    }

    pub(super) fn editing(mut self, edit: impl Fn(&str, String) -> String + Send + Sync + 'static) -> Self {
        self.edit = Some(Box::new(edit));
        self
    }

    /// Replaces the bytes of every file.
    pub(super) fn serving(mut self, change: impl Fn(&Bytes) -> Bytes) -> Self {
        self.files.values_mut().for_each(|bytes| *bytes = change(bytes));
        self
    }

    /// Listens on a free port until the test's runtime ends; the address and what was asked.
    pub(super) async fn start(self) -> (String, Arc<Self>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let site = Arc::new(self);
        let serving = Arc::clone(&site);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let site = Arc::clone(&serving);
                let service = service_fn(move |request| {
                    let site = Arc::clone(&site);
                    async move { Ok::<_, std::convert::Infallible>(site.answer(request).await) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        (address, site)
    }

    async fn answer(&self, request: HttpRequest<Incoming>) -> HttpResponse<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        if path.starts_with("/Content/") {
            return self.content(&path, &parts.headers);
        }
        let service = match path.as_str() {
            "/ClientWebService/client.asmx" => Service::Client,
            "/SimpleAuthWebService/SimpleAuth.asmx" => Service::SimpleAuth,
            "/ReportingWebService/ReportingWebService.asmx" => Service::Reporting,
            _ => return HttpResponse::builder().status(404).body(Full::default()).unwrap(),
        };
        let body = body.collect().await.unwrap().to_bytes();
        let call = wire::decode(service, &body).unwrap();
        let method = call.request.method();
        let host = parts.headers["host"].to_str().unwrap().to_owned();
        let fault = {
            let mut log = self.log.lock().unwrap();
            log.methods.push(method);
            log.bodies.push((method, String::from_utf8(body.to_vec()).unwrap()));
            log.headers.push(parts.headers.clone());
            let at = log.faults.iter().position(|(failing, _)| *failing == method);
            at.map(|at| log.faults.remove(at).1)
        };
        let (status, body) = match fault {
            Some(code) => {
                let (message, method) = (String::new(), call.request.action());
                let fault = Fault { code, message, id: Uuid::nil(), method };
                (500, wire::encode_fault(service, SoapVersion::V11, &fault))
            }
            None => (200, wire::encode(service, SoapVersion::V11, &self.respond(call.request, &host))),
        };
        let mut body = String::from_utf8(body.into_bytes().to_vec()).unwrap();
        if let Some(edit) = &self.edit {
            body = edit(method, body);
        }
        let response = HttpResponse::builder().status(status).header("content-type", "text/xml; charset=utf-8");
        if self.xpress {
            let packed = wire::xpress::compress(&Body::from(body.into_bytes())).into_bytes();
            return response.header("content-encoding", "xpress").body(Full::new(packed)).unwrap();
        }
        response.body(Full::new(body.into())).unwrap()
    }

    fn content(&self, path: &str, headers: &http::HeaderMap) -> HttpResponse<Full<Bytes>> {
        let range = headers["range"].to_str().unwrap().to_owned();
        self.log.lock().unwrap().ranges.push(range.clone());
        let Some(bytes) = self.files.get(path) else {
            return HttpResponse::builder().status(StatusCode::NOT_FOUND).body(Full::default()).unwrap();
        };
        let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        let last = last.min(bytes.len() - 1);
        HttpResponse::builder()
            .status(StatusCode::PARTIAL_CONTENT)
            .header("content-range", format!("bytes {first}-{last}/{}", bytes.len()))
            .body(Full::new(bytes.slice(first..=last)))
            .unwrap()
    }

    fn respond(&self, request: Request, host: &str) -> Response {
        match request {
            Request::GetConfig(_) => Response::GetConfig(config()),
            Request::GetAuthorizationCookie(_) => Response::GetAuthorizationCookie(AuthorizationCookie {
                plug_in_id: "SimpleTargeting".to_owned(),
                cookie_data: vec![1],
            }),
            Request::GetCookie(_) => Response::GetCookie(cookie()),
            Request::RegisterComputer(_) => Response::RegisterComputer,
            Request::StartCategoryScan(scan) => {
                let requested = scan.requested_categories.unwrap_or_default();
                let preferred_category_ids = requested.into_iter().map(|category| category.category_id).collect();
                Response::StartCategoryScan(CategoryScan {
                    preferred_category_ids,
                    requested_category_ids_in_error: vec![],
                })
            }
            Request::SyncUpdates(sync) => Response::SyncUpdates(self.sync(&sync.parameters.unwrap())),
            Request::RefreshCache(refresh) => Response::RefreshCache(self.refresh(&refresh.global_ids.unwrap())),
            Request::GetExtendedUpdateInfo(wanted) => {
                Response::GetExtendedUpdateInfo(self.extended(&wanted.revision_ids, host))
            }
            Request::GetFileLocations(wanted) => {
                let digests = wanted.file_digests.unwrap();
                let file_locations = digests
                    .into_iter()
                    .map(|sha1| FileLocation::new(sha1, format!("http://{host}/Content/{sha1}")))
                    .collect();
                Response::GetFileLocations(GetFileLocationsResults { file_locations, new_cookie: cookie() })
            }
            Request::ReportEventBatch(batch) => {
                self.log.lock().unwrap().events.extend(batch.events.unwrap_or_default());
                Response::ReportEventBatch(true)
            }
            other => panic!("{} is not expected", other.method()),
        }
    }

    fn sync(&self, parameters: &SyncUpdateParameters) -> SyncInfo {
        let installed: HashSet<UpdateId> = self
            .entries
            .iter()
            .filter(|entry| parameters.installed_non_leaf_update_ids.contains(&entry.id))
            .map(|entry| entry.revision.identity.update_id)
            .collect();
        let cached: BTreeSet<RevisionId> = parameters
            .installed_non_leaf_update_ids
            .iter()
            .chain(&parameters.other_cached_update_ids)
            .chain(&parameters.cached_driver_ids)
            .copied()
            .collect();
        let needed: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| (entry.revision.update_type == UpdateType::Driver) == parameters.skip_software_sync)
            .filter(|entry| self.without_prerequisites || met(&entry.revision, &installed))
            .filter(|entry| entry.revision.drivers.is_empty() || matched(&entry.revision, parameters))
            .collect();
        let new: Vec<&&Entry> = needed.iter().filter(|entry| !cached.contains(&entry.id)).collect();
        let gone = cached.iter().filter(|id| !needed.iter().any(|entry| entry.id == **id)).copied();
        SyncInfo {
            truncated: self.always_truncated || new.len() > 30,
            new_updates: new.iter().take(30).map(|entry| self.info(entry)).collect(),
            // A driver pass leaves out the software that is cached.
            out_of_scope_revision_ids: if parameters.skip_software_sync { Vec::new() } else { gone.collect() },
            new_cookie: cookie(),
            ..SyncInfo::default()
        }
    }

    fn info(&self, entry: &Entry) -> UpdateInfo {
        UpdateInfo {
            id: entry.id,
            deployment: self.deployment(entry),
            is_leaf: self.is_leaf(entry),
            xml: Some(Escaped::from_text(&entry.fragments.core)),
        }
    }

    fn is_leaf(&self, entry: &Entry) -> bool {
        let update = entry.revision.identity.update_id;
        let members = |other: &Entry| {
            other.revision.relations.prerequisites.iter().any(|clause| clause.members.contains(&update))
        };
        self.wrong_leaves.contains(&update) || !self.entries.iter().any(members)
    }

    fn deployment(&self, entry: &Entry) -> Deployment {
        let default = match entry.revision.update_type {
            UpdateType::Software if entry.revision.explicitly_deployable => DeploymentAction::PreDeploymentCheck,
            UpdateType::Software => DeploymentAction::Bundle,
            _ => DeploymentAction::Evaluate,
        };
        Deployment {
            id: DeploymentId(entry.id.0),
            action: self.approvals.get(&entry.revision.identity.update_id).copied().unwrap_or(default),
            deadline: None,
            is_assigned: true,
            last_change: date(2026, 10, 4),
            download_priority: None,
            hardware_ids: Vec::new(),
            flags: Some(DeploymentFlags::default()),
        }
    }

    fn refresh(&self, identities: &[UpdateIdentity]) -> Vec<RefreshCacheResult> {
        let known = self.entries.iter().filter(|entry| identities.contains(&entry.revision.identity));
        known
            .map(|entry| RefreshCacheResult {
                revision_id: entry.id,
                global_id: entry.revision.identity,
                is_leaf: self.is_leaf(entry),
                deployment: self.deployment(entry),
            })
            .collect()
    }

    fn extended(&self, revisions: &[RevisionId], host: &str) -> ExtendedUpdateInfo {
        let mut info = ExtendedUpdateInfo::default();
        for entry in self.entries.iter().filter(|entry| revisions.contains(&entry.id)) {
            let texts = [&entry.fragments.extended, &entry.fragments.localized(&["en"]).unwrap().text];
            let fragments = texts.map(|text| UpdateData { id: entry.id, xml: Escaped::from_text(text) });
            info.updates.extend(fragments);
            if !self.without_locations {
                let place =
                    |file: &ContentFile| FileLocation::new(file.sha1, format!("http://{host}/Content/{}", file.sha1));
                info.file_locations.extend(entry.files.iter().map(place));
            }
        }
        info
    }
}

fn met(revision: &Revision, installed: &HashSet<UpdateId>) -> bool {
    let clauses = &revision.relations.prerequisites;
    clauses.iter().all(|clause| clause.members.iter().any(|member| installed.contains(member)))
}

fn matched(revision: &Revision, parameters: &SyncUpdateParameters) -> bool {
    let devices = parameters.system_spec.iter().flatten();
    let mut ids = devices.flat_map(|device| device.hardware_ids.iter().chain(&device.compatible_ids));
    ids.any(|id| revision.drivers.iter().any(|row| row.hardware_id == *id))
}

fn cookie() -> Cookie {
    Cookie { expiration: Some(Timestamp::from_second(4_102_444_800).unwrap()), encrypted_data: vec![2, 3] }
}

fn config() -> Config {
    Config {
        last_change: Timestamp::UNIX_EPOCH,
        is_registration_required: true,
        auth_info: vec![AuthPlugInInfo {
            plug_in_id: "SimpleTargeting".to_owned(),
            service_url: "SimpleAuthWebService/SimpleAuth.asmx".to_owned(),
            parameter: Some(String::new()),
        }],
        allowed_event_ids: Vec::new(),
        properties: vec![ConfigurationProperty {
            name: "MaxExtendedUpdatesPerRequest".to_owned(),
            value: "3".to_owned(),
        }],
    }
}
