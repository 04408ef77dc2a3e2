use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::NsReader;
use quick_xml::events::BytesStart;
use quick_xml::name::ResolveResult;

use crate::name::{is_name, not_a_name};
use crate::text::{check_encoding, forbidden, normalise_line_ends, resolve};
use crate::{Element, Error, Fault, Limits};

/// What [`Reader::next`] found.
#[derive(Debug)]
pub enum Event<'i> {
    /// An element opens. Empty elements open and close like any other.
    Start(Element<'i>),
    /// The innermost open element closes.
    End,
    /// Character data, unescaped; one run of text may come in several pieces.
    Text(Cow<'i, str>),
    /// The root element has closed and nothing but white space followed.
    Eof,
}

/// A pull reader over a whole text in memory.
pub struct Reader<'i> {
    text: &'i str,
    reader: NsReader<&'i [u8]>,
    limits: Limits,
    depth: usize,
    elements: usize,
    root_closed: bool,
    /// The element that was opened last is written as `<name/>`, and its end was not returned yet.
    in_empty: bool,
    /// Bytes that were passed over beside the parser.
    passed_over: usize,
    namespaces: Vec<Arc<str>>,
}

impl<'i> Reader<'i> {
    /// Reads `bytes` as UTF-8, with or without a byte-order mark.
    ///
    /// # Errors
    /// [`Fault::Encoding`], [`Fault::TooMuch`] or [`Fault::ForbiddenCharacter`].
    pub fn from_bytes(bytes: &'i [u8], limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.bytes {
            return Err(at(Fault::TooMuch { what: "bytes", limit: limits.bytes }, "", 0));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::new(text, limits),
            Err(error) => {
                let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                Err(at(Fault::Encoding("invalid byte sequence".into()), valid, valid.len()))
            }
        }
    }

    /// Reads `text`.
    ///
    /// # Errors
    /// [`Fault::TooMuch`] or [`Fault::ForbiddenCharacter`].
    pub fn new(text: &'i str, limits: &Limits) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() > limits.bytes {
            return Err(at(Fault::TooMuch { what: "bytes", limit: limits.bytes }, "", 0));
        }
        if let Some((offset, character)) = forbidden(text) {
            return Err(at(Fault::ForbiddenCharacter(character.into()), text, offset));
        }
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.resolver_mut().set_max_namespace_bindings(limits.namespaces);
        Ok(Self {
            text,
            reader,
            limits: *limits,
            depth: 0,
            elements: 0,
            root_closed: false,
            in_empty: false,
            passed_over: 0,
            namespaces: Vec::new(),
        })
    }

    /// The next event.
    ///
    /// # Errors
    /// Any [`Fault`], with its place.
    #[allow(clippy::should_implement_trait, reason = "an iterator could not be asked to skip")]
    pub fn next(&mut self) -> Result<Event<'i>, Error> {
        self.advance().map_err(|fault| {
            let offset = self.offset();
            at(fault, self.text, offset)
        })
    }

    /// Passes over everything up to the end of the element that was opened last.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn skip(&mut self) -> Result<(), Error> {
        let mut open = 1_usize;
        while open > 0 {
            match self.next()? {
                Event::Start(_) => open += 1,
                Event::End => open -= 1,
                Event::Text(_) | Event::Eof => {}
            }
        }
        Ok(())
    }

    /// The text of the element that was opened last, which is closed then; child elements are passed over.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn text(&mut self) -> Result<Cow<'i, str>, Error> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Event::Text(piece) if text.is_empty() => text = piece,
                Event::Text(piece) => text.to_mut().push_str(&piece),
                Event::Start(_) => self.skip()?,
                Event::End | Event::Eof => return Ok(text),
            }
        }
    }

    /// The namespace of children without prefix and declarations. To be called only right behind their parent's start.
    pub fn default_namespace(&self) -> Option<&str> {
        match self.reader.resolver().resolve_prefix(None, true) {
            ResolveResult::Bound(namespace) => Some(namespace.into_inner()),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => None,
        }
    }

    /// Turns a fault found by the caller into an error at the present place.
    pub fn error(&self, fault: Fault) -> Error {
        let offset = self.offset();
        at(fault, self.text, offset)
    }

    /// True where a child of an open element may stand, and one more is within the limits.
    pub(crate) fn takes_child(&self) -> bool {
        !self.in_empty && (1..self.limits.depth).contains(&self.depth) && self.elements_left() > 0
    }

    /// The text behind what was read.
    pub(crate) fn rest(&self) -> &'i str {
        self.text.get(self.offset()..).unwrap_or_default()
    }

    /// Passes over the next `bytes` of the text, which must be that many whole `elements`.
    pub(crate) fn pass_over(&mut self, bytes: usize, elements: usize) {
        let rest = self.reader.get_mut();
        *rest = rest.get(bytes..).unwrap_or_default();
        self.passed_over += bytes;
        self.elements += elements;
    }

    /// How many more elements the text may have.
    pub(crate) fn elements_left(&self) -> usize {
        self.limits.elements.saturating_sub(self.elements)
    }

    fn offset(&self) -> usize {
        let parsed = usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len());
        parsed.saturating_add(self.passed_over)
    }

    fn advance(&mut self) -> Result<Event<'i>, Fault> {
        use quick_xml::events::Event as Raw;
        loop {
            let raw = match self.reader.read_event() {
                Ok(raw) => raw,
                Err(quick_xml::Error::Namespace(quick_xml::name::NamespaceError::TooManyBindings(_))) => {
                    return Err(Fault::TooMuch { what: "namespace bindings", limit: self.limits.namespaces });
                }
                Err(error) => return Err(Fault::Malformed(error.to_string())),
            };
            match raw {
                Raw::Start(start) => return self.open(start).map(Event::Start),
                // Cannot come: empty elements are expanded.
                Raw::Empty(_) => {}
                Raw::End(_) => {
                    self.depth =
                        self.depth.checked_sub(1).ok_or_else(|| Fault::Malformed("an end tag too many".into()))?;
                    self.root_closed = self.depth == 0;
                    self.in_empty = false;
                    return Ok(Event::End);
                }
                Raw::Text(text) => {
                    let text = normalise_line_ends(text.into_inner());
                    if self.depth > 0 {
                        return Ok(Event::Text(text));
                    }
                    if !text.trim().is_empty() {
                        return Err(Fault::Malformed("text outside the root element".into()));
                    }
                }
                Raw::CData(data) if self.depth > 0 => return Ok(Event::Text(normalise_line_ends(data.into_inner()))),
                Raw::CData(_) => return Err(Fault::Malformed("text outside the root element".into())),
                Raw::GeneralRef(reference) if self.depth > 0 => return resolve(&reference).map(Event::Text),
                Raw::GeneralRef(_) => return Err(Fault::Malformed("a reference outside the root element".into())),
                Raw::Decl(declaration) => check_encoding(&declaration)?,
                Raw::DocType(_) => return Err(Fault::DocumentType),
                Raw::Comment(_) | Raw::PI(_) => {}
                Raw::Eof if self.root_closed => return Ok(Event::Eof),
                Raw::Eof => return Err(Fault::Truncated),
            }
        }
    }

    fn open(&mut self, start: BytesStart<'i>) -> Result<Element<'i>, Fault> {
        if self.root_closed {
            return Err(Fault::Malformed("a second root element".into()));
        }
        self.depth += 1;
        self.elements += 1;
        if self.depth > self.limits.depth {
            return Err(Fault::TooMuch { what: "elements inside each other", limit: self.limits.depth });
        }
        if self.elements > self.limits.elements {
            return Err(Fault::TooMuch { what: "elements", limit: self.limits.elements });
        }
        if !is_name(start.name().into_inner()) {
            return Err(not_a_name(start.name().into_inner()));
        }
        let prefix = start.name().prefix();
        let namespace = match self.reader.resolver().resolve_prefix(prefix, true) {
            ResolveResult::Bound(namespace) => Some(intern(&mut self.namespaces, namespace.into_inner())),
            ResolveResult::Unbound => None,
            ResolveResult::Unknown(prefix) => return Err(Fault::UndeclaredPrefix(prefix)),
        };
        let offset = self.offset();
        self.in_empty = self.text.get(..offset).is_some_and(|read| read.ends_with("/>"));
        Ok(Element { start, namespace, attributes_max: self.limits.attributes, offset })
    }
}

/// Namespaces are few, and elements are many: each is allocated once a document.
fn intern(known: &mut Vec<Arc<str>>, namespace: &str) -> Arc<str> {
    if let Some(found) = known.iter().find(|candidate| &***candidate == namespace) {
        return Arc::clone(found);
    }
    let new: Arc<str> = namespace.into();
    // A document that declares ever new namespaces must not make the search above long.
    if known.len() < 64 {
        known.push(Arc::clone(&new));
    }
    new
}

fn at(fault: Fault, text: &str, offset: usize) -> Error {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line_from = before.rfind('\n').map_or(0, |at| at + 1);
    Error {
        fault,
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_from..].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes: 100_000, depth: 16, elements: 1000, attributes: 8, namespaces: 8 };

    fn drain(text: &str) -> Result<usize, Error> {
        let mut reader = Reader::new(text, &LIMITS)?;
        let mut elements = 0;
        loop {
            match reader.next()? {
                Event::Start(element) => {
                    elements += 1;
                    for attribute in element.attributes() {
                        attribute.map_err(|fault| reader.error(fault))?;
                    }
                }
                Event::Eof => return Ok(elements),
                Event::End | Event::Text(_) => {}
            }
        }
    }

    fn fault(text: &str) -> Fault {
        drain(text).expect_err("must be refused").fault
    }

    #[test]
    fn elements_are_known_by_namespace_whatever_the_prefix() {
        for text in [
            "<a xmlns='urn:x'/>",
            "<p:a xmlns:p='urn:x'/>",
            "<?xml version='1.0'?><!-- c --><q:a xmlns:q='urn:x'></q:a>",
        ] {
            let mut reader = Reader::new(text, &LIMITS).unwrap();
            let Event::Start(element) = reader.next().unwrap() else { panic!("no element") };
            assert!(element.is("urn:x", "a"), "{text}");
        }
    }

    #[test]
    fn text_is_joined_and_unescaped() {
        let mut reader = Reader::new("<a>1 &lt; <![CDATA[2 & 3]]> &#65;<b>no</b>.</a>", &LIMITS).unwrap();
        assert!(matches!(reader.next().unwrap(), Event::Start(_)));
        assert_eq!(reader.text().unwrap(), "1 < 2 & 3 A.");
        assert!(matches!(reader.next().unwrap(), Event::Eof));
    }

    #[test]
    fn hostile_texts_are_refused_by_name() {
        assert_eq!(fault("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), Fault::DocumentType);
        assert_eq!(fault("<a>&b;</a>"), Fault::UnknownEntity("b".into()));
        assert_eq!(fault("<a>\u{1}</a>"), Fault::ForbiddenCharacter(1));
        assert_eq!(fault("<a>\u{ffff}</a>"), Fault::ForbiddenCharacter(0xffff));
        assert_eq!(fault("<a>&#2;</a>"), Fault::ForbiddenCharacter(2));
        assert_eq!(fault("<a b='&#2;'/>"), Fault::ForbiddenCharacter(2));
        assert_eq!(fault("<a><b></b>"), Fault::Truncated);
        assert_eq!(fault(""), Fault::Truncated);
        assert_eq!(fault("<p:a/>"), Fault::UndeclaredPrefix("p".into()));
        assert!(matches!(fault("<a></b>"), Fault::Malformed(_)));
        assert!(matches!(fault("<a/><b/>"), Fault::Malformed(_)));
        assert!(matches!(fault("<a/>text"), Fault::Malformed(_)));
        assert!(matches!(fault("not xml"), Fault::Malformed(_)));
        for bad in ["<1/>", "<a\"/>", "<a b\"c='1'/>", "<a 1='2'/>", "<:a/>", "<a:/>", "<a:b:c xmlns:a='u'/>", "<a<b/>"]
        {
            assert!(matches!(fault(bad), Fault::Malformed(_)), "{bad}");
        }
        assert_eq!(fault("<?xml version='1.0' encoding='utf-16'?><a/>"), Fault::Encoding("declared as utf-16".into()));
    }

    #[test]
    fn every_limit_holds() {
        assert_eq!(fault(&"<a>".repeat(17)), Fault::TooMuch { what: "elements inside each other", limit: 16 });
        let many = format!("<a>{}</a>", "<b/>".repeat(1000));
        assert_eq!(fault(&many), Fault::TooMuch { what: "elements", limit: 1000 });
        let wide = format!("<a {}/>", (0..9).map(|n| format!("b{n}='' ")).collect::<String>());
        assert_eq!(fault(&wide), Fault::TooMuch { what: "attributes in one element", limit: 8 });
        let spaces = format!("<a {}/>", (0..9).map(|n| format!("xmlns:b{n}='u{n}' ")).collect::<String>());
        assert_eq!(fault(&spaces), Fault::TooMuch { what: "namespace bindings", limit: 8 });
        assert_eq!(fault(&" ".repeat(100_001)), Fault::TooMuch { what: "bytes", limit: 100_000 });
    }

    #[test]
    fn an_error_names_its_place() {
        let error = drain("<a>\n  <b>&nope;</b></a>").expect_err("must be refused");
        assert_eq!((error.line, error.column), (2, 12));
        assert_eq!(error.to_string(), "unknown entity &nope; at line 2, column 12");
    }
}
