//! `LogicalApplicabilityRules` (metadata.md §5.1).

use super::{Context, Expression, Truth};

/// The constants; the operators are read where expressions are.
pub(super) fn read(name: &str) -> Option<Expression> {
    match name {
        "True" => Some(Expression::True),
        "False" => Some(Expression::False),
        _ => None,
    }
}

/// An `And` of nothing is malformed, not true.
pub(super) fn and(operands: &[Expression], context: &Context<'_>) -> Truth {
    if operands.is_empty() {
        return Truth::Unknown;
    }
    Truth::all(operands.iter().map(|operand| operand.evaluate(context)))
}

/// An `Or` of nothing is malformed, not false.
pub(super) fn or(operands: &[Expression], context: &Context<'_>) -> Truth {
    if operands.is_empty() {
        return Truth::Unknown;
    }
    Truth::any(operands.iter().map(|operand| operand.evaluate(context)))
}

pub(super) fn not(operands: &[Expression], context: &Context<'_>) -> Truth {
    match operands {
        [operand] => !operand.evaluate(context),
        _ => Truth::Unknown,
    }
}
