//! `vanne demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::Sha1;

use super::Place;

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Simulated computers, at three sites together
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(3..=10_000))]
    pub(crate) computers: u32,
    /// Folder to keep the demonstration's state in, which must be empty; a temporary one when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Stop after the summary instead of staying up
    #[arg(long)]
    pub(crate) exit: bool,
    /// Print it as a play, the same each time, and stop
    #[arg(long)]
    pub(crate) story: bool,
}

/// What the demonstration runs. Each part ends with its standard input, so that none outlives it.
#[derive(Debug, Subcommand)]
pub(crate) enum PlayCommand {
    /// A fake of Microsoft's service, with a catalog of its own
    Publisher,
    /// A cache before it, which altered its copy of one file
    Edge {
        /// Address of the publisher
        #[arg(long, value_name = "URL")]
        origin: String,
        /// Digest of the file
        #[arg(long, value_name = "SHA1")]
        alter: Sha1,
    },
    /// A server of this kind
    Server {
        #[command(flatten)]
        place: Place,
        /// Address and port for clients
        #[arg(long, value_name = "ADDR:PORT")]
        http: SocketAddr,
    },
    /// Computers that update themselves from a server, and end
    Computers {
        /// Address of the server
        #[arg(long, value_name = "URL")]
        server: String,
        /// How many
        #[arg(long)]
        count: usize,
        /// Another seed makes other computers
        #[arg(long)]
        seed: u64,
    },
}
