//! Documents that are not what was asked for: each is refused by name, and the others are taken.

use model::UpdateIdentity;
use testkit::documents::Draft;
use testkit::publisher::{GET_UPDATE_DATA, Lie};

use super::{Below, DONE, PARTIAL, first, later};

/// Lies about one of two new documents: it is refused with `reason`, the other is taken, and it comes as soon as the
/// upstream is honest, though the anchors have moved on.
async fn is_refused_alone(lie: impl Fn(UpdateIdentity) -> Lie, reason: &str) {
    let below = Below::after(&first(), &later()).await;
    let [other, about] = later().map(|draft| draft.identity());
    below.publisher.lie(GET_UPDATE_DATA, lie(about));
    let ran = below.synchronise();
    assert_eq!(ran.code, PARTIAL, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("1 revisions were refused"), "{}", ran.out);
    let line = ran.out.lines().find(|line| line.contains(&about.to_string())).unwrap();
    assert!(line.contains(reason), "{line}");
    let (_, here) = below.effect().await;
    assert!(here.contains(&other) && !here.contains(&about), "the other one is taken");
    below.publisher.be_honest();
    let ran = below.synchronise();
    assert_eq!(ran.code, DONE, "{}{}", ran.out, ran.err);
    assert!(below.effect().await.1.contains(&about), "it is asked for again: {}", ran.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_cabinet_is_refused() {
    is_refused_alone(Lie::HalfACabinet, "the cabinet it came in cannot be unpacked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_p7_a_cabinet_that_says_it_holds_2_gb_is_refused() {
    is_refused_alone(Lie::SwollenCabinet, "the cabinet it came in cannot be unpacked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_s4_another_document_under_the_name_that_was_asked_for_is_refused() {
    let calls_itself = format!("what came in its place calls itself {}", first()[0].identity());
    is_refused_alone(Lie::Swaps, &calls_itself).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_over_which_the_upstream_stumbles_is_left_out() {
    is_refused_alone(Lie::RefusesOver, "it refuses with InternalServerError").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_nobody_asked_for_are_not_taken() {
    let below = Below::after(&first(), &later()).await;
    let (_, before) = below.effect().await;
    below.publisher.lie(GET_UPDATE_DATA, Lie::SendsOthers);
    let ran = below.synchronise();
    assert_eq!(ran.code, PARTIAL, "{}{}", ran.out, ran.err);
    for identity in later().map(|draft| draft.identity()) {
        assert!(ran.out.contains(&format!("{identity}: the upstream lists it and does not send it")), "{}", ran.out);
    }
    assert_eq!(below.effect().await.1, before);
    below.publisher.be_honest();
    assert_eq!(below.synchronise().code, DONE);
    assert_eq!(below.effect().await.1.len(), before.len() + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_sends_one_document_a_call_is_asked_until_all_are_here() {
    let many: Vec<Draft> = (0..40).map(|number| Draft::detectoid(&format!("fact {number}"))).collect();
    let below = Below::after(&first(), &many).await;
    below.publisher.lie(GET_UPDATE_DATA, Lie::OneAtATime);
    let asked = below.publisher.times_asked(GET_UPDATE_DATA);
    assert_eq!(below.synchronise().code, DONE);
    assert_eq!(below.publisher.times_asked(GET_UPDATE_DATA) - asked, many.len());
    assert_eq!(below.effect().await.1.len(), first().len() + many.len());
}
