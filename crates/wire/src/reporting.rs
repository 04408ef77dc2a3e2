//! The messages of the Reporting service: of clients (MS-WUSP 2.2.2.3), and of downstream servers in [`rollup`].

mod batch;
mod event;
mod inventory;
pub mod rollup;

pub use batch::{ReportEventBatch, ReportEventBatch2};
pub use event::{Event, OsVersion};
pub use inventory::{GetRequiredInventoryType, Inventory, ReportInventory};

use crate::message::{self, decode_with};
use crate::{Call, DecodeError, Service, limits};

/// What the one address of the Reporting service can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "the large variant is the usual one")]
pub enum Request {
    /// By a client.
    Client(crate::Request),
    /// By a downstream server, or by what watches the service.
    Rollup(rollup::Request),
}

/// Whether a SOAP action is one of [`rollup`]'s, quoted or not: what tells before the body is read how long it may be.
pub fn is_rollup_action(action: &str) -> bool {
    let method = action.trim().trim_matches('"').rsplit('/').next().unwrap_or_default();
    rollup::METHODS.contains(&method)
}

/// Reads a request to the Reporting service of either kind.
///
/// Clients and downstream servers have one address, and rollups are larger: a body up to
/// [`limits::ROLLUP`] is looked into as far as its operation; what turns out to be a client's has to
/// keep to [`limits::REPORTING`] after all.
///
/// # Errors
/// [`DecodeError`]; [`DecodeError::refusal`] says how to answer it.
pub fn decode(body: &[u8]) -> Result<Call<Request>, DecodeError> {
    let is_rollup = {
        let opened = message::open(body, &limits::ROLLUP)?;
        let name = opened.name.as_str();
        rollup::is_operation(&opened.namespace, name)
    };
    if !is_rollup {
        let Call { soap, request } = message::decode(Service::Reporting, body)?;
        return Ok(Call { soap, request: Request::Client(request) });
    }
    decode_with(body, &limits::ROLLUP, |namespace, name, input| {
        rollup::Request::read(namespace, name, input).map(|request| request.map(Request::Rollup))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rollups_are_told_from_reports_by_their_action() {
        let action = |method: &str| format!("{}/{method}", Service::Reporting.namespace());
        assert!(is_rollup_action(&action("RollupComputerStatus")));
        assert!(is_rollup_action(&format!("\"{}\"", action("GetOutOfSyncComputers"))));
        for other in ["", "RollupEverything", &action("ReportEventBatch")] {
            assert!(!is_rollup_action(other), "{other}");
        }
    }
}
