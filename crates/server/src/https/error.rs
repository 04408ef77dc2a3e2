use std::io;
use std::path::PathBuf;

use pki::{AuthorityError, IdentityError, RequestError, Unfit};
use store::StoreError;

/// Why certificates cannot be had, or are not taken.
#[derive(Debug, thiserror::Error)]
pub enum HttpsError {
    /// A file cannot be read.
    #[error("could not read {}; is it there, and may this account read it?", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("could not write {}; what was there is untouched", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in a file cannot be used.
    #[error("the certificates in {} cannot be used", path.display())]
    Identity {
        /// The file.
        path: PathBuf,
        /// Why.
        source: IdentityError,
    },
    /// What is in a file should not be shown to clients.
    #[error("the certificates in {} are not taken", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Unfit,
    },
    /// What was handed over is not taken.
    #[error("not taken")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is nothing to install an answer for.
    #[error("no request waits for an answer; `vanne pki request` makes one")]
    NoRequest,
    /// The certificates are the organisation's.
    #[error(
        "the certificates of this server are not issued here ({0}), so that they are not renewed here either; `vanne pki request` \
         makes a request for new ones"
    )]
    NotOurs(&'static str),
    /// The authority cannot be read, or issues nothing.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The clock leapt.
    #[error(
        "this server's clock went {days} days ahead at once, so that it makes no certificate by itself; correct the clock, or say \
         `vanne pki renew` if it is right"
    )]
    Leap {
        /// How far.
        days: i64,
    },
    /// The database cannot be asked.
    #[error("could not ask the database for the certificate authority")]
    Store(#[from] StoreError),
    /// The TLS library refuses its settings, which is a fault of this program.
    #[error("could not set up TLS")]
    Tls(#[from] rustls::Error),
    /// There is nothing that could be handed out.
    #[error(
        "there are no certificates yet, and no authority that computers could trust; a server makes both when it starts, and \
         `vanne pki ca` the authority alone"
    )]
    NothingYet,
    /// No address can be made of the certificate's names.
    #[error(
        "computers cannot be told an address: the certificate for {subject} names {}; put the name under which they reach this server \
         first into https.names",
        hosts(names)
    )]
    NoAddress {
        /// Whose.
        subject: String,
        /// What it names: wildcards at most.
        names: Vec<String>,
    },
    /// What made it was stopped in the middle.
    #[error("the server stopped in the middle of it; nothing was changed")]
    Abandoned,
    /// What computers need cannot be written down, which is a fault of this program.
    #[error("could not write the certificates into a bundle")]
    Bundle,
}

fn hosts(names: &[String]) -> String {
    match names {
        [] => "no host".to_owned(),
        wildcards => format!("only {}, which stands for many hosts", wildcards.join(" and ")),
    }
}

impl From<RequestError> for HttpsError {
    fn from(error: RequestError) -> Self {
        Self::Refused(Box::new(error))
    }
}
