use bytes::Bytes;

use crate::values::Wire;
use crate::{Body, Escaped};

/// Above this an escaped text becomes a segment of its own instead of being copied.
const SHARED_FROM: usize = 4 * 1024;

/// Writes a message: element by element, without white space, empty elements as `<Name/>`.
#[derive(Default)]
pub(crate) struct Output {
    done: Vec<Bytes>,
    open: Vec<u8>,
    /// A start tag was written up to its `>`: nothing is known yet of its content.
    in_tag: bool,
}

impl Output {
    /// Puts `markup` as it is.
    pub(crate) fn markup(&mut self, markup: &str) {
        self.close_tag();
        self.open.extend_from_slice(markup.as_bytes());
    }

    /// Puts `text` as element content.
    pub(crate) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.markup(&xml::escaped_text(text));
        }
    }

    /// Puts text that is escaped already; a long one is shared, not copied.
    pub(crate) fn escaped(&mut self, text: &Escaped) {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return;
        }
        self.close_tag();
        if bytes.len() < SHARED_FROM {
            self.open.extend_from_slice(bytes);
        } else {
            self.flush();
            self.done.push(bytes.clone());
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
            self.open.extend_from_slice(b"/>");
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
    fn a_long_escaped_text_is_shared() {
        let long = Escaped::from_text(&"<x>".repeat(10_000));
        let mut out = Output::default();
        out.element("Xml", |out| out.escaped(&long));
        let body = out.finish();
        assert_eq!(body.segments().len(), 3);
        assert_eq!(body.segments()[1].as_ptr(), long.as_bytes().as_ptr());
    }
}
