use xml::{Element, Tree};

use super::{Base, Cbs, Context, Driver, Msi, Other, Truth, base, cbs, driver, logical, msi, other};
use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};
use crate::names::Class;

/// One node of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `True`.
    True,
    /// `False`.
    False,
    /// `And` of its operands; unknown without any.
    And(Vec<Self>),
    /// `Or` of its operands; unknown without any.
    Or(Vec<Self>),
    /// `Not` of its operand; unknown with any other number of them than one.
    Not(Vec<Self>),
    /// `BaseApplicabilityRules`.
    Base(Box<Base>),
    /// `MsiApplicabilityRules`.
    Msi(Box<Msi>),
    /// `CbsApplicabilityRules`.
    Cbs(Box<Cbs>),
    /// Driver rules.
    Driver(Driver),
    /// Update, mobile and Store rules.
    Other(Box<Other>),
    /// One nobody here knows, or one that is not written as it should be: kept as it is, and unknown.
    Opaque(Box<Opaque>),
}

/// An expression that is kept and not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque {
    /// All of it; names are those of a fragment, such as `b.RegSz`.
    pub element: Tree,
    /// What is wrong with it; `None` if only its name is unknown.
    pub fault: Option<DocumentFault>,
}

impl Expression {
    /// Whether it holds; without side effects, and in time proportional to its size.
    pub fn evaluate(&self, context: &Context<'_>) -> Truth {
        match self {
            Self::True => Truth::True,
            Self::False => Truth::False,
            Self::And(operands) => logical::and(operands, context),
            Self::Or(operands) => logical::or(operands, context),
            Self::Not(operands) => logical::not(operands, context),
            Self::Base(base) => base.evaluate(context),
            Self::Msi(msi) => msi.evaluate(context),
            Self::Cbs(cbs) => cbs.evaluate(context),
            Self::Driver(driver) => driver.evaluate(context),
            Self::Other(other) => other.evaluate(context),
            Self::Opaque(_) => Truth::Unknown,
        }
    }

    /// The expressions directly inside.
    pub fn operands(&self) -> &[Self] {
        match self {
            Self::And(operands) | Self::Or(operands) | Self::Not(operands) => operands,
            Self::Base(base) => base.body(),
            _ => &[],
        }
    }
}

/// Reads the rest of the expression that `element` opens.
pub(crate) fn read(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Expression, DocumentError> {
    cursor.count_expression()?;
    match cursor.name(element) {
        (Class::Plain, "And") => return Ok(Expression::And(operands(cursor)?)),
        (Class::Plain, "Or") => return Ok(Expression::Or(operands(cursor)?)),
        (Class::Plain, "Not") => return Ok(Expression::Not(operands(cursor)?)),
        (Class::Base, "RegKeyLoop") => return read_loop(cursor, element),
        (Class::Msi, name) if msi::has_children(name) => return read_msi_list(cursor, element),
        _ => {}
    }
    match leaf(cursor, element)? {
        Some(Ok(expression)) => cursor.skip().map(|()| expression),
        Some(Err(fault)) => opaque(cursor, element, Some(fault)),
        None => opaque(cursor, element, None),
    }
}

/// The expression that a start tag alone says; `None` if nobody here knows its name.
fn leaf(
    cursor: &Cursor<'_>,
    element: &Element<'_>,
) -> Result<Option<Result<Expression, DocumentFault>>, DocumentError> {
    let attributes = cursor.attributes(element)?;
    let (class, name) = cursor.name(element);
    Ok(match class {
        Class::Base => base::read(name, &attributes).map(|read| read.map(|base| Expression::Base(Box::new(base)))),
        Class::Msi => msi::read(name, &attributes).map(|read| read.map(|msi| Expression::Msi(Box::new(msi)))),
        Class::Driver => driver::read(name).map(|driver| Ok(Expression::Driver(driver))),
        Class::Plain => logical::read(name).map(Ok).or_else(|| {
            cbs::read(name, &attributes).map(|read| read.map(|cbs| Expression::Cbs(Box::new(cbs)))).or_else(|| {
                other::read(name, &attributes).map(|read| read.map(|other| Expression::Other(Box::new(other))))
            })
        }),
    })
}

fn operands(cursor: &mut Cursor<'_>) -> Result<Vec<Expression>, DocumentError> {
    let mut operands = Vec::new();
    cursor.children(|cursor, element| {
        operands.push(read(cursor, element)?);
        Ok(())
    })?;
    Ok(operands)
}

fn read_loop(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Expression, DocumentError> {
    let head = base::read_loop(&cursor.attributes(element)?);
    match head {
        Ok((key, true_if)) => {
            let body = operands(cursor)?;
            Ok(Expression::Base(Box::new(Base::RegKeyLoop { key, true_if, body })))
        }
        Err(fault) => opaque(cursor, element, Some(fault)),
    }
}

fn read_msi_list(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Expression, DocumentError> {
    let tree = cursor.core_tree(element)?;
    Ok(match msi::read_list(&tree) {
        Ok(msi) => Expression::Msi(Box::new(msi)),
        Err(fault) => Expression::Opaque(Box::new(Opaque { element: tree, fault: Some(fault) })),
    })
}

fn opaque(
    cursor: &mut Cursor<'_>,
    element: &Element<'_>,
    fault: Option<DocumentFault>,
) -> Result<Expression, DocumentError> {
    Ok(Expression::Opaque(Box::new(Opaque { element: cursor.core_tree(element)?, fault })))
}
