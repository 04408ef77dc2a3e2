//! Who the computers are and when they were last heard of: known in memory, written behind in sets.

pub(crate) mod allowance;
mod room;
mod twins;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};

use model::{ChangeMark, ComputerId, TargetGroupId};
use policy::GroupSet;
use policy::targeting::{self, Targeting};
use store::{ComputerRow, Contact, Membership, Store, StoreError};

use crate::app::App;
use allowance::Allowance;
use room::Room;
use twins::Twins;

/// News kept while the database is away; beyond it the oldest knowledge of a computer is simply kept as it is.
const WAITING_MAX: usize = 200_000;

/// What is known of every computer, and what is not written yet.
#[derive(Default)]
pub(crate) struct Computers {
    known: RwLock<HashMap<ComputerId, Known>>,
    waiting: Mutex<HashMap<ComputerId, Contact>>,
    pub(crate) room: Room,
    pub(crate) allowance: Allowance,
    pub(crate) twins: Twins,
}

/// What a request needs to know of its computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// It has registered.
    pub(crate) registered: bool,
    /// Groups an administrator put it into.
    pub(crate) assigned: Vec<TargetGroupId>,
    /// Groups it asked for, as sent.
    pub(crate) requested: Option<String>,
    /// A server below told of it, and it asked that one last: here it is a newcomer.
    pub(crate) is_below: bool,
}

impl From<Membership> for Known {
    fn from(row: Membership) -> Self {
        let Membership { registered, assigned, requested, server, .. } = row;
        Self { registered, assigned, requested, is_below: server.is_some() }
    }
}

impl Computers {
    /// What is known of `computer`, which speaks here. One that another server of this store met is looked up once.
    pub(crate) async fn known(&self, store: &Store, computer: &ComputerId) -> Result<Option<Known>, StoreError> {
        let in_memory = self.known.read().unwrap_or_else(PoisonError::into_inner).get(computer).cloned();
        if in_memory.is_some() {
            return Ok(in_memory);
        }
        // A server below may have told of it. What counts here is what was decided here.
        let Some(membership) = store.membership(computer).await? else { return Ok(None) };
        let known = Known::from(membership);
        if !known.is_below {
            self.remember(computer.clone(), known.clone());
        }
        Ok(Some(known))
    }

    /// One of a server below's that speaks here is this server's own from now on, with what was decided here.
    pub(crate) fn take_over(&self, computer: &ComputerId, known: Known) -> Known {
        let known = Known { is_below: false, ..known };
        self.remember(computer.clone(), known.clone());
        known
    }

    /// Takes over what was just written to the store.
    pub(crate) fn remember(&self, computer: ComputerId, known: Known) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(computer, known);
    }

    /// Forgets a computer that was removed.
    pub(crate) fn forget(&self, computer: &ComputerId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(computer);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(computer);
        self.twins.forget(computer);
    }

    /// How many are known.
    pub(crate) fn count(&self) -> usize {
        self.known.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Forgets what is known of a computer that asks another server now. Should it speak here again, it is looked up.
    pub(crate) fn leave(&self, computer: &ComputerId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(computer);
    }

    /// Reads every membership anew: 100,000 take a third of a second.
    pub(crate) async fn load_memberships(&self, store: &Store) -> Result<(), StoreError> {
        let known: HashMap<_, _> =
            store.memberships().await?.into_iter().map(|row| (row.computer.clone(), Known::from(row))).collect();
        let before = std::mem::replace(&mut *self.known.write().unwrap_or_else(PoisonError::into_inner), known);
        tokio::task::spawn_blocking(move || drop(before));
        Ok(())
    }

    /// Reads the memberships that an administrator changed after a generation, here or on another server.
    pub(crate) async fn load_changed(&self, store: &Store, since: ChangeMark) -> Result<(), StoreError> {
        let changed = store.memberships_since(since).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (computer, membership) in changed {
            match membership {
                Some(membership) => known.insert(computer, membership.into()),
                None => known.remove(&computer),
            };
        }
        Ok(())
    }

    /// Notes news of a computer, to be written soon together with others.
    pub(crate) fn note(&self, contact: Contact) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.remove(&contact.computer) {
            Some(before) => {
                waiting.insert(contact.computer.clone(), merged(before, contact));
            }
            None if waiting.len() < WAITING_MAX => {
                waiting.insert(contact.computer.clone(), contact);
            }
            None => {}
        }
    }

    /// Writes all news that waits, in one set. What cannot be written goes on waiting.
    pub(crate) async fn flush(&self, store: &Store) -> Result<usize, StoreError> {
        let batch: Vec<Contact> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting).into_values().collect()
        };
        if batch.is_empty() {
            return Ok(0);
        }
        match store.see_computers(&batch).await {
            Ok(()) => Ok(batch.len()),
            Err(error) => {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                for older in batch {
                    // Newer news may have come meanwhile: the older goes underneath.
                    let contact = match waiting.remove(&older.computer) {
                        Some(newer) => merged(older, newer),
                        None => older,
                    };
                    waiting.insert(contact.computer.clone(), contact);
                }
                Err(error)
            }
        }
    }

    /// What is known of every computer.
    pub(crate) fn everyone(&self) -> Vec<(ComputerId, Known)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(computer, known)| (computer.clone(), known.clone())).collect()
    }

    /// How many computers' news waits.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Two pieces of news as one: what the newer does not tell, the older does.
fn merged(older: Contact, newer: Contact) -> Contact {
    Contact {
        dns_name: newer.dns_name.or(older.dns_name),
        protocol: newer.protocol.or(older.protocol),
        installed: newer.installed.or(older.installed),
        ..newer
    }
}

/// The groups of a computer of a list. Those of a server below's computers are what that server tells, whoever assigns
/// computers here.
pub(crate) fn groups_of_row(app: &App, tree: &policy::GroupTree, row: &ComputerRow) -> GroupSet {
    let targeting = if row.server.is_some() { Targeting::Server } else { app.publisher.targeting() };
    targeting::membership(tree, targeting, &row.groups, row.requested_groups.as_deref()).groups
}

/// The groups a computer belongs to now.
pub(crate) fn groups_of(app: &App, tree: &policy::GroupTree, known: &Known) -> GroupSet {
    targeting::membership(tree, app.publisher.targeting(), &known.assigned, known.requested.as_deref()).groups
}
