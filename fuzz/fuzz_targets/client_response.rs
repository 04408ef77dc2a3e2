#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::decode_response;

// The first line names the operation that is answered.
fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Some((method, body)) = text.split_once('\n') {
        let _ = decode_response(method, body.as_bytes());
    }
});
