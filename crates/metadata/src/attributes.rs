use std::borrow::Cow;
use std::str::FromStr;

use model::Timestamp;
use uuid::Uuid;
use xml::Element;

use crate::error::{DocumentFault, cut};

/// The attributes of one element, read once; names are local, as fragments write them.
///
/// Of several with one local name the first counts, and none may pass for a namespace declaration:
/// fragments without prefixes must stay well-formed.
pub(crate) struct Attributes<'e> {
    element: &'e str,
    values: Vec<(&'e str, Cow<'e, str>)>,
}

impl<'e> Attributes<'e> {
    /// The attributes of `element`, which messages call `name`.
    pub(crate) fn of(name: &'e str, element: &'e Element<'_>) -> Result<Self, DocumentFault> {
        let mut values: Vec<(&str, Cow<'_, str>)> = Vec::with_capacity(8);
        for attribute in element.attributes() {
            let attribute = attribute.map_err(DocumentFault::Xml)?;
            let repeated = values.iter().any(|(name, _)| *name == attribute.name);
            if !repeated && attribute.name != "xmlns" {
                values.push((attribute.name, attribute.value));
            }
        }
        Ok(Self { element: name, values })
    }

    /// All of them, in document order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'e str, &str)> {
        self.values.iter().map(|(name, value)| (*name, &**value))
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The value of `name`, if it is there.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| &**value)
    }

    /// A copy of the value of `name`, if it is there.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<&str, DocumentFault> {
        self.text(name)
            .ok_or_else(|| DocumentFault::MissingAttribute { element: self.element.to_owned(), attribute: name })
    }

    /// The value of `name` read as `T`, if it is there; `expected` says what it should be.
    pub(crate) fn parse<T: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, DocumentFault> {
        self.with(name, expected, |text| text.parse().ok())
    }

    pub(crate) fn required_parse<T: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<T, DocumentFault> {
        self.required(name)?;
        self.parse(name, expected)?.ok_or_else(|| self.invalid(name, "", expected))
    }

    /// XML Schema's booleans: `true`, `false`, `1`, `0`.
    pub(crate) fn boolean(&self, name: &'static str) -> Result<Option<bool>, DocumentFault> {
        self.with(name, "true or false", parse_boolean)
    }

    /// A boolean whose absence means false.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, DocumentFault> {
        Ok(self.boolean(name)?.unwrap_or(false))
    }

    pub(crate) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, DocumentFault> {
        self.with(name, "a time such as 2026-10-04T12:00:58Z", parse_time)
    }

    pub(crate) fn guid(&self, name: &'static str) -> Result<Option<Uuid>, DocumentFault> {
        self.with(name, "a GUID", |text| Uuid::try_parse(text).ok())
    }

    pub(crate) fn required_guid(&self, name: &'static str) -> Result<Uuid, DocumentFault> {
        let text = self.required(name)?.trim();
        Uuid::try_parse(text).map_err(|_| self.invalid(name, text, "a GUID"))
    }

    fn with<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, DocumentFault> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => read(text.trim()).map(Some).ok_or_else(|| self.invalid(name, text, expected)),
        }
    }

    pub(crate) fn invalid(&self, attribute: &'static str, value: &str, expected: &'static str) -> DocumentFault {
        DocumentFault::InvalidAttribute { element: self.element.to_owned(), attribute, value: cut(value), expected }
    }
}

/// XML Schema's booleans.
pub(crate) fn parse_boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        // Written by hand in vendor packages.
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// An XML Schema dateTime; without an offset it is UTC, as vendor packages write it.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_an_offset_are_utc() {
        let expected: Timestamp = "2019-02-24T09:37:57Z".parse().unwrap();
        assert_eq!(parse_time("2019-02-24T09:37:57"), Some(expected));
        assert_eq!(parse_time("2019-02-24T10:37:57+01:00"), Some(expected));
        assert_eq!(parse_time("yesterday"), None);
    }

    #[test]
    fn booleans_are_those_of_xml_schema() {
        assert_eq!(parse_boolean("1"), Some(true));
        assert_eq!(parse_boolean("false"), Some(false));
        assert_eq!(parse_boolean("yes"), None);
    }
}
