#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Service, decode, encode_request};

// Whatever is read can be written, and read again.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(call) = decode(Service::SimpleAuth, bytes) {
        let again = encode_request(&call.request, call.soap).into_bytes();
        assert_eq!(decode(Service::SimpleAuth, &again).expect("own output is readable").soap, call.soap);
    }
});
