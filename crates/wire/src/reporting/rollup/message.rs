use model::ComputerId;

use super::{
    ChangedComputer, GetOutOfSyncComputers, RollupComputerStatus, RollupComputers, RollupConfiguration,
    RollupDownstreamServers, computers,
};
use crate::input::Input;
use crate::message::{decode_response_with, result, results};
use crate::output::Output;
use crate::server::{MONITORABLE, MonitoredServices};
use crate::soap::{self, Dress};
use crate::time::Deadline;
use crate::values::Wire;
use crate::{Body, DecodeError, Fault, Problem, Service, SoapVersion, limits};

/// The names of the operations of downstream servers.
pub(in crate::reporting) const METHODS: [&str; 5] = [
    "GetRollupConfiguration",
    "RollupDownstreamServers",
    "RollupComputers",
    "GetOutOfSyncComputers",
    "RollupComputerStatus",
];

/// Whether an element in the body is one of [`Request`].
pub(in crate::reporting) fn is_operation(namespace: &str, name: &str) -> bool {
    namespace_of(name) == namespace && (name == "Ping" || METHODS.contains(&name))
}

fn namespace_of(method: &str) -> &'static str {
    if method == "Ping" { MONITORABLE } else { Service::Reporting.namespace() }
}

/// What a downstream server reports or asks before it reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the operation of that name, described at its struct")]
pub enum Request {
    /// Asks what is wanted (MS-WSUSSS 3.1.4.13).
    GetRollupConfiguration,
    RollupDownstreamServers(RollupDownstreamServers),
    RollupComputers(RollupComputers),
    GetOutOfSyncComputers(GetOutOfSyncComputers),
    RollupComputerStatus(RollupComputerStatus),
    /// Asks whether the service works, in a namespace of its own; no server calls it (MS-WSUSSS 6.3).
    Ping(i32),
}

impl Request {
    /// The operation's name.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::GetRollupConfiguration => "GetRollupConfiguration",
            Self::RollupDownstreamServers(_) => "RollupDownstreamServers",
            Self::RollupComputers(_) => "RollupComputers",
            Self::GetOutOfSyncComputers(_) => "GetOutOfSyncComputers",
            Self::RollupComputerStatus(_) => "RollupComputerStatus",
            Self::Ping(_) => "Ping",
        }
    }

    /// The SOAP action: the operation's namespace, a slash and the method.
    pub fn action(&self) -> String {
        format!("{}/{}", namespace_of(self.method()), self.method())
    }

    /// Reads the operation `name`; `None` when there is no such operation.
    pub(in crate::reporting) fn read(
        namespace: &str,
        name: &str,
        input: &mut Input<'_>,
    ) -> Option<Result<Self, Problem>> {
        if !is_operation(namespace, name) {
            return None;
        }
        Some(match name {
            "GetRollupConfiguration" => input.skip().map(|()| Self::GetRollupConfiguration),
            "RollupDownstreamServers" => input.value().map(Self::RollupDownstreamServers),
            "RollupComputers" => input.value().map(Self::RollupComputers),
            "GetOutOfSyncComputers" => input.value().map(Self::GetOutOfSyncComputers),
            "RollupComputerStatus" => input.value().map(Self::RollupComputerStatus),
            "Ping" => result(input, "pingLevel").map(Self::Ping),
            _ => return None,
        })
    }

    fn write(&self, out: &mut Output) {
        match self {
            Self::GetRollupConfiguration => write_cookie(out),
            Self::RollupDownstreamServers(request) => request.write(out),
            Self::RollupComputers(request) => request.write(out),
            Self::GetOutOfSyncComputers(request) => request.write(out),
            Self::RollupComputerStatus(request) => request.write(out),
            Self::Ping(level) => out.field("pingLevel", level),
        }
    }
}

/// What the upstream server answers; one variant for each of [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant answers the request of that name")]
pub enum Response {
    GetRollupConfiguration(RollupConfiguration),
    RollupDownstreamServers,
    RollupComputers(Vec<ChangedComputer>),
    GetOutOfSyncComputers(Vec<ComputerId>),
    RollupComputerStatus(bool),
    Ping(MonitoredServices),
}

impl Response {
    /// The name of the operation it answers.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::GetRollupConfiguration(_) => "GetRollupConfiguration",
            Self::RollupDownstreamServers => "RollupDownstreamServers",
            Self::RollupComputers(_) => "RollupComputers",
            Self::GetOutOfSyncComputers(_) => "GetOutOfSyncComputers",
            Self::RollupComputerStatus(_) => "RollupComputerStatus",
            Self::Ping(_) => "Ping",
        }
    }

    /// Reads what is inside the answer to `method`; `None` when there is no such operation.
    fn read(method: &str, input: &mut Input<'_>) -> Option<Result<Self, Problem>> {
        Some(match method {
            "GetRollupConfiguration" => result(input, "GetRollupConfigurationResult").map(Self::GetRollupConfiguration),
            "RollupDownstreamServers" => input.skip().map(|()| Self::RollupDownstreamServers),
            "RollupComputers" => computers::read_changes(input).map(Self::RollupComputers),
            "GetOutOfSyncComputers" => results(input, "GetOutOfSyncComputersResult", "string", limits::ROLLUP_NUMBERS)
                .map(Self::GetOutOfSyncComputers),
            "RollupComputerStatus" => result(input, "RollupComputerStatusResult").map(Self::RollupComputerStatus),
            "Ping" => result(input, "PingResult").map(Self::Ping),
            _ => return None,
        })
    }

    fn write(&self, out: &mut Output) {
        match self {
            Self::GetRollupConfiguration(configuration) => out.field("GetRollupConfigurationResult", configuration),
            Self::RollupDownstreamServers => {}
            Self::RollupComputers(changes) => computers::write_changes(changes, out),
            Self::GetOutOfSyncComputers(computers) => out.array("GetOutOfSyncComputersResult", "string", computers),
            Self::RollupComputerStatus(taken) => out.field("RollupComputerStatusResult", taken),
            Self::Ping(services) => out.field("PingResult", services),
        }
    }
}

/// Writes what stands for a cookie in every request (MS-WSUSSS 3.1.4.13.2.1).
pub(super) fn write_cookie(out: &mut Output) {
    out.element("cookie", |out| {
        out.field("Expiration", &Deadline(None));
        out.element("EncryptedData", |_| {});
    });
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

/// Writes what a downstream server reports as a stock one does (MS-WSUSSS 4).
pub fn encode_request(request: &Request, soap: SoapVersion) -> Body {
    let mut out = Output::default();
    soap::envelope(Dress::Asmx, soap, &mut out, |out| {
        out.element_in(namespace_of(request.method()), request.method(), |out| request.write(out));
    });
    out.finish()
}

/// Reads the answer to a call of `method` ([`Request::method`]): what was asked for, or the upstream server's fault.
///
/// # Errors
/// [`DecodeError`] when it is neither.
pub fn decode_response(method: &str, body: &[u8]) -> Result<Result<Response, Fault>, DecodeError> {
    decode_response_with(method, body, &limits::ROLLUP_ANSWER, Response::read)
}
