use model::{RevisionId, UpdateIdentity};
use wire::{ErrorCode, Fault};

/// Why an agent gave up. The scan is over then; a stock client tries again hours later.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The server's address is not `http://host:port`.
    #[error("{0:?} is no address of a server: write http://host:port")]
    Address(String),
    /// No answer.
    #[error("no answer to {method}")]
    Http {
        /// The operation, or the address of a file.
        method: String,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer with a status that is neither 200 nor a fault's.
    #[error("{method} was answered with HTTP status {status}")]
    Status {
        /// The operation.
        method: &'static str,
        /// The status.
        status: u16,
    },
    /// An answer in a content coding that was not asked for, or that does not decode.
    #[error("the answer to {method} has unreadable content coding {coding:?}")]
    Coding {
        /// The operation.
        method: &'static str,
        /// `Content-Encoding`.
        coding: String,
    },
    /// An answer that is no message.
    #[error("could not read the answer to {method}")]
    Decode {
        /// The operation.
        method: &'static str,
        /// What is wrong with it.
        source: wire::DecodeError,
    },
    /// An answer to something else.
    #[error("{method} was answered with something else")]
    OtherAnswer {
        /// The operation.
        method: &'static str,
    },
    /// An answer whose elements stand where stock clients do not look for them: 0x80070057.
    #[error("in the answer to {method}, {element} is out of order in {parent}")]
    OutOfOrder {
        /// The operation.
        method: &'static str,
        /// The element that holds the other.
        parent: &'static str,
        /// The element that comes too late, or is unknown.
        element: String,
    },
    /// An element is missing without which stock clients fail: 0x80070057.
    #[error("in the answer to {method}, {parent} lacks {element}")]
    Lacking {
        /// The operation.
        method: &'static str,
        /// The element that lacks the other.
        parent: &'static str,
        /// The element that is not there.
        element: &'static str,
    },
    /// A fault there is nothing to do about.
    #[error("{method} was refused")]
    Refused {
        /// The operation.
        method: &'static str,
        /// The fault.
        source: Fault,
    },
    /// Faults that do not end, whatever the agent does about them.
    #[error("{method} was refused with {code} again and again, although the agent did what is asked for then")]
    FaultLoop {
        /// The operation.
        method: &'static str,
        /// The last fault's code.
        code: ErrorCode,
    },
    /// More calls than a stock client makes in one scan: 0x80244010.
    #[error("more than {limit} round trips in one scan")]
    TooManyTrips {
        /// The most it makes.
        limit: usize,
    },
    /// A fragment that cannot be read.
    #[error("could not read a fragment of revision {revision}")]
    Fragment {
        /// The revision.
        revision: RevisionId,
        /// What is wrong with it.
        source: metadata::DocumentError,
    },
    /// The configuration names no way to get an authorization cookie, or several.
    #[error("the configuration has {found} authorization plug-ins, not 1")]
    PlugIns {
        /// How many it has.
        found: usize,
    },
    /// The server did not take the events.
    #[error("the server answered false to a batch of events")]
    EventsNotTaken,
}

impl AgentError {
    /// The code a stock client puts into its log and into event 148.
    pub fn hresult(&self) -> i32 {
        let code: u32 = match self {
            Self::OutOfOrder { .. } | Self::Lacking { .. } => 0x8007_0057,
            Self::TooManyTrips { .. } => 0x8024_4010,
            Self::Http { .. } => 0x8024_401c,
            Self::Status { .. } => 0x8024_4022,
            Self::Refused { .. } | Self::FaultLoop { .. } => 0x8024_400d,
            _ => 0x8024_4fff,
        };
        code.cast_signed()
    }
}

/// Something a stock client would stumble over without saying so, or that the protocol forbids.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs, reason = "fields say which revision, update or file it is about")]
pub enum Finding {
    /// A revision was sent although a clause of its prerequisites has no installed member.
    PrerequisiteNotMet { update: UpdateIdentity },
    /// A revision is said to be a leaf although another one names it as a prerequisite.
    LeafNamedAsPrerequisite { update: UpdateIdentity, by: UpdateIdentity },
    /// A new revision came without its fragment.
    NoFragment { revision: RevisionId },
    /// A revision was sent as new although it is cached.
    SentAgain { update: UpdateIdentity },
    /// There is said to be more, and nothing came: a stock client asks for ever.
    TruncatedWithoutNews,
    /// The configuration lacks `MaxExtendedUpdatesPerRequest`.
    NoMaximum,
    /// An offered file has no address: a stock client then offers nothing at all.
    NoLocation { update: UpdateIdentity, file: String },
    /// An offered revision has no extended fragment.
    NoExtended { update: UpdateIdentity },
    /// An offered file has no SHA-256, which clients since Windows 8 want.
    NoSha256 { update: UpdateIdentity, file: String },
    /// A file is longer than this agent downloads.
    TooLong { file: String, size: u64 },
    /// A range was not answered with exactly that range.
    WrongRange { file: String, what: String },
    /// A file's bytes have another digest than promised.
    WrongDigest { file: String, algorithm: &'static str },
    /// A file could not be had.
    NotServed { file: String, status: u16 },
}
