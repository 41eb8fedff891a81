//! Types and steps of comparisons.

use terabin_core::batch::DataType;

use crate::bind::{Bind, Binder};
use crate::bound::{Constant, Operand};
use crate::datetime;
use crate::error::{TypeError, one_line};
use crate::expr::Comparison;
use crate::kernel::{Operation, Relation};

impl Binder<'_> {
    /// A chain of comparisons, all of which have to hold.
    pub(crate) fn comparisons(&mut self, first: usize, rest: &[(Comparison, usize)]) -> Bind {
        let mut left = first;
        let mut all: Option<Operand> = None;
        for (operator, right) in rest {
            let holds = match operator {
                Comparison::In => self.among(left, *right)?,
                Comparison::NotIn => {
                    let among = self.among(left, *right)?;
                    self.emit(Operation::Not, &[among], DataType::Bool)?
                }
                _ => self.comparison(*operator, left, *right)?,
            };
            all = Some(match all {
                None => holds,
                Some(before) => self.emit(Operation::And, &[before, holds], DataType::Bool)?,
            });
            left = *right;
        }
        Ok(all.unwrap_or(self.values[left]))
    }

    /// Whether a value equals an element of a list.
    fn among(&mut self, value: usize, list: usize) -> Bind {
        let mut any = Operand::constant(Constant::Bool(false));
        for (i, element) in self.elements(list).into_iter().enumerate() {
            let equal = self.comparison(Comparison::Equal, value, element)?;
            any = match i {
                0 => equal,
                _ => self.emit(Operation::Or, &[any, equal], DataType::Bool)?,
            };
        }
        Ok(any)
    }

    fn comparison(&mut self, operator: Comparison, left: usize, right: usize) -> Bind {
        let (relation, exchanged) = match operator {
            Comparison::Less => (Relation::Less, false),
            Comparison::LessEqual => (Relation::LessEqual, false),
            Comparison::Greater => (Relation::Less, true),
            Comparison::GreaterEqual => (Relation::LessEqual, true),
            Comparison::NotEqual | Comparison::NotIn => (Relation::NotEqual, false),
            Comparison::Equal | Comparison::In => (Relation::Equal, false),
        };
        let mut sides = self.sides(operator, left, right)?;
        if exchanged {
            sides.reverse();
        }
        self.emit(Operation::Relation(relation), &sides, DataType::Bool)
    }

    /// Both sides in types that compare.
    fn sides(
        &mut self,
        operator: Comparison,
        left: usize,
        right: usize,
    ) -> Result<[Operand; 2], TypeError> {
        let values = [self.values[left], self.values[right]];
        let types = values.map(|v| v.data_type);
        let ordered = !matches!(
            operator,
            Comparison::Equal | Comparison::NotEqual | Comparison::In | Comparison::NotIn
        );
        match types {
            [DataType::Datetime, DataType::Datetime] => Ok(values),
            [DataType::Datetime, DataType::Text] if self.text_of(&values[1]).is_some() => {
                Ok([values[0], self.date(right)?])
            }
            [DataType::Text, DataType::Datetime] if self.text_of(&values[0]).is_some() => {
                Ok([self.date(left)?, values[1]])
            }
            [DataType::Text, DataType::Text] if !ordered => Ok(values),
            [a, b] if a.is_number() && b.is_number() => {
                Ok([self.number(values[0])?, self.number(values[1])?])
            }
            _ => Err(TypeError::NotComparable {
                operator: operator.written(),
                types,
                position: self.position(right),
            }),
        }
    }

    /// A text as the datetime that it writes.
    fn date(&self, node: usize) -> Bind {
        let text = self.text_of(&self.values[node]).unwrap_or_default();
        let time = datetime::read(text).map_err(|reason| TypeError::NotDate {
            text: one_line(text),
            reason,
            position: self.position(node),
        })?;
        Ok(Operand::constant(Constant::Datetime(time)))
    }
}
