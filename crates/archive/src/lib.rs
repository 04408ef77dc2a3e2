//! Archives: what a server exports on a disk for one that no network reaches.
//!
//! An archive is a folder. Its parts are plain files and may be spread over several folders, one for each disk:
//!
//! ```text
//! <folder>/manifest.json                          what it is, carries and consists of        (Manifest)
//! <folder>/manifest.sig                           the exporting server's signature of that, written last of all
//! <folder>/parts/metadata-00001.zst …             update documents, as they came
//! <folder>/parts/decisions-00001.zst …            groups, approvals, declined updates, accepted licences; optional
//! <folder>/parts/locations-00001.zst …            where publishers serve files, and keys of those served encrypted
//! <folder>/parts/contents-00001.zst …             the list of the content files, with their digests
//! <folder>/files/<two digits>/<64 hex digits>     a content file under its SHA-256, as it is
//! <folder>/files/<two digits>/<64 hex digits>-00001 …   one that is longer than a part may be, in pieces
//! <folder>/journal.jsonl                          what is finished, while it is being written
//! ```
//!
//! - **What is signed holds everything.** The signature (Ed25519, over the very bytes of the manifest) covers the digests of
//!   the streams' parts; the list among them covers those of the content files. `whole` in the manifest is the digest of all parts.
//! - **Streams** are zstd frames of at most 1 MiB, one behind the other, so that `zstd -dc parts/metadata-*.zst` unpacks
//!   them; parts are cut between frames. What a stream unpacks to is described in [`record`].
//! - **A name is never taken for a path.** What lies where follows from [`PartName`]; no link is followed, and nothing but plain
//!   files is read.
//! - **Order.** Each archive has a number that grows. One that goes on from another names it by the digest of its manifest, and is
//!   taken only where that was imported; an older one is never taken. An archive that was limited to a list of [`Needs`] carries
//!   what was asked for, and nothing follows it.
//! - **Nothing is taken before all is verified**: [`Archive::open`], [`Archive::verify`], and then what [`Verified`] gives out.
//! - **Whoever is cut short goes on.** A part has another name until it is whole and lasting. An export that is begun again keeps the
//!   parts that are what its journal says; reading changes nothing, and can always be done again.
//!
//! Everything here blocks, and belongs on a thread that may.

mod error;
mod export;
mod folders;
mod handover;
mod layout;
pub mod limits;
mod lineage;
mod manifest;
mod name;
mod needs;
mod open;
mod parts;
pub mod record;
mod signature;
mod split;
#[cfg(test)]
mod tests;
mod verify;

pub use error::PartError;
pub use export::{Carried, Export, ExportError, Plan};
pub use handover::{Handover, Handovers};
pub use lineage::{LineageError, Link};
pub use manifest::{
    Base, Carries, FORMAT_VERSION, InvalidServerName, Manifest, ManifestError, Part, Server, ServerName, Stream,
    Streams, Whole,
};
pub use name::{InvalidPartName, PartName, StreamKind};
pub use needs::{Needs, NeedsError, Wanted};
pub use open::{Archive, ContentsError, OpenError, Signed};
pub use record::{CarriedApproval, CarriedFile, CarriedList, Decision, Document, InvalidRecord, Location, RecordError};
pub use signature::SignatureError;
pub use split::{InvalidSplit, Split};
pub use verify::{FileReader, Items, Progress, ReadError, Verified};

/// What the manifest is called.
pub const MANIFEST_NAME: &str = "manifest.json";
/// What its signature is called.
pub const SIGNATURE_NAME: &str = "manifest.sig";
/// What says how the signing key came from those before it is called.
pub const HANDOVERS_NAME: &str = "keys.json";
/// What an export keeps until it is finished.
pub(crate) const JOURNAL_NAME: &str = "journal.jsonl";
