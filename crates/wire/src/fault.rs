//! Faults: how the server says no, and what the client does then (MS-WUSP 2.2.2.4).

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::input::Input;
use crate::output::Output;
use crate::soap::Dress;
use crate::{Body, Problem, Service, SoapVersion, limits, soap, text};

/// Why a call was refused. Clients look at nothing else in a fault.
///
/// | Code | Raised by | The client then |
/// |---|---|---|
/// | `InvalidCookie` | every call with a cookie: none, empty, or it does not verify; `GetCookie` for such an `oldCookie` | discards it; `GetConfig`, `GetAuthorizationCookie`, `GetCookie`, `RefreshCache`, goes on |
/// | `ServerChanged` | every call with a cookie: it verifies, and is of another incarnation of the store | the same |
/// | `ConfigChanged` | `GetCookie`, `SyncUpdates`, `SyncPrinterCatalog`, `ReportEventBatch`: `LastChange` moved | `GetConfig`, `GetAuthorizationCookie`, `GetCookie`; no `RefreshCache` |
/// | `CookieExpired` | every call with a cookie: genuine, and too old by the time sealed in it | `GetAuthorizationCookie`, `GetCookie` with the old one |
/// | `RegistrationRequired` | `SyncUpdates`, `SyncPrinterCatalog`: nothing is known of the computer | `RegisterComputer`, repeats the call |
/// | `RegistrationNotRequired` | `RegisterComputer`, when `GetConfig` said so | goes on |
/// | `InvalidAuthorizationCookie` | `GetCookie`: not exactly one, or not of this server | handshake again |
/// | `InvalidParameters` | every call: the message is the parameter's name | gives up this scan |
/// | `FileLocationChanged` | any call, when addresses of files moved | `GetFileLocations`, repeats the call |
/// | `InternalServerError` | any call | tries again later |
/// | `ServerBusy` | any call | tries again later |
///
/// A downstream server (MS-WSUSSS 2.2.9.3) begins again with its authorization after `InvalidCookie`,
/// `InvalidAuthorizationCookie` and `FileDigestsMissing`; forgets its three anchors and goes on after `ServerChanged`;
/// and ends this synchronization after every other code, those that only clients know among them:
///
/// | Code | Raised by |
/// |---|---|
/// | `IncompatibleProtocolVersion` | `GetCookie` and every call with a cookie: the major version is not 1 |
/// | `FileDigestsMissing` | `DownloadFiles`: the message is the unknown digests, each in base64, with `|` between them |
/// | `TooManyIds` | `GetDriverSetData`; `InvalidParameters` is listed for the same case, and better known |
///
/// `InvalidCookie` and `ServerChanged` must never answer a client whose handshake just succeeded: it would loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The cookie cannot be verified.
    InvalidCookie,
    /// The cookie is of another server, or of this one before its store was replaced.
    ServerChanged,
    /// The configuration changed since the client asked for it.
    ConfigChanged,
    /// The cookie is genuine and too old.
    CookieExpired,
    /// The client must register first.
    RegistrationRequired,
    /// The client registered needlessly.
    RegistrationNotRequired,
    /// The authorization cookie cannot be verified.
    InvalidAuthorizationCookie,
    /// A parameter is wrong; the message names it.
    InvalidParameters,
    /// Addresses of files changed.
    FileLocationChanged,
    /// Something failed here.
    InternalServerError,
    /// Too much to do here.
    ServerBusy,
    /// The downstream server speaks another protocol.
    IncompatibleProtocolVersion,
    /// Files were asked for that no update here has.
    FileDigestsMissing,
    /// More driver sets were asked for than are allowed at once.
    TooManyIds,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 14] = [
        Self::InvalidCookie,
        Self::ServerChanged,
        Self::ConfigChanged,
        Self::CookieExpired,
        Self::RegistrationRequired,
        Self::RegistrationNotRequired,
        Self::InvalidAuthorizationCookie,
        Self::InvalidParameters,
        Self::FileLocationChanged,
        Self::InternalServerError,
        Self::ServerBusy,
        Self::IncompatibleProtocolVersion,
        Self::FileDigestsMissing,
        Self::TooManyIds,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidCookie => "InvalidCookie",
            Self::ServerChanged => "ServerChanged",
            Self::ConfigChanged => "ConfigChanged",
            Self::CookieExpired => "CookieExpired",
            Self::RegistrationRequired => "RegistrationRequired",
            Self::RegistrationNotRequired => "RegistrationNotRequired",
            Self::InvalidAuthorizationCookie => "InvalidAuthorizationCookie",
            Self::InvalidParameters => "InvalidParameters",
            Self::FileLocationChanged => "FileLocationChanged",
            Self::InternalServerError => "InternalServerError",
            Self::ServerBusy => "ServerBusy",
            Self::IncompatibleProtocolVersion => "IncompatibleProtocolVersion",
            Self::FileDigestsMissing => "FileDigestsMissing",
            Self::TooManyIds => "TooManyIds",
        }
    }

    /// True when the server is to blame, not the caller.
    pub const fn is_servers(self) -> bool {
        matches!(self, Self::InternalServerError | Self::ServerBusy)
    }

    /// The local part of the SOAP fault code: who is to blame.
    const fn blame(self, soap: SoapVersion) -> &'static str {
        match (soap, self.is_servers()) {
            (SoapVersion::V11, false) => "Client",
            (SoapVersion::V11, true) => "Server",
            (SoapVersion::V12, false) => "Sender",
            (SoapVersion::V12, true) => "Receiver",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for ErrorCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // MS-WUSP 3.1.5.10 has another spelling than its 2.2.2.4.
        let text = if text == "FileLocationsChanged" { "FileLocationChanged" } else { text };
        Self::ALL.into_iter().find(|code| code.as_str() == text).ok_or(())
    }
}

/// A refused call. Its HTTP status is always [`Fault::STATUS`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {message:?} (fault {id})")]
pub struct Fault {
    /// Why.
    pub code: ErrorCode,
    /// The parameter's name with `InvalidParameters`; empty otherwise.
    pub message: String,
    /// This occurrence; to be found in the log.
    pub id: Uuid,
    /// The action of the call (`Request::action`), without quotation marks; they are added here.
    pub method: String,
}

impl Fault {
    /// The HTTP status of every fault (SOAP 1.1 section 6.2).
    pub const STATUS: u16 = 500;

    /// Writes the children of the detail; they are in no namespace.
    fn write(&self, out: &mut Output) {
        out.markup(&format!("<ErrorCode>{}</ErrorCode>", self.code));
        // Native WSUS writes an empty message with both tags.
        out.markup(&format!("<Message>{}</Message>", xml::escaped_text(&self.message)));
        out.markup(&format!("<ID>{}</ID>", self.id.hyphenated()));
        out.markup(&format!("<Method>\"{}\"</Method>", xml::escaped_text(&self.method)));
    }
}

/// Writes a fault as native WSUS does, but for `faultactor`, which SOAP leaves to the final recipient
/// to put or not, and which would need this server's own address.
pub fn encode_fault(service: Service, soap: SoapVersion, fault: &Fault) -> Body {
    let dress = service.dress();
    write_fault(dress, soap, &format!("{}:Detail", dress.prefix()), fault)
}

/// Writes a fault of the server-server services. In SOAP 1.2 its detail is in no namespace (MS-WSUSSS 2.2.9.2).
pub(crate) fn encode_server_fault(soap: SoapVersion, fault: &Fault) -> Body {
    write_fault(Dress::Asmx, soap, "Detail", fault)
}

/// Writes a fault; `detail` is how its detail is called in SOAP 1.2.
fn write_fault(dress: Dress, soap: SoapVersion, detail: &str, fault: &Fault) -> Body {
    let prefix = dress.prefix();
    let code = format!("{prefix}:{}", fault.code.blame(soap));
    let mut out = Output::default();
    soap::envelope(dress, soap, &mut out, |out| match soap {
        SoapVersion::V11 => {
            out.markup(&format!(
                "<{prefix}:Fault><faultcode>{code}</faultcode><faultstring>Fault occurred</faultstring><detail>"
            ));
            fault.write(out);
            out.markup(&format!("</detail></{prefix}:Fault>"));
        }
        SoapVersion::V12 => {
            out.markup(&format!(
                "<{prefix}:Fault><{prefix}:Code><{prefix}:Value>{code}</{prefix}:Value></{prefix}:Code>\
                 <{prefix}:Reason><{prefix}:Text xml:lang=\"en\">Fault occurred</{prefix}:Text></{prefix}:Reason>\
                 <{detail}>"
            ));
            fault.write(out);
            out.markup(&format!("</{detail}></{prefix}:Fault>"));
        }
    });
    out.finish()
}

/// Reads the rest of a `Fault` that was just opened.
///
/// One without an error code, as proxies and other servers send it, is a generic failure: it becomes
/// [`ErrorCode::InternalServerError`] with the fault's own text as the message.
pub(crate) fn read(input: &mut Input<'_>) -> Result<Fault, Problem> {
    let mut fault =
        Fault { code: ErrorCode::InternalServerError, message: String::new(), id: Uuid::nil(), method: String::new() };
    let mut code = None;
    let mut reason = String::new();
    input.fields(|input, name| match name {
        "faultstring" => input.text(limits::LONG_TEXT).map(|text| reason = text.into_owned()),
        "Reason" => input.fields(|input, name| match name {
            "Text" => input.text(limits::LONG_TEXT).map(|text| reason = text.into_owned()),
            _ => input.skip(),
        }),
        "detail" | "Detail" => input.fields(|input, name| {
            let text = input.text(limits::LONG_TEXT)?;
            match name {
                "ErrorCode" => code = text.trim().parse().ok(),
                "Message" => fault.message = text.into_owned(),
                "ID" => fault.id = text::guid(&text).unwrap_or_default(),
                "Method" => fault.method = text.trim().trim_matches('"').to_owned(),
                _ => {}
            }
            Ok(())
        }),
        _ => input.skip(),
    })?;
    match code {
        Some(code) => fault.code = code,
        None => fault.message = reason,
    }
    Ok(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> Fault {
        Fault {
            code: ErrorCode::InvalidParameters,
            message: "parameters".into(),
            id: Uuid::from_u128(0x1234),
            method: format!("{}/SyncUpdates", Service::Client.namespace()),
        }
    }

    fn text(body: Body) -> String {
        String::from_utf8(body.into_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_fault_has_the_native_shape() {
        assert_eq!(
            text(encode_fault(Service::Client, SoapVersion::V11, &fault())),
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">\
             <s:Body xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><s:Fault><faultcode>s:Client</faultcode>\
             <faultstring>Fault occurred</faultstring><detail><ErrorCode>InvalidParameters</ErrorCode>\
             <Message>parameters</Message><ID>00000000-0000-0000-0000-000000001234</ID>\
             <Method>\"http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService/SyncUpdates\"</Method>\
             </detail></s:Fault></s:Body></s:Envelope>"
        );
    }

    #[test]
    fn the_servers_own_failures_are_not_blamed_on_the_client() {
        let fault = Fault { code: ErrorCode::ServerBusy, ..fault() };
        assert!(text(encode_fault(Service::Reporting, SoapVersion::V11, &fault)).contains(">soap:Server<"));
        assert!(text(encode_fault(Service::Reporting, SoapVersion::V12, &fault)).contains(">soap:Receiver<"));
    }

    #[test]
    fn every_code_is_read_back_in_both_versions() {
        for code in ErrorCode::ALL {
            for soap in [SoapVersion::V11, SoapVersion::V12] {
                let fault = Fault { code, ..fault() };
                let body = encode_fault(Service::Client, soap, &fault).into_bytes();
                assert_eq!(crate::decode_response("SyncUpdates", &body).unwrap(), Err(fault));
            }
        }
        assert_eq!("FileLocationsChanged".parse(), Ok(ErrorCode::FileLocationChanged));
        assert_eq!("Nonsense".parse::<ErrorCode>(), Err(()));
    }

    #[test]
    fn a_fault_without_a_code_is_a_generic_failure() {
        let body = b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault>\
            <faultcode>e:Client</faultcode><faultstring>no such thing</faultstring></e:Fault></e:Body></e:Envelope>";
        let fault = crate::decode_response("GetConfig", body).unwrap().unwrap_err();
        assert_eq!((fault.code, fault.message.as_str()), (ErrorCode::InternalServerError, "no such thing"));
    }
}
