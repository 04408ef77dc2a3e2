//! A relay on this machine that counts what passes: how many bytes two servers exchange.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What is passed on at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// A port that leads to another one. Its threads end with the program.
pub(crate) struct Relay {
    pub(crate) port: u16,
    passed: Arc<AtomicU64>,
}

impl Relay {
    /// Leads from a free port of 127.0.0.1 to the port `to`.
    pub(crate) fn start(to: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let passed = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&passed);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // Nobody listens behind it any more: the client sees its connection closed.
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else { continue };
                if connect(&client, &server, &counted).is_err() {
                    break;
                }
            }
        });
        Ok(Self { port, passed })
    }

    /// Bytes that passed so far, both ways.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }
}

fn connect(client: &TcpStream, server: &TcpStream, counted: &Arc<AtomicU64>) -> io::Result<()> {
    for (from, to) in [(client, server), (server, client)] {
        let (from, to, counted) = (from.try_clone()?, to.try_clone()?, Arc::clone(counted));
        to.set_nodelay(true)?;
        thread::spawn(move || {
            let _ = pass(&from, &to, &counted);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, counted: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = from.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        to.write_all(bytes)?;
        counted.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_arrives_and_is_counted() {
        let echo = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let relay = Relay::start(echo.local_addr().unwrap().port()).unwrap();
        let server = thread::spawn(move || {
            let (mut socket, _) = echo.accept().unwrap();
            let mut said = Vec::new();
            socket.read_to_end(&mut said).unwrap();
            socket.write_all(&said).unwrap();
        });
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port)).unwrap();
        client.write_all(b"hello").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).unwrap();
        server.join().unwrap();
        assert_eq!((heard.as_slice(), relay.passed()), (b"hello".as_slice(), 10));
    }
}
