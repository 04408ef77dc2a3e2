//! What is listed apart: revisions that others name, and drivers by device.

use model::{UpdateId, UpdateIdentity};
use uuid::Uuid;
use wire::server::DriverFilter;

use super::shelf::{Published, Shelf};

/// A driver set, and the computer model it is for.
#[derive(Clone)]
pub(super) struct DriverSet {
    pub(super) id: Uuid,
    pub(super) model: Uuid,
    pub(super) xml: String,
}

impl Shelf {
    /// The latest revisions of updates that are here.
    pub(super) fn related(&self, updates: &[UpdateId]) -> Vec<UpdateIdentity> {
        let latest = self.latest();
        updates.iter().filter_map(|update| latest.get(update)).copied().collect()
    }

    /// The drivers for the devices of a filter; `None` if its anchor is none of this service's.
    pub(super) fn drivers(&self, filter: &DriverFilter) -> Option<Vec<UpdateIdentity>> {
        let since = match &filter.anchor {
            Some(anchor) => Some(self.publication(anchor)?),
            None => None,
        };
        let is_wanted = |published: &Published| {
            let is_newer = since.is_none_or(|since| published.publication > since);
            let mut devices = published.revision.drivers.iter().map(|driver| &driver.hardware_id);
            devices.any(|device| {
                let asked = filter.pnp_hardware_ids.iter().find(|asked| asked.id == *device);
                asked.is_some_and(|asked| is_newer || !asked.delta)
            })
        };
        Some(self.all().filter(|one| is_wanted(one)).map(|one| one.revision.identity).collect())
    }
}
