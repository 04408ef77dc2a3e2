use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets in only so many at once, in all and from one address.
pub(crate) struct Gate {
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    per_address_max: usize,
}

/// Held by whoever was let in.
pub(crate) struct Pass {
    _permit: OwnedSemaphorePermit,
    address: IpAddr,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Gate {
    pub(crate) fn new(max: usize, per_address_max: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(max)), by_address: Arc::default(), per_address_max }
    }

    pub(crate) fn enter(&self, address: IpAddr) -> Option<Pass> {
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let open = by_address.entry(address).or_default();
        if *open >= self.per_address_max {
            return None;
        }
        *open += 1;
        drop(by_address);
        Some(Pass { _permit: permit, address, by_address: Arc::clone(&self.by_address) })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = by_address.get_mut(&self.address) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_connection() {
        let gate = Gate::new(3, 2);
        let address = |last| IpAddr::from([192, 0, 2, last]);
        let first = gate.enter(address(1)).unwrap();
        let _second = gate.enter(address(1)).unwrap();
        assert!(gate.enter(address(1)).is_none(), "two are the most of one address");
        let _other = gate.enter(address(2)).unwrap();
        assert!(gate.enter(address(3)).is_none(), "three are the most in all");
        drop(first);
        assert!(gate.enter(address(1)).is_some());
        drop(gate.enter(address(9)));
        assert!(!gate.by_address.lock().unwrap().contains_key(&address(9)), "an address that left is forgotten");
    }
}
