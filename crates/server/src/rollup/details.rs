//! What a computer is, as it is kept and as servers tell each other.

use store::{ComputerDetails, Registration};
use wire::reporting::rollup;

use crate::soap::handshake::Details;

/// Longest texts (MS-WSUSSS 3.1.4.15.3.3): of maker, model and BIOS, of the architecture, of the agent's version, of a
/// group's name.
const TEXT_CHARS: usize = 64;
const ARCHITECTURE_CHARS: usize = 50;
const VERSION_CHARS: usize = 20;
const GROUP_CHARS: usize = 256;

/// As it is told: every text is there, and none longer than the specification has it.
pub(super) fn to_wire(known: &ComputerDetails) -> rollup::ComputerDetails {
    let Registration { os_major, os_minor, os_build, manufacturer, model, architecture, json } = &known.registration;
    let told: Details = serde_json::from_str(json).unwrap_or_default();
    let [major, minor, build, qfe] = told.client_version;
    let text = |text: &str, chars: usize| Some(text.chars().take(chars).collect::<String>());
    let optional = |value: Option<String>| text(&value.unwrap_or_default(), TEXT_CHARS);
    rollup::ComputerDetails {
        ip_address: text(&known.address, TEXT_CHARS),
        full_domain_name: text(known.dns_name.as_deref().unwrap_or_default(), 255),
        os_major_version: *os_major,
        os_minor_version: *os_minor,
        os_build_number: *os_build,
        os_service_pack_major_number: told.service_pack,
        os_service_pack_minor_number: told.service_pack_minor,
        os_locale: optional(told.os_locale),
        os_family: Some("Windows".to_owned()),
        os_description: text(&told.os_description.unwrap_or_default(), 256),
        computer_make: text(manufacturer, TEXT_CHARS),
        computer_model: text(model, TEXT_CHARS),
        bios_version: optional(told.bios_version),
        bios_name: optional(told.bios_name),
        bios_release_date: told.bios_release_date,
        processor_architecture: text(architecture, ARCHITECTURE_CHARS),
        suite_mask: i16::try_from(told.suite_mask).unwrap_or_default(),
        old_product_type: u8::try_from(told.old_product_type).unwrap_or_default(),
        new_product_type: told.new_product_type,
        system_metrics: told.system_metrics,
        client_version: text(&format!("{major}.{minor}.{build}.{qfe}"), VERSION_CHARS),
        target_group_ids: known.groups.clone(),
        requested_target_group_names: known.requested.iter().filter_map(|name| text(name, GROUP_CHARS)).collect(),
    }
}

/// As it is kept. Names of groups it requests are not: they are a matter between the computer and the server it asks.
pub(crate) fn from_wire(told: rollup::ComputerDetails) -> ComputerDetails {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let dns_name = some(told.full_domain_name);
    let details = Details {
        dns_name: dns_name.clone(),
        os_description: some(told.os_description),
        os_locale: some(told.os_locale),
        old_product_type: told.old_product_type.into(),
        new_product_type: told.new_product_type,
        suite_mask: told.suite_mask.into(),
        system_metrics: told.system_metrics,
        service_pack: told.os_service_pack_major_number,
        service_pack_minor: told.os_service_pack_minor_number,
        bios_name: some(told.bios_name),
        bios_version: some(told.bios_version),
        bios_release_date: told.bios_release_date,
        firmware_version: None,
        client_version: version(&told.client_version.unwrap_or_default()),
    };
    ComputerDetails {
        dns_name,
        address: told.ip_address.unwrap_or_default(),
        groups: told.target_group_ids,
        requested: Vec::new(),
        registration: Registration {
            os_major: told.os_major_version,
            os_minor: told.os_minor_version,
            os_build: told.os_build_number,
            manufacturer: told.computer_make.unwrap_or_default(),
            model: told.computer_model.unwrap_or_default(),
            architecture: told.processor_architecture.unwrap_or_default(),
            // It has no maps with keys that are no texts: that alone could fail.
            json: serde_json::to_string(&details).unwrap_or_default(),
        },
    }
}

/// The numbers of a version, as far as there are any.
fn version(text: &str) -> [i32; 4] {
    let mut numbers = text.split('.').map(|part| part.trim().parse().unwrap_or_default());
    std::array::from_fn(|_| numbers.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_computer_is_kept_and_told_on() {
        let details = Details {
            os_locale: Some("fr-FR".to_owned()),
            old_product_type: 1,
            client_version: [10, 0, 26_100, 1],
            ..Details::default()
        };
        let known = ComputerDetails {
            dns_name: Some("pc-1.example".to_owned()),
            address: "192.0.2.1".to_owned(),
            groups: vec![model::TargetGroupId::ALL_COMPUTERS],
            requested: vec!["Pilots".to_owned()],
            registration: Registration {
                os_major: 10,
                os_build: 26_200,
                manufacturer: "F".repeat(100),
                json: serde_json::to_string(&details).unwrap(),
                ..Registration::default()
            },
        };
        let told = to_wire(&known);
        assert_eq!(told.computer_make.as_deref().map(str::len), Some(64));
        assert_eq!(told.client_version.as_deref(), Some("10.0.26100.1"));
        let kept = from_wire(told.clone());
        assert_eq!((kept.dns_name.as_deref(), kept.registration.os_build), (Some("pc-1.example"), 26_200));
        assert_eq!(kept.requested, Vec::<String>::new());
        let on = to_wire(&kept);
        assert_eq!(on, rollup::ComputerDetails { requested_target_group_names: Vec::new(), ..told });
    }
}
