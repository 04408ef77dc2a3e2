//! A fake of Microsoft's update service: an upstream that nobody asked whether it is honest.
//!
//! It speaks ServerSync and DSS authorization (MS-WSUSSS 3.1.4) over HTTP, has the documents of drafts, and serves their
//! files with ranges. It is honest until it is told a [`Lie`], operation by operation:
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use testkit::catalogs::small_drafts;
//! use testkit::publisher::{GET_UPDATE_DATA, Lie, Publisher};
//!
//! let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &small_drafts()).await?;
//! publisher.lie(GET_UPDATE_DATA, Lie::BreaksOff(1_000));
//! // … a server that asks `publisher.url()` is told half an answer …
//! publisher.be_honest();
//! # Ok(()) }
//! ```
//!
//! Form of anchors, limits and order of fields are those of Microsoft's service (native-behaviour §6), and it serves no
//! files below `/Content/` that a document does not name. Unlike that service it answers replicas, with groups and
//! without deployments: an upstream of any kind can be played with it.

mod answers;
mod apart;
pub(crate) mod connection;
mod lie;
mod mutated;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use uuid::Uuid;
use wire::server::Request;

use crate::documents::Draft;
use crate::tls::{Credentials, Stream};
use apart::DriverSet;
pub use lie::Lie;
use shelf::Shelf;

/// The operation that lists revisions.
pub const GET_REVISION_ID_LIST: &str = "GetRevisionIdList";
/// The operation that sends documents.
pub const GET_UPDATE_DATA: &str = "GetUpdateData";
/// Every request for a file.
pub const CONTENT: &str = "content";

/// The service; it stops with the value.
pub struct Publisher {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

/// What its connections share.
struct Shared {
    /// Where its files are, with the slash at the end.
    base: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    shelf: Shelf,
    driver_sets: Vec<DriverSet>,
    lies: HashMap<&'static str, Told>,
    asked: Vec<Asked>,
    /// Cookies that were given out.
    cookies: u32,
    /// What it presents over TLS; absent: it speaks plain HTTP.
    credentials: Option<Credentials>,
}

/// A lie, and how many times it is still told; without a number, always.
struct Told {
    lie: Lie,
    times: Option<usize>,
}

/// A call that was answered, or lied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The operation's name; [`CONTENT`] for a file.
    pub operation: &'static str,
    /// What was asked of ServerSync; `None` for authorization and files.
    pub request: Option<Request>,
    /// The `Range` of a request for a file.
    pub range: Option<String>,
}

impl Publisher {
    /// Starts with the documents of `drafts`; port 0 takes a free one. Needs a Tokio runtime, which it runs on.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(address: SocketAddr, drafts: &[Draft]) -> io::Result<Self> {
        Self::begin(address, drafts, None).await
    }

    /// The same over TLS.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start_tls(address: SocketAddr, drafts: &[Draft], credentials: Credentials) -> io::Result<Self> {
        Self::begin(address, drafts, Some(credentials)).await
    }

    async fn begin(address: SocketAddr, drafts: &[Draft], credentials: Option<Credentials>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let scheme = if credentials.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared { base: format!("{scheme}://{address}/"), state: Mutex::default() });
        shared.state().shelf.publish(drafts);
        shared.state().credentials = credentials;
        let serving = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                // What breaks off was ordered to, or the client has gone: either is the other side's to notice.
                connections.spawn(async move { drop(shared.serve(socket).await) });
            }
        });
        Ok(Self { address, shared, accepting })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        self.shared.base.trim_end_matches('/').to_owned()
    }

    /// Presents something else from now on, as one that got another certificate, or whom somebody took the place of.
    pub fn present(&self, credentials: Credentials) {
        self.shared.state().credentials = Some(credentials);
    }

    /// The address and port it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Publishes more documents, after those that are there; a revision that is there already is replaced.
    pub fn publish(&self, drafts: &[Draft]) {
        self.shared.state().shelf.publish(drafts);
    }

    /// Publishes a driver set for computers of a model.
    pub fn publish_driver_set(&self, id: Uuid, model: Uuid, xml: &str) {
        self.shared.state().driver_sets.push(DriverSet { id, model, xml: xml.to_owned() });
    }

    /// Lies from now on whenever it is asked for `operation`: a method's name, or [`CONTENT`].
    pub fn lie(&self, operation: &'static str, lie: Lie) {
        self.shared.state().lies.insert(operation, Told { lie, times: None });
    }

    /// Lies the next so many times, and is honest afterwards.
    pub fn lie_times(&self, operation: &'static str, lie: Lie, times: usize) {
        self.shared.state().lies.insert(operation, Told { lie, times: Some(times) });
    }

    /// Tells no more lies.
    pub fn be_honest(&self) {
        self.shared.state().lies.clear();
    }

    /// Stops, and gives its port back before it returns; dropping does so soon.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // It was just told to end: that it did is no news.
        let _ = (&mut self.accepting).await;
    }

    /// All it was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.state().asked.clone()
    }

    /// How often it was asked for an operation.
    pub fn times_asked(&self, operation: &str) -> usize {
        self.shared.state().asked.iter().filter(|asked| asked.operation == operation).count()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // The connections go with the task that has them.
        self.accepting.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, socket: TcpStream) -> io::Result<()> {
        let credentials = self.state().credentials.clone();
        let socket: Box<dyn Stream> = match credentials {
            Some(credentials) => Box::new(credentials.accept(socket).await?),
            None => Box::new(socket),
        };
        connection::serve(socket, self).await
    }

    /// Notes a call, and what lie is to be told to it.
    fn note(&self, asked: Asked) -> Option<Lie> {
        let mut state = self.state();
        let lie = state.lie_for(asked.operation);
        state.asked.push(asked);
        lie
    }
}

impl State {
    fn lie_for(&mut self, operation: &'static str) -> Option<Lie> {
        let told = self.lies.get_mut(operation)?;
        match &mut told.times {
            None => Some(told.lie.clone()),
            Some(0) => None,
            Some(times) => {
                *times -= 1;
                Some(told.lie.clone())
            }
        }
    }
}
