//! SEC-C6: what a computer is not offered, it is not told of.

use std::collections::BTreeSet;

use model::{RevisionId, UpdateIdentity};
use testkit::catalogs::KB;
use wire::client::{GetExtendedUpdateInfo, GetExtendedUpdateInfo2, InfoType, RefreshCache};
use wire::{Request, Response};

use crate::harness::{Computer, Estate, bundle, documents, drafts};

/// Numbers around one, with some that nobody has.
fn numbers(around: RevisionId) -> Vec<RevisionId> {
    let near = (around.0 - 22).max(1)..around.0 + 22;
    near.map(RevisionId).chain([RevisionId(0), RevisionId(-1), RevisionId(i32::MAX)]).collect()
}

/// Which of these numbers details are told of, and which are said to be out of scope.
async fn details(computer: &Computer, revision_ids: Vec<RevisionId>) -> (BTreeSet<RevisionId>, BTreeSet<RevisionId>) {
    let request = GetExtendedUpdateInfo {
        cookie: computer.cookie.clone(),
        revision_ids,
        info_types: Some(vec![InfoType::Core, InfoType::Extended, InfoType::LocalizedProperties, InfoType::Eula]),
        locales: Some(vec!["en".to_owned()]),
        ..GetExtendedUpdateInfo::default()
    };
    match computer.call(&Request::GetExtendedUpdateInfo(request)).await.unwrap() {
        Response::GetExtendedUpdateInfo(info) => (
            info.updates.iter().map(|update| update.id).collect(),
            info.out_of_scope_revision_ids.into_iter().collect(),
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn sec_c6_details_of_what_is_offered_are_told() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "curious").await;
    computer.scan().await;
    let (boot, _) = computer.told(bundle(KB::BOOT).id()).unwrap();
    let (told, withheld) = details(&computer, vec![boot]).await;
    assert_eq!((told, withheld), (BTreeSet::from([boot]), BTreeSet::new()));
}

#[tokio::test]
async fn sec_c6_what_is_declined_is_answered_as_what_does_not_exist() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "curious").await;
    computer.scan().await;
    let declined = bundle(KB::BOOT);
    let (number, _) = computer.told(declined.id()).unwrap();
    estate.decline(declined.id(), false).await;
    let (told, withheld) = details(&computer, numbers(number)).await;
    for hidden in [number, RevisionId(0), RevisionId(-1), RevisionId(i32::MAX)] {
        assert!(withheld.contains(&hidden) && !told.contains(&hidden), "{hidden:?}");
    }
    assert!(told.len() > 1, "of what is offered it is told all the same");

    // By its name it is no better known.
    let all: Vec<UpdateIdentity> = drafts().iter().map(|draft| draft.identity()).collect();
    let refresh = RefreshCache { cookie: computer.cookie.clone(), global_ids: Some(all) };
    let Response::RefreshCache(kept) = computer.call(&Request::RefreshCache(refresh)).await.unwrap() else { panic!() };
    assert!(!kept.is_empty() && kept.iter().all(|kept| kept.global_id != declined.identity()));
    let by_name = GetExtendedUpdateInfo2 {
        cookie: computer.cookie.clone(),
        update_ids: Some(vec![declined.identity()]),
        info_types: Some(vec![InfoType::Core, InfoType::FileUrl, InfoType::FileDecryption]),
        locales: None,
        caller_attributes: None,
    };
    let answer = computer.call(&Request::GetExtendedUpdateInfo2(by_name)).await.unwrap();
    let Response::GetExtendedUpdateInfo2(info) = answer else { panic!("{answer:?}") };
    assert!(info.updates.is_empty() && info.file_locations.is_empty() && info.file_decryption_data.is_empty());
}
