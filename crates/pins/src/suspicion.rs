//! Whether somebody in between is the likely reason for a certificate that is not the pinned one. A guess, for people: nothing
//! is decided by it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Presented;

/// Who may be in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suspicion {
    /// The issuer is named as a product that opens TLS is.
    Product(String),
    /// The issuer is no public authority.
    PrivateIssuer,
}

/// What is in the names of the authorities that products which open TLS come with, in lower case.
const PRODUCTS: [(&str, &str); 40] = [
    ("zscaler", "Zscaler"),
    ("fortinet", "Fortinet"),
    ("fortigate", "FortiGate"),
    ("palo alto", "Palo Alto Networks"),
    ("netskope", "Netskope"),
    ("goskope", "Netskope"),
    ("blue coat", "Blue Coat ProxySG"),
    ("bluecoat", "Blue Coat ProxySG"),
    ("proxysg", "ProxySG"),
    ("forcepoint", "Forcepoint"),
    ("websense", "Websense"),
    ("sophos", "Sophos"),
    ("check point", "Check Point"),
    ("cisco umbrella", "Cisco Umbrella"),
    ("cisco secure access", "Cisco Secure Access"),
    ("ironport", "Cisco IronPort"),
    ("mcafee web gateway", "McAfee Web Gateway"),
    ("skyhigh", "Skyhigh Security"),
    ("barracuda", "Barracuda"),
    ("watchguard", "WatchGuard"),
    ("fireware", "WatchGuard"),
    ("sonicwall", "SonicWall"),
    ("cato networks", "Cato Networks"),
    ("gateway ca - cloudflare", "Cloudflare Gateway"),
    ("iboss", "iboss"),
    ("smoothwall", "Smoothwall"),
    ("securly", "Securly"),
    ("lightspeed", "Lightspeed"),
    ("untangle", "Untangle"),
    ("opnsense", "OPNsense"),
    ("pfsense", "pfSense"),
    ("squid", "Squid"),
    ("mitmproxy", "mitmproxy"),
    ("portswigger", "Burp Suite"),
    ("fiddler", "Fiddler"),
    ("charles proxy", "Charles"),
    ("kaspersky", "Kaspersky"),
    ("eset ssl filter", "ESET"),
    ("avast web", "Avast"),
    ("bitdefender", "Bitdefender"),
];

/// What is in the names of public authorities, in lower case. One that is missing here costs a wrong guess, no more.
const PUBLIC: [&str; 30] = [
    "digicert",
    "let's encrypt",
    "internet security research group",
    "globalsign",
    "sectigo",
    "comodo",
    "usertrust",
    "amazon",
    "google trust services",
    "microsoft",
    "entrust",
    "godaddy",
    "starfield",
    "identrust",
    "certum",
    "asseco",
    "swisssign",
    "quovadis",
    "actalis",
    "buypass",
    "harica",
    "hellenic academic",
    "ssl.com",
    "ssl corporation",
    "telia",
    "twca",
    "d-trust",
    "geant",
    "zerossl",
    "apple inc",
];

impl Suspicion {
    pub(crate) fn of(presented: &Presented) -> Option<Self> {
        let names: Vec<String> = presented
            .0
            .iter()
            .flat_map(|one| [&one.issuer.common, &one.issuer.organisation])
            .map(|name| name.to_lowercase())
            .collect();
        let product = PRODUCTS.iter().find(|(part, _)| names.iter().any(|name| name.contains(part)));
        if let Some((_, product)) = product {
            return Some(Self::Product((*product).to_owned()));
        }
        let is_public = |name: &String| PUBLIC.iter().any(|part| name.contains(part));
        let is_known = presented.own().is_some();
        (is_known && !names.iter().any(is_public)).then_some(Self::PrivateIssuer)
    }
}

impl fmt::Display for Suspicion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(product) => write!(out, "the issuer is named as those of {product} are: ")?,
            Self::PrivateIssuer => out.write_str("its issuer is a private authority: ")?,
        }
        out.write_str("a TLS-inspecting proxy is probably in the path; exempt this host from inspection there")
    }
}
