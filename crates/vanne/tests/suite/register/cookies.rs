//! SEC-C1: not one bit of what was sealed may change.

use model::Timestamp;
use wire::client::{AuthorizationCookie, GetCookie, RefreshCache};
use wire::{ErrorCode, Request};

use crate::harness::{Computer, Estate, PROTOCOL};

/// `bytes` with one bit changed, for each bit.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[tokio::test]
async fn sec_c1_no_flipped_bit_of_a_cookie_opens_a_session() {
    let estate = Estate::start().await;
    let mut computer = Computer::join(&estate.url(), "flipped").await;
    let good = computer.cookie.clone().unwrap();
    let refused = estate.metric("vanne_refused_total", &["cookie"]).await;
    let mut tried = 0;
    for encrypted_data in flipped(&good.encrypted_data) {
        let cookie = Some(wire::client::Cookie { encrypted_data, ..good.clone() });
        let fault = computer.call(&Request::RefreshCache(RefreshCache { cookie, global_ids: None })).await.unwrap_err();
        // Had it opened, the absent parameter would have been what is wrong.
        assert_eq!(fault.code, ErrorCode::InvalidCookie, "bit {tried}");
        tried += 1;
    }
    assert!(tried > 800, "{tried}");
    let counted = estate.metric("vanne_refused_total", &["cookie"]).await - refused;
    assert!((counted - f64::from(tried)).abs() < 0.5, "each is counted: {counted} of {tried}");
    computer.renew().await.unwrap();
}

#[tokio::test]
async fn sec_c1_no_flipped_bit_of_an_authorization_opens_a_session() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "flipped").await;
    let good = computer.authorize(None).await.unwrap();
    let last_change = computer.config().await.last_change;
    let ask = async |cookie_data: Vec<u8>| {
        let request = GetCookie {
            auth_cookies: vec![AuthorizationCookie { cookie_data, ..good.clone() }],
            old_cookie: None,
            last_change,
            current_time: Some(Timestamp::now()),
            protocol_version: Some(PROTOCOL),
        };
        computer.call(&Request::GetCookie(request)).await
    };
    for (bit, cookie_data) in flipped(&good.cookie_data).enumerate() {
        let fault = ask(cookie_data).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::InvalidAuthorizationCookie, "bit {bit}");
    }
    ask(good.cookie_data.clone()).await.unwrap();
}
