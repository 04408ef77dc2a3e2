//! What is told of servers is cut into calls.

use std::collections::BTreeMap;

use store::{ClientSummary, ClientSystem, InstallActivity};
use uuid::Uuid;
use wire::reporting::rollup::DownstreamServer;

use crate::rollup::summaries::to_wire;

/// Servers told of in one call.
const SERVERS_AT_ONCE: usize = 1_000;
/// Counts of installations in one call: 1.2 MB.
const ACTIVITIES_AT_ONCE: usize = 5_000;

/// A server and what one call tells of its computers.
pub(super) struct Told {
    server: DownstreamServer,
    clients: BTreeMap<ClientSystem, ClientSummary>,
}

impl Told {
    fn new(server: DownstreamServer) -> Self {
        Self { server, clients: BTreeMap::new() }
    }

    pub(super) fn id(&self) -> Uuid {
        self.server.server_id
    }

    pub(super) fn to_wire(&self) -> DownstreamServer {
        let client_summaries = self.clients.values().map(to_wire).collect();
        DownstreamServer { client_summaries, ..self.server.clone() }
    }

    pub(super) fn into_clients(self) -> impl Iterator<Item = ClientSummary> {
        self.clients.into_values()
    }
}

/// Cuts servers, in order, into calls of at most `summaries_max` systems. What runs on a server's computers comes first, so
/// that it is told at once if it fits; then what was installed on them.
pub(super) fn parts(servers: Vec<(DownstreamServer, Vec<ClientSummary>)>, summaries_max: usize) -> Vec<Vec<Told>> {
    let mut parts = Parts { summaries_max: summaries_max.max(1), ..Parts::default() };
    for (server, clients) in servers {
        let mut told = Told::new(server);
        for summary in &clients {
            told = parts.add(told, with(summary, &[]));
        }
        for summary in clients {
            for some in summary.activities.chunks(ACTIVITIES_AT_ONCE) {
                told = parts.add(told, with(&summary, some));
            }
        }
        parts.end(told);
    }
    parts.finish()
}

/// A summary with these of its installations.
fn with(summary: &ClientSummary, activities: &[InstallActivity]) -> ClientSummary {
    ClientSummary { system: summary.system.clone(), computers: summary.computers, activities: activities.to_vec() }
}

/// The last of the calls that tells of a server.
pub(super) fn last_of(parts: &[Vec<Told>], server: Uuid) -> Option<usize> {
    parts.iter().rposition(|part| part.iter().any(|told| told.id() == server))
}

#[derive(Default)]
struct Parts {
    summaries_max: usize,
    done: Vec<Vec<Told>>,
    open: Vec<Told>,
    /// What is in the open part, the server at hand included.
    summaries: usize,
    activities: usize,
}

impl Parts {
    /// Adds to what is told of a server; in the next part, if this one is full.
    fn add(&mut self, mut told: Told, summary: ClientSummary) -> Told {
        let is_known = told.clients.contains_key(&summary.system);
        let is_full = !is_known && self.summaries >= self.summaries_max
            || self.activities + summary.activities.len() > ACTIVITIES_AT_ONCE;
        if is_full {
            let again = Told::new(told.server.clone());
            self.open.push(told);
            self.close();
            told = again;
        }
        self.activities += summary.activities.len();
        match told.clients.get_mut(&summary.system) {
            Some(known) => known.activities.extend(summary.activities),
            None => {
                self.summaries += 1;
                told.clients.insert(summary.system.clone(), summary);
            }
        }
        told
    }

    fn end(&mut self, told: Told) {
        self.open.push(told);
        if self.open.len() >= SERVERS_AT_ONCE {
            self.close();
        }
    }

    fn close(&mut self) {
        self.done.push(std::mem::take(&mut self.open));
        (self.summaries, self.activities) = (0, 0);
    }

    fn finish(mut self) -> Vec<Vec<Told>> {
        if !self.open.is_empty() {
            self.close();
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use model::{RevisionNumber, UpdateId, UpdateIdentity};

    use super::*;

    fn server(number: u128) -> DownstreamServer {
        DownstreamServer {
            server_id: Uuid::from_u128(number),
            full_domain_name: String::new(),
            last_sync_time: None,
            parent_server_id: None,
            version: None,
            is_replica: false,
            last_rollup_time: None,
            summary: None,
            client_summaries: Vec::new(),
        }
    }

    fn clients(builds: std::ops::Range<i32>, installed: u128) -> Vec<ClientSummary> {
        let revision_number = RevisionNumber::new(1).unwrap();
        let activity = |number| InstallActivity {
            update: UpdateIdentity { update_id: UpdateId(Uuid::from_u128(number)), revision_number },
            successes: 1,
            failures: 0,
        };
        let summary = |build| ClientSummary {
            system: ClientSystem { version: [10, 0, build], ..ClientSystem::default() },
            computers: 1,
            activities: (0..installed).map(activity).collect(),
        };
        builds.map(summary).collect()
    }

    /// Servers, systems and installations of each call.
    fn shape(parts: &[Vec<Told>]) -> Vec<(usize, usize, usize)> {
        let of = |part: &Vec<Told>| {
            let summaries = part.iter().flat_map(|told| told.clients.values());
            (part.len(), summaries.clone().count(), summaries.map(|one| one.activities.len()).sum())
        };
        parts.iter().map(of).collect()
    }

    #[test]
    fn a_call_has_no_more_systems_than_its_upstream_takes() {
        let told = parts(vec![(server(1), clients(0..3, 2)), (server(2), clients(0..3, 0))], 4);
        assert_eq!(shape(&told), [(2, 4, 6), (1, 2, 0)]);
        assert_eq!(told[1][0].id(), Uuid::from_u128(2), "the rest of the second");
        assert_eq!(shape(&parts(vec![(server(1), Vec::new())], 1)), [(1, 0, 0)]);
        assert_eq!(shape(&parts(Vec::new(), 1)), []);
    }

    #[test]
    fn a_call_has_no_more_installations_than_a_slow_line_carries() {
        let told = parts(vec![(server(1), clients(0..2, 4_000))], 100);
        assert_eq!(shape(&told), [(1, 2, 4_000), (1, 1, 4_000)], "all systems at once, then the rest");
        let told = parts(vec![(server(1), clients(0..1, 11_000))], 100);
        assert_eq!(shape(&told), [(1, 1, 5_000), (1, 1, 5_000), (1, 1, 1_000)]);
        let told = parts(vec![(server(1), clients(0..2, 4_000)), (server(2), Vec::new())], 100);
        assert_eq!(last_of(&told, Uuid::from_u128(1)), Some(1), "all of it is told with the second");
        assert_eq!(last_of(&told, Uuid::from_u128(3)), None);
    }

    #[test]
    fn a_call_has_a_thousand_servers() {
        let told = parts((0..2_500).map(|number| (server(number), Vec::new())).collect(), 10);
        assert_eq!(told.iter().map(Vec::len).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    }
}
