//! Microsoft's service as the upstream, played by a publisher: products first, then what was chosen, files from where they
//! are published.

use http::Method;
use model::{ApprovalAction, CategoryKind};
use server::admin::api::Which;
use server::config::UpstreamConfig;
use server::sync::settings::Subscription;
use testkit::documents::{Draft, MadeFile, Rule};
use testkit::publisher::{CONTENT, Publisher};

use super::{point, revisions, synchronise, upstream};
use crate::content::{address, get};
use crate::harness::{Computer, Estate, eventually};

/// A product with an update of one file.
fn product(name: &str, class: &Draft) -> (MadeFile, [Draft; 3]) {
    let file = MadeFile::of_size(&format!("{name}.cab"), 90_000);
    let product = Draft::product(name);
    let rule = Rule::registry_text("SOFTWARE\\Contoso", name, "1");
    let child = Draft::command_line(&format!("{name} fix")).with_file(&file).installed_when(rule);
    let bundle = Draft::bundle(&format!("{name} Update")).bundling([child.identity()]);
    let bundle = bundle.in_category([product.id()]).in_category([class.id()]);
    (file, [product, child, bundle])
}

#[tokio::test]
async fn products_come_first_then_what_is_chosen_and_files_from_their_publisher() {
    let class = Draft::category(CategoryKind::UpdateClassification, "Contoso Fixes");
    let (file, [client, fix, update]) = product("Contoso Client", &class);
    let (_, others) = product("Contoso Server", &class);
    let drafts = [vec![class.clone(), client.clone(), fix.clone(), update.clone()], others.to_vec()].concat();
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &drafts).await.unwrap();
    let estate = Estate::with(|config| {
        config.content.allow_private_sources = true;
        config.content.disk_floor_mib = 0;
    });
    let estate = estate.await;
    let settings = UpstreamConfig { kind: sync::Kind::Microsoft, ..upstream(&publisher.url(), false) };
    point(&estate, &settings).await;

    let details = synchronise(&estate).await;
    assert!(details.only_categories, "{details:?}");
    let mut expected = vec![class.identity(), client.identity(), others[0].identity()];
    expected.sort_unstable();
    assert_eq!(revisions(&estate).await, expected, "of 600,000 updates nothing but what there is to choose from");

    let chosen = |id| [id].into_iter().collect();
    let subscription =
        Subscription { products: chosen(client.id()), classifications: chosen(class.id()), ..Subscription::default() };
    let _: serde_json::Value = estate.api(Method::PUT, "/api/v1/subscription", &subscription).await;
    assert_eq!(synchronise(&estate).await.taken, 2);
    expected.extend([fix.identity(), update.identity()]);
    expected.sort_unstable();
    assert_eq!(revisions(&estate).await, expected);

    estate.approve(Which::Updates(vec![update.id()]), "All Computers", ApprovalAction::Install).await;
    let url = address(&estate.url(), &file.sha1(), "cab");
    eventually("the file came from its publisher", async || get(&url, &[]).await.body == file.bytes).await;
    assert!(publisher.times_asked(CONTENT) > 0);
    assert_eq!(publisher.times_asked("DownloadFiles"), 0, "that service has no content to ask for");
    let mut computer = Computer::join(&estate.url(), "below Microsoft").await;
    assert!(computer.scan().await.new.contains(&fix.id()));
}
