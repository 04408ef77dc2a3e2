use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;

use crate::figures::Spread;
use crate::loopback::{Connection, Trust};
use crate::process::Server;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// What connections cost that shake hands, ask once, and end.
#[derive(Debug, Serialize)]
pub(crate) struct Handshakes {
    per_second: Spread,
    /// Of the server, the one request included.
    cpu_ms: Spread,
}

impl Handshakes {
    /// Clients that remember sessions resume them, all but the first time.
    pub(crate) fn measure(
        server: &Server,
        trust: &Trust,
        clients: u32,
        runs: u32,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let (mut per_second, mut cpu_ms) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let before = server.process.cpu_seconds()?;
            let started = Instant::now();
            let count = crowd(server.https_port, trust, clients, time)? as f64;
            per_second.push(count / started.elapsed().as_secs_f64());
            cpu_ms.push((server.process.cpu_seconds()? - before) * 1e3 / count);
        }
        Ok(Self { per_second: Spread::of(per_second), cpu_ms: Spread::of(cpu_ms) })
    }

    pub(crate) fn text(&self) -> String {
        format!("{} a second, {} ms of CPU each", self.per_second, self.cpu_ms)
    }
}

fn crowd(port: u16, trust: &Trust, clients: u32, time: Duration) -> anyhow::Result<usize> {
    let until = Instant::now() + time;
    let one = || -> anyhow::Result<usize> {
        let mut count = 0;
        while Instant::now() < until {
            let mut connection = Connection::sealed(port, trust).context("could not shake hands")?;
            ensure!(connection.exchange(REQUEST)?.status == 200, "the server did not answer");
            count += 1;
        }
        Ok(count)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        let counts = workers.into_iter().map(|worker| worker.join().ok().context("a load generator failed")?);
        counts.sum()
    })
}
