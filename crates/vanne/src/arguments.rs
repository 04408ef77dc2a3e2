//! What can be said on the command line.

mod archive;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::{ApprovalAction, Sha1, Timestamp, UpdateId};

pub(crate) use self::archive::{ArchiveCommand, ExportArguments, TrustArguments};

/// A self-hosted Windows Update: stock Windows computers take it for a WSUS.
#[derive(Debug, Parser)]
#[command(name = "vanne", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// How to print what was asked for
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) output: OutputFormat,
    /// How to write the log, on standard error; VANNE_LOG sets what is logged (for example `debug`)
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit status: 0 done; 1 failed; 2 wrong usage or configuration; 3 done in part (some input was refused); \
4 the thing named is not here; 5 the server or its database is not available.";

/// Tables for people, JSON for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// A table, or sentences
    #[default]
    Table,
    /// One JSON value on standard output
    Json,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Readable lines
    #[default]
    Text,
    /// One JSON value a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(ServeArguments),
    /// Show the whole job: a publisher, three servers and their computers, each a process on this machine
    Demo(DemoArguments),
    /// A part of the demonstration, as a process of its own
    #[command(subcommand, hide = true)]
    Play(PlayCommand),
    /// Take update documents in, look at them, and find what is wrong with them
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// List updates
    Updates(UpdatesArguments),
    /// Decide what a group of computers installs
    Approve(ApproveArguments),
    /// Decline updates: they are offered to no computer
    Decline(DeclineArguments),
    /// List and change target groups
    #[command(subcommand)]
    Groups(GroupsCommand),
    /// List computers and put them into groups
    #[command(subcommand)]
    Computers(ComputersCommand),
    /// Add, list and verify content files
    #[command(subcommand)]
    Content(ContentCommand),
    /// What computers reported: installed, needed, failed
    Status(StatusArguments),
    /// Say why a computer is or is not offered an update
    Explain(ExplainArguments),
    /// Say where updates come from: Microsoft, a WSUS, or another server of this kind
    #[command(subcommand)]
    Upstream(UpstreamCommand),
    /// Choose which updates are taken from the upstream
    #[command(subcommand)]
    Subscription(SubscriptionCommand),
    /// Take what is new from the upstream; without an option, say how the last times went
    Sync(SyncArguments),
    /// List, name, refuse and remove the servers below this one
    #[command(subcommand)]
    Servers(ServersCommand),
    /// List and accept the licences that updates ask for
    #[command(subcommand)]
    Eula(EulaCommand),
    /// Carry updates on a disk to a server that no network reaches
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Say which version this is, and how it was built
    Version,
}

/// Where the server's state is. With a server running on it, commands speak to that server.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// Folder of the server's state
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// Configuration file; vanne.toml in the data folder when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// PostgreSQL database (postgres://…) instead of SQLite in the data folder
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Address and port for clients; port 0 takes a free one [default: 0.0.0.0:8530]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) http: Option<SocketAddr>,
    /// Check the configuration and stop
    #[arg(long)]
    pub(crate) check_config: bool,
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Import documents, folders of documents, and files of one document a line
    Import(ImportArguments),
    /// Print what clients are sent of a document
    Fragment(FragmentArguments),
    /// Explain what is wrong with documents, and where
    Lint(LintArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Documents and folders
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Folder with content files, which are recognised by their digest
    #[arg(long, value_name = "DIR")]
    pub(crate) content: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FragmentArguments {
    /// Which fragment
    #[arg(long, value_enum)]
    pub(crate) kind: FragmentKind,
    /// Language of a localized or EULA fragment
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    pub(crate) language: String,
    /// The document
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FragmentKind {
    Core,
    Extended,
    Localized,
    Eula,
}

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Documents and folders
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct UpdatesArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Part of the title, a KB number or a CVE
    pub(crate) search: Option<String>,
    /// Also list what cannot be approved: categories, detectoids and members of bundles
    #[arg(long)]
    pub(crate) all: bool,
    /// List at most so many
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhichArguments {
    /// These updates
    #[arg(long, value_name = "GUID", num_args = 1..)]
    pub(crate) update: Vec<UpdateId>,
    /// All with this KB number
    #[arg(long, value_name = "N")]
    pub(crate) kb: Option<String>,
    /// All that can be approved
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ApproveArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) which: WhichArguments,
    /// The group of computers
    #[arg(long, value_name = "NAME")]
    pub(crate) group: String,
    /// What its computers are to do
    #[arg(long, value_enum, default_value_t = Action::Install)]
    pub(crate) action: Action,
    /// By when it must be done, for example 2026-12-01T18:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) deadline: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Action {
    Install,
    Uninstall,
    /// Offered, installed when the user asks
    Optional,
    /// Not here, whatever a group above says
    NotApproved,
}

impl From<Action> for ApprovalAction {
    fn from(action: Action) -> Self {
        match action {
            Action::Install => Self::Install,
            Action::Uninstall => Self::Uninstall,
            Action::Optional => Self::Optional,
            Action::NotApproved => Self::NotApproved,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DeclineArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) which: WhichArguments,
    /// Take the decline back
    #[arg(long)]
    pub(crate) undo: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupsCommand {
    /// List the groups as a tree
    List(Place),
    /// Make a group
    Create {
        #[command(flatten)]
        place: Place,
        name: String,
        /// The group above [default: All Computers]
        #[arg(long, value_name = "NAME")]
        parent: Option<String>,
    },
    /// Give a group another name
    Rename {
        #[command(flatten)]
        place: Place,
        name: String,
        new_name: String,
    },
    /// Put a group below another one
    Move {
        #[command(flatten)]
        place: Place,
        name: String,
        /// The group above
        #[arg(long, value_name = "NAME")]
        parent: String,
    },
    /// Say who decides which groups a computer is in; without a choice, show it
    Targeting {
        #[command(flatten)]
        place: Place,
        #[arg(value_enum)]
        who: Option<Targeting>,
    },
    /// Remove a group, its approvals and the memberships in it
    Remove {
        #[command(flatten)]
        place: Place,
        name: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Targeting {
    /// The administrator
    Server,
    /// The computers, by the group names in their own policy
    Client,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ComputersCommand {
    /// List computers
    List {
        #[command(flatten)]
        place: Place,
        /// Part of the name or id
        search: Option<String>,
        /// Only computers of this group
        #[arg(long, value_name = "NAME")]
        group: Option<String>,
        /// Only computers of this server below, by name or id
        #[arg(long, value_name = "SERVER")]
        server: Option<String>,
        /// List at most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Put a computer into groups, and out of all others; without a group it is unassigned
    Assign {
        #[command(flatten)]
        place: Place,
        /// Name or id
        computer: String,
        /// The groups
        #[arg(long, value_name = "NAME")]
        group: Vec<String>,
    },
    /// Forget a computer and what it reported
    Remove {
        #[command(flatten)]
        place: Place,
        /// Name or id
        computer: String,
    },
}

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

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Only computers of this group and of those below it
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,
    /// Only this computer, by name or id
    #[arg(long, value_name = "COMPUTER")]
    pub(crate) computer: Option<String>,
    /// Only this update
    #[arg(long, value_name = "GUID")]
    pub(crate) update: Option<UpdateId>,
    /// Only updates with this KB number
    #[arg(long, value_name = "N")]
    pub(crate) kb: Option<String>,
    /// Only updates that close this CVE
    #[arg(long, value_name = "CVE")]
    pub(crate) cve: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Name or id
    #[arg(long, value_name = "COMPUTER")]
    pub(crate) computer: String,
    #[arg(long, value_name = "GUID")]
    pub(crate) update: UpdateId,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UpstreamCommand {
    /// Say where updates come from
    Set {
        #[command(flatten)]
        place: Place,
        /// What kind of server it is
        #[arg(long, value_enum)]
        kind: UpstreamKind,
        /// Its address, for example `http://paris.example:8530`; needless for Microsoft
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
    },
    /// Show where updates come from
    Show(Place),
    /// Take updates from nowhere
    Remove(Place),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum UpstreamKind {
    Microsoft,
    Wsus,
    Vanne,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubscriptionCommand {
    /// Show what is chosen
    Show(Place),
    /// Choose products and classifications, in the place of those before; none chooses all there is
    Set {
        #[command(flatten)]
        place: Place,
        /// Products, families or companies
        #[arg(long, value_name = "GUID", num_args = 1..)]
        product: Vec<UpdateId>,
        /// Classifications
        #[arg(long, value_name = "GUID", num_args = 1..)]
        classification: Vec<UpdateId>,
        /// Languages, for example fr; the upstream is told
        #[arg(long, value_name = "LANGUAGE", num_args = 1..)]
        language: Vec<String>,
    },
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_fixed_forms_are_understood() {
        let forms = [
            "vanne serve --data-dir d --config f --http 127.0.0.1:0 --database postgres://h/d",
            "vanne catalog import --data-dir d a b --content c",
            "vanne approve --data-dir d --update 56309036-4c77-4dd9-951a-99ee9c246a94 --group G",
            "vanne approve --data-dir d --kb 5013943 --group G --action not-approved",
            "vanne approve --data-dir d --all --group G --deadline 2026-12-01T00:00:00Z",
            "vanne decline --data-dir d --kb 5013943",
            "vanne status --data-dir d --kb 5013943 --output json",
            "vanne explain --data-dir d --computer X --update 56309036-4c77-4dd9-951a-99ee9c246a94",
            "vanne catalog fragment --kind core f.xml",
            "vanne catalog lint a b",
            "vanne demo --exit",
            "vanne upstream set --data-dir d --kind vanne --url http://u:8530 --replica",
            "vanne upstream set --data-dir d --kind microsoft",
            "vanne sync --data-dir d --now --wait",
            "vanne sync --data-dir d --plan",
            "vanne sync --data-dir d --rollup",
            "vanne computers list --data-dir d --server Marseille",
            "vanne servers refuse --data-dir d 56309036-4c77-4dd9-951a-99ee9c246a94",
            "vanne archive export --data-dir d --to a --since b --split 4G --decisions",
            "vanne archive export --data-dir d --to a --needs f",
            "vanne archive import --data-dir d a b --verify-only",
            "vanne archive needs --data-dir d",
            "vanne archive key --data-dir d",
            "vanne archive trust --data-dir d f --name Paris",
            "vanne archive trust --data-dir d --list",
            "vanne archive trust --data-dir d --remove f",
            "vanne version --output json",
        ];
        for form in forms {
            assert!(Arguments::try_parse_from(form.split(' ')).is_ok(), "{form}");
        }
        for two_ways in [
            "vanne approve --data-dir d --all --kb 1 --group G",
            "vanne archive export --data-dir d --to a --since b --needs f",
            "vanne archive trust --data-dir d",
            "vanne archive trust --data-dir d --list f",
        ] {
            assert!(Arguments::try_parse_from(two_ways.split(' ')).is_err(), "{two_ways}");
        }
    }
}
