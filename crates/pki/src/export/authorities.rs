use crate::{Certificate, Identity};

/// Who stands behind a server's certificates, as far as that is known. Never those certificates themselves: they are replaced
/// every year, and computers that insist on one would refuse the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authorities {
    /// Roots, which computers have to trust.
    pub(super) roots: Vec<Certificate>,
    /// Who issued the server's certificates: what a scan may insist on. None where one of them is not known, since computers that
    /// were shown what it issued would then take nothing.
    pub(super) pinned: Vec<Certificate>,
    /// The organisation's: computers know the roots already.
    pub(super) are_known: bool,
    /// Names of those that are missing.
    pub(super) missing: Vec<String>,
}

impl Authorities {
    /// The internal authority, which is root and issuer in one.
    pub fn internal(authority: &Certificate) -> Self {
        let one = vec![authority.clone()];
        Self { roots: one.clone(), pinned: one, ..Self::default() }
    }

    /// The organisation's, as far as they were in what was given to this server.
    pub fn behind(identities: &[Identity]) -> Self {
        let mut found = Self { are_known: true, ..Self::default() };
        let mut is_one_unknown = false;
        for identity in identities {
            let direct = identity.issuers().get(..1).unwrap_or(identity.roots());
            is_one_unknown |= direct.is_empty();
            add(&mut found.pinned, direct);
            add(&mut found.roots, identity.roots());
            let top = identity.issuers().last().unwrap_or(identity.certificate());
            if identity.roots().is_empty() && !found.missing.contains(&top.issuer) {
                found.missing.push(top.issuer.clone());
            }
        }
        if is_one_unknown {
            found.pinned.clear();
        }
        found
    }

    /// Roots that computers do not know yet.
    pub(super) fn to_trust(&self) -> &[Certificate] {
        if self.are_known { &[] } else { &self.roots }
    }
}

/// Each once.
fn add(to: &mut Vec<Certificate>, more: &[Certificate]) {
    for one in more {
        if !to.contains(one) {
            to.push(one.clone());
        }
    }
}
