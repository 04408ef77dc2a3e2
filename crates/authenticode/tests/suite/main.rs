//! Signed files, right and wrong, and what is made of them.

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
