//! What computers are told when they scan, through real SOAP.

mod agents;
mod details;
mod drivers;
mod groups;

use std::collections::BTreeSet;

use model::{ApprovalAction, DeploymentAction, RevisionId, Timestamp, UpdateId, UpdateType};
use server::admin::api::Which;
use testkit::catalogs::KB;
use testkit::documents::{Draft, Made};
use wire::ErrorCode;
use wire::client::SyncUpdateParameters;

use crate::harness::{Computer, Estate, bundle, documents, drafts};

#[tokio::test]
async fn a_first_scan_tells_everything_in_pages_of_thirty_and_a_second_one_nothing() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "first").await;
    let news = computer.scan().await;
    let software = drafts().iter().filter(|draft| draft.revision().update_type != UpdateType::Driver);
    assert_eq!(news.new, software.map(|draft| draft.id()).collect());
    assert!(news.changed.is_empty() && news.out_of_scope.is_empty(), "{news:?}");
    assert!(news.pages.iter().all(|(entries, more)| *entries <= 30 && (!more || *entries > 0)), "{:?}", news.pages);
    assert!(news.pages.contains(&(30, true)), "{:?}", news.pages);

    let again = computer.scan().await;
    assert!(again.is_empty() && again.pages == [(0, false)], "{again:?}");
    for (kind, action) in
        [(UpdateType::Category, DeploymentAction::Evaluate), (UpdateType::Detectoid, DeploymentAction::Evaluate)]
    {
        let told = computer.known.values().filter(|told| told.update_type == kind);
        assert!(told.clone().count() > 3 && told.clone().all(|told| told.deployment.action == action), "{kind:?}");
    }
    let bundle = bundle(KB::BOOT);
    assert_eq!(computer.told(bundle.id()).unwrap().1.deployment.action, DeploymentAction::PreDeploymentCheck);
    for member in bundle.revision().relations.bundled.iter().flat_map(|clause| &clause.members) {
        let told = computer.told(member.update_id).unwrap().1;
        assert_eq!((told.deployment.action, told.is_leaf), (DeploymentAction::Bundle, true));
    }
}

#[tokio::test]
async fn a_revision_is_told_only_once_every_clause_has_an_installed_member() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "clauses").await;
    let first = computer.sync(SyncUpdateParameters::default()).await.unwrap();
    let roots: BTreeSet<RevisionId> = first.new_updates.iter().map(|update| update.id).collect();
    assert!(!roots.is_empty() && roots.len() <= 30);
    computer.scan().await;
    let prerequisites = |id: UpdateId| {
        let draft = drafts().iter().find(|draft| draft.id() == id).unwrap();
        draft.revision().relations.prerequisites.len()
    };
    for root in roots {
        assert_eq!(prerequisites(computer.known[&root].identity.update_id), 0, "nothing was installed yet");
    }
    // One that was told and whose prerequisite is gone has to be forgotten.
    let bundle = computer.told(bundle(KB::BOOT).id()).unwrap().0;
    let parameters = SyncUpdateParameters { other_cached_update_ids: vec![bundle], ..SyncUpdateParameters::default() };
    assert_eq!(computer.sync(parameters).await.unwrap().out_of_scope_revision_ids, [bundle]);
}

#[tokio::test]
async fn an_approval_and_its_deadline_come_as_a_change() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "approvals").await;
    computer.scan().await;
    let update = bundle(KB::BOOT).id();
    let before = computer.told(update).unwrap().1.deployment.clone();
    let deadline: Timestamp = "2026-12-24T18:00:00Z".parse().unwrap();
    estate.approve_by(update, "All Computers", deadline).await;

    let news = computer.scan().await;
    assert_eq!(news.changed.keys().copied().collect::<Vec<_>>(), [update], "{news:?}");
    assert!(news.new.is_empty() && news.out_of_scope.is_empty());
    let after = &news.changed[&update];
    assert_eq!((after.action, after.deadline), (DeploymentAction::Install, Some(deadline)));
    assert_ne!(after.id, before.id, "another deployment has another id");
    assert!(computer.scan().await.is_empty(), "a change is told once");

    estate.approve(Which::Updates(vec![update]), "All Computers", ApprovalAction::NotApproved).await;
    let news = computer.scan().await;
    let taken_back = &news.changed[&update];
    assert_eq!((taken_back.action, taken_back.deadline), (DeploymentAction::PreDeploymentCheck, None));
    assert!(computer.scan().await.is_empty());
}

#[tokio::test]
async fn a_declined_update_goes_and_comes_back() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "declined").await;
    computer.scan().await;
    let draft = bundle(KB::BOOT);
    estate.decline(draft.id(), false).await;
    let news = computer.scan().await;
    assert!(news.out_of_scope.contains(&draft.identity()), "{news:?}");
    assert!(news.new.is_empty() && computer.told(draft.id()).is_none());
    assert!(computer.scan().await.is_empty());

    let mut newcomer = Computer::join(&estate.url(), "declined, and new").await;
    assert!(!newcomer.scan().await.new.contains(&draft.id()));

    estate.decline(draft.id(), true).await;
    assert!(computer.scan().await.new.contains(&draft.id()));
    assert!(newcomer.scan().await.new.contains(&draft.id()));
}

#[tokio::test]
async fn a_new_revision_takes_the_place_of_the_old_one_and_keeps_its_approval() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "revisions").await;
    let old = bundle(KB::BOOT);
    estate.approve(Which::Updates(vec![old.id()]), "All Computers", ApprovalAction::Install).await;
    computer.scan().await;
    let newer = old.clone().revision_number(201);
    estate.import(&[Made { files: Vec::new(), ..newer.finish() }]).await;

    let news = computer.scan().await;
    assert_eq!(news.out_of_scope, BTreeSet::from([old.identity()]), "{news:?}");
    assert_eq!(news.new, BTreeSet::from([old.id()]));
    let (_, told) = computer.told(old.id()).unwrap();
    assert_eq!(told.identity, newer.identity());
    assert_eq!(told.deployment.action, DeploymentAction::Install, "an approval is about the update");
    assert!(computer.scan().await.is_empty());

    // An older revision that arrives late changes nothing.
    let late = old.clone().revision_number(150);
    estate.import(&[Made { files: Vec::new(), ..late.finish() }]).await;
    assert!(computer.scan().await.is_empty());
}

#[tokio::test]
async fn a_leaf_that_becomes_a_prerequisite_is_told_anew() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "leaves").await;
    computer.scan().await;
    let leaf = bundle(KB::TIME_ZONES);
    assert!(computer.told(leaf.id()).unwrap().1.is_leaf);
    let follower = Draft::bundle("Needs the time zones (KB9009001)").requires(leaf.id());
    estate.import(&[follower.finish()]).await;
    let news = computer.scan().await;
    assert!(news.changed.contains_key(&leaf.id()), "{news:?}");
    assert!(!computer.told(leaf.id()).unwrap().1.is_leaf);
    // From now on it is named among what is installed, and what needs it is told.
    assert_eq!(computer.scan().await.new, BTreeSet::from([follower.id()]));
}

#[tokio::test]
async fn sec_p2_four_hundred_installed_ids_are_taken_and_one_more_is_not() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "many").await;
    let installed = |count: i32| SyncUpdateParameters {
        installed_non_leaf_update_ids: (0..count).map(RevisionId).collect(),
        ..SyncUpdateParameters::default()
    };
    // Ids that mean nothing here are ignored.
    computer.sync(installed(400)).await.unwrap();
    let fault = computer.sync(installed(401)).await.unwrap_err();
    assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, "parameters"));
    let cached = SyncUpdateParameters {
        other_cached_update_ids: (0..5_000).map(|id| RevisionId(1_000_000 + id)).collect(),
        ..SyncUpdateParameters::default()
    };
    let unknown = computer.sync(cached).await.unwrap();
    assert_eq!(unknown.out_of_scope_revision_ids.len(), 5_000, "what is not known here is to be forgotten");
}
