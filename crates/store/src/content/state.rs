//! The numbers of the states of a file.

/// As it was promised, and given away.
pub(super) const HELD: i16 = 0;
/// No longer what it was promised to be.
pub(super) const QUARANTINED: i16 = 1;
/// As it was promised, and given to nobody.
pub(super) const WITHHELD: i16 = 2;
/// As it was promised, and nobody has looked yet who signed it.
pub(super) const UNJUDGED: i16 = 3;
