//! Sums of products in one step, with the root that may follow.
//!
//! `x*x + y*y + z*z` is one pass over the rows in place of five; what is computed, and
//! with it every bit, is the same.

use crate::bound::{Place, Step};
use crate::buffer::{Element, Lane, Target, Values};
use crate::kernel::{Arithmetic, Done, Failure, Operation};
use crate::real::Real;

/// The most products in a step.
pub(crate) const MOST_PRODUCTS: usize = 3;

/// The steps with sums of products put together. The last stays the last.
///
/// Steps that are no longer read stay too: the caller drops them.
pub(crate) fn fuse(steps: &mut [Step]) {
    let mut readers = vec![0_usize; steps.len()];
    for operand in steps.iter().flat_map(|step| &step.operands) {
        if let Place::Step(read) = operand.place {
            readers[read] += 1;
        }
    }
    for i in 0..steps.len() {
        let (before, rest) = steps.split_at_mut(i);
        let step = &mut rest[0];
        // A step that only this one reads.
        let own = |place: Place| match place {
            Place::Step(read) if readers[read] == 1 => before.get(read),
            _ => None,
        };
        match (step.operation, step.operands.as_slice()) {
            (Operation::Float(Arithmetic::Add), [left, right]) => {
                let (Some(left), Some(right)) = (own(left.place), own(right.place)) else {
                    continue;
                };
                let operands = [left.operands.clone(), right.operands.clone()].concat();
                if is_sum(left) && is_product(right) && operands.len() <= 2 * MOST_PRODUCTS {
                    step.operation = Operation::Products { root: false };
                    step.operands = operands;
                }
            }
            (Operation::Real(Real::Root), [sum]) => {
                let Some(sum) = own(sum.place) else { continue };
                if sum.operation == (Operation::Products { root: false }) {
                    step.operation = Operation::Products { root: true };
                    step.operands.clone_from(&sum.operands);
                }
            }
            _ => {}
        }
    }
}

fn is_sum(step: &Step) -> bool {
    step.operation == Operation::Products { root: false } || is_product(step)
}

/// A product of two values that both differ by row: constants have loops of their own.
fn is_product(step: &Step) -> bool {
    let constant = |place| matches!(place, Place::Constant(_) | Place::Text(_));
    step.operation == Operation::Float(Arithmetic::Multiply)
        && !step.operands.iter().any(|operand| constant(operand.place))
}

/// Writes the sum of the products of pairs of operands, or its root.
pub(crate) fn products(operands: &[Values<'_>], root: bool, target: Target<'_>) -> Done {
    let target = f64::target(target).ok_or(Failure::Types)?;
    let mut rows: [&[f64]; 2 * MOST_PRODUCTS] = [&[]; 2 * MOST_PRODUCTS];
    for (slot, operand) in rows.iter_mut().zip(operands) {
        match f64::lane(*operand) {
            Some(Lane::Rows(values)) => *slot = values,
            _ => return Err(Failure::Types),
        }
    }
    let [x1, x2, y1, y2, z1, z2] = rows;
    let end = |sum: f64| if root { sum.sqrt() } else { sum };
    let two = x1.iter().zip(x2).zip(y1.iter().zip(y2));
    match operands.len() {
        4 => {
            for (t, ((x1, x2), (y1, y2))) in target.iter_mut().zip(two) {
                *t = end(x1 * x2 + y1 * y2);
            }
        }
        6 => {
            let three = two.zip(z1.iter().zip(z2));
            for (t, (((x1, x2), (y1, y2)), (z1, z2))) in target.iter_mut().zip(three) {
                *t = end(x1 * x2 + y1 * y2 + z1 * z2);
            }
        }
        _ => return Err(Failure::Types),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use terabin_core::batch::DataType;
    use terabin_core::source::{Field, Schema};

    use crate::kernel::Operation;
    use crate::parse;

    /// The operations of an expression of float64 columns x, y and z.
    fn operations(text: &str) -> Vec<Operation> {
        let field = |name: &str| Field {
            name: name.to_owned(),
            data_type: DataType::F64,
            units: None,
            long_name: None,
        };
        let fields = ["x", "y", "z"].map(field).to_vec();
        let bound = parse(text).unwrap().bind(&Schema { fields }).unwrap();
        bound.steps.iter().map(|step| step.operation).collect()
    }

    #[test]
    fn a_radius_is_one_step() {
        let whole = [Operation::Products { root: true }];
        assert_eq!(operations("sqrt(x*x + y*y + z*z)"), whole);
        assert_eq!(operations("sqrt(x**2 + square(y))"), whole);
        assert_eq!(operations("distance((x, y), (y, z))").len(), 3);
        assert_eq!(operations("sqrt(x*x + y*y + z*z + x*y)").len(), 4);
    }

    #[test]
    fn common_parts_are_computed_once() {
        assert_eq!(operations("exp(x + y) / (1 + exp(x + y))").len(), 4);
        assert_eq!(operations("x*x + x*x").len(), 2);
        assert_eq!(operations("x*y + y*z > x*y").len(), 4);
        assert_eq!(operations("x in (y, z, y)").len(), 4);
        // The same bits may be another number: zeros have signs.
        assert_eq!(operations("where(x > 0, x * 0.0, x * -0.0)").len(), 4);
    }

    #[test]
    fn what_the_result_does_not_need_is_not_computed() {
        assert_eq!(operations("x + y in ()"), []);
        assert_eq!(operations("where(x > 0, 1, 2)").len(), 2);
    }
}
