use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use testkit::random::Random;

use crate::loopback::Connection;

/// Requests made beforehand: of a long file in small ranges, some from every part of it.
const REQUESTS_MAX: usize = 100_000;

/// Connections over which a file is asked for in ranges.
pub(crate) struct Ranges<S = TcpStream> {
    connections: Vec<Connection<S>>,
    port: u16,
    path: String,
}

/// What came in how long.
pub(crate) struct Rate {
    pub(super) bytes: usize,
    pub(super) seconds: f64,
}

impl Ranges {
    pub(super) fn new(port: u16, path: &str, connections: u32) -> anyhow::Result<Self> {
        let connections = (0..connections).map(|_| Connection::open(port)).collect::<Result<_, _>>();
        Ok(Self::over(connections.context("could not connect")?, port, path))
    }
}

impl<S: Read + Write + Send> Ranges<S> {
    /// Over connections that are open.
    pub(crate) fn over(connections: Vec<Connection<S>>, port: u16, path: &str) -> Self {
        Self { connections, port, path: path.to_owned() }
    }

    /// A request as Delivery Optimization sends it.
    fn request(&self, first: usize, last: usize) -> Vec<u8> {
        let Self { path, port, .. } = self;
        format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Microsoft-Delivery-Optimization/10.1\r\n\
             Range: bytes={first}-{last}\r\n\r\n"
        )
        .into()
    }

    /// Reads all of the file once, in ranges, and compares it with `expected`.
    pub(crate) fn check(&mut self, expected: &[u8]) -> anyhow::Result<()> {
        for (number, piece) in expected.chunks(1 << 20).enumerate() {
            let first = number << 20;
            let request = self.request(first, first + piece.len() - 1);
            let connection = self.connections.first_mut().context("there is no connection")?;
            let answer = connection.exchange(&request)?;
            ensure!(answer.status == 206 && answer.body == piece, "bytes {first} and on are not what they should be");
        }
        Ok(())
    }

    /// Asks for aligned ranges of `size` in shuffled order, on every connection for so long.
    pub(crate) fn run(&mut self, file: usize, size: usize, seed: u64, time: Duration) -> anyhow::Result<Rate> {
        let mut random = Random::new(seed);
        let (ranges, count) = (file / size, (file / size).min(REQUESTS_MAX));
        let mut places: Vec<usize> = (0..count).map(|number| number * ranges / count).collect();
        random.shuffle(&mut places);
        let requests: Vec<Vec<u8>> =
            places.into_iter().map(|place| self.request(place * size, (place + 1) * size - 1)).collect();
        let (started, until) = (Instant::now(), Instant::now() + time);
        let share = requests.len().div_ceil(self.connections.len().max(1));
        let bytes = thread::scope(|scope| {
            let one = |connection: &mut Connection<S>, requests: &[Vec<u8>]| {
                let mut bytes = 0;
                for request in requests.iter().cycle() {
                    let answer = connection.exchange(request)?;
                    ensure!(answer.status == 206 && answer.body.len() == size, "a range was answered with another one");
                    bytes += size;
                    if Instant::now() >= until {
                        break;
                    }
                }
                Ok(bytes)
            };
            let workers: Vec<_> = self
                .connections
                .iter_mut()
                .zip(requests.chunks(share))
                .map(|(connection, requests)| scope.spawn(move || one(connection, requests)))
                .collect();
            let mut bytes = 0;
            for worker in workers {
                bytes += worker.join().ok().context("a load generator failed")??;
            }
            anyhow::Ok(bytes)
        })?;
        Ok(Rate { bytes, seconds: started.elapsed().as_secs_f64() })
    }
}
