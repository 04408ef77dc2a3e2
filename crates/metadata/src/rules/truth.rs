use std::fmt;

/// A value of Kleene's three-valued logic (metadata.md §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody here can tell: an unknown operator, a malformed attribute, a source that does not answer.
    Unknown,
}

/// What the [`Inventory`](super::Inventory) says when it cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown")]
pub struct Unknown;

/// An answer about a computer.
pub type Fact<T> = Result<T, Unknown>;

impl Truth {
    /// True if all are: one that is false decides, whatever is unknown. All of nothing is true.
    pub fn all(values: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::True;
        for value in values {
            match value {
                Self::False => return Self::False,
                Self::Unknown => result = Self::Unknown,
                Self::True => {}
            }
        }
        result
    }

    /// True if any is: one that is true decides, whatever is unknown. Any of nothing is false.
    pub fn any(values: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for value in values {
            match value {
                Self::True => return Self::True,
                Self::Unknown => result = Self::Unknown,
                Self::False => {}
            }
        }
        result
    }

    /// True for [`Truth::True`] only.
    pub fn is_true(self) -> bool {
        self == Self::True
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl From<Fact<bool>> for Truth {
    fn from(fact: Fact<bool>) -> Self {
        fact.map_or(Self::Unknown, Self::from)
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn truth() -> impl Strategy<Value = Truth> {
        prop_oneof![Just(Truth::True), Just(Truth::False), Just(Truth::Unknown)]
    }

    proptest! {
        #[test]
        fn de_morgan_holds(values in prop::collection::vec(truth(), 0..6)) {
            prop_assert_eq!(!Truth::all(values.clone()), Truth::any(values.iter().map(|value| !*value)));
            prop_assert_eq!(!Truth::any(values.clone()), Truth::all(values.iter().map(|value| !*value)));
        }

        #[test]
        fn order_does_not_matter(values in prop::collection::vec(truth(), 0..6)) {
            let mut reversed = values.clone();
            reversed.reverse();
            prop_assert_eq!(Truth::all(values.clone()), Truth::all(reversed.clone()));
            prop_assert_eq!(Truth::any(values), Truth::any(reversed));
        }

        #[test]
        fn nested_is_as_flat(left in prop::collection::vec(truth(), 0..4), right in prop::collection::vec(truth(), 0..4)) {
            let flat = left.iter().chain(&right).copied().collect::<Vec<_>>();
            let nested = [Truth::all(left.clone()), Truth::all(right.clone())];
            prop_assert_eq!(Truth::all(flat.clone()), Truth::all(nested));
            prop_assert_eq!(Truth::any(flat), Truth::any([Truth::any(left), Truth::any(right)]));
        }

        #[test]
        fn knowing_more_never_turns_an_answer_round(
            known in prop::collection::vec(any::<bool>(), 1..6), hidden in prop::collection::vec(any::<bool>(), 6),
        ) {
            let all = Truth::all(known.iter().map(|value| Truth::from(*value)));
            let partly = Truth::all(known.iter().zip(hidden).map(|(value, hide)| {
                if hide { Truth::Unknown } else { Truth::from(*value) }
            }));
            prop_assert!(partly == Truth::Unknown || partly == all);
        }

        #[test]
        fn twice_not_is_nothing(value in truth()) {
            prop_assert_eq!(!!value, value);
        }
    }
}
