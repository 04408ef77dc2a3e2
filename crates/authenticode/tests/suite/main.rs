//! Signed files, right and wrong, and what is made of them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests say what is wrong by failing")]

mod bounds;
mod checks;
mod conditions;
mod corpus;
mod estate;
mod flips;
mod genuine;
mod mutations;
mod oracle;
mod roots;
mod several;
