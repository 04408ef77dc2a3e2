//! Types to bytes: a page of a first scan.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use model::{DeploymentAction, DeploymentId, RevisionId};
use testkit::documents::Draft;
use wire::client::{Cookie, Deployment, SyncInfo, UpdateInfo};
use wire::{Body, Escaped, Response, Service, SoapVersion};

/// Updates in a page, as native sends them.
const PAGE: i32 = 30;

#[divan::bench]
fn page_of_30(bencher: Bencher<'_, '_>) {
    let response = page();
    let bytes = BytesCount::new(encode(&response).len());
    bencher.counter(bytes).bench(|| encode(black_box(&response)));
}

/// The page as it goes out uncompressed.
pub(super) fn encoded_page() -> Body {
    encode(&page())
}

fn encode(response: &Response) -> Body {
    wire::encode(Service::Client, SoapVersion::V11, response)
}

fn page() -> Response {
    let update = |id: i32| {
        let draft = Draft::msi(&format!("package {id}"), &format!("{{{id:08x}-0000-0000-0000-000000000000}}"), "p.msi");
        let document = draft.finish().document;
        let (_, fragments) = metadata::read(document.as_bytes()).expect("our own documents are well-formed");
        UpdateInfo {
            id: RevisionId(id),
            deployment: Deployment {
                id: DeploymentId(id),
                action: DeploymentAction::Install,
                deadline: None,
                is_assigned: true,
                last_change: jiff::civil::date(2026, 11, 1),
                download_priority: None,
                hardware_ids: Vec::new(),
                flags: None,
            },
            is_leaf: true,
            xml: Some(Escaped::from_text(&fragments.core)),
        }
    };
    Response::SyncUpdates(SyncInfo {
        new_updates: (1..=PAGE).map(update).collect(),
        truncated: true,
        new_cookie: Cookie { expiration: None, encrypted_data: vec![7; 180] },
        ..SyncInfo::default()
    })
}
