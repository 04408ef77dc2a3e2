//! What clients ask beside the scan itself: categories, a lost session's cache, details, files.

use std::collections::BTreeSet;

use model::{RevisionId, RevisionNumber, Sha1, UpdateId, UpdateIdentity, UpdateType};
use testkit::catalogs::KB;
use testkit::documents::{Draft, Made, MadeFile};
use wire::client::{
    CategoryRelationship, CategoryScan, ExtendedUpdateInfo, GetExtendedUpdateInfo, GetExtendedUpdateInfo2,
    GetFileLocations, InfoType, RefreshCache, StartCategoryScan,
};
use wire::{ErrorCode, Fault, Request, Response};

use crate::harness::{Computer, Estate, bundle, documents, drafts};

fn product(title: &str) -> &'static Draft {
    let titled = format!("<upd:Title>{title}</upd:Title>");
    drafts().iter().find(|draft| draft.finish().document.contains(&titled)).unwrap()
}

#[tokio::test]
async fn a_category_scan_prefers_what_is_here_and_names_what_is_not() {
    let estate = Estate::with_catalog(&documents()).await;
    let computer = Computer::join(&estate.url(), "categories").await;
    let known = product("Contoso Client 11").id();
    let unknown: UpdateId = "f00dcafe-0000-4000-8000-000000000001".parse().unwrap();
    let relationship = |group, category_id| CategoryRelationship { index_of_and_group: group, category_id };
    let request = |categories| Request::StartCategoryScan(StartCategoryScan { requested_categories: categories });
    let Response::StartCategoryScan(answer) =
        computer.call(&request(Some(vec![relationship(0, known), relationship(1, unknown)]))).await.unwrap()
    else {
        panic!("another answer");
    };
    let expected = CategoryScan { preferred_category_ids: vec![known], requested_category_ids_in_error: vec![unknown] };
    assert_eq!(answer, expected);
    for wrong in [None, Some(vec![relationship(0, known); 200])] {
        let fault = computer.call(&request(wrong)).await.unwrap_err();
        assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, "requestedCategories"));
    }
}

#[tokio::test]
async fn after_a_lost_session_a_client_keeps_what_is_still_offered() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "refresh").await;
    computer.scan().await;
    estate.decline(bundle(KB::READER).id(), false).await;
    let unknown = UpdateIdentity {
        update_id: "f00dcafe-0000-4000-8000-000000000001".parse().unwrap(),
        revision_number: RevisionNumber::new(1).unwrap(),
    };
    let mut asked: Vec<UpdateIdentity> = computer.known.values().map(|told| told.identity).collect();
    asked.push(unknown);
    let request = RefreshCache { cookie: computer.cookie.clone(), global_ids: Some(asked) };
    let Response::RefreshCache(kept) = computer.call(&Request::RefreshCache(request)).await.unwrap() else {
        panic!("another answer");
    };
    for result in &kept {
        let told = &computer.known[&result.revision_id];
        assert_eq!((told.identity, told.is_leaf), (result.global_id, result.is_leaf));
    }
    let declined = bundle(KB::READER).revision();
    let members: Vec<_> = declined.relations.bundled.iter().flat_map(|clause| &clause.members).collect();
    let is_declined = |identity: &UpdateIdentity| *identity == declined.identity || members.contains(&identity);
    let expected = computer.known.values().filter(|told| !is_declined(&told.identity));
    assert_eq!(
        kept.iter().map(|result| result.global_id).collect::<BTreeSet<_>>(),
        expected.map(|told| told.identity).collect()
    );
}

async fn extended(computer: &Computer, request: GetExtendedUpdateInfo) -> Result<ExtendedUpdateInfo, Fault> {
    let request = GetExtendedUpdateInfo { cookie: computer.cookie.clone(), ..request };
    match computer.call(&Request::GetExtendedUpdateInfo(request)).await? {
        Response::GetExtendedUpdateInfo(info) => Ok(info),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn details_come_in_the_language_asked_for_and_in_english_with_the_places_of_all_files() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "details").await;
    computer.scan().await;
    let october = bundle(KB::CLIENT_11_OCTOBER);
    let (number, _) = computer.told(october.id()).unwrap();
    let leaf = october.revision().relations.bundled[0].members[0].update_id;
    let (leaf_number, _) = computer.told(leaf).unwrap();
    let nobodys = RevisionId(999_999);
    let info = extended(
        &computer,
        GetExtendedUpdateInfo {
            revision_ids: vec![number, leaf_number, nobodys],
            info_types: Some(vec![InfoType::LocalizedProperties, InfoType::Extended, InfoType::Other("New".into())]),
            locales: Some(vec!["de-CH".to_owned()]),
            ..GetExtendedUpdateInfo::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(info.out_of_scope_revision_ids, [nobodys]);
    let texts: Vec<String> = info.updates.iter().map(|update| update.xml.to_text()).collect();
    assert!(texts[0].contains("<Language>de</Language>") && texts[0].contains("Kumulatives Update"), "{texts:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("<Language>en</Language>")).count(), 2);
    assert_eq!(texts.iter().filter(|text| text.starts_with("<ExtendedProperties")).count(), 2);
    assert!(!info.file_locations.is_empty(), "although no file is held");

    let request = |count: i32, types: Option<Vec<InfoType>>| GetExtendedUpdateInfo {
        revision_ids: (0..count).map(RevisionId).collect(),
        info_types: types,
        locales: Some(Vec::new()),
        ..GetExtendedUpdateInfo::default()
    };
    extended(&computer, request(50, Some(vec![InfoType::Extended]))).await.unwrap();
    for (wrong, named) in [
        (request(51, Some(vec![InfoType::Extended])), "revisionIDs"),
        (request(1, None), "infoTypes"),
        (GetExtendedUpdateInfo { locales: None, ..request(1, Some(vec![InfoType::LocalizedProperties])) }, "locales"),
    ] {
        let fault = extended(&computer, wrong).await.unwrap_err();
        assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, named));
    }
}

#[tokio::test]
async fn details_can_be_asked_for_by_global_name() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "global names").await;
    computer.scan().await;
    let told = computer.known.values().find(|told| told.update_type == UpdateType::Software && told.is_leaf).unwrap();
    let request = GetExtendedUpdateInfo2 {
        cookie: computer.cookie.clone(),
        update_ids: Some(vec![told.identity]),
        info_types: Some(vec![InfoType::FileUrl, InfoType::Extended]),
        locales: Some(vec!["en".to_owned()]),
        caller_attributes: None,
    };
    let Response::GetExtendedUpdateInfo2(info) =
        computer.call(&Request::GetExtendedUpdateInfo2(request)).await.unwrap()
    else {
        panic!("another answer");
    };
    assert_eq!(info.updates.len(), 1);
    assert!(info.updates[0].xml.to_text().starts_with("<ExtendedProperties"));
}

#[tokio::test]
async fn a_files_place_is_on_the_host_the_client_used_and_the_file_is_there() {
    let estate = Estate::start().await;
    let file = MadeFile::of_size("place.cab", 70_000);
    let leaf = Draft::command_line("With a file").running("place.exe", "").with_file(&file);
    let made: Vec<Made> =
        vec![leaf.finish(), Draft::bundle("Of a file (KB9009002)").bundling([leaf.identity()]).finish()];
    estate.import(&made).await;
    let computer = Computer::join(&estate.url(), "places").await;
    let unknown = Sha1::try_from(&[7; 20][..]).unwrap();
    let request = GetFileLocations { cookie: computer.cookie.clone(), file_digests: Some(vec![file.sha1(), unknown]) };
    let Response::GetFileLocations(places) = computer.call(&Request::GetFileLocations(request)).await.unwrap() else {
        panic!("another answer");
    };
    assert_eq!(places.file_locations.len(), 1, "a file nobody names has no place");
    let place = &places.file_locations[0];
    let digest = file.sha1().to_string().to_uppercase();
    assert_eq!(place.url, format!("{}/Content/{}/{digest}.cab", estate.url(), &digest[38..]));
    assert!(!places.new_cookie.encrypted_data.is_empty());
}

#[tokio::test]
async fn other_ways_of_asking_for_the_configuration_are_answered_alike() {
    let estate = Estate::start().await;
    let computer = Computer::stranger(&estate.url());
    let asked = Request::GetConfig2(wire::client::GetConfig2::default());
    let Response::GetConfig2(config) = computer.call(&asked).await.unwrap() else { panic!("another answer") };
    assert_eq!(config, computer.config().await);
    let asked = Request::GetTimestamps(wire::client::GetTimestamps::default());
    let answer = computer.call(&asked).await.unwrap();
    assert_eq!(answer, Response::GetTimestamps(Vec::new()));
}
