//! Update documents: parse, relations, fragments, applicability rules and their evaluation.
//!
//! [`read`] turns the bytes of one document into a [`Document`] and the [`Fragments`] agents get of
//! it, in one pass; [`CoreFragment`] and [`ExtendedFragment`] are what an agent reads back out of
//! them. [`rules`] holds what rules say and whether they hold, against a trait
//! [`Inventory`](rules::Inventory). [`sdp`] reads vendor packages, [`offline`] the lists of an offline
//! scan package. Nothing here does IO.

mod attributes;
mod client;
mod cursor;
mod document;
mod error;
mod fragments;
mod limits;
mod lint;
mod names;
pub mod offline;
pub mod rules;
pub mod sdp;

pub use client::{CoreFragment, ExtendedFragment};
pub use document::{
    Category, Command, CommandLine, Document, EulaFile, File, Handler, Impact, InstallationBehavior,
    LocalizedProperties, MsiInstallation, MspInstallation, PatchingType, Properties, PublicationState, Readiness,
    RebootBehavior, ReturnCode, WindowsDriverInstallation, read,
};
pub use error::{DocumentError, DocumentFault};
pub use fragments::{EulaFragment, Fragments, LocalizedFragment};
pub use limits::{EXPRESSIONS_MAX, FRAGMENT_LIMITS, LIMITS, TREE_ELEMENTS_MAX};
pub use lint::{Finding, Severity, lint};
