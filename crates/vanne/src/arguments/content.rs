//! `vanne content`.

use std::path::PathBuf;

use clap::Subcommand;

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum ContentCommand {
    /// Add files; those that no update names are refused
    Add {
        #[command(flatten)]
        place: Place,
        /// Files and folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Read every file again and set aside those that no longer match
    Verify(Place),
    /// List files: held, missing, quarantined
    List(Place),
    /// Show what is wanted, missing and on its way
    Status(Place),
    /// Fetch what is wanted and missing now, what failed before included, and wait for it
    Fetch(Place),
    /// Remove files that nothing wants any more
    Collect {
        #[command(flatten)]
        place: Place,
        /// Only list them
        #[arg(long)]
        dry_run: bool,
    },
}
