//! A message of every kind between update servers, with every field filled.

use std::num::NonZeroU32;

use bytes::Bytes;
use model::{ComputerId, HardwareId, ProtocolVersion, Sha1, TargetGroupId, UpdateState};
use uuid::Uuid;

use super::samples::{cookie, identity, time, update};
use crate::reporting::rollup::{
    self, ActivitySummary, ChangedComputer, ClientSummary, Computer, ComputerChange, ComputerDetails, ComputerStatus,
    DownstreamServer, GetOutOfSyncComputers, LastRollupNumber, RollupComputerStatus, RollupComputers,
    RollupConfiguration, RollupDownstreamServers, ServerSummary, SyncResult, UpdateStatus,
};
use crate::server::{
    self, Action, Anchor, AuthConfig, AuthPlugInInfo, AuthorizationCookie, ConfigData, Deployment, Deployments,
    DownloadFiles, DriverFilter, DriverSetAndRevisionIdList, DriverSetData, FileDecryption, FileUrl, Filter,
    GetConfigData, GetCookie, GetDeployments, GetDriverIdList, GetDriverSetData, GetRelatedRevisionsForUpdates,
    GetRevisionIdList, GetUpdateData, GetUpdateDecryptionData, HardwareIdAndDelta, IdAndDelta, Language,
    LanguageAndDelta, MonitoredServices, RevisionIdList, TargetGroup, UpdateData, UpdateDocument, UpdateFileDecryption,
    Updates,
};

pub(super) fn anchor() -> Anchor {
    Anchor::numbered(4742, time("2026-10-04T18:59:26.192Z"))
}

fn computer_id() -> ComputerId {
    "d07a4d51-0000-0000-0000-000000000001".parse().unwrap()
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// One request of every kind to the ServerSync service.
pub(super) fn requests() -> Vec<server::Request> {
    use server::Request;
    let session = Some(cookie());
    let chosen = vec![IdAndDelta { id: update(5), delta: true }, IdAndDelta { id: update(6), delta: false }];
    vec![
        Request::GetAuthConfig,
        Request::GetCookie(GetCookie {
            auth_cookies: vec![AuthorizationCookie { plug_in_id: "DssTargeting".into(), cookie_data: vec![1; 40] }],
            old_cookie: session.clone(),
            protocol_version: ProtocolVersion::new(1, 20),
        }),
        Request::GetConfigData(GetConfigData { cookie: session.clone(), config_anchor: Some(anchor()) }),
        Request::GetRevisionIdList(GetRevisionIdList {
            cookie: session.clone(),
            filter: Some(Filter {
                anchor: Some(anchor()),
                get_config: false,
                get_63_language_only: true,
                categories: chosen.clone(),
                classifications: chosen.clone(),
                languages: vec![LanguageAndDelta { id: 1033, delta: true }],
            }),
        }),
        Request::GetUpdateData(GetUpdateData {
            cookie: session.clone(),
            update_ids: Some(vec![identity(1), identity(2)]),
        }),
        Request::GetUpdateDecryptionData(GetUpdateDecryptionData {
            cookie: session.clone(),
            update_ids: Some(vec![identity(1)]),
        }),
        Request::GetDriverIdList(GetDriverIdList {
            cookie: session.clone(),
            filter: Some(DriverFilter {
                anchor: Some(anchor()),
                categories: chosen.clone(),
                computer_ids: chosen,
                pnp_hardware_ids: vec![HardwareIdAndDelta { id: HardwareId::new("pci\\ven_8086&dev_1"), delta: true }],
            }),
        }),
        Request::GetDriverSetData(GetDriverSetData {
            cookie: session.clone(),
            driver_sets: Some(vec![Uuid::from_u128(1)]),
        }),
        Request::GetDeployments(GetDeployments {
            cookie: session.clone(),
            deployment_anchor: Some(anchor()),
            sync_anchor: Some(anchor()),
        }),
        Request::DownloadFiles(DownloadFiles { cookie: session.clone(), file_digests: Some(vec![Sha1::new([1; 20])]) }),
        Request::GetRelatedRevisionsForUpdates(GetRelatedRevisionsForUpdates {
            cookie: session,
            update_ids: vec![update(1)],
        }),
        Request::Ping(1),
    ]
}

pub(super) fn config() -> ConfigData {
    ConfigData {
        catalog_only_sync: true,
        lazy_sync: false,
        server_hosts_psf_files: true,
        max_updates_per_request: Some(number(100)),
        max_driver_sets_per_request: Some(number(99)),
        max_computer_ids_in_request: None,
        max_pnp_hardware_ids_in_request: Some(number(450)),
        new_config_anchor: anchor(),
        protocol_version: Some(ProtocolVersion::new(1, 20)),
        languages: vec![
            Language { id: 0, short_name: "all".into(), long_name: "all".into(), enabled: false },
            Language { id: 1033, short_name: "en".into(), long_name: "English".into(), enabled: true },
        ],
        max_updates_per_decryption_request: Some(number(500)),
    }
}

pub(super) fn updates() -> Updates {
    let data = |number, document, file_digests| UpdateData { id: identity(number), document, file_digests };
    Updates {
        updates: vec![
            data(1, UpdateDocument::Text("<Update a=\"1\">&amp;</Update>".into()), vec![Sha1::new([3; 20])]),
            data(2, UpdateDocument::Cabinet(Bytes::from_static(b"MSCF and so on")), vec![]),
        ],
        file_urls: vec![
            FileUrl {
                file_digest: Sha1::new([3; 20]),
                mu_url: Some("http://download.example/a?b=1&c=2".into()),
                uss_url: Some(String::new()),
            },
            FileUrl { file_digest: Sha1::new([4; 20]), mu_url: None, uss_url: None },
        ],
    }
}

pub(super) fn deployments() -> Deployments {
    let deployment = |action, deadline| Deployment {
        update: identity(1),
        action,
        admin_name: "EXAMPLE\\admin".into(),
        deadline,
        is_assigned: true,
        go_live_time: time("2026-10-04T15:37:08.887Z"),
        deployment_guid: Uuid::from_u128(70),
        target_group_id: TargetGroupId::UNASSIGNED_COMPUTERS,
        download_priority: 1,
    };
    Deployments {
        anchor: anchor(),
        groups: vec![
            TargetGroup {
                id: TargetGroupId::ALL_COMPUTERS,
                parent: None,
                name: "All Computers".into(),
                is_builtin: true,
            },
            TargetGroup {
                id: TargetGroupId(Uuid::from_u128(8)),
                parent: Some(TargetGroupId::ALL_COMPUTERS),
                name: "Pilot; Paris".into(),
                is_builtin: false,
            },
        ],
        deployments: vec![
            deployment(Action::Install, Some(time("2027-01-01T03:00:00Z"))),
            deployment(Action::Uninstall, None),
            deployment(Action::ScanOnly, None),
            deployment(Action::Block, None),
            deployment(Action::Other(6), None),
        ],
        dead_deployments: vec![Uuid::from_u128(71)],
        hidden_updates: vec![update(1), update(2)],
        accepted_eulas: vec![Uuid::from_u128(72)],
    }
}

/// One answer of every kind of the ServerSync service.
pub(super) fn responses() -> Vec<server::Response> {
    use server::Response;
    vec![
        Response::GetAuthConfig(AuthConfig {
            last_change: time("2026-10-04T13:16:35.433Z"),
            auth_info: vec![AuthPlugInInfo {
                plug_in_id: "DssTargeting".into(),
                service_url: "DssAuthWebService/DssAuthWebService.asmx".into(),
                parameter: Some(String::new()),
            }],
        }),
        Response::GetCookie(cookie()),
        Response::GetConfigData(config()),
        Response::GetRevisionIdList(RevisionIdList { anchor: anchor(), new_revisions: vec![identity(1), identity(2)] }),
        Response::GetUpdateData(updates()),
        Response::GetUpdateDecryptionData(vec![UpdateFileDecryption {
            update_id: identity(1),
            files: vec![
                FileDecryption { file_digest: Sha1::new([1; 20]), decryption_key: Some(vec![1; 32]) },
                FileDecryption { file_digest: Sha1::new([2; 20]), decryption_key: None },
            ],
        }]),
        Response::GetDriverIdList(DriverSetAndRevisionIdList {
            anchor: anchor(),
            new_revisions: vec![identity(1)],
            new_driver_sets: vec![Uuid::from_u128(1)],
            removed_driver_sets: vec![Uuid::from_u128(2), Uuid::from_u128(3)],
        }),
        Response::GetDriverSetData(vec![DriverSetData { id: Uuid::from_u128(1), xml: "<DriverSet/>".into() }]),
        Response::GetDeployments(deployments()),
        Response::DownloadFiles,
        Response::GetRelatedRevisionsForUpdates(vec![identity(9)]),
        Response::Ping(monitored()),
    ]
}

fn monitored() -> MonitoredServices {
    MonitoredServices {
        success: true,
        services_time: time("2026-10-04T13:16:35.433Z"),
        services_name: Some("ServerSync".into()),
        services_machine: Some("wsus".into()),
        is_https: true,
        request_content_type: Some("text/xml".into()),
    }
}

fn details() -> ComputerDetails {
    ComputerDetails {
        ip_address: Some("192.0.2.7".into()),
        full_domain_name: Some("pc.example".into()),
        os_major_version: 10,
        os_minor_version: 1,
        os_build_number: 26_200,
        os_service_pack_major_number: 2,
        os_service_pack_minor_number: 3,
        os_locale: Some("en-US".into()),
        os_family: Some("Windows".into()),
        os_description: Some("Windows \"11\" & more\n".into()),
        computer_make: Some("Make".into()),
        computer_model: Some("Model <1>".into()),
        bios_version: Some("1".into()),
        bios_name: Some("BIOS".into()),
        bios_release_date: Some(time("2022-02-02T00:00:00Z")),
        processor_architecture: Some("AMD64".into()),
        suite_mask: 272,
        old_product_type: 1,
        new_product_type: 48,
        system_metrics: 4,
        client_version: Some("10.0.26100.1".into()),
        target_group_ids: vec![TargetGroupId::UNASSIGNED_COMPUTERS],
        requested_target_group_names: vec!["Pilot".into(), "Paris".into()],
    }
}

/// One request of every kind of rollup.
pub(super) fn rollups() -> Vec<rollup::Request> {
    use rollup::Request;
    let now = time("2026-10-04T03:28:02.5507362Z");
    let computer = |details| Computer {
        computer_id: computer_id(),
        last_sync_time: Some(time("2026-10-04T03:22:28.137Z")),
        last_sync_result: SyncResult::Succeeded,
        last_reported_reboot_time: None,
        last_reported_status_time: Some(now),
        last_inventory_time: None,
        parent_server_id: Uuid::from_u128(50),
        details,
    };
    let client = ClientSummary {
        os_major_version: 10,
        os_minor_version: 1,
        os_build_number: 26_200,
        os_service_pack_major_number: 2,
        os_service_pack_minor_number: 3,
        os_locale: Some("en-US".into()),
        suite_mask: -1,
        old_product_type: 255,
        new_product_type: 48,
        system_metrics: 4,
        processor_architecture: Some("AMD64".into()),
        count: 7,
        activities: vec![ActivitySummary { update: identity(1), install_successes: 3, install_failures: 1 }],
    };
    let server = |parent_server_id, client_summaries| DownstreamServer {
        server_id: Uuid::from_u128(50),
        full_domain_name: "dss.example".into(),
        last_sync_time: None,
        parent_server_id,
        version: Some("10.0.20348.143".parse().unwrap()),
        is_replica: true,
        last_rollup_time: Some(now),
        summary: Some(ServerSummary {
            updates: 1002,
            declined_updates: 29,
            computers_up_to_date: 5,
            ..Default::default()
        }),
        client_summaries,
    };
    let status = |number: u128, state| UpdateStatus { update_id: update(number), state, last_change_time: now };
    vec![
        Request::Ping(1),
        Request::GetRollupConfiguration,
        Request::RollupDownstreamServers(RollupDownstreamServers {
            client_time: now,
            servers: vec![server(None, vec![client]), server(Some(Uuid::from_u128(51)), vec![])],
        }),
        Request::RollupComputers(RollupComputers {
            client_time: now,
            computers: vec![
                computer(Some(details())),
                Computer { last_sync_result: SyncResult::Failed, ..computer(None) },
                Computer { last_sync_result: SyncResult::Unknown, ..computer(Some(ComputerDetails::default())) },
            ],
        }),
        Request::GetOutOfSyncComputers(GetOutOfSyncComputers {
            parent_server_id: Uuid::from_u128(50),
            last_rollup_numbers: vec![LastRollupNumber { computer_id: computer_id(), rollup_number: 2 }],
        }),
        Request::RollupComputerStatus(RollupComputerStatus {
            client_time: now,
            parent_server_id: Uuid::from_u128(50),
            computers: vec![ComputerStatus {
                instance_id: Uuid::from_u128(60),
                computer_id: computer_id(),
                effective_last_detection_time: Some(now),
                rollup_number: 3,
                is_full_rollup: true,
                update_status: (1..).zip(UpdateState::ALL).map(|(number, state)| status(number, state)).collect(),
            }],
        }),
    ]
}

/// One answer of every kind to a rollup.
pub(super) fn rollup_responses() -> Vec<rollup::Response> {
    use rollup::Response;
    vec![
        Response::Ping(monitored()),
        Response::GetRollupConfiguration(RollupConfiguration {
            do_detailed_rollup: true,
            rollup_reset_guid: Uuid::from_u128(1),
            server_id: Uuid::from_u128(2),
            downstream_servers_max: number(5_000),
            computers_max: number(1_500),
            out_of_sync_computers_max: number(20_000),
            computer_status_max: number(100),
        }),
        Response::RollupDownstreamServers,
        Response::RollupComputers(vec![
            ChangedComputer { computer_id: computer_id(), change: ComputerChange::Deleted },
            ChangedComputer { computer_id: "b".parse().unwrap(), change: ComputerChange::NewParent },
        ]),
        Response::GetOutOfSyncComputers(vec![computer_id()]),
        Response::RollupComputerStatus(false),
    ]
}
