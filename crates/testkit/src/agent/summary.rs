use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::Finding;

/// Findings kept in a summary; the rest is counted only.
const FINDINGS_MAX: usize = 50;

/// What an agent did, or several did together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Finished scans.
    pub scans: u64,
    /// Web service calls.
    pub trips: u64,
    /// `SyncUpdates` calls among them.
    pub sync_trips: u64,
    /// Bytes of requests' bodies.
    pub request_bytes: u64,
    /// Bytes of answers' bodies as they came over the wire.
    pub response_bytes: u64,
    /// Bytes of answers' bodies once decoded.
    pub decoded_bytes: u64,
    /// Revisions that came as new.
    pub updates_seen: u64,
    /// Updates offered for installation, each scan anew.
    pub offered: u64,
    /// Files downloaded and verified.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Ranges asked for.
    pub ranges: u64,
    /// Updates installed, those waiting for a restart included.
    pub installed: u64,
    /// Updates that were waiting for a restart when their installer ended.
    pub restarts_wanted: u64,
    /// Updates whose download or installation failed.
    pub failed: u64,
    /// Events the server took.
    pub events: u64,
    /// Faults by their code.
    pub faults: BTreeMap<&'static str, u64>,
    /// How many findings there were.
    pub findings_count: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
    /// How long each `SyncUpdates` call took, in order.
    #[serde(skip)]
    pub sync_times: Vec<Duration>,
}

impl Summary {
    /// Adds what another did.
    pub fn merge(&mut self, other: Self) {
        self.scans += other.scans;
        self.trips += other.trips;
        self.sync_trips += other.sync_trips;
        self.request_bytes += other.request_bytes;
        self.response_bytes += other.response_bytes;
        self.decoded_bytes += other.decoded_bytes;
        self.updates_seen += other.updates_seen;
        self.offered += other.offered;
        self.files += other.files;
        self.file_bytes += other.file_bytes;
        self.ranges += other.ranges;
        self.installed += other.installed;
        self.restarts_wanted += other.restarts_wanted;
        self.failed += other.failed;
        self.events += other.events;
        for (code, count) in other.faults {
            *self.faults.entry(code).or_default() += count;
        }
        self.findings_count += other.findings_count;
        let room = FINDINGS_MAX.saturating_sub(self.findings.len());
        self.findings.extend(other.findings.into_iter().take(room));
        self.sync_times.extend(other.sync_times);
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings_count += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}
