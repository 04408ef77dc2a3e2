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
    /// How many in a hundred resumed a session.
    resumed_percent: Spread,
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
        let (mut per_second, mut cpu_ms, mut percent) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..runs {
            let before = server.process.cpu_seconds()?;
            let started = Instant::now();
            let (count, resumed) = crowd(server.https_port, trust, clients, time)?;
            let count = count as f64;
            per_second.push(count / started.elapsed().as_secs_f64());
            cpu_ms.push((server.process.cpu_seconds()? - before) * 1e3 / count);
            percent.push(resumed as f64 * 100.0 / count);
        }
        let [per_second, cpu_ms, resumed_percent] = [per_second, cpu_ms, percent].map(Spread::of);
        Ok(Self { per_second, cpu_ms, resumed_percent })
    }

    pub(crate) fn text(&self) -> String {
        let Self { per_second, cpu_ms, resumed_percent } = self;
        format!("{per_second} a second, {cpu_ms} ms of CPU each; {:.0} % resumed", resumed_percent.median)
    }
}

/// How many hands were shaken, and how many of these resumed a session.
fn crowd(port: u16, trust: &Trust, clients: u32, time: Duration) -> anyhow::Result<(usize, usize)> {
    let until = Instant::now() + time;
    let one = || -> anyhow::Result<(usize, usize)> {
        let (mut count, mut resumed) = (0, 0);
        while Instant::now() < until {
            let mut connection = Connection::sealed(port, trust).context("could not shake hands")?;
            ensure!(connection.exchange(REQUEST)?.status == 200, "the server did not answer");
            count += 1;
            resumed += usize::from(connection.is_resumed());
        }
        Ok((count, resumed))
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        let mut all = (0, 0);
        for worker in workers {
            let (count, resumed) = worker.join().ok().context("a load generator failed")??;
            all = (all.0 + count, all.1 + resumed);
        }
        Ok(all)
    })
}
