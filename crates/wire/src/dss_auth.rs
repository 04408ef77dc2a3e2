//! The message of the DssAuth service, where downstream servers say who they are (MS-WSUSSS 3.1.4.2):
//! `/DssAuthWebService/DssAuthWebService.asmx`.

use uuid::Uuid;

pub use crate::client::AuthorizationCookie;
use crate::input::Input;
use crate::message::{decode_response_with, decode_with, result};
use crate::output::Output;
pub use crate::server::encode_fault;
use crate::soap::{self, Dress};
use crate::values::Wire;
use crate::{Body, Call, DecodeError, Fault, Problem, SoapVersion, limits, text};

/// The namespace of the operation, and the front part of its SOAP action.
pub const NAMESPACE: &str = "http://www.microsoft.com/SoftwareDistribution/Server/DssAuthWebService";

/// The one operation.
const METHOD: &str = "GetAuthorizationCookie";

/// Asks for an authorization cookie. `programKeys` are reserved: neither read nor written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetAuthorizationCookie {
    /// The downstream server's name on the network: 1 to 255 letters, digits, hyphens, underscores and dots.
    pub account_name: String,
    /// The downstream server's id.
    pub account_guid: Uuid,
}

impl GetAuthorizationCookie {
    /// The operation's name.
    pub const fn method(&self) -> &'static str {
        METHOD
    }

    /// The SOAP action: the namespace, a slash and the method.
    pub fn action(&self) -> String {
        format!("{NAMESPACE}/{METHOD}")
    }
}

impl Wire for GetAuthorizationCookie {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut account_name, mut account_guid) = (None, None);
        input.parameters(|input, name| {
            match name {
                "accountName" => account_name = Some(input.value::<String>()?),
                "accountGuid" => account_guid = Some(input.value::<String>()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let mut account_name = input.required_parameter(account_name, "accountName")?;
        let mut account_guid = input.required_parameter(account_guid, "accountGuid")?;
        // The client of Microsoft's update-server-server-sync puts each where the other belongs.
        if text::guid(&account_guid).is_none() && text::guid(&account_name).is_some() {
            std::mem::swap(&mut account_name, &mut account_guid);
        }
        let malformed = |parameter: &str, text: &str, what| Problem::Malformed {
            parameter: parameter.to_owned(),
            text: text.chars().take(40).collect(),
            what,
        };
        Ok(Self {
            account_name: domain_name(&account_name)
                .ok_or_else(|| malformed("accountName", &account_name, "a fully qualified domain name"))?,
            account_guid: text::guid(&account_guid).ok_or_else(|| malformed("accountGuid", &account_guid, "a GUID"))?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("accountName", &self.account_name);
        out.field("accountGuid", &self.account_guid);
    }
}

/// RFC 1035 2.3 allows letters, digits, hyphens and dots; real names have underscores and letters beyond ASCII.
fn domain_name(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = (1..=255).contains(&text.chars().count())
        && text.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_' | '.'));
    plain.then(|| text.to_owned())
}

/// Reads what a downstream server asks.
///
/// # Errors
/// [`DecodeError`]; [`DecodeError::refusal`] says how to answer it.
pub fn decode(body: &[u8]) -> Result<Call<GetAuthorizationCookie>, DecodeError> {
    decode_with(body, &limits::DSS_AUTH, |namespace, name, input| {
        if (namespace, name) == (NAMESPACE, METHOD) { Some(input.value()) } else { None }
    })
}

/// Writes the answer as native WSUS does; faults are [`encode_fault`]'s.
pub fn encode(soap: SoapVersion, cookie: &AuthorizationCookie) -> Body {
    let mut out = Output::default();
    soap::envelope(Dress::Asmx, soap, &mut out, |out| {
        out.element_in(NAMESPACE, "GetAuthorizationCookieResponse", |out| {
            out.field("GetAuthorizationCookieResult", cookie);
        });
    });
    out.finish()
}

/// Writes the request as a stock downstream server does (MS-WSUSSS 4).
pub fn encode_request(request: &GetAuthorizationCookie, soap: SoapVersion) -> Body {
    let mut out = Output::default();
    soap::envelope(Dress::Asmx, soap, &mut out, |out| out.element_in(NAMESPACE, METHOD, |out| request.write(out)));
    out.finish()
}

/// Reads the answer: the cookie, or the upstream server's fault.
///
/// # Errors
/// [`DecodeError`] when it is neither.
pub fn decode_response(body: &[u8]) -> Result<Result<AuthorizationCookie, Fault>, DecodeError> {
    decode_response_with(METHOD, body, &limits::DSS_AUTH, |_, input| {
        Some(result(input, "GetAuthorizationCookieResult"))
    })
}
