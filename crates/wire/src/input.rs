use std::borrow::Cow;

use model::RevisionId;
use xml::{Element, Event, Fault, Reader};

use crate::limits::{self, Limit, Limits};
use crate::values::Wire;
use crate::{Problem, SoapVersion};

/// Reads a message in one pass, without a tree: element by element, each in its place.
///
/// A field is known by its local name; elements of foreign namespaces, and those said to be nil, are
/// passed over as if they were not there.
pub(crate) struct Input<'i> {
    reader: Reader<'i>,
    /// Namespace of the operation's elements.
    namespace: String,
    /// The operation's parameter that is being read; errors name it.
    parameter: String,
    /// How many more pieces of text there may be, and how many there might have been.
    pieces: (usize, usize),
    /// The text of the element that was opened last, if that one was read at once, its end included.
    leaf: Option<Cow<'i, str>>,
}

/// What stands in the body of an envelope.
pub(crate) struct Opened<'i> {
    pub(crate) input: Input<'i>,
    pub(crate) soap: SoapVersion,
    /// Namespace of the body's element.
    pub(crate) namespace: String,
    /// Local name of the body's element, which was just opened.
    pub(crate) name: String,
}

/// A problem met before the body's element was reached, and the version to answer in.
type EnvelopeError = (SoapVersion, Problem);

impl<'i> Input<'i> {
    /// Reads up to and including the start tag of the element in the body. Headers are passed over:
    /// the protocol forbids them (MS-WUSP 2.2), and none could mean anything here.
    pub(crate) fn open(body: &'i [u8], limits: &Limits) -> Result<Opened<'i>, EnvelopeError> {
        let mut soap = SoapVersion::default();
        let reader = Reader::from_bytes(body, &limits.xml).map_err(|error| (soap, Problem::Xml(error)))?;
        let pieces = (limits.pieces, limits.pieces);
        let mut input = Self { reader, namespace: String::new(), parameter: String::new(), pieces, leaf: None };
        let (namespace, name) = input.enter_body(&mut soap).map_err(|problem| (soap, problem))?;
        namespace.clone_into(&mut input.namespace);
        Ok(Opened { input, soap, namespace, name })
    }

    /// Reads up to the element in the body; returns its namespace and its local name.
    fn enter_body(&mut self, soap: &mut SoapVersion) -> Result<(String, String), Problem> {
        let mut inside_envelope = false;
        let mut inside_body = false;
        loop {
            match self.next()? {
                Event::Start(element) if !inside_envelope => {
                    let namespace = element.namespace().map(|namespace| &**namespace).unwrap_or_default();
                    *soap = SoapVersion::from_namespace(namespace)
                        .filter(|_| element.name() == "Envelope")
                        .ok_or(Problem::NotSoap("the root is no SOAP envelope"))?;
                    inside_envelope = true;
                }
                Event::Start(element) if inside_body => {
                    let namespace = element.namespace().map(|namespace| namespace.to_string()).unwrap_or_default();
                    return Ok((namespace, element.name().to_owned()));
                }
                Event::Start(element) if element.is(soap.namespace(), "Body") => inside_body = true,
                Event::Start(_) => self.skip()?,
                Event::End if inside_body => return Err(Problem::NotSoap("the body is empty")),
                Event::Eof => return Err(Problem::NotSoap("there is no body")),
                Event::End | Event::Text(_) => {}
            }
        }
    }

    /// Reads the rest of the message, so that one that is cut off or broken further on is refused.
    pub(crate) fn finish(&mut self) -> Result<(), Problem> {
        while !matches!(self.next()?, Event::Eof) {}
        Ok(())
    }

    /// Calls `each` with the name of every parameter of the operation; it reads or skips the element.
    pub(crate) fn parameters(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.fields(|input, name| {
            name.clone_into(&mut input.parameter);
            each(input, name)
        })
    }

    /// Calls `each` with the name of every child of the element that was opened last, which is closed
    /// then; `each` reads or skips the child.
    pub(crate) fn fields(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if self.leaf.take().is_some() {
            return Ok(());
        }
        let bare_ones_are_ours = self.reader.default_namespace().is_none_or(|namespace| namespace == self.namespace);
        let mut behind_tag = true;
        loop {
            if behind_tag
                && bare_ones_are_ours
                && let Some(name) = self.plain_leaf()
            {
                each(self, name)?;
                continue;
            }
            let event = self.next()?;
            behind_tag = !matches!(event, Event::Text(_));
            match event {
                Event::Start(element) if self.is_field(&element)? => each(self, element.name())?,
                Event::Start(_) => self.skip()?,
                Event::End | Event::Eof => return Ok(()),
                Event::Text(_) => {}
            }
        }
    }

    /// As [`Input::fields`], with the child itself, for those whose attributes matter.
    pub(crate) fn elements(
        &mut self,
        mut each: impl FnMut(&mut Self, &Element<'i>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if self.leaf.take().is_some() {
            return Ok(());
        }
        loop {
            match self.next()? {
                Event::Start(element) if self.is_field(&element)? => each(self, &element)?,
                Event::Start(_) => self.skip()?,
                Event::End | Event::Eof => return Ok(()),
                Event::Text(_) => {}
            }
        }
    }

    /// Calls `each` with the name of every attribute of `element` that has no prefix; it reads the value as it would read
    /// an element's, or skips it.
    pub(crate) fn attributes(
        &mut self,
        element: &Element<'_>,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|fault| self.reader.error(fault))?;
            if attribute.prefix.is_none() {
                self.leaf = Some(Cow::Owned(attribute.value.into_owned()));
                each(self, attribute.name)?;
            }
        }
        Ok(())
    }

    /// Passes over the element that was opened last.
    pub(crate) fn skip(&mut self) -> Result<(), Problem> {
        if self.leaf.take().is_some() {
            return Ok(());
        }
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

    /// The value of the element that was opened last, which is closed then.
    pub(crate) fn value<T: Wire>(&mut self) -> Result<T, Problem> {
        T::read(self)
    }

    /// Adds the values of all `item`s of an array to `values`, at most as many as `limit` says.
    pub(crate) fn list<T: Wire>(&mut self, item: &str, limit: Limit, values: &mut Vec<T>) -> Result<(), Problem> {
        self.list_of(item, limit, values, T::read)
    }

    /// As [`Input::list`], with `read` for the values.
    pub(crate) fn list_of<T>(
        &mut self,
        item: &str,
        limit: Limit,
        values: &mut Vec<T>,
        read: impl Fn(&mut Self) -> Result<T, Problem>,
    ) -> Result<(), Problem> {
        self.fields(|input, name| {
            if name != item {
                return input.skip();
            }
            if values.len() >= limit.max {
                return Err(input.too_much(limit));
            }
            values.push(read(input)?);
            Ok(())
        })
    }

    /// As [`Input::list`] for an array of `int`, of which a scan sends up to 100,000.
    pub(crate) fn revision_ids(&mut self, limit: Limit, values: &mut Vec<RevisionId>) -> Result<(), Problem> {
        if self.leaf.take().is_some() {
            return Ok(());
        }
        loop {
            match self.next()? {
                Event::Start(element) if element.name() == "int" && self.is_field(&element)? => {
                    if values.len() >= limit.max {
                        return Err(self.too_much(limit));
                    }
                    let bare = element.is_bare();
                    values.push(RevisionId::read(self)?);
                    if bare {
                        let left = limit.max - values.len();
                        self.reader.plain_numbers("int", left, |number| values.push(RevisionId(number.cast_signed())));
                    }
                }
                Event::Start(_) => self.skip()?,
                Event::End | Event::Eof => return Ok(()),
                Event::Text(_) => {}
            }
        }
    }

    /// The text of the element that was opened last, at most as long as `limit` says.
    pub(crate) fn text(&mut self, limit: Limit) -> Result<Cow<'i, str>, Problem> {
        if let Some(text) = self.leaf.take() {
            return if text.len() > limit.max { Err(self.too_much(limit)) } else { Ok(text) };
        }
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Event::Text(piece) if text.is_empty() => text = piece,
                Event::Text(piece) => text.to_mut().push_str(&piece),
                Event::Start(_) => self.skip()?,
                Event::End | Event::Eof => return Ok(text),
            }
            if text.len() > limit.max {
                return Err(self.too_much(limit));
            }
        }
    }

    /// The text of the element that was opened last, made into a value by `parse`; `what` it should be.
    pub(crate) fn parsed<T>(
        &mut self,
        what: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        let text = self.text(limits::TEXT)?;
        parse(&text).ok_or_else(|| self.malformed(&text, what))
    }

    /// The bytes written as base64 in the element that was opened last, at most as many as `limit` says.
    pub(crate) fn bytes(&mut self, limit: Limit) -> Result<Vec<u8>, Problem> {
        // Base64 takes four characters for three bytes; line breaks and indentation come on top.
        let text = self.text(Limit { max: limit.max * 2, ..limit })?;
        let bytes = crate::text::base64(&text).ok_or_else(|| self.malformed(&text, "base64"))?;
        if bytes.len() > limit.max { Err(self.too_much(limit)) } else { Ok(bytes) }
    }

    /// `value`, or the problem that `element` is missing.
    pub(crate) fn required<T>(&self, value: Option<T>, element: &'static str) -> Result<T, Problem> {
        value.ok_or_else(|| {
            // A parameter that is missing itself is the one to name.
            let parameter = if self.parameter.is_empty() { element } else { &self.parameter };
            Problem::Missing { parameter: parameter.to_owned(), element }
        })
    }

    /// `value`, or the problem that the operation's parameter `name` is missing.
    pub(crate) fn required_parameter<T>(&self, value: Option<T>, name: &'static str) -> Result<T, Problem> {
        value.ok_or_else(|| Problem::Missing { parameter: name.to_owned(), element: name })
    }

    /// The problem that `text` is not `what` it should be.
    pub(crate) fn malformed(&self, text: &str, what: &'static str) -> Problem {
        Problem::Malformed { parameter: self.parameter.clone(), text: text.chars().take(40).collect(), what }
    }

    /// Opens the child that follows if it can be read at once; its name.
    fn plain_leaf(&mut self) -> Option<&'i str> {
        let leaf = self.reader.plain_leaf(self.pieces.0)?;
        self.pieces.0 -= leaf.pieces;
        self.leaf = Some(leaf.text);
        Some(leaf.name)
    }

    /// The next event. A text full of references comes in very many pieces, each of which costs time.
    fn next(&mut self) -> Result<Event<'i>, Problem> {
        let event = self.reader.next()?;
        if matches!(event, Event::Text(_)) {
            let (left, limit) = self.pieces;
            let left = left.checked_sub(1);
            self.pieces.0 = left.ok_or_else(|| self.reader.error(Fault::TooMuch { what: "pieces of text", limit }))?;
        }
        Ok(event)
    }

    /// The problem that there is more than `limit` says.
    pub(crate) fn too_much(&self, limit: Limit) -> Problem {
        Problem::TooMuch { parameter: self.parameter.clone(), what: limit.what, limit: limit.max }
    }

    /// True unless the element is of a foreign namespace or said to be nil (`xsi:nil`), which is
    /// the same as absent. Any prefix will do: no other attribute of that name is known.
    fn is_field(&self, element: &Element<'_>) -> Result<bool, Problem> {
        let mut nil = false;
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|fault| self.reader.error(fault))?;
            if attribute.name == "nil" && attribute.prefix.is_some() {
                nil = crate::text::boolean(&attribute.value).unwrap_or(false);
            }
        }
        let ours = element.namespace().is_none_or(|namespace| **namespace == *self.namespace);
        Ok(ours && !nil)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: Limit = Limit { what: "ids", max: 12 };
    const LIMITS: Limits =
        Limits { xml: xml::Limits { bytes: 10_000, depth: 6, elements: 20, attributes: 4, namespaces: 4 }, pieces: 30 };

    /// An item of a list as clients write it, or as they might.
    fn item() -> impl Strategy<Value = String> {
        let usual = (0..100_000_u32).prop_map(|number| format!("<int>{number}</int>"));
        let digits = "[+-]?[0-9]{0,12}".prop_map(|digits| format!("<int>{digits}</int>"));
        let written_otherwise = prop::sample::select(vec![
            " ",
            "\n  ",
            "<!-- between -->",
            "<int> 5</int>",
            "<int>5\n</int>",
            "<int>&#53;</int>",
            "<int>4&#50;</int>",
            "<int><![CDATA[5]]></int>",
            "<int>5<!-- inside -->6</int>",
            "<int>5<b/></int>",
            "<int>2147483647</int>",
            "<int>2147483648</int>",
            "<int>\u{665}</int>",
            "<int>five</int>",
            "<int/>",
            "<int></int>",
            "<int >5</int>",
            "<int>5</int >",
            "<int a='1'>5</int>",
            "<int p:nil='true'>5</int>",
            "<int xmlns=''>5</int>",
            "<int xmlns='urn:foreign'>5</int>",
            "<p:int>5</p:int>",
            "<ints>5</ints>",
            "<in>5</in>",
            "5",
        ]);
        let broken =
            prop::sample::select(vec!["</int>", "<int>", "<int>5</itn>", "<int", "&nope;", "<q:int>5</q:int>"]);
        prop_oneof![12 => usual, 4 => digits, 4 => written_otherwise.prop_map(str::to_owned), 1 => broken.prop_map(str::to_owned)]
    }

    /// What a list comes to, how many elements and pieces of text are left, and what is said of the rest.
    fn outcome(
        body: &str,
        read: impl FnOnce(&mut Input<'_>, &mut Vec<RevisionId>) -> Result<(), Problem>,
    ) -> (Vec<RevisionId>, String) {
        let opened = Input::open(body.as_bytes(), &LIMITS).map_err(|(_, problem)| problem);
        let mut input = opened.expect("the envelope is right").input;
        let mut ids = Vec::new();
        let result = read(&mut input, &mut ids).and_then(|()| input.finish());
        (ids, format!("{result:?}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn a_list_of_ids_is_read_at_once_as_it_is_read_element_by_element(items in prop::collection::vec(item(), 0..24)) {
            let body = format!(
                "<e:Envelope xmlns:e='{}'><e:Body><ids xmlns='urn:x' xmlns:p='urn:x'>{}</ids></e:Body></e:Envelope>",
                SoapVersion::V11.namespace(),
                items.concat()
            );
            let at_once = outcome(&body, |input, ids| input.revision_ids(LIMIT, ids));
            let one_by_one = outcome(&body, |input, ids| input.list("int", LIMIT, ids));
            prop_assert_eq!(at_once, one_by_one, "{}", body);
        }
    }
}
