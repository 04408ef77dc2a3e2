//! What computers need in order to trust the server and to ask it: the same, in every form that administrators use.
//!
//! [`Policy`] is the one list of registry values; the registry file, the group policy's `registry.pol` and the script are ways
//! to write it down.

mod bundle;
mod policy;
mod registry_file;
mod registry_pol;
mod script;

use model::Timestamp;

pub use bundle::bundle;
pub use policy::{Data, Policy, Value};

use crate::Certificate;

/// A file for administrators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Every form there is.
///
/// `trusted` are the authorities that computers do not know yet, `pinned` those that may stand behind the server's connections.
///
/// # Errors
/// When certificates cannot be put into a bundle, which is a fault of this program.
pub fn files(policy: &Policy, pinned: &[Certificate], now: Timestamp) -> Result<Vec<File>, der::Error> {
    let mut files = Vec::new();
    let mut add = |name, bytes: Vec<u8>| files.push(File { name, bytes });
    if let Some(first) = pinned.first() {
        add("vanne-ca.cer", first.der().to_vec());
        add("vanne-ca.pem", pinned.iter().map(Certificate::to_pem).collect::<String>().into_bytes());
        add("vanne-ca.p7b", bundle(pinned)?);
    }
    add("vanne.reg", registry_file::write(policy));
    add("registry.pol", registry_pol::write(policy));
    add("vanne.ps1", script::write(policy));
    add("README.txt", explanation(policy, pinned, now).into_bytes());
    Ok(files)
}

/// What each file is for.
fn explanation(policy: &Policy, pinned: &[Certificate], now: Timestamp) -> String {
    let certificates: String = pinned
        .iter()
        .map(|one| {
            format!(
                "  {}\r\n    SHA-256 {}\r\n    thumbprint {}\r\n    {}\r\n",
                one.subject, one.sha256, one.sha1, one.validity
            )
        })
        .collect();
    format!(
        "What Windows computers need for {url}, written {now}.\r\n\r\n\
         Every form says the same; one of them is enough.\r\n\r\n\
         registry.pol  for the folder Machine of a group policy object\r\n\
         vanne.reg     for one computer: reg import vanne.reg, as administrator\r\n\
         vanne.ps1     for one computer: the same as a script, as administrator\r\n\
         vanne-ca.cer  the certificate authority, for Computer Configuration > Policies > Windows Settings > Security\r\n\
         \x20             Settings > Public Key Policies > Trusted Root Certification Authorities\r\n\
         vanne-ca.p7b  the same as a bundle, for the store WindowsServerUpdateServices: computers then scan only servers\r\n\
         \x20             that one of these stands behind (certutil -addstore WindowsServerUpdateServices vanne-ca.p7b)\r\n\
         vanne-ca.pem  the same for other systems\r\n\r\n\
         Before the server changes to another authority, add the new one to the stores, and wait 30 days: computers that were\r\n\
         away must learn it first. The policy DoNotEnforceEnterpriseTLSCertPinningForUpdateDetection = 1 switches the store\r\n\
         WindowsServerUpdateServices off; nothing here sets it.\r\n\r\n\
         Authorities:\r\n{certificates}",
        url = policy.url(),
    )
}

#[cfg(test)]
mod tests;
