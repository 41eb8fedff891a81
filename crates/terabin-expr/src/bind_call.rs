//! Types and steps of calls.

use terabin_core::batch::DataType;

use crate::bind::{Bind, Binder};
use crate::bound::{Constant, Operand, Place};
use crate::display::part;
use crate::error::TypeError;
use crate::expr::Kind;
use crate::function::Function;
use crate::integer::Checked;
use crate::kernel::{Arithmetic, Operation, Property, Relation};
use crate::real::{Real, RealPair};

impl Binder<'_> {
    pub(crate) fn call(&mut self, function: Function, arguments: &[usize]) -> Bind {
        match (function, arguments) {
            (Function::Real(real), &[x]) => {
                let value = self.float(self.values[x])?;
                self.emit(Operation::Real(real), &[value], DataType::F64)
            }
            (Function::Rounding(real), &[x]) => self.number_or(x, None, real),
            (Function::Abs, &[x]) => {
                self.number_or(x, Some(Operation::AbsoluteInteger), Real::Absolute)
            }
            (Function::Sign, &[x]) => self.number_or(x, Some(Operation::SignInteger), Real::Sign),
            (Function::Square, &[x]) => {
                let value = self.arithmetic_operand(x)?;
                self.sum(Arithmetic::Multiply, value, value)
            }
            (Function::RealPair(real), &[x, y]) => self.real_pair(real, [x, y]),
            (Function::Fmod, &[x, y]) => self.checked(Checked::Fmod, RealPair::Fmod, [x, y]),
            (Function::Unary(operator), &[x]) => self.unary(operator, x),
            (Function::Binary(operator), &[x, y]) => self.binary(operator, x, y),
            (Function::Property(property), &[x]) => self.property(property, x),
            (Function::Minimum, &[x, y]) => self.least(self.values[x], self.values[y]),
            (Function::Maximum, &[x, y]) => self.greatest(self.values[x], self.values[y]),
            (Function::Clip, &[x, low, high]) => {
                let raised = self.greatest(self.values[x], self.values[low])?;
                self.least(raised, self.values[high])
            }
            (Function::Where, &[condition, a, b]) => self.select(condition, a, b),
            (Function::Cast(data_type), &[x]) => self.cast(data_type, x),
            (Function::Calendar(field), &[x]) => {
                let time = self.datetime(function.name(), x)?;
                self.emit(Operation::Calendar(field), &[time], DataType::F64)
            }
            (Function::Date, &[x]) => {
                let time = self.datetime(function.name(), x)?;
                self.emit(Operation::Day, &[time], DataType::Datetime)
            }
            (Function::Row, []) => self.emit(Operation::Row, &[], DataType::I64),
            (Function::Distance, &[p, c]) => self.distance(p, c, None),
            (Function::Distance, &[p, c, size]) => self.distance(p, c, Some(size)),
            // The parser has counted the arguments.
            _ => Ok(Operand::constant(Constant::Bool(false))),
        }
    }

    /// A function of floats that integers have in their own way; without one, they stay.
    fn number_or(&mut self, x: usize, whole: Option<Operation>, real: Real) -> Bind {
        let value = self.arithmetic_operand(x)?;
        match (value.data_type, whole) {
            (DataType::F64, _) => self.emit(Operation::Real(real), &[value], DataType::F64),
            (DataType::I64, Some(operation)) => self.emit(operation, &[value], DataType::I64),
            (DataType::U64, Some(Operation::SignInteger)) => {
                let zero = Operand::constant(Constant::I64(0));
                let sides = [zero, value];
                let above =
                    self.emit(Operation::Relation(Relation::Less), &sides, DataType::Bool)?;
                self.emit(Operation::Convert, &[above], DataType::I64)
            }
            _ => Ok(value),
        }
    }

    /// `isnan` and its like; integers and booleans have them as floats do.
    fn property(&mut self, property: Property, x: usize) -> Bind {
        let mut value = self.values[x];
        if !value.data_type.is_float() {
            value = self.float(value)?;
        }
        self.emit(Operation::Property(property), &[value], DataType::Bool)
    }

    fn least(&mut self, a: Operand, b: Operand) -> Bind {
        self.extreme(RealPair::Minimum, [a, b], [a, b])
    }

    fn greatest(&mut self, a: Operand, b: Operand) -> Bind {
        self.extreme(RealPair::Maximum, [a, b], [b, a])
    }

    /// The first of `sides` where `less` are in order, else the second.
    fn extreme(&mut self, real: RealPair, sides: [Operand; 2], less: [Operand; 2]) -> Bind {
        if sides.iter().any(|side| side.data_type.is_float()) {
            let sides = [self.float(sides[0])?, self.float(sides[1])?];
            return self.emit(Operation::RealPair(real), &sides, DataType::F64);
        }
        let less = [self.number(less[0])?, self.number(less[1])?];
        let first = self.emit(Operation::Relation(Relation::Less), &less, DataType::Bool)?;
        let [a, b] = [self.number(sides[0])?, self.number(sides[1])?];
        self.chosen(first, a, b)
    }

    fn select(&mut self, condition: usize, a: usize, b: usize) -> Bind {
        self.need_boolean("where", condition)?;
        let [condition, a, b] = [condition, a, b].map(|node| self.values[node]);
        self.chosen(condition, a, b)
    }

    /// `a` where the condition holds, else `b`, in their common type.
    fn chosen(&mut self, condition: Operand, mut a: Operand, mut b: Operand) -> Bind {
        let mut data_type = a.data_type;
        if a.data_type != b.data_type || data_type == DataType::Text {
            self.need_number(a)?;
            self.need_number(b)?;
            if a.data_type.is_float() || b.data_type.is_float() {
                data_type = DataType::F64;
                [a, b] = [self.float(a)?, self.float(b)?];
            } else {
                data_type = DataType::I64;
                [a, b] = [self.int64(a)?, self.int64(b)?];
            }
        }
        self.emit(Operation::Select, &[condition, a, b], data_type)
    }

    fn cast(&mut self, data_type: DataType, x: usize) -> Bind {
        let value = self.values[x];
        self.need_number(value)?;
        match data_type {
            DataType::I64 => self.int64(value),
            DataType::F32 if value.data_type != DataType::F32 => {
                self.emit(Operation::Convert, &[value], DataType::F32)
            }
            DataType::F32 => Ok(value),
            _ => self.float(value),
        }
    }

    /// The argument of `hour` and its like.
    fn datetime(&self, function: &'static str, node: usize) -> Bind {
        let value = self.values[node];
        if value.data_type == DataType::Datetime {
            return Ok(value);
        }
        Err(TypeError::NotDatetime {
            function,
            operand: part(self.expr, node),
            found: value.data_type,
            position: self.position(node),
        })
    }

    /// The root of the sum of squares; differences are to the nearest image in the box.
    fn distance(&mut self, p: usize, c: usize, size: Option<usize>) -> Bind {
        let (p, c) = (self.elements(p), self.elements(c));
        let sizes = size.map(|size| match self.elements(size) {
            sizes if sizes.is_empty() => vec![size; p.len()],
            sizes => sizes,
        });
        let mut sum: Option<Operand> = None;
        for (i, (p, c)) in p.iter().zip(&c).enumerate() {
            let sides = [self.float(self.values[*p])?, self.float(self.values[*c])?];
            let mut apart = self.sum(Arithmetic::Subtract, sides[0], sides[1])?;
            if let Some(size) = sizes.as_ref().and_then(|sizes| sizes.get(i)) {
                apart = self.nearest_image(apart, *size)?;
            }
            let square = self.sum(Arithmetic::Multiply, apart, apart)?;
            sum = Some(match sum {
                None => square,
                Some(before) => self.sum(Arithmetic::Add, before, square)?,
            });
        }
        let sum = sum.unwrap_or(Operand::constant(Constant::F64(0.0)));
        self.emit(Operation::Real(Real::Root), &[sum], DataType::F64)
    }

    /// `apart - size * rint(apart / size)`.
    fn nearest_image(&mut self, apart: Operand, size: usize) -> Bind {
        let value = self.float(self.values[size])?;
        if let Place::Constant(Constant::F64(number)) = value.place {
            if number <= 0.0 || number.is_nan() {
                return Err(TypeError::NotBox {
                    expression: part(self.expr, size),
                    position: self.position(size),
                });
            }
            if number.is_infinite() {
                return Ok(apart);
            }
        }
        let sides = [apart, value];
        let turns = self.emit(Operation::RealPair(RealPair::Divide), &sides, DataType::F64)?;
        let whole = self.emit(Operation::Real(Real::Round), &[turns], DataType::F64)?;
        let away = self.sum(Arithmetic::Multiply, value, whole)?;
        self.sum(Arithmetic::Subtract, apart, away)
    }

    /// The elements of a list; none of anything else.
    pub(crate) fn elements(&self, node: usize) -> Vec<usize> {
        match self.expr.nodes().get(node).map(|n| &n.kind) {
            Some(Kind::List(elements)) => elements.clone(),
            _ => Vec::new(),
        }
    }
}
