#![no_main]

use cabinet::{Limits, MEMBER, pack, unpack};
use libfuzzer_sys::fuzz_target;

// What was unpacked can be packed again; and what is packed comes back.
fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { content_bytes_max: 1 << 20, ratio_max: 200 };
    if let Ok(member) = unpack(bytes, &limits) {
        let packed = pack(&member.name, &member.content).expect("it was the name of a member");
        assert!(unpack(&packed, &Limits::NONE).is_ok_and(|again| again == member));
    }
    let packed = pack(MEMBER, bytes).expect("the name is short, and so are the bytes");
    assert!(unpack(&packed, &Limits::NONE).is_ok_and(|again| again.content == bytes));
});
