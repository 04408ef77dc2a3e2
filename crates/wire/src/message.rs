use crate::client::{
    AuthorizationCookie, CategoryScan, Config, Cookie, ExtendedUpdateInfo, ExtendedUpdateInfo2, GetConfig, GetConfig2,
    GetCookie, GetExtendedUpdateInfo, GetExtendedUpdateInfo2, GetFileLocations, GetFileLocationsResults, GetTimestamps,
    RefreshCache, RefreshCacheResult, RegisterComputer, StartCategoryScan, SyncInfo, SyncPrinterCatalog, SyncUpdates,
};
use crate::input::{Input, Opened};
use crate::limits::{Limit, Limits};
use crate::output::Output;
use crate::reporting::{GetRequiredInventoryType, ReportEventBatch, ReportEventBatch2, ReportInventory};
use crate::simple_auth::GetAuthorizationCookie;
use crate::values::Wire;
use crate::{Body, DecodeError, Fault, Problem, Service, SoapVersion, fault, limits, soap};

/// A request as it came in: one of clients, unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<R = Request> {
    /// The version to answer in.
    pub soap: SoapVersion,
    /// What is asked.
    pub request: R,
}

/// What a client can ask of the three services.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the operation of that name, described at its struct")]
pub enum Request {
    GetConfig(GetConfig),
    GetConfig2(GetConfig2),
    GetCookie(GetCookie),
    RegisterComputer(RegisterComputer),
    StartCategoryScan(StartCategoryScan),
    SyncUpdates(SyncUpdates),
    SyncPrinterCatalog(SyncPrinterCatalog),
    RefreshCache(RefreshCache),
    GetExtendedUpdateInfo(GetExtendedUpdateInfo),
    GetExtendedUpdateInfo2(GetExtendedUpdateInfo2),
    GetFileLocations(GetFileLocations),
    GetTimestamps(GetTimestamps),
    GetAuthorizationCookie(GetAuthorizationCookie),
    ReportEventBatch(ReportEventBatch),
    ReportEventBatch2(ReportEventBatch2),
    GetRequiredInventoryType(GetRequiredInventoryType),
    ReportInventory(ReportInventory),
}

impl Request {
    /// The operation's name.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::GetConfig(_) => "GetConfig",
            Self::GetConfig2(_) => "GetConfig2",
            Self::GetCookie(_) => "GetCookie",
            Self::RegisterComputer(_) => "RegisterComputer",
            Self::StartCategoryScan(_) => "StartCategoryScan",
            Self::SyncUpdates(_) => "SyncUpdates",
            Self::SyncPrinterCatalog(_) => "SyncPrinterCatalog",
            Self::RefreshCache(_) => "RefreshCache",
            Self::GetExtendedUpdateInfo(_) => "GetExtendedUpdateInfo",
            Self::GetExtendedUpdateInfo2(_) => "GetExtendedUpdateInfo2",
            Self::GetFileLocations(_) => "GetFileLocations",
            Self::GetTimestamps(_) => "GetTimestamps",
            Self::GetAuthorizationCookie(_) => "GetAuthorizationCookie",
            Self::ReportEventBatch(_) => "ReportEventBatch",
            Self::ReportEventBatch2(_) => "ReportEventBatch2",
            Self::GetRequiredInventoryType(_) => "GetRequiredInventoryType",
            Self::ReportInventory(_) => "ReportInventory",
        }
    }

    /// The service it belongs to.
    pub const fn service(&self) -> Service {
        match self {
            Self::GetAuthorizationCookie(_) => Service::SimpleAuth,
            Self::ReportEventBatch(_)
            | Self::ReportEventBatch2(_)
            | Self::GetRequiredInventoryType(_)
            | Self::ReportInventory(_) => Service::Reporting,
            _ => Service::Client,
        }
    }

    /// The SOAP action: the service's namespace, a slash and the method.
    pub fn action(&self) -> String {
        format!("{}/{}", self.service().namespace(), self.method())
    }

    /// Reads the operation `name` of `service`; `None` when there is no such operation.
    fn read(service: Service, name: &str, input: &mut Input<'_>) -> Option<Result<Self, Problem>> {
        Some(match (service, name) {
            (Service::Client, "GetConfig") => input.value().map(Self::GetConfig),
            (Service::Client, "GetConfig2") => input.value().map(Self::GetConfig2),
            (Service::Client, "GetCookie") => input.value().map(Self::GetCookie),
            (Service::Client, "RegisterComputer") => input.value().map(Self::RegisterComputer),
            (Service::Client, "StartCategoryScan") => input.value().map(Self::StartCategoryScan),
            (Service::Client, "SyncUpdates") => input.value().map(Self::SyncUpdates),
            (Service::Client, "SyncPrinterCatalog") => input.value().map(Self::SyncPrinterCatalog),
            (Service::Client, "RefreshCache") => input.value().map(Self::RefreshCache),
            (Service::Client, "GetExtendedUpdateInfo") => input.value().map(Self::GetExtendedUpdateInfo),
            (Service::Client, "GetExtendedUpdateInfo2") => input.value().map(Self::GetExtendedUpdateInfo2),
            (Service::Client, "GetFileLocations") => input.value().map(Self::GetFileLocations),
            (Service::Client, "GetTimestamps") => input.value().map(Self::GetTimestamps),
            (Service::SimpleAuth, "GetAuthorizationCookie") => input.value().map(Self::GetAuthorizationCookie),
            (Service::Reporting, "ReportEventBatch") => input.value().map(Self::ReportEventBatch),
            (Service::Reporting, "ReportEventBatch2") => input.value().map(Self::ReportEventBatch2),
            (Service::Reporting, "GetRequiredInventoryType") => input.value().map(Self::GetRequiredInventoryType),
            (Service::Reporting, "ReportInventory") => input.value().map(Self::ReportInventory),
            _ => return None,
        })
    }

    fn write(&self, out: &mut Output) {
        match self {
            Self::GetConfig(request) => request.write(out),
            Self::GetConfig2(request) => request.write(out),
            Self::GetCookie(request) => request.write(out),
            Self::RegisterComputer(request) => request.write(out),
            Self::StartCategoryScan(request) => request.write(out),
            Self::SyncUpdates(request) => request.write(out),
            Self::SyncPrinterCatalog(request) => request.write(out),
            Self::RefreshCache(request) => request.write(out),
            Self::GetExtendedUpdateInfo(request) => request.write(out),
            Self::GetExtendedUpdateInfo2(request) => request.write(out),
            Self::GetFileLocations(request) => request.write(out),
            Self::GetTimestamps(request) => request.write(out),
            Self::GetAuthorizationCookie(request) => request.write(out),
            Self::ReportEventBatch(request) => request.write(out),
            Self::ReportEventBatch2(request) => request.write(out),
            Self::GetRequiredInventoryType(request) => request.write(out),
            Self::ReportInventory(request) => request.write(out),
        }
    }
}

/// What a server answers; one variant for each of [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant answers the request of that name")]
pub enum Response {
    GetConfig(Config),
    GetConfig2(Config),
    GetCookie(Cookie),
    RegisterComputer,
    StartCategoryScan(CategoryScan),
    SyncUpdates(SyncInfo),
    SyncPrinterCatalog(SyncInfo),
    RefreshCache(Vec<RefreshCacheResult>),
    GetExtendedUpdateInfo(ExtendedUpdateInfo),
    GetExtendedUpdateInfo2(ExtendedUpdateInfo2),
    GetFileLocations(GetFileLocationsResults),
    GetTimestamps(Vec<Vec<u8>>),
    GetAuthorizationCookie(AuthorizationCookie),
    ReportEventBatch(bool),
    ReportEventBatch2(bool),
    GetRequiredInventoryType(i32),
    ReportInventory(bool),
}

impl Response {
    /// The name of the operation it answers.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::GetConfig(_) => "GetConfig",
            Self::GetConfig2(_) => "GetConfig2",
            Self::GetCookie(_) => "GetCookie",
            Self::RegisterComputer => "RegisterComputer",
            Self::StartCategoryScan(_) => "StartCategoryScan",
            Self::SyncUpdates(_) => "SyncUpdates",
            Self::SyncPrinterCatalog(_) => "SyncPrinterCatalog",
            Self::RefreshCache(_) => "RefreshCache",
            Self::GetExtendedUpdateInfo(_) => "GetExtendedUpdateInfo",
            Self::GetExtendedUpdateInfo2(_) => "GetExtendedUpdateInfo2",
            Self::GetFileLocations(_) => "GetFileLocations",
            Self::GetTimestamps(_) => "GetTimestamps",
            Self::GetAuthorizationCookie(_) => "GetAuthorizationCookie",
            Self::ReportEventBatch(_) => "ReportEventBatch",
            Self::ReportEventBatch2(_) => "ReportEventBatch2",
            Self::GetRequiredInventoryType(_) => "GetRequiredInventoryType",
            Self::ReportInventory(_) => "ReportInventory",
        }
    }

    /// Reads what is inside the answer to `method`; `None` when there is no such operation.
    fn read(method: &str, input: &mut Input<'_>) -> Option<Result<Self, Problem>> {
        Some(match method {
            "GetConfig" => result(input, "GetConfigResult").map(Self::GetConfig),
            "GetConfig2" => result(input, "GetConfig2Result").map(Self::GetConfig2),
            "GetCookie" => result(input, "GetCookieResult").map(Self::GetCookie),
            "RegisterComputer" => input.skip().map(|()| Self::RegisterComputer),
            "StartCategoryScan" => input.value().map(Self::StartCategoryScan),
            "SyncUpdates" => result(input, "SyncUpdatesResult").map(Self::SyncUpdates),
            "SyncPrinterCatalog" => result(input, "SyncPrinterCatalogResult").map(Self::SyncPrinterCatalog),
            "RefreshCache" => {
                results(input, "RefreshCacheResult", "RefreshCacheResult", limits::ANSWER_LIST).map(Self::RefreshCache)
            }
            "GetExtendedUpdateInfo" => result(input, "GetExtendedUpdateInfoResult").map(Self::GetExtendedUpdateInfo),
            "GetExtendedUpdateInfo2" => result(input, "GetExtendedUpdateInfo2Result").map(Self::GetExtendedUpdateInfo2),
            "GetFileLocations" => result(input, "GetFileLocationsResult").map(Self::GetFileLocations),
            "GetTimestamps" => {
                results(input, "GetTimestampsResult", "base64Binary", limits::ANSWER_LIST).map(Self::GetTimestamps)
            }
            "GetAuthorizationCookie" => result(input, "GetAuthorizationCookieResult").map(Self::GetAuthorizationCookie),
            "ReportEventBatch" => result(input, "ReportEventBatchResult").map(Self::ReportEventBatch),
            "ReportEventBatch2" => result(input, "ReportEventBatch2Result").map(Self::ReportEventBatch2),
            "GetRequiredInventoryType" => {
                result(input, "GetRequiredInventoryTypeResult").map(Self::GetRequiredInventoryType)
            }
            "ReportInventory" => result(input, "ReportInventoryResult").map(Self::ReportInventory),
            _ => return None,
        })
    }

    fn write(&self, out: &mut Output) {
        match self {
            Self::GetConfig(config) => out.field("GetConfigResult", config),
            Self::GetConfig2(config) => out.field("GetConfig2Result", config),
            Self::GetCookie(cookie) => out.field("GetCookieResult", cookie),
            Self::RegisterComputer => {}
            Self::StartCategoryScan(scan) => scan.write(out),
            Self::SyncUpdates(info) => out.field("SyncUpdatesResult", info),
            Self::SyncPrinterCatalog(info) => out.field("SyncPrinterCatalogResult", info),
            Self::RefreshCache(results) => out.array("RefreshCacheResult", "RefreshCacheResult", results),
            Self::GetExtendedUpdateInfo(info) => out.field("GetExtendedUpdateInfoResult", info),
            Self::GetExtendedUpdateInfo2(info) => out.field("GetExtendedUpdateInfo2Result", info),
            Self::GetFileLocations(results) => out.field("GetFileLocationsResult", results),
            Self::GetTimestamps(timestamps) => out.array("GetTimestampsResult", "base64Binary", timestamps),
            Self::GetAuthorizationCookie(cookie) => out.field("GetAuthorizationCookieResult", cookie),
            Self::ReportEventBatch(taken) => out.field("ReportEventBatchResult", taken),
            Self::ReportEventBatch2(taken) => out.field("ReportEventBatch2Result", taken),
            Self::GetRequiredInventoryType(number) => out.field("GetRequiredInventoryTypeResult", number),
            Self::ReportInventory(taken) => out.field("ReportInventoryResult", taken),
        }
    }
}

/// Reads the one element `name` of an answer.
pub(crate) fn result<T: Wire>(input: &mut Input<'_>, name: &'static str) -> Result<T, Problem> {
    let mut result = None;
    input.parameters(|input, found| {
        if found == name {
            result = Some(input.value()?);
            Ok(())
        } else {
            input.skip()
        }
    })?;
    input.required_parameter(result, name)
}

/// Reads the one array `name` of an answer; absent is empty.
pub(crate) fn results<T: Wire>(input: &mut Input<'_>, name: &str, item: &str, limit: Limit) -> Result<Vec<T>, Problem> {
    let mut results = Vec::new();
    input.parameters(
        |input, found| {
            if found == name { input.list(item, limit, &mut results) } else { input.skip() }
        },
    )?;
    Ok(results)
}

/// Reads a request to `service`. The operation is told by the element in the body, never by the SOAP action.
///
/// Time and memory are proportional to the body, which is at most as long as [`limits`] says.
///
/// # Errors
/// [`DecodeError`]; [`DecodeError::refusal`] says how to answer it.
pub fn decode(service: Service, body: &[u8]) -> Result<Call, DecodeError> {
    let limits = match service {
        Service::Client => limits::CLIENT,
        Service::SimpleAuth => limits::SIMPLE_AUTH,
        Service::Reporting => limits::REPORTING,
    };
    decode_with(body, &limits, |namespace, name, input| {
        if namespace == service.namespace() { Request::read(service, name, input) } else { None }
    })
}

/// Reads a request; `read` gets the namespace and the name of its element, and says `None` when it knows none such.
pub(crate) fn decode_with<R>(
    body: &[u8],
    limits: &Limits,
    read: impl FnOnce(&str, &str, &mut Input<'_>) -> Option<Result<R, Problem>>,
) -> Result<Call<R>, DecodeError> {
    let Opened { mut input, soap, namespace, name } = open(body, limits)?;
    let read = read(&namespace, &name, &mut input);
    let known = read.is_some();
    let request = read
        .unwrap_or_else(|| Err(Problem::UnknownOperation { name: name.chars().take(100).collect() }))
        .and_then(|request| input.finish().map(|()| request));
    match request {
        Ok(request) => Ok(Call { soap, request }),
        Err(problem) => {
            let action = if known { format!("{namespace}/{name}") } else { String::new() };
            Err(DecodeError { problem, soap, action })
        }
    }
}

/// Writes the answer to a call of `service`, byte for byte as native WSUS does.
pub fn encode(service: Service, soap: SoapVersion, response: &Response) -> Body {
    let mut out = Output::default();
    soap::envelope(service.dress(), soap, &mut out, |out| {
        let name = format!("{}Response", response.method());
        out.element_in(service.namespace(), &name, |out| response.write(out));
    });
    out.finish()
}

/// Writes a request as the stock client does.
pub fn encode_request(request: &Request, soap: SoapVersion) -> Body {
    let mut out = Output::default();
    soap::request(soap, &mut out, |out| {
        out.element_in(request.service().namespace(), request.method(), |out| request.write(out));
    });
    out.finish()
}

/// Reads the answer to a call of `method` ([`Request::method`]): what was asked for, or the server's fault.
///
/// # Errors
/// [`DecodeError`] when it is neither.
pub fn decode_response(method: &str, body: &[u8]) -> Result<Result<Response, Fault>, DecodeError> {
    decode_response_with(method, body, &limits::ANSWER, Response::read)
}

/// Reads the answer to a call of `method`; `read` gets the method, and says `None` when it knows none such.
pub(crate) fn decode_response_with<R>(
    method: &str,
    body: &[u8],
    limits: &Limits,
    read: impl FnOnce(&str, &mut Input<'_>) -> Option<Result<R, Problem>>,
) -> Result<Result<R, Fault>, DecodeError> {
    let Opened { mut input, soap, namespace, name } = open(body, limits)?;
    let answer = if name == "Fault" && namespace == soap.namespace() {
        fault::read(&mut input).map(Err)
    } else {
        let answered = name.strip_suffix("Response").filter(|answered| *answered == method);
        answered
            .and_then(|method| read(method, &mut input))
            .unwrap_or_else(|| Err(Problem::UnknownOperation { name: name.chars().take(100).collect() }))
            .map(Ok)
    };
    answer.and_then(|answer| input.finish().map(|()| answer)).map_err(|problem| DecodeError {
        problem,
        soap,
        action: format!("{namespace}/{method}"),
    })
}

pub(crate) fn open<'i>(body: &'i [u8], limits: &Limits) -> Result<Opened<'i>, DecodeError> {
    Input::open(body, limits).map_err(|(soap, problem)| DecodeError { problem, soap, action: String::new() })
}
