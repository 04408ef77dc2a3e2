//! The messages of the Reporting service (MS-WUSP 2.2.2.3).

mod batch;
mod event;
mod inventory;

pub use batch::{ReportEventBatch, ReportEventBatch2};
pub use event::{Event, OsVersion};
pub use inventory::{GetRequiredInventoryType, Inventory, ReportInventory};
