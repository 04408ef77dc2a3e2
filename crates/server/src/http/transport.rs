use std::future::Future;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite};

use super::content::Payload;

mod plain;
mod secured;

pub(crate) use secured::Secured;

/// What the bytes of a connection go over: a socket as it is, or TLS.
///
/// Between requests a connection may move to a lane and back, and may be lent to the HTTP library.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send + Unpin + Sized + 'static {
    /// On the way from one runtime to another, where nothing is read or written.
    type Parked: Send + 'static;

    /// Takes it off this runtime.
    fn park(self) -> io::Result<Self::Parked>;

    /// Takes it onto this runtime.
    fn unpark(parked: Self::Parked) -> io::Result<Self>;

    /// True if nobody on the way reads or changes what is said.
    fn is_secure(&self) -> bool;

    /// True if the client asked for another host when it connected.
    fn is_misdirected(&self) -> bool {
        false
    }

    /// How many bytes were passed on to the client since the connection began, where that is less than what was written: what TLS has
    /// encrypted may wait here. `None` where to write is to pass on.
    fn passed_on(&self) -> Option<u64> {
        None
    }

    /// Waits for the first bytes of a request, without a buffer until they are there; false when none follows.
    fn first_bytes(&mut self, ahead: &mut BytesMut) -> impl Future<Output = io::Result<bool>> + Send;

    /// Ready once the client is gone. What it sends ahead meanwhile is kept for the next request.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Sends an answer: its head, and its body unless it was a `HEAD`. Ends with an error when the client takes nothing for `stall`,
    /// and when a file is cut short meanwhile; then the connection has to be closed.
    fn send(
        &mut self,
        head: Vec<u8>,
        payload: Payload,
        is_head: bool,
        stall: Duration,
    ) -> impl Future<Output = io::Result<()>> + Send;

    /// Says that nothing follows, where not to say so would look like being cut off. Does not wait for long.
    fn farewell(&mut self) -> impl Future<Output = ()> + Send;
}
