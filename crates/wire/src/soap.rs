use crate::output::Output;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// A web service of MS-WUSP; each has a namespace and an address of its own (MS-WUSP 2.1, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// `/ClientWebService/Client.asmx`.
    Client,
    /// `/SimpleAuthWebService/SimpleAuth.asmx`.
    SimpleAuth,
    /// `/ReportingWebService/ReportingWebService.asmx`, and `WebService.asmx` in the WSDL.
    Reporting,
}

impl Service {
    /// The namespace of its operations, and the front part of its SOAP actions.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Client => "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService",
            Self::SimpleAuth => "http://www.microsoft.com/SoftwareDistribution/Server/SimpleAuthWebService",
            Self::Reporting => "http://www.microsoft.com/SoftwareDistribution",
        }
    }

    /// How native WSUS dresses its messages.
    pub(crate) const fn dress(self) -> Dress {
        match self {
            Self::Client => Dress::Wcf,
            Self::SimpleAuth | Self::Reporting => Dress::Asmx,
        }
    }
}

/// How native WSUS dresses a message: its services are made with two stacks (captures of October 2026).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dress {
    /// The Client service: prefix `s`, no declaration, the schema namespaces on the body.
    Wcf,
    /// All others, and downstream servers when they ask: prefix `soap`, a declaration, the schema namespaces on the
    /// envelope, and a space in empty elements.
    Asmx,
}

impl Dress {
    /// The prefix of the envelope.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Wcf => "s",
            Self::Asmx => "soap",
        }
    }
}

/// The version of SOAP of a message, told by the namespace of its envelope; an answer has that of its request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SoapVersion {
    /// SOAP 1.1: what stock clients speak.
    #[default]
    V11,
    /// SOAP 1.2: bound in the WSDLs as well.
    V12,
}

impl SoapVersion {
    /// The namespace of the envelope.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// The `Content-Type` of a message.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml; charset=utf-8",
            Self::V12 => "application/soap+xml; charset=utf-8",
        }
    }

    pub(crate) fn from_namespace(namespace: &str) -> Option<Self> {
        [Self::V11, Self::V12].into_iter().find(|version| version.namespace() == namespace)
    }
}

/// Writes an envelope around `content`, in the very form of native WSUS.
pub(crate) fn envelope(dress: Dress, soap: SoapVersion, out: &mut Output, content: impl FnOnce(&mut Output)) {
    let prefix = dress.prefix();
    let namespace = soap.namespace();
    let schemas = format!(" xmlns:xsi=\"{XSI}\" xmlns:xsd=\"{XSD}\"");
    let (declaration, on_envelope, on_body) = match dress {
        Dress::Wcf => ("", "", schemas.as_str()),
        Dress::Asmx => {
            out.space_empty_elements();
            ("<?xml version=\"1.0\" encoding=\"utf-8\"?>", schemas.as_str(), "")
        }
    };
    out.markup(&format!(
        "{declaration}<{prefix}:Envelope xmlns:{prefix}=\"{namespace}\"{on_envelope}><{prefix}:Body{on_body}>"
    ));
    content(out);
    out.markup(&format!("</{prefix}:Body></{prefix}:Envelope>"));
}

/// Writes a request's envelope around `content`, as the stock client does.
pub(crate) fn request(soap: SoapVersion, out: &mut Output, content: impl FnOnce(&mut Output)) {
    out.markup(&format!("<s:Envelope xmlns:s=\"{}\"><s:Body>", soap.namespace()));
    content(out);
    out.markup("</s:Body></s:Envelope>");
}
