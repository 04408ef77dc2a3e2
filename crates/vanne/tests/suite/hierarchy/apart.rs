//! What is asked for apart from the lists: what others name, and drivers by device.

use http::Method;
use model::CategoryKind;
use server::config::UpstreamConfig;
use server::sync::settings::Subscription;
use testkit::documents::{Draft, DriverFacts, Rule};
use testkit::publisher::{GET_UPDATE_DATA, Lie, Publisher};
use uuid::Uuid;
use wire::ErrorCode;
use wire::server::Request;

use super::{point, revisions, synchronise, upstream};
use crate::harness::Estate;

const RELATED: &str = "GetRelatedRevisionsForUpdates";
const DRIVERS: &str = "GetDriverIdList";
const DRIVER_SETS: &str = "GetDriverSetData";

fn fix(name: &str) -> Draft {
    Draft::command_line(name).installed_when(Rule::registry_text("SOFTWARE\\Contoso", name, "1"))
}

/// A product, a class, an update in both, and what it needs, which is in neither and needs something itself.
fn needy() -> (Draft, Draft, [Draft; 3]) {
    let product = Draft::product("Contoso Client");
    let class = Draft::category(CategoryKind::UpdateClassification, "Contoso Fixes");
    let (base, stack) = (fix("base"), fix("stack"));
    let stack = stack.requires(base.id());
    let update = fix("update").in_category([product.id()]).in_category([class.id()]).requires(stack.id());
    (product, class, [base, stack, update])
}

async fn below(publisher: &Publisher, subscription: &Subscription) -> Estate {
    let estate = Estate::start().await;
    point(&estate, &UpstreamConfig { kind: sync::Kind::Wsus, ..upstream(&publisher.url(), false) }).await;
    let _: serde_json::Value = estate.api(Method::PUT, "/api/v1/subscription", subscription).await;
    estate
}

fn chosen(product: &Draft, class: &Draft) -> Subscription {
    let one = |draft: &Draft| [draft.id()].into_iter().collect();
    Subscription { products: one(product), classifications: one(class), ..Subscription::default() }
}

#[tokio::test]
async fn what_an_update_needs_and_nobody_listed_is_asked_for() {
    let (product, class, updates) = needy();
    let drafts = [vec![product.clone(), class.clone()], updates.to_vec()].concat();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    let estate = below(&publisher, &chosen(&product, &class)).await;
    let details = synchronise(&estate).await;
    assert_eq!((details.taken, details.related, details.lacking), (5, 2, 0), "{details:?}");
    let mut expected: Vec<_> = drafts.iter().map(Draft::identity).collect();
    expected.sort_unstable();
    assert_eq!(revisions(&estate).await, expected);
    let asked = publisher.times_asked(RELATED);
    assert_eq!(asked, 2, "for the stack, then for what that needs");
    synchronise(&estate).await;
    assert_eq!(publisher.times_asked(RELATED), asked, "nothing is lacking any more");
}

#[tokio::test]
async fn an_upstream_that_does_not_know_the_question_is_not_asked_again_and_does_no_harm() {
    let (product, class, updates) = needy();
    let drafts = [vec![product.clone(), class.clone()], updates.to_vec()].concat();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    publisher.lie(RELATED, Lie::Refuses(ErrorCode::InternalServerError));
    let estate = below(&publisher, &chosen(&product, &class)).await;
    let details = synchronise(&estate).await;
    assert_eq!((details.taken, details.related), (3, 0), "{details:?}");
    assert_eq!(publisher.times_asked(RELATED), 1);
    let again = synchronise(&estate).await;
    assert_eq!((again.listed, again.refused_in_all), (0, 0), "{again:?}");
    assert_eq!(publisher.times_asked(RELATED), 1, "it is asked once for what came");
}

#[tokio::test]
async fn an_upstream_that_is_lost_meanwhile_is_asked_again_with_the_next_synchronisation() {
    let (product, class, updates) = needy();
    let drafts = [vec![product.clone(), class.clone()], updates.to_vec()].concat();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    publisher.lie(RELATED, Lie::Status(401));
    let estate = below(&publisher, &chosen(&product, &class)).await;
    let details = synchronise(&estate).await;
    assert_eq!((details.taken, details.related), (3, 0), "{details:?}");
    // What it has is known, and does not come.
    publisher.be_honest();
    publisher.lie(GET_UPDATE_DATA, Lie::Status(401));
    assert_eq!(synchronise(&estate).await.taken, 0);
    publisher.be_honest();
    assert_eq!(synchronise(&estate).await.related, 2, "and what that needs");
    let asked = publisher.times_asked(RELATED);
    synchronise(&estate).await;
    assert_eq!(publisher.times_asked(RELATED), asked, "nothing is lacking any more");
}

#[tokio::test]
async fn a_server_of_this_kind_says_which_revisions_its_updates_have() {
    let (product, class, updates) = needy();
    let paris = Estate::start().await;
    let drafts = [vec![product.clone(), class.clone()], updates.to_vec()].concat();
    paris.import(&drafts.iter().map(Draft::finish).collect::<Vec<_>>()).await;
    let below = super::below(&paris, false).await;
    let _: serde_json::Value = below.api(Method::PUT, "/api/v1/subscription", &chosen(&product, &class)).await;
    assert_eq!(synchronise(&below).await.related, 2);
    assert_eq!(revisions(&below).await, revisions(&paris).await);
}

fn driver(name: &str, device: &str) -> Draft {
    let facts = DriverFacts {
        class: "Networking",
        maker: "Contoso".to_owned(),
        model: name.to_owned(),
        date: jiff::civil::date(2026, 3, 1),
        version: "1.2.3.4".parse().unwrap(),
    };
    Draft::driver(name, facts).matching(device)
}

#[tokio::test]
async fn drivers_are_listed_by_device_and_driver_sets_by_model_where_an_upstream_has_them_apart() {
    let [first, second, third] =
        ["first", "second", "third"].map(|name| driver(name, &format!("PCI\\VEN_1&DEV_{name}")));
    let (product, class, _) = needy();
    let drafts = [product.clone(), class.clone(), first.clone(), second.clone()];
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    let (model, set) = (Uuid::from_u128(5), Uuid::from_u128(6));
    publisher.publish_driver_set(set, model, "<DriverSet/>");
    let device = "pci\\ven_1&dev_first".to_owned();
    let devices = [device.clone(), "pci\\ven_1&dev_third".to_owned()].into_iter().collect();
    let subscription = Subscription { devices, models: [model].into_iter().collect(), ..chosen(&product, &class) };
    let estate = below(&publisher, &subscription).await;
    let details = synchronise(&estate).await;
    assert_eq!(details.driver_sets, 1, "{details:?}");
    let mut expected = vec![product.identity(), class.identity(), first.identity()];
    expected.sort_unstable();
    assert_eq!(revisions(&estate).await, expected, "of drivers, those of the devices that were named");
    assert_eq!(estate.store().await.driver_sets(&[set]).await.unwrap(), [(set, "<DriverSet/>".to_owned())]);

    // From then on what is new, by the anchor of the last time.
    publisher.publish(std::slice::from_ref(&third));
    assert_eq!(synchronise(&estate).await.taken, 1);
    assert!(revisions(&estate).await.contains(&third.identity()));
    let asked = publisher.asked();
    let filters: Vec<_> = asked
        .iter()
        .filter_map(|asked| match &asked.request {
            Some(Request::GetDriverIdList(request)) => request.filter.clone(),
            _ => None,
        })
        .collect();
    let told: Vec<(bool, bool)> =
        filters.iter().map(|filter| (filter.anchor.is_some(), filter.pnp_hardware_ids[0].delta)).collect();
    assert_eq!(told, [(false, false), (true, true)]);
    assert_eq!(publisher.times_asked(DRIVER_SETS), 1, "what is known of a model is not told again");
}

#[tokio::test]
async fn an_upstream_that_refuses_to_list_drivers_is_synchronised_without_them() {
    let (product, class, updates) = needy();
    let drafts = [vec![product.clone(), class.clone()], updates.to_vec()].concat();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    publisher.lie(DRIVERS, Lie::Refuses(ErrorCode::InternalServerError));
    let devices = ["pci\\ven_1&dev_1".to_owned()].into_iter().collect();
    let estate = below(&publisher, &Subscription { devices, ..chosen(&product, &class) }).await;
    assert_eq!(synchronise(&estate).await.taken, 5);
    assert_eq!(publisher.times_asked(DRIVERS), 3, "once in each round");
}
