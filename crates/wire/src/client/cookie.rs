use jiff::Timestamp;
use model::ProtocolVersion;

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks for a cookie, on the strength of an authorization cookie (MS-WUSP 2.2.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetCookie {
    /// Exactly one is right.
    pub auth_cookies: Vec<AuthorizationCookie>,
    /// The cookie to renew, if any. The first one of a stock client has no data, and means none.
    pub old_cookie: Option<Cookie>,
    /// `LastChange` of the configuration the client knows, to 100 nanoseconds.
    pub last_change: Timestamp,
    /// The client's clock.
    pub current_time: Option<Timestamp>,
    /// The protocol the client speaks.
    pub protocol_version: Option<ProtocolVersion>,
}

impl Wire for GetCookie {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut auth_cookies = Vec::new();
        let (mut old_cookie, mut last_change, mut current_time, mut protocol_version) = (None, None, None, None);
        input.parameters(|input, name| {
            match name {
                "authCookies" => input.list("AuthorizationCookie", limits::AUTH_COOKIES, &mut auth_cookies)?,
                "oldCookie" => old_cookie = Some(input.value()?),
                "lastChange" => last_change = Some(input.value()?),
                "currentTime" => current_time = Some(input.value()?),
                "protocolVersion" => protocol_version = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let last_change = input.required_parameter(last_change, "lastChange")?;
        Ok(Self { auth_cookies, old_cookie, last_change, current_time, protocol_version })
    }

    fn write(&self, out: &mut Output) {
        out.list("authCookies", "AuthorizationCookie", &self.auth_cookies);
        out.optional("oldCookie", self.old_cookie.as_ref());
        out.field("lastChange", &self.last_change);
        out.optional("currentTime", self.current_time.as_ref());
        out.optional("protocolVersion", self.protocol_version.as_ref());
    }
}

/// What the SimpleAuth service gave the client; opaque to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationCookie {
    /// `SimpleTargeting`; clients only echo it.
    pub plug_in_id: String,
    /// The sealed content.
    pub cookie_data: Vec<u8>,
}

impl Wire for AuthorizationCookie {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut cookie = Self::default();
        input.fields(|input, name| {
            match name {
                "PlugInId" => cookie.plug_in_id = input.value()?,
                "CookieData" => cookie.cookie_data = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(cookie)
    }

    fn write(&self, out: &mut Output) {
        out.field("PlugInId", &self.plug_in_id);
        out.field("CookieData", &self.cookie_data);
    }
}

/// The state of a client's session; opaque to it, and sent with nearly every call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// For the client only; a server never decides on it (MS-WUSP 2.2.3.5).
    pub expiration: Option<Timestamp>,
    /// The sealed content; empty when the client sent none.
    pub encrypted_data: Vec<u8>,
}

impl Wire for Cookie {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut cookie = Self::default();
        input.fields(|input, name| {
            match name {
                "Expiration" => cookie.expiration = Some(input.value()?),
                "EncryptedData" => cookie.encrypted_data = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(cookie)
    }

    fn write(&self, out: &mut Output) {
        out.optional("Expiration", self.expiration.as_ref());
        if !self.encrypted_data.is_empty() {
            out.field("EncryptedData", &self.encrypted_data);
        }
    }
}
