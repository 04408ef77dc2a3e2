//! Whole cabinets: there and back, against decoders that nobody here wrote, and against what is hostile.

mod captures;
mod corpus;
mod foreign;
mod hostile;
mod round_trip;
mod samples;
mod speed;
