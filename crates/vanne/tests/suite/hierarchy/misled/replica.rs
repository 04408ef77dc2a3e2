//! What a replica is told of decisions.

use model::TargetGroupId;
use testkit::publisher::Lie;

use super::{Below, DONE, FAILED, first};

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_told_of_no_groups_keeps_its_own() {
    let below = Below::new(&first(), "").await;
    for words in [&["groups", "create", "Pilots"][..], &["sync", "--now", "--wait"]] {
        let ran = below.site.run(words);
        assert_eq!(ran.code, DONE, "{}", ran.err);
    }
    let url = below.publisher.url();
    let replica = format!("[upstream]\nkind = \"wsus\"\nurl = \"{url}\"\npatience_secs = 1\nreplica = true\n");
    below.site.write("data/vanne.toml", replica);
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
