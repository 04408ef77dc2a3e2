//! `vanne upstream`, `subscription`, `sync`, `servers` and `eula`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::UpdateId;
use pins::KeyId;

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum UpstreamCommand {
    /// Say where updates come from
    Set {
        #[command(flatten)]
        place: Place,
        /// What kind of server it is
        #[arg(long, value_enum)]
        kind: UpstreamKind,
        /// Its address, for example `https://paris.example:8531`; needless for Microsoft
        #[arg(long, value_name = "URL", required_if_eq_any = [("kind", "wsus"), ("kind", "vanne")])]
        url: Option<String>,
        /// Take over its groups, approvals and declines, and decide nothing here
        #[arg(long)]
        replica: bool,
        /// The proxy to go through
        #[arg(long, value_name = "URL")]
        proxy: Option<String>,
        /// Synchronise by itself, once in so many minutes
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=44_640))]
        every_minutes: Option<u32>,
        /// Ask this one, of the same kind, while the first cannot be reached
        #[arg(long, value_name = "URL")]
        fallback: Vec<String>,
        #[command(flatten)]
        trust: UpstreamTrustArguments,
    },
    /// Show where updates come from
    Show(Place),
    /// Take updates from nowhere
    Remove(Place),
    /// Say whom the certificate of one upstream must come from, in the place of what was said before; without an option, list
    Trust {
        #[command(flatten)]
        place: Place,
        /// Its address, for example `https://paris.example:8531`
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        #[command(flatten)]
        trust: UpstreamTrustArguments,
        /// Forget what was said
        #[arg(long, conflicts_with_all = ["ca", "pin", "accept_pin"], requires = "url")]
        forget: bool,
    },
    /// Look who answers at an address, and whether it is trusted; nothing is changed
    Probe {
        #[command(flatten)]
        place: Place,
        /// The address
        #[arg(long, value_name = "URL")]
        url: String,
        /// What kind of server it should be
        #[arg(long, value_enum, default_value = "vanne")]
        kind: UpstreamKind,
    },
    /// Pins of Microsoft's update hosts: show them, take newer ones
    #[command(subcommand)]
    Pins(PinsCommand),
}

/// Whom a certificate must come from.
#[derive(Debug, Default, Args)]
pub(crate) struct UpstreamTrustArguments {
    /// File in PEM with the authority that the upstream is below; trusted for this upstream alone
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Key that the upstream, or the authority that issued its certificate, must have: sha256:…
    #[arg(long, value_name = "KEY")]
    pub(crate) pin: Vec<KeyId>,
    /// The same for the key that it presents now: taken only if it does
    #[arg(long, value_name = "KEY")]
    pub(crate) accept_pin: Option<KeyId>,
}

impl UpstreamTrustArguments {
    /// Nothing was said.
    pub(crate) fn is_empty(&self) -> bool {
        self.ca.is_none() && self.pin.is_empty() && self.accept_pin.is_none()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PinsCommand {
    /// Show what is pinned, and until when
    Show(Place),
    /// Take a file of newer pins, if somebody trusted signed it
    Import {
        #[command(flatten)]
        place: Place,
        file: PathBuf,
    },
    /// Take files of pins that are signed with this key
    Trust {
        #[command(flatten)]
        place: Place,
        /// Its fingerprint: 64 hex digits
        signer: String,
        /// Take them no longer
        #[arg(long)]
        remove: bool,
    },
    /// Sign a file of pins, for servers that trust the key; prints it
    Sign {
        file: PathBuf,
        /// Private key: Ed25519, PKCS#8, PEM (`openssl genpkey -algorithm ed25519`)
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum UpstreamKind {
    Microsoft,
    Wsus,
    Vanne,
}

impl From<UpstreamKind> for sync::Kind {
    fn from(kind: UpstreamKind) -> Self {
        match kind {
            UpstreamKind::Microsoft => Self::Microsoft,
            UpstreamKind::Wsus => Self::Wsus,
            UpstreamKind::Vanne => Self::Vanne,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubscriptionCommand {
    /// Show what is chosen, and how much of it is here
    Show(Place),
    /// Ask the upstream about how much a choice would be, and fetch nothing; without one, about what is chosen
    Estimate {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        choice: Choice,
    },
    /// Choose products and classifications, in the place of those before; none chooses all there is
    Set {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        choice: Choice,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// Products, families or companies
    #[arg(long, value_name = "GUID", num_args = 1..)]
    pub(crate) product: Vec<UpdateId>,
    /// Classifications
    #[arg(long, value_name = "GUID", num_args = 1..)]
    pub(crate) classification: Vec<UpdateId>,
    /// Languages, for example fr: files in others are not fetched; English and what is in none in particular always are
    #[arg(long, value_name = "LANGUAGE", num_args = 1..)]
    pub(crate) language: Vec<String>,
    /// Hardware ids of devices whose drivers are wanted beside that, of Microsoft's service
    #[arg(long, value_name = "HARDWARE-ID", num_args = 1..)]
    pub(crate) device: Vec<String>,
    /// Hardware ids of computer models whose drivers are wanted beside that, of Microsoft's service
    #[arg(long, value_name = "GUID", num_args = 1..)]
    pub(crate) model: Vec<uuid::Uuid>,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Begin now
    #[arg(long)]
    pub(crate) now: bool,
    /// Wait for the end; the exit status says how it ended
    #[arg(long, requires = "now")]
    pub(crate) wait: bool,
    /// Say what would be fetched, and fetch nothing
    #[arg(long, conflicts_with = "now")]
    pub(crate) plan: bool,
    /// Follow the one under way
    #[arg(long, conflicts_with_all = ["now", "plan"])]
    pub(crate) watch: bool,
    /// Tell the server above how computers are doing, now
    #[arg(long, conflicts_with_all = ["now", "plan", "watch"])]
    pub(crate) rollup: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServersCommand {
    /// List the servers below this one
    List(Place),
    /// Show one server: its figures, what its computers run and what was installed on them
    Show {
        #[command(flatten)]
        place: Place,
        /// Its id, or its name if no other has it
        server: String,
    },
    /// Give a server a name of your own; an empty one takes it back
    Name {
        #[command(flatten)]
        place: Place,
        id: uuid::Uuid,
        name: String,
    },
    /// Do not answer a server any more
    Refuse {
        #[command(flatten)]
        place: Place,
        id: uuid::Uuid,
    },
    /// Answer a refused server again
    Allow {
        #[command(flatten)]
        place: Place,
        id: uuid::Uuid,
    },
    /// Forget a server, all below it and their computers; it comes back when it asks again
    Remove {
        #[command(flatten)]
        place: Place,
        id: uuid::Uuid,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EulaCommand {
    /// List licences
    List(Place),
    /// Accept licences
    Accept {
        #[command(flatten)]
        place: Place,
        /// Their ids
        #[arg(required = true)]
        id: Vec<uuid::Uuid>,
    },
}
