//! Languages of a subscription, and express files: which files of what is approved are fetched.

use http::Method;
use server::admin::api::{ContentState, ContentSummary, FetchAnswer, PlanAnswer, SubscriptionAnswer};
use server::config::UpstreamConfig;
use server::sync::settings::Subscription;
use sqlx::{ConnectOptions as _, Connection as _};
use testkit::documents::{Draft, MadeFile, Rule};
use testkit::publisher::Publisher;

use super::{point, synchronise, upstream};
use crate::harness::Estate;

/// An update of one file, made by `with`.
fn fix(name: &str, with: impl FnOnce(Draft) -> Draft) -> Draft {
    with(Draft::command_line(name).installed_when(Rule::registry_text("SOFTWARE\\Contoso", name, "1")))
}

fn file(name: &str, size: usize) -> MadeFile {
    MadeFile::of_size(name, size)
}

fn speaking(languages: &[&str]) -> Subscription {
    Subscription { languages: languages.iter().map(ToString::to_string).collect(), ..Subscription::default() }
}

/// A server below a publisher of `drafts`, which is not synchronised yet.
async fn below(drafts: &[Draft], express: bool) -> (Publisher, Estate) {
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), drafts).await.unwrap();
    let estate = Estate::with(|config| {
        config.content.allow_private_sources = true;
        config.content.disk_floor_mib = 0;
        config.content.express = express;
    });
    let estate = estate.await;
    let settings = UpstreamConfig { kind: sync::Kind::Wsus, ..upstream(&publisher.url(), false) };
    point(&estate, &settings).await;
    (publisher, estate)
}

async fn choose(estate: &Estate, subscription: &Subscription) {
    let _: SubscriptionAnswer = estate.api(Method::PUT, "/api/v1/subscription", subscription).await;
}

/// The names of the files that are held once everything that is wanted was fetched.
async fn held(estate: &Estate) -> Vec<String> {
    let _: FetchAnswer = estate.api(Method::POST, "/api/v1/content/fetch", &()).await;
    let files: Vec<ContentSummary> = estate.api(Method::GET, "/api/v1/content", &()).await;
    let held = files.into_iter().filter(|file| file.state == ContentState::Held);
    let mut names: Vec<String> = held.filter_map(|file| file.name).collect();
    names.sort_unstable();
    names
}

/// A bundle of a member for everybody, one in French and one in German, with a licence in each.
fn in_languages() -> Vec<Draft> {
    let all = fix("for all", |draft| draft.with_file(&file("all.cab", 3_000)));
    let french = fix("in French", |draft| {
        let licence = MadeFile::of_text("licence-fr.txt", "Vous pouvez.");
        draft.with_file(&file("fr.cab", 4_000)).for_language("fr").licensed("fr", &licence)
    });
    let german = fix("in German", |draft| {
        let licence = MadeFile::of_text("licence-de.txt", "Sie dürfen.");
        draft.with_file(&file("de.cab", 5_000)).for_language("de").licensed("de", &licence)
    });
    let members = [all.identity(), french.identity(), german.identity()];
    let bundle = members.into_iter().fold(Draft::bundle("in languages"), |bundle, member| bundle.bundling([member]));
    vec![all, french, german, bundle]
}

#[tokio::test]
async fn files_for_languages_that_nobody_chose_are_not_fetched_until_somebody_does() {
    let (_publisher, estate) = below(&in_languages(), false).await;
    choose(&estate, &speaking(&["fr"])).await;
    assert_eq!(synchronise(&estate).await.taken, 4, "updates come in all languages: who needs them is seen");
    estate.approve_all("All Computers").await;
    assert_eq!(held(&estate).await, ["all.cab", "fr.cab", "licence-fr.txt"]);
    choose(&estate, &speaking(&[])).await;
    assert_eq!(held(&estate).await, ["all.cab", "de.cab", "fr.cab", "licence-de.txt", "licence-fr.txt"]);
    // What is of use no longer is given back when that is asked for.
    choose(&estate, &speaking(&["en"])).await;
    let _: serde_json::Value = estate.api(Method::POST, "/api/v1/content/collect", &serde_json::json!({})).await;
    assert_eq!(held(&estate).await, ["all.cab"]);
}

#[tokio::test]
async fn what_came_before_languages_were_kept_is_described_when_they_are_needed() {
    let (_publisher, mut estate) = below(&in_languages(), false).await;
    synchronise(&estate).await;
    // As a server leaves it that knew nothing of languages.
    let database = sqlx::sqlite::SqliteConnectOptions::new().filename(estate.folder.path().join("vanne.db"));
    let mut connection = database.connect().await.unwrap();
    for sql in [
        "DELETE FROM revision_language",
        "UPDATE revision_file SET purpose = 0, language = NULL",
        "DELETE FROM setting WHERE key = 'import.described'",
    ] {
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    estate.restart().await;
    choose(&estate, &speaking(&["fr"])).await;
    estate.approve_all("All Computers").await;
    assert_eq!(held(&estate).await, ["all.cab", "fr.cab", "licence-fr.txt"]);
    let told: SubscriptionAnswer = estate.api(Method::GET, "/api/v1/subscription", &()).await;
    let fetched = |tag: &str| (told.languages[tag].binaries, told.languages[tag].is_fetched);
    assert_eq!((fetched("fr"), fetched("de")), ((1, true), (1, false)));
    assert_eq!(told.languages["en"].texts, 4);
}

#[tokio::test]
async fn express_files_are_fetched_where_they_were_chosen_or_there_is_nothing_else() {
    let both =
        fix("both", |draft| draft.with_file(&file("both.cab", 3_000)).with_express_file(&file("both.psf", 90_000)));
    let alone = fix("alone", |draft| draft.with_express_file(&file("alone.psf", 7_000)));
    let bundle = Draft::bundle("both and alone").bundling([both.identity()]).bundling([alone.identity()]);
    let drafts = [both, alone, bundle];
    for (express, expected, files_bytes) in
        [(false, &["alone.psf", "both.cab"][..], 10_000), (true, &["alone.psf", "both.cab", "both.psf"][..], 100_000)]
    {
        let (_publisher, estate) = below(&drafts, express).await;
        let plan: PlanAnswer = estate.api(Method::POST, "/api/v1/sync/plan", &()).await;
        assert_eq!(plan.files_bytes, Some(files_bytes), "express files: {express}");
        synchronise(&estate).await;
        estate.approve_all("All Computers").await;
        assert_eq!(held(&estate).await, expected, "express files: {express}");
        let told = config(&estate).await;
        assert_eq!(told.server_hosts_psf_files, express);
    }
}

#[tokio::test]
async fn servers_below_are_told_which_languages_are_here() {
    let estate = Estate::start().await;
    let enabled = |told: &wire::server::ConfigData| -> Vec<String> {
        let languages = told.languages.iter().filter(|language| language.enabled);
        languages.map(|language| language.short_name.clone()).collect()
    };
    assert!(enabled(&config(&estate).await).contains(&"all".to_owned()));
    choose(&estate, &speaking(&["fr"])).await;
    assert_eq!(enabled(&config(&estate).await), ["en", "fr"]);
}

/// What a server tells those below it of itself.
async fn config(estate: &Estate) -> wire::server::ConfigData {
    let upstream = sync::Upstream::new(sync::Kind::Vanne, &estate.url()).unwrap();
    let account = sync::Account { name: "below".to_owned(), id: uuid::Uuid::from_u128(7) };
    sync::Session::open(&upstream, account).await.unwrap().config(None).await.unwrap()
}
