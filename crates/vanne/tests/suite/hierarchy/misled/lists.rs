//! Lists that cannot be.

use server::admin::api::SyncAnswer;
use testkit::documents::Draft;
use testkit::publisher::{GET_REVISION_ID_LIST, GET_UPDATE_DATA, Lie};
use wire::server::Request;

use super::{Below, DONE, FAILED, first, later};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_thousand_revisions_that_do_not_exist_are_not_asked_for_to_the_end() {
    let below = Below::after(&first(), &later()).await;
    // Such a list takes a while to be made.
    below.configure(60, "");
    let asked = below.publisher.times_asked(GET_UPDATE_DATA);
    let words = &["revisions that cannot be had and 0 that can", "the upstream lists it and does not send it"];
    below.fails_at(GET_REVISION_ID_LIST, Lie::Invents(200_000), FAILED, "GetUpdateData", words).await;
    let calls = below.publisher.times_asked(GET_UPDATE_DATA) - asked;
    assert!(calls < 30, "{calls} calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_longer_than_any_is_named_with_its_limit() {
    let below = Below::after(&first(), &later()).await;
    below.configure(60, "");
    let words = &["more than 250000 revisions in a list"];
    let step = "GetRevisionIdList of categories";
    below.fails_at(GET_REVISION_ID_LIST, Lie::Invents(250_001), FAILED, step, words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anchors_that_go_back_begin_a_comparison_of_everything() {
    let below = Below::after(&first(), &later()).await;
    below.publisher.lie_times(GET_REVISION_ID_LIST, Lie::GoesBack, 1);
    let answer: SyncAnswer = below.site.json(&["sync", "--now", "--wait"]);
    let details = answer.details.unwrap();
    assert!(details.started_over, "{details:?}");
    assert_eq!((details.listed, details.taken), (2, 2), "what is here is not fetched again: {details:?}");
    let answer: SyncAnswer = below.site.json(&["sync", "--now", "--wait"]);
    let details = answer.details.unwrap();
    assert_eq!((details.started_over, details.listed), (false, 0), "{details:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_always_goes_back_is_compared_each_time_and_nothing_is_lost() {
    let below = Below::after(&first(), &later()).await;
    below.publisher.lie(GET_REVISION_ID_LIST, Lie::GoesBack);
    assert_eq!(below.synchronise().code, DONE);
    let (_, here) = below.effect().await;
    assert_eq!(here.len(), first().len() + later().len());
    below.publisher.publish(&[Draft::detectoid("more")]);
    assert_eq!(below.synchronise().code, DONE);
    assert_eq!(below.effect().await.1.len(), here.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_listed_and_is_listed_no_more_is_not_taken_though_it_was_fetched() {
    let below = Below::after(&first(), &later()).await;
    let stray = Draft::detectoid("stray");
    // Fetched and kept by a run that failed afterwards.
    let store = below.site.store().await;
    let document = stray.finish().document.into_bytes();
    store.stage(vec![store::StagedDocument { identity: stray.identity(), position: 0, document }]).await.unwrap();
    assert_eq!(below.synchronise().code, DONE);
    let (_, here) = below.effect().await;
    assert_eq!(here.len(), first().len() + later().len());
    assert!(!here.contains(&stray.identity()));
    assert_eq!(store.staged().await.unwrap(), [], "nor kept for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_synchronisation_asks_only_for_what_came_since() {
    let below = Below::after(&first(), &later()).await;
    let asked = below.publisher.asked().len();
    assert_eq!(below.synchronise().code, DONE);
    let asked = below.publisher.asked().split_off(asked);
    let lists: Vec<bool> = asked
        .iter()
        .filter_map(|asked| match &asked.request {
            Some(Request::GetRevisionIdList(list)) => Some(list.filter.as_ref().unwrap().anchor.is_some()),
            _ => None,
        })
        .collect();
    assert_eq!(lists, [true, true], "categories and updates, each since an anchor");
    let wanted: usize = asked
        .iter()
        .filter_map(|asked| match &asked.request {
            Some(Request::GetUpdateData(data)) => Some(data.update_ids.as_ref().unwrap().len()),
            _ => None,
        })
        .sum();
    assert_eq!(wanted, later().len());
}

/// The languages of the last list of updates that was asked for.
fn languages(below: &Below) -> Vec<(i32, bool)> {
    let asked = below.publisher.asked().into_iter().rev().find_map(|asked| match asked.request {
        Some(Request::GetRevisionIdList(list)) => list.filter.filter(|filter| !filter.get_config),
        _ => None,
    });
    asked.unwrap().languages.iter().map(|one| (one.id, one.delta)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn languages_are_told_to_the_upstream_and_one_it_has_not_got_is_named() {
    let below = Below::after(&first(), &later()).await;
    assert_eq!(languages(&below), []);
    let choose = |tags: &[&str]| {
        let words: Vec<&str> = tags.iter().flat_map(|tag| ["--language", tag]).collect();
        let ran = below.site.run(&[&["subscription", "set"], words.as_slice()].concat());
        assert_eq!(ran.code, DONE, "{}", ran.err);
    };
    choose(&["fr"]);
    assert_eq!(below.synchronise().code, DONE);
    assert_eq!(languages(&below), [(1036, true)], "all were asked for before");
    choose(&["fr", "en"]);
    assert_eq!(below.synchronise().code, DONE);
    assert_eq!(languages(&below), [(1033, false), (1036, true)]);
    choose(&["xx"]);
    let before = below.effect().await;
    let ran = below.synchronise();
    assert_eq!(ran.code, 2, "{}", ran.err);
    let expected = format!(
        "error: the upstream {} cannot give what the subscription asks for: it has no language \"xx\"; it has en, fr. \
         Choose others with `vanne subscription set --language`\n",
        below.publisher.url()
    );
    assert!(ran.err.ends_with(&expected), "{}", ran.err);
    assert_eq!(below.effect().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_how_much_is_to_come_before_anything_is_fetched() {
    let below = Below::after(&first(), &later()).await;
    let before = below.effect().await;
    let plan: server::admin::api::PlanAnswer = below.site.json(&["sync", "--plan"]);
    let documents: usize =
        later().iter().map(|draft| draft.finish().document.trim_start_matches(|c| c != '<').len()).sum();
    assert_eq!((plan.revisions, plan.documents_bytes, plan.files_bytes), (2, Some(documents as u64), Some(4_000)));
    assert_eq!(below.effect().await, before);
    // Of more than it looks at, an estimate.
    let many: Vec<Draft> = (0..400).map(|number| Draft::detectoid(&format!("fact {number}"))).collect();
    below.publisher.publish(&many);
    let asked = below.publisher.times_asked(GET_UPDATE_DATA);
    let plan: server::admin::api::PlanAnswer = below.site.json(&["sync", "--plan"]);
    let all: usize = many.iter().chain(&later()).map(|draft| draft.finish().document.len()).sum();
    let told = usize::try_from(plan.documents_bytes.unwrap()).unwrap();
    assert!(plan.revisions == 402 && (all / 2..all * 2).contains(&told), "{plan:?}, of {all} bytes");
    assert_eq!(below.publisher.times_asked(GET_UPDATE_DATA), asked + 1, "one call");
    below.publisher.lie(GET_UPDATE_DATA, Lie::Refuses(wire::ErrorCode::InternalServerError));
    let plan: server::admin::api::PlanAnswer = below.site.json(&["sync", "--plan"]);
    assert_eq!((plan.revisions, plan.documents_bytes), (402, None), "it is told without");
}
