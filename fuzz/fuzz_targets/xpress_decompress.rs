#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::Body;
use wire::xpress::{compress, decompress};

// What was decoded can be coded again; and what is coded comes back.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = decompress(bytes, 1 << 20) {
        let packed = compress(&Body::from(text.clone())).into_bytes();
        assert!(decompress(&packed, 1 << 20).is_ok_and(|again| again == text));
    }
    let packed = compress(&Body::from(bytes.to_vec())).into_bytes();
    assert!(decompress(&packed, bytes.len()).is_ok_and(|again| again == bytes));
});
