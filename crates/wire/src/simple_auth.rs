//! The message of the SimpleAuth service (MS-WUSP 2.2.2.1).

use model::ComputerId;

pub use crate::client::AuthorizationCookie;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks for an authorization cookie (MS-WUSP 2.2.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetAuthorizationCookie {
    /// The id the client chose for itself.
    pub client_id: ComputerId,
    /// The groups the computer claims, joined by `;`; `None` unless targeting is configured on it.
    pub target_group_name: Option<String>,
    /// The computer's name on the network: 1 to 255 characters, none of them white space or control.
    pub dns_name: String,
}

impl Wire for GetAuthorizationCookie {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut client_id, mut target_group_name, mut dns_name) = (None, None, None);
        input.parameters(|input, name| {
            match name {
                "clientId" => client_id = Some(input.value()?),
                "targetGroupName" => target_group_name = Some(input.text(limits::LONG_TEXT)?.into_owned()),
                "dnsName" => dns_name = Some(input.parsed("a DNS name", dns)?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            client_id: input.required_parameter(client_id, "clientId")?,
            target_group_name: target_group_name.filter(|name| !name.trim().is_empty()),
            dns_name: input.required_parameter(dns_name, "dnsName")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("clientId", &self.client_id);
        out.optional("targetGroupName", self.target_group_name.as_ref());
        out.field("dnsName", &self.dns_name);
    }
}

/// Real names have underscores and letters beyond ASCII, so only what could not be a name is refused.
fn dns(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = (1..=255).contains(&text.chars().count())
        && !text.chars().any(|character| character.is_whitespace() || character.is_control());
    plain.then(|| text.to_owned())
}
