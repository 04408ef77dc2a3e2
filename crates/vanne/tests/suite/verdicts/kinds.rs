//! What updates say their files are, and the time at which that is asked.

use http::Method;
use model::Timestamp;
use server::admin::api::{ContentState, ContentSummary};
use testkit::documents::DriverFacts;

use super::*;
use crate::content::update_with;
use crate::harness::{Estate, eventually};

/// Why a file that came with these documents is withheld.
async fn reason(estate: &Estate, made: &[Made], file: &MadeFile) -> String {
    estate.try_import(made).await;
    let path = format!("/api/v1/content?sha1={}", file.sha1());
    let (status, body) = estate.try_api(Method::PUT, &path, file.bytes.clone().into()).await;
    assert_eq!(status, 409, "{}", String::from_utf8_lossy(&body));
    let quarantine: Quarantine = estate.api(Method::GET, "/api/v1/content/quarantine", &()).await;
    quarantine.withheld.into_iter().find(|one| one.sha1 == file.sha1()).unwrap().reason
}

async fn state(estate: &Estate, file: &MadeFile) -> ContentState {
    let all: Vec<ContentSummary> = estate.api(Method::GET, "/api/v1/content", &()).await;
    all.into_iter().find(|one| one.sha1 == file.sha1()).unwrap().state
}

fn publisher_of(estate: &std::path::Path, publisher: &Publisher) -> std::path::PathBuf {
    let path = estate.join("publisher.pem");
    std::fs::write(&path, publisher.root.identity.pem()).unwrap();
    path
}

#[tokio::test]
async fn sec_a4_drivers_and_definitions_have_publishers_of_their_own() {
    let publisher = Publisher::new("Paris");
    let folder = tempfile::tempdir().unwrap();
    let path = publisher_of(folder.path(), &publisher);
    let estate = Estate::with(|config| config.signatures.publishers = vec![path]).await;
    let signing = publisher.signing_by_root_time();
    let cabinet = forge::cabinet::sign(&forge::cabinet::cabinet(b"a driver", true), &signing);
    let cabinet = MadeFile { name: "driver.cab".into(), bytes: cabinet.into() };
    let facts = DriverFacts {
        class: "Net",
        maker: "Contoso".into(),
        model: "Dock".into(),
        date: jiff::civil::date(2026, 3, 1),
        version: "1.0.0.1".parse().unwrap(),
    };
    let driver = Draft::driver("Contoso Dock", facts).matching("usb\\vid_0001");
    let said = reason(&estate, &[driver.with_file(&cabinet).finish()], &cabinet).await;
    assert!(said.starts_with("WrongPublisher: "), "a cabinet is a form drivers come in: {said}");

    let definition = signed_by(&publisher, "mpam.exe");
    let class = "e0789628-ce08-4437-be74-2495b842f43b".parse().unwrap();
    let class = Draft::classification(class, "Definition Updates");
    let made = Draft::command_line("definitions").in_category([class.id()]).with_file(&definition);
    let said = reason(&estate, &[class.finish(), made.finish()], &definition).await;
    assert!(said.starts_with("WrongPublisher: "), "{said}");
}

#[tokio::test]
async fn a_file_that_is_signed_tomorrow_by_this_clock_is_looked_at_again_when_it_is_right() {
    let publisher = Publisher::new("Paris");
    let folder = tempfile::tempdir().unwrap();
    let path = publisher_of(folder.path(), &publisher);
    let estate = Estate::with(|config| config.signatures.publishers = vec![path]).await;
    // Ten years back.
    estate.advance_mins(-10 * 366 * 24 * 60);
    let program = signed_by(&publisher, "early.exe");
    let said = reason(&estate, &local_update("early", &program), &program).await;
    assert!(said.starts_with("TimestampInFuture: ") || said.starts_with("NotYetValid: "), "{said}");
    estate.advance_mins(10 * 366 * 24 * 60);
    eventually("it is held", async || state(&estate, &program).await == ContentState::Held).await;
    assert!(Timestamp::now() > Publisher::signing_time());
}

#[tokio::test]
async fn images_of_windows_are_vouched_for_by_their_documents() {
    let estate = Estate::start().await;
    let image =
        MadeFile { name: "kb5000001.msu".into(), bytes: [b"MSWIM\0\0\0".as_slice(), &[7; 5_000]].concat().into() };
    estate.import(&update_with("image", std::slice::from_ref(&image))).await;
    assert_eq!(state(&estate, &image).await, ContentState::Held);
}

#[tokio::test]
async fn sec_p7_an_installer_that_turns_in_circles_is_withheld_and_the_server_goes_on() {
    let estate = Estate::start().await;
    let mut bytes = forge::compound::file(&forge::compound::sample());
    // Every entry of the first sector of the table of sectors leads back to the first.
    let first = 512 * (1 + u32::from_le_bytes(bytes[76..80].try_into().unwrap()) as usize);
    bytes[first..first + 512].fill(0);
    bytes.resize(4 << 20, 0);
    let installer = MadeFile { name: "bomb.msi".into(), bytes: bytes.into() };
    let said = reason(&estate, &update_with("bomb", std::slice::from_ref(&installer)), &installer).await;
    assert!(["MalformedFile: ", "UnaccountedBytes: ", "TooLarge: "].iter().any(|one| said.starts_with(one)), "{said}");
    let honest = MadeFile::of_size("honest.psf", 3_000);
    estate.import(&update_with("honest", std::slice::from_ref(&honest))).await;
    assert_eq!(state(&estate, &honest).await, ContentState::Held);
}

#[tokio::test]
async fn a_licence_is_held_unless_it_is_a_program() {
    let estate = Estate::start().await;
    let licensed = |name: &str, text: &MadeFile| {
        let draft = Draft::command_line(name).licensed("en", text);
        draft.installed_when(Rule::registry_text("SOFTWARE\\Contoso", name, "1")).finish()
    };
    let text = MadeFile::of_text("eula.txt", "Terms");
    estate.import(&[licensed("with terms", &text)]).await;
    assert_eq!(state(&estate, &text).await, ContentState::Held);
    let program = unsigned("terms.txt");
    let said = reason(&estate, &[licensed("with a program", &program)], &program).await;
    assert!(said.starts_with("Unsigned: "), "{said}");
}
