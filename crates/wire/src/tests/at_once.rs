//! Messages mean the same whether their leaves are read at once or event by event.

use proptest::prelude::*;

use super::samples;
use crate::{Problem, Service, SoapVersion, decode, encode_request};

/// What may turn up between two tags, or in place of them.
const PIECES: &[&str] = &[
    "",
    " ",
    "text",
    "<!-- note -->",
    "<x/>",
    "<x></x>",
    "<x>1</x>",
    "<x xmlns='urn:foreign'>1</x>",
    "<x xmlns='urn:foreign'><ID>1</ID></x>",
    "<p:x xmlns:p='urn:foreign'><ID>1</ID></p:x>",
    "<int>5</int>",
    "<string>x</string>",
    "<string>x&amp;y</string>",
    "<string>a\rb</string>",
    "<string><![CDATA[x]]></string>",
    "<string xmlns=''>x</string>",
    "<SkipSoftwareSync>true</SkipSoftwareSync>",
    "<Device/>",
    "<Device></Device>",
    "<Device><DeviceFlags>7</DeviceFlags></Device>",
    "<revisionIDs>7</revisionIDs>",
    "<eventBatch>7</eventBatch>",
    "<cookie>7</cookie>",
    "<unclosed>",
    "</closed>",
    "&nope;",
];

/// The message written so that no leaf is read at once: `<name>` as `<name >`.
pub(super) fn spaced(body: &str) -> String {
    let mut out = String::with_capacity(body.len() * 2);
    for (at, character) in body.char_indices() {
        if character == '>' {
            let tag = body[..at].rfind('<').map_or("", |from| &body[from + 1..at]);
            if !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                out.push(' ');
            }
        }
        out.push(character);
    }
    out
}

/// What a message comes to; of broken XML what is wrong with it, but not where.
fn meaning(service: Service, body: &str) -> String {
    match decode(service, body.as_bytes()) {
        Ok(call) => format!("{call:?}"),
        Err(error) => match error.problem {
            Problem::Xml(xml::Error { fault, .. }) => format!("{fault:?}"),
            problem => format!("{problem:?}"),
        },
    }
}

#[test]
fn a_message_of_every_kind_means_the_same() {
    for request in samples::requests() {
        let body = String::from_utf8(encode_request(&request, SoapVersion::V11).into_bytes().to_vec()).unwrap();
        assert_eq!(meaning(request.service(), &body), meaning(request.service(), &spaced(&body)), "{body}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_mangled_message_means_the_same(
        sample: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..3_usize, prop::sample::select(PIECES)), 0..4),
    ) {
        let request = sample.get(&samples::requests()).clone();
        let mut body = String::from_utf8(encode_request(&request, SoapVersion::V11).into_bytes().to_vec()).unwrap();
        for (place, tags_lost, piece) in changes {
            let borders: Vec<usize> = body.match_indices('<').map(|(at, _)| at).collect();
            let first = place.index(borders.len());
            let last = (first + tags_lost).min(borders.len() - 1);
            body.replace_range(borders[first]..borders[last], piece);
        }
        prop_assert_eq!(meaning(request.service(), &body), meaning(request.service(), &spaced(&body)), "{}", body);
    }
}
