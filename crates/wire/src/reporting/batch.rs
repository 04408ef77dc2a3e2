use jiff::Timestamp;

use super::Event;
use crate::client::Cookie;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Reports events (MS-WUSP 2.2.2.3.1). Answered by `true`: taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportEventBatch {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The client's clock.
    pub client_time: Option<Timestamp>,
    /// The events, in the order they happened.
    pub events: Option<Vec<Event>>,
}

impl Wire for ReportEventBatch {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "clientTime" => request.client_time = Some(input.value()?),
                "eventBatch" => {
                    input.list("ReportingEvent", limits::EVENTS, request.events.get_or_insert_default())?;
                }
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("clientTime", self.client_time.as_ref());
        out.optional_array("eventBatch", "ReportingEvent", self.events.as_deref());
    }
}

/// The same with a bare computer id in place of the cookie: in the WSDL (MS-WUSP 6.3), nowhere described.
///
/// Nothing in it proves who sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportEventBatch2 {
    /// The computer, as it says.
    pub computer_id: Option<String>,
    /// The client's clock.
    pub client_time: Option<Timestamp>,
    /// The events, in the order they happened.
    pub events: Option<Vec<Event>>,
}

impl Wire for ReportEventBatch2 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "computerId" => request.computer_id = Some(input.value()?),
                "clientTime" => request.client_time = Some(input.value()?),
                "eventBatch" => {
                    input.list("ReportingEvent", limits::EVENTS, request.events.get_or_insert_default())?;
                }
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("computerId", self.computer_id.as_ref());
        out.optional("clientTime", self.client_time.as_ref());
        out.optional_array("eventBatch", "ReportingEvent", self.events.as_deref());
    }
}
