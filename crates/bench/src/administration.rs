//! The administration API, as far as benches decide anything.

use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context as _, ensure};
use model::UpdateId;
use serde_json::{Value, json};

use crate::loopback::Connection;

/// A kept connection to it: a decision costs what it costs the server, and not the start of a program.
pub(crate) struct Administration(Connection<UnixStream>);

impl Administration {
    pub(crate) fn open(data_dir: &Path) -> anyhow::Result<Self> {
        Connection::administration(data_dir).map(Self).context("could not connect to the administration socket")
    }

    /// `install` or `not-approved`, for all computers. Returns once it is visible to scans, as the API promises.
    pub(crate) fn approve(&mut self, update: UpdateId, action: &str) -> anyhow::Result<()> {
        let group = "All Computers";
        self.post("approvals", &json!({ "which": "updates", "of": [update], "group": group, "action": action }))
    }

    pub(crate) fn decline(&mut self, update: UpdateId, undo: bool) -> anyhow::Result<()> {
        self.post("declines", &json!({ "which": "updates", "of": [update], "undo": undo }))
    }

    /// Update documents, as one set; each must be taken.
    pub(crate) fn import(&mut self, documents: &[String]) -> anyhow::Result<()> {
        let documents: Vec<Value> = documents.iter().map(|text| json!({ "name": "bench", "text": text })).collect();
        self.post("documents", &json!({ "documents": documents }))
    }

    fn post(&mut self, what: &str, body: &Value) -> anyhow::Result<()> {
        let body = body.to_string();
        let head = format!(
            "POST /api/v1/{what} HTTP/1.1\r\nHost: vanne\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let answer = self.0.exchange(&[head.as_bytes(), body.as_bytes()].concat())?;
        let text = || String::from_utf8_lossy(answer.body).into_owned();
        ensure!(answer.status == 200, "{what} was answered with status {}: {}", answer.status, text());
        // Of documents, the status is that of the set.
        ensure!(!text().contains("\"refused\""), "{what} was refused in part: {}", text());
        Ok(())
    }
}
