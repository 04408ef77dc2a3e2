use jiff::{SignedDuration, Timestamp};
use model::{ChangeMark, ComputerId, ProtocolVersion};
use proptest::prelude::*;
use uuid::Uuid;

use super::{AuthorizationCookie, CookieError, Marks, ServerCookie, SessionCookie, envelope, layout};
use crate::{KeyRing, KeyRingError, random_key};

const HERE: Uuid = Uuid::from_u128(0x1111);
const KEY: [u8; 32] = [7; 32];

fn ring() -> KeyRing {
    KeyRing::new(HERE, [(3, KEY)]).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn session() -> SessionCookie {
    SessionCookie {
        computer: "e1da06a3-5601-43c9-bac3-52d5db701494".parse().unwrap(),
        issued: at(1_000),
        expires: at(4_600),
        protocol: ProtocolVersion::new(2, 90),
        config: Timestamp::new(900, 123_456_789).unwrap(),
        groups: 0xfeed_f00d_dead_beef,
        marks: Marks {
            software: Some(ChangeMark(42)),
            categories: Some(ChangeMark(7)),
            drivers: None,
            printers: Some(ChangeMark(0)),
        },
    }
}

fn authorization() -> AuthorizationCookie {
    AuthorizationCookie { computer: session().computer, issued: at(1_000) }
}

#[test]
fn sec_c1_a_cookie_comes_back_as_it_was_sealed() {
    let ring = ring();
    assert_eq!(ring.open_session(&ring.seal_session(&session()), at(4_599)), Ok(session()));
    assert_eq!(ring.open_authorization(&ring.seal_authorization(&authorization())), Ok(authorization()));
}

#[test]
fn sec_c1_every_flipped_bit_is_a_forgery() {
    let ring = ring();
    let sealed_session = ring.seal_session(&session());
    let sealed_authorization = ring.seal_authorization(&authorization());
    for bit in 0..sealed_session.len() * 8 {
        let mut flipped = sealed_session.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(ring.open_session(&flipped, at(2_000)), Err(CookieError::Forged), "bit {bit}");
    }
    for bit in 0..sealed_authorization.len() * 8 {
        let mut flipped = sealed_authorization.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(ring.open_authorization(&flipped), Err(CookieError::Forged), "bit {bit}");
    }
}

#[test]
fn every_other_length_is_a_forgery() {
    let ring = ring();
    let sealed = ring.seal_session(&session());
    for length in 0..sealed.len() {
        assert_eq!(ring.open_session(&sealed[..length], at(2_000)), Err(CookieError::Forged), "{length} bytes");
    }
    for more in [1, envelope::COOKIE_BYTES_MAX, 1 << 20] {
        let longer: Vec<u8> = sealed.iter().copied().chain(std::iter::repeat_n(0, more)).collect();
        assert_eq!(ring.open_session(&longer, at(2_000)), Err(CookieError::Forged), "{more} bytes more");
    }
}

#[test]
fn a_cookie_of_one_purpose_is_none_of_the_other() {
    let ring = ring();
    assert_eq!(ring.open_session(&ring.seal_authorization(&authorization()), at(0)), Err(CookieError::Forged));
    assert_eq!(ring.open_authorization(&ring.seal_session(&session())), Err(CookieError::Forged));
}

#[test]
fn the_newest_epoch_seals_and_every_epoch_opens() {
    let old = ring();
    let both = KeyRing::new(HERE, [(4, [8; 32]), (3, KEY)]).unwrap();
    assert_eq!(both.open_session(&old.seal_session(&session()), at(2_000)), Ok(session()));
    assert_eq!(old.open_session(&both.seal_session(&session()), at(2_000)), Err(CookieError::Forged));
}

#[test]
fn another_key_of_the_same_epoch_opens_nothing() {
    let other = KeyRing::new(HERE, [(3, [8; 32])]).unwrap();
    assert_eq!(other.open_session(&ring().seal_session(&session()), at(2_000)), Err(CookieError::Forged));
}

#[test]
fn a_key_under_another_epoch_opens_nothing() {
    let moved = KeyRing::new(HERE, [(4, KEY)]).unwrap();
    let mut sealed = ring().seal_session(&session());
    sealed[1] = 4;
    assert_eq!(moved.open_session(&sealed, at(2_000)), Err(CookieError::Forged));
}

#[test]
fn a_cookie_of_another_incarnation_says_so_even_when_expired() {
    let restored = KeyRing::new(Uuid::from_u128(0x2222), [(3, KEY)]).unwrap();
    assert_eq!(restored.open_session(&ring().seal_session(&session()), at(9_000)), Err(CookieError::OtherServer));
    assert_eq!(
        restored.open_authorization(&ring().seal_authorization(&authorization())),
        Err(CookieError::OtherServer)
    );
}

#[test]
fn expiry_is_judged_by_the_time_inside_and_keeps_the_state() {
    let ring = ring();
    let sealed = ring.seal_session(&session());
    assert_eq!(ring.open_session(&sealed, at(4_600) - SignedDuration::from_nanos(1)), Ok(session()));
    for now in [at(4_600), Timestamp::MAX] {
        assert_eq!(ring.open_session(&sealed, now), Err(CookieError::Expired(Box::new(session()))));
    }
}

#[test]
fn no_two_random_keys_are_equal() {
    assert_ne!(random_key(), random_key());
}

#[test]
fn an_empty_ring_is_refused() {
    assert_eq!(KeyRing::new(HERE, []).unwrap_err(), KeyRingError::Empty);
}

#[test]
fn neither_a_ring_nor_a_refusal_shows_a_secret() {
    assert_eq!(
        format!("{:?}", ring()),
        "KeyRing { incarnation: 00000000-0000-0000-0000-000000001111, epochs: [3], .. }"
    );
    assert_eq!(CookieError::Forged.to_string(), "the cookie is not one this server gave out");
}

#[test]
fn the_longest_and_the_shortest_ids_fit() {
    let ring = ring();
    for id in ["a".repeat(255), "0".to_owned()] {
        let computer: ComputerId = id.parse().unwrap();
        let cookie = SessionCookie { computer: computer.clone(), ..session() };
        assert_eq!(ring.open_session(&ring.seal_session(&cookie), at(2_000)), Ok(cookie));
        let cookie = AuthorizationCookie { computer, issued: at(5) };
        assert_eq!(ring.open_authorization(&ring.seal_authorization(&cookie)), Ok(cookie));
    }
}

/// The layout is a promise to cookies that are out there: a change of it needs a new version.
#[test]
fn the_plain_text_is_laid_out_as_documented() {
    let plain = layout::write_session(HERE, &session());
    assert_eq!(plain.len(), 98 + 36);
    assert_eq!(plain[..16], *HERE.as_bytes());
    assert_eq!(plain[16..28], [0xe8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(plain[40..52], [0x84, 3, 0, 0, 0, 0, 0, 0, 0x15, 0xcd, 0x5b, 0x07]);
    assert_eq!(plain[52..56], [2, 0, 90, 0]);
    assert_eq!(plain[56..64], [0xef, 0xbe, 0xad, 0xde, 0x0d, 0xf0, 0xed, 0xfe]);
    assert_eq!(plain[64], 0b1011);
    assert_eq!(plain[65..73], [42, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(plain[73..81], [7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(plain[81..97], [0; 16]);
    assert_eq!(plain[97], 36);
    assert_eq!(&plain[98..], session().computer.as_str().as_bytes());
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_second() + 1..Timestamp::MAX.as_second(), 0..1_000_000_000_i32)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

fn any_session() -> impl Strategy<Value = SessionCookie> {
    let marks = any::<[Option<u64>; 4]>().prop_map(|marks| marks.map(|mark| mark.map(ChangeMark)));
    let id = proptest::collection::vec(proptest::sample::select(b"0123456789abcdefghijklmnopqrstuvwxyz-"), 1..=255)
        .prop_map(|id| String::from_utf8(id).unwrap().parse::<ComputerId>().unwrap());
    let rest = (any::<(u16, u16)>(), any::<u64>(), marks);
    (id, any_time(), any_time(), any_time(), rest).prop_map(|(computer, issued, expires, config, rest)| {
        let ((major, minor), groups, [software, categories, drivers, printers]) = rest;
        let marks = Marks { software, categories, drivers, printers };
        let protocol = ProtocolVersion::new(major, minor);
        SessionCookie { computer, issued, expires, protocol, config, groups, marks }
    })
}

proptest! {
    #[test]
    fn any_session_survives_sealing(cookie in any_session()) {
        let ring = ring();
        let sealed = ring.seal_session(&cookie);
        prop_assert!((envelope::COOKIE_BYTES_MIN..=envelope::COOKIE_BYTES_MAX).contains(&sealed.len()));
        let opened = match ring.open_session(&sealed, at(0)) {
            Err(CookieError::Expired(opened)) => *opened,
            opened => opened.unwrap(),
        };
        prop_assert_eq!(opened, cookie);
    }

    #[test]
    fn no_bytes_open_that_were_not_sealed(bytes: Vec<u8>, body: [u8; 120]) {
        let ring = ring();
        prop_assert_eq!(ring.open_session(&bytes, at(0)), Err(CookieError::Forged));
        let framed: Vec<u8> = [1, 3, 0, 0, 0].into_iter().chain(body).collect();
        prop_assert_eq!(ring.open_session(&framed, at(0)), Err(CookieError::Forged));
        prop_assert_eq!(ring.open_authorization(&framed), Err(CookieError::Forged));
    }

    #[test]
    fn no_plain_text_makes_the_reader_fall(plain: Vec<u8>) {
        let framed: Vec<u8> = HERE.as_bytes().iter().copied().chain(plain).collect();
        if let Ok(cookie) = layout::read_session(HERE, &framed) {
            prop_assert_eq!(layout::read_session(HERE, &layout::write_session(HERE, &cookie)), Ok(cookie));
        }
    }
}

#[test]
fn a_downstream_servers_cookie_is_good_for_its_purpose_and_its_time() {
    let ring = ring();
    let cookie = ServerCookie {
        server: Uuid::from_u128(0x2222),
        issued: at(1_000),
        expires: at(4_600),
        protocol: ProtocolVersion::new(1, 20),
    };
    let (authorization, session) = (ring.seal_server_authorization(&cookie), ring.seal_server_session(&cookie));
    assert_eq!(ring.open_server_authorization(&authorization, at(4_599)), Ok(cookie));
    assert_eq!(ring.open_server_session(&session, at(4_599)), Ok(cookie));
    assert_eq!(ring.open_server_session(&session, at(4_600)), Err(CookieError::ServerExpired));
    for sealed in [&authorization, &session] {
        assert_eq!(ring.open_session(sealed, at(2_000)), Err(CookieError::Forged));
        assert_eq!(ring.open_authorization(sealed), Err(CookieError::Forged));
    }
    assert_eq!(ring.open_server_session(&authorization, at(2_000)), Err(CookieError::Forged));
    assert_eq!(ring.open_server_authorization(&session, at(2_000)), Err(CookieError::Forged));
    assert_eq!(ring.open_server_session(&ring.seal_session(&self::session()), at(2_000)), Err(CookieError::Forged));
    let elsewhere = KeyRing::new(Uuid::from_u128(9), [(3, KEY)]).unwrap();
    assert_eq!(elsewhere.open_server_session(&session, at(2_000)), Err(CookieError::OtherServer));
}
