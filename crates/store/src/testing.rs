//! One body of tests for both engines.

use model::{
    ComputerId, ContentFile, Relations, Revision, RevisionNumber, Sha1, Sha256, Timestamp, UpdateId, UpdateIdentity,
    UpdateType,
};
use policy::reports::Effect;
use testkit::postgres::Postgres;
use uuid::Uuid;

use crate::{
    Contact, ContactEvent, JudgedAs, JudgedContent, Location, NewContent, NewRevision, Report, Standing, Store,
    StoredEvent, Traits,
};

/// Runs `body` on a new store in SQLite, then in PostgreSQL if there is one.
pub(crate) async fn on_both(body: impl AsyncFn(Store)) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Location::Sqlite(folder.path().join("vanne.db"));
    body(Store::open(&sqlite, at(0)).await.unwrap()).await;
    if let Some(server) = Postgres::shared() {
        let postgres = Location::Postgres(server.database().unwrap());
        body(Store::open(&postgres, at(0)).await.unwrap()).await;
    }
}

/// Notes that files are here, and that nothing is wrong with who signed them.
pub(crate) async fn hold(store: &Store, files: &[NewContent], now: Timestamp) {
    judge(store, files, JudgedAs::Allowed, now).await;
}

/// Notes what was found of files, by what updates say of them now.
pub(crate) async fn judge(store: &Store, files: &[NewContent], outcome: JudgedAs, now: Timestamp) -> Vec<Standing> {
    let mut judged = Vec::new();
    for file in files {
        judged.push(found(store, *file, outcome).await);
    }
    store.content_judged(&judged, false, now).await.unwrap()
}

/// What was found of a file, by what updates say of it now.
pub(crate) async fn found(store: &Store, file: NewContent, outcome: JudgedAs) -> JudgedContent {
    JudgedContent {
        file,
        subjects: store.content_subjects(&[file.sha1]).await.unwrap(),
        kinds: "software".into(),
        basis: Sha256::new([7; 32]),
        outcome,
        reason: format!("it is {outcome:?}"),
        body: "{}".into(),
        again_at: None,
        examination: None,
    }
}

/// A time, in seconds after an arbitrary beginning.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

pub(crate) fn update(number: u128) -> UpdateId {
    UpdateId(Uuid::from_u128(number))
}

pub(crate) fn identity(number: u128, revision: u32) -> UpdateIdentity {
    UpdateIdentity { update_id: update(number), revision_number: RevisionNumber::new(revision).unwrap() }
}

/// A revision that may be approved, with little of everything.
pub(crate) fn revision(number: u128, revision: u32) -> NewRevision {
    NewRevision {
        revision: Revision {
            identity: identity(number, revision),
            update_type: UpdateType::Software,
            explicitly_deployable: true,
            category: None,
            relations: Relations::default(),
            drivers: Vec::new(),
        },
        document: format!("<Update number='{number}' revision='{revision}'/>").into_bytes(),
        core: format!("<core {number}/{revision}>"),
        extended: format!("<extended {number}/{revision}>"),
        localized: vec![("en".into(), format!("<Title {number}>")), ("fr".into(), format!("<Titre {number}>"))],
        eulas: vec![("en".into(), "USA".into(), "<licence>".into())],
        title: format!("Cumulative Update {number} for Example"),
        kb: vec![format!("KB50{number:05}")],
        cves: vec![format!("CVE-2026-{number:04}")],
        classification: Some(update(9_000)),
        severity: Some("Critical".into()),
        created_at: Some(at(-1_000)),
        eula: None,
        files: vec![file(u8::try_from(number % 200).unwrap())],
        traits: Traits::default(),
        is_local: false,
    }
}

pub(crate) fn file(number: u8) -> ContentFile {
    ContentFile {
        sha1: Sha1::new([number; 20]),
        sha256: Some(Sha256::new([number; 32])),
        size: 1_000 + u64::from(number),
        name: format!("windows-kb{number}.cab").parse().unwrap(),
    }
}

pub(crate) fn computer(id: &str) -> ComputerId {
    id.parse().unwrap()
}

/// A computer asks who it is.
pub(crate) fn contact(id: &str, seconds: i64) -> Contact {
    Contact {
        computer: computer(id),
        at: at(seconds),
        address: "198.51.100.7".into(),
        dns_name: None,
        requested_groups: None,
        protocol: None,
        agent: "agent".into(),
        installed: None,
        event: ContactEvent::Authorization,
    }
}

/// A computer's report with that one effect.
pub(crate) fn report(id: &str, seconds: i64, effect: Effect) -> Report {
    let instance = Uuid::new_v4();
    let event = StoredEvent { instance, at: at(seconds), event_id: 156, update: None, hresult: 0, raw: Vec::new() };
    Report { computer: computer(id), received_at: at(seconds), events: vec![event], effects: vec![(0, effect)] }
}

/// The compliance report.
pub(crate) fn compliance(id: &str, seconds: i64, needed: &[u128], installed: &[u128]) -> Report {
    let ids = |numbers: &[u128]| numbers.iter().copied().map(update).collect();
    let effect = Effect::Compliance {
        needed: ids(needed),
        installed: ids(installed),
        downloaded: Vec::new(),
        pending_reboot: Vec::new(),
        failed: Vec::new(),
    };
    report(id, seconds, effect)
}
