use super::*;
use crate::NewRevision;
use crate::database::Database;
use crate::testing::{at, file, on_both, revision};

fn tags(tags: &[&str]) -> Languages {
    Languages::of(tags.iter().copied())
}

/// With a file of each kind.
fn traits(binaries: &[&str]) -> Traits {
    let uses = vec![FileUse::Payload, FileUse::Express, FileUse::Licence(tags(&["fr"]))];
    Traits { texts: tags(&["en", "fr"]), binaries: tags(binaries), uses }
}

fn described(number: u128, binaries: &[&str]) -> NewRevision {
    let files = [0, 50, 100].map(|more| file(u8::try_from(number).unwrap() + more)).to_vec();
    NewRevision { traits: traits(binaries), files, ..revision(number, 1) }
}

async fn foreign_to(store: &Store, tag: &str) -> Vec<i32> {
    let spoken = |set: &Languages| set.is_neutral() || set.tags().any(|one| one == tag);
    let mut foreign: Vec<i32> =
        store.foreign_revisions(spoken).await.unwrap().into_iter().map(|revision| revision.0).collect();
    foreign.sort_unstable();
    foreign
}

/// As a revision is left by what knew nothing of languages.
async fn forget(store: &Store) {
    for sql in ["DELETE FROM revision_language", "UPDATE revision_file SET purpose = 0, language = NULL"] {
        run(store, sql).await;
    }
}

async fn run(store: &Store, sql: &'static str) {
    match &store.database {
        Database::Sqlite { writer, .. } => drop(sqlx::query(sql).execute(writer).await.unwrap()),
        Database::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
    }
}

#[tokio::test]
async fn a_revision_comes_with_its_languages_and_what_its_files_are_for() {
    on_both(async |store| {
        let first = vec![described(1, &["de"]), described(2, &["de", "fr"]), described(3, &[])];
        store.import(first, at(0)).await.unwrap();
        store.import(vec![described(4, &["de"])], at(1)).await.unwrap();
        assert_eq!(foreign_to(&store, "fr").await, [1, 4]);
        assert_eq!(foreign_to(&store, "de").await, [0; 0]);
        let uses: Vec<FileUse> =
            store.file_uses_of(&[RevisionId(1)]).await.unwrap().into_iter().map(|(_, _, used)| used).collect();
        assert_eq!(uses, traits(&[]).uses);
        let mut counts = store.language_counts().await.unwrap();
        counts.sort_unstable_by(|one, other| one.binaries.cmp(&other.binaries));
        let counted: Vec<_> = counts.iter().map(|one| (one.binaries.to_string(), one.revisions)).collect();
        assert_eq!(counted, [(String::new(), 1), ("de".to_owned(), 2), ("de,fr".to_owned(), 1)]);
        assert!(counts.iter().all(|one| one.texts == tags(&["en", "fr"])));
    })
    .await;
}

#[tokio::test]
async fn what_came_before_languages_were_kept_is_described_from_its_documents_step_by_step() {
    on_both(async |store| {
        store.import((1..=5).map(|number| described(number, &["de"])).collect(), at(0)).await.unwrap();
        forget(&store).await;
        assert_eq!(foreign_to(&store, "fr").await, [0; 0], "what is not known is left out of nothing");
        store.import(vec![described(6, &["de"])], at(1)).await.unwrap();
        // Read as a document, two at a time, and stopped after the first two.
        let read = async |after| {
            store.undescribed(RevisionId(after), 2, |_, document| document.map_or(0, |text| text.len())).await.unwrap()
        };
        let first = read(0).await;
        assert_eq!(first.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(first[0].1, revision(1, 1).document.len());
        let told: Vec<_> = first.iter().map(|(id, _)| (*id, traits(&["de"]))).collect();
        store.describe(&told).await.unwrap();
        // Another server does the same at the same moment.
        store.describe(&told).await.unwrap();
        assert_eq!(foreign_to(&store, "fr").await, [1, 2, 6]);
        assert_eq!(read(0).await.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(read(4).await.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [5], "6 came with its languages");
        let uses = async |id| -> Vec<FileUse> {
            let files = store.file_uses_of(&[RevisionId(id)]).await.unwrap();
            files.into_iter().map(|(_, _, used)| used).collect()
        };
        assert_eq!(uses(1).await, traits(&[]).uses);
        assert_eq!(uses(3).await, [FileUse::Payload, FileUse::Payload, FileUse::Payload]);
    })
    .await;
}

#[tokio::test]
async fn a_document_that_is_damaged_is_told_beside_those_that_are_not() {
    on_both(async |store| {
        store.import(vec![described(1, &["de"]), described(2, &["de"])], at(0)).await.unwrap();
        forget(&store).await;
        run(&store, "UPDATE document SET body = unhex('00') WHERE revision_id = 1").await;
        let read = store.undescribed(RevisionId(0), 9, |id, document| (id.0, document.is_ok())).await.unwrap();
        assert_eq!(read.into_iter().map(|(_, made)| made).collect::<Vec<_>>(), [(1, false), (2, true)]);
    })
    .await;
}
