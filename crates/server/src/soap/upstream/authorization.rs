//! Who a downstream server is (server-server.md §4).

use jiff::SignedDuration;
use store::DownstreamState;
use trust::{CookieError, ServerCookie};
use wire::ErrorCode;
use wire::dss_auth::GetAuthorizationCookie;
use wire::server::{AuthConfig, AuthPlugInInfo, AuthorizationCookie, Cookie, GetCookie};

use crate::app::App;
use crate::soap::refusal::Refusal;

/// The only plug-in there is (MS-WSUSSS 3.1.4.1).
const DSS_TARGETING: &str = "DssTargeting";
/// How long cookies are good for, as native (MS-WSUSSS note 29).
const VALID: SignedDuration = SignedDuration::from_mins(240);

/// GetAuthConfig: the same for every server.
pub(super) fn config() -> AuthConfig {
    AuthConfig {
        last_change: jiff::Timestamp::UNIX_EPOCH,
        auth_info: vec![AuthPlugInInfo {
            plug_in_id: DSS_TARGETING.to_owned(),
            // Relative: the downstream server puts our address before it.
            service_url: "DssAuthWebService/DssAuthWebService.asmx".to_owned(),
            parameter: Some(String::new()),
        }],
    }
}

/// GetAuthorizationCookie: notes the server, unless the administrator refused it.
pub(in crate::soap) async fn authorize(
    app: &App,
    request: GetAuthorizationCookie,
) -> Result<AuthorizationCookie, Refusal> {
    let GetAuthorizationCookie { account_name, account_guid } = request;
    let now = app.now();
    if app.store.see_downstream(account_guid, &account_name, now).await? == DownstreamState::Refused {
        tracing::warn!(server = account_name, id = %account_guid, "a downstream server that was refused asks to be let in");
        return Err(Refusal::fault(ErrorCode::InvalidAuthorizationCookie, "", "server refused"));
    }
    let cookie = ServerCookie {
        server: account_guid,
        issued: now,
        expires: now.saturating_add(VALID).unwrap_or(now),
        protocol: model::ProtocolVersion::new(1, 0),
    };
    Ok(AuthorizationCookie {
        plug_in_id: DSS_TARGETING.to_owned(),
        cookie_data: app.sessions.keys.load().seal_server_authorization(&cookie),
    })
}

/// GetCookie: a session, on the strength of one authorization cookie.
pub(super) async fn cookie(app: &App, request: &GetCookie) -> Result<Cookie, Refusal> {
    let [authorization] = request.auth_cookies.as_slice() else { return Err(Refusal::parameter("authCookies")) };
    let now = app.now();
    let opened = app.sessions.keys.load().open_server_authorization(&authorization.cookie_data, now);
    let authorization = opened.map_err(|error| {
        let code = match error {
            CookieError::OtherServer => ErrorCode::ServerChanged,
            _ => ErrorCode::InvalidAuthorizationCookie,
        };
        Refusal::fault(code, "", "cookie")
    })?;
    if request.protocol_version.major != 1 {
        return Err(Refusal::fault(ErrorCode::IncompatibleProtocolVersion, "", "protocol"));
    }
    app.store.downstream_contact(authorization.server, now).await?;
    let expires = now.saturating_add(VALID).unwrap_or(now);
    let session = ServerCookie { issued: now, expires, protocol: request.protocol_version, ..authorization };
    let encrypted_data = app.sessions.keys.load().seal_server_session(&session);
    Ok(Cookie { expiration: Some(expires), encrypted_data })
}
