//! `vanne trust`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::{Sha256, Timestamp};

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Say who signed a file, and whether that is one who may; exit status 0 only if it is accepted
    Verify(VerifyArguments),
    /// Show who may have signed what
    Policy,
    /// Show the lists of revoked certificates that signers of files name, and which of them are here
    Lists {
        #[command(flatten)]
        place: Place,
        /// Write those that are here into this folder, for servers that no network reaches
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The file: a program, library or driver, a cabinet, an installer database, a catalog
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What the file is said to be; without it, the first class that accepts it is taken
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<Class>,
    /// Judge it as if it were that time; now when absent
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// Tell all that was found: signers, certificates, times
    #[arg(long)]
    pub(crate) explain: bool,
    /// The digest that the file must have, as its update document says
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<Sha256>,
    /// A revocation list (DER or PEM) of one of the authorities; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// Refuse the file unless a current revocation list of every authority was given, those of the timestamp included
    #[arg(long)]
    pub(crate) require_crl: bool,
    /// The root certificate (DER or PEM) of this organization's own publisher, for the class local-publish
    #[arg(long, value_name = "FILE")]
    pub(crate) publisher: Vec<PathBuf>,
}

/// The classes of content, as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Class {
    OsUpdate,
    MsApp,
    DriverWhql,
    Definition,
    StoreApp,
    LocalPublish,
}

impl From<Class> for authenticode::Class {
    fn from(class: Class) -> Self {
        match class {
            Class::OsUpdate => Self::OsUpdate,
            Class::MsApp => Self::MsApp,
            Class::DriverWhql => Self::DriverWhql,
            Class::Definition => Self::Definition,
            Class::StoreApp => Self::StoreApp,
            Class::LocalPublish => Self::LocalPublish,
        }
    }
}
