//! `bench idle`: what connections cost that say nothing.

use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::net::{AddressFamily, SocketType};
use serde::Serialize;

use crate::estate::{self, Wanted};
use crate::figures::rows;
use crate::loopback::Connection;
use crate::process::Server;

/// Connections from one address: a quarter of what the server grants one, and far below the ports an address has.
const OF_ONE_ADDRESS: u32 = 1_000;
/// Until the server has accepted all and memory has settled.
const SETTLE: Duration = Duration::from_secs(3);

/// How idle connections are measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Connections
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=19_000))]
    connections: u32,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    connections: u32,
    addresses: u32,
    /// Resident before anybody connected.
    memory_mib: f64,
    /// More than that, with connections that never said anything.
    silent_mib: f64,
    /// More than that, with connections over which one request was answered.
    asked_mib: f64,
    /// More than that, once all are closed.
    closed_mib: f64,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let estate = estate::seeded(&Wanted { updates: 1_000, ..Wanted::default() })?;
    let data_dir = estate.copy()?;
    let server = Server::start(vanne, data_dir.path())?;
    // Warm: what the first request of all makes the server keep is not the connections'.
    ask(&mut Connection::open(server.port)?, server.port)?;
    let memory_mib = server.process.memory_mib("VmRSS")?;
    let more = || -> anyhow::Result<f64> {
        thread::sleep(SETTLE);
        Ok(server.process.memory_mib("VmRSS")? - memory_mib)
    };
    eprintln!("{} silent connections", arguments.connections);
    let silent = open(arguments.connections, server.port)?;
    let silent_mib = more()?;
    drop(silent);
    thread::sleep(SETTLE);
    eprintln!("{} connections that ask once", arguments.connections);
    let mut asked = Vec::new();
    for socket in open(arguments.connections, server.port)? {
        let mut connection = Connection::over(socket)?;
        ask(&mut connection, server.port)?;
        // The answer is read: the rest of the load generator's connection is not needed any more.
        asked.push(connection.into_socket());
    }
    let asked_mib = more()?;
    drop(asked);
    let closed_mib = more()?;
    server.stop()?;
    let addresses = arguments.connections.div_ceil(OF_ONE_ADDRESS);
    Ok(Report { connections: arguments.connections, addresses, memory_mib, silent_mib, asked_mib, closed_mib })
}

/// Connections from as many addresses of this machine as it takes.
fn open(count: u32, port: u16) -> anyhow::Result<Vec<TcpStream>> {
    (0..count).map(|number| connect(2 + number / OF_ONE_ADDRESS, port)).collect()
}

/// From 127.0.0.`host`.
pub(crate) fn connect(host: u32, port: u16) -> anyhow::Result<TcpStream> {
    let own = Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 0, 0).to_bits() + host);
    let socket: OwnedFd = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddrV4::new(own, 0)).with_context(|| format!("could not bind {own}"))?;
    rustix::net::connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("could not connect from {own}"))?;
    Ok(TcpStream::from(socket))
}

fn ask(connection: &mut Connection, port: u16) -> anyhow::Result<()> {
    let request = format!("GET /selfupdate/wuident.cab HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let status = connection.exchange(request.as_bytes())?.status;
    ensure!(status < 500, "a request was answered with status {status}");
    Ok(())
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { connections, addresses, .. } = self;
        let more =
            |mib: f64| format!("{mib:.1} MiB more, {:.1} KiB a connection", mib * 1_024.0 / f64::from(*connections));
        format!(
            "{connections} kept connections from {addresses} addresses\n\n{}",
            rows(&[
                ("server memory before", format!("{:.1} MiB", self.memory_mib)),
                ("silent", more(self.silent_mib)),
                ("asked once", more(self.asked_mib)),
                ("all closed", format!("{:.1} MiB more", self.closed_mib)),
            ])
        )
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn connections_come_from_several_addresses() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let _open = [connect(2, port).unwrap(), connect(300, port).unwrap()];
        let peers = [listener.accept().unwrap().1, listener.accept().unwrap().1].map(|peer| peer.ip().to_string());
        assert_eq!(peers, ["127.0.0.2", "127.0.1.44"]);
    }
}
