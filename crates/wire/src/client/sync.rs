use model::{RevisionId, UpdateId};
use uuid::Uuid;

use super::{Cookie, Deployment, Device};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Escaped, Problem, limits};

/// Asks what is new for this computer (MS-WUSP 2.2.2.2.4): the heart of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncUpdates {
    /// The session.
    pub cookie: Option<Cookie>,
    /// What the client has.
    pub parameters: Option<SyncUpdateParameters>,
}

impl Wire for SyncUpdates {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "parameters" => request.parameters = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("parameters", self.parameters.as_ref());
    }
}

/// What a client has, and what it wants to hear of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncUpdateParameters {
    /// To be ignored.
    pub express_query: bool,
    /// Cached, installed, non-leaf revisions; at most 400, as native WSUS has it.
    pub installed_non_leaf_update_ids: Vec<RevisionId>,
    /// The rest of the cache.
    pub other_cached_update_ids: Vec<RevisionId>,
    /// The computer's devices; in a driver sync only, so being there matters.
    pub system_spec: Option<Vec<Device>>,
    /// Cached drivers.
    pub cached_driver_ids: Vec<RevisionId>,
    /// False for a software sync, true for a driver sync.
    pub skip_software_sync: bool,
    /// Categories the scan is limited to; empty for none.
    pub filter_category_ids: Vec<UpdateId>,
    /// Wants to know apart what is merely outside the filter.
    pub need_two_group_out_of_scope_updates: bool,
    /// `ComputerSpec/HardwareIDs`: the computer's own hardware ids, most specific first.
    pub computer_hardware_ids: Vec<Uuid>,
    /// The key of feature scores, such as `AMD64.10.0`.
    pub feature_score_matching_key: Option<String>,
}

impl Wire for SyncUpdateParameters {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut parameters = Self::default();
        input.fields(|input, name| {
            match name {
                "ExpressQuery" => parameters.express_query = input.value()?,
                "InstalledNonLeafUpdateIDs" => {
                    input.revision_ids(limits::INSTALLED_IDS, &mut parameters.installed_non_leaf_update_ids)?;
                }
                "OtherCachedUpdateIDs" => {
                    input.revision_ids(limits::CACHED_IDS, &mut parameters.other_cached_update_ids)?;
                }
                "SystemSpec" => {
                    input.list("Device", limits::DEVICES, parameters.system_spec.get_or_insert_default())?;
                }
                "CachedDriverIDs" => input.revision_ids(limits::DRIVER_IDS, &mut parameters.cached_driver_ids)?,
                "SkipSoftwareSync" => parameters.skip_software_sync = input.value()?,
                "FilterCategoryIds" => {
                    let ids = &mut parameters.filter_category_ids;
                    input.list_of("CategoryIdentifier", limits::CATEGORIES, ids, category)?;
                }
                "NeedTwoGroupOutOfScopeUpdates" => parameters.need_two_group_out_of_scope_updates = input.value()?,
                "ComputerSpec" => input.fields(|input, name| match name {
                    "HardwareIDs" => input.list("guid", limits::COMPUTER_IDS, &mut parameters.computer_hardware_ids),
                    _ => input.skip(),
                })?,
                "FeatureScoreMatchingKey" => parameters.feature_score_matching_key = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(parameters)
    }

    fn write(&self, out: &mut Output) {
        out.field("ExpressQuery", &self.express_query);
        out.list("InstalledNonLeafUpdateIDs", "int", &self.installed_non_leaf_update_ids);
        out.list("OtherCachedUpdateIDs", "int", &self.other_cached_update_ids);
        out.optional_array("SystemSpec", "Device", self.system_spec.as_deref());
        out.list("CachedDriverIDs", "int", &self.cached_driver_ids);
        out.field("SkipSoftwareSync", &self.skip_software_sync);
        if !self.filter_category_ids.is_empty() {
            out.element("FilterCategoryIds", |out| {
                for id in &self.filter_category_ids {
                    out.element("CategoryIdentifier", |out| out.field("Id", id));
                }
            });
            out.field("NeedTwoGroupOutOfScopeUpdates", &self.need_two_group_out_of_scope_updates);
        }
        out.element("ComputerSpec", |out| out.list("HardwareIDs", "guid", &self.computer_hardware_ids));
        out.optional("FeatureScoreMatchingKey", self.feature_score_matching_key.as_ref());
    }
}

/// Reads a `CategoryIdentifier`.
fn category(input: &mut Input<'_>) -> Result<UpdateId, Problem> {
    let mut id = None;
    input.fields(|input, name| match name {
        "Id" => input.value().map(|value| id = Some(value)),
        _ => input.skip(),
    })?;
    input.required(id, "Id")
}

/// Asks for printer drivers, for the Add Printer wizard (MS-WUSP 2.2.2.2.9). Answered as [`SyncUpdates`] is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPrinterCatalog {
    /// The session.
    pub cookie: Option<Cookie>,
    /// As in [`SyncUpdateParameters`].
    pub installed_non_leaf_update_ids: Vec<RevisionId>,
    /// Cached printer drivers.
    pub printer_update_ids: Vec<RevisionId>,
}

impl Wire for SyncPrinterCatalog {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "installedNonLeafUpdateIDs" => {
                input.revision_ids(limits::INSTALLED_IDS, &mut request.installed_non_leaf_update_ids)
            }
            "printerUpdateIDs" => input.revision_ids(limits::DRIVER_IDS, &mut request.printer_update_ids),
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.list("installedNonLeafUpdateIDs", "int", &self.installed_non_leaf_update_ids);
        out.list("printerUpdateIDs", "int", &self.printer_update_ids);
    }
}

/// What is new: the answer to [`SyncUpdates`] and [`SyncPrinterCatalog`] (`SyncInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncInfo {
    /// Revisions the client does not have yet.
    pub new_updates: Vec<UpdateInfo>,
    /// Revisions it is to forget.
    pub out_of_scope_revision_ids: Vec<RevisionId>,
    /// Revisions it has whose deployment or leaf flag changed; without their fragments.
    pub changed_updates: Vec<UpdateInfo>,
    /// There is more: ask again.
    pub truncated: bool,
    /// The session from now on; always there.
    pub new_cookie: Cookie,
    /// Deployed revisions merely outside the filter; only when asked for.
    pub deployed_out_of_scope_revision_ids: Vec<RevisionId>,
    /// The client may leave out its driver pass; from protocol 1.7 on.
    pub driver_sync_not_needed: Option<bool>,
}

impl Wire for SyncInfo {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut info = Self::default();
        let mut new_cookie = None;
        input.fields(|input, name| {
            match name {
                "NewUpdates" => input.list("UpdateInfo", limits::ANSWER_LIST, &mut info.new_updates)?,
                "OutOfScopeRevisionIDs" => {
                    input.revision_ids(limits::ANSWER_LIST, &mut info.out_of_scope_revision_ids)?;
                }
                "ChangedUpdates" => input.list("UpdateInfo", limits::ANSWER_LIST, &mut info.changed_updates)?,
                "Truncated" => info.truncated = input.value()?,
                "NewCookie" => new_cookie = Some(input.value()?),
                "DeployedOutOfScopeRevisionIds" => {
                    input.revision_ids(limits::ANSWER_LIST, &mut info.deployed_out_of_scope_revision_ids)?;
                }
                "DriverSyncNotNeeded" => info.driver_sync_not_needed = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        info.new_cookie = input.required(new_cookie, "NewCookie")?;
        Ok(info)
    }

    fn write(&self, out: &mut Output) {
        out.list("NewUpdates", "UpdateInfo", &self.new_updates);
        out.list("OutOfScopeRevisionIDs", "int", &self.out_of_scope_revision_ids);
        out.list("ChangedUpdates", "UpdateInfo", &self.changed_updates);
        out.field("Truncated", &self.truncated);
        out.field("NewCookie", &self.new_cookie);
        out.list("DeployedOutOfScopeRevisionIds", "int", &self.deployed_out_of_scope_revision_ids);
        out.optional("DriverSyncNotNeeded", self.driver_sync_not_needed.as_ref());
    }
}

/// A revision as a client is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateInfo {
    /// Its number.
    pub id: RevisionId,
    /// What to do with it; a client without this fails with 0x80070057.
    pub deployment: Deployment,
    /// No update names this one as its prerequisite.
    pub is_leaf: bool,
    /// Its core fragment; of new ones only.
    pub xml: Option<Escaped>,
}

impl Wire for UpdateInfo {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut id, mut deployment, mut is_leaf, mut xml) = (None, None, None, None);
        input.fields(|input, name| {
            match name {
                "ID" => id = Some(input.value()?),
                "Deployment" => deployment = Some(input.value()?),
                "IsLeaf" => is_leaf = Some(input.value()?),
                "Xml" => xml = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            id: input.required(id, "ID")?,
            deployment: input.required(deployment, "Deployment")?,
            is_leaf: input.required(is_leaf, "IsLeaf")?,
            xml,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("ID", &self.id);
        out.field("Deployment", &self.deployment);
        out.field("IsLeaf", &self.is_leaf);
        out.optional("Xml", self.xml.as_ref());
    }
}
