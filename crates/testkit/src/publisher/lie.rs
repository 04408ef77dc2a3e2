use std::sync::Arc;

use model::UpdateIdentity;
use tokio::sync::Semaphore;
use wire::ErrorCode;

/// How an upstream can mislead: by what it says, or by how it says it.
#[derive(Clone, Debug)]
pub enum Lie {
    /// Lists so many revisions more, which do not exist.
    Invents(usize),
    /// Its anchor is one from long before.
    GoesBack,
    /// Sends one document a call, however many were asked for.
    OneAtATime,
    /// Sends only documents that were not asked for.
    SendsOthers,
    /// Sends another update's document under that name.
    Swaps(UpdateIdentity),
    /// Sends that document as a cabinet that ends in its middle.
    HalfACabinet(UpdateIdentity),
    /// Sends that document as a cabinet that says it holds 2 GiB.
    SwollenCabinet(UpdateIdentity),
    /// Tells no keys of encrypted files.
    WithoutKeys,
    /// Tells a replica of no groups at all.
    NoGroups,
    /// Tells a replica of a group below one that does not exist.
    OrphanGroup,
    /// Tells a replica to install that revision in a group it tells nothing of.
    DeploysNowhere(UpdateIdentity),
    /// Sends whoever wants to be authorized to this address.
    AuthorizesAt(String),
    /// Refuses.
    Refuses(ErrorCode),
    /// Refuses every call in which that revision is asked for, as native servers do with one they cannot read.
    RefusesOver(UpdateIdentity),

    /// A page of a proxy that wants to know who is there, with this status.
    Page(u16),
    /// An empty answer with this status.
    Status(u16),
    /// To another address.
    Redirects(String),
    /// Nothing, for ever.
    Hangs,
    /// So many bytes of the body, then nothing, for ever.
    HangsAfter(usize),
    /// Nothing, until there is a permit.
    Waits(Arc<Semaphore>),
    /// One byte of the body after the other, each so many milliseconds later.
    Drips(u64),
    /// So many bytes of the body, then the connection ends.
    BreaksOff(usize),
    /// This length in the head, then the right body.
    Declares(u64),
    /// Blanks, and never an end.
    NeverEnds,
    /// Other bytes than it should, as many.
    OtherBytes,
}
