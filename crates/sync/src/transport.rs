//! SOAP over HTTP: bytes there, bounded bytes back.

use std::error::Error;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use pins::{PinnedVerifier, Pins, Problem};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Url};
use uuid::Uuid;
use wire::{Body, ErrorCode, SoapVersion};

use crate::error::{Reason, Step, SyncError};
use crate::upstream::Upstream;

/// A connection that takes longer has failed: the next upstream is waiting to be tried.
const CONNECT: Duration = Duration::from_secs(15);
/// Tries of one call while what fails is passing.
const TRIES: u32 = 4;
/// Before the second try; four times as long before each further one, but no longer than an answer is waited for.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// An answer that takes longer than the upstream's patience comes at this rate or has failed: the slowest line there is
/// carries it, and the longest answer ends within hours.
const BYTES_PER_SEC_MIN: u64 = 4 << 10;
/// Of a `Content-Type` in a message.
const TYPE_CHARS_MAX: usize = 60;
/// Said of this program in every request.
const AGENT: &str = concat!("Vanne/", env!("CARGO_PKG_VERSION"));

/// The way to one upstream.
pub(crate) struct Transport {
    client: Client,
    upstream: Upstream,
}

/// A call as it is sent.
pub(crate) struct Call<'a> {
    pub(crate) step: Step,
    pub(crate) url: &'a Url,
    pub(crate) action: String,
    pub(crate) body: Bytes,
    /// The longest answer that is taken, packed or not.
    pub(crate) answer_bytes_max: usize,
    /// Made twice, it is as good as made once; else it is made again only if the upstream certainly did not take it.
    pub(crate) is_repeatable: bool,
}

/// An answer that may be the service's.
pub(crate) struct Answer {
    status: u16,
    content_type: String,
    pub(crate) body: Bytes,
}

impl Transport {
    pub(crate) fn new(upstream: &Upstream) -> Result<Self, SyncError> {
        let failed = |reason| SyncError { upstream: upstream.to_string(), step: Step::Connecting, reason };
        let pins = upstream.pins.clone().with_lists(&upstream.learned.fresh(upstream.clock.now()));
        Ok(Self { client: client(upstream, pins).map_err(failed)?, upstream: upstream.clone() })
    }

    pub(crate) fn failed(&self, step: Step, reason: Reason) -> SyncError {
        SyncError { upstream: self.upstream.to_string(), step, reason }
    }

    /// Sends a call, again while what goes wrong is passing, and reads its answer with `read`.
    pub(crate) async fn call<T>(
        &self,
        call: &Call<'_>,
        read: impl Fn(Bytes) -> Result<T, Reason>,
    ) -> Result<T, SyncError> {
        let mut pause = FIRST_PAUSE;
        for tried in 1.. {
            let outcome = self.exchange(call).await.and_then(|answer| answer.read(&read));
            let error = match outcome {
                Ok(answer) => return Ok(answer),
                Err(reason) => self.failed(call.step, reason),
            };
            let may_be_taken = !call.is_repeatable && !is_untaken(&error.reason);
            if tried >= TRIES || !error.is_passing() || may_be_taken {
                return Err(error);
            }
            tracing::info!(error = &error as &dyn Error, "a call to the upstream failed and is made again");
            tokio::time::sleep(pause + jitter(pause)).await;
            pause = (pause * 4).min(self.upstream.patience);
        }
        Err(self.failed(call.step, Reason::Lies("a call was never made".into())))
    }

    async fn exchange(&self, call: &Call<'_>) -> Result<Answer, Reason> {
        let request = self
            .client
            .post(call.url.clone())
            .header(CONTENT_TYPE, SoapVersion::V11.content_type())
            .header("SOAPAction", format!("\"{}\"", call.action))
            .header(ACCEPT_ENCODING, "xpress")
            .body(call.body.clone());
        let mut response = request.send().await.map_err(|error| broken(&self.upstream, error))?;
        let status = response.status().as_u16();
        let packed = is_xpress(response.headers());
        let content_type = content_type(response.headers());
        // Whatever it asks for, it is told nothing, and what it says is not read: a machine's credentials would be relayed.
        if matches!(status, 401 | 407) {
            return Err(Reason::Challenges { status, scheme: challenge(response.headers()) });
        }
        let max = call.answer_bytes_max;
        // Said beforehand, it need not be waited for.
        if response.content_length().is_some_and(|length| length > max as u64) {
            return Err(Reason::TooLong(max));
        }
        let (mut body, began) = (BytesMut::new(), Instant::now());
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&self.upstream, error))? {
            if body.len() + chunk.len() > max {
                return Err(Reason::TooLong(max));
            }
            body.extend_from_slice(&chunk);
            self.fast_enough(body.len(), began.elapsed())?;
        }
        let body = match packed {
            true => {
                let unpacked = wire::xpress::decompress(&body, max);
                Bytes::from(unpacked.map_err(|error| Reason::Unreadable(Box::new(error)))?)
            }
            false => body.freeze(),
        };
        Ok(Answer { status, content_type, body })
    }

    /// Refuses an answer that comes drop by drop.
    fn fast_enough(&self, bytes: usize, elapsed: Duration) -> Result<(), Reason> {
        let secs = elapsed.as_secs();
        if elapsed <= self.upstream.patience || bytes as u64 >= secs * BYTES_PER_SEC_MIN {
            return Ok(());
        }
        Err(Reason::Slow { bytes, secs })
    }
}

impl Answer {
    /// What the service says; a stranger's answer is told from a damaged one by its type.
    fn read<T>(self, read: impl Fn(Bytes) -> Result<T, Reason>) -> Result<T, Reason> {
        let Self { status, content_type, body } = self;
        let stranger = || Reason::NotTheService { status, content_type: content_type.clone() };
        if !matches!(status, 200 | 500) {
            return Err(stranger());
        }
        match read(body) {
            Err(Reason::Unreadable(_)) if !content_type.contains("xml") => Err(stranger()),
            outcome => outcome,
        }
    }
}

/// The upstream certainly did not take a call: it was never sent, or sent back by the service itself.
fn is_untaken(reason: &Reason) -> bool {
    match reason {
        Reason::Unreachable(error) => error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect),
        Reason::Refused(fault) => fault.code == ErrorCode::ServerBusy,
        _ => false,
    }
}

/// A way to `upstream` that trusts whom `pins` trust, follows nothing, and goes through its proxy or directly.
pub(crate) fn client(upstream: &Upstream, pins: Pins) -> Result<Client, Reason> {
    let tls = pins::client_config(PinnedVerifier::new(pins), upstream.clock.clone())
        .map_err(|error| Reason::Unsound(Problem::Misbehaves(error.to_string())))?;
    // Nothing is followed: an upstream that moved is told to the administrator.
    let builder = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT).no_proxy();
    let builder = builder.read_timeout(upstream.patience).http1_only().tls_backend_preconfigured(tls);
    let failed = |error: reqwest::Error| Reason::Unreachable(Box::new(error.without_url()));
    let builder = match &upstream.proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.clone()).map_err(failed)?),
        None => builder,
    };
    builder.user_agent(AGENT).build().map_err(failed)
}

/// Why nothing came.
pub(crate) fn broken(upstream: &Upstream, error: reqwest::Error) -> Reason {
    match pins::problem(&error) {
        Some(Problem::Untrusted(untrusted)) => {
            let accept = upstream.accepting(&untrusted);
            return Reason::Untrusted { untrusted, accept };
        }
        Some(problem) => return Reason::Unsound(problem),
        None => {}
    }
    if error.is_timeout() && !error.is_connect() {
        return Reason::Silent(upstream.patience.as_secs());
    }
    // The address is named already, and may hold a proxy's password.
    Reason::Unreachable(Box::new(error.without_url()))
}

/// By which schemes the other side wants to know who asks.
fn challenge(headers: &HeaderMap) -> String {
    let schemes = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let words: Vec<&str> = schemes.filter_map(|value| value.split([' ', ',']).next()).collect();
    match words.as_slice() {
        [] => "it does not say how".to_owned(),
        words => words.join(", ").chars().take(TYPE_CHARS_MAX).collect(),
    }
}

fn is_xpress(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"xpress"))
}

fn content_type(headers: &HeaderMap) -> String {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no content type");
    named.chars().take(TYPE_CHARS_MAX).collect::<String>().to_lowercase()
}

/// Up to half of `pause`: so that a hundred servers do not come back at the same moment.
fn jitter(pause: Duration) -> Duration {
    let [random, ..] = Uuid::new_v4().into_bytes();
    pause.mul_f64(f64::from(random) / 512.0)
}

/// The bytes of a message.
pub(crate) fn bytes(body: Body) -> Bytes {
    body.into_bytes()
}
