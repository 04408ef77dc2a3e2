//! `vanne archive`.

use std::path::PathBuf;

use archive::{InvalidServerName, ServerName};
use clap::{Args, Subcommand};

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Write an archive; one that was cut short goes on
    Export(ExportArguments),
    /// Take an archive in, all of it or nothing; one that was cut short goes on
    Import {
        #[command(flatten)]
        place: Place,
        /// The folders it lies in: one, or one for each disk
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
        /// Read and check all of it, and change nothing
        #[arg(long)]
        verify_only: bool,
        /// Make groups, approvals, declined updates and accepted licences as the archive says, in the place of those here
        #[arg(long, conflicts_with = "verify_only")]
        decisions: bool,
    },
    /// List what is missing here, for `export --needs` on a server that has it; no computer is named
    Needs {
        #[command(flatten)]
        place: Place,
        /// Write the list to a file instead of standard output
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// List the archives that were imported here
    List(Place),
    /// Show the key that signs this server's archives; it is made on first use
    Key {
        #[command(flatten)]
        place: Place,
        /// Sign with a new key from now on; the old one vouches for it, and archives carry that word
        #[arg(long)]
        renew: bool,
    },
    /// Import archives that are signed by a key
    Trust(TrustArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Folder to write it to
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Carry only what came since an earlier archive, whose manifest lies in this folder
    #[arg(long, value_name = "ARCHIVE", conflicts_with = "needs")]
    pub(crate) since: Option<PathBuf>,
    /// Write no file as long as this: a number with K, M, G or T, for example 4G for FAT32
    #[arg(long, value_name = "SIZE")]
    pub(crate) split: Option<String>,
    /// Carry only what this list names, which `vanne archive needs` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) needs: Option<PathBuf>,
    /// Carry only updates in this product, or in those below this family or company; may be repeated. What they need and
    /// bundle goes along
    #[arg(long, value_name = "ID", conflicts_with_all = ["needs", "since"])]
    pub(crate) product: Vec<uuid::Uuid>,
    /// Carry only updates in this classification; may be repeated
    #[arg(long, value_name = "ID", conflicts_with_all = ["needs", "since"])]
    pub(crate) classification: Vec<uuid::Uuid>,
    /// Carry groups, approvals, declined updates and accepted licences as well
    #[arg(long)]
    pub(crate) decisions: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TrustArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// What `vanne archive key` shows on the exporting server, or a file with what it prints with `--output json`
    #[arg(value_name = "KEY|FILE", required_unless_present = "list", conflicts_with = "list")]
    pub(crate) key: Option<String>,
    /// What to call it
    #[arg(long, conflicts_with = "list", value_parser = server_name)]
    pub(crate) name: Option<ServerName>,
    /// List the keys that are trusted
    #[arg(long)]
    pub(crate) list: bool,
    /// Trust it no longer
    #[arg(long, conflicts_with_all = ["list", "name"])]
    pub(crate) remove: bool,
}

fn server_name(text: &str) -> Result<ServerName, InvalidServerName> {
    text.to_owned().try_into()
}
