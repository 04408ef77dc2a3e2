use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;

use crate::figures::Latency;
use crate::loopback::Connection;

/// How often it asks: a pause of 20 ms cannot fall between two calls.
const PACE: Duration = Duration::from_millis(1);

/// Computers that scan again and again, in turn, at a pace that leaves the machine free.
pub(super) struct Prober {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Vec<Duration>>>,
}

/// What it saw.
#[derive(Debug, Serialize)]
pub(super) struct Probed {
    pub(super) scans: usize,
    pub(super) latency: Latency,
    /// The longest wait for an answer: what a pause of the server looks like from outside.
    pub(super) longest_ms: f64,
}

impl Prober {
    pub(super) fn start(mut connection: Connection, requests: Vec<Vec<u8>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut calls = Vec::new();
            for request in requests.iter().cycle() {
                if told.load(Ordering::Relaxed) {
                    break;
                }
                let began = Instant::now();
                let (status, _) = connection.exchange_away(request)?;
                ensure!(status == 200, "a repeat scan was answered with status {status}");
                calls.push(began.elapsed());
                thread::sleep(PACE.saturating_sub(began.elapsed()));
            }
            Ok(calls)
        });
        Self { stop, thread }
    }

    pub(super) fn stop(self) -> anyhow::Result<Probed> {
        self.stop.store(true, Ordering::Relaxed);
        let mut calls = self.thread.join().ok().context("the prober failed")??;
        let latency = Latency::of(&mut calls);
        let longest_ms = calls.last().map_or(0.0, |call| call.as_secs_f64() * 1_000.0);
        Ok(Probed { scans: calls.len(), latency, longest_ms })
    }
}
