/// What an update document may cost: 64 MB, which the largest one known (46.9 MB) fits into.
///
/// The depth bounds the recursion of every parser and evaluator of this crate; real documents stay below 30.
pub const LIMITS: xml::Limits =
    xml::Limits { bytes: 64 << 20, depth: 100, elements: 2_000_000, attributes: 256, namespaces: 256 };

/// What a fragment may cost: never less than 256 MiB (`native-behaviour` §7).
pub const FRAGMENT_LIMITS: xml::Limits =
    xml::Limits { bytes: 256 << 20, depth: 100, elements: 4_000_000, attributes: 256, namespaces: 256 };

/// Expressions in the rules of one document.
pub const EXPRESSIONS_MAX: usize = 100_000;

/// Elements of one document that are kept as a tree because nobody here knows them.
pub const TREE_ELEMENTS_MAX: usize = 20_000;
