use jiff::Timestamp;

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks for signed timestamps; the answer is a list of opaque bytes.
///
/// Not in MS-WUSP, and never seen from a stock client of a WSUS. Evidence: the contract of the same
/// service that Microsoft publishes with its project `update-server-server-sync` (`GetTimestamps`:
/// an array of nillable times in, an array of base64 out). A WSUS has nothing to sign with, so the
/// true answer is the empty list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetTimestamps {
    /// The times; nil ones are left out.
    pub timestamps: Vec<Timestamp>,
}

impl Wire for GetTimestamps {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "timestamps" => input.list("dateTime", limits::TIMESTAMPS, &mut request.timestamps),
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.list("timestamps", "dateTime", &self.timestamps);
    }
}
