//! One request to a source: the bytes of a claim, checked as far as that goes before the whole file is there.

use std::time::Duration;

use content::range::ByteRange;
use content::{Claim, FileError, Files};
use http::{StatusCode, header};
use model::Timestamp;
use reqwest::{Client, Proxy, Response, Url, redirect};

use super::address::{self, AddressError, PublicOnly};
use super::pace::Pace;
use super::room::{NoRoom, Room};
use super::sources::{Source, shown};
use crate::config::ContentConfig;

/// How long a source may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(15);
/// How long what is small may take.
const SMALL: Duration = Duration::from_secs(60);
/// Redirections that are followed.
const REDIRECTS_MAX: usize = 5;

/// Clients, and what they heed.
pub(super) struct Transfers {
    /// For sources that the administrator named.
    trusted: Client,
    /// For publishers: it connects to nothing but public addresses.
    guarded: Client,
    allow_private: bool,
    stall: Duration,
    pub(super) pace: Pace,
    pub(super) room: Room,
}

/// Why nothing, or no more, came from a source.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    /// It does not have the file.
    #[error("{address} answered {status}: the file is not there")]
    NotThere {
        /// Whom.
        address: String,
        /// How it said so.
        status: StatusCode,
    },
    /// What it answered is not this file, or not by the rules: it will not be another time.
    #[error("{address} {what}")]
    Wrong {
        /// Whom.
        address: String,
        /// What it did.
        what: String,
    },
    /// It sends nothing for too long.
    #[error("{address} {what}")]
    Stalled {
        /// Whom.
        address: String,
        /// For how long, or after how much.
        what: String,
    },
    /// It could not be reached or broke off: another time it may do better.
    #[error("{address} {what}")]
    Failed {
        /// Whom.
        address: String,
        /// What happened.
        what: String,
    },
    /// There is no room here.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The disk here failed.
    #[error(transparent)]
    Disk(#[from] FileError),
}

impl TransferError {
    /// True when other sources would fare no better.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::NoRoom(_) | Self::Disk(_))
    }

    /// True when the disk is full, or as full as it may be.
    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::NoRoom(_) => true,
            Self::Disk(error) => error.is_full(),
            _ => false,
        }
    }
}

impl Transfers {
    pub(super) fn new(config: &ContentConfig) -> Result<Self, reqwest::Error> {
        let stall = Duration::from_secs(config.source_stall_secs);
        let client = || {
            let client = Client::builder()
                .user_agent(concat!("Vanne/", env!("CARGO_PKG_VERSION")))
                // Each step of the way is judged here.
                .redirect(redirect::Policy::none())
                .connect_timeout(CONNECT.min(stall))
                .read_timeout(stall)
                .no_proxy();
            match &config.proxy {
                Some(proxy) => Ok(client.proxy(Proxy::all(proxy)?)),
                None => Ok::<_, reqwest::Error>(client),
            }
        };
        let trusted = client()?.build()?;
        // With a proxy, names are resolved there, and the one name that is resolved here is the proxy's.
        let guarded = if config.allow_private_sources || config.proxy.is_some() {
            trusted.clone()
        } else {
            client()?.dns_resolver(PublicOnly).build()?
        };
        Ok(Self {
            trusted,
            guarded,
            allow_private: config.allow_private_sources,
            stall,
            pace: Pace::new(config.bandwidth.clone()),
            room: Room::new(config),
        })
    }

    /// Fetches what is left of `claim`, of a file of `size` bytes. Notes in `came` how many bytes came, however it ends. With
    /// `now`, every 64 KiB are written at once, because somebody waits for them.
    ///
    /// # Errors
    /// [`TransferError`]; what came before stays.
    pub(super) async fn run(
        &self,
        source: &Source,
        claim: &mut Claim,
        size: u64,
        now: bool,
        came: &mut u64,
        (files, clock): (&Files, &(dyn Fn() -> Timestamp + Send + Sync)),
    ) -> Result<(), TransferError> {
        let Some(wanted) = claim.left() else { return Ok(()) };
        let mut response = self.ask(source, wanted, size).await?;
        let address = shown(response.url());
        let failed = |what: String| TransferError::Failed { address: address.clone(), what };
        let mut before = bytes_before(&response, wanted, size)
            .map_err(|what| TransferError::Wrong { address: address.clone(), what })?;
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) if error.is_timeout() => {
                    let what = format!("sent nothing for {} s, after {came} bytes", self.stall.as_secs());
                    return Err(TransferError::Stalled { address, what });
                }
                Err(error) => {
                    return Err(failed(format!("broke off after {came} bytes: {}", root_cause(&error))));
                }
            };
            self.pace.take(chunk.len() as u64, clock).await;
            let skipped = before.min(chunk.len() as u64);
            before -= skipped;
            let bytes = chunk.get(usize::try_from(skipped).unwrap_or(usize::MAX)..).unwrap_or_default();
            if bytes.is_empty() {
                continue;
            }
            self.room.admit(files, bytes.len() as u64).await??;
            claim.put(bytes, now).await?;
            *came += bytes.len() as u64;
            // All of it, or others have taken the rest.
            if claim.left().is_none() {
                return Ok(());
            }
        }
        match claim.left() {
            None => Ok(()),
            Some(left) => Err(failed(format!("ended its answer {} bytes too early", left.length()))),
        }
    }

    /// All of what is at a publisher's address, if it is no longer than that; nothing is followed.
    pub(super) async fn small(&self, url: Url, bytes_max: usize) -> Result<Vec<u8>, String> {
        let got = async {
            let failed = |error: reqwest::Error| match refused_address(&error) {
                Some(why) => format!("it is not asked: {why}"),
                None => root_cause(&error),
            };
            let mut response = self.guarded.get(url).send().await.map_err(failed)?;
            if response.status() != StatusCode::OK {
                return Err(format!("it answered {}", response.status()));
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(failed)? {
                if bytes.len() + chunk.len() > bytes_max {
                    return Err(format!("it sent more than {bytes_max} bytes"));
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        };
        tokio::time::timeout(SMALL, got)
            .await
            .unwrap_or_else(|_| Err(format!("it took more than {} s", SMALL.as_secs())))
    }

    /// Sends the request, and follows where it leads.
    async fn ask(&self, source: &Source, wanted: ByteRange, size: u64) -> Result<Response, TransferError> {
        let mut url = source.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let address = shown(&url);
            let failed = |what: String| TransferError::Failed { address: address.clone(), what };
            let wrong = |what: String| TransferError::Wrong { address: address.clone(), what };
            // What the administrator named may be anywhere; where that leads to on another host may not.
            let is_trusted = source.is_trusted() && url.host_str() == source.url.host_str();
            let client = if is_trusted { &self.trusted } else { &self.guarded };
            let mut request = client.get(url.clone());
            if wanted.length() < size {
                request = request.header(header::RANGE, format!("bytes={}-{}", wanted.first(), wanted.last()));
            }
            let response = match tokio::time::timeout(self.stall, request.send()).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) if refused_address(&error).is_some() => {
                    let why = refused_address(&error).map(ToString::to_string).unwrap_or_default();
                    return Err(wrong(format!("is not asked: {why}")));
                }
                Ok(Err(error)) => return Err(failed(format!("could not be asked: {}", root_cause(&error)))),
                Err(_) => {
                    let what = format!("did not answer within {} s", self.stall.as_secs());
                    return Err(TransferError::Stalled { address, what });
                }
            };
            let status = response.status();
            match status {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => return Ok(response),
                StatusCode::NOT_FOUND | StatusCode::GONE => return Err(TransferError::NotThere { address, status }),
                _ if status.is_redirection() => {
                    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
                    let next = location.and_then(|location| url.join(location).ok());
                    let next = next.ok_or_else(|| wrong("redirects to nowhere".to_owned()))?;
                    let is_trusted = source.is_trusted() && next.host_str() == source.url.host_str();
                    address::check(&next, self.allow_private || is_trusted).map_err(|error| {
                        wrong(format!("redirects to {}, which is not asked: {error}", shown(&next)))
                    })?;
                    url = next;
                }
                _ if status.is_client_error()
                    && !matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) =>
                {
                    return Err(wrong(format!("answered {status}")));
                }
                _ => return Err(failed(format!("answered {status}"))),
            }
        }
        Err(TransferError::Wrong {
            address: source.shown(),
            what: format!("redirects more than {REDIRECTS_MAX} times"),
        })
    }
}

/// How many bytes of an answer come before those that are wanted, if it is an answer to what was asked.
///
/// A source that knows no ranges sends the whole file: that costs time, and is right all the same.
fn bytes_before(response: &Response, wanted: ByteRange, size: u64) -> Result<u64, String> {
    let field = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(coding) = field(header::CONTENT_ENCODING).filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(format!("answered in the coding {coding:.20}, which was not asked for"));
    }
    let kind = field(header::CONTENT_TYPE).unwrap_or_default();
    if kind.get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html")) {
        return Err("answered with a page instead of the file; a proxy on the way may do that".to_owned());
    }
    let length = field(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let (expected, before) = if response.status() == StatusCode::PARTIAL_CONTENT {
        let range = field(header::CONTENT_RANGE).unwrap_or_default();
        let (first, last, total) = content_range(range).ok_or_else(|| format!("answered the range {range:.60?}"))?;
        if total.is_some_and(|total| total != size) {
            return Err(format!("has a file of {} bytes, {size} were promised", total.unwrap_or_default()));
        }
        if first != wanted.first() || last > wanted.last() {
            return Err(format!("answered bytes {first}-{last}, {}-{} were asked for", wanted.first(), wanted.last()));
        }
        (last - first + 1, 0)
    } else {
        (size, wanted.first())
    };
    match length {
        Some(length) if length != expected => Err(format!("declares {length} bytes, {expected} were to come")),
        _ => Ok(before),
    }
}

/// What `Content-Range` says: first and last byte, and the size if it is known.
fn content_range(field: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = field.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let total = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    ByteRange::new(first, last)?;
    Some((first, last, total))
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}

/// The innermost reason: those around it repeat the address.
fn root_cause(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn refused_address(error: &reqwest::Error) -> Option<&AddressError> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, fields: &[(&str, &str)], wanted: (u64, u64)) -> Result<u64, String> {
        let mut response = http::Response::builder().status(status);
        for (name, value) in fields {
            response = response.header(*name, *value);
        }
        let response = Response::from(response.body("").unwrap());
        bytes_before(&response, ByteRange::new(wanted.0, wanted.1).unwrap(), 1_000)
    }

    #[test]
    fn only_answers_to_what_was_asked_are_taken() {
        assert_eq!(answer(206, &[("content-range", "bytes 5-9/1000"), ("content-length", "5")], (5, 9)), Ok(0));
        assert_eq!(answer(206, &[("content-range", "bytes 5-7/*")], (5, 9)), Ok(0), "less than asked for");
        assert_eq!(answer(200, &[("content-length", "1000")], (5, 9)), Ok(5), "it knows no ranges");
        for (status, fields, says) in [
            (206, vec![("content-range", "bytes 5-9/1001")], "has a file of 1001 bytes, 1000 were promised"),
            (206, vec![("content-range", "bytes 0-9/1000")], "answered bytes 0-9, 5-9 were asked for"),
            (206, vec![("content-range", "bytes 5-10/1000")], "answered bytes 5-10"),
            (206, vec![("content-range", "bytes 9-5/1000")], "answered the range"),
            (206, vec![], "answered the range \"\""),
            (
                206,
                vec![("content-range", "bytes 5-9/1000"), ("content-length", "6")],
                "declares 6 bytes, 5 were to come",
            ),
            (200, vec![("content-length", "30000000000")], "declares 30000000000 bytes, 1000 were to come"),
            (200, vec![("content-type", "Text/HTML; charset=utf-8")], "a page instead of the file"),
            (200, vec![("content-encoding", "gzip")], "in the coding gzip"),
        ] {
            let refused = answer(status, &fields, (5, 9)).unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
