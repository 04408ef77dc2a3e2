//! First contact: GetConfig, GetAuthorizationCookie, GetCookie, RegisterComputer.

use model::{ComputerId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Contact, ContactEvent, Registration};
use trust::{AuthorizationCookie, CookieError, Marks, SessionCookie};
use wire::ErrorCode;
use wire::client::{
    AuthPlugInInfo, AuthorizationCookie as PlugInCookie, ComputerInfo, Config, ConfigurationProperty, Cookie,
    GetCookie, RegisterComputer,
};
use wire::simple_auth::GetAuthorizationCookie;

use super::exchange::Origin;
use super::refusal::Refusal;
use super::session::{Session, expiry, sealed};
use crate::app::App;
use crate::computers::{Known, groups_of};

/// The only plug-in there is (MS-WUSP 2.2.2.2.1).
const SIMPLE_TARGETING: &str = "SimpleTargeting";
/// What this server speaks. 3.0 would make clients scan in full, 3.2 wants StartCategoryScan (native-behaviour §2.4).
const SERVER_PROTOCOL: &str = "3.2";
/// `MaxExtendedUpdatesPerRequest`, as native.
pub(super) const EXTENDED_MAX: usize = 50;

/// GetConfig and GetConfig2 (MS-WUSP 3.1.5.2): the same for every client, whatever it says of itself.
pub(super) fn config(app: &App, origin: &Origin) -> Config {
    let host = origin.host.as_deref().unwrap_or("localhost");
    let property = |name: &str, value: String| ConfigurationProperty { name: name.to_owned(), value };
    Config {
        last_change: **app.sessions.config_changed.load(),
        is_registration_required: true,
        auth_info: vec![AuthPlugInInfo {
            plug_in_id: SIMPLE_TARGETING.to_owned(),
            // Relative: the client puts its own server's address before it.
            service_url: "SimpleAuthWebService/SimpleAuth.asmx".to_owned(),
            parameter: Some(String::new()),
        }],
        allowed_event_ids: Vec::new(),
        properties: vec![
            property("MaxExtendedUpdatesPerRequest", EXTENDED_MAX.to_string()),
            property("PackageServerShare", format!(r"\\{host}\UpdateServicesPackages")),
            property("ProtocolVersion", SERVER_PROTOCOL.to_owned()),
            property("IsInventoryRequired", "0".to_owned()),
            property("ClientReportingLevel", "2".to_owned()),
        ],
    }
}

/// GetAuthorizationCookie (MS-WUSP 3.1.5.3): notes the computer and the groups it asks for.
pub(super) async fn authorization(
    app: &App,
    origin: &Origin,
    request: GetAuthorizationCookie,
) -> Result<PlugInCookie, Refusal> {
    let GetAuthorizationCookie { client_id: computer, dns_name, .. } = request;
    if !is_dns_name(&dns_name) {
        return Err(Refusal::parameter("dnsName"));
    }
    let requested = request.target_group_name.filter(|names| !names.trim().is_empty());
    let before = known(app, &computer).await?;
    if before.is_none() {
        admit(app).await?;
    }
    if let Some(other) = app.computers.twins.note(&computer, &dns_name) {
        tracing::warn!(
            computer.id = %computer, name = dns_name, other,
            "two computers have the same id, probably copies of one image: both get their updates, and what they report is mixed; \
             delete SusClientId in the registry of one of them"
        );
    }
    let now = app.now();
    let contact = Contact {
        computer: computer.clone(),
        at: now,
        address: origin.peer.ip().to_string(),
        dns_name: Some(dns_name),
        requested_groups: requested.clone(),
        protocol: None,
        agent: origin.agent.clone(),
        installed: None,
        event: ContactEvent::Authorization,
    };
    let mut known = before.clone().unwrap_or_default();
    known.requested = requested;
    if before.as_ref() == Some(&known) {
        app.computers.note(contact);
    } else {
        // What it asks for decides what it gets: not left to be written later.
        app.store.see_computers(&[contact]).await?;
        app.computers.remember(computer.clone(), known);
    }
    let cookie = AuthorizationCookie { computer, issued: now };
    Ok(PlugInCookie {
        plug_in_id: SIMPLE_TARGETING.to_owned(),
        cookie_data: app.sessions.keys.load().seal_authorization(&cookie),
    })
}

/// GetCookie (MS-WUSP 3.1.5.4). An old cookie that is genuine hands on what it knows, expired or not.
pub(super) async fn cookie(app: &App, request: &GetCookie) -> Result<Cookie, Refusal> {
    let [authorization] = request.auth_cookies.as_slice() else {
        return Err(Refusal::fault(ErrorCode::InvalidAuthorizationCookie, "", "cookie"));
    };
    let keys = app.sessions.keys.load();
    let authorization = keys
        .open_authorization(&authorization.cookie_data)
        .ok()
        .filter(|authorization| is_fresh(authorization, app.now()))
        .ok_or_else(|| Refusal::fault(ErrorCode::InvalidAuthorizationCookie, "", "cookie"))?;
    let protocol = request.protocol_version.ok_or_else(|| Refusal::parameter("protocolVersion"))?;
    let config = **app.sessions.config_changed.load();
    if request.last_change != config {
        return Err(Refusal::fault(ErrorCode::ConfigChanged, "", "config changed"));
    }
    let now = app.now();
    let seen = seen_before(app, request.old_cookie.as_ref(), &authorization.computer, now)?;
    let snapshot = app.publisher.current(app).await?;
    let known = app.computers.known(&app.store, &authorization.computer).await?.unwrap_or_default();
    let cookie = SessionCookie {
        groups: seen.groups.unwrap_or_else(|| groups_of(app, snapshot.groups(), &known).digest(snapshot.groups())),
        computer: authorization.computer,
        issued: now,
        expires: expiry(app, now),
        protocol,
        config,
        marks: seen.marks,
    };
    Ok(sealed(app, &cookie))
}

/// What is known of a computer that speaks here. One that comes over from a server below is let in like a newcomer: whoever
/// makes servers up makes up their computers.
pub(super) async fn known(app: &App, computer: &ComputerId) -> Result<Option<Known>, Refusal> {
    match app.computers.known(&app.store, computer).await? {
        Some(known) if known.is_below => {
            admit(app).await?;
            Ok(Some(app.computers.take_over(computer, known)))
        }
        known => Ok(known),
    }
}

/// Lets a computer in that nobody has heard of, if there is room.
pub(super) async fn admit(app: &App) -> Result<(), Refusal> {
    match app.computers.room.admit(app).await? {
        true => Ok(()),
        false => Err(Refusal::fault(ErrorCode::ServerBusy, "", "too many computers")),
    }
}

/// Clients use an authorization cookie at once; one that turns up much later was kept by somebody.
fn is_fresh(cookie: &AuthorizationCookie, now: Timestamp) -> bool {
    now.duration_since(cookie.issued).abs() <= jiff::SignedDuration::from_hours(24)
}

/// What a client has been told already, by its old cookie.
#[derive(Default)]
struct Seen {
    groups: Option<u64>,
    marks: Marks,
}

fn seen_before(app: &App, old: Option<&Cookie>, computer: &ComputerId, now: Timestamp) -> Result<Seen, Refusal> {
    // Stock clients send an old cookie with nothing but an expiry at first contact (native-behaviour C4).
    let Some(old) = old.filter(|cookie| !cookie.encrypted_data.is_empty()) else { return Ok(Seen::default()) };
    let old = match app.sessions.keys.load().open_session(&old.encrypted_data, now) {
        Ok(cookie) => cookie,
        Err(CookieError::Expired(cookie)) => *cookie,
        Err(CookieError::OtherServer) => return Err(Refusal::fault(ErrorCode::ServerChanged, "", "cookie")),
        Err(CookieError::Forged | CookieError::ServerExpired) => {
            return Err(Refusal::fault(ErrorCode::InvalidCookie, "", "cookie"));
        }
    };
    if old.computer != *computer {
        // A cloned image, or a new id: what the other was told says nothing about this one.
        return Ok(Seen::default());
    }
    Ok(Seen { groups: Some(old.groups), marks: old.marks })
}

/// RegisterComputer (MS-WUSP 3.1.5.5). The text is kept as given; the system is told by its build number.
pub(super) async fn register(app: &App, session: &Session, request: RegisterComputer) -> Result<(), Refusal> {
    let info = request.computer_info.ok_or_else(|| Refusal::parameter("computerInfo"))?;
    let registration = registration(info)?;
    if session.known.is_none() {
        admit(app).await?;
    }
    app.store.register(session.computer(), &registration, app.now()).await?;
    let known = Known { registered: true, ..session.known.clone().unwrap_or_default() };
    app.computers.remember(session.computer().clone(), known);
    Ok(())
}

/// What a computer told of itself, as it is kept: the numbers that are searched, and all of it as JSON.
fn registration(info: ComputerInfo) -> Result<Registration, Refusal> {
    let details = Details {
        dns_name: info.dns_name,
        os_description: info.os_description,
        os_locale: info.os_locale,
        old_product_type: info.old_product_type,
        new_product_type: info.new_product_type,
        suite_mask: info.suite_mask,
        system_metrics: info.system_metrics,
        service_pack: info.os_service_pack_major_number,
        service_pack_minor: info.os_service_pack_minor_number,
        bios_name: info.bios_name,
        bios_version: info.bios_version,
        bios_release_date: info.bios_release_date,
        firmware_version: info.firmware_version,
        client_version: [
            info.client_version_major_number,
            info.client_version_minor_number,
            info.client_version_build_number,
            info.client_version_qfe_number,
        ],
    };
    Ok(Registration {
        os_major: info.os_major_version,
        os_minor: info.os_minor_version,
        os_build: info.os_build_number,
        manufacturer: info.computer_manufacturer.unwrap_or_default(),
        model: info.computer_model.unwrap_or_default(),
        architecture: info.processor_architecture.unwrap_or_default(),
        json: serde_json::to_string(&details).map_err(|_| Refusal::parameter("computerInfo"))?,
    })
}

/// What is kept of a computer beside what is searched by, as JSON; texts as given.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Details {
    pub(crate) dns_name: Option<String>,
    pub(crate) os_description: Option<String>,
    pub(crate) os_locale: Option<String>,
    /// 1 for a workstation, else a server.
    pub(crate) old_product_type: i32,
    pub(crate) new_product_type: i32,
    pub(crate) suite_mask: i32,
    pub(crate) system_metrics: i32,
    pub(crate) service_pack: i32,
    pub(crate) service_pack_minor: i32,
    pub(crate) bios_name: Option<String>,
    pub(crate) bios_version: Option<String>,
    pub(crate) bios_release_date: Option<Timestamp>,
    pub(crate) firmware_version: Option<String>,
    pub(crate) client_version: [i32; 4],
}

/// 1 to 255 characters of what computer names are made of; underscores and letters of any script occur.
fn is_dns_name(name: &str) -> bool {
    (1..=255).contains(&name.chars().count())
        && name.chars().all(|character| character.is_alphanumeric() || matches!(character, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computer_names_are_names() {
        for good in ["pc-1", "PC_1.corp.example", "rechner-süd"] {
            assert!(is_dns_name(good), "{good}");
        }
        for bad in ["", "a b", "a/b", "<x>", &"x".repeat(256)] {
            assert!(!is_dns_name(bad), "{bad:?}");
        }
    }
}
