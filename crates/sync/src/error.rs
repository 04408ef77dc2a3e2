//! Why a synchronisation ended: who, at which step, why, and what to do.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use pins::{Problem, Untrusted};
use wire::{ErrorCode, Fault};

use crate::documents::Refused;

/// A synchronisation that cannot go on. What was kept of it stays kept.
#[derive(Debug)]
pub struct SyncError {
    /// The upstream's address.
    pub upstream: String,
    /// What was being done.
    pub step: Step,
    /// Why it failed.
    pub reason: Reason,
}

/// What is asked of an upstream or told to it, in order (MS-WSUSSS 3.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the operation of that name")]
pub enum Step {
    /// Making the connection, before anything is asked.
    Connecting,
    GetAuthConfig,
    GetAuthorizationCookie,
    GetCookie,
    GetConfigData,
    /// GetRevisionIdList for categories, classifications and detectoids.
    Categories,
    /// GetRevisionIdList for software and drivers.
    Updates,
    GetUpdateData,
    GetUpdateDecryptionData,
    GetRelatedRevisionsForUpdates,
    GetDriverIdList,
    GetDriverSetData,
    GetDeployments,
    DownloadFiles,
    GetRollupConfiguration,
    RollupDownstreamServers,
    RollupComputers,
    GetOutOfSyncComputers,
    RollupComputerStatus,
    /// Handing over what was fetched.
    Keeping,
}

/// Why a step failed.
#[derive(Debug)]
pub enum Reason {
    /// No connection, or it broke.
    Unreachable(Box<dyn Error + Send + Sync>),
    /// Who answers is not whom it should be.
    Untrusted {
        /// Who, why, and what was expected.
        untrusted: Box<Untrusted>,
        /// The command that accepts what was presented, where that is for the administrator to say.
        accept: Option<String>,
    },
    /// No connection came about that is sound.
    Unsound(Problem),
    /// It wants to know who asks, before anything else: no upstream does.
    Challenges {
        /// HTTP status.
        status: u16,
        /// How, bounded.
        scheme: String,
    },
    /// Nothing came for so many seconds.
    Silent(u64),
    /// An answer came so slowly that it would not end.
    Slow {
        /// Bytes that came.
        bytes: usize,
        /// In so many seconds.
        secs: u64,
    },
    /// An answer that is not the service's: an HTTP status, and the type of what came.
    NotTheService {
        /// HTTP status.
        status: u16,
        /// `Content-Type`, bounded.
        content_type: String,
    },
    /// More bytes than any answer has.
    TooLong(usize),
    /// More of something than any answer has.
    TooMany {
        /// What there is too much of, in the plural.
        what: &'static str,
        /// The most that is taken.
        max: usize,
    },
    /// An answer that makes no sense.
    Unreadable(Box<dyn Error + Send + Sync>),
    /// The upstream refused.
    Refused(Box<Fault>),
    /// Its database was restored or replaced: its anchors mean nothing any more.
    ServerChanged,
    /// It says one thing and does another.
    Lies(Cow<'static, str>),
    /// More of what it lists cannot be had than can, and more than is put up with.
    Withholds {
        /// Revisions that could not be had.
        refused: usize,
        /// Revisions that came.
        came: usize,
        /// The first that could not be had, and why.
        first: Refused,
    },
    /// What was fetched could not be kept here.
    NotKept(Box<dyn Error + Send + Sync>),
}

impl SyncError {
    /// The upstream does not take the anchor it was asked with, if there was one: it is none of its own, any more.
    pub fn is_about_the_anchor(&self) -> bool {
        match &self.reason {
            Reason::ServerChanged => true,
            Reason::Refused(fault) => fault.code == ErrorCode::InvalidParameters,
            _ => false,
        }
    }

    /// Trying the same again in a while may succeed.
    pub fn is_passing(&self) -> bool {
        match &self.reason {
            Reason::Unreachable(_) | Reason::Silent(_) | Reason::Slow { .. } | Reason::NotKept(_) => true,
            Reason::NotTheService { status, .. } => *status >= 500 || *status == 408 || *status == 429,
            Reason::Refused(fault) => fault.code == ErrorCode::ServerBusy,
            _ => false,
        }
    }
}

impl SyncError {
    /// The upstream is lost for now, or not to be trusted: the next one in order is to be tried.
    pub fn is_lost(&self) -> bool {
        self.is_passing()
            || matches!(self.reason, Reason::Untrusted { .. } | Reason::Unsound(_) | Reason::Challenges { .. })
    }

    /// Who is not trusted, if that is the reason.
    pub fn untrusted(&self) -> Option<&Untrusted> {
        match &self.reason {
            Reason::Untrusted { untrusted, .. } => Some(untrusted),
            _ => None,
        }
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the upstream {} ({}): {}", self.upstream, self.step, self.reason)
    }
}

impl Error for SyncError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Reason::Unreachable(error) | Reason::Unreadable(error) | Reason::NotKept(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Connecting => "connecting",
            Self::GetAuthConfig => "GetAuthConfig",
            Self::GetAuthorizationCookie => "GetAuthorizationCookie",
            Self::GetCookie => "GetCookie",
            Self::GetConfigData => "GetConfigData",
            Self::Categories => "GetRevisionIdList of categories",
            Self::Updates => "GetRevisionIdList of updates",
            Self::GetUpdateData => "GetUpdateData",
            Self::GetUpdateDecryptionData => "GetUpdateDecryptionData",
            Self::GetRelatedRevisionsForUpdates => "GetRelatedRevisionsForUpdates",
            Self::GetDriverIdList => "GetDriverIdList",
            Self::GetDriverSetData => "GetDriverSetData",
            Self::GetDeployments => "GetDeployments",
            Self::DownloadFiles => "DownloadFiles",
            Self::GetRollupConfiguration => "GetRollupConfiguration",
            Self::RollupDownstreamServers => "RollupDownstreamServers",
            Self::RollupComputers => "RollupComputers",
            Self::GetOutOfSyncComputers => "GetOutOfSyncComputers",
            Self::RollupComputerStatus => "RollupComputerStatus",
            Self::Keeping => "keeping what was fetched",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(_) => out.write_str(
                "it cannot be reached; check the address, the way there and its proxy. It is tried again by itself",
            ),
            Self::Untrusted { untrusted, accept } => {
                write!(out, "{untrusted}")?;
                match accept {
                    Some(command) => write!(
                        out,
                        ". Nothing was sent or taken. If its administrator confirms that key, accept it: `{command}`"
                    ),
                    None => out.write_str(". Nothing was sent or taken"),
                }
            }
            Self::Unsound(problem) => write!(out, "{problem}"),
            Self::Challenges { status, scheme } => write!(
                out,
                "it answered {status} and wants credentials ({scheme}); none were sent, because no update server asks for \
                 any: a proxy may be in between, or somebody who collects them"
            ),
            Self::Silent(secs) => write!(
                out,
                "nothing came for {secs} seconds; it may be overloaded, or something in between holds the answer back"
            ),
            Self::Slow { bytes, secs } => write!(
                out,
                "only {bytes} bytes of its answer came in {secs} seconds; the line or the upstream is overloaded, or \
                 something in between holds the answer back"
            ),
            Self::NotTheService { status, content_type } => write!(
                out,
                "status {status} and {content_type} came instead of the service's answer; a proxy is probably in \
                 between, or the address is another server's"
            ),
            Self::TooLong(max) => {
                write!(out, "the answer is longer than {max} bytes, which no answer is; it is not an update server's")
            }
            Self::TooMany { what, max } => {
                write!(out, "it sends more than {max} {what}, which no update server has; nothing of this is taken")
            }
            Self::Withholds { refused, came, first: Refused { identity, reason } } => write!(
                out,
                "it lists {refused} revisions that cannot be had and {came} that can; the first is {identity}: \
                 {reason}. Nothing of this is taken; its log knows more"
            ),
            Self::Unreadable(_) => out.write_str("its answer makes no sense; it may be damaged, or no update server"),
            Self::Refused(fault) => {
                let Fault { code, message, id, .. } = fault.as_ref();
                write!(out, "it refuses with {}", code.as_str())?;
                if !message.is_empty() {
                    write!(out, " ({})", message.escape_debug())?;
                }
                write!(out, "; its log knows more under {id}")
            }
            Self::ServerChanged => {
                out.write_str("its database is another one than last time: everything is compared from the beginning")
            }
            Self::Lies(what) => write!(out, "it contradicts itself: {what}; nothing of this is taken"),
            Self::NotKept(_) => out.write_str("what came could not be kept here"),
        }
    }
}
