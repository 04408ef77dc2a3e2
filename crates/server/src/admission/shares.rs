use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::Semaphore;

use super::Shed;
use super::lane::semaphore;

/// Who waits, in all and by address.
#[derive(Clone)]
pub(super) struct Shares {
    waiting_max: usize,
    present: Arc<Mutex<Present>>,
    gauge: Gauge,
}

#[derive(Default)]
struct Present {
    waiting: usize,
    by_address: HashMap<IpAddr, Address>,
}

/// An address that has calls here.
#[derive(Default)]
struct Address {
    waiting: usize,
    calls: usize,
    /// What its bodies may take, of ordinary messages and of large ones.
    memory: [Option<Arc<Semaphore>>; 2],
}

/// Held while a call waits.
pub(super) struct Waiting {
    shares: Shares,
    address: IpAddr,
}

/// Held while a call is here, waiting or worked on.
pub(super) struct Share {
    shares: Shares,
    address: IpAddr,
}

impl Shares {
    pub(super) fn new(waiting_max: usize, gauge: Gauge) -> Self {
        Self { waiting_max, present: Arc::default(), gauge }
    }

    /// A place, if one is left, and left to this address.
    pub(super) fn take(&self, address: IpAddr) -> Result<(Waiting, Share), Shed> {
        let mut present = self.present();
        if present.waiting >= self.waiting_max {
            return Err(Shed::QueueFull);
        }
        let of_address = present.by_address.get(&address).map_or(0, |address| address.waiting);
        if of_address >= self.waiting_max.div_ceil(2) {
            return Err(Shed::AddressShare);
        }
        let entry = present.by_address.entry(address).or_default();
        entry.waiting += 1;
        entry.calls += 1;
        present.waiting += 1;
        self.gauge.inc();
        Ok((Waiting { shares: self.clone(), address }, Share { shares: self.clone(), address }))
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// What the bodies of this address may take in a lane.
    pub(super) fn memory(&self, is_large: bool, kib: u32) -> Arc<Semaphore> {
        let mut present = self.shares.present();
        let entry = present.by_address.entry(self.address).or_default();
        let [ordinary, large] = &mut entry.memory;
        let memory = if is_large { large } else { ordinary };
        Arc::clone(memory.get_or_insert_with(|| semaphore(kib as usize)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut present = self.shares.present();
        present.waiting = present.waiting.saturating_sub(1);
        if let Some(entry) = present.by_address.get_mut(&self.address) {
            entry.waiting = entry.waiting.saturating_sub(1);
        }
        self.shares.gauge.dec();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut present = self.shares.present();
        if let Some(entry) = present.by_address.get_mut(&self.address) {
            entry.calls = entry.calls.saturating_sub(1);
            if entry.calls == 0 {
                present.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_calls_is_forgotten() {
        let shares = Shares::new(10, Gauge::default());
        let (waiting, share) = shares.take(IpAddr::from([192, 0, 2, 1])).unwrap();
        drop(waiting);
        assert_eq!(shares.present().by_address.len(), 1, "it is worked for");
        drop(share);
        assert_eq!(shares.present().by_address.len(), 0);
    }
}
