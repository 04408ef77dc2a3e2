//! Computers in sum, as they are kept and as servers tell each other (MS-WSUSSS 3.1.4.14.3.5).

use std::collections::BTreeMap;

use store::{ClientSummary, ClientSystem, InstallActivity};
use wire::reporting::rollup;

/// Longest texts that are kept: of the locale, of the architecture.
const LOCALE_CHARS: usize = 64;
const ARCHITECTURE_CHARS: usize = 50;

/// As it is told: every text is there.
pub(super) fn to_wire(known: &ClientSummary) -> rollup::ClientSummary {
    let ClientSystem { version, service_pack, .. } = &known.system;
    let activity = |one: &InstallActivity| rollup::ActivitySummary {
        update: one.update,
        install_successes: one.successes,
        install_failures: one.failures,
    };
    rollup::ClientSummary {
        os_major_version: version[0],
        os_minor_version: version[1],
        os_build_number: version[2],
        os_service_pack_major_number: service_pack[0],
        os_service_pack_minor_number: service_pack[1],
        os_locale: Some(known.system.locale.clone()),
        suite_mask: i16::try_from(known.system.suite_mask).unwrap_or_default(),
        old_product_type: u8::try_from(known.system.old_product_type).unwrap_or_default(),
        new_product_type: known.system.new_product_type,
        system_metrics: known.system.system_metrics,
        processor_architecture: Some(known.system.architecture.clone()),
        count: known.computers,
        activities: known.activities.iter().map(activity).collect(),
    }
}

/// As it is kept: each system once, by its order.
pub(crate) fn from_wire(told: Vec<rollup::ClientSummary>) -> Vec<ClientSummary> {
    let mut all: BTreeMap<ClientSystem, ClientSummary> = BTreeMap::new();
    for one in told {
        let short = |text: Option<String>, chars| text.unwrap_or_default().chars().take(chars).collect();
        let system = ClientSystem {
            version: [one.os_major_version, one.os_minor_version, one.os_build_number],
            service_pack: [one.os_service_pack_major_number, one.os_service_pack_minor_number],
            locale: short(one.os_locale, LOCALE_CHARS),
            suite_mask: one.suite_mask.into(),
            old_product_type: one.old_product_type.into(),
            new_product_type: one.new_product_type,
            system_metrics: one.system_metrics,
            architecture: short(one.processor_architecture, ARCHITECTURE_CHARS),
        };
        let activity = |one: rollup::ActivitySummary| InstallActivity {
            update: one.update,
            successes: one.install_successes,
            failures: one.install_failures,
        };
        let summary = all.entry(system.clone());
        let summary = summary.or_insert_with(|| ClientSummary { system, ..ClientSummary::default() });
        // Told in two parts, it is the same computers, and something else was installed on them.
        summary.computers = summary.computers.max(one.count);
        summary.activities.extend(one.activities.into_iter().map(activity));
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_computers_in_sum_is_kept_and_told_on() {
        let known = ClientSummary {
            system: ClientSystem {
                version: [10, 0, 26_200],
                service_pack: [1, 2],
                locale: "fr-FR".into(),
                suite_mask: 256,
                old_product_type: 1,
                new_product_type: 48,
                system_metrics: 3,
                architecture: "AMD64".into(),
            },
            computers: 7,
            activities: Vec::new(),
        };
        let mut told = to_wire(&known);
        assert_eq!(from_wire(vec![told.clone(), told.clone()]), [known], "the same computers in two parts");
        told.os_locale = Some("x".repeat(5_000));
        assert_eq!(from_wire(vec![told])[0].system.locale.len(), LOCALE_CHARS);
    }
}
