//! Which server below may tell what of whom.
//!
//! Rollups carry nothing that says who sends them (MS-WSUSSS 3.1.4.13: the cookie is a dummy), so that all there is to
//! go by is what they are about. What is told of servers is the word of the *speaker*: the one among them that asks
//! here itself, is known since it said who it is, and is not refused. It speaks for itself, for the servers it
//! introduced and those that these introduced: its *branch*. States of updates are told in the name of one server, and
//! taken for computers of its branch. Of computers, each is told with the server it asks, and taken if that one is
//! known and no server on the way to it refused.
//!
//! What is not the speaker's is passed over, and the rest taken: a server that has not noticed that another one, once
//! below it, moved away goes on telling of it, in good faith and for ever. Where two tell of the same server or
//! computer, the later knowledge counts, so that what moved is found in its new place, and what is sent again changes
//! nothing.
//!
//! What this does not keep out: somebody who knows a server's id and reaches this address can speak in its name, as he
//! can with native servers. What he says lasts until the rightful one speaks again, and changes figures only.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

/// A server below this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its id.
    pub id: Uuid,
    /// The server it asks; `None` asks here.
    pub parent: Option<Uuid>,
    /// The administrator refused it.
    pub is_refused: bool,
}

/// The servers below this one.
#[derive(Clone, Debug, Default)]
pub struct Hierarchy {
    servers: HashMap<Uuid, Server>,
}

impl Hierarchy {
    /// Of these servers, in any order. One that hangs on nothing known, or in a ring, is in no branch.
    pub fn new(servers: impl IntoIterator<Item = Server>) -> Self {
        Self { servers: servers.into_iter().map(|server| (server.id, server)).collect() }
    }

    /// Adds a server, or moves it.
    pub fn put(&mut self, server: Server) {
        self.servers.insert(server.id, server);
    }

    /// Whether it is known.
    pub fn knows(&self, id: Uuid) -> bool {
        self.servers.contains_key(&id)
    }

    /// Whether the administrator refused it.
    pub fn is_refused(&self, id: Uuid) -> bool {
        self.servers.get(&id).is_some_and(|server| server.is_refused)
    }

    /// Who speaks for a server: the one that asks here itself and is it, or is above it. `None` if it is not known, or
    /// if it or one above it is refused.
    pub fn speaker(&self, id: Uuid) -> Option<Uuid> {
        let mut at = self.servers.get(&id)?;
        for _ in 0..=self.servers.len() {
            if at.is_refused {
                return None;
            }
            match at.parent {
                None => return Some(at.id),
                Some(above) => at = self.servers.get(&above)?,
            }
        }
        None // A ring.
    }

    /// A server and all below it, as far as none on the way is refused.
    pub fn within(&self, top: Uuid) -> HashSet<Uuid> {
        let is_open = |id: &Uuid| self.servers.get(id).is_some_and(|server| !server.is_refused);
        let children = self.children();
        let mut within = HashSet::new();
        let mut left = vec![top];
        while let Some(id) = left.pop() {
            if is_open(&id) && within.insert(id) {
                left.extend(children.get(&Some(id)).into_iter().flatten());
            }
        }
        within
    }

    fn children(&self) -> HashMap<Option<Uuid>, Vec<Uuid>> {
        let mut children: HashMap<Option<Uuid>, Vec<Uuid>> = HashMap::new();
        for server in self.servers.values() {
            children.entry(server.parent).or_default().push(server.id);
        }
        children.values_mut().for_each(|ids| ids.sort_unstable());
        children
    }

    /// Whether a server may be below `parent`: not below itself.
    pub fn may_be_below(&self, id: Uuid, parent: Uuid) -> bool {
        let mut at = Some(parent);
        for _ in 0..=self.servers.len() {
            match at {
                Some(above) if above == id => return false,
                Some(above) => at = self.servers.get(&above).and_then(|server| server.parent),
                None => return true,
            }
        }
        false
    }

    /// Every server, each behind the one it asks; those in no branch are left out, and so are refused ones.
    pub fn parents_first(&self) -> Vec<Uuid> {
        let children = self.children();
        let is_open = |id: &Uuid| self.servers.get(id).is_some_and(|server| !server.is_refused);
        let below = |above: Option<Uuid>| children.get(&above).into_iter().flatten().copied().filter(is_open);
        let mut ordered: Vec<Uuid> = below(None).collect();
        let mut done = 0;
        while let Some(above) = ordered.get(done).copied() {
            ordered.extend(below(Some(above)));
            done += 1;
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// 1 and 2 ask here; 11 and 12 are below 1, 111 is below 11; 12 is refused, and 121 is below it.
    fn hierarchy() -> Hierarchy {
        let server = |number: u128, parent: Option<u128>, is_refused| Server {
            id: id(number),
            parent: parent.map(id),
            is_refused,
        };
        Hierarchy::new([
            server(111, Some(11), false),
            server(1, None, false),
            server(2, None, false),
            server(11, Some(1), false),
            server(12, Some(1), true),
            server(121, Some(12), false),
        ])
    }

    #[test]
    fn whoever_asks_here_speaks_for_all_below_it() {
        let all = hierarchy();
        for (server, speaker) in
            [(1, Some(1)), (2, Some(2)), (11, Some(1)), (111, Some(1)), (12, None), (121, None), (9, None)]
        {
            assert_eq!(all.speaker(id(server)), speaker.map(id), "{server}");
        }
        assert_eq!(all.within(id(1)), HashSet::from([id(1), id(11), id(111)]));
        assert_eq!(all.within(id(9)), HashSet::new());
        assert_eq!(all.parents_first(), [id(1), id(2), id(11), id(111)]);
    }

    #[test]
    fn no_server_is_below_itself_and_a_ring_is_in_no_branch() {
        let mut all = hierarchy();
        assert!(!all.may_be_below(id(1), id(111)) && !all.may_be_below(id(1), id(1)));
        assert!(all.may_be_below(id(11), id(2)) && all.may_be_below(id(111), id(1)));
        all.put(Server { id: id(1), parent: Some(id(111)), is_refused: false });
        assert_eq!(all.speaker(id(11)), None);
        assert_eq!(all.within(id(11)).len(), 3, "and looking ends");
        assert_eq!(all.parents_first(), [id(2)]);
        assert!(!all.may_be_below(id(2), id(11)), "a ring has no end");
    }
}
