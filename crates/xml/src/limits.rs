/// What a document may cost before its meaning is read.
///
/// Shape: plain numbers; each is the largest value still accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the whole text, in bytes.
    pub bytes: usize,
    /// Open elements at any one time.
    pub depth: usize,
    /// Elements in the whole text.
    pub elements: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace bindings in force at any one time.
    pub namespaces: usize,
}
