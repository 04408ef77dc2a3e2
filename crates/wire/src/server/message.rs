use model::UpdateIdentity;

use super::{
    AuthConfig, ConfigData, Cookie, Deployments, DownloadFiles, DriverSetAndRevisionIdList, DriverSetData,
    GetConfigData, GetCookie, GetDeployments, GetDriverIdList, GetDriverSetData, GetRelatedRevisionsForUpdates,
    GetRevisionIdList, GetUpdateData, GetUpdateDecryptionData, MonitoredServices, RevisionIdList, UpdateFileDecryption,
    Updates, decryption, drivers,
};
use crate::input::Input;
use crate::message::{decode_response_with, decode_with, result, results};
use crate::output::Output;
use crate::soap::{self, Dress};
use crate::values::Wire;
use crate::{Body, Call, DecodeError, Fault, Problem, SoapVersion, fault, limits};

/// The namespace of the operations, and the front part of their SOAP actions.
pub const NAMESPACE: &str = "http://www.microsoft.com/SoftwareDistribution";
/// The namespace of `Ping`.
pub const MONITORABLE: &str = "http://www.microsoft.com/SoftwareDistribution/Server/IMonitorable";

/// What a downstream server can ask: `/ServerSyncWebService/ServerSyncWebService.asmx`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the operation of that name, described at its struct")]
pub enum Request {
    /// Asks how to get an authorization cookie (MS-WSUSSS 3.1.4.1).
    GetAuthConfig,
    GetCookie(GetCookie),
    GetConfigData(GetConfigData),
    GetRevisionIdList(GetRevisionIdList),
    GetUpdateData(GetUpdateData),
    GetUpdateDecryptionData(GetUpdateDecryptionData),
    GetDriverIdList(GetDriverIdList),
    GetDriverSetData(GetDriverSetData),
    GetDeployments(GetDeployments),
    DownloadFiles(DownloadFiles),
    GetRelatedRevisionsForUpdates(GetRelatedRevisionsForUpdates),
    /// Asks how the service is, to a level nobody describes (MS-WSUSSS 3.1.4.12).
    Ping(i32),
}

impl Request {
    /// The operation's name.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::GetAuthConfig => "GetAuthConfig",
            Self::GetCookie(_) => "GetCookie",
            Self::GetConfigData(_) => "GetConfigData",
            Self::GetRevisionIdList(_) => "GetRevisionIdList",
            Self::GetUpdateData(_) => "GetUpdateData",
            Self::GetUpdateDecryptionData(_) => "GetUpdateDecryptionData",
            Self::GetDriverIdList(_) => "GetDriverIdList",
            Self::GetDriverSetData(_) => "GetDriverSetData",
            Self::GetDeployments(_) => "GetDeployments",
            Self::DownloadFiles(_) => "DownloadFiles",
            Self::GetRelatedRevisionsForUpdates(_) => "GetRelatedRevisionsForUpdates",
            Self::Ping(_) => "Ping",
        }
    }

    /// The SOAP action: the operation's namespace, a slash and the method.
    pub fn action(&self) -> String {
        let namespace = namespace_of(self.method());
        format!("{namespace}/{}", self.method())
    }

    /// The session, of those operations that need one: all but `GetAuthConfig`, `GetCookie` and `Ping`.
    pub const fn cookie(&self) -> Option<&Cookie> {
        match self {
            Self::GetAuthConfig | Self::GetCookie(_) | Self::Ping(_) => None,
            Self::GetConfigData(request) => request.cookie.as_ref(),
            Self::GetRevisionIdList(request) => request.cookie.as_ref(),
            Self::GetUpdateData(request) => request.cookie.as_ref(),
            Self::GetUpdateDecryptionData(request) => request.cookie.as_ref(),
            Self::GetDriverIdList(request) => request.cookie.as_ref(),
            Self::GetDriverSetData(request) => request.cookie.as_ref(),
            Self::GetDeployments(request) => request.cookie.as_ref(),
            Self::DownloadFiles(request) => request.cookie.as_ref(),
            Self::GetRelatedRevisionsForUpdates(request) => request.cookie.as_ref(),
        }
    }

    /// Reads the operation `name` of `namespace`; `None` when there is no such operation.
    fn read(namespace: &str, name: &str, input: &mut Input<'_>) -> Option<Result<Self, Problem>> {
        Some(match (namespace, name) {
            (NAMESPACE, "GetAuthConfig") => input.skip().map(|()| Self::GetAuthConfig),
            (NAMESPACE, "GetCookie") => input.value().map(Self::GetCookie),
            (NAMESPACE, "GetConfigData") => input.value().map(Self::GetConfigData),
            (NAMESPACE, "GetRevisionIdList") => input.value().map(Self::GetRevisionIdList),
            (NAMESPACE, "GetUpdateData") => input.value().map(Self::GetUpdateData),
            (NAMESPACE, "GetUpdateDecryptionData") => input.value().map(Self::GetUpdateDecryptionData),
            (NAMESPACE, "GetDriverIdList") => input.value().map(Self::GetDriverIdList),
            (NAMESPACE, "GetDriverSetData") => input.value().map(Self::GetDriverSetData),
            (NAMESPACE, "GetDeployments") => input.value().map(Self::GetDeployments),
            (NAMESPACE, "DownloadFiles") => input.value().map(Self::DownloadFiles),
            (NAMESPACE, "GetRelatedRevisionsForUpdates") => input.value().map(Self::GetRelatedRevisionsForUpdates),
            (MONITORABLE, "Ping") => result(input, "pingLevel").map(Self::Ping),
            _ => return None,
        })
    }

    fn write(&self, out: &mut Output) {
        match self {
            Self::GetAuthConfig => {}
            Self::GetCookie(request) => request.write(out),
            Self::GetConfigData(request) => request.write(out),
            Self::GetRevisionIdList(request) => request.write(out),
            Self::GetUpdateData(request) => request.write(out),
            Self::GetUpdateDecryptionData(request) => request.write(out),
            Self::GetDriverIdList(request) => request.write(out),
            Self::GetDriverSetData(request) => request.write(out),
            Self::GetDeployments(request) => request.write(out),
            Self::DownloadFiles(request) => request.write(out),
            Self::GetRelatedRevisionsForUpdates(request) => request.write(out),
            Self::Ping(level) => out.field("pingLevel", level),
        }
    }
}

/// What an upstream server answers; one variant for each of [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant answers the request of that name")]
pub enum Response {
    GetAuthConfig(AuthConfig),
    GetCookie(Cookie),
    GetConfigData(ConfigData),
    GetRevisionIdList(RevisionIdList),
    GetUpdateData(Updates),
    GetUpdateDecryptionData(Vec<UpdateFileDecryption>),
    GetDriverIdList(DriverSetAndRevisionIdList),
    GetDriverSetData(Vec<DriverSetData>),
    GetDeployments(Deployments),
    DownloadFiles,
    GetRelatedRevisionsForUpdates(Vec<UpdateIdentity>),
    Ping(MonitoredServices),
}

impl Response {
    /// The name of the operation it answers.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::GetAuthConfig(_) => "GetAuthConfig",
            Self::GetCookie(_) => "GetCookie",
            Self::GetConfigData(_) => "GetConfigData",
            Self::GetRevisionIdList(_) => "GetRevisionIdList",
            Self::GetUpdateData(_) => "GetUpdateData",
            Self::GetUpdateDecryptionData(_) => "GetUpdateDecryptionData",
            Self::GetDriverIdList(_) => "GetDriverIdList",
            Self::GetDriverSetData(_) => "GetDriverSetData",
            Self::GetDeployments(_) => "GetDeployments",
            Self::DownloadFiles => "DownloadFiles",
            Self::GetRelatedRevisionsForUpdates(_) => "GetRelatedRevisionsForUpdates",
            Self::Ping(_) => "Ping",
        }
    }

    /// Reads what is inside the answer to `method`; `None` when there is no such operation.
    fn read(method: &str, input: &mut Input<'_>) -> Option<Result<Self, Problem>> {
        Some(match method {
            "GetAuthConfig" => result(input, "GetAuthConfigResult").map(Self::GetAuthConfig),
            "GetCookie" => result(input, "GetCookieResult").map(Self::GetCookie),
            "GetConfigData" => result(input, "GetConfigDataResult").map(Self::GetConfigData),
            "GetRevisionIdList" => result(input, "GetRevisionIdListResult").map(Self::GetRevisionIdList),
            "GetUpdateData" => result(input, "GetUpdateDataResult").map(Self::GetUpdateData),
            "GetUpdateDecryptionData" => decryption::read_result(input).map(Self::GetUpdateDecryptionData),
            "GetDriverIdList" => result(input, "GetDriverIdListResult").map(Self::GetDriverIdList),
            "GetDriverSetData" => drivers::read_sets(input).map(Self::GetDriverSetData),
            "GetDeployments" => result(input, "GetDeploymentsResult").map(Self::GetDeployments),
            "DownloadFiles" => input.skip().map(|()| Self::DownloadFiles),
            "GetRelatedRevisionsForUpdates" => {
                results(input, "GetRelatedRevisionsForUpdatesResult", "UpdateIdentity", limits::REVISION_IDS)
                    .map(Self::GetRelatedRevisionsForUpdates)
            }
            "Ping" => result(input, "PingResult").map(Self::Ping),
            _ => return None,
        })
    }

    fn write(&self, out: &mut Output) {
        match self {
            Self::GetAuthConfig(config) => out.field("GetAuthConfigResult", config),
            Self::GetCookie(cookie) => out.field("GetCookieResult", cookie),
            Self::GetConfigData(config) => out.field("GetConfigDataResult", config),
            Self::GetRevisionIdList(list) => out.field("GetRevisionIdListResult", list),
            Self::GetUpdateData(updates) => out.field("GetUpdateDataResult", updates),
            Self::GetUpdateDecryptionData(updates) => decryption::write_result(updates, out),
            Self::GetDriverIdList(list) => out.field("GetDriverIdListResult", list),
            Self::GetDriverSetData(sets) => drivers::write_sets(sets, out),
            Self::GetDeployments(deployments) => out.field("GetDeploymentsResult", deployments),
            Self::DownloadFiles => {}
            Self::GetRelatedRevisionsForUpdates(identities) => {
                out.array("GetRelatedRevisionsForUpdatesResult", "UpdateIdentity", identities);
            }
            Self::Ping(services) => out.field("PingResult", services),
        }
    }
}

fn namespace_of(method: &str) -> &'static str {
    if method == "Ping" { MONITORABLE } else { NAMESPACE }
}

/// Reads what a downstream server asks. The operation is told by the element in the body, never by the SOAP action.
///
/// Time and memory are proportional to the body, which is at most as long as
/// [`limits::SERVER_SYNC`](crate::limits::SERVER_SYNC) says.
///
/// # Errors
/// [`DecodeError`]; [`DecodeError::refusal`] says how to answer it.
pub fn decode(body: &[u8]) -> Result<Call<Request>, DecodeError> {
    decode_with(body, &limits::SERVER_SYNC, Request::read)
}

/// Writes the answer to a downstream server as native WSUS does.
pub fn encode(soap: SoapVersion, response: &Response) -> Body {
    let mut out = Output::default();
    soap::envelope(Dress::Asmx, soap, &mut out, |out| {
        let name = format!("{}Response", response.method());
        out.element_in(namespace_of(response.method()), &name, |out| response.write(out));
    });
    out.finish()
}

/// Writes a fault of this service, and of that of [`dss_auth`](crate::dss_auth), as native WSUS does, but for `faultactor`.
pub fn encode_fault(soap: SoapVersion, fault: &Fault) -> Body {
    fault::encode_server_fault(soap, fault)
}

/// Writes what a downstream server asks as a stock one does (MS-WSUSSS 4).
pub fn encode_request(request: &Request, soap: SoapVersion) -> Body {
    let mut out = Output::default();
    soap::envelope(Dress::Asmx, soap, &mut out, |out| {
        out.element_in(namespace_of(request.method()), request.method(), |out| request.write(out));
    });
    out.finish()
}

/// Reads the answer to a call of `method` ([`Request::method`]): what was asked for, or the upstream server's fault.
///
/// What the answer can make this server hold is bounded by [`limits::SERVER_DATA`](crate::limits::SERVER_DATA) for
/// documents and [`limits::SERVER_ANSWER`](crate::limits::SERVER_ANSWER) for all else, and by the limits of its lists.
///
/// # Errors
/// [`DecodeError`] when it is neither.
pub fn decode_response(method: &str, body: &[u8]) -> Result<Result<Response, Fault>, DecodeError> {
    let limits = match method {
        "GetUpdateData" | "GetDriverSetData" => limits::SERVER_DATA,
        _ => limits::SERVER_ANSWER,
    };
    decode_response_with(method, body, &limits, Response::read)
}
