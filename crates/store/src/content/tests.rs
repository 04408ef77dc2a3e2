//! What is kept of content files.

use model::{Revision, RevisionId, UpdateType};

use super::*;
use crate::NewRevision;
use crate::testing::{at, file, found, hold, judge, on_both, revision, update};

fn content(number: u8) -> NewContent {
    let file = file(number);
    NewContent { sha1: file.sha1, sha256: file.sha256.unwrap(), size: file.size }
}

#[tokio::test]
async fn a_quarantined_file_says_why_until_it_is_put_again() {
    on_both(async |store| {
        hold(&store, &[content(1), content(2)], at(1)).await;
        store.quarantine_content(content(1).sha256, "SHA-256 differs", at(2)).await.unwrap();
        let row = store.content_by_sha1(content(1).sha1).await.unwrap().unwrap();
        assert_eq!(row.state, ContentState::Quarantined { reason: "SHA-256 differs".into() });
        assert_eq!((row.size, row.changed_at), (1_001, at(2)));
        hold(&store, &[content(1), content(2)], at(3)).await;
        let rows = store.content_rows().await.unwrap();
        let states: Vec<_> = rows.iter().map(|row| (row.state.clone(), row.changed_at)).collect();
        assert_eq!(states, [(ContentState::Held, at(3)), (ContentState::Held, at(1))]);
        store.quarantine_content(content(2).sha256, "SHA-256 differs", at(5)).await.unwrap();
        let both = [content(1).sha256, content(2).sha256];
        assert_eq!(store.content_renewed(&both, at(6)).await.unwrap(), 1, "what is set aside stays so");
        let rows = store.content_rows().await.unwrap();
        assert_eq!(rows.iter().map(|row| row.changed_at).collect::<Vec<_>>(), [at(6), at(5)]);
        assert!(matches!(
            store.quarantine_content(content(9).sha256, "x", at(4)).await,
            Err(StoreError::NotFound { .. })
        ));
        assert_eq!(store.content_gone(&[content(1).sha256, content(9).sha256]).await.unwrap(), 1);
        assert_eq!(store.content_by_sha1(content(1).sha1).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_is_promised_and_not_here_is_missing() {
    on_both(async |store| {
        store.import(vec![revision(5, 1), revision(6, 1), revision(7, 1)], at(0)).await.unwrap();
        let wrong_size = NewContent { size: 1, ..content(7) };
        hold(&store, &[content(6), wrong_size], at(1)).await;
        assert_eq!(store.missing_content(10).await.unwrap(), [file(5), file(7)]);
        assert_eq!(store.missing_content(1).await.unwrap(), [file(5)]);
    })
    .await;
}

#[tokio::test]
async fn of_two_files_with_one_sha1_the_promised_one_is_found() {
    on_both(async |store| {
        store.import(vec![revision(5, 1)], at(0)).await.unwrap();
        let impostor = NewContent { sha256: Sha256::new([0; 32]), ..content(5) };
        hold(&store, &[impostor, content(5)], at(1)).await;
        let row = store.content_by_sha1(content(5).sha1).await.unwrap().unwrap();
        assert_eq!(row.sha256, content(5).sha256);
    })
    .await;
}

async fn state(store: &Store, number: u8) -> ContentState {
    store.content_by_sha1(file(number).sha1).await.unwrap().unwrap().state
}

/// The revisions that are withheld, and the generation in which each turned.
async fn withheld(store: &Store) -> Vec<(i32, bool, u64)> {
    let decided = store.stored_since(RevisionId(i32::MAX), None, |_| Ok(())).await.unwrap();
    decided.withheld.iter().map(|one| (one.revision.0, one.is_withheld, one.changed.0)).collect()
}

#[tokio::test]
async fn what_may_not_be_given_away_is_withheld_until_it_may() {
    on_both(async |store| {
        store.import(vec![revision(1, 1), revision(2, 1)], at(0)).await.unwrap();
        let mark = store.mark().await.unwrap().0;
        let judge = async |outcome, second| {
            hold(&store, &[content(2)], at(second)).await;
            judge(&store, &[content(1)], outcome, at(second)).await
        };
        assert_eq!(judge(JudgedAs::Refused, 1).await, [Standing::Withheld { is_news: true }]);
        assert_eq!(state(&store, 1).await, ContentState::Withheld { reason: "it is Refused".into() });
        assert_eq!(withheld(&store).await, [(1, true, mark + 1)]);
        assert_eq!(store.mark().await.unwrap().0, mark + 1);
        assert!(store.missing_content(9).await.unwrap().is_empty(), "it is here");

        judge(JudgedAs::Refused, 2).await;
        assert_eq!(store.mark().await.unwrap().0, mark + 1, "nothing is new");
        judge(JudgedAs::Allowed, 3).await;
        assert_eq!(state(&store, 1).await, ContentState::Held);
        assert_eq!(withheld(&store).await, [(1, false, mark + 2)]);
        judge(JudgedAs::Allowed, 4).await;
        let row = store.content_by_sha1(content(1).sha1).await.unwrap().unwrap();
        assert_eq!((row.changed_at, store.mark().await.unwrap().0), (at(3), mark + 2));
    })
    .await;
}

#[tokio::test]
async fn a_release_lets_through_what_was_to_be_reviewed_and_nothing_that_is_refused() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        let judge = async |outcome| judge(&store, &[content(1)], outcome, at(1)).await;
        let digest = content(1).sha256;
        let missing = store.release_content(digest, "seen", at(1)).await;
        assert!(matches!(missing, Err(StoreError::NotFound { .. })), "{missing:?}");

        judge(JudgedAs::ForReview).await;
        store.release_content(digest, "its maker says so", at(5)).await.unwrap();
        assert_eq!(state(&store, 1).await, ContentState::Held);
        let verdict = store.content_verdicts(&[digest]).await.unwrap().pop().unwrap();
        assert_eq!(verdict.released, Some(("its maker says so".into(), at(5))));
        assert_eq!(judge(JudgedAs::ForReview).await, [Standing::Held], "it stays released");
        assert_eq!(judge(JudgedAs::Refused).await, [Standing::Withheld { is_news: true }], "but not of what is wrong");
        let refused = store.release_content(digest, "seen", at(6)).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");

        assert_eq!(judge(JudgedAs::ForReview).await, [Standing::Held]);
        let mark = store.mark().await.unwrap().0;
        store.withhold_content(digest, at(7)).await.unwrap();
        assert_eq!(withheld(&store).await, [(1, true, mark + 1)]);
        assert_eq!(judge(JudgedAs::ForReview).await, [Standing::Withheld { is_news: false }]);
        assert!(store.withhold_content(digest, at(8)).await.is_err());

        store.content_arrived(&[content(1), content(2)], at(8)).await.unwrap();
        assert!(state(&store, 1).await.is_withheld(), "what was found counts");
        assert_eq!(state(&store, 2).await, ContentState::Unjudged);
        store.discard_content(digest).await.unwrap();
        assert_eq!(store.content_by_sha1(content(1).sha1).await.unwrap(), None);
        assert_eq!(store.content_verdicts(&[digest]).await.unwrap().len(), 1, "what was found is remembered");
        assert_eq!(store.expire_verdicts(at(2)).await.unwrap(), 1);
        hold(&store, &[content(1)], at(9)).await;
        assert!(store.discard_content(digest).await.is_err(), "what is held is not discarded");
    })
    .await;
}

#[tokio::test]
async fn files_are_known_by_the_updates_that_name_them() {
    on_both(async |store| {
        let local = NewRevision { files: vec![file(1)], is_local: true, ..revision(2, 1) };
        store.import(vec![revision(1, 1), local], at(0)).await.unwrap();
        let mut subjects = store.content_subjects(&[file(1).sha1, file(9).sha1]).await.unwrap();
        subjects.sort_by_key(|subject| subject.is_local);
        let of = |is_local| Subject {
            file: file(1).sha1,
            update_type: UpdateType::Software,
            classification: Some(update(9_000)),
            is_local: Some(is_local),
            is_text: false,
            is_current: true,
        };
        assert_eq!(subjects, [of(false), of(true)]);
        let titles = store.updates_of_files(&[file(1).sha1]).await.unwrap();
        assert_eq!(titles.iter().map(|(_, update, _)| *update).collect::<Vec<_>>(), [update(1), update(2)]);
        assert_eq!(store.unplaced(&[file(1).sha1], 9, |_| ()).await.unwrap(), []);
        store.place(&[(RevisionId(1), true)]).await.unwrap();
        assert_eq!(store.content_subjects(&[file(1).sha1]).await.unwrap(), [of(true)]);
    })
    .await;
}

#[tokio::test]
async fn every_file_but_damaged_ones_is_there_to_be_judged_page_by_page() {
    on_both(async |store| {
        hold(&store, &[content(1), content(2), content(3), content(4)], at(0)).await;
        store.quarantine_content(content(2).sha256, "changed", at(1)).await.unwrap();
        judge(&store, &[content(3)], JudgedAs::Refused, at(1)).await;
        let first = store.content_to_judge(None, 2).await.unwrap();
        assert_eq!(first.iter().map(|one| one.row.sha256).collect::<Vec<_>>(), [content(1).sha256, content(3).sha256]);
        let rest = store.content_to_judge(Some(content(3).sha256), 2).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!((rest[0].row.sha256, rest[0].basis), (content(4).sha256, Some(Sha256::new([7; 32]))));
    })
    .await;
}

#[tokio::test]
async fn what_changed_while_a_file_was_looked_at_leaves_it_unjudged_and_what_went_is_gone() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        let before = found(&store, content(1), JudgedAs::Allowed).await;
        let local = NewRevision { files: vec![file(1)], is_local: true, ..revision(2, 1) };
        store.import(vec![local], at(1)).await.unwrap();
        let noted = store.content_judged(std::slice::from_ref(&before), false, at(2)).await.unwrap();
        assert_eq!((noted.as_slice(), state(&store, 1).await), (&[Standing::Outdated][..], ContentState::Unjudged));
        assert_eq!(judge(&store, &[content(1)], JudgedAs::Allowed, at(3)).await, [Standing::Held]);

        let now = found(&store, content(1), JudgedAs::Allowed).await;
        store.quarantine_content(content(1).sha256, "changed", at(4)).await.unwrap();
        assert_eq!(store.content_judged(std::slice::from_ref(&now), true, at(5)).await.unwrap(), [Standing::Gone]);
        assert!(!state(&store, 1).await.is_intact(), "what is damaged stays so");
        assert_eq!(store.content_gone(&[content(1).sha256]).await.unwrap(), 1);
        assert_eq!(store.content_judged(&[now], true, at(6)).await.unwrap(), [Standing::Gone]);
        assert_eq!(store.content_by_sha1(content(1).sha1).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_held_file_that_is_said_to_be_something_else_is_not_held_until_somebody_looked() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        hold(&store, &[content(1)], at(1)).await;
        let same = NewRevision { files: vec![file(1)], ..revision(2, 1) };
        store.import(vec![same, revision(1, 2)], at(2)).await.unwrap();
        assert_eq!(state(&store, 1).await, ContentState::Held, "the same again is nothing new");
        let driver = Revision { update_type: UpdateType::Driver, ..revision(3, 1).revision };
        let driver = NewRevision { files: vec![file(1)], revision: driver, ..revision(3, 1) };
        store.import(vec![driver], at(3)).await.unwrap();
        assert_eq!(state(&store, 1).await, ContentState::Unjudged);
    })
    .await;
}

#[tokio::test]
async fn who_was_told_that_a_file_is_withheld_is_told_when_it_is_so_no_longer() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        judge(&store, &[content(1)], JudgedAs::ForReview, at(1)).await;
        let mark = store.mark().await.unwrap().0;
        store.discard_content(content(1).sha256).await.unwrap();
        assert_eq!(withheld(&store).await, [(1, false, mark + 1)]);
        judge(&store, &[content(1)], JudgedAs::Refused, at(2)).await;
        store.quarantine_content(content(1).sha256, "changed", at(3)).await.unwrap();
        assert_eq!(withheld(&store).await, [(1, true, mark + 2)], "what was refused stays so while it is away");
        hold(&store, &[content(1)], at(4)).await;
        assert_eq!(withheld(&store).await, [(1, false, mark + 3)]);
    })
    .await;
}

#[tokio::test]
async fn a_release_counts_for_what_was_looked_at_and_no_longer_than_it_is_needed() {
    on_both(async |store| {
        store.import(vec![revision(1, 1)], at(0)).await.unwrap();
        judge(&store, &[content(1)], JudgedAs::ForReview, at(1)).await;
        store.release_content(content(1).sha256, "built by us", at(2)).await.unwrap();
        let other = JudgedContent { kinds: "driver".into(), ..found(&store, content(1), JudgedAs::ForReview).await };
        assert_eq!(store.content_judged(&[other], true, at(3)).await.unwrap(), [Standing::Withheld { is_news: true }]);
        assert_eq!(store.content_released(9).await.unwrap().len(), 1);
        hold(&store, &[content(1)], at(4)).await;
        store.withhold_content(content(1).sha256, at(5)).await.unwrap();
        assert_eq!(state(&store, 1).await, ContentState::Held, "it passes without");
    })
    .await;
}
