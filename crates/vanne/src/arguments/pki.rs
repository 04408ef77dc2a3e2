//! What `vanne pki` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum PkiCommand {
    /// Print the internal certificate authority as PEM: what computers have to trust. It is made on first use
    Ca(Place),
    /// Show the certificates: names, dates, fingerprints, and what is wrong with them
    Show(Place),
    /// Make a new certificate with a new key for this server now; usually it is renewed by itself, 30 days before its end
    Renew(Place),
    /// Look at the certificates again and take new ones into service, as SIGHUP does
    Reload(Place),
    /// Print a request for a certificate, for the organisation's authority; its private key stays here. While one waits for its
    /// answer, another one is for the same key
    Request(Place),
    /// Put the answer to a request in place: the certificate and those above it
    Install {
        #[command(flatten)]
        place: Place,
        /// PEM of the certificate and of those above it
        #[arg(value_name = "CHAIN.pem")]
        chain: PathBuf,
    },
    /// Put a private key and its certificates in place, as Windows exports them
    Import(PfxArguments),
    /// Write what computers need to trust this server and to ask it: for group policies, as a script, and as certificates
    Export {
        #[command(flatten)]
        place: Place,
        /// Folder to write it to
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PfxArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The PFX file (PKCS#12)
    #[arg(value_name = "FILE.pfx")]
    pub(crate) file: PathBuf,
    /// File whose first line is its password; without it, the first line of standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}
