//! Tests of whole messages; those of one module's own logic stand at its foot.

mod at_once;
mod captures;
mod corpus;
mod hostile;
mod liberal;
mod limits;
mod round_trip;
mod samples;
mod server;
mod server_limits;
mod server_samples;
