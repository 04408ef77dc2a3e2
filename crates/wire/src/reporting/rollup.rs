//! What a downstream server reports to its upstream server (MS-WSUSSS 3.1.4.13 to 3.1.4.17), in both directions.
//!
//! The address is that of the Reporting service, so an upstream server reads with
//! [`reporting::decode`](crate::reporting::decode) and answers with [`encode`], faults with
//! [`encode_fault`](crate::encode_fault); a downstream one calls [`encode_request`] and [`decode_response`].
//!
//! All five operations of a downstream server carry a dummy for a cookie, which is neither read nor kept. Times in requests are the
//! downstream server's clock; [`RollupComputers::client_time`] and its like tell by how much it is off.

mod computers;
mod configuration;
mod details;
mod message;
mod servers;
mod status;
mod summary;

pub use computers::{ChangedComputer, Computer, ComputerChange, RollupComputers, SyncResult};
pub use configuration::{GetOutOfSyncComputers, LastRollupNumber, RollupConfiguration};
pub use details::ComputerDetails;
pub(super) use message::{METHODS, is_operation};
pub use message::{Request, Response, decode_response, encode, encode_request};
pub use servers::{DownstreamServer, InvalidServerVersion, RollupDownstreamServers, ServerVersion};
pub use status::{ComputerStatus, RollupComputerStatus, UpdateStatus};
pub use summary::{ActivitySummary, ClientSummary, ServerSummary};
