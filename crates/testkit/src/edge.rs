//! A cache of a content delivery network: it fetches files from an origin once, keeps them and serves ranges of them over
//! plain HTTP, as whatever lies between a publisher and a site. Of a file that is [altered](Edge::alter) it serves a copy
//! of the right length with one byte changed, which nothing but a digest can tell.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode};
use model::Sha1;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::agent::{AgentError, Network};
use crate::publisher::connection::{self, Answer};
use crate::tls::Stream;

/// The cache; it stops with the value.
pub struct Edge {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    origin: Network,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By path.
    kept: HashMap<String, Bytes>,
    altered: HashSet<Sha1>,
}

impl Edge {
    /// Starts in front of `origin` (`http://host:port`); port 0 takes a free one. Needs a Tokio runtime, which it runs on.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the origin's is none.
    pub async fn start(address: SocketAddr, origin: &str) -> io::Result<Self> {
        let invalid = |error: AgentError| io::Error::new(io::ErrorKind::InvalidInput, error);
        let origin = Network::new(origin).map_err(invalid)?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { origin, state: Mutex::default() });
        let serving = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                // A client that breaks off has what it wanted.
                connections.spawn(async move { drop(shared.serve(socket).await) });
            }
        });
        Ok(Self { address, shared, accepting })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on the copy of that file is not what the origin sent.
    pub fn alter(&self, file: Sha1) {
        self.shared.state().altered.insert(file);
    }
}

impl Drop for Edge {
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
        let mut socket = tokio::io::BufReader::new(Box::new(socket) as Box<dyn Stream>);
        while let Some(question) = connection::read(&mut socket).await? {
            let answer = match self.file(&question.path).await {
                Some(bytes) => connection::content(&bytes, question.range.as_deref()),
                None => Answer::nothing(404),
            };
            connection::say(&mut socket, answer, None).await?;
        }
        Ok(())
    }

    /// The copy of what the origin has at `path`.
    async fn file(&self, path: &str) -> Option<Bytes> {
        let kept = self.state().kept.get(path).cloned();
        let bytes = match kept {
            Some(bytes) => bytes,
            None => self.fetch(path).await?,
        };
        let is_altered = connection::digest(path).is_some_and(|digest| self.state().altered.contains(&digest));
        Some(if is_altered { altered(&bytes) } else { bytes })
    }

    async fn fetch(&self, path: &str) -> Option<Bytes> {
        let address = format!("{}{path}", self.origin.base_url());
        let answer = self.origin.send(Method::GET, &address, &[], Bytes::new()).await.ok()?;
        let bytes = (answer.status == StatusCode::OK).then_some(answer.body)?;
        self.state().kept.insert(path.to_owned(), bytes.clone());
        Some(bytes)
    }
}

/// One bit in the middle is another.
fn altered(bytes: &Bytes) -> Bytes {
    let mut copy = BytesMut::from(&bytes[..]);
    let middle = copy.len() / 2;
    if let Some(byte) = copy.get_mut(middle) {
        *byte ^= 1;
    }
    copy.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogs::small_drafts;
    use crate::publisher::{CONTENT, Publisher};

    #[tokio::test]
    async fn files_pass_through_once_and_an_altered_one_differs_in_a_bit() {
        let drafts = small_drafts();
        let origin = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
        let edge = Edge::start(([127, 0, 0, 1], 0).into(), &origin.url()).await.unwrap();
        let file = drafts.iter().flat_map(|draft| draft.finish().files).next().unwrap();
        let network = Network::new(&edge.url()).unwrap();
        let get = async |path: &str| {
            let address = format!("{}/Content/{path}", edge.url());
            let answer = network.send(Method::GET, &address, &[], Bytes::new()).await.unwrap();
            (answer.status.as_u16(), answer.body)
        };
        let path = format!("00/{}.cab", file.sha1());
        assert_eq!(get(&path).await, (200, file.bytes.clone()));
        assert_eq!(get(&path).await, (200, file.bytes.clone()));
        assert_eq!(origin.times_asked(CONTENT), 1);
        edge.alter(file.sha1());
        let (_, copy) = get(&path).await;
        let differ = copy.iter().zip(&file.bytes).filter(|(one, other)| one != other).count();
        assert_eq!((copy.len(), differ), (file.bytes.len(), 1));
        assert_eq!(get("00/0000000000000000000000000000000000000000.cab").await.0, 404);
    }
}
