use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use crate::Fault;
use crate::name::{is_name, not_a_name};
use crate::text::forbidden;

/// An element's start tag.
#[derive(Debug)]
pub struct Element<'i> {
    pub(crate) start: BytesStart<'i>,
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) attributes_max: usize,
    pub(crate) offset: usize,
}

/// One attribute of an element; namespace declarations are not attributes here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The prefix as written, if any.
    pub prefix: Option<&'a str>,
    /// The local name.
    pub name: &'a str,
    /// The value, unescaped.
    pub value: Cow<'a, str>,
}

impl Element<'_> {
    /// The local name.
    pub fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// The prefix as written; no meaning hangs on it.
    pub fn prefix(&self) -> Option<&str> {
        self.start.name().prefix().map(|prefix| prefix.into_inner())
    }

    /// The namespace the element is in, if any.
    pub fn namespace(&self) -> Option<&Arc<str>> {
        self.namespace.as_ref()
    }

    /// True for the element `name` of `namespace`.
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.name() == name && self.namespace.as_deref() == Some(namespace)
    }

    /// True for an element written as `<name>`: without prefix, attributes and declarations.
    pub fn is_bare(&self) -> bool {
        self.start.attributes_raw().is_empty() && self.prefix().is_none()
    }

    /// The default namespace this very element declares (`xmlns="…"`), if it does.
    pub fn declared_default_namespace(&self) -> Option<String> {
        let attributes = self.start.attributes();
        attributes
            .flatten()
            .find(|attribute| attribute.key.into_inner() == "xmlns")
            .map(|found| found.value.into_owned())
    }

    /// Offset of the byte behind the start tag, for messages.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The attributes in document order, without namespace declarations.
    ///
    /// # Errors
    /// [`Fault::Malformed`], [`Fault::UnknownEntity`] or [`Fault::TooMuch`].
    pub fn attributes(&self) -> impl Iterator<Item = Result<Attribute<'_>, Fault>> {
        let limit = self.attributes_max;
        let mut attributes = self.start.attributes();
        // The check for repeated names is quadratic; the first one counts.
        attributes.with_checks(false);
        attributes.enumerate().filter_map(move |(index, attribute)| {
            if index >= limit {
                return Some(Err(Fault::TooMuch { what: "attributes in one element", limit }));
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return Some(Err(Fault::Malformed(error.to_string()))),
            };
            if !is_name(attribute.key.into_inner()) {
                return Some(Err(not_a_name(attribute.key.into_inner())));
            }
            if attribute.key.as_namespace_binding().is_some() {
                return None;
            }
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value,
                Err(error) => return Some(Err(Fault::Malformed(error.to_string()))),
            };
            // Written out, no such character passed the reader; a reference to one gets as far as here.
            if let Some((_, character)) = forbidden(&value) {
                return Some(Err(Fault::ForbiddenCharacter(character.into())));
            }
            let (name, prefix) = attribute.key.decompose();
            Some(Ok(Attribute { prefix: prefix.map(|prefix| prefix.into_inner()), name: name.into_inner(), value }))
        })
    }

    /// The value of the attribute with the local name `name`, if there is one.
    ///
    /// # Errors
    /// As [`Element::attributes`].
    pub fn attribute(&self, name: &str) -> Result<Option<String>, Fault> {
        for attribute in self.attributes() {
            let attribute = attribute?;
            if attribute.name == name {
                return Ok(Some(attribute.value.into_owned()));
            }
        }
        Ok(None)
    }
}
