//! Durable state on SQLite or PostgreSQL behind one type.
//!
//! [`Store`] holds no policy: it keeps what was imported, decided and reported, and answers questions
//! about it in whole sets. The SQL is one text for both engines, a file a statement in `sql/`, and what
//! the schema is stands in `migrations/`.
//!
//! What holds, whatever happens to the process or the power:
//! - A call that returned `Ok` is durable; one that did not has left nothing behind.
//! - A change of what computers are offered takes the next [`ChangeMark`](model::ChangeMark), in commit order.
//! - A number given to a revision, deployment, update or computer is never given again.

mod acquisition;
mod approvals;
mod catalog;
mod codec;
mod computers;
mod content;
mod cores;
mod counter;
mod database;
mod entry;
mod error;
mod estate;
mod fragments;
mod groups;
mod hierarchy;
mod import;
mod languages;
mod reports;
mod revocation;
mod rollup;
mod statement;
mod status;
#[cfg(test)]
mod testing;
mod updates;
mod value;

pub use acquisition::{ContentRequest, RequestOrigin};
pub use catalog::{CatalogRows, Decided, StoredEntry};
pub use computers::{ComputerQuery, ComputerRow, Contact, ContactEvent, LastScan, Membership, Registration};
pub use content::{
    ContentRow, ContentState, JudgedAs, JudgedContent, NewContent, Standing, Subject, ToJudge, VerdictRow,
    WithheldRevision,
};
pub use cores::on_all_cores;
pub use database::Location;
pub use error::{Cause, Doing, StoreError};
pub use estate::{Identity, SessionKey, Store};
pub use fragments::{Fragment, FragmentKind};
pub use groups::GROUP_DEPTH_MAX;
pub use hierarchy::{
    Applying, DOWNSTREAMS_MAX, DownstreamRow, DownstreamState, LicenceRow, Mirrored, ReplicaDeployment, ReplicaState,
    RunOutcome, RunRow, StagedDocument, StoredDocument,
};
pub use import::{FileConflict, Imported, NewRevision, Prepared};
pub use languages::{LanguageCount, Traits};
pub use reports::{EventQuery, EventRow, Recorded, Report, StoredEvent, UNKNOWN_UPDATES_MAX};
pub use revocation::{LISTS_MAX, ListDates, ListPlace, ListRow};
pub use rollup::{
    ACTIVITIES_MAX, ActivityRow, COMPUTERS_BELOW_MAX, ClientSummary, ClientSystem, ComputerChange, ComputerDetails,
    ComputerNews, ComputerToTell, ComputersTaken, DueStates, InstallActivity, SUMMARIES_MAX, ServerFigures, ServerNews,
    StatesNews, StatesTaken, SummariesTaken, SystemRow, ToldState,
};
pub use status::{StatusCounts, StatusQuery, StatusRow};
pub use updates::{UpdateQuery, UpdateRow};
