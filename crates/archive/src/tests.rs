mod damage;
mod failing;
mod hostile;
mod order;
mod resume;
mod round_trip;
pub(crate) mod support;
