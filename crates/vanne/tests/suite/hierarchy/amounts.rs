//! How much a subscription is, before and after anything of it is fetched.

use http::Method;
use model::{CategoryKind, UpdateId};
use server::admin::api::{EstimateAnswer, SubscriptionAnswer};
use server::config::UpstreamConfig;
use server::sync::settings::Subscription;
use testkit::documents::{Draft, MadeFile, Rule};
use testkit::publisher::{GET_UPDATE_DATA, Publisher};

use super::{point, revisions, synchronise, upstream};
use crate::harness::Estate;

/// A product with `count` updates of a file of `size` each.
fn product(name: &str, class: &Draft, count: usize, size: usize) -> Vec<Draft> {
    let product = Draft::product(name);
    let updates = (0..count).map(|number| {
        let name = format!("{name} {number}");
        let file = MadeFile::of_size(&format!("{name}.cab"), size);
        let rule = Rule::registry_text("SOFTWARE\\Contoso", &name, "1");
        let update = Draft::command_line(&name).with_file(&file).installed_when(rule);
        update.in_category([product.id()]).in_category([class.id()])
    });
    let updates: Vec<Draft> = updates.collect();
    std::iter::once(product.clone()).chain(updates).collect()
}

fn subscription(products: &[UpdateId], class: UpdateId) -> Subscription {
    let classifications = [class].into_iter().collect();
    Subscription { products: products.iter().copied().collect(), classifications, ..Subscription::default() }
}

#[tokio::test]
async fn an_upstream_is_asked_how_much_a_choice_would_be_and_nothing_is_fetched() {
    let class = Draft::category(CategoryKind::UpdateClassification, "Contoso Fixes");
    let (client, server) = (product("Contoso Client", &class, 3, 20_000), product("Contoso Server", &class, 5, 50_000));
    let drafts = [vec![class.clone()], client.clone(), server.clone()].concat();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    let estate = Estate::start().await;
    point(&estate, &UpstreamConfig { kind: sync::Kind::Microsoft, ..upstream(&publisher.url(), false) }).await;

    let nothing = serde_json::to_vec(&Subscription::default()).unwrap();
    let (status, body) = estate.try_api(Method::POST, "/api/v1/subscription/estimate", nothing.into()).await;
    assert_eq!(status, 400, "{}", String::from_utf8_lossy(&body));

    let choice = subscription(&[client[0].id(), server[0].id()], class.id());
    let answer: EstimateAnswer = estate.api(Method::POST, "/api/v1/subscription/estimate", &choice).await;
    let amount = |id: UpdateId| (answer.there.parts[&id].revisions, answer.there.parts[&id].files_bytes);
    assert_eq!(amount(client[0].id()), (3, Some(60_000)));
    assert_eq!(amount(server[0].id()), (5, Some(250_000)));
    assert_eq!(amount(class.id()), (8, Some(310_000)));
    assert_eq!((answer.there.whole.revisions, answer.there.whole.files_bytes), (8, Some(310_000)));
    assert!(answer.there.whole.documents_bytes.unwrap() > 8 * 500, "{answer:?}");
    assert_eq!(revisions(&estate).await, [], "nothing of it is here");
    assert_eq!(publisher.times_asked(GET_UPDATE_DATA), 4, "a few documents of each are looked at");
    let told: SubscriptionAnswer = estate.api(Method::GET, "/api/v1/subscription", &()).await;
    assert_eq!(told.subscription, Subscription::default(), "nothing is chosen by asking");
}

#[tokio::test]
async fn what_is_here_of_a_subscription_is_counted_and_weighed() {
    let class = Draft::category(CategoryKind::UpdateClassification, "Contoso Fixes");
    let (client, server) = (product("Contoso Client", &class, 3, 20_000), product("Contoso Server", &class, 5, 50_000));
    let drafts = [vec![class.clone()], client.clone(), server.clone()].concat();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    let estate = Estate::start().await;
    point(&estate, &UpstreamConfig { kind: sync::Kind::Wsus, ..upstream(&publisher.url(), false) }).await;
    synchronise(&estate).await;
    let choice = subscription(&[client[0].id()], class.id());
    let told: SubscriptionAnswer = estate.api(Method::PUT, "/api/v1/subscription", &choice).await;
    assert_eq!((told.here.whole.revisions, told.here.whole.files_bytes), (3, Some(60_000)));
    assert_eq!(told.here.parts[&client[0].id()], told.here.whole);
    assert!(told.here.whole.documents_bytes.unwrap() > 0);
    assert_eq!(told.titles[&client[0].id()], "Contoso Client");
    let all: SubscriptionAnswer = estate.api(Method::PUT, "/api/v1/subscription", &Subscription::default()).await;
    assert_eq!((all.here.whole.revisions, all.here.parts.len()), (8, 0));
}
