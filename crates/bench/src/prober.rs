//! Somebody else's view: what a computer that scans at a steady pace sees while the server is busy with something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use crate::figures::Latency;
use crate::loopback::Connection;

/// How often it asks: a pause of 20 ms cannot fall between two calls.
const PACE: Duration = Duration::from_millis(1);

/// Computers that scan again and again, in turn, at a pace that leaves the machine free.
pub(crate) struct Prober {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<(Vec<Duration>, usize)>>,
}

/// What it saw.
#[derive(Debug, Serialize)]
pub(crate) struct Probed {
    pub(crate) scans: usize,
    /// Of those, answered with anything but 200; none of them is in the times.
    pub(crate) refused: usize,
    pub(crate) latency: Latency,
    /// The longest wait for an answer: what a pause of the server looks like from outside.
    pub(crate) longest_ms: f64,
}

impl Prober {
    pub(crate) fn start(mut connection: Connection, requests: Vec<Vec<u8>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let (mut calls, mut refused) = (Vec::new(), 0);
            for request in requests.iter().cycle() {
                if told.load(Ordering::Relaxed) {
                    break;
                }
                let began = Instant::now();
                let (status, _) = connection.exchange_away(request)?;
                if status == 200 {
                    calls.push(began.elapsed());
                } else {
                    refused += 1;
                }
                thread::sleep(PACE.saturating_sub(began.elapsed()));
            }
            Ok((calls, refused))
        });
        Self { stop, thread }
    }

    pub(crate) fn stop(self) -> anyhow::Result<Probed> {
        self.stop.store(true, Ordering::Relaxed);
        let (mut calls, refused) = self.thread.join().ok().context("the prober failed")??;
        let latency = Latency::of(&mut calls);
        let longest_ms = calls.last().map_or(0.0, |call| call.as_secs_f64() * 1_000.0);
        Ok(Probed { scans: calls.len() + refused, refused, latency, longest_ms })
    }
}

impl Probed {
    pub(crate) fn text(&self) -> String {
        let Latency { p50, p99, .. } = self.latency;
        let Self { scans, refused, longest_ms, .. } = self;
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms, longest {longest_ms:.1} ms ({scans} scans, {refused} refused)")
    }
}
