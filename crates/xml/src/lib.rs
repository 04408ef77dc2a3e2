//! XML on hostile input: a bounded, namespace-aware pull reader, a small tree, and escaping.
//!
//! Everything that parses XML in this project goes through [`Reader`]: it refuses DTDs, unknown
//! entities and control characters, and counts bytes, depth, elements, attributes and namespace
//! bindings against named [`Limits`] before any meaning is read. Prefixes and declarations never
//! reach a caller as meaning: elements are told apart by namespace and local name.

mod at_once;
mod element;
mod error;
mod escape;
mod limits;
mod name;
mod reader;
mod text;
mod tree;

pub use at_once::Leaf;
pub use element::{Attribute, Element};
pub use error::{Error, Fault};
pub use escape::{escape_attribute, escape_text, escaped_text};
pub use limits::Limits;
pub use reader::{Event, Reader};
pub use tree::{Node, Tree};
