//! Telling the upstream how computers are doing (MS-WSUSSS 3.2.4.5): five calls, which carry no cookie.

use jiff::Timestamp;
use model::ComputerId;
use uuid::Uuid;
use wire::SoapVersion;
use wire::limits;
use wire::reporting::rollup::{
    ChangedComputer, Computer, ComputerStatus, DownstreamServer, GetOutOfSyncComputers, LastRollupNumber, Request,
    Response, RollupComputerStatus, RollupComputers, RollupConfiguration, RollupDownstreamServers, decode_response,
    encode_request,
};

use crate::Session;
use crate::error::{Reason, Step, SyncError};
use crate::session::refused;
use crate::transport::{Call, bytes};

/// `clientTime` of what is told is this server's clock, handed in as `now`.
impl Session {
    /// What the upstream wants to be told, and how much at once.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn rollup_configuration(&self) -> Result<RollupConfiguration, SyncError> {
        let step = Step::GetRollupConfiguration;
        match self.tell(step, &Request::GetRollupConfiguration).await? {
            Response::GetRollupConfiguration(configuration) => Ok(configuration),
            _ => Err(self.confused(step)),
        }
    }

    /// Tells of this server and those below it, each behind the one above it.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn roll_up_servers(&self, servers: Vec<DownstreamServer>, now: Timestamp) -> Result<(), SyncError> {
        let step = Step::RollupDownstreamServers;
        let told = Request::RollupDownstreamServers(RollupDownstreamServers { client_time: now, servers });
        match self.tell(step, &told).await? {
            Response::RollupDownstreamServers => Ok(()),
            _ => Err(self.confused(step)),
        }
    }

    /// Tells of computers; which of them the upstream wants to know more of, or has removed.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn roll_up_computers(
        &self,
        computers: Vec<Computer>,
        now: Timestamp,
    ) -> Result<Vec<ChangedComputer>, SyncError> {
        let step = Step::RollupComputers;
        let told = Request::RollupComputers(RollupComputers { client_time: now, computers });
        match self.tell(step, &told).await? {
            Response::RollupComputers(changed) => Ok(changed),
            _ => Err(self.confused(step)),
        }
    }

    /// Of which computers the upstream has other states than those that `own`, this server, told it last.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn out_of_sync_computers(
        &self,
        own: Uuid,
        last_rollup_numbers: Vec<LastRollupNumber>,
    ) -> Result<Vec<ComputerId>, SyncError> {
        let step = Step::GetOutOfSyncComputers;
        let question = GetOutOfSyncComputers { parent_server_id: own, last_rollup_numbers };
        match self.tell(step, &Request::GetOutOfSyncComputers(question)).await? {
            Response::GetOutOfSyncComputers(computers) => Ok(computers),
            _ => Err(self.confused(step)),
        }
    }

    /// Tells the states of updates on computers of `own`, this server, and of those below it; false if the upstream is
    /// busy and wants to be told again, in a minute at the earliest.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn roll_up_states(
        &self,
        own: Uuid,
        computers: Vec<ComputerStatus>,
        now: Timestamp,
    ) -> Result<bool, SyncError> {
        let step = Step::RollupComputerStatus;
        let told = RollupComputerStatus { client_time: now, parent_server_id: own, computers };
        match self.tell(step, &Request::RollupComputerStatus(told)).await? {
            Response::RollupComputerStatus(is_taken) => Ok(is_taken),
            _ => Err(self.confused(step)),
        }
    }

    async fn tell(&self, step: Step, told: &Request) -> Result<Response, SyncError> {
        let method = told.method();
        let call = Call {
            step,
            url: &self.reporting,
            action: told.action(),
            body: bytes(encode_request(told, SoapVersion::V11)),
            answer_bytes_max: limits::ROLLUP_ANSWER.xml.bytes,
            is_repeatable: !has_increments(told),
        };
        let read = |body: bytes::Bytes| match decode_response(method, &body) {
            Ok(answer) => answer.map_err(refused),
            Err(error) => Err(Reason::Unreadable(Box::new(error))),
        };
        self.transport.call(&call, read).await
    }
}

/// It says how often something was installed since the last time: told twice, it counts twice (MS-WSUSSS 3.1.4.14).
fn has_increments(told: &Request) -> bool {
    let Request::RollupDownstreamServers(told) = told else { return false };
    let mut summaries = told.servers.iter().flat_map(|server| &server.client_summaries);
    summaries.any(|summary| !summary.activities.is_empty())
}
