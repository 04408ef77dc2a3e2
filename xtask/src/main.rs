//! The project's own chores.
//!
//! `cargo xtask test` is everything CI runs; `cargo xtask bench` measures.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal: what it says is its result")]

use std::env;
use std::process::ExitCode;

mod bench;
mod nginx;
mod report;
mod test;
mod tools;

const USAGE: &str = "\
Usage: cargo xtask <chore>

Chores:
  test    everything CI runs: format, lints, documentation, doc tests, unit and integration tests
  bench   scan | first-scan | import | content | fragment | idle | reports | start | strain | soak | sync |
          tls | trust | micro:
          release figures of this machine;
          `cargo xtask bench --help` tells more";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => test::run(),
        ["bench", words @ ..] => bench::run(words),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
