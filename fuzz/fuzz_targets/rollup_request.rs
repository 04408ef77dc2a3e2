#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::reporting::{self, Request, rollup};

// Whatever is read can be written, and read again. Requests of clients have a target of their own.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(call) = reporting::decode(bytes)
        && let Request::Rollup(request) = call.request
    {
        let again = rollup::encode_request(&request, call.soap).into_bytes();
        let again = reporting::decode(&again).expect("own output is readable");
        assert!(matches!(again.request, Request::Rollup(again) if again.method() == request.method()));
    }
});
