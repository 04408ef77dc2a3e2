use axum::body::Body;
use http::Method;
use model::{ApprovalAction, CategoryKind, Timestamp};
use server::admin::api::{ApproveRequest, CreateGroup, DeclineRequest, GroupSummary, UpdateSummary, Which};
use testkit::documents::{Draft, Rule};

use super::{below, point, revisions, synchronise, upstream};
use crate::harness::{Computer, Estate, bundle, documents};

/// What is decided on a server: groups, and of each update the approvals and whether it is declined.
async fn decided(estate: &Estate) -> (Vec<GroupSummary>, Vec<serde_json::Value>) {
    let mut groups: Vec<GroupSummary> = estate.api(Method::GET, "/api/v1/groups", &()).await;
    groups.iter_mut().for_each(|group| group.computers = 0);
    let updates: Vec<UpdateSummary> = estate.api(Method::GET, "/api/v1/updates?limit=100000", &()).await;
    let mut decided: Vec<_> = updates
        .into_iter()
        .map(|update| serde_json::json!([update.identity, update.declined, update.approvals]))
        .collect();
    decided.sort_by_key(ToString::to_string);
    (groups, decided)
}

async fn same(one: &Estate, other: &Estate) {
    let (one, other) = (decided(one).await, decided(other).await);
    assert_eq!(serde_json::to_value(&one.0).unwrap(), serde_json::to_value(&other.0).unwrap());
    assert_eq!(one.1, other.1);
}

#[tokio::test]
async fn a_replica_is_as_its_upstream_after_every_change() {
    let paris = Estate::with_catalog(&documents()).await;
    let (first, second) = (bundle("9003003"), bundle("9002003"));
    paris.create_group("Pilots", None).await;
    paris.create_group("Wards", Some("Pilots")).await;
    let deadline = Timestamp::from_second(1_900_000_000).unwrap();
    paris.approve_by(first.id(), "Pilots", deadline).await;
    paris.approve(Which::Updates(vec![second.id()]), "All Computers", ApprovalAction::Optional).await;

    let marseille = below(&paris, true).await;
    let details = synchronise(&marseille).await;
    assert_eq!(details.mirrored.unwrap().approved, 2, "{details:?}");
    same(&paris, &marseille).await;

    // Approvals change, go and come; an update is declined, a group renamed.
    paris.approve(Which::Updates(vec![first.id()]), "Pilots", ApprovalAction::NotApproved).await;
    paris.decline(second.id(), false).await;
    let _: Vec<GroupSummary> =
        paris.api(Method::PATCH, "/api/v1/groups/Wards", &serde_json::json!({"name": "Stations"})).await;
    synchronise(&marseille).await;
    same(&paris, &marseille).await;

    paris.decline(second.id(), true).await;
    let _: Vec<GroupSummary> = paris.api(Method::DELETE, "/api/v1/groups/Stations", &()).await;
    synchronise(&marseille).await;
    same(&paris, &marseille).await;
    let settled = synchronise(&marseille).await.mirrored.unwrap();
    assert_eq!((settled.groups, settled.approved, settled.removed, settled.declined), (0, 0, 0, 0));
}

#[tokio::test]
async fn computers_of_a_replica_are_offered_what_is_approved_above() {
    let paris = Estate::with_catalog(&documents()).await;
    let update = bundle("9003003").id();
    paris.approve(Which::Updates(vec![update]), "All Computers", ApprovalAction::Install).await;
    let marseille = below(&paris, true).await;
    synchronise(&marseille).await;
    let mut computer = Computer::join(&marseille.url(), "in Marseille").await;
    computer.scan().await;
    let (_, told) = computer.told(update).unwrap();
    assert_eq!(told.deployment.action, model::DeploymentAction::Install);
}

#[tokio::test]
async fn nothing_is_decided_on_a_replica_and_the_refusal_says_where_to_go() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = below(&paris, true).await;
    synchronise(&marseille).await;
    let update = bundle("9003003").id();
    let approve = serde_json::to_vec(&ApproveRequest {
        updates: Which::Updates(vec![update]),
        group: "All Computers".to_owned(),
        action: ApprovalAction::Install,
        deadline: None,
    });
    let group = serde_json::to_vec(&CreateGroup { name: "Own".to_owned(), parent: None }).unwrap();
    let decline = serde_json::to_vec(&DeclineRequest { updates: Which::Updates(vec![update]), undo: false });
    let refused = [
        ("/api/v1/approvals", approve.unwrap()),
        ("/api/v1/groups", group.clone()),
        ("/api/v1/declines", decline.unwrap()),
    ];
    for (path, request) in refused {
        let (status, body) = marseille.try_api(Method::POST, path, Body::from(request)).await;
        let body = String::from_utf8(body).unwrap();
        assert_eq!(status, 409, "{path}: {body}");
        assert!(body.contains(&paris.url()), "{path}: {body}");
    }
    same(&paris, &marseille).await;
    // Made autonomous, it keeps what it has and decides.
    point(&marseille, &upstream(&paris.url(), false)).await;
    let (status, _) = marseille.try_api(Method::POST, "/api/v1/groups", Body::from(group)).await;
    assert_eq!(status, 200);
    assert_eq!(revisions(&marseille).await, revisions(&paris).await);
}

#[tokio::test]
async fn what_was_decided_before_it_became_a_replica_gives_way() {
    let paris = Estate::with_catalog(&documents()).await;
    let marseille = Estate::with_catalog(&documents()).await;
    marseille.create_group("Own", None).await;
    marseille.approve_all("Own").await;
    point(&marseille, &upstream(&paris.url(), true)).await;
    let details = synchronise(&marseille).await;
    let mirrored = details.mirrored.unwrap();
    assert!(mirrored.groups == 1, "{details:?}");
    same(&paris, &marseille).await;
}

#[tokio::test]
async fn what_was_changed_behind_a_replicas_back_is_noticed_and_put_right() {
    let paris = Estate::with_catalog(&documents()).await;
    let (kept, other) = (bundle("9003003"), bundle("9002003"));
    paris.approve(Which::Updates(vec![kept.id()]), "All Computers", ApprovalAction::Install).await;
    let marseille = below(&paris, true).await;
    assert!(!synchronise(&marseille).await.drifted);
    assert!(!synchronise(&marseille).await.drifted, "nothing happened");

    // By another handle, as a hand in the tables or a restored database does it.
    let store = marseille.store().await;
    let group = model::TargetGroupId::ALL_COMPUTERS;
    let (more, less) = (ApprovalAction::Install, ApprovalAction::NotApproved);
    store.approve(&[other.id()], group, more, None, Timestamp::now()).await.unwrap();
    store.approve(&[kept.id()], group, less, None, Timestamp::now()).await.unwrap();
    let details = synchronise(&marseille).await;
    assert!(details.drifted, "{details:?}");
    let mirrored = details.mirrored.unwrap();
    assert_eq!((mirrored.approved, mirrored.removed), (1, 1), "{details:?}");
    same(&paris, &marseille).await;
    assert!(!synchronise(&marseille).await.drifted);

    // A while on its own.
    point(&marseille, &upstream(&paris.url(), false)).await;
    marseille.approve(Which::Updates(vec![other.id()]), "All Computers", ApprovalAction::Optional).await;
    synchronise(&marseille).await;
    point(&marseille, &upstream(&paris.url(), true)).await;
    assert!(synchronise(&marseille).await.drifted);
    same(&paris, &marseille).await;
}

#[tokio::test]
async fn an_approval_of_an_update_that_comes_later_comes_with_it() {
    let paris = Estate::with_catalog(&documents()).await;
    let update = bundle("9003003");
    paris.approve(Which::Updates(vec![update.id()]), "All Computers", ApprovalAction::Install).await;
    let marseille = below(&paris, true).await;
    // Something else is chosen, so that the update is not here when its deployment is told.
    let chosen = |id| [id].into_iter().collect();
    let nothing = server::sync::settings::Subscription {
        products: chosen(model::UpdateId(uuid::Uuid::from_u128(1))),
        classifications: chosen(model::UpdateId(uuid::Uuid::from_u128(1))),
        ..Default::default()
    };
    let _: serde_json::Value = marseille.api(Method::PUT, "/api/v1/subscription", &nothing).await;
    assert_eq!(synchronise(&marseille).await.mirrored.unwrap().unknown, 1);
    // What is decided meanwhile says nothing of it.
    assert_eq!(synchronise(&marseille).await.mirrored.unwrap().unknown, 1);
    let all = server::sync::settings::Subscription::default();
    let _: serde_json::Value = marseille.api(Method::PUT, "/api/v1/subscription", &all).await;
    let details = synchronise(&marseille).await;
    assert_eq!((details.drifted, details.mirrored.unwrap().approved), (false, 1), "{details:?}");
    same(&paris, &marseille).await;
}

#[tokio::test]
async fn an_approval_of_what_an_update_needs_comes_with_the_round_that_brings_it() {
    let product = Draft::product("Contoso Client");
    let class = Draft::category(CategoryKind::UpdateClassification, "Contoso Fixes");
    let fix =
        |name: &str| Draft::command_line(name).installed_when(Rule::registry_text("SOFTWARE\\Contoso", name, "1"));
    // It is in neither, so that nobody lists it.
    let child = fix("stack");
    let stack = Draft::bundle("Stack").bundling([child.identity()]);
    let update = fix("update").in_category([product.id()]).in_category([class.id()]).requires(stack.id());
    let paris = Estate::start().await;
    paris.import(&[&product, &class, &child, &stack, &update].map(Draft::finish)).await;
    paris.approve(Which::Updates(vec![stack.id()]), "All Computers", ApprovalAction::Install).await;
    let marseille = below(&paris, true).await;
    let one = |draft: &Draft| [draft.id()].into_iter().collect();
    let subscription = server::sync::settings::Subscription {
        products: one(&product),
        classifications: one(&class),
        ..Default::default()
    };
    let _: serde_json::Value = marseille.api(Method::PUT, "/api/v1/subscription", &subscription).await;
    let details = synchronise(&marseille).await;
    assert_eq!((details.related, details.mirrored.unwrap().approved), (2, 1), "{details:?}");
    assert_eq!(details.mirrored.unwrap().unknown, 0, "{details:?}");
    same(&paris, &marseille).await;
}
