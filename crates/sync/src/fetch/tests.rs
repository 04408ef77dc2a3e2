use model::{RevisionNumber, UpdateId};
use uuid::Uuid;
use wire::Fault;
use wire::server::{UpdateData, UpdateDocument};

use super::*;

fn identity(number: u128) -> UpdateIdentity {
    UpdateIdentity { update_id: UpdateId(Uuid::from_u128(number)), revision_number: RevisionNumber::new(1).unwrap() }
}

fn wanted(numbers: std::ops::Range<u128>) -> Vec<Wanted> {
    numbers.map(|number| (i32::try_from(number).unwrap(), identity(number))).collect()
}

fn brought(documents: usize, missing: Vec<Wanted>) -> Brought {
    Brought { documents, bytes: 10 * documents as u64, refused: Vec::new(), missing }
}

fn fault(code: ErrorCode) -> SyncError {
    let fault = Fault { code, message: String::new(), id: Uuid::nil(), method: String::new() };
    let reason = Reason::Refused(Box::new(fault));
    SyncError { upstream: "http://up.example".into(), step: Step::GetUpdateData, reason }
}

#[test]
fn what_did_not_come_along_is_asked_for_again_in_smaller_calls() {
    let mut work = Work::new(&wanted(0..250), NonZeroU32::new(100));
    let first = work.next().unwrap();
    assert_eq!(first, wanted(0..100));
    work.take(100, brought(80, first[80..].to_vec()));
    assert_eq!(work.next().unwrap(), wanted(80..100));
    assert_eq!(work.next().unwrap(), wanted(100..180), "as many as came");
    work.take(20, brought(20, Vec::new()));
    work.take(80, brought(80, Vec::new()));
    assert!(work.next().unwrap().len() == 70 && work.next().is_none());
    assert_eq!((work.fetched.documents, work.fetched.bytes, work.fetched.refused.len()), (180, 1_800, 0));
}

#[test]
fn what_never_comes_is_named_and_left_out() {
    let mut work = Work::new(&wanted(0..3), None);
    let asked = work.next().unwrap();
    work.take(3, brought(1, asked[1..].to_vec()));
    let asked = work.next().unwrap();
    work.take(2, brought(0, asked));
    assert_eq!(work.next(), None);
    let never: Vec<_> = work.fetched.refused.iter().map(|refused| refused.identity).collect();
    assert_eq!(never, [identity(1), identity(2)]);
}

#[test]
fn a_refused_call_is_narrowed_down_to_the_revision_it_is_about() {
    let mut work = Work::new(&wanted(0..8), None);
    let mut calls = 0;
    while let Some(asked) = work.next() {
        calls += 1;
        if asked.contains(&(5, identity(5))) {
            work.narrow(asked, fault(ErrorCode::InternalServerError)).unwrap();
        } else {
            work.take(asked.len(), brought(asked.len(), Vec::new()));
        }
    }
    assert_eq!((calls, work.fetched.documents), (7, 7));
    let [refused] = work.fetched.refused.as_slice() else { panic!("{:?}", work.fetched.refused) };
    assert_eq!(refused.identity, identity(5));
    assert!(refused.reason.contains("InternalServerError"), "{}", refused.reason);
}

#[test]
fn an_upstream_that_refuses_everything_ends_it() {
    let mut work = Work::new(&wanted(0..1_000), NonZeroU32::new(1));
    let ended = loop {
        let asked = work.next().unwrap();
        if let Err(error) = work.narrow(asked, fault(ErrorCode::InternalServerError)) {
            break error;
        }
    };
    assert_eq!(work.fetched.refused.len(), REFUSED_IN_A_ROW_MAX);
    assert!(ended.to_string().starts_with("the upstream http://up.example (GetUpdateData): it refuses"), "{ended}");
    // Any other fault is not about one revision.
    let asked = work.next().unwrap();
    work.narrow(asked, fault(ErrorCode::ServerChanged)).unwrap_err();
}

#[test]
fn what_nobody_asked_for_is_left_out() {
    let data = |number, text: &str| UpdateData {
        id: identity(number),
        document: UpdateDocument::Text(text.to_owned()),
        file_digests: Vec::new(),
    };
    let damaged = UpdateData { document: UpdateDocument::Cabinet(b"MSCF".as_slice().into()), ..data(2, "") };
    let url =
        |mu_url: &str| FileUrl { file_digest: Sha1::new([1; 20]), mu_url: Some(mu_url.to_owned()), uss_url: None };
    let updates = Updates {
        updates: vec![data(1, "<a/>"), data(1, "<again/>"), data(9, "<b/>"), damaged],
        file_urls: vec![
            url("HTTP://cdn.example/x"),
            url("file:///etc/passwd"),
            url(&format!("http://{}", "x".repeat(3_000))),
        ],
    };
    let places = wanted(1..4).into_iter().map(|(position, identity)| (identity, position)).collect();
    let Sorted { page, refused, missing, .. } = sort(updates, places);
    assert_eq!(page.documents.len(), 1);
    assert_eq!((page.documents[0].position, page.documents[0].text.as_slice()), (1, b"<a/>".as_slice()));
    assert_eq!(page.locations, [(Sha1::new([1; 20]), "HTTP://cdn.example/x".to_owned())]);
    assert_eq!(refused.len(), 1);
    assert!(refused[0].reason.starts_with("the cabinet it came in cannot be unpacked"), "{}", refused[0].reason);
    assert_eq!(missing, wanted(3..4));
}

#[test]
fn an_upstream_that_withholds_most_is_told_from_one_that_lost_some() {
    let mut work = Work::new(&wanted(0..5_000), NonZeroU32::new(100));
    work.take(1_000, brought(0, wanted(0..1_000)));
    assert!(work.withheld().is_none(), "so much is put up with");
    work.take(1_002, brought(1_001, wanted(1_000..1_001)));
    work.take(1, brought(0, wanted(1_000..1_001)));
    assert!(work.withheld().is_none(), "as many came");
    work.take(1, brought(0, wanted(1_001..1_002)));
    let Some(Reason::Withholds { refused, came, first }) = work.withheld() else { panic!("it is put up with") };
    assert_eq!((refused, came, first.identity), (1_002, 1_001, identity(0)));
}

#[test]
fn of_an_answer_that_unpacks_to_too_much_the_rest_is_asked_for_again() {
    let data = |number| UpdateData {
        id: identity(number),
        document: UpdateDocument::Text("x".repeat(PAGE_BYTES_MAX / 2 + 1)),
        file_digests: Vec::new(),
    };
    let updates = Updates { updates: (0..4).map(data).collect(), file_urls: Vec::new() };
    let places = wanted(0..4).into_iter().map(|(position, identity)| (identity, position)).collect();
    let Sorted { page, missing, .. } = sort(updates, places);
    assert_eq!((page.documents.len(), missing), (2, wanted(2..4)));
}
