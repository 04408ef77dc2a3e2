use model::{DriverMatch, UpdateId};

use super::{Inventory, RegistryView, RuleMetadata};

/// What an expression is evaluated against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The computer.
    pub inventory: &'a dyn Inventory,
    /// The update the rules belong to; `InstalledOnce` is unknown without.
    pub update: Option<UpdateId>,
    /// Data shared by the rules; the rules that need some are unknown without.
    pub metadata: Option<&'a RuleMetadata>,
    /// What the revision matches, if it is a driver.
    pub drivers: &'a [DriverMatch],
    /// The subkey a `RegKeyLoop` is at.
    pub(crate) loop_target: Option<(RegistryView, &'a str)>,
}

impl<'a> Context<'a> {
    /// Only a computer: enough for all rules without metadata.
    pub fn new(inventory: &'a dyn Inventory) -> Self {
        Self { inventory, update: None, metadata: None, drivers: &[], loop_target: None }
    }
}
