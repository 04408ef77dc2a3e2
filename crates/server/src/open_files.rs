//! How many files and connections this process may have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open beside clients' connections: the database, kept content files, the administration socket.
const OTHERS: u64 = 512;

/// Raises the soft limit to the hard one, and says so when that is less than the configured connections need.
pub(crate) fn allow(connections_max: usize) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "could not raise the limit of open files");
    }
    let needed = (connections_max as u64).saturating_add(OTHERS);
    if let Some(allowed) = getrlimit(Resource::Nofile).current.filter(|allowed| *allowed < needed) {
        tracing::warn!(
            allowed,
            needed,
            "fewer files may be open than limits.connections_max needs; raise LimitNOFILE or lower the key"
        );
    }
}
