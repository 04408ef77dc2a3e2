use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;

/// An element under construction. Its name carries a prefix that [`namespace`] knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    name: Cow<'static, str>,
    attributes: Vec<(Cow<'static, str>, String)>,
    children: Vec<Self>,
    text: String,
}

impl Element {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), children: Vec::new(), text: String::new() }
    }

    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Display) -> Self {
        self.attributes.push((name.into(), value.to_string()));
        self
    }

    /// With the attribute only when there is a value.
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.children.is_empty() && self.text.is_empty() && self.attributes.is_empty()
    }

    /// The element as the root of a document: with a declaration for every prefix used inside.
    pub(crate) fn to_document(&self) -> String {
        let mut used = BTreeSet::new();
        self.collect_prefixes(&mut used);
        let mut out = String::with_capacity(4096);
        self.write(&mut out, used.iter().filter_map(|prefix| Some((*prefix, namespace(prefix)?))));
        out
    }

    fn write<'a>(&self, out: &mut String, declarations: impl Iterator<Item = (&'a str, &'static str)>) {
        out.push('<');
        out.push_str(&self.name);
        for (prefix, namespace) in declarations {
            out.push_str(&format!(" xmlns:{prefix}=\"{namespace}\""));
        }
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            xml::escape_attribute(out, value);
            out.push('"');
        }
        if self.children.is_empty() && self.text.is_empty() {
            out.push_str(" />");
            return;
        }
        out.push('>');
        xml::escape_text(out, &self.text);
        for child in &self.children {
            child.write(out, std::iter::empty());
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    fn collect_prefixes<'a>(&'a self, used: &mut BTreeSet<&'a str>) {
        let names = std::iter::once(&self.name).chain(self.attributes.iter().map(|(name, _)| name));
        used.extend(names.filter_map(|name| Some(name.split_once(':')?.0)));
        // The value of `xsi:type` is a qualified name too, so its prefix must be declared as well.
        used.extend(
            self.attributes
                .iter()
                .filter(|(name, _)| name == "xsi:type")
                .filter_map(|(_, value)| Some(value.split_once(':')?.0)),
        );
        for child in &self.children {
            child.collect_prefixes(used);
        }
    }
}

/// The namespace real documents bind to a prefix (`metadata.md` §2).
fn namespace(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "upd" => "http://schemas.microsoft.com/msus/2002/12/Update",
        "bar" => "http://schemas.microsoft.com/msus/2002/12/BaseApplicabilityRules",
        "lar" => "http://schemas.microsoft.com/msus/2002/12/LogicalApplicabilityRules",
        "mar" => "http://schemas.microsoft.com/msus/2002/12/MsiApplicabilityRules",
        "car" => "http://schemas.microsoft.com/msus/2002/12/CbsApplicabilityRules",
        "cat" => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category",
        "cmd" => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/CommandLineInstallation",
        "cbs" => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Cbs",
        "msp" => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsInstaller",
        "drv" => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsDriver",
        "osi" => "http://schemas.microsoft.com/msus/2016/01/UpdateHandlers/OSInstaller",
        "xsi" => "http://www.w3.org/2001/XMLSchema-instance",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_declares_what_it_uses_and_escapes_the_rest() {
        let root = Element::new("upd:Update")
            .child(Element::new("upd:Title").text("a < b & \"c\""))
            .child(Element::new("upd:H").with("xsi:type", "cat:Category").with("A", "\"<"));
        assert_eq!(
            root.to_document(),
            "<upd:Update xmlns:cat=\"http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category\" \
             xmlns:upd=\"http://schemas.microsoft.com/msus/2002/12/Update\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
             <upd:Title>a &lt; b &amp; \"c\"</upd:Title><upd:H xsi:type=\"cat:Category\" A=\"&quot;&lt;\" /></upd:Update>"
        );
    }
}
