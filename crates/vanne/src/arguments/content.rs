//! `vanne content`.

use std::path::PathBuf;

use clap::Subcommand;
use model::Sha256;

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
    /// List files: held, missing, quarantined, withheld
    List(Place),
    /// Show the files that are given to nobody, why, and what to do
    Quarantine(Place),
    /// Let a withheld file through, after somebody looked
    Release {
        #[command(flatten)]
        place: Place,
        /// SHA-256 of the file
        #[arg(value_name = "SHA256")]
        sha256: Sha256,
        /// Why: who looked, and what was found
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Take a release back
    Withhold {
        #[command(flatten)]
        place: Place,
        /// SHA-256 of the file
        #[arg(value_name = "SHA256")]
        sha256: Sha256,
    },
    /// Remove a withheld file; it is fetched and judged anew if anything wants it
    Discard {
        #[command(flatten)]
        place: Place,
        /// SHA-256 of the file
        #[arg(value_name = "SHA256")]
        sha256: Sha256,
    },
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
