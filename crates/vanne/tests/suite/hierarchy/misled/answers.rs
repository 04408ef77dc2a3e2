//! Answers that are none, or do not end.

use testkit::publisher::{GET_REVISION_ID_LIST, GET_UPDATE_DATA, Lie};
use wire::ErrorCode;

use super::{Below, DONE, FAILED, UNAVAILABLE, first, later};

const LIST: &str = "GetRevisionIdList of categories";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_a_proxy_is_told_from_an_answer_at_each_step() {
    let below = Below::after(&first(), &later()).await;
    for (operation, step) in [
        ("GetAuthConfig", "GetAuthConfig"),
        ("GetAuthorizationCookie", "GetAuthorizationCookie"),
        ("GetCookie", "GetCookie"),
        ("GetConfigData", "GetConfigData"),
        (GET_REVISION_ID_LIST, LIST),
        (GET_UPDATE_DATA, "GetUpdateData"),
    ] {
        let before = below.effect().await;
        below.publisher.lie(operation, Lie::Page(200));
        let ran = below.synchronise();
        assert_eq!(ran.code, FAILED, "{}", ran.err);
        below.names(&ran, step, &["status 200", "text/html", "a proxy is probably in between"]);
        assert_eq!(below.effect().await, before);
        below.publisher.be_honest();
    }
    below
        .fails_at(
            "GetCookie",
            Lie::Page(407),
            FAILED,
            "GetCookie",
            &["it answered 407", "none were sent", "a proxy may be in between"],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_overloaded_is_tried_again_and_then_named() {
    let below = Below::after(&first(), &later()).await;
    let asked = below.publisher.times_asked("GetConfigData");
    below.fails_at("GetConfigData", Lie::Page(503), UNAVAILABLE, "GetConfigData", &["status 503"]).await;
    assert_eq!(below.publisher.times_asked("GetConfigData"), asked + 4 + 1, "four tries, and one that went well");
    below.publisher.publish(&[testkit::documents::Draft::detectoid("more")]);
    below.publisher.lie_times(GET_UPDATE_DATA, Lie::Status(502), 2);
    assert_eq!(below.synchronise().code, DONE, "what passes is not even noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_moved_is_not_followed() {
    let below = Below::after(&first(), &later()).await;
    let elsewhere = Lie::Redirects("http://127.0.0.1:9/".to_owned());
    below.fails_at("GetAuthConfig", elsewhere, FAILED, "GetAuthConfig", &["status 302"]).await;
    below.publisher.publish(&[testkit::documents::Draft::detectoid("more")]);
    let elsewhere = Lie::AuthorizesAt("http://attacker.example/DssAuth.asmx".to_owned());
    below.fails_at("GetAuthConfig", elsewhere, FAILED, "GetAuthConfig", &["sends us to another server"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_named_with_its_code_and_its_place_in_the_upstreams_log() {
    let below = Below::after(&first(), &later()).await;
    let refuses = Lie::Refuses;
    let words = &["InternalServerError", "its log knows more under"];
    below.fails_at(GET_REVISION_ID_LIST, refuses(ErrorCode::InternalServerError), FAILED, LIST, words).await;
    below.publisher.publish(&[testkit::documents::Draft::detectoid("more")]);
    let code = ErrorCode::IncompatibleProtocolVersion;
    below.fails_at("GetCookie", refuses(code), FAILED, "GetCookie", &["IncompatibleProtocolVersion"]).await;
    below.publisher.publish(&[testkit::documents::Draft::detectoid("and more")]);
    below
        .fails_at("GetConfigData", refuses(ErrorCode::ServerBusy), UNAVAILABLE, "GetConfigData", &["ServerBusy"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_is_refused_is_renewed_once() {
    let below = Below::after(&first(), &later()).await;
    below.publisher.lie_times(GET_UPDATE_DATA, Lie::Refuses(ErrorCode::InvalidCookie), 1);
    let cookies = below.publisher.times_asked("GetCookie");
    assert_eq!(below.synchronise().code, DONE);
    // One, another in its place, and that of the session in which status is told.
    assert_eq!(below.publisher.times_asked("GetCookie"), cookies + 3);
    below.publisher.publish(&[testkit::documents::Draft::detectoid("more")]);
    let always = Lie::Refuses(ErrorCode::InvalidCookie);
    below.fails_at(GET_UPDATE_DATA, always, FAILED, "GetUpdateData", &["InvalidCookie"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_falls_silent_is_given_up_after_a_while() {
    let below = Below::after(&first(), &later()).await;
    below.fails_at(GET_REVISION_ID_LIST, Lie::Hangs, UNAVAILABLE, LIST, &["nothing came for 1 seconds"]).await;
    below.publisher.publish(&[testkit::documents::Draft::detectoid("more")]);
    let words = &["nothing came for 1 seconds"];
    below.fails_at(GET_UPDATE_DATA, Lie::HangsAfter(300), UNAVAILABLE, "GetUpdateData", words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_drop_by_drop_is_given_up() {
    let below = Below::after(&first(), &later()).await;
    below
        .fails_at(GET_UPDATE_DATA, Lie::Drips(20), UNAVAILABLE, "GetUpdateData", &["bytes of its answer came in"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let below = Below::after(&first(), &later()).await;
    below.publisher.lie_times(GET_UPDATE_DATA, Lie::BreaksOff(500), 2);
    assert_eq!(below.synchronise().code, DONE);
    below.publisher.publish(&[testkit::documents::Draft::detectoid("more")]);
    let words = &["it cannot be reached"];
    below.fails_at(GET_UPDATE_DATA, Lie::BreaksOff(500), UNAVAILABLE, "GetUpdateData", words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_30_gb_is_refused_before_it_comes_and_an_endless_one_at_its_limit() {
    let below = Below::after(&first(), &later()).await;
    let words = &["longer than 83886080 bytes"];
    below.fails_at(GET_REVISION_ID_LIST, Lie::Declares(30_000_000_000), FAILED, LIST, words).await;
    below.publisher.publish(&[testkit::documents::Draft::detectoid("more")]);
    below.fails_at("GetConfigData", Lie::NeverEnds, FAILED, "GetConfigData", words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_damaged_on_its_way_is_told_from_a_strangers() {
    let below = Below::after(&first(), &later()).await;
    below.fails_at(GET_REVISION_ID_LIST, Lie::OtherBytes, FAILED, LIST, &["its answer makes no sense"]).await;
}
