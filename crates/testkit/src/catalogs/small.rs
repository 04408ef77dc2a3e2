use model::{UpdateId, UpdateIdentity};
use uuid::uuid;

use crate::documents::{Draft, Made};

mod applications;
mod base;
mod drivers;
mod platform;

pub(crate) use base::OFFICE_PRODUCT;
pub(crate) use drivers::FABRIKAM_LAPTOP;

/// Classification "Security Updates"; the usual classifications have well-known ids.
pub const SECURITY_UPDATES: UpdateId = UpdateId(uuid!("0fa1201d-4330-4fa8-8ae9-b877473b6441"));
/// Classification "Definition Updates".
const DEFINITION_UPDATES: UpdateId = UpdateId(uuid!("e0789628-ce08-4437-be74-2495b842f43b"));
/// Classification "Updates".
const UPDATES: UpdateId = UpdateId(uuid!("cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83"));
/// Classification "Drivers".
const DRIVERS: UpdateId = UpdateId(uuid!("ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0"));

/// Knowledge-base numbers of [`small`] that tests and examples name.
#[derive(Clone, Copy, Debug)]
pub struct KB;

impl KB {
    /// Cumulative update of October 2026 for Contoso Client 11, x64; supersedes September's and August's.
    pub const CLIENT_11_OCTOBER: &'static str = "9001103";
    /// Cumulative update of September 2026 for Contoso Client 11, x64.
    pub const CLIENT_11_SEPTEMBER: &'static str = "9001102";
    /// The update that always needs a restart.
    pub const BOOT: &'static str = "9003001";
    /// The update that is offered and never selected by itself.
    pub const OPTIONAL: &'static str = "9003002";
    /// The Windows Installer product, with a licence.
    pub const READER: &'static str = "9002005";
    /// The newest definitions.
    pub const DEFINITIONS: &'static str = "9002002";
    /// The update that every machine already has.
    pub const TIME_ZONES: &'static str = "9003004";
}

/// A little estate: one company, 4 products, 12 detectoids, 21 bundles with their children, 6 drivers; about 25 MB of files.
///
/// Prerequisites and children come before what names them. The same bytes every time.
pub fn small() -> Vec<Made> {
    small_drafts().iter().map(Draft::finish).collect()
}

/// The drafts [`small`] is finished from.
pub fn small_drafts() -> Vec<Draft> {
    let base = base::Base::new();
    let mut drafts = base.drafts();
    drafts.extend(platform::drafts(&base));
    drafts.extend(applications::drafts(&base));
    drafts.extend(drivers::drafts(&base));
    drafts
}

/// A bundle after its children, one clause for each.
fn bundled(bundle: Draft, children: Vec<Draft>) -> Vec<Draft> {
    let bundle = children.iter().fold(bundle, |bundle, child| bundle.bundling([child.identity()]));
    children.into_iter().chain([bundle]).collect()
}

/// The names by which a bundle takes in alternatives.
fn identities(drafts: &[Draft]) -> Vec<UpdateIdentity> {
    drafts.iter().map(Draft::identity).collect()
}
