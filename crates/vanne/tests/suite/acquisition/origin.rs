//! A server of files that can be bad in every way.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// How a file is served.
#[derive(Clone)]
pub(crate) enum Manner {
    /// As RFC 9110 has it.
    Honest,
    /// Whole, whatever range is asked for.
    WithoutRanges,
    /// Other bytes, of the same number.
    OtherBytes,
    /// So many bytes of each answer, then the end.
    CutAfter(usize),
    /// What is before this byte of the file, and nothing of the rest.
    CutAt(usize),
    /// So many bytes of each answer, then nothing, while a permit is waited for that lets the rest through.
    StopAfter(usize, Arc<Semaphore>),
    /// Bytes from one further than asked.
    WrongRange,
    /// A page that says 200.
    Page,
    /// This status, and nothing else.
    Status(u16),
    /// To another address.
    Redirect(String),
    /// This length in the head, and the right bytes.
    Declares(u64),
}

struct Served {
    bytes: Bytes,
    manner: Manner,
    /// The `Range` of every request; empty when there was none.
    requests: Vec<String>,
}

type Files = Arc<Mutex<HashMap<String, Served>>>;

/// The server; it stops with the value.
pub(crate) struct Origin {
    address: SocketAddr,
    files: Files,
    accepting: JoinHandle<()>,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let files = Files::default();
        let served = Arc::clone(&files);
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let files = Arc::clone(&served);
                // An answer that breaks off is what was ordered, or the client has gone.
                tokio::spawn(async move { drop(connection(socket, &files).await) });
            }
        });
        Self { address, files, accepting }
    }

    /// Where a file is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Serves bytes at a path, in a manner, from now on.
    pub(crate) fn serve(&self, path: &str, bytes: &Bytes, manner: Manner) -> String {
        let mut files = self.files.lock().unwrap();
        let requests = files.remove(path).map(|served| served.requests).unwrap_or_default();
        let served = Served { bytes: bytes.clone(), manner, requests };
        files.insert(path.to_owned(), served);
        self.url(path)
    }

    /// The `Range` of every request for a path.
    pub(crate) fn requests(&self, path: &str) -> Vec<String> {
        self.files.lock().unwrap().get(path).map(|served| served.requests.clone()).unwrap_or_default()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(socket: TcpStream, files: &Files) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let (mut path, mut range, mut line) = (String::new(), String::new(), String::new());
        loop {
            line.clear();
            if socket.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            if path.is_empty() {
                path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            } else if line.is_empty() {
                break;
            } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("range:") {
                range = value.trim().to_owned();
            }
        }
        let found = {
            let mut files = files.lock().unwrap();
            files.get_mut(path.split('?').next().unwrap()).map(|served| {
                served.requests.push(range.clone());
                (served.bytes.clone(), served.manner.clone())
            })
        };
        let (bytes, manner) = found.unwrap_or((Bytes::new(), Manner::Status(404)));
        answer(&mut socket, &range, &bytes, manner).await?;
    }
}

async fn answer(socket: &mut BufReader<TcpStream>, range: &str, bytes: &Bytes, manner: Manner) -> std::io::Result<()> {
    let asked = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let asked = asked.map(|(first, last)| {
        (first.parse::<usize>().unwrap(), last.parse::<usize>().unwrap().min(bytes.len().saturating_sub(1)))
    });
    let asked = asked.filter(|_| !matches!(manner, Manner::WithoutRanges));
    let (mut first, mut last) = asked.unwrap_or((0, bytes.len().saturating_sub(1)));
    if matches!(manner, Manner::WrongRange) {
        (first, last) = (first + 1, (last + 1).min(bytes.len() - 1));
    }
    let mut body = bytes.slice(first.min(bytes.len())..(last + 1).min(bytes.len()));
    let mut length = body.len() as u64;
    match &manner {
        Manner::Status(status) => {
            let head = format!("HTTP/1.1 {status} Thus\r\nContent-Length: 0\r\n\r\n");
            return socket.write_all(head.as_bytes()).await;
        }
        Manner::Redirect(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            return socket.write_all(head.as_bytes()).await;
        }
        Manner::Page => {
            let page = "<html>Please sign in</html>";
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}", page.len());
            return socket.write_all(head.as_bytes()).await;
        }
        Manner::OtherBytes => body = body.iter().map(|byte| byte ^ 0x55).collect(),
        Manner::Declares(bytes) => length = *bytes,
        _ => {}
    }
    let head = match asked {
        Some(_) => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {first}-{last}/{}\r\nContent-Length: {length}\r\n\r\n",
            bytes.len()
        ),
        None => format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"),
    };
    socket.write_all(head.as_bytes()).await?;
    let at_once = match &manner {
        Manner::CutAfter(bytes) | Manner::StopAfter(bytes, _) => body.len().min(*bytes),
        Manner::CutAt(end) => body.len().min(end.saturating_sub(first)),
        _ => body.len(),
    };
    socket.write_all(&body[..at_once]).await?;
    match manner {
        Manner::CutAfter(_) | Manner::CutAt(_) if at_once < body.len() => {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        Manner::StopAfter(_, gate) => {
            drop(gate.acquire().await);
            socket.write_all(&body[at_once..]).await?;
        }
        _ => {}
    }
    Ok(())
}
