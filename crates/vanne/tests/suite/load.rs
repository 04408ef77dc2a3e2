//! More than the server can do: some calls are turned away with a time to come back, all others are answered, and
//! memory stays within its bounds.

mod large;
mod queue;
