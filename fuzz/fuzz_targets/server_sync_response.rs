#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{SoapVersion, server};

// The first line names the operation that is answered. Whatever is read can be written, and read again.
fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Some((method, body)) = text.split_once('\n')
        && let Ok(Ok(answer)) = server::decode_response(method, body.as_bytes())
    {
        let again = server::encode(SoapVersion::V11, &answer).into_bytes();
        let again = server::decode_response(method, &again).expect("own output is readable");
        assert_eq!(again.expect("no fault").method(), answer.method());
    }
});
