use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::message::write_cookie;
use super::{ClientSummary, ServerSummary};
use crate::input::Input;
use crate::output::Output;
use crate::time::Happened;
use crate::values::Wire;
use crate::{Problem, limits};

/// Reports a downstream server and all below it (MS-WSUSSS 3.1.4.14). The answer is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupDownstreamServers {
    /// The downstream server's clock.
    pub client_time: Timestamp,
    /// The servers, parents first; absent is a fault.
    pub servers: Vec<DownstreamServer>,
}

impl Wire for RollupDownstreamServers {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut client_time, mut servers) = (None, None);
        input.parameters(|input, name| match name {
            "clientTime" => input.value().map(|value| client_time = Some(value)),
            "downstreamServers" => read_servers(input, servers.get_or_insert_with(Vec::new)),
            _ => input.skip(),
        })?;
        Ok(Self {
            client_time: input.required_parameter(client_time, "clientTime")?,
            servers: input.required_parameter(servers, "downstreamServers")?,
        })
    }

    fn write(&self, out: &mut Output) {
        write_cookie(out);
        out.field("clientTime", &self.client_time);
        out.array("downstreamServers", "DownstreamServerRollupInfo", &self.servers);
    }
}

/// Client summaries are limited in all servers together (MS-WSUSSS 3.1.4.14).
fn read_servers(input: &mut Input<'_>, servers: &mut Vec<DownstreamServer>) -> Result<(), Problem> {
    let summaries = std::cell::Cell::new(0);
    input.list_of("DownstreamServerRollupInfo", limits::ROLLUP_SERVERS, servers, |input| {
        let server: DownstreamServer = input.value()?;
        summaries.set(summaries.get() + server.client_summaries.len());
        if summaries.get() > limits::CLIENT_SUMMARIES.max {
            return Err(input.too_much(limits::CLIENT_SUMMARIES));
        }
        Ok(server)
    })
}

/// A downstream server (`DownstreamServerRollupInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownstreamServer {
    /// Its id.
    pub server_id: Uuid,
    /// Its name on the network.
    pub full_domain_name: String,
    /// When it last synchronized, if ever.
    pub last_sync_time: Option<Timestamp>,
    /// Its upstream server; `None`, the zero GUID on the wire, is the server this goes to.
    pub parent_server_id: Option<Uuid>,
    /// The version of its software.
    pub version: Option<ServerVersion>,
    /// It takes approvals and groups as well.
    pub is_replica: bool,
    /// When it last reported itself, if ever; an older report than the known one is ignored.
    pub last_rollup_time: Option<Timestamp>,
    /// Its figures; they should be there.
    pub summary: Option<ServerSummary>,
    /// Its clients, by system.
    pub client_summaries: Vec<ClientSummary>,
}

impl Wire for DownstreamServer {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut server_id = None;
        let mut server = Self {
            server_id: Uuid::nil(),
            full_domain_name: String::new(),
            last_sync_time: None,
            parent_server_id: None,
            version: None,
            is_replica: false,
            last_rollup_time: None,
            summary: None,
            client_summaries: Vec::new(),
        };
        input.fields(|input, name| {
            match name {
                "ServerId" => server_id = Some(input.value()?),
                "FullDomainName" => server.full_domain_name = input.value()?,
                "LastSyncTime" => server.last_sync_time = input.value::<Happened>()?.0,
                "ParentServerId" => server.parent_server_id = Some(input.value()?).filter(|id: &Uuid| !id.is_nil()),
                "Version" => server.version = Some(input.value()?),
                "IsReplica" => server.is_replica = input.value()?,
                "LastRollupTime" => server.last_rollup_time = input.value::<Happened>()?.0,
                "ServerSummary" => server.summary = Some(input.value()?),
                "ClientSummaries" => input.list(
                    "DownstreamServerRollupClientSummary",
                    limits::CLIENT_SUMMARIES,
                    &mut server.client_summaries,
                )?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        server.server_id = input.required(server_id, "ServerId")?;
        Ok(server)
    }

    fn write(&self, out: &mut Output) {
        out.field("ServerId", &self.server_id);
        out.field("FullDomainName", &self.full_domain_name);
        out.field("LastSyncTime", &Happened(self.last_sync_time));
        out.field("ParentServerId", &self.parent_server_id.unwrap_or_default());
        out.optional("Version", self.version.as_ref());
        out.field("IsReplica", &self.is_replica);
        out.field("LastRollupTime", &Happened(self.last_rollup_time));
        out.optional("ServerSummary", self.summary.as_ref());
        out.array("ClientSummaries", "DownstreamServerRollupClientSummary", &self.client_summaries);
    }
}

/// The version of a server's software, such as `10.0.20348.143`.
///
/// Shape: one to four numbers with dots between them, at most 32 characters (MS-WSUSSS 3.1.4.14.3.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerVersion(Box<str>);

/// A text that is not the version of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server's version is one to four numbers with dots between them, of at most 32 characters")]
pub struct InvalidServerVersion;

impl FromStr for ServerVersion {
    type Err = InvalidServerVersion;

    fn from_str(text: &str) -> Result<Self, InvalidServerVersion> {
        let text = text.trim();
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = text.len() <= 32 && text.split('.').count() <= 4 && text.split('.').all(is_number);
        if plain { Ok(Self(text.into())) } else { Err(InvalidServerVersion) }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Wire for ServerVersion {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a version of one to four numbers", |text| text.parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.text(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_to_four_numbers() {
        for text in ["3", "3.0", "10.0.20348.143"] {
            assert_eq!(text.parse::<ServerVersion>().unwrap().to_string(), text);
        }
        for text in ["", ".", "1.", "1.2.3.4.5", "v1", "1.-2", "1.2 3", &"1".repeat(33)] {
            assert_eq!(text.parse::<ServerVersion>(), Err(InvalidServerVersion), "{text}");
        }
    }
}
