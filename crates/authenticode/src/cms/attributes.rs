//! Attributes of a signer, signed or not.

use crate::der::{Element, Oid, Reader, SET};
use crate::fault::Fault;
use crate::limits::ATTRIBUTES_MAX;
use crate::reason::Reason;

/// Attributes in the order they stood, none twice.
#[derive(Default)]
pub(crate) struct Attributes<'a> {
    list: Vec<(Oid<'a>, Vec<Element<'a>>)>,
}

impl<'a> Attributes<'a> {
    /// Reads `Attributes` from the content of their set.
    pub(crate) fn read(mut set: Reader<'a>) -> Result<Self, Fault> {
        let mut list: Vec<(Oid<'a>, Vec<Element<'a>>)> = Vec::new();
        while !set.is_empty() {
            let mut attribute = set.sequence("an attribute")?;
            let oid = attribute.oid("the kind of an attribute")?;
            let mut values = attribute.expect(SET, "the values of an attribute")?.inside();
            attribute.end("nothing behind an attribute")?;
            let mut elements = Vec::new();
            while !values.is_empty() {
                elements.push(values.element()?);
                if elements.len() > ATTRIBUTES_MAX {
                    return Err(Fault::new(Reason::AttributesInvalid, format!("too many values of {oid}")));
                }
            }
            if list.iter().any(|(known, _)| *known == oid) || list.len() == ATTRIBUTES_MAX {
                return Err(Fault::new(Reason::AttributesInvalid, format!("{oid} once too often")));
            }
            list.push((oid, elements));
        }
        Ok(Self { list })
    }

    /// The values of one attribute; none if it is not there.
    pub(crate) fn values(&self, oid: Oid<'_>) -> &[Element<'a>] {
        self.list.iter().find(|(known, _)| *known == oid).map_or(&[], |(_, values)| values)
    }

    /// The only value of an attribute that must be there.
    pub(crate) fn one(&self, oid: Oid<'_>) -> Result<Element<'a>, Fault> {
        match self.values(oid) {
            [value] => Ok(*value),
            [] => Err(Fault::new(Reason::AttributesInvalid, format!("{oid} is missing"))),
            _ => Err(Fault::new(Reason::AttributesInvalid, format!("{oid} has several values"))),
        }
    }

    /// The kinds that are there.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Oid<'a>> + '_ {
        self.list.iter().map(|(oid, _)| *oid)
    }
}
