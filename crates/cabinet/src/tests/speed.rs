//! Figures, not promises: `cargo test --release -p cabinet -- --ignored --nocapture`.

use std::time::Instant;

use super::samples::{Noise, document};
use crate::{Limits, MEMBER, pack, unpack, utf16};

/// Prints megabytes of content a second, and how many times it is as long as its cabinet.
#[test]
#[ignore = "it measures"]
fn figures_of_packing_and_unpacking() {
    let contents = [
        ("documents of 15,000 characters", utf16(&document(15_000)), 600),
        ("documents of 150,000 characters", utf16(&document(150_000)), 60),
        ("a document of 4,000,000 characters", utf16(&document(4_000_000)), 3),
        ("noise", Noise(7).bytes(8_000_000), 2),
        ("zeros", vec![0; 8_000_000], 2),
    ];
    for (name, content, rounds) in contents {
        let rate = |seconds: f64| content.len() as f64 * f64::from(rounds) / 1e6 / seconds;
        let start = Instant::now();
        let mut packed = Vec::new();
        for _ in 0..rounds {
            packed = pack(MEMBER, &content).unwrap();
        }
        let packing = rate(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for _ in 0..rounds {
            assert!(unpack(&packed, &Limits::NONE).unwrap().content.len() == content.len());
        }
        let unpacking = rate(start.elapsed().as_secs_f64());
        let ratio = content.len() as f64 / packed.len() as f64;
        println!("{name}: pack {packing:.0} MB/s, unpack {unpacking:.0} MB/s, {ratio:.1} to 1");
    }
}
