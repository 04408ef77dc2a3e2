use model::{ApprovalAction, Group, RevisionId, TargetGroupId};
use uuid::Uuid;

use super::*;
use crate::hierarchy::{ReplicaDeployment, StagedDocument};
use crate::testing::{at, computer, contact, identity, on_both, revision, update};

const ROOT: TargetGroupId = TargetGroupId::ALL_COMPUTERS;

fn group(number: u128, name: &str, parent: TargetGroupId) -> Group {
    Group { id: TargetGroupId(Uuid::from_u128(number)), name: name.parse().unwrap(), parent: Some(parent) }
}

fn deployment(guid: u128, of: u128, group: TargetGroupId, action: ApprovalAction) -> ReplicaDeployment {
    ReplicaDeployment { guid: Uuid::from_u128(guid), update: update(of), group, action, deadline: None }
}

async fn mirror(store: &Store, state: &ReplicaState) -> Mirrored {
    let run = store.begin_run("http://up.example", at(0), "{}").await.unwrap();
    let mut applying = store.apply(at(0)).await.unwrap();
    let mirrored = applying.mirror(state).await.unwrap();
    applying.commit(run, "{}").await.unwrap();
    mirrored
}

#[tokio::test]
async fn several_sets_are_one_generation_and_nothing_before_the_end() {
    on_both(async |store| {
        store
            .stage(vec![StagedDocument { identity: identity(1, 1), position: 0, document: b"<U/>".to_vec() }])
            .await
            .unwrap();
        let first = store.prepare(vec![revision(1, 1), revision(2, 1)]).await.unwrap();
        let second = store.prepare(vec![revision(3, 1)]).await.unwrap();
        let run = store.begin_run("http://up.example", at(0), "{}").await.unwrap();
        let mut applying = store.apply(at(0)).await.unwrap();
        applying.import(&first).await.unwrap();
        assert_eq!(applying.import(&second).await.unwrap(), [Imported::Added(RevisionId(3))]);
        assert_eq!(applying.decline(&[update(2), update(9)]).await.unwrap(), 1);
        applying.set_setting("anchors", "1").await.unwrap();
        drop(applying);
        assert_eq!(store.mark().await.unwrap(), ChangeMark(0));
        assert_eq!(store.setting("anchors").await.unwrap(), None);
        assert_eq!(store.staged().await.unwrap().len(), 1);

        let mut applying = store.apply(at(0)).await.unwrap();
        applying.import(&first).await.unwrap();
        applying.import(&second).await.unwrap();
        applying.decline(&[update(2)]).await.unwrap();
        assert!(applying.commit(run, r#"{"new":3}"#).await.unwrap());
        let rows = store.catalog().await.unwrap();
        assert_eq!((rows.mark, rows.entries.len()), (ChangeMark(1), 3));
        assert!(rows.entries.iter().all(|entry| entry.imported == ChangeMark(1)));
        assert_eq!(rows.declined, [(update(2), ChangeMark(1))]);
        assert_eq!(store.staged().await.unwrap(), []);
        let run = &store.runs(1).await.unwrap()[0];
        assert_eq!((run.outcome, run.details.as_str()), (RunOutcome::Succeeded, r#"{"new":3}"#));
    })
    .await;
}

#[tokio::test]
async fn what_changes_nothing_is_no_generation() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        let prepared = store.prepare(vec![revision(1, 1)]).await.unwrap();
        let run = store.begin_run("http://up.example", at(0), "{}").await.unwrap();
        let mut applying = store.apply(at(0)).await.unwrap();
        applying.import(&prepared).await.unwrap();
        applying.set_setting("anchors", "2").await.unwrap();
        assert!(!applying.commit(run, "{}").await.unwrap());
        assert_eq!(store.mark().await.unwrap(), ChangeMark(1));
        assert_eq!(store.setting("anchors").await.unwrap().as_deref(), Some("2"));
    })
    .await;
}

#[tokio::test]
async fn an_archive_leaves_what_a_synchronisation_fetched_and_is_all_or_nothing() {
    on_both(async |store| {
        let staged = StagedDocument { identity: identity(9, 1), position: 0, document: b"<U/>".to_vec() };
        store.stage(vec![staged]).await.unwrap();
        let prepared = store.prepare(vec![revision(1, 1)]).await.unwrap();
        let digest = crate::testing::file(1).sha1;
        for is_dropped in [true, false] {
            let mut applying = store.apply(at(0)).await.unwrap();
            applying.import(&prepared).await.unwrap();
            applying.set_file_locations(&[(digest, "http://a.example/1".to_owned())]).await.unwrap();
            applying.set_decryption_keys(&[(digest, vec![7])]).await.unwrap();
            if !is_dropped {
                assert!(applying.finish().await.unwrap());
            }
            let expected = usize::from(!is_dropped);
            assert_eq!(store.catalog().await.unwrap().entries.len(), expected);
            assert_eq!(store.file_locations(&[digest]).await.unwrap().len(), expected);
            assert_eq!(store.decryption_keys(&[digest]).await.unwrap().len(), expected);
        }
        assert_eq!((store.staged().await.unwrap().len(), store.runs(9).await.unwrap().len()), (1, 0));
        let nothing = store.apply(at(1)).await.unwrap();
        assert!(!nothing.finish().await.unwrap());
        assert_eq!(store.mark().await.unwrap(), ChangeMark(1));
    })
    .await;
}

#[tokio::test]
async fn a_replica_becomes_as_its_upstream_is_and_stays_so() {
    on_both(async |store| {
        store.import((1..=4).map(|number| revision(number, 1)).collect(), at(0)).await.unwrap();
        let own = store.create_group(&"Own".parse().unwrap(), ROOT).await.unwrap();
        store.see_computers(&[contact("aa", 0)]).await.unwrap();
        store.assign(&computer("aa"), &[own.id]).await.unwrap();
        store.approve(&[update(4)], ROOT, ApprovalAction::Install, None, at(0)).await.unwrap();
        store.decline(&[update(3)], at(0)).await.unwrap();

        let (pilot, wide) = (group(1, "Pilot", ROOT), group(2, "Wide", ROOT));
        let below = group(3, "Below", pilot.id);
        let state = ReplicaState {
            // Children may come before their parents.
            groups: vec![below.clone(), wide.clone(), pilot.clone()],
            deployments: vec![
                deployment(10, 1, pilot.id, ApprovalAction::Install),
                deployment(11, 2, below.id, ApprovalAction::NotApproved),
                deployment(12, 99, below.id, ApprovalAction::Install),
                deployment(13, 4, TargetGroupId(Uuid::from_u128(77)), ApprovalAction::Install),
            ],
            dead: Vec::new(),
            is_complete: true,
            declined: vec![update(2), update(98)],
            licences: vec![Uuid::from_u128(5)],
        };
        let mirrored = mirror(&store, &state).await;
        let expected = Mirrored { groups: 4, approved: 1, removed: 1, declined: 1, undeclined: 1, unknown: 2 };
        assert_eq!(mirrored, expected);
        let rows = store.catalog().await.unwrap();
        let names: Vec<&str> = rows.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["All Computers", "Below", "Pilot", "Unassigned Computers", "Wide"]);
        // A declined update has no approval.
        let approved: Vec<_> = rows.approvals.iter().map(|one| (one.update_id, one.group, one.action)).collect();
        assert_eq!(approved, [(update(1), pilot.id, ApprovalAction::Install)]);
        assert_eq!(rows.declined.len(), 1);
        assert_eq!(store.accepted_licences().await.unwrap(), [(Uuid::from_u128(5), at(0))]);
        assert_eq!(store.memberships().await.unwrap()[0].assigned, []);

        let settled = ReplicaState { deployments: vec![state.deployments[0].clone()], ..state.clone() };
        assert!(!mirror(&store, &settled).await.is_change(), "the same again changes nothing");
        let mark = store.mark().await.unwrap();
        assert!(!mirror(&store, &ReplicaState { is_complete: false, deployments: vec![], ..state }).await.is_change());
        assert_eq!(store.mark().await.unwrap(), mark);
    })
    .await;
}

#[tokio::test]
async fn names_may_be_swapped_and_deployments_replaced() {
    on_both(async |store| {
        store.import(vec![revision(1, 1), revision(2, 1)], at(0)).await.unwrap();
        let [a, b] = [(1, "A"), (2, "B")].map(|(number, name)| group(number, name, ROOT));
        let state = ReplicaState {
            groups: vec![a.clone(), b.clone()],
            deployments: vec![
                deployment(10, 1, a.id, ApprovalAction::Install),
                deployment(11, 2, a.id, ApprovalAction::Install),
            ],
            ..ReplicaState::default()
        };
        mirror(&store, &state).await;
        let before = store.mark().await.unwrap();
        let changed = ReplicaState {
            groups: vec![group(1, "B", ROOT), group(2, "A", a.id)],
            // The first is taken back and given anew under another name, the second is gone.
            deployments: vec![deployment(20, 1, a.id, ApprovalAction::Uninstall)],
            dead: vec![Uuid::from_u128(10), Uuid::from_u128(11), Uuid::from_u128(77)],
            ..ReplicaState::default()
        };
        let mirrored = mirror(&store, &changed).await;
        assert_eq!((mirrored.groups, mirrored.approved, mirrored.removed), (2, 1, 1));
        let rows = store.catalog().await.unwrap();
        let place = |id: TargetGroupId| rows.groups.iter().find(|group| group.id == id).unwrap();
        assert_eq!((place(a.id).name.as_str(), place(b.id).name.as_str()), ("B", "A"));
        assert_eq!(place(b.id).parent, Some(a.id));
        assert_eq!(rows.approvals.len(), 1);
        assert_eq!(rows.approvals[0].action, ApprovalAction::Uninstall);
        let dead = store.dead_deployments(before, store.mark().await.unwrap()).await.unwrap();
        assert_eq!(dead, [model::DeploymentId(2)]);
        let mut applying = store.apply(at(0)).await.unwrap();
        applying.mirror(&ReplicaState { is_complete: true, ..changed.clone() }).await.unwrap();
        assert_eq!(applying.approvals().await.unwrap(), rows.approvals, "what is decided is seen within the change");
        applying.mirror(&ReplicaState { is_complete: true, deployments: Vec::new(), ..changed }).await.unwrap();
        assert_eq!(applying.approvals().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn groups_that_are_no_tree_are_refused_whole() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        let (first, second) = (TargetGroupId(Uuid::from_u128(1)), TargetGroupId(Uuid::from_u128(2)));
        let state = ReplicaState {
            groups: vec![group(1, "A", second), group(2, "B", first)],
            declined: vec![update(1)],
            ..ReplicaState::default()
        };
        let mut applying = store.apply(at(0)).await.unwrap();
        let refused = applying.mirror(&state).await.unwrap_err();
        assert!(refused.to_string().starts_with("its group A is below"), "{refused}");
        drop(applying);
        assert_eq!(store.catalog().await.unwrap().declined, []);
    })
    .await;
}
