//! Upstreams in order: where one is lost, the next is tried.

use std::slice::Iter;

use sync::{SyncError, Upstream};

use crate::app::App;

/// The upstreams that are left to try, and why the first that was lost was.
pub(crate) struct Failover<'a> {
    left: Iter<'a, Upstream>,
    failed: Option<SyncError>,
}

impl<'a> Failover<'a> {
    pub(crate) fn new(upstreams: &'a [Upstream]) -> Self {
        Self { left: upstreams.iter(), failed: None }
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Option<&'a Upstream> {
        self.left.next()
    }

    /// Goes on to the next one if this error means that the one at hand is lost.
    ///
    /// # Errors
    /// The error, if it would be the same with any other.
    pub(crate) fn lost(&mut self, app: &App, error: SyncError) -> Result<(), SyncError> {
        if !error.is_lost() {
            return Err(error);
        }
        if error.untrusted().is_some() {
            app.metrics.upstream_untrusted.inc();
        }
        if let Some(next) = self.left.as_slice().first() {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, %next, "the next upstream is tried");
        }
        self.failed.get_or_insert(error);
        Ok(())
    }

    /// Why the first one was lost, once none is left; `None` if there was none.
    pub(crate) fn failed(self) -> Option<SyncError> {
        self.failed
    }
}
