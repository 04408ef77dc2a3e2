//! `vanne updates`, `approve`, `decline`, `groups`, `computers`, `status` and `explain`.

use clap::{Args, Subcommand, ValueEnum};
use model::{ApprovalAction, Timestamp, UpdateId};

use super::Place;

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
