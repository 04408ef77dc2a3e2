//! Files that are published encrypted, and what opens them.

use model::ApprovalAction;
use server::admin::api::Which;
use testkit::documents::{Draft, MadeFile, Rule};
use testkit::publisher::{Lie, Publisher};
use wire::client::{DecryptionInformation, ExtendedUpdateInfo2, GetExtendedUpdateInfo2, InfoType};
use wire::{ErrorCode, Request, Response};

use super::{below, point, synchronise, upstream};
use crate::harness::{Computer, Estate};

const KEY: &[u8] = b"thirty-two bytes that open a file";
const OPERATION: &str = "GetUpdateDecryptionData";

/// An update whose one file is encrypted, and the bundle around it.
fn encrypted() -> (MadeFile, [Draft; 2]) {
    let file = MadeFile::of_size("closed.cab", 2_000);
    let rule = Rule::registry_text("SOFTWARE\\Contoso", "Closed", "1");
    let child = Draft::command_line("closed").with_encrypted_file(&file, KEY).installed_when(rule);
    let bundle = Draft::bundle("Closed Update").bundling([child.identity()]);
    (file, [child, bundle])
}

async fn below_publisher(publisher: &Publisher) -> Estate {
    let estate = Estate::start().await;
    let settings = server::config::UpstreamConfig { kind: sync::Kind::Wsus, ..upstream(&publisher.url(), false) };
    point(&estate, &settings).await;
    estate
}

/// What a computer is told of an update by its global name.
async fn told(computer: &mut Computer, draft: &Draft) -> ExtendedUpdateInfo2 {
    let request = GetExtendedUpdateInfo2 {
        cookie: computer.cookie.clone(),
        update_ids: Some(vec![draft.identity()]),
        info_types: Some(vec![InfoType::FileUrl, InfoType::FileDecryption]),
        locales: Some(Vec::new()),
        ..GetExtendedUpdateInfo2::default()
    };
    match computer.call(&Request::GetExtendedUpdateInfo2(request)).await.unwrap() {
        Response::GetExtendedUpdateInfo2(info) => info,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn keys_come_down_two_servers_with_their_updates_and_reach_the_computer() {
    let (file, [child, bundle]) = encrypted();
    let plain = Draft::detectoid("needs no key");
    let publisher =
        Publisher::start(([127, 0, 0, 1], 0).into(), &[child.clone(), bundle.clone(), plain]).await.unwrap();
    let paris = below_publisher(&publisher).await;
    assert_eq!(synchronise(&paris).await.refused_in_all, 0);
    assert_eq!(publisher.times_asked(OPERATION), 1, "once for all that need it");
    let marseille = below(&paris, false).await;
    assert_eq!(synchronise(&marseille).await.refused_in_all, 0);
    for server in [&paris, &marseille] {
        let keys = server.store().await.decryption_keys(&[file.sha1()]).await.unwrap();
        assert_eq!(keys, [(file.sha1(), KEY.to_vec())]);
    }
    marseille.approve(Which::Updates(vec![bundle.id()]), "All Computers", ApprovalAction::Install).await;
    let mut computer = Computer::join(&marseille.url(), "opens it").await;
    computer.scan().await;
    let info = told(&mut computer, &child).await;
    let [key] = info.file_decryption_data.as_slice() else { panic!("{info:?}") };
    assert_eq!((key.file_digest.as_slice(), key.decryption_key.as_slice()), (file.sha1().as_bytes().as_slice(), KEY));
    assert_eq!(key.security_data, [KEY.to_vec()], "exactly one, the same");
    assert_eq!(info.file_decryption_data2, info.file_decryption_data);
    // And beside the address of the file, for agents since Windows 10 1803.
    let [place] = info.file_locations.as_slice() else { panic!("{info:?}") };
    let opens: DecryptionInformation = place.decryption_information.as_ref().unwrap().parse().unwrap();
    assert_eq!(opens, DecryptionInformation::new(KEY.to_vec()));
    assert_eq!((place.file_digest, place.file_digest_algorithm.as_deref()), (file.sha1(), Some("SHA1")));
    let details: Vec<_> =
        info.update_encryption_details.iter().map(|one| (one.update_identity, one.has_encrypted_files)).collect();
    assert_eq!(details, [(child.identity(), true)]);
    let info = told(&mut computer, &bundle).await;
    assert!(info.file_decryption_data.is_empty() && info.update_encryption_details.is_empty(), "{info:?}");
}

#[tokio::test]
async fn an_update_whose_keys_cannot_be_had_is_refused_and_asked_for_again() {
    let (file, [child, bundle]) = encrypted();
    let other = Draft::detectoid("another");
    let drafts = [child.clone(), bundle, other];
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    let paris = below_publisher(&publisher).await;
    publisher.lie(OPERATION, Lie::Refuses(ErrorCode::InternalServerError));
    let details = synchronise(&paris).await;
    assert_eq!((details.taken, details.refused_in_all), (2, 1), "{details:?}");
    assert_eq!(details.refused[0].revision, child.identity().to_string());
    let reason = &details.refused[0].reason;
    assert!(reason.contains("what opens its files cannot be had: GetUpdateDecryptionData"), "{reason}");
    publisher.be_honest();
    assert_eq!(synchronise(&paris).await.taken, 1);
    assert_eq!(paris.store().await.decryption_keys(&[file.sha1()]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_upstream_that_has_no_key_for_an_encrypted_file_is_told_from_one_that_refuses() {
    let (file, [child, bundle]) = encrypted();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &[child.clone(), bundle]).await.unwrap();
    let paris = below_publisher(&publisher).await;
    publisher.lie(OPERATION, Lie::WithoutKeys);
    let details = synchronise(&paris).await;
    let reason = format!("the upstream has no key for its encrypted file {}", file.sha1());
    assert_eq!(details.refused[0].reason, reason);
}
