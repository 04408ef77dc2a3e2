//! Answers over TLS: what is in memory is encrypted from the page cache a batch at a time, and each batch sent before the next is
//! read, so that a connection holds no more than one.

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::iter::{Peekable, once};
use std::pin::pin;
use std::time::Duration;

use ::content::Held;
use ::content::range::Segment;
use futures::StreamExt as _;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::roaming::{AtOnce, Roaming};
use crate::http::content::Payload;
use crate::http::send::{fill, stalled};

/// Plain bytes that are encrypted at once: eight records of TLS, and one call to the socket.
const BATCH_BYTES: usize = 128 * 1024;

/// Encrypted bytes that may wait in a connection that is lent to the HTTP library: the library's own bound. With none it would be
/// told that a client who takes nothing took all.
const WAITING_BYTES_MAX: usize = 64 * 1024;

/// Room for a batch, and the head before it.
const ROOM_BYTES: usize = BATCH_BYTES + 2 * 1024;

thread_local! {
    /// Where plain bytes are put together. One for each thread: it is filled and encrypted without waiting in between.
    static BATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; ROOM_BYTES]);
}

/// Sends an answer: its head, and its body unless it was a `HEAD`.
pub(super) async fn send(
    stream: &mut TlsStream<Roaming>,
    head: Vec<u8>,
    payload: Payload,
    is_head: bool,
    stall: Duration,
) -> io::Result<()> {
    let mut out = Out { stream, stall };
    match payload {
        Payload::File(held, segments) => out.parts(head, &held, segments).await,
        Payload::Arriving(arriving, segments) => {
            out.bytes(&head).await?;
            let mut pieces = pin!(arriving.stream(segments));
            while let Some(piece) = pieces.next().await {
                out.bytes(&piece?).await?;
            }
            Ok(())
        }
        Payload::Text(text) if !is_head => out.bytes(&[&head, text.as_bytes()].concat()).await,
        Payload::Text(_) | Payload::Nothing => out.bytes(&head).await,
    }
}

struct Out<'stream> {
    stream: &'stream mut TlsStream<Roaming>,
    /// How long a client may take nothing before it is given up.
    stall: Duration,
}

/// What of an answer is not encrypted yet.
type Left = Peekable<Box<dyn Iterator<Item = Segment> + Send>>;

impl Out<'_> {
    async fn parts(&mut self, head: Vec<u8>, held: &Held, segments: Vec<Segment>) -> io::Result<()> {
        let all = once(Segment::Text(head.into())).chain(segments.into_iter().flat_map(pieces));
        let mut left: Left = (Box::new(all) as Box<dyn Iterator<Item = Segment> + Send>).peekable();
        while left.peek().is_some() {
            if !self.batch(held, &mut left)?
                && let Some(segment) = left.next()
            {
                self.other(held, segment).await?;
            }
            self.flush().await?;
            // Others on this thread get their turn.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Encrypts as many of the next segments as there is room for and are in memory; false if not even one was.
    fn batch(&mut self, held: &Held, left: &mut Left) -> io::Result<bool> {
        BATCH.with_borrow_mut(|batch| {
            let filled = fill(batch, held, left);
            self.encrypt(batch.get(..filled).unwrap_or_default())?;
            Ok(filled > 0)
        })
    }

    /// A segment that a batch did not take: it waits for the disk, or has more text than a batch.
    async fn other(&mut self, held: &Held, segment: Segment) -> io::Result<()> {
        match segment {
            Segment::Text(text) => self.bytes(&text).await,
            Segment::File(part) => {
                let bytes = held.read(part).await?;
                self.bytes(&bytes).await
            }
        }
    }

    async fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        for batch in bytes.chunks(BATCH_BYTES) {
            self.encrypt(batch)?;
            self.flush().await?;
        }
        Ok(())
    }

    /// Encrypts a batch; what comes of it waits for [`Out::flush`].
    fn encrypt(&mut self, batch: &[u8]) -> io::Result<()> {
        let (_, session) = self.stream.get_mut();
        // The bound is ours here: there is never more than one batch.
        session.set_buffer_limit(None);
        let written = session.writer().write_all(batch);
        session.set_buffer_limit(Some(WAITING_BYTES_MAX));
        written
    }

    async fn flush(&mut self) -> io::Result<()> {
        let (roaming, session) = self.stream.get_mut();
        let socket = roaming.socket()?;
        while session.wants_write() {
            match session.write_tls(&mut AtOnce(socket)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match timeout(self.stall, socket.writable()).await {
                        Ok(writable) => writable?,
                        Err(_) => return Err(stalled()),
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A segment, cut so that each piece of a file fits a batch.
fn pieces(segment: Segment) -> impl Iterator<Item = Segment> {
    let (text, part) = match segment {
        Segment::Text(_) => (Some(segment), None),
        Segment::File(part) => (None, Some(part)),
    };
    text.into_iter().chain(part.into_iter().flat_map(|part| part.pieces(BATCH_BYTES)).map(Segment::File))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::FutureExt as _;
    use rustls::sign::SingleCertAndKey;
    use rustls::{ClientConfig, RootCertStore, ServerConfig};
    use testkit::tls::{Authority, Order};
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    /// Both ends of a connection on which hands were shaken.
    async fn connected() -> (TlsStream<Roaming>, tokio_rustls::client::TlsStream<TcpStream>) {
        let authority = Authority::root("Contoso Internal CA");
        let pem = authority.issue(&Order::server("localhost")).pem();
        let shown = pki::Identity::from_pem(&pem, &pem).unwrap().certified();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let shown = Arc::new(SingleCertAndKey::from(shown));
        let server = server.unwrap().with_no_client_auth().with_cert_resolver(shown);
        let mut roots = RootCertStore::empty();
        roots.add(authority.der()).unwrap();
        let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let client = client.with_root_certificates(roots).with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let (acceptor, connector) = (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)));
        let accepted = acceptor.accept(Roaming::from(accepted));
        tokio::try_join!(accepted, connector.connect("localhost".try_into().unwrap(), socket)).unwrap()
    }

    #[tokio::test]
    async fn what_waits_for_a_client_is_bounded_after_an_answer_as_before() {
        let (mut stream, _client) = connected().await;
        send(&mut stream, b"head".to_vec(), Payload::Nothing, false, Duration::from_secs(60)).await.unwrap();
        let (block, mut taken) = (vec![0; 1 << 20], 0);
        while let Some(written) = stream.write(&block).now_or_never() {
            taken += written.unwrap();
            assert!(taken < 64 << 20, "it takes whatever comes, and the client has taken none of it");
        }
    }
}
