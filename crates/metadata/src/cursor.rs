use std::borrow::Cow;

use xml::{Element, Event, Limits, Node, Reader, Tree};

use crate::attributes::Attributes;
use crate::error::{DocumentError, DocumentFault, cut, place};
use crate::fragments::Writer;
use crate::limits::{EXPRESSIONS_MAX, TREE_ELEMENTS_MAX};
use crate::names::{Class, Dialect, keeps_declaration};

/// What [`Cursor::next`] found.
pub(crate) enum Step<'i> {
    Open(Element<'i>),
    /// A whole run of text that is more than white space.
    Text(Cow<'i, str>),
    /// The innermost open element closes, or the text ends.
    Close,
}

/// One pass over a text: whoever reads an element through it also writes it to the fragment that is on.
///
/// White space between elements is dropped, as native does.
pub(crate) struct Cursor<'i> {
    text: &'i str,
    dialect: Dialect,
    reader: Reader<'i>,
    /// The event behind a run of text.
    ahead: Option<Event<'i>>,
    writer: Option<Writer>,
    /// Behind the start tag that was read last.
    offset: usize,
    expressions: usize,
    tree_elements: usize,
}

impl<'i> Cursor<'i> {
    pub(crate) fn new(text: &'i str, dialect: Dialect, limits: &Limits) -> Result<Self, DocumentError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let reader = Reader::new(text, limits)?;
        Ok(Self { text, dialect, reader, ahead: None, writer: None, offset: 0, expressions: 0, tree_elements: 0 })
    }

    /// Reads the start tag of the root, which must be `name`.
    pub(crate) fn root(&mut self, name: &'static str) -> Result<Element<'i>, DocumentError> {
        let Step::Open(root) = self.next()? else {
            return Err(self.fault(DocumentFault::Xml(xml::Fault::Truncated)));
        };
        if self.own_name(&root) == name {
            return Ok(root);
        }
        let namespace = root.namespace().map_or("no namespace", |namespace| &**namespace);
        let found = cut(&format!("{} in {namespace}", root.name()));
        Err(self.fault(DocumentFault::WrongRoot { found, wanted: name }))
    }

    /// Reads what follows the root, which may be nothing.
    pub(crate) fn finish(&mut self) -> Result<(), DocumentError> {
        self.next().map(drop)
    }

    pub(crate) fn next(&mut self) -> Result<Step<'i>, DocumentError> {
        let event = match self.ahead.take() {
            Some(event) => event,
            None => self.reader.next()?,
        };
        match event {
            Event::Start(element) => {
                self.offset = element.offset();
                if self.writer.is_some() {
                    self.write_start(&element)?;
                }
                Ok(Step::Open(element))
            }
            Event::Text(text) => self.run_of_text(text),
            Event::End => {
                if let Some(writer) = &mut self.writer {
                    writer.close();
                }
                Ok(Step::Close)
            }
            Event::Eof => Ok(Step::Close),
        }
    }

    fn run_of_text(&mut self, first: Cow<'i, str>) -> Result<Step<'i>, DocumentError> {
        let mut run = first;
        loop {
            match self.reader.next()? {
                Event::Text(piece) => run.to_mut().push_str(&piece),
                other => {
                    self.ahead = Some(other);
                    break;
                }
            }
        }
        if run.trim_ascii().is_empty() {
            return self.next();
        }
        if let Some(writer) = &mut self.writer {
            writer.text(&run);
        }
        Ok(Step::Text(run))
    }

    /// Calls `each` for every child of the element that was opened last; `each` must read the child to its end.
    pub(crate) fn children(
        &mut self,
        mut each: impl FnMut(&mut Self, &Element<'i>) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        loop {
            match self.next()? {
                Step::Open(element) => each(self, &element)?,
                Step::Text(_) => {}
                Step::Close => return Ok(()),
            }
        }
    }

    /// Passes over the rest of the element that was opened last.
    pub(crate) fn skip(&mut self) -> Result<(), DocumentError> {
        let mut open = 1_usize;
        while open > 0 {
            match self.next()? {
                Step::Open(_) => open += 1,
                Step::Close => open -= 1,
                Step::Text(_) => {}
            }
        }
        Ok(())
    }

    /// The text of the element that was opened last, which is read to its end; child elements are passed over.
    pub(crate) fn text(&mut self) -> Result<Cow<'i, str>, DocumentError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Step::Text(run) if text.is_empty() => text = run,
                Step::Text(run) => text.to_mut().push_str(&run),
                Step::Open(_) => self.skip()?,
                Step::Close => return Ok(text),
            }
        }
    }

    /// The rest of `element`, which was opened last, as a tree; names are those of a core fragment.
    ///
    /// Recursion is bounded by the reader's depth, the size by [`TREE_ELEMENTS_MAX`].
    pub(crate) fn core_tree(&mut self, element: &Element<'_>) -> Result<Tree, DocumentError> {
        let (class, name) = self.name(element);
        self.tree(element, format!("{}{name}", class.prefix()), Self::core_tree)
    }

    /// As [`Cursor::core_tree`]; names are those of an extended fragment.
    pub(crate) fn extended_tree(&mut self, element: &Element<'_>) -> Result<Tree, DocumentError> {
        self.tree(element, element.name().to_owned(), Self::extended_tree)
    }

    fn tree(
        &mut self,
        element: &Element<'_>,
        name: String,
        read_child: fn(&mut Self, &Element<'_>) -> Result<Tree, DocumentError>,
    ) -> Result<Tree, DocumentError> {
        self.tree_elements += 1;
        if self.tree_elements > TREE_ELEMENTS_MAX {
            let what = "elements inside unknown ones";
            return Err(self.fault(DocumentFault::TooMuch { what, limit: TREE_ELEMENTS_MAX }));
        }
        let mut tree = Tree { name, ..Tree::default() };
        for (name, value) in self.attributes(element)?.iter() {
            tree.attributes.push((name.to_owned(), value.to_owned()));
        }
        loop {
            match self.next()? {
                Step::Open(child) => tree.children.push(Node::Element(read_child(self, &child)?)),
                Step::Text(text) => tree.children.push(Node::Text(text.into_owned())),
                Step::Close => return Ok(tree),
            }
        }
    }

    /// Counts one expression of the rules against [`EXPRESSIONS_MAX`].
    pub(crate) fn count_expression(&mut self) -> Result<(), DocumentError> {
        self.expressions += 1;
        if self.expressions > EXPRESSIONS_MAX {
            return Err(self.fault(DocumentFault::TooMuch { what: "expressions", limit: EXPRESSIONS_MAX }));
        }
        Ok(())
    }

    pub(crate) fn name<'e>(&self, element: &'e Element<'_>) -> (Class, &'e str) {
        self.dialect.name(element)
    }

    pub(crate) fn core_name<'e>(&self, element: &'e Element<'_>) -> &'e str {
        self.dialect.core_name(element)
    }

    pub(crate) fn extended_name<'e>(&self, element: &'e Element<'_>) -> &'e str {
        self.dialect.extended_name(element)
    }

    pub(crate) fn own_name<'e>(&self, element: &'e Element<'_>) -> &'e str {
        self.dialect.own_name(element)
    }

    pub(crate) fn attributes<'e>(&self, element: &'e Element<'_>) -> Result<Attributes<'e>, DocumentError> {
        self.place(Attributes::of(self.name(element).1, element))
    }

    /// Gives a fault the place of the element that was opened last.
    pub(crate) fn fault(&self, fault: DocumentFault) -> DocumentError {
        self.fault_at(self.offset, fault)
    }

    /// Gives a fault the place of the element whose start tag ends at `offset`.
    pub(crate) fn fault_at(&self, offset: usize, fault: DocumentFault) -> DocumentError {
        let (line, column) = place(self.text, offset);
        DocumentError { fault, line, column }
    }

    /// As [`Cursor::fault`], for a result.
    pub(crate) fn place<T>(&self, result: Result<T, DocumentFault>) -> Result<T, DocumentError> {
        result.map_err(|fault| self.fault(fault))
    }

    /// Switches a fragment on; all that is read from here is written to it.
    pub(crate) fn write_to(&mut self, writer: Writer) {
        self.writer = Some(writer);
    }

    /// Switches a fragment on, which continues with the start tag of `element`, which was opened last.
    pub(crate) fn write_from(&mut self, element: &Element<'_>, writer: Writer) -> Result<(), DocumentError> {
        self.writer = Some(writer);
        self.write_start(element)
    }

    /// Switches the fragment off, and returns it.
    pub(crate) fn written(&mut self) -> String {
        self.writer.take().unwrap_or_default().into_text()
    }

    /// Where the start tag of the innermost open element stands in the fragment that is on.
    pub(crate) fn opened_at(&self) -> Option<usize> {
        self.writer.as_ref().and_then(Writer::opened_at)
    }

    /// What has been written to the fragment that is on, from `at` on.
    pub(crate) fn written_from(&self, at: Option<usize>) -> String {
        at.and_then(|at| self.writer.as_ref()?.written_from(at)).unwrap_or_default().to_owned()
    }

    /// Reads the element that was opened last to its end with `read`, writing nothing of what it holds.
    pub(crate) fn unwritten<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DocumentError>,
    ) -> Result<T, DocumentError> {
        let writer = self.writer.take();
        let result = read(self);
        self.writer = writer;
        if let Some(writer) = &mut self.writer {
            writer.close();
        }
        result
    }

    fn write_start(&mut self, element: &Element<'_>) -> Result<(), DocumentError> {
        let (class, name) = self.dialect.name(element);
        let declaration = if keeps_declaration(element) {
            element.declared_default_namespace().map(|uri| (self.attributes_before_declaration(), uri))
        } else {
            None
        };
        let attributes = self.attributes(element)?;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        if writer.has_classes() {
            writer.open(class.prefix(), name);
        } else {
            writer.open("", element.name());
        }
        for (index, (name, value)) in attributes.iter().enumerate() {
            if let Some((_, uri)) = declaration.as_ref().filter(|(before, _)| *before == index) {
                writer.attribute("xmlns", uri);
            }
            writer.attribute(name, value);
        }
        if let Some((_, uri)) = declaration.filter(|(before, _)| *before >= attributes.len()) {
            writer.attribute("xmlns", &uri);
        }
        Ok(())
    }

    /// How many attributes stand before `xmlns="…"` in the start tag that was read last.
    ///
    /// A tag with attributes that [`Attributes`] passes over may be told wrong: their order is no more than looks.
    fn attributes_before_declaration(&self) -> usize {
        let read = self.text.get(..self.offset).unwrap_or_default();
        let tag = &read[read.rfind('<').unwrap_or(0)..];
        let mut before = 0;
        let mut rest = tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
        while let Some((name, value)) = rest.split_once('=') {
            let name = name.trim();
            if name == "xmlns" {
                break;
            }
            if !name.starts_with("xmlns:") {
                before += 1;
            }
            let value = value.trim_start();
            let Some(quote) = value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { break };
            rest = value[1..].split_once(quote).map_or("", |(_, rest)| rest);
        }
        before
    }
}
