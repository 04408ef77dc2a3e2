//! Drivers for devices and computer models: what Microsoft's service lists apart (MS-WSUSSS 3.1.4.7, 3.1.4.8).
//!
//! An upstream that has them says how many hardware ids it takes in one call; native WSUS and Vanne say none, and are not
//! asked. Whatever goes wrong here, the rest of the synchronisation goes on, and the same is asked for the next time.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use model::{HardwareId, UpdateIdentity};
use sync::{DRIVER_SETS_BYTES_MAX, Session, Step, SyncError};
use uuid::Uuid;
use wire::limits;
use wire::server::{ConfigData, DriverFilter, DriverSetAndRevisionIdList, HardwareIdAndDelta, IdAndDelta};

use super::lists::Plan;
use super::settings::{Anchors, Subscription};

/// Driver sets of one synchronisation, and those that are gone. A computer model has a few.
const SETS_MAX: usize = 10_000;
/// Drivers of one synchronisation: as many as any list has. A device has some hundred.
const DRIVERS_MAX: usize = limits::REVISION_IDS.max;

/// What was listed.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Drivers, those of the driver sets among them.
    pub(super) revisions: Vec<UpdateIdentity>,
    /// All of them came since the last time; so if there are none.
    pub(super) are_news: bool,
    /// Driver sets whose data is to be asked for.
    pub(super) sets: Vec<Uuid>,
    /// Driver sets that are gone.
    pub(super) removed: Vec<Uuid>,
}

impl Listed {
    /// Why it is more than anybody has for the few devices and models of a subscription.
    fn check(&self) -> Result<(), String> {
        for (what, count, most) in [
            ("drivers", self.revisions.len(), DRIVERS_MAX),
            ("driver sets", self.sets.len(), SETS_MAX),
            ("removed driver sets", self.removed.len(), SETS_MAX),
        ] {
            if count > most {
                return Err(format!("it has more than {most} {what} for a few devices and models"));
            }
        }
        Ok(())
    }
}

/// Asks for drivers, if the upstream has any apart and the subscription names devices or models, and notes in `anchors` how
/// far that goes.
pub(super) async fn list(
    session: &Session,
    config: &ConfigData,
    subscription: &Subscription,
    anchors: &mut Anchors,
) -> Listed {
    let nothing = Listed { are_news: true, ..Listed::default() };
    let (Some(models), Some(devices)) = (config.max_computer_ids_in_request, config.max_pnp_hardware_ids_in_request)
    else {
        return nothing;
    };
    if subscription.devices.is_empty() && subscription.models.is_empty() {
        return nothing;
    }
    let at_once = (most(models), most(devices));
    let asked = match ask(session, subscription, anchors, at_once).await {
        Err(error) if error.is_about_the_anchor() && anchors.drivers.is_some() => {
            anchors.drivers = None;
            ask(session, subscription, anchors, at_once).await
        }
        asked => asked,
    };
    match asked {
        Ok((listed, anchor)) => {
            anchors.drivers = anchor;
            anchors.devices.clone_from(&subscription.devices);
            anchors.models.clone_from(&subscription.models);
            listed
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "drivers by device cannot be listed; all else is synchronised");
            nothing
        }
    }
}

/// All calls of one synchronisation have the anchor of the last one; the first they give is that of the next.
async fn ask(
    session: &Session,
    subscription: &Subscription,
    anchors: &Anchors,
    (models_at_once, devices_at_once): (usize, usize),
) -> Result<(Listed, Option<String>), SyncError> {
    let anchor = anchors.drivers.as_ref().and_then(|text| text.parse().ok());
    let has_anchor = anchor.is_some();
    let filter = DriverFilter { anchor, ..DriverFilter::default() };
    let models: Vec<IdAndDelta> = subscription
        .models
        .iter()
        .map(|model| IdAndDelta { id: model::UpdateId(*model), delta: has_anchor && anchors.models.contains(model) })
        .collect();
    let devices: Vec<HardwareIdAndDelta> = subscription
        .devices
        .iter()
        .map(|device| HardwareIdAndDelta {
            id: HardwareId::new(device),
            delta: has_anchor && anchors.devices.contains(device),
        })
        .collect();
    let are_news = models.iter().all(|one| one.delta) && devices.iter().all(|one| one.delta);
    let (mut listed, mut first) = (Listed { are_news, ..Listed::default() }, None);
    let (mut models, mut devices) = (models.chunks(models_at_once), devices.chunks(devices_at_once));
    loop {
        let (some_models, some_devices) = (models.next(), devices.next());
        if some_models.is_none() && some_devices.is_none() {
            break;
        }
        let filter = DriverFilter {
            computer_ids: some_models.unwrap_or_default().to_vec(),
            pnp_hardware_ids: some_devices.unwrap_or_default().to_vec(),
            ..filter.clone()
        };
        let DriverSetAndRevisionIdList { anchor, new_revisions, new_driver_sets, removed_driver_sets } =
            session.drivers(&filter).await?;
        first.get_or_insert(anchor.to_string());
        listed.revisions.extend(new_revisions);
        listed.sets.extend(new_driver_sets);
        listed.removed.extend(removed_driver_sets);
        listed.check().map_err(|what| session.lies(Step::GetDriverIdList, what))?;
    }
    let once = |sets: Vec<Uuid>| sets.into_iter().collect::<BTreeSet<Uuid>>().into_iter().collect::<Vec<Uuid>>();
    listed.sets = once(listed.sets);
    listed.removed = once(listed.removed);
    Ok((listed, first))
}

/// Fetches what the driver sets of a plan say. What cannot be had is asked for again the next time.
pub(super) async fn fetch_sets(plan: &mut Plan) {
    match sets(plan).await {
        Ok(told) => plan.driver_sets_told = told,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "driver sets cannot be had; they are asked for again with the next synchronisation");
            plan.anchors.drivers.clone_from(&plan.before.drivers);
            plan.anchors.models.clone_from(&plan.before.models);
        }
    }
}

async fn sets(plan: &Plan) -> Result<Vec<(Uuid, String)>, SyncError> {
    let (mut told, mut bytes) = (BTreeMap::new(), 0);
    for sets in plan.driver_sets.chunks(plan.driver_sets_at_once) {
        for set in plan.session.driver_sets(sets).await? {
            bytes += set.xml.len();
            told.insert(set.id, set.xml);
        }
        if bytes > DRIVER_SETS_BYTES_MAX {
            let what = format!("driver sets have more than {DRIVER_SETS_BYTES_MAX} bytes");
            return Err(plan.session.lies(Step::GetDriverSetData, what));
        }
    }
    Ok(told.into_iter().collect())
}

/// Hardware ids in one call.
fn most(told: NonZeroU32) -> usize {
    usize::try_from(told.get()).unwrap_or(usize::MAX).clamp(1, limits::DRIVER_FILTER_IDS.max)
}

/// Driver sets in one call.
pub(super) fn sets_at_once(config: &ConfigData) -> usize {
    let told = config.max_driver_sets_per_request.map_or(1, NonZeroU32::get);
    usize::try_from(told).unwrap_or(usize::MAX).clamp(1, limits::DRIVER_SETS.max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_few_models_have_is_not_believed() {
        let sets = |count: usize| (0..count as u128).map(Uuid::from_u128).collect();
        assert_eq!(Listed { sets: sets(SETS_MAX), ..Listed::default() }.check(), Ok(()));
        let error = Listed { removed: sets(SETS_MAX + 1), ..Listed::default() }.check().unwrap_err();
        assert_eq!(error, "it has more than 10000 removed driver sets for a few devices and models");
    }
}
