//! The scan: StartCategoryScan, SyncUpdates, SyncPrinterCatalog, RefreshCache.

use catalog::{Device, DriverQuery, INSTALLED_MAX, InstalledDriver, Offer, PrinterQuery, Selection, SoftwareQuery};
use jiff::tz::TimeZone;
use model::{ProtocolVersion, RevisionId, Timestamp, UpdateId};
use store::{Contact, ContactEvent};
use wire::client::{
    CategoryScan, Deployment, DeploymentFlags, RefreshCache, RefreshCacheResult, StartCategoryScan, SyncInfo,
    SyncPrinterCatalog, SyncUpdateParameters, SyncUpdates, UpdateInfo,
};
use wire::{Escaped, client};

use super::exchange::Origin;
use super::refusal::Refusal;
use super::session::{Session, View};
use crate::app::App;

/// Categories in one StartCategoryScan from which native refuses (MS-WUSP note 52).
const CATEGORIES_MAX: usize = 200;

/// Client versions from which a field may be sent (MS-WUSP 2.2.2.2.4).
mod since {
    use super::ProtocolVersion;

    /// `HardwareIds` of a deployment.
    pub(super) const HARDWARE_IDS: ProtocolVersion = ProtocolVersion::new(1, 6);
    /// `FilterCategoryIds`, two out-of-scope lists, `DriverSyncNotNeeded`.
    pub(super) const CATEGORY_SCANS: ProtocolVersion = ProtocolVersion::new(1, 7);
    /// `AutoSelect`, `AutoDownload`, `SupersedenceBehavior`.
    pub(super) const AUTO_FIELDS: ProtocolVersion = ProtocolVersion::new(1, 8);
}

/// StartCategoryScan (MS-WUSP 3.1.5.6): the one call without a cookie, answered from public names only.
pub(super) async fn start_category_scan(app: &App, request: &StartCategoryScan) -> Result<CategoryScan, Refusal> {
    let requested = request.requested_categories.as_ref().ok_or_else(|| Refusal::parameter("requestedCategories"))?;
    if requested.len() >= CATEGORIES_MAX {
        return Err(Refusal::parameter("requestedCategories"));
    }
    let wanted: Vec<(i32, UpdateId)> =
        requested.iter().map(|category| (category.index_of_and_group, category.category_id)).collect();
    let answer = app.publisher.current(app).await?.category_scan(&wanted);
    Ok(CategoryScan { preferred_category_ids: answer.preferred, requested_category_ids_in_error: answer.in_error })
}

/// SyncUpdates (MS-WUSP 3.1.5.7).
pub(super) async fn sync_updates(
    app: &App,
    origin: &Origin,
    session: &Session,
    request: SyncUpdates,
) -> Result<SyncInfo, Refusal> {
    session.require_present_config(app)?;
    session.require_registered()?;
    let mut parameters = request.parameters.ok_or_else(|| Refusal::parameter("parameters"))?;
    let installed = &parameters.installed_non_leaf_update_ids;
    if installed.len() > INSTALLED_MAX || (parameters.system_spec.is_some() && !parameters.skip_software_sync) {
        return Err(Refusal::parameter("parameters"));
    }
    let view = session.view(app).await?;
    let selection = if parameters.skip_software_sync {
        drivers(&view, &mut parameters)
    } else {
        software(session, &view, &parameters)
    };
    note_scan(app, origin, session, &parameters);
    let new_cookie = session.told(app, &view, |marks, mark| {
        let told_of = match (parameters.skip_software_sync, parameters.filter_category_ids.is_empty()) {
            (true, _) => &mut marks.drivers,
            (false, true) => &mut marks.software,
            (false, false) => &mut marks.categories,
        };
        *told_of = Some(mark);
    });
    sync_info(app, session.cookie.protocol, selection, new_cookie).await
}

fn software(session: &Session, view: &View, parameters: &SyncUpdateParameters) -> Selection {
    let understands_filters = session.cookie.protocol >= since::CATEGORY_SCANS;
    let filter: &[UpdateId] = if understands_filters { &parameters.filter_category_ids } else { &[] };
    view.snapshot.software(
        &view.scope,
        &SoftwareQuery {
            installed: &parameters.installed_non_leaf_update_ids,
            cached: &parameters.other_cached_update_ids,
            filter,
            two_groups: understands_filters && parameters.need_two_group_out_of_scope_updates,
            since: if filter.is_empty() { view.seen.software } else { view.seen.categories },
        },
    )
}

/// Takes the devices out of `parameters`: they are hundreds of texts, which nothing else looks at.
fn drivers(view: &View, parameters: &mut SyncUpdateParameters) -> Selection {
    let devices: Vec<Device> = parameters.system_spec.take().into_iter().flatten().map(device).collect();
    view.snapshot.drivers(
        &view.scope,
        &DriverQuery {
            installed: &parameters.installed_non_leaf_update_ids,
            cached: &parameters.cached_driver_ids,
            filter: &parameters.filter_category_ids,
            devices: &devices,
            computer_ids: &parameters.computer_hardware_ids,
            feature_key: parameters.feature_score_matching_key.as_deref(),
            since: view.seen.drivers,
        },
    )
}

fn device(device: client::Device) -> Device {
    Device {
        hardware_ids: device.hardware_ids,
        compatible_ids: device.compatible_ids,
        installed: device.installed_driver.map(|driver| InstalledDriver {
            matching_id: driver.matching_id,
            date_days: days_since_epoch(driver.date),
            version: driver.version,
            class: driver.class.unwrap_or_default(),
            manufacturer: driver.manufacturer.unwrap_or_default(),
            provider: driver.provider.unwrap_or_default(),
            computer: driver.matching_computer_id,
            rank: Some(driver.rank.cast_signed()),
        }),
    }
}

fn days_since_epoch(date: Timestamp) -> i32 {
    i32::try_from(date.as_second().div_euclid(86_400)).unwrap_or(i32::MAX)
}

/// Notes the contact, and with a whole software scan what is installed, which `vanne explain` needs.
fn note_scan(app: &App, origin: &Origin, session: &Session, parameters: &SyncUpdateParameters) {
    let whole = !parameters.skip_software_sync && parameters.filter_category_ids.is_empty();
    app.computers.note(Contact {
        computer: session.computer().clone(),
        at: app.now(),
        address: origin.peer.ip().to_string(),
        dns_name: None,
        requested_groups: None,
        protocol: Some(session.cookie.protocol),
        agent: origin.agent.clone(),
        installed: whole.then(|| parameters.installed_non_leaf_update_ids.clone()),
        event: ContactEvent::Scan,
    });
}

/// SyncPrinterCatalog (MS-WUSP 3.1.5.12).
pub(super) async fn printers(app: &App, session: &Session, request: &SyncPrinterCatalog) -> Result<SyncInfo, Refusal> {
    session.require_present_config(app)?;
    session.require_registered()?;
    if request.installed_non_leaf_update_ids.len() > INSTALLED_MAX {
        return Err(Refusal::parameter("installedNonLeafUpdateIDs"));
    }
    let view = session.view(app).await?;
    let selection = view.snapshot.printers(
        &view.scope,
        &PrinterQuery {
            installed: &request.installed_non_leaf_update_ids,
            cached: &request.printer_update_ids,
            since: view.seen.printers,
        },
    );
    let new_cookie = session.told(app, &view, |marks, mark| marks.printers = Some(mark));
    sync_info(app, session.cookie.protocol, selection, new_cookie).await
}

/// RefreshCache (MS-WUSP 3.1.5.8): after a lost session, what of its cache the client may keep.
pub(super) async fn refresh_cache(
    app: &App,
    session: &Session,
    request: &RefreshCache,
) -> Result<Vec<RefreshCacheResult>, Refusal> {
    let asked = request.global_ids.as_ref().ok_or_else(|| Refusal::parameter("globalIDs"))?;
    let view = session.view(app).await?;
    let kept = view.snapshot.refresh(&view.scope, asked);
    let results = kept.into_iter().map(|(identity, offer)| RefreshCacheResult {
        revision_id: offer.revision,
        global_id: identity,
        is_leaf: offer.is_leaf,
        deployment: deployment(session.cookie.protocol, &offer),
    });
    Ok(results.collect())
}

async fn sync_info(
    app: &App,
    protocol: ProtocolVersion,
    selection: Selection,
    new_cookie: client::Cookie,
) -> Result<SyncInfo, Refusal> {
    let revisions: Vec<RevisionId> = selection.new.iter().map(|offer| offer.revision).collect();
    let fragments = app.fragments.core(&app.store, &revisions).await?;
    // Fragments come in the order they were asked for.
    let mut fragments = fragments.into_iter().peekable();
    let new_updates = selection.new.iter().filter_map(|offer| {
        // Every revision has a core fragment; one that lost it is better left out than sent without rules.
        let (_, xml) = fragments.next_if(|(revision, _)| *revision == offer.revision)?;
        Some(update_info(protocol, offer, Some(xml)))
    });
    let not_needed = (protocol >= since::CATEGORY_SCANS).then_some(selection.driver_sync_not_needed);
    Ok(SyncInfo {
        new_updates: new_updates.collect(),
        out_of_scope_revision_ids: selection.out_of_scope,
        changed_updates: selection.changed.iter().map(|offer| update_info(protocol, offer, None)).collect(),
        truncated: selection.truncated,
        new_cookie,
        deployed_out_of_scope_revision_ids: selection.deployed_out_of_scope,
        driver_sync_not_needed: not_needed,
    })
}

fn update_info(protocol: ProtocolVersion, offer: &Offer, xml: Option<Escaped>) -> UpdateInfo {
    UpdateInfo { id: offer.revision, deployment: deployment(protocol, offer), is_leaf: offer.is_leaf, xml }
}

/// The deployment as the wire has it: without one, agents fail with 0x80070057 (native-behaviour §2.1).
fn deployment(protocol: ProtocolVersion, offer: &Offer) -> Deployment {
    let hardware_ids = if protocol >= since::HARDWARE_IDS { offer.hardware_ids.clone() } else { Vec::new() };
    Deployment {
        id: offer.deployment.id,
        action: offer.deployment.action,
        deadline: offer.deployment.deadline,
        is_assigned: true,
        last_change: offer.deployment.last_change.to_zoned(TimeZone::UTC).date(),
        download_priority: None,
        hardware_ids,
        flags: (protocol >= since::AUTO_FIELDS).then_some(DeploymentFlags::default()),
    }
}
