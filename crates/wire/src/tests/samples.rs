//! A message of every kind, with every field filled.

use jiff::Timestamp;
use model::{
    ComputerId, DeploymentAction, DeploymentId, DriverVersion, HardwareId, ProtocolVersion, RevisionId, RevisionNumber,
    Sha1, UpdateId, UpdateIdentity,
};
use uuid::Uuid;

use crate::client::*;
use crate::reporting::{
    self, GetRequiredInventoryType, Inventory, ReportEventBatch, ReportEventBatch2, ReportInventory,
};
use crate::simple_auth::GetAuthorizationCookie;
use crate::{Escaped, Request, Response};

pub(super) fn time(text: &str) -> Timestamp {
    crate::time::parse(text).unwrap()
}

pub(super) fn cookie() -> Cookie {
    Cookie { expiration: Some(time("2026-10-04T16:03:35.9967236Z")), encrypted_data: vec![7; 64] }
}

pub(super) fn update(number: u128) -> UpdateId {
    UpdateId(Uuid::from_u128(number))
}

pub(super) fn identity(number: u128) -> UpdateIdentity {
    UpdateIdentity { update_id: update(number), revision_number: RevisionNumber::new(101).unwrap() }
}

fn ids(ids: &[i32]) -> Vec<RevisionId> {
    ids.iter().copied().map(RevisionId).collect()
}

fn hardware(ids: &[&str]) -> Vec<HardwareId> {
    ids.iter().copied().map(HardwareId::new).collect()
}

fn device() -> Device {
    Device {
        hardware_ids: hardware(&["pci\\ven_8086&dev_1533&subsys_0", "pci\\ven_8086&dev_1533"]),
        compatible_ids: hardware(&["pci\\ven_8086&cc_0200"]),
        installed_driver: Some(InstalledDriver {
            matching_id: Some(HardwareId::new("pci\\ven_8086&dev_1533")),
            date: time("2023-05-01T00:00:00Z"),
            version: "12.19.2.45".parse().unwrap(),
            class: Some("Net".into()),
            manufacturer: Some("Intel & Söhne".into()),
            provider: Some("Intel".into()),
            model: Some("I210".into()),
            matching_computer_id: Some(Uuid::from_u128(9)),
            rank: 0x80ff_0001,
        }),
        extension_drivers: vec![ExtensionDriver {
            extension_id: "{f3}".into(),
            date: time("2022-01-01T00:00:00Z"),
            version: DriverVersion(u64::MAX),
            class: Some("Extension".into()),
            rank: 1,
            matching_computer_id: Some(Uuid::from_u128(10)),
        }],
        recovery_ids: vec!["r".into()],
        flags: 1,
    }
}

fn event() -> reporting::Event {
    reporting::Event {
        sid: Some("e1da06a3-0000-0000-0000-000000000000".into()),
        update: Some(identity(5)),
        hresult: -2_145_124_341,
        app_name: Some("<<PROCESS>>: tool.exe".into()),
        replacement_strings: vec!["0".into(), String::new()],
        misc_data: vec!["U=A;B".into(), "G=1.2".into()],
        computer_brand: Some("Brand".into()),
        computer_model: Some("Model".into()),
        bios_revision: Some("1".into()),
        processor_architecture: Some("Amd64Compatible".into()),
        os_version: Some(reporting::OsVersion { major: 10, build: 26_200, revision: 65_792, ..Default::default() }),
        os_locale_id: 1033,
        device_id: Some("pci".into()),
        computer_dns_name: Some("pc".into()),
        user_account_name: Some("user".into()),
        ..reporting::Event::new(156, Uuid::from_u128(77), time("2026-10-04T15:20:47.397Z"))
    }
}

fn version() -> OsVersion {
    OsVersion { major: 10, minor: 0, build: 26_200, service_pack_major: 1, service_pack_minor: 2 }
}

pub(super) fn sync_parameters() -> SyncUpdateParameters {
    SyncUpdateParameters {
        express_query: true,
        installed_non_leaf_update_ids: ids(&[1, 2, i32::MAX, i32::MIN]),
        other_cached_update_ids: ids(&[3, 4]),
        system_spec: Some(vec![device(), Device::default()]),
        cached_driver_ids: ids(&[5]),
        skip_software_sync: true,
        filter_category_ids: vec![update(6)],
        need_two_group_out_of_scope_updates: true,
        computer_hardware_ids: vec![Uuid::from_u128(8)],
        feature_score_matching_key: Some("AMD64.10.0".into()),
    }
}

/// One request of every kind.
pub(super) fn requests() -> Vec<Request> {
    let version_spoken = Some(ProtocolVersion::new(2, 90));
    let info_types =
        Some(vec![InfoType::Extended, InfoType::LocalizedProperties, InfoType::Eula, InfoType::Other("New".into())]);
    let locales = Some(vec!["en-US".to_owned(), "en".to_owned()]);
    let now = Some(time("2026-10-04T15:03:36Z"));
    vec![
        Request::GetConfig(GetConfig { protocol_version: version_spoken }),
        Request::GetConfig2(GetConfig2 {
            client_configuration: Some(ClientConfiguration {
                processor_architecture: Some(Architecture("Amd64Compatible".into())),
                always_on_always_connected: true,
                client_version: Some(version()),
                os_version: Some(version()),
                protocol_version: version_spoken,
            }),
        }),
        Request::GetCookie(GetCookie {
            auth_cookies: vec![AuthorizationCookie { plug_in_id: "SimpleTargeting".into(), cookie_data: vec![1; 40] }],
            old_cookie: Some(Cookie { encrypted_data: vec![], ..cookie() }),
            last_change: time("2026-10-04T13:17:07.59Z"),
            current_time: now,
            protocol_version: version_spoken,
        }),
        Request::RegisterComputer(RegisterComputer {
            cookie: Some(cookie()),
            computer_info: Some(ComputerInfo {
                dns_name: Some("pc.example".into()),
                os_build_number: 26_200,
                bios_release_date: Some(time("2022-02-02T00:00:00Z")),
                processor_architecture: Some("AMD64".into()),
                suite_mask: 65_535,
                mobile_operator: Some("Not Present".into()),
                ..Default::default()
            }),
        }),
        Request::StartCategoryScan(StartCategoryScan {
            requested_categories: Some(vec![CategoryRelationship { index_of_and_group: 1, category_id: update(3) }]),
        }),
        Request::SyncUpdates(SyncUpdates { cookie: Some(cookie()), parameters: Some(sync_parameters()) }),
        Request::SyncPrinterCatalog(SyncPrinterCatalog {
            cookie: Some(cookie()),
            installed_non_leaf_update_ids: ids(&[1, 2]),
            printer_update_ids: ids(&[3]),
        }),
        Request::RefreshCache(RefreshCache {
            cookie: Some(cookie()),
            global_ids: Some(vec![identity(1), identity(2)]),
        }),
        Request::GetExtendedUpdateInfo(GetExtendedUpdateInfo {
            cookie: Some(cookie()),
            revision_ids: ids(&[1, 2]),
            info_types: info_types.clone(),
            locales: locales.clone(),
            geo_id: Some("USA".into()),
            caller_attributes: Some("Interactive=0;".into()),
        }),
        Request::GetExtendedUpdateInfo2(GetExtendedUpdateInfo2 {
            cookie: Some(cookie()),
            update_ids: Some(vec![identity(1)]),
            info_types,
            locales,
            caller_attributes: Some(String::new()),
        }),
        Request::GetFileLocations(GetFileLocations {
            cookie: Some(cookie()),
            file_digests: Some(vec![Sha1::new([1; 20]), Sha1::new([2; 20])]),
        }),
        Request::GetTimestamps(GetTimestamps { timestamps: vec![time("2026-10-04T15:03:36Z")] }),
        Request::GetAuthorizationCookie(GetAuthorizationCookie {
            client_id: "e1da06a3-0000-0000-0000-000000000000".parse::<ComputerId>().unwrap(),
            target_group_name: Some("Pilot;Paris".into()),
            dns_name: "pc.example".into(),
        }),
        Request::ReportEventBatch(ReportEventBatch {
            cookie: Some(cookie()),
            client_time: now,
            events: Some(vec![
                event(),
                reporting::Event {
                    processor_architecture: Some("Unknown".into()),
                    os_version: Some(reporting::OsVersion::default()),
                    ..reporting::Event::new(147, Uuid::from_u128(78), time("2026-10-04T15:20:47Z"))
                },
            ]),
        }),
        Request::ReportEventBatch2(ReportEventBatch2 {
            computer_id: Some("e1da06a3".into()),
            client_time: now,
            events: Some(vec![event()]),
        }),
        Request::GetRequiredInventoryType(GetRequiredInventoryType {
            cookie: Some(cookie()),
            rules_id: Some(Uuid::from_u128(3)),
            rules_version: Some("1".into()),
        }),
        Request::ReportInventory(ReportInventory {
            cookie: Some(cookie()),
            client_time: now,
            inventory: Some(Inventory {
                is_compressed: true,
                raw_xml: Some("<a/>".into()),
                compressed_xml: Some(vec![1, 2, 3]),
            }),
        }),
    ]
}

fn deployment() -> Deployment {
    Deployment {
        id: DeploymentId(-8059),
        action: DeploymentAction::OptionalInstall,
        deadline: Some(time("2027-01-01T03:00:00Z")),
        is_assigned: true,
        last_change: crate::time::parse_date("2026-10-04").unwrap(),
        download_priority: Some("3".into()),
        hardware_ids: hardware(&["pci\\ven_8086"]),
        flags: Some(DeploymentFlags::default()),
    }
}

pub(super) fn sync_info() -> SyncInfo {
    let info = |id, xml| UpdateInfo { id: RevisionId(id), deployment: deployment(), is_leaf: false, xml };
    SyncInfo {
        new_updates: vec![info(1, Some(Escaped::from_text("<UpdateIdentity /><A b=\"c\">&amp;</A>")))],
        out_of_scope_revision_ids: ids(&[2, 3]),
        changed_updates: vec![info(4, None)],
        truncated: true,
        new_cookie: cookie(),
        deployed_out_of_scope_revision_ids: ids(&[5]),
        driver_sync_not_needed: Some(false),
    }
}

/// One answer of every kind.
pub(super) fn responses() -> Vec<Response> {
    let config = Config {
        last_change: time("2026-10-04T13:17:07.59Z"),
        is_registration_required: true,
        auth_info: vec![AuthPlugInInfo {
            plug_in_id: "SimpleTargeting".into(),
            service_url: "SimpleAuthWebService/SimpleAuth.asmx".into(),
            parameter: Some(String::new()),
        }],
        allowed_event_ids: vec![147, 156],
        properties: vec![ConfigurationProperty { name: "ProtocolVersion".into(), value: "3.2".into() }],
    };
    let location = FileLocation {
        pieces_hash_url: Some("http://h/p".into()),
        block_map_url: Some("http://h/b".into()),
        decryption_information: Some("d".into()),
        file_digest_algorithm: Some("SHA1".into()),
        encrypted_file_digest: Some(vec![1]),
        encrypted_file_digest_algorithm: Some("SHA256".into()),
        ..FileLocation::new(Sha1::new([1; 20]), "http://h/c?a=1&b=2")
    };
    let updates = vec![UpdateData { id: RevisionId(1), xml: Escaped::from_text("<ExtendedProperties />") }];
    let decryption =
        FileDecryption { file_digest: vec![1], decryption_key: vec![2], security_data: vec![vec![2], vec![3]] };
    vec![
        Response::GetConfig(config.clone()),
        Response::GetConfig2(config),
        Response::GetCookie(cookie()),
        Response::RegisterComputer,
        Response::StartCategoryScan(CategoryScan {
            preferred_category_ids: vec![update(1)],
            requested_category_ids_in_error: vec![update(2)],
        }),
        Response::SyncUpdates(sync_info()),
        Response::SyncPrinterCatalog(sync_info()),
        Response::RefreshCache(vec![RefreshCacheResult {
            revision_id: RevisionId(1),
            global_id: identity(1),
            is_leaf: true,
            deployment: deployment(),
        }]),
        Response::GetExtendedUpdateInfo(ExtendedUpdateInfo {
            updates: updates.clone(),
            file_locations: vec![location.clone()],
            out_of_scope_revision_ids: ids(&[9]),
        }),
        Response::GetExtendedUpdateInfo2(ExtendedUpdateInfo2 {
            updates,
            file_locations: vec![location.clone()],
            file_decryption_data: vec![decryption.clone()],
            file_decryption_data2: vec![decryption],
            update_encryption_details: vec![UpdateEncryptionDetail {
                update_identity: identity(1),
                has_encrypted_files: true,
            }],
        }),
        Response::GetFileLocations(GetFileLocationsResults { file_locations: vec![location], new_cookie: cookie() }),
        Response::GetTimestamps(vec![vec![1, 2], vec![]]),
        Response::GetAuthorizationCookie(AuthorizationCookie {
            plug_in_id: "SimpleTargeting".into(),
            cookie_data: vec![9; 33],
        }),
        Response::ReportEventBatch(true),
        Response::ReportEventBatch2(false),
        Response::GetRequiredInventoryType(-1),
        Response::ReportInventory(true),
    ]
}
