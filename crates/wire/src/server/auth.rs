use jiff::Timestamp;
use model::ProtocolVersion;

use super::{AuthPlugInInfo, AuthorizationCookie, Cookie};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// How to get an authorization cookie: the answer to `GetAuthConfig` (MS-WSUSSS 3.1.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthConfig {
    /// Nobody uses it.
    pub last_change: Timestamp,
    /// Exactly one, `DssTargeting`; its address may be relative to the server's. Native WSUS sends an empty parameter.
    pub auth_info: Vec<AuthPlugInInfo>,
}

impl Wire for AuthConfig {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut last_change, mut auth_info) = (None, Vec::new());
        input.fields(|input, name| match name {
            "LastChange" => input.value().map(|value| last_change = Some(value)),
            "AuthInfo" => input.list("AuthPlugInInfo", limits::AUTH_PLUG_INS, &mut auth_info),
            _ => input.skip(),
        })?;
        // Nobody uses it, so nobody misses it.
        Ok(Self { last_change: last_change.unwrap_or_default(), auth_info })
    }

    fn write(&self, out: &mut Output) {
        out.field("LastChange", &self.last_change);
        out.array("AuthInfo", "AuthPlugInInfo", &self.auth_info);
    }
}

/// Asks for a cookie, on the strength of an authorization cookie (MS-WSUSSS 3.1.4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetCookie {
    /// Exactly one is right.
    pub auth_cookies: Vec<AuthorizationCookie>,
    /// The cookie to renew, if any.
    pub old_cookie: Option<Cookie>,
    /// The protocol the downstream server speaks: 1.1 to 1.21 were seen. Whether it is compatible is not judged here.
    pub protocol_version: ProtocolVersion,
}

impl Wire for GetCookie {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut auth_cookies, mut old_cookie, mut protocol_version) = (Vec::new(), None, None);
        input.parameters(|input, name| {
            match name {
                "authCookies" => input.list("AuthorizationCookie", limits::AUTH_COOKIES, &mut auth_cookies)?,
                "oldCookie" => old_cookie = Some(input.value()?),
                "protocolVersion" => protocol_version = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let protocol_version = input.required_parameter(protocol_version, "protocolVersion")?;
        Ok(Self { auth_cookies, old_cookie, protocol_version })
    }

    fn write(&self, out: &mut Output) {
        out.array("authCookies", "AuthorizationCookie", &self.auth_cookies);
        out.optional("oldCookie", self.old_cookie.as_ref());
        out.field("protocolVersion", &self.protocol_version);
    }
}
