//! How far an export or an import is, step by step.

use server::admin::api::{ArchiveProgress, ArchiveStep};

use crate::output::{Output, Progress};

const MIB: u64 = 1 << 20;

/// The step that is under way.
pub(super) struct Steps<'a> {
    output: &'a Output,
    current: Option<(ArchiveStep, Progress)>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self { output, current: None }
    }

    /// Shows it.
    pub(super) fn at(&mut self, progress: ArchiveProgress) {
        let (what, unit) = shown(progress.step);
        if self.current.as_ref().is_none_or(|(step, _)| *step != progress.step) {
            self.finish();
            self.current = Some((progress.step, self.output.progress(progress.total.div_ceil(unit), what)));
        }
        if let Some((_, shown)) = &self.current {
            // What is whole is shown whole, though it is no whole number of units.
            let done =
                if progress.done >= progress.total { progress.done.div_ceil(unit) } else { progress.done / unit };
            shown.reach(done);
        }
    }

    pub(super) fn finish(&mut self) {
        if let Some((_, shown)) = self.current.take() {
            shown.finish();
        }
    }
}

/// What a step is called, and in which unit it is counted.
const fn shown(step: ArchiveStep) -> (&'static str, u64) {
    match step {
        ArchiveStep::Documents => ("documents written", 1),
        ArchiveStep::Files => ("MiB of files written", MIB),
        ArchiveStep::Verifying => ("MiB verified", MIB),
        ArchiveStep::Taking => ("MiB of files taken", MIB),
        ArchiveStep::Applying => ("documents taken", 1),
    }
}
