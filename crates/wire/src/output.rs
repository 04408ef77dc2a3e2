use std::borrow::Cow;

use bytes::Bytes;

use crate::values::Wire;
use crate::{Body, Escaped, text};

/// Above this an escaped text becomes a segment of its own instead of being copied.
const SHARED_FROM: usize = 4 * 1024;

/// Writes a message: element by element, without white space, empty elements as `<Name/>` or `<Name />`.
#[derive(Default)]
pub(crate) struct Output {
    done: Vec<Bytes>,
    open: Vec<u8>,
    /// A start tag was written up to its `>`: nothing is known yet of its content.
    in_tag: bool,
    /// Empty elements are written with a space.
    spaced: bool,
}

impl Output {
    /// From now on writes empty elements as `<Name />`.
    pub(crate) fn space_empty_elements(&mut self) {
        self.spaced = true;
    }

    /// Puts `markup` as it is.
    pub(crate) fn markup(&mut self, markup: &str) {
        self.close_tag();
        self.open.extend_from_slice(markup.as_bytes());
    }

    /// Puts `text` as element content.
    pub(crate) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match xml::escaped_text(text) {
            Cow::Owned(escaped) if escaped.len() >= SHARED_FROM => self.segment(escaped.into()),
            escaped => self.markup(&escaped),
        }
    }

    /// Puts `bytes` as base64.
    pub(crate) fn base64(&mut self, bytes: &[u8]) {
        let base64 = text::to_base64(bytes);
        if base64.len() >= SHARED_FROM {
            self.segment(base64.into());
        } else if !base64.is_empty() {
            self.markup(&base64);
        }
    }

    /// Puts text that is escaped already; a long one is shared, not copied.
    pub(crate) fn escaped(&mut self, text: &Escaped) {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return;
        }
        if bytes.len() < SHARED_FROM {
            self.close_tag();
            self.open.extend_from_slice(bytes);
        } else {
            self.segment(bytes.clone());
        }
    }

    /// An element around whatever `content` writes.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.markup("<");
        self.open.extend_from_slice(name.as_bytes());
        self.in_tag = true;
        content(self);
        self.end(name);
    }

    /// An attribute of the element that was just begun.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        debug_assert!(self.in_tag, "{name} stands in no start tag");
        let mut attribute = format!(" {name}=\"");
        xml::escape_attribute(&mut attribute, value);
        attribute.push('"');
        self.open.extend_from_slice(attribute.as_bytes());
    }

    /// An attribute of the element that was just begun, or nothing.
    pub(crate) fn optional_attribute(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.attribute(name, value);
        }
    }

    /// An element that declares `namespace` as the default for itself and all inside.
    pub(crate) fn element_in(&mut self, namespace: &str, name: &str, content: impl FnOnce(&mut Self)) {
        self.markup(&format!("<{name} xmlns=\"{namespace}\""));
        self.in_tag = true;
        content(self);
        self.end(name);
    }

    /// An element holding `value`.
    pub(crate) fn field<T: Wire>(&mut self, name: &str, value: &T) {
        self.element(name, |out| value.write(out));
    }

    /// An element holding `value`, or nothing.
    pub(crate) fn optional<T: Wire>(&mut self, name: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    /// An array; an empty one is left out, as native WSUS does.
    pub(crate) fn list<T: Wire>(&mut self, name: &str, item: &str, values: &[T]) {
        if !values.is_empty() {
            self.array(name, item, values);
        }
    }

    /// An array that stands there even when it is empty.
    pub(crate) fn array<T: Wire>(&mut self, name: &str, item: &str, values: &[T]) {
        self.element(name, |out| values.iter().for_each(|value| out.field(item, value)));
    }

    /// An array that may be absent, which is not the same as empty.
    pub(crate) fn optional_array<T: Wire>(&mut self, name: &str, item: &str, values: Option<&[T]>) {
        if let Some(values) = values {
            self.array(name, item, values);
        }
    }

    /// The message.
    pub(crate) fn finish(mut self) -> Body {
        self.close_tag();
        self.flush();
        Body(self.done)
    }

    fn end(&mut self, name: &str) {
        if self.in_tag {
            self.in_tag = false;
            self.open.extend_from_slice((if self.spaced { " />" } else { "/>" }).as_bytes());
        } else {
            self.open.extend_from_slice(b"</");
            self.open.extend_from_slice(name.as_bytes());
            self.open.push(b'>');
        }
    }

    fn close_tag(&mut self) {
        if self.in_tag {
            self.in_tag = false;
            self.open.push(b'>');
        }
    }

    /// Puts `bytes` as a segment of their own.
    fn segment(&mut self, bytes: Bytes) {
        self.close_tag();
        self.flush();
        self.done.push(bytes);
    }

    fn flush(&mut self) {
        if !self.open.is_empty() {
            self.done.push(Bytes::from(std::mem::take(&mut self.open)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_without_content_are_short() {
        let mut out = Output::default();
        out.element("a", |out| {
            out.element("b", |_| {});
            out.field("c", &String::new());
            out.field("d", &"x < y".to_owned());
            out.list::<i32>("e", "int", &[]);
            out.array::<i32>("f", "int", &[]);
            out.list("g", "int", &[1, -2]);
        });
        let text = String::from_utf8(out.finish().into_bytes().to_vec()).unwrap();
        assert_eq!(text, "<a><b/><c/><d>x &lt; y</d><f/><g><int>1</int><int>-2</int></g></a>");
    }

    #[test]
    fn attributes_are_escaped_and_empty_elements_may_have_a_space() {
        let mut out = Output::default();
        out.space_empty_elements();
        out.element("a", |out| {
            out.attribute("b", "x < \"y\"");
            out.optional_attribute("c", None);
            out.element("d", |out| out.attribute("e", ""));
        });
        let text = String::from_utf8(out.finish().into_bytes().to_vec()).unwrap();
        assert_eq!(text, "<a b=\"x &lt; &quot;y&quot;\"><d e=\"\" /></a>");
    }

    #[test]
    fn a_long_escaped_text_is_shared() {
        let long = Escaped::from_text(&"<x>".repeat(10_000));
        let mut out = Output::default();
        out.element("Xml", |out| out.escaped(&long));
        let body = out.finish();
        assert_eq!(body.segments().len(), 3);
        assert_eq!(body.segments()[1].as_ptr(), long.as_bytes().as_ptr());
    }
}
