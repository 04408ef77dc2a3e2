//! The field's words as types: ids, digests, revisions, groups, deployments and states.
//!
//! A value of these types is right by construction: it is parsed once, at the border, and never
//! doubted again. Nothing here does IO or reads a clock. Words are those of MS-WUSP 3.1.1.

mod computer;
mod deployment;
mod digest;
mod driver;
mod file;
mod group;
mod language;
mod relations;
mod revision;
mod status;
mod update;

pub use computer::{ComputerId, InvalidComputerId, ProtocolVersion};
pub use deployment::{Approval, ApprovalAction, ChangeMark, Deployment, DeploymentAction, DeploymentId};
pub use digest::{InvalidDigest, Sha1, Sha256};
pub use driver::{DriverMatch, DriverVersion, FeatureScore, HardwareId, InvalidDriverVersion};
pub use file::{ContentFile, FileName, FileUse, InvalidFileName};
pub use group::{Group, GroupName, InvalidGroupName, TargetGroupId};
pub use language::{LANGUAGES_BYTES_MAX, Languages};
pub use relations::{Bundle, Clause, Relations};
pub use revision::{CatalogEntry, Revision};
pub use status::UpdateState;
pub use update::{
    CategoryKind, InvalidRevisionNumber, RevisionId, RevisionNumber, UpdateId, UpdateIdentity, UpdateType,
};

/// Points in time everywhere in this project; UTC, and always handed in, never read here.
pub use jiff::Timestamp;
