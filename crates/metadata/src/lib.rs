//! Update documents: parse, relations, fragments, applicability rules and their evaluation.
