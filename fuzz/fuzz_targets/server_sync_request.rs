#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{dss_auth, server};

// Whatever is read can be written, and read again.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(call) = server::decode(bytes) {
        let again = server::encode_request(&call.request, call.soap).into_bytes();
        assert_eq!(server::decode(&again).expect("own output is readable").soap, call.soap);
    }
    if let Ok(call) = dss_auth::decode(bytes) {
        let again = dss_auth::encode_request(&call.request, call.soap).into_bytes();
        // No times are in it, so that nothing is lost.
        assert_eq!(dss_auth::decode(&again).expect("own output is readable"), call);
    }
});
