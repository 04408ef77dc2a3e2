//! Who is worked for: a bounded queue in front of the web services, so that a machine that is too small
//! answers some and turns the others away at once, instead of answering none in time.
//!
//! A call has a *place* from its head on, then *room* for its body, then a *turn*. What waits for room costs its
//! connection and its head only: the body stays with the client. Ordinary and large messages wait in
//! lanes of their own, so that the large ones never delay the others. Nobody gets everything: an address
//! has at most half of the places and half of the memory. It is no less, because whole sites come through one.

mod lane;
mod shares;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::config::LimitsConfig;
use crate::metrics::{Metrics, Refusal};
use crate::told::Told;
use lane::{Lane, Memory};
use shares::{Share, Shares, Waiting};

/// Longest body of an ordinary message. The largest that stock clients were seen to send has 50 KB; 256 KiB are
/// decoded in about 5 ms, where the largest allowed take 40 ms and more, which nobody else must wait for.
pub(crate) const ORDINARY_BYTES_MAX: usize = 256 * 1024;

/// The queue.
pub(crate) struct Admission {
    shares: Shares,
    ordinary: Lane,
    large: Lane,
    patience: Duration,
    metrics: Arc<Metrics>,
    told: Told,
}

/// Why a call is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shed {
    /// As many wait as may.
    QueueFull,
    /// As many of its address wait as may.
    AddressShare,
    /// It waited as long as it may.
    WaitedTooLong,
}

/// Held by a call that waits. Dropping it, as happens when its client is gone, makes room for another.
pub(crate) struct Place<'a> {
    admission: &'a Admission,
    is_large: bool,
    bytes: usize,
    until: Instant,
    waiting: Waiting,
    share: Share,
}

/// Held by a call whose body may be read.
pub(crate) struct Room<'a> {
    place: Place<'a>,
    memory: Memory,
}

/// Held by a call that is worked on, until its answer is made.
pub(crate) struct Turn {
    _worker: OwnedSemaphorePermit,
    _memory: Memory,
    _share: Share,
    working: Gauge,
    is_large: bool,
}

impl Admission {
    /// A queue within `limits`.
    pub(crate) fn new(limits: &LimitsConfig, metrics: Arc<Metrics>) -> Self {
        let kib = limits.bodies_mib.saturating_mul(1024) / 2;
        // Large messages are all CPU: half of the cores, at least, are left to the others.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            shares: Shares::new(limits.calls_waiting_max, metrics.calls_waiting.clone()),
            ordinary: Lane::new(limits.calls_at_once, kib),
            large: Lane::new((cores / 2).max(1), kib),
            patience: Duration::from_secs(limits.queue_secs),
            metrics,
            told: Told::default(),
        }
    }

    /// Takes a place for a call from `address` whose body has at most `bytes`.
    pub(crate) fn enter(&self, address: IpAddr, bytes: usize) -> Result<Place<'_>, Shed> {
        let (waiting, share) = self.shares.take(address)?;
        let until = Instant::now() + self.patience;
        Ok(Place { admission: self, is_large: bytes > ORDINARY_BYTES_MAX, bytes, until, waiting, share })
    }

    /// The same for a call whose answer may be large, however short it is itself.
    pub(crate) fn enter_large(&self, address: IpAddr, bytes: usize) -> Result<Place<'_>, Shed> {
        Ok(Place { is_large: true, ..self.enter(address, bytes)? })
    }

    /// Counts a call that was turned away and tells of it now and then; how many were before it.
    pub(crate) fn turned_away(&self, address: IpAddr, why: Shed) -> u64 {
        let before = self.metrics.shed.get_or_create(&Refusal { reason: why.reason() }).inc();
        if let Some(count) = self.told.another(Instant::now()) {
            tracing::warn!(
                peer = %address, reason = why.reason(), turned_away = count,
                "there is more to do than can be done: calls are turned away and come back by themselves; if this goes \
                 on, see 'When the machine is too small' in the operator's guide"
            );
        }
        before
    }
}

impl<'a> Place<'a> {
    /// Waits until there is memory for the body.
    pub(crate) async fn room(self) -> Result<Room<'a>, Shed> {
        let memory = self.lane().memory(&self.share, self.is_large, self.bytes, self.until).await?;
        Ok(Room { place: self, memory })
    }

    fn lane(&self) -> &'a Lane {
        if self.is_large { &self.admission.large } else { &self.admission.ordinary }
    }
}

impl Room<'_> {
    /// Waits until it can be worked on.
    pub(crate) async fn turn(self) -> Result<Turn, Shed> {
        let Place { admission, is_large, until, share, waiting, .. } = self.place;
        let lane = if is_large { &admission.large } else { &admission.ordinary };
        let worker = lane.worker(until).await?;
        drop(waiting);
        let working = admission.metrics.calls_working.clone();
        working.inc();
        Ok(Turn { _worker: worker, _memory: self.memory, _share: share, working, is_large })
    }
}

impl Turn {
    /// True for a message that must not be worked on where others are answered.
    pub(crate) fn is_large(&self) -> bool {
        self.is_large
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.working.dec();
    }
}

impl Shed {
    /// The word under which it is counted.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::QueueFull => "queue full",
            Self::AddressShare => "share of one address",
            Self::WaitedTooLong => "waited too long",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn admission(change: impl FnOnce(&mut LimitsConfig)) -> Admission {
        let mut limits = LimitsConfig { calls_at_once: 1, calls_waiting_max: 4, ..LimitsConfig::default() };
        change(&mut limits);
        Admission::new(&limits, Arc::default())
    }

    async fn turn(place: Place<'_>) -> Result<Turn, Shed> {
        place.room().await?.turn().await
    }

    #[tokio::test]
    async fn a_call_that_waits_is_answered_when_another_is_done() {
        let admission = admission(|_| ());
        let first = turn(admission.enter(ONE, 10).unwrap()).await.unwrap();
        let mut second = Box::pin(turn(admission.enter(ONE, 10).unwrap()));
        assert!(futures::poll!(&mut second).is_pending());
        assert_eq!((admission.metrics.calls_working.get(), admission.metrics.calls_waiting.get()), (1, 1));
        drop(first);
        let second = second.await.unwrap();
        assert_eq!((admission.metrics.calls_working.get(), admission.metrics.calls_waiting.get()), (1, 0));
        drop(second);
        assert_eq!(admission.metrics.calls_working.get(), 0);
    }

    #[tokio::test]
    async fn whoever_leaves_the_queue_makes_a_place() {
        let admission = admission(|limits| limits.calls_waiting_max = 2);
        let _busy = turn(admission.enter(ONE, 10).unwrap()).await.unwrap();
        let mut waits = Box::pin(turn(admission.enter(ONE, 10).unwrap()));
        assert!(futures::poll!(&mut waits).is_pending());
        assert_eq!(admission.enter(ONE, 10).err(), Some(Shed::AddressShare), "half of the places");
        let _other = admission.enter(OTHER, 10).unwrap();
        assert_eq!(admission.enter(OTHER, 10).err(), Some(Shed::QueueFull));
        drop(waits);
        admission.enter(ONE, 10).unwrap();
        assert_eq!(admission.metrics.calls_waiting.get(), 1, "the one of the other address");
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let admission = admission(|limits| limits.queue_secs = 0);
        let _busy = turn(admission.enter(ONE, 10).unwrap()).await.unwrap();
        assert_eq!(turn(admission.enter(OTHER, 10).unwrap()).await.err(), Some(Shed::WaitedTooLong));
    }

    #[tokio::test]
    async fn memory_for_bodies_is_bounded_and_no_address_has_it_all() {
        let admission = admission(|limits| (limits.bodies_mib, limits.calls_waiting_max) = (16, 20));
        let half = 2 * 1024 * 1024;
        let room = |address| admission.enter(address, half).unwrap().room();
        let (first, second) = (room(ONE).await.unwrap(), room(ONE).await.unwrap());
        let mut third = Box::pin(room(ONE));
        assert!(futures::poll!(&mut third).is_pending(), "half of it is the most of one address");
        let (_other, another) = (room(OTHER).await.unwrap(), room(OTHER).await.unwrap());
        drop(first);
        let third = third.await.unwrap();
        drop((second, third, another));
        let too_large = admission.enter(ONE, usize::MAX).unwrap().room().await;
        assert!(too_large.is_ok(), "what is larger than all of it takes all of it");
    }

    #[tokio::test]
    async fn large_messages_do_not_hold_up_ordinary_ones() {
        let admission = admission(|limits| limits.bodies_mib = 16);
        let _large = turn(admission.enter(ONE, 4 * 1024 * 1024).unwrap()).await.unwrap();
        let mut next = Box::pin(turn(admission.enter(ONE, 4 * 1024 * 1024).unwrap()));
        assert!(futures::poll!(&mut next).is_pending());
        assert!(!turn(admission.enter(ONE, 10).unwrap()).await.unwrap().is_large());
    }
}
