use std::sync::Arc;

use crate::{Element, Error, Event, Reader};

/// An element with all it holds, for the small parts of a document that are looked at more than once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// The namespace the element is in, if any.
    pub namespace: Option<Arc<str>>,
    /// The local name.
    pub name: String,
    /// Local names and unescaped values, in document order, without namespace declarations.
    pub attributes: Vec<(String, String)>,
    /// What stands inside, in document order.
    pub children: Vec<Node>,
}

/// One thing inside an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A child element.
    Element(Tree),
    /// A run of text, unescaped.
    Text(String),
}

impl Tree {
    /// Reads the rest of the element whose start tag `start` was just returned by `reader`.
    ///
    /// Depth is bounded by the reader's limits, and so is the recursion.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn read(reader: &mut Reader<'_>, start: &Element<'_>) -> Result<Self, Error> {
        let mut tree = Self { namespace: start.namespace().cloned(), name: start.name().to_owned(), ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|fault| reader.error(fault))?;
            tree.attributes.push((attribute.name.to_owned(), attribute.value.into_owned()));
        }
        loop {
            match reader.next()? {
                Event::Start(child) => tree.children.push(Node::Element(Self::read(reader, &child)?)),
                Event::Text(text) => match tree.children.last_mut() {
                    Some(Node::Text(before)) => before.push_str(&text),
                    _ => tree.children.push(Node::Text(text.into_owned())),
                },
                Event::End | Event::Eof => return Ok(tree),
            }
        }
    }

    /// The value of the attribute `name`, if there is one.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }

    /// The child elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child element with the local name `name`, whatever its namespace.
    pub fn element(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// All text directly inside, joined.
    pub fn text(&self) -> String {
        let texts = self.children.iter().filter_map(|child| match child {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        texts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn a_tree_keeps_order_text_and_attributes() {
        let limits = Limits { bytes: 1000, depth: 8, elements: 20, attributes: 8, namespaces: 8 };
        let mut reader = Reader::new("<a x='1'>t&amp;u<b y='2'/>v</a>", &limits).unwrap();
        let Event::Start(start) = reader.next().unwrap() else { panic!("no element") };
        let tree = Tree::read(&mut reader, &start).unwrap();
        assert_eq!(tree.attribute("x"), Some("1"));
        assert_eq!(tree.text(), "t&uv");
        assert_eq!(tree.element("b").unwrap().attribute("y"), Some("2"));
        assert_eq!(tree.children.len(), 3);
    }
}
