//! An archive of some products only.

use model::{CategoryKind, UpdateId};
use server::admin::api::UpdateSummary;
use testkit::documents::{Draft, Made, MadeFile, Rule};

use super::{export, export_refused, exporter, holds, import, import_refused, isolated, text};

/// A product with an update of one file, which needs a detectoid of its own.
fn product(name: &str, class: &Draft) -> (Draft, MadeFile, Vec<Made>) {
    let file = MadeFile::of_size(&format!("{name}.cab"), 20_000);
    let (product, detectoid) = (Draft::product(name), Draft::detectoid(&format!("{name} is here")));
    let rule = Rule::registry_text("SOFTWARE\\Contoso", name, "1");
    let child = Draft::command_line(&format!("{name} fix")).with_file(&file).installed_when(rule);
    let bundle = Draft::bundle(&format!("{name} Update")).bundling([child.identity()]);
    let bundle = bundle.in_category([product.id()]).in_category([class.id()]).requires(detectoid.id());
    let made = [product.clone(), detectoid, child, bundle].iter().map(Draft::finish).collect();
    (product, file, made)
}

#[tokio::test]
async fn an_archive_of_a_product_carries_that_with_what_it_needs() {
    let class = Draft::category(CategoryKind::UpdateClassification, "Contoso Fixes");
    let (client, file, first) = product("Contoso Client", &class);
    let (_, _, second) = product("Contoso Server", &class);
    let paris = exporter(&[vec![class.finish()], first.clone(), second].concat());
    let disk = tempfile::tempdir().unwrap();
    let exported = export(&paris, disk.path(), &["--product", &client.id().to_string()]);
    assert_eq!((exported.archive.carries.documents, exported.archive.carries.files), (5, 1));
    assert!(exported.archive.is_limited);
    let kerguelen = isolated(&paris);
    assert_eq!(import(&kerguelen, disk.path(), &[]).done.taken, 5);
    holds(&kerguelen, &[&file]).await;
    let updates: Vec<UpdateSummary> = kerguelen.json(&["updates", "--all"]);
    assert_eq!(updates.len(), 5, "{updates:?}");
    assert!(updates.iter().all(|update| !update.title.contains("Server")), "{updates:?}");

    let other = tempfile::tempdir().unwrap();
    let narrowest = ["--product", &client.id().to_string(), "--classification", &class.id().to_string()];
    assert_eq!(export(&paris, other.path(), &narrowest).archive.carries.documents, 5);
    let whole = tempfile::tempdir().unwrap();
    let all = export(&paris, whole.path(), &["--classification", &class.id().to_string()]);
    assert_eq!(all.archive.carries.documents, 9);
    // Nothing goes on from an archive that has not all.
    let next = tempfile::tempdir().unwrap();
    let ran = export_refused(&paris, next.path(), &["--since", text(disk.path())]);
    assert!(ran.err.contains("limited"), "{}", ran.err);
    let stranger = UpdateId(uuid::Uuid::from_u128(9)).to_string();
    let ran = export_refused(&paris, next.path(), &["--product", &stranger]);
    assert!(ran.err.contains(&format!("no category {stranger} is known here")), "{}", ran.err);
    let ran = import_refused(&kerguelen, next.path(), &[]).await;
    assert!(ran.err.contains("no archive") || ran.err.contains("manifest"), "{}", ran.err);
}
