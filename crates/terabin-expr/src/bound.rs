//! An expression as a program over the columns of a schema, and its memory.

use std::ops::Range;

use terabin_core::batch::{Batch, Column, DataType};

pub(crate) use crate::buffer::Constant;
use crate::buffer::{Buffer, Lane, Target, Values};
use crate::display::part;
use crate::error::EvalError;
use crate::expr::Expr;
use crate::fuse::MOST_PRODUCTS;
use crate::kernel::{Failure, Operation, apply, number, spread};
use crate::text::TextLane;

/// Rows that are taken through all steps before the next: a few buffers of so many
/// float64 stay in the nearest cache.
const BLOCK: usize = 1024;

/// An expression whose names and types are known; made by [`Expr::bind`].
///
/// Plain data without buffers: threads can share one, each with its own [`Scratch`].
#[derive(Clone, Debug)]
pub struct Bound {
    pub(crate) expr: Expr,
    pub(crate) steps: Vec<Step>,
    /// The register of every step but the last, which writes the result.
    pub(crate) registers: Vec<usize>,
    pub(crate) register_types: Vec<DataType>,
    /// The texts among the constants.
    pub(crate) texts: Vec<String>,
    pub(crate) result: Operand,
}

/// One operation of a program.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) operands: Vec<Operand>,
    pub(crate) data_type: DataType,
    /// The part of the expression that it computes, for messages.
    pub(crate) node: usize,
}

/// Where a value comes from, and its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub(crate) place: Place,
    pub(crate) data_type: DataType,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Column(usize),
    Step(usize),
    /// A text among the constants.
    Text(usize),
    Constant(Constant),
}

/// The buffers of one expression in one thread.
///
/// They grow to the largest batch and stay: after that, evaluation allocates nothing.
/// A scratch may serve another expression, at the price of new buffers.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    registers: Vec<Buffer>,
    result: Buffer,
}

impl Scratch {
    /// Empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn prepare(&mut self, bound: &Bound, rows: usize) {
        self.registers
            .resize_with(bound.register_types.len(), Buffer::default);
        for (register, data_type) in self.registers.iter_mut().zip(&bound.register_types) {
            register.prepare(*data_type, BLOCK.min(rows));
        }
        self.result.prepare(bound.data_type(), rows);
    }
}

impl Bound {
    /// The type of the values.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.result.data_type
    }

    /// The position in the schema, if the expression is a bare column.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match self.result.place {
            Place::Column(index) => Some(index),
            _ => None,
        }
    }

    /// The most bytes that a [`Scratch`] holds for batches of `rows` rows.
    ///
    /// A bare column needs none.
    #[must_use]
    pub fn scratch_bytes(&self, rows: usize) -> usize {
        if self.column().is_some() {
            return 0;
        }
        let row: usize = self.register_types.iter().map(|t| t.size()).sum();
        row * BLOCK.min(rows) + self.data_type().size() * rows
    }

    /// The value of every row of `batch`.
    ///
    /// A bare column is the batch's own slice. Anything else is written to `scratch`,
    /// which is therefore borrowed as long as the result; use one per expression.
    ///
    /// # Errors
    /// [`EvalError::Undefined`] if an operation on integers has no value in some row, also
    /// in a branch of `where` that this row does not take; [`EvalError::OtherSchema`]
    /// if the batch lacks a column or has it in another type. NaN is no error, nor is
    /// anything in a row that the batch's selection leaves out.
    ///
    /// ```
    /// use terabin_core::batch::{Batch, Column, DataType};
    /// use terabin_core::source::{Field, Schema};
    /// use terabin_expr::{Scratch, parse};
    ///
    /// let id = Field {
    ///     name: "id".to_owned(),
    ///     data_type: DataType::I64,
    ///     units: None,
    ///     long_name: None,
    /// };
    /// let bound = parse("id * id")?.bind(&Schema { fields: vec![id] })?;
    /// let columns = [Column::I64(&[3, i64::MAX])];
    /// let mut scratch = Scratch::new();
    /// let error = bound.evaluate(&Batch::new(&columns, 2, 100), &mut scratch).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "row 101: `id * id` does not fit in int64; convert an operand with float64()"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn evaluate<'a>(
        &self,
        batch: &Batch<'a>,
        scratch: &'a mut Scratch,
    ) -> Result<Column<'a>, EvalError> {
        let rows = batch.rows();
        if let Place::Column(index) = self.result.place {
            let column = batch.columns().get(index).copied();
            return column
                .filter(|c| c.data_type() == self.data_type())
                .ok_or_else(|| self.error(Failure::Types, 0, 0));
        }
        scratch.prepare(self, rows);
        if let Place::Constant(constant) = self.result.place {
            spread(constant, scratch.result.target(0..rows)).map_err(|f| self.error(f, 0, 0))?;
        }
        for start in (0..rows).step_by(BLOCK) {
            self.block(batch, start..rows.min(start + BLOCK), scratch)?;
        }
        Ok(scratch.result.column(rows))
    }

    /// The value, if it is the same for all rows of any batch.
    pub(crate) fn as_constant(&self) -> Option<Constant> {
        match self.result.place {
            Place::Constant(constant) => Some(constant),
            _ => None,
        }
    }

    /// Takes the rows of one block through all steps.
    fn block(
        &self,
        batch: &Batch<'_>,
        rows: Range<usize>,
        scratch: &mut Scratch,
    ) -> Result<(), EvalError> {
        let first_row = batch.first_row() + rows.start as u64;
        for (i, step) in self.steps.iter().enumerate() {
            let whole = 0..rows.len();
            let mut done = self.part(i, batch, &rows, whole.clone(), scratch);
            if let (Err(Failure::Row(..)), Some(selected)) = (done, batch.selection()) {
                // A row that does not count needs no value.
                let mut counting = whole.filter(|row| selected[rows.start + row]);
                done = counting.try_for_each(|row| {
                    self.part(i, batch, &rows, row..row + 1, scratch)
                        .map_err(|failure| failure.after(row))
                });
            }
            done.map_err(|failure| self.error(failure, first_row, step.node))?;
        }
        Ok(())
    }

    /// Takes the rows `part` of the block `rows` through step `i`.
    fn part(
        &self,
        i: usize,
        batch: &Batch<'_>,
        rows: &Range<usize>,
        part: Range<usize>,
        scratch: &mut Scratch,
    ) -> Result<(), Failure> {
        let in_batch = rows.start + part.start..rows.start + part.end;
        // The target is taken out, so that the other registers can be read.
        let mut taken = Buffer::default();
        let register = self.registers.get(i).copied();
        let target = if let Some(register) = register {
            std::mem::swap(&mut taken, &mut scratch.registers[register]);
            taken.target(part.clone())
        } else {
            scratch.result.target(in_batch.clone())
        };
        let step = &self.steps[i];
        let done = self.step(step, batch, &in_batch, &part, &scratch.registers, target);
        if let Some(register) = register {
            std::mem::swap(&mut taken, &mut scratch.registers[register]);
        }
        done
    }

    /// One step of the rows `rows` of the batch, which are `part` of their block.
    fn step(
        &self,
        step: &Step,
        batch: &Batch<'_>,
        rows: &Range<usize>,
        part: &Range<usize>,
        registers: &[Buffer],
        target: Target<'_>,
    ) -> Result<(), Failure> {
        let values = |operand: &Operand| -> Result<Values<'_>, Failure> {
            match operand.place {
                Place::Constant(constant) => Ok(constant.values()),
                Place::Text(index) => {
                    let text = self.texts.get(index).ok_or(Failure::Types)?;
                    Ok(Values::Text(TextLane::Constant(text)))
                }
                Place::Step(read) => {
                    let column = registers[self.registers[read]].column(part.end);
                    Ok(Values::of(column.slice(part.clone())))
                }
                Place::Column(index) => {
                    let column = batch.columns().get(index).ok_or(Failure::Types)?;
                    Ok(Values::of(column.slice(rows.clone())))
                }
            }
        };
        if step.operands.is_empty() {
            return number(batch.first_row() + rows.start as u64, target);
        }
        let mut operands = [Values::Bool(Lane::Constant(false)); 2 * MOST_PRODUCTS];
        let used = operands.get_mut(..step.operands.len());
        let used = used.ok_or(Failure::Types)?;
        for (slot, operand) in used.iter_mut().zip(&step.operands) {
            *slot = values(operand)?;
        }
        apply(step.operation, used, target)
    }

    fn error(&self, failure: Failure, first_row: u64, node: usize) -> EvalError {
        let expression = part(&self.expr, node);
        match failure {
            Failure::Types => EvalError::OtherSchema { expression },
            Failure::Row(row, why) => EvalError::Undefined {
                expression,
                why,
                row: first_row + row as u64,
            },
        }
    }
}
