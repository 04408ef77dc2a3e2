use model::DeploymentAction;

use super::Agent;
use super::offer::Progress;
use crate::random::Random;

/// `ERROR_INSTALL_FAILURE` of Windows Installer.
const INSTALL_FAILED: u32 = 0x8007_0643;
/// `WU_S_REBOOT_REQUIRED`.
const REBOOT_REQUIRED: u32 = 0x0024_0005;

impl Agent {
    /// Installs or removes what is downloaded, one update after the other, and queues the events of
    /// native-behaviour §4.2: 181, then 183, 201 or 182; 222 for a removal.
    pub fn install(&mut self) {
        let mut offers = std::mem::take(&mut self.offers);
        for offer in offers.iter_mut().filter(|offer| offer.progress == Progress::Downloaded) {
            let identity = offer.identity;
            offer.progress = Progress::Done;
            if offer.action == DeploymentAction::Uninstall {
                for payload in &offer.payloads {
                    self.profile.machine.uninstall(&payload.fragment.rules);
                }
                self.events.about(&self.profile, 222, identity, 0);
                continue;
            }
            self.events.about(&self.profile, 181, identity, 0);
            let mut random = Random::named(&format!("{} {identity}", self.profile.seed));
            if random.chance(self.profile.failing_percent) {
                self.events.about(&self.profile, 182, identity, INSTALL_FAILED.cast_signed());
                self.summary.failed += 1;
                offer.progress = Progress::Failed;
                continue;
            }
            for payload in &offer.payloads {
                let fragment = &payload.fragment;
                let update = fragment.identity.update_id;
                self.profile.machine.install(update, &fragment.rules, &fragment.drivers, payload.wants_restart);
            }
            self.summary.installed += 1;
            if offer.payloads.iter().any(|payload| payload.wants_restart) {
                self.summary.restarts_wanted += 1;
                self.cache.set_pending(identity);
                self.events.about(&self.profile, 201, identity, REBOOT_REQUIRED.cast_signed());
            } else {
                self.events.about(&self.profile, 183, identity, 0);
            }
        }
        self.offers = offers;
    }
}
