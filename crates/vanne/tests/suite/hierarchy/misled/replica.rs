//! What a replica is told of decisions.

use model::TargetGroupId;
use testkit::publisher::Lie;

use super::{Below, DONE, FAILED, first, later};

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_told_of_no_groups_keeps_its_own() {
    let below = Below::new(&first(), "").await;
    for words in [&["groups", "create", "Pilots"][..], &["sync", "--now", "--wait"]] {
        let ran = below.site.run(words);
        assert_eq!(ran.code, DONE, "{}", ran.err);
    }
    below.configure(1, "replica = true");
    let before = below.effect().await;
    below.publisher.lie("GetDeployments", Lie::NoGroups);
    let ran = below.synchronise();
    assert_eq!(ran.code, FAILED, "{}", ran.err);
    below.names(&ran, "GetDeployments", &["it has no group All Computers", "nothing of this is taken"]);
    assert_eq!(below.effect().await, before);
    let groups = below.site.store().await.groups().await.unwrap();
    assert!(groups.iter().any(|group| group.name.as_str() == "Pilots"), "{groups:?}");

    below.publisher.be_honest();
    assert_eq!(below.synchronise().code, DONE);
    let groups = below.site.store().await.groups().await.unwrap();
    let built_in = [TargetGroupId::ALL_COMPUTERS, TargetGroupId::UNASSIGNED_COMPUTERS];
    assert!(groups.iter().all(|group| built_in.contains(&group.id)), "an honest upstream without groups is followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_are_no_tree_are_named_and_nothing_is_taken() {
    let below = Below::after(&first(), &later()).await;
    below.configure(1, "replica = true");
    let words = &["its group Orphans is below one that does not exist"];
    below.fails_at("GetDeployments", Lie::OrphanGroup, FAILED, "GetDeployments", words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_for_a_group_that_nobody_told_of_is_counted_and_left_alone() {
    let below = Below::new(&first(), "replica = true").await;
    below.publisher.lie("GetDeployments", Lie::DeploysNowhere(first()[4].identity()));
    let answer: server::admin::api::SyncAnswer = below.site.json(&["sync", "--now", "--wait"]);
    let mirrored = answer.details.unwrap().mirrored.unwrap();
    assert_eq!((mirrored.unknown, mirrored.approved), (1, 0), "{mirrored:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_anchor_that_is_refused_is_done_without() {
    let below = Below::new(&first(), "replica = true").await;
    assert_eq!(below.synchronise().code, DONE);
    below.publisher.publish(&later());
    below.publisher.lie_times("GetDeployments", Lie::Refuses(wire::ErrorCode::InvalidParameters), 1);
    let ran = below.synchronise();
    assert_eq!(ran.code, DONE, "{}", ran.err);
    assert_eq!(below.publisher.times_asked("GetDeployments"), 3);
}
