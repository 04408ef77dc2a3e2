use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use testkit::documents::{Draft, MadeFile};

use super::Job;
use crate::administration::Administration;
use crate::estate::Estate;
use crate::loopback::Connection;
use crate::reports::Reporter;
use crate::scan::computer::{Computer, Office};

/// Kinds of work.
pub(super) const COUNT: usize = 6;
/// Computers that scan and report; those that scan for the first time have numbers behind theirs.
const COMPUTERS: usize = 20;
/// Events in a batch.
const EVENTS: usize = 5;
/// Documents in an import.
const DOCUMENTS: usize = 10;
/// Bytes of a range.
const RANGE: usize = 1 << 20;

/// Everything a server does, each at a pace far below what it can do.
pub(super) fn all<'a>(
    office: &'a Office,
    estate: &'a Estate,
    port: u16,
    data_dir: &Path,
    file: &'a MadeFile,
) -> anyhow::Result<Vec<Job<'a>>> {
    let administration = Administration::open(data_dir)?;
    let mut connection = office.connect()?;
    let mut scanning = Vec::new();
    let mut reporting = Vec::new();
    for number in 0..COMPUTERS {
        let mut computer = Computer::join(office, &mut connection, number)?;
        computer.scan(office, &mut connection)?;
        scanning.push(computer);
        let mut reporter = Reporter::new(number, Computer::join(office, &mut connection, number)?);
        reporter.prepare(office, EVENTS, &estate.approved);
        reporting.push(reporter);
    }
    Ok(vec![
        job("repeat scans", 20, repeat_scans(office, scanning, connection)),
        job("first scans", 5_000, first_scans(office)),
        job("batches of events", 50, reports(reporting, office.connect()?)),
        job("ranges of 1 MiB", 50, ranges(port, file, Connection::open(port)?)),
        job("imports of 10", 10_000, imports(Administration::open(data_dir)?)),
        job("approvals and declines", 5_000, decisions(estate, administration)),
    ])
}

fn job<'a>(what: &'static str, every_ms: u64, step: impl FnMut() -> anyhow::Result<()> + Send + 'a) -> Job<'a> {
    Job { what, every: Duration::from_millis(every_ms), step: Box::new(step) }
}

fn repeat_scans(
    office: &Office,
    mut computers: Vec<Computer>,
    mut connection: Connection,
) -> impl FnMut() -> anyhow::Result<()> {
    let mut turn = 0;
    move || {
        turn = (turn + 1) % computers.len().max(1);
        let computer = computers.get_mut(turn).context("there is no computer")?;
        computer.sync(office, &mut connection).map(drop)
    }
}

fn first_scans(office: &Office) -> impl FnMut() -> anyhow::Result<()> {
    let mut number = COMPUTERS;
    move || {
        number += 1;
        let mut connection = office.connect()?;
        Computer::join(office, &mut connection, number)?.scan(office, &mut connection).map(drop)
    }
}

fn reports(mut reporters: Vec<Reporter>, mut connection: Connection) -> impl FnMut() -> anyhow::Result<()> {
    let mut turn = 0;
    move || {
        turn = (turn + 1) % reporters.len().max(1);
        reporters.get_mut(turn).context("there is no computer")?.report(&mut connection)
    }
}

fn ranges(port: u16, file: &MadeFile, mut connection: Connection) -> impl FnMut() -> anyhow::Result<()> {
    let path = content::address(&file.sha1(), "cab");
    let mut turn = 0;
    move || {
        turn = (turn + 1) % (file.bytes.len() / RANGE);
        let (first, last) = (turn * RANGE, (turn + 1) * RANGE - 1);
        let request =
            format!("GET /Content/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nRange: bytes={first}-{last}\r\n\r\n");
        let answer = connection.exchange(request.as_bytes())?;
        ensure!(answer.status == 206 && answer.body == &file.bytes[first..=last], "a range is not what it should be");
        Ok(())
    }
}

fn imports(mut administration: Administration) -> impl FnMut() -> anyhow::Result<()> {
    let mut number = 0;
    move || {
        let documents: Vec<String> = (number..number + DOCUMENTS)
            .map(|number| Draft::command_line(&format!("soak {number}")).finish().document)
            .collect();
        number += DOCUMENTS;
        administration.import(&documents)
    }
}

/// Each update is declined and given back: the estate is the same in the end.
fn decisions(estate: &Estate, mut administration: Administration) -> impl FnMut() -> anyhow::Result<()> {
    let mut turn = 0;
    move || {
        let update = estate.approved.get(turn / 2 % estate.approved.len().max(1)).context("nothing is approved")?;
        let undo = turn % 2 == 1;
        turn += 1;
        administration.decline(*update, undo)
    }
}
