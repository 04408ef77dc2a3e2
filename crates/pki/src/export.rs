//! What computers need in order to trust the server and to ask it: the same, in every form that administrators use.
//!
//! [`Policy`] is the one list of registry values; the registry file, the group policy's `registry.pol` and the script are ways
//! to write it down.

mod authorities;
mod bundle;
mod explanation;
mod policy;
mod registry_file;
mod registry_pol;
mod script;

use model::Timestamp;

pub use authorities::Authorities;
pub use bundle::bundle;
pub use policy::{Data, Policy, Value};

use crate::Certificate;

/// A root, for Windows' own tools.
const ROOT: &str = "vanne-ca.cer";
/// All roots.
const ROOTS: &str = "vanne-ca.pem";
/// Those that a scan insists on.
const PINNED: &str = "vanne-ca.p7b";

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
/// # Errors
/// When certificates cannot be put into a bundle, which is a fault of this program.
pub fn files(policy: &Policy, authorities: &Authorities, now: Timestamp) -> Result<Vec<File>, der::Error> {
    let mut files = Vec::new();
    let mut add = |name, bytes: Vec<u8>| files.push(File { name, bytes });
    if let Some(first) = authorities.roots.first() {
        add(ROOT, first.der().to_vec());
        add(ROOTS, authorities.roots.iter().map(Certificate::to_pem).collect::<String>().into_bytes());
    }
    if !authorities.pinned.is_empty() {
        add(PINNED, bundle(&authorities.pinned)?);
    }
    add("vanne.reg", registry_file::write(policy));
    add("registry.pol", registry_pol::write(policy));
    add("vanne.ps1", script::write(policy));
    add("README.txt", explanation::write(policy, authorities, now).into_bytes());
    Ok(files)
}

#[cfg(test)]
mod tests;
