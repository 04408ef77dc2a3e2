//! `bench strain`: the dearest messages a server takes, from one client and from hundreds at once, and what others
//! who scan meanwhile see of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use wire::limits::CLIENT;

use crate::estate::{BUILDS, Wanted, seeded};
use crate::figures::{Latency, rows};
use crate::idle::connect;
use crate::loopback::Connection;
use crate::prober::{Probed, Prober};
use crate::process::Server;
use crate::scan::computer::{Computer, Office};

/// Updates in the catalog.
const UPDATES: usize = 20_000;
/// Of the clients that send at once, so many come from one address.
const OF_ONE_ADDRESS: u32 = 50;
/// What bytes of XML cost most: two attributes and two references in each element, which all are ignored.
const ELEMENT: &str = r#"<a b="&lt;" c="&gt;"/>"#;
/// Elements of the message itself, generously.
const OWN_ELEMENTS: usize = 10_000;

/// How hard it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Clients that send at once
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    clients: u32,
    /// Seconds of each part
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    clients: u32,
    seconds: u32,
    message_bytes: usize,
    /// Other computers while nothing else happens.
    others_alone: Probed,
    one: Part,
    many: Part,
    /// Resident before, once warm.
    memory_mib: f64,
}

/// Clients that send, and those beside them.
#[derive(Debug, Serialize)]
struct Part {
    /// How many messages were answered, by status; 0 for those whose connection was cut.
    answers: BTreeMap<u16, usize>,
    latency: Latency,
    others: Probed,
    memory_peak_mib: f64,
}

pub(crate) fn run(arguments: &Arguments, vanne: &Path) -> anyhow::Result<Report> {
    let estate = seeded(&Wanted { updates: UPDATES, computers: 1_000, ..Wanted::default() })?;
    let copy = estate.copy()?;
    let server = Server::start(vanne, copy.path())?;
    let office = Office::new(server.port, &estate);
    let mut connection = office.connect()?;
    let scanned = |number| {
        let mut computer = Computer::join(&office, &mut connection, number)?;
        computer.scan(&office, &mut connection).map(|_| computer.repeat(&office))
    };
    eprintln!("a computer of each of {BUILDS} builds scans for the first time");
    let requests = (0..BUILDS).map(scanned).collect::<anyhow::Result<Vec<Vec<u8>>>>()?;
    let message = dearest(requests.first().context("there is no computer")?)?;

    let strain = Strain { server: &server, requests: &requests, message: &message };
    let time = Duration::from_secs(arguments.seconds.into());
    eprintln!("others alone");
    let prober = strain.prober()?;
    thread::sleep(time);
    let others_alone = prober.stop()?;
    let memory_mib = server.process.memory_mib("VmRSS")?;
    eprintln!("one client sends {} bytes again and again", message.len());
    let one = strain.part(1, time)?;
    eprintln!("{} clients do", arguments.clients);
    let many = strain.part(arguments.clients, time)?;
    server.stop()?;
    let Arguments { clients, seconds } = *arguments;
    Ok(Report { clients, seconds, message_bytes: message.len(), others_alone, one, many, memory_mib })
}

/// The same request with as many elements that mean nothing as a message may have.
fn dearest(request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let text = std::str::from_utf8(request).context("a request is not text")?;
    let (head, body) = text.split_once("\r\n\r\n").context("a request has no head")?;
    let end = body.rfind("</SyncUpdates>").context("a request has no end")?;
    let room = CLIENT.xml.bytes.saturating_sub(body.len() + "<junk></junk>".len());
    let count = (CLIENT.xml.elements - OWN_ELEMENTS).min(room / ELEMENT.len());
    let body = format!("{}<junk>{}</junk>{}", &body[..end], ELEMENT.repeat(count), &body[end..]);
    let field = "Content-Length: ";
    let lines = head.split("\r\n").map(|line| match line.starts_with(field) {
        true => format!("{field}{}", body.len()),
        false => line.to_owned(),
    });
    Ok(format!("{}\r\n\r\n{body}", lines.collect::<Vec<_>>().join("\r\n")).into_bytes())
}

struct Strain<'a> {
    server: &'a Server,
    /// Repeat scans of computers that know all there is.
    requests: &'a [Vec<u8>],
    message: &'a [u8],
}

impl Strain<'_> {
    fn prober(&self) -> anyhow::Result<Prober> {
        Ok(Prober::start(Connection::open(self.server.port)?, self.requests.to_vec()))
    }

    fn part(&self, clients: u32, time: Duration) -> anyhow::Result<Part> {
        self.server.process.forget_peak();
        let prober = self.prober()?;
        let is_over = AtomicBool::new(false);
        let sent = thread::scope(|scope| {
            let is_over = &is_over;
            let senders: Vec<_> = (0..clients).map(|number| scope.spawn(move || self.send(number, is_over))).collect();
            thread::sleep(time);
            is_over.store(true, Ordering::Relaxed);
            let sent: Vec<_> = senders.into_iter().map(|sender| sender.join().ok()).collect();
            sent.into_iter().collect::<Option<Vec<_>>>().context("a load generator failed")
        })?;
        let others = prober.stop()?;
        let (mut answers, mut calls) = (BTreeMap::new(), Vec::new());
        for (status, took) in sent.into_iter().flatten() {
            *answers.entry(status).or_default() += 1;
            calls.push(took);
        }
        let memory_peak_mib = self.server.process.memory_mib("VmHWM")?;
        Ok(Part { answers, latency: Latency::of(&mut calls), others, memory_peak_mib })
    }

    /// Sends the message again and again, over a new connection when the old one was cut.
    ///
    /// It gives way to the server and to the prober: as equals on the same cores, hundreds of threads that all have something
    /// to send would keep these waiting by themselves, which clients on machines of their own do not.
    fn send(&self, number: u32, is_over: &AtomicBool) -> Vec<(u16, Duration)> {
        // Where it is not granted, the figure is only the worse for it.
        let _ = rustix::process::nice(19);
        let open = || connect(2 + number / OF_ONE_ADDRESS, self.server.port).ok();
        let mut connection = None;
        let mut sent = Vec::new();
        while !is_over.load(Ordering::Relaxed) {
            let began = Instant::now();
            let mut kept = connection.take().or_else(|| Connection::over(open()?).ok());
            let answer = kept.as_mut().and_then(|kept| kept.exchange_away(self.message).ok());
            sent.push((answer.map_or(0, |(status, _)| status), began.elapsed()));
            // A client that was turned away comes back, and not at once.
            match answer {
                Some((200, _)) => connection = kept,
                _ => thread::sleep(Duration::from_millis(100)),
            }
        }
        sent
    }
}

impl Part {
    fn rows(&self) -> [(&str, String); 3] {
        let answers = self.answers.iter().map(|(status, count)| match status {
            0 => format!("{count} cut off"),
            status => format!("{count} with {status}"),
        });
        let Latency { p50, p99, .. } = self.latency;
        let answers = answers.collect::<Vec<_>>().join(", ");
        [
            ("answered", format!("{answers}; p50 {p50:.0} ms, p99 {p99:.0} ms")),
            ("others meanwhile", self.others.text()),
            ("server memory, peak", format!("{:.0} MiB", self.memory_peak_mib)),
        ]
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let Self { clients, seconds, message_bytes, .. } = self;
        let before = rows(&[
            ("others alone", self.others_alone.text()),
            ("server memory", format!("{:.0} MiB", self.memory_mib)),
        ]);
        format!(
            "messages of {message_bytes} bytes, the dearest there are, for {seconds} s; others scan once a millisecond\n\n\
             before\n{before}\nfrom one client, again and again\n{}\nfrom {clients} clients at once\n{}",
            rows(&self.one.rows()),
            rows(&self.many.rows())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_message_is_the_same_one_with_much_that_means_nothing() {
        let request = b"POST / HTTP/1.1\r\nContent-Length: 29\r\nHost: a\r\n\r\n<SyncUpdates>x</SyncUpdates>y";
        let text = String::from_utf8(dearest(request).unwrap()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
        assert!(body.len() <= CLIENT.xml.bytes && body.len() > CLIENT.xml.bytes / 2, "{}", body.len());
        assert!(body.starts_with("<SyncUpdates>x<junk>") && body.ends_with("</junk></SyncUpdates>y"));
    }
}
