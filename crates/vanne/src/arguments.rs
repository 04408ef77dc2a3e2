//! What can be said on the command line.

mod archive;
mod catalog;
mod content;
mod decisions;
mod demo;
mod hierarchy;
mod pki;
mod trust;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::archive::{ArchiveCommand, ExportArguments, TrustArguments};
pub(crate) use self::catalog::{CatalogCommand, FragmentArguments, FragmentKind, ImportArguments, LintArguments};
pub(crate) use self::content::ContentCommand;
pub(crate) use self::decisions::{
    ApproveArguments, ComputersCommand, DeclineArguments, ExplainArguments, GroupsCommand, StatusArguments, Targeting,
    UpdatesArguments, WhichArguments,
};
pub(crate) use self::demo::{DemoArguments, PlayCommand};
pub(crate) use self::hierarchy::{
    Choice, EulaCommand, PinsCommand, ServersCommand, SubscriptionCommand, SyncArguments, UpstreamCommand,
    UpstreamTrustArguments,
};
pub(crate) use self::pki::{PfxArguments, PkiCommand};
pub(crate) use self::trust::{TrustCommand, VerifyArguments};

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
    /// Check everything that this server needs, and say what to do
    Doctor(DoctorArguments),
    /// Certificates: show, renew and replace them, and write what computers need to trust them
    #[command(subcommand)]
    Pki(PkiCommand),
    /// Say who signed a file, and whether that is one who may
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Say which version this is, and how it was built
    Version,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Folder of the server's state; without, only what needs none is checked
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Configuration file; vanne.toml in the data folder when absent
    #[arg(long, value_name = "FILE", requires = "data_dir")]
    pub(crate) config: Option<PathBuf>,
    /// PostgreSQL database (postgres://…) instead of SQLite in the data folder
    #[arg(long, value_name = "URL", requires = "data_dir")]
    pub(crate) database: Option<String>,
    /// List which hosts and ports a firewall has to let through, and check nothing
    #[arg(long)]
    pub(crate) firewall: bool,
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
    /// Address and port for metadata and content over TLS; port 0 takes a free one [default: 0.0.0.0:8531]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) https: Option<SocketAddr>,
    /// Address and port for content over plain HTTP; port 0 takes a free one; for metadata as well, where nothing is said of HTTPS
    /// or of that [default: 0.0.0.0:8530]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) http: Option<SocketAddr>,
    /// Hand out metadata over plain HTTP as well, where whoever is on the way can change it: while computers move to HTTPS
    #[arg(long)]
    pub(crate) allow_http_metadata: bool,
    /// Check the configuration and stop
    #[arg(long)]
    pub(crate) check_config: bool,
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
            "vanne serve --data-dir d --https 127.0.0.1:0 --http 127.0.0.1:0 --allow-http-metadata",
            "vanne pki ca --data-dir d",
            "vanne pki show --data-dir d --output json",
            "vanne pki renew --data-dir d",
            "vanne pki request --data-dir d",
            "vanne pki install --data-dir d CHAIN.pem",
            "vanne pki import --data-dir d FILE.pfx --password-file f",
            "vanne pki export --data-dir d --to e",
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
            "vanne upstream set --data-dir d --kind wsus --url https://u:8531 --ca f.pem",
            "vanne upstream set --data-dir d --kind vanne --url https://u:8531 --accept-pin KEY",
            "vanne upstream trust --data-dir d --url https://u:8531 --pin KEY --pin KEY",
            "vanne upstream trust --data-dir d --url https://u:8531 --forget",
            "vanne upstream trust --data-dir d",
            "vanne upstream probe --data-dir d --url https://u:8531",
            "vanne upstream pins show --data-dir d",
            "vanne upstream pins import --data-dir d f",
            "vanne upstream pins sign f --key k",
            "vanne doctor --data-dir d --output json",
            "vanne doctor --firewall",
            "vanne trust verify f",
            "vanne trust verify f --explain --class driver-whql --at 2026-12-01T00:00:00Z --output json",
            "vanne trust verify f --crl a --crl b --require-crl --publisher c",
            "vanne trust policy",
            "vanne trust lists --data-dir d --to f",
            "vanne version --output json",
        ];
        let key = format!("sha256:{}", "ab".repeat(32));
        for form in forms.map(|form| form.replace("KEY", &key)) {
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
