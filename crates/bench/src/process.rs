//! Servers as processes of their own, and what they use.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::de::DeserializeOwned;

/// Parts of a second in which Linux tells processor time to programs (`USER_HZ`), the same on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process that was asked to end and has not after so long is ended.
const END_MAX: Duration = Duration::from_secs(5);

/// A child that does not outlive its owner.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Seconds of processor time used so far by it and by its own children.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        family(self.0.id()).into_iter().map(cpu_seconds).sum()
    }

    /// Lets `VmHWM` start anew from what is used; where Linux does not allow it, the peak stays that of all time.
    pub(crate) fn forget_peak(&self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.0.id()), "5");
    }

    /// Memory by its name in `/proc/<pid>/status`, in MiB.
    pub(crate) fn memory_mib(&self, name: &str) -> anyhow::Result<f64> {
        let path = format!("/proc/{}/status", self.0.id());
        let status = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().strip_suffix(" kB"));
        let kib: f64 = line.and_then(|kib| kib.parse().ok()).with_context(|| format!("{path} has no {name}"))?;
        Ok(kib / 1_024.0)
    }
}

/// Seconds of processor time used by children of this program that have ended.
pub(crate) fn children_cpu_seconds() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("could not read /proc/self/stat")?;
    ticks(&stat, CHILDREN).map(|ticks| ticks / TICKS_PER_SECOND).context("could not read /proc/self/stat")
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return; // It has ended, and its number may be another's by now.
        }
        // Asked first: nginx ends its workers then, which would outlive it otherwise.
        let asked = terminate(&self.0);
        let until = Instant::now() + END_MAX;
        while asked && Instant::now() < until && matches!(self.0.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
        // Does nothing to what has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks a child to end, as a service manager does; true if it was asked.
fn terminate(child: &Child) -> bool {
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().is_ok_and(|status| status.success())
}

/// A process and its children.
fn family(id: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    std::iter::once(id).chain(children.split_whitespace().filter_map(|child| child.parse().ok())).collect()
}

fn cpu_seconds(id: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{id}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
    ticks(&stat, OWN).map(|ticks| ticks / TICKS_PER_SECOND).with_context(|| format!("could not read {path}"))
}

/// `utime` and `stime`, fields 14 and 15, counted behind the name, which may hold anything.
const OWN: usize = 11;
/// `cutime` and `cstime`, the fields behind them.
const CHILDREN: usize = 13;

fn ticks(stat: &str, first: usize) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(first).map(|field| field.parse::<f64>().ok());
    Some(fields.next()?? + fields.next()??)
}

/// A running `vanne serve`.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) port: u16,
    pub(crate) https_port: u16,
    /// From the start of the process until it was ready.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Starts it on a free port of 127.0.0.1 and waits until it is ready.
    pub(crate) fn start(vanne: &Path, data_dir: &Path) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut command = Command::new(vanne);
        // Most benches measure what is spoken, not what is around it: plain HTTP, as before there was another.
        command.args([
            "serve",
            "--http",
            "127.0.0.1:0",
            "--https",
            "127.0.0.1:0",
            "--allow-http-metadata",
            "--data-dir",
        ]);
        command.arg(data_dir).env("VANNE_LOG", "warn");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("could not start the server")?;
        let output = child.stdout.take();
        let process = Process(child);
        let mut said = BufReader::new(output.context("the server has no output")?).lines();
        let mut port = |scheme: &str| -> anyhow::Result<u16> {
            let line = said.next().transpose()?.unwrap_or_default();
            let port =
                line.strip_prefix(&format!("listening {scheme}://127.0.0.1:")).and_then(|port| port.parse().ok());
            port.with_context(|| format!("the server is not ready; it said {line:?}"))
        };
        let (port, https_port) = (port("http")?, port("https")?);
        Ok(Self { process, port, https_port, ready_after: started.elapsed() })
    }

    /// Ends it at once, as a power cut would: what it promised to keep must be there.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.process.0.kill().context("could not kill the server")?;
        self.process.0.wait().context("the server did not end")?;
        Ok(())
    }

    /// Stops it as a service manager does, and waits for its end.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        ensure!(terminate(&self.process.0), "could not ask the server to stop");
        let status = self.process.0.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

/// Runs a command of `vanne` on `data_dir` and reads what it prints as JSON.
pub(crate) fn vanne<A: DeserializeOwned>(
    program: &Path,
    words: &[&str],
    data_dir: &Path,
    more: &[&Path],
) -> anyhow::Result<A> {
    let shown = words.join(" ");
    let output = Command::new(program)
        .args(words)
        .args(["--output", "json", "--data-dir"])
        .arg(data_dir)
        .args(more)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not run vanne {shown}"))?;
    ensure!(output.status.success(), "vanne {shown} ended with {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("could not read what vanne {shown} printed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 120 30 4 3 20 0 4 0 1234 0 0";
        assert_eq!(ticks(stat, OWN), Some(150.0));
        assert_eq!(ticks(stat, CHILDREN), Some(7.0));
        assert_eq!(ticks("42 (cut) S 1", OWN), None);
    }

    #[test]
    fn a_process_has_used_time_and_memory() {
        let process = Process(Command::new("sleep").arg("60").spawn().unwrap());
        assert!(process.cpu_seconds().unwrap() < 60.0);
        assert!(process.memory_mib("VmHWM").unwrap() > 0.0);
        assert!(process.memory_mib("NoSuchField").is_err());
    }
}
