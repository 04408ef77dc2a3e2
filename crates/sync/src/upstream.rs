//! Whom to ask, and as whom.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pins::{Clock, Pins, Refusal, Untrusted};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lists::Learned;

/// Microsoft's service (native-behaviour §6.1).
const MICROSOFT: &str = "https://sws.update.microsoft.com/";
/// A native server may think for minutes about a list of updates before the first byte of its answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// What kind of server an upstream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Microsoft's service.
    Microsoft,
    /// Native WSUS.
    Wsus,
    /// Another server of this kind.
    Vanne,
}

/// A server above this one.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// What kind of server it is.
    pub kind: Kind,
    /// Its address, which ends in a slash: web services and content are below it.
    url: Url,
    /// The proxy to go through. What the environment says of proxies (`HTTPS_PROXY`) counts for nothing: whoever sets that
    /// for this process would choose whom it speaks to.
    pub proxy: Option<Url>,
    /// Whom its certificate must come from. What the operating system trusts counts for nothing; nothing pinned, nobody is
    /// trusted.
    pub pins: Pins,
    /// By which certificates are judged.
    pub clock: Clock,
    /// Lists of revoked certificates that were fetched for it, shared by all conversations with it.
    pub learned: Learned,
    /// How long nothing may come before the call counts as failed.
    pub patience: Duration,
}

/// As whom this server asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// This server's host name. Native WSUS wants nothing that no host name has (MS-WSUSSS 3.1.4.2).
    pub name: String,
    /// This server's id.
    pub id: Uuid,
}

/// What cannot be an upstream, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} cannot be an upstream: {problem}")]
pub struct InvalidUpstream {
    address: String,
    problem: &'static str,
}

impl Upstream {
    /// The server at `address`: `http` or `https`, a host, perhaps a port; no query and no credentials.
    ///
    /// # Errors
    /// [`InvalidUpstream`].
    pub fn new(kind: Kind, address: &str) -> Result<Self, InvalidUpstream> {
        let invalid = |problem| InvalidUpstream { address: address.to_owned(), problem };
        let mut url = Url::parse(address).map_err(|_| invalid("it is no address; write http://host:8530"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("only http and https are spoken"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(invalid("it names no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("an upstream takes no credentials; those of a proxy belong to its address"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("it may not have a query or a fragment"));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self::of(kind, url))
    }

    /// Microsoft's service.
    pub fn microsoft() -> Self {
        let url = Url::parse(MICROSOFT).expect("the address of Microsoft's service is one");
        Self::of(Kind::Microsoft, url)
    }

    fn of(kind: Kind, url: Url) -> Self {
        let clock = Clock::new(Arc::new(Timestamp::now));
        Self { kind, url, proxy: None, pins: Pins::none(), clock, learned: Learned::default(), patience: PATIENCE }
    }

    /// The same, through a proxy.
    ///
    /// # Errors
    /// [`InvalidUpstream`] for what cannot be one.
    pub fn through(self, proxy: &str) -> Result<Self, InvalidUpstream> {
        let parsed = Url::parse(proxy).ok();
        // A proxy that is spoken to over TLS would need pins of its own; what goes through it is encrypted anyway.
        let usable = parsed.filter(|url| matches!(url.scheme(), "http" | "socks5") && url.has_host());
        // Not named in the message: a proxy's address may hold a password.
        let problem = "its proxy is no address of a proxy that speaks plain HTTP or SOCKS 5; write http://host:3128";
        match usable {
            Some(proxy) => Ok(Self { proxy: Some(proxy), ..self }),
            None => Err(InvalidUpstream { address: self.to_string(), problem }),
        }
    }

    /// Its address, which ends in a slash.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Its host's name, or address.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// It is spoken to without TLS: anybody on the way can read and change what it says.
    pub fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The command that accepts what was presented; `None` where nothing but other pins would help.
    pub(crate) fn accepting(&self, untrusted: &Untrusted) -> Option<String> {
        let is_about_keys = matches!(
            untrusted.refusal,
            Refusal::Unpinned | Refusal::UnknownRoot | Refusal::OtherKey | Refusal::BadSignature | Refusal::Impostor
        );
        // Pins that came with this program, or were signed, are not set aside by hand.
        if !is_about_keys || self.pins.is_from_a_set() {
            return None;
        }
        let key = untrusted.presented.key_to_pin()?;
        Some(format!("vanne upstream trust --url {self} --accept-pin {key}"))
    }

    /// The address of something below it.
    pub(crate) fn at(&self, path: &str) -> Option<Url> {
        self.url.join(path).ok()
    }

    /// The base of its content: on the same port for plain HTTP; beside HTTPS on 443 it is on 80, beside any other port on
    /// the one below (MS-WSUSSS 2.1).
    pub fn content_base(&self) -> Option<Url> {
        let mut base = self.url.join("Content/").ok()?;
        if base.scheme() == "https" {
            let port = base.port_or_known_default().filter(|port| *port != 443).map(|port| port.saturating_sub(1));
            base.set_scheme("http").ok()?;
            base.set_port(port).ok()?;
        }
        Some(base)
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Microsoft => "microsoft",
            Self::Wsus => "wsus",
            Self::Vanne => "vanne",
        })
    }
}

impl FromStr for Kind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "microsoft" => Ok(Self::Microsoft),
            "wsus" => Ok(Self::Wsus),
            "vanne" => Ok(Self::Vanne),
            _ => Err("an upstream is microsoft, wsus or vanne"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_a_host_and_perhaps_a_port_and_a_folder() {
        let paris = Upstream::new(Kind::Vanne, "http://paris.example:8530").unwrap();
        assert_eq!(
            (paris.url().as_str(), paris.to_string().as_str()),
            ("http://paris.example:8530/", "http://paris.example:8530")
        );
        let below = Upstream::new(Kind::Wsus, "https://wsus.example/updates").unwrap();
        assert_eq!(below.at("Content/x").unwrap().as_str(), "https://wsus.example/updates/Content/x");
        for bad in
            ["paris:8530", "ftp://a.example", "http://", "http://me:secret@a.example", "http://a.example/?x=1", ""]
        {
            let error = Upstream::new(Kind::Wsus, bad).unwrap_err().to_string();
            assert!(error.starts_with(bad), "{error}");
        }
    }

    #[test]
    fn content_is_on_the_plain_port() {
        let base = |address| Upstream::new(Kind::Wsus, address).unwrap().content_base().unwrap().to_string();
        assert_eq!(base("http://a.example:8530"), "http://a.example:8530/Content/");
        assert_eq!(base("https://a.example:8531"), "http://a.example:8530/Content/");
        assert_eq!(base("https://a.example"), "http://a.example/Content/");
    }
}
