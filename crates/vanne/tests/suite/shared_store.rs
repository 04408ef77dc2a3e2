//! Two servers on one PostgreSQL: what is decided, met and put at one is known at the other.

use http::Method;
use model::{ApprovalAction, DeploymentAction};
use server::admin::api::{ComputerSummary, Which};
use testkit::catalogs::{Shape, large, small, small_drafts};
use testkit::documents::{Made, MadeFile};
use testkit::postgres::Postgres;

use crate::harness::{Computer, Estate, eventually, fetch};

/// Two servers on one new database and one content folder.
struct Pair {
    paris: Estate,
    lyon: Estate,
    _content: tempfile::TempDir,
}

async fn pair() -> Option<Pair> {
    let url = Postgres::shared()?.database().unwrap();
    let content = tempfile::tempdir().unwrap();
    let server = || {
        Estate::with(|config| {
            config.database.url = Some(url.clone());
            config.content.directory = Some(content.path().to_owned());
        })
    };
    let paris = server().await;
    let lyon = server().await;
    Some(Pair { paris, lyon, _content: content })
}

/// Goes to the other server with everything it was given.
fn move_to(computer: &mut Computer, estate: &Estate) {
    computer.url = estate.url();
}

#[tokio::test]
async fn an_approval_at_one_is_offered_by_the_other_and_cookies_are_good_at_both() {
    let Some(Pair { paris, lyon, _content }) = pair().await else { return };
    paris.import(&small()).await;
    let update = small_drafts().into_iter().find(|draft| !draft.revision().relations.bundled.is_empty()).unwrap().id();
    let mut computer = Computer::join(&paris.url(), "between").await;
    eventually("the other server has the catalog", async || {
        let mut other = Computer::join(&lyon.url(), "probe").await;
        other.scan().await.new.contains(&update)
    })
    .await;
    computer.scan().await;
    move_to(&mut computer, &lyon);
    assert!(computer.scan().await.is_empty(), "the other server knows what it was told");

    paris.approve(Which::Updates(vec![update]), "All Computers", ApprovalAction::Install).await;
    let news = std::cell::RefCell::new(computer);
    eventually("the approval is offered at the other server", async || {
        let mut computer = news.borrow().clone();
        let changed = computer.scan().await.changed;
        *news.borrow_mut() = computer;
        changed.get(&update).is_some_and(|deployment| deployment.action == DeploymentAction::Install)
    })
    .await;
}

#[tokio::test]
async fn computers_and_their_groups_are_known_at_both() {
    let Some(Pair { paris, lyon, _content }) = pair().await else { return };
    let mut computer = Computer::join(&paris.url(), "registered in Paris").await;
    move_to(&mut computer, &lyon);
    computer.scan().await;
    Computer::join(&lyon.url(), "registered in Lyon").await;
    for estate in [&paris, &lyon] {
        eventually("both are listed with their last contact", async || {
            let listed: Vec<ComputerSummary> = estate.api(Method::GET, "/api/v1/computers", &()).await;
            listed.len() == 2 && listed.iter().all(|one| one.last_contact.is_some() && one.os.is_some())
        })
        .await;
    }
    paris.create_group("Pilots", None).await;
    paris.assign(&computer.id, &["Pilots"]).await;
    let groups: Vec<ComputerSummary> = lyon.api(Method::GET, "/api/v1/computers?group=All%20Computers", &()).await;
    assert_eq!(groups.len(), 2);
    eventually("the group is known at the other server", async || {
        let (status, body) =
            lyon.try_api(Method::GET, "/api/v1/computers?group=Pilots", axum::body::Body::empty()).await;
        status == 200 && serde_json::from_slice::<Vec<ComputerSummary>>(&body).unwrap().len() == 1
    })
    .await;
}

#[tokio::test]
async fn one_imports_while_the_other_is_scanned() {
    let Some(Pair { paris, lyon, _content }) = pair().await else { return };
    paris.import(&small()).await;
    let documents: Vec<Made> =
        large(Shape { revisions: 600, ..Shape::default() }).map(|draft| draft.finish()).collect();
    let importing = async {
        for set in documents.chunks(150) {
            paris.try_import(set).await;
        }
    };
    let scanning = async {
        for number in 0..10 {
            Computer::join(&lyon.url(), &format!("scanner {number}")).await.scan().await;
        }
    };
    tokio::join!(importing, scanning);
    let revisions = async |estate: &Estate| {
        let overview: serde_json::Value = estate.api(Method::GET, "/api/v1/overview", &()).await;
        overview["revisions"].as_u64().unwrap()
    };
    let all = (small().len() + documents.len()) as u64;
    eventually("the other server has all of it", async || revisions(&lyon).await == all).await;
}

#[tokio::test]
async fn a_file_put_at_one_is_served_by_the_other() {
    let Some(Pair { paris, lyon, _content }) = pair().await else { return };
    let made = small().into_iter().find(|made| !made.files.is_empty()).unwrap();
    let file: MadeFile = made.files[0].clone();
    paris.import(&[Made { files: Vec::new(), ..made.clone() }]).await;
    let address = format!("{}/Content/{}", lyon.url(), content::address(&file.sha1(), "cab"));
    assert_eq!(fetch(Method::GET, &address, &[]).await.status, 404);
    paris.import(&[made]).await;
    lyon.advance_mins(1);
    eventually("the file is served", async || fetch(Method::GET, &address, &[]).await.status == 200).await;
}
