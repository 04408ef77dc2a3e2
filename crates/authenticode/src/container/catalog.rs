//! Catalogs (CAT): a signed list of the digests of other files, such as those of a driver or an update.
//!
//! Source: [MS-CAESO] 2.4.4.5 and "Certificate Trust List" of the Windows SDK (`CTL_INFO`); digests of members are their
//! `SPC_INDIRECT_DATA`, the subject identifiers repeat them.

use crate::algorithm::DigestAlgorithm;
use crate::der::{self, Reader, SEQUENCE, SET};
use crate::fault::Fault;
use crate::limits::MEMBERS_MAX;
use crate::oid;
use crate::reason::Reason;
use crate::spc::IndirectData;

/// One file that a catalog vouches for: the digest of its content as its form asks for, which for images and cabinets leaves
/// out their own signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// How the digest was taken.
    pub algorithm: DigestAlgorithm,
    /// The digest.
    pub digest: Vec<u8>,
}

/// Reads the members of a trust list; `content` is its value, without tag and length.
pub(crate) fn members(content: &[u8]) -> Result<Vec<Member>, Fault> {
    let mut list = Reader::new(content);
    list.optional(der::INTEGER)?;
    list.sequence("the usage of a trust list")?;
    list.optional(der::OCTET_STRING)?;
    list.optional(der::INTEGER)?;
    // thisUpdate, and nextUpdate where it is there.
    let is_time = |reader: &Reader<'_>| matches!(reader.peek(), Some(der::UTC_TIME | der::GENERALIZED_TIME));
    while is_time(&list) {
        list.element()?;
    }
    list.sequence("the subject algorithm of a trust list")?;
    let mut members = Vec::new();
    if let Some(subjects) = list.optional(SEQUENCE)? {
        let mut subjects = subjects.inside();
        while !subjects.is_empty() {
            if members.len() == MEMBERS_MAX {
                return Err(Fault::new(Reason::TooLarge, format!("more than {MEMBERS_MAX} members")));
            }
            members.extend(member(subjects.sequence("a member of a catalog")?)?);
        }
    }
    list.optional(der::context(0))?;
    list.end("nothing behind a trust list")?;
    Ok(members)
}

/// The digest of a member; none if it carries none, as members that only carry attributes do.
fn member(mut member: Reader<'_>) -> Result<Option<Member>, Fault> {
    member.octets("the identifier of a member")?;
    let mut found = None;
    if let Some(attributes) = member.optional(SET)? {
        let mut attributes = attributes.inside();
        while !attributes.is_empty() {
            let mut attribute = attributes.sequence("an attribute of a member")?;
            let kind = attribute.oid("the kind of a member's attribute")?;
            let mut values = attribute.expect(SET, "the values of a member's attribute")?.inside();
            if kind == oid::INDIRECT_DATA {
                let data = values.expect(SEQUENCE, "the digest of a member")?;
                let data = IndirectData::read(data.content)?;
                found = Some(Member { algorithm: data.algorithm, digest: data.digest.to_vec() });
            }
        }
    }
    member.end("nothing behind a member")?;
    Ok(found)
}
