//! Names to columns, types to every part: from an expression to a program.

use std::collections::HashMap;

use terabin_core::batch::DataType;
use terabin_core::source::Schema;

use crate::bound::{Bound, Constant, Operand, Place, Step};
use crate::buffer::{Buffer, Values};
use crate::display::part;
use crate::error::{TypeError, Undefined, one_line};
use crate::expr::{Binary, Expr, Kind, NAMED, Unary};
use crate::fuse::fuse;
use crate::integer::Checked;
use crate::kernel::{Arithmetic, Failure, Operation, apply};
use crate::near::near;
use crate::real::{Real, RealPair};
use crate::registers::allocate;
use crate::text::TextLane;

pub(crate) type Bind = Result<Operand, TypeError>;

/// The program of `expr` over the columns of `schema`.
pub(crate) fn bind(expr: &Expr, schema: &Schema) -> Result<Bound, TypeError> {
    let mut binder = Binder {
        expr,
        schema,
        node: 0,
        steps: Vec::new(),
        known: HashMap::new(),
        texts: Vec::new(),
        values: Vec::with_capacity(expr.nodes().len()),
    };
    let mut result = Operand::constant(Constant::Bool(false));
    for (i, node) in expr.nodes().iter().enumerate() {
        binder.node = i;
        result = binder.part(&node.kind)?;
        binder.values.push(result);
    }
    if let Place::Text(_) = result.place {
        binder.need_number(result)?;
    }
    let (mut steps, result) = needed(binder.steps, result);
    fuse(&mut steps);
    let (steps, result) = needed(steps, result);
    let (registers, register_types) = allocate(&steps);
    Ok(Bound {
        expr: expr.clone(),
        steps,
        registers,
        register_types,
        texts: binder.texts,
        result,
    })
}

/// The steps that the result depends on, which therefore is the last of them.
fn needed(steps: Vec<Step>, mut result: Operand) -> (Vec<Step>, Operand) {
    let mut reached = vec![false; steps.len()];
    if let Place::Step(last) = result.place {
        reached[last] = true;
    }
    for (i, step) in steps.iter().enumerate().rev() {
        if reached[i] {
            for operand in &step.operands {
                if let Place::Step(read) = operand.place {
                    reached[read] = true;
                }
            }
        }
    }
    let mut places = Vec::with_capacity(steps.len());
    let mut kept: Vec<Step> = Vec::new();
    let moved = |operand: &mut Operand, places: &[usize]| {
        if let Place::Step(read) = &mut operand.place {
            *read = places[*read];
        }
    };
    for (mut step, reached) in steps.into_iter().zip(reached) {
        places.push(kept.len());
        if reached {
            step.operands.iter_mut().for_each(|o| moved(o, &places));
            kept.push(step);
        }
    }
    moved(&mut result, &places);
    (kept, result)
}

pub(crate) struct Binder<'a> {
    pub(crate) expr: &'a Expr,
    schema: &'a Schema,
    /// The node that is being bound.
    pub(crate) node: usize,
    steps: Vec<Step>,
    /// The steps by what they compute: common parts are computed once.
    known: HashMap<(Operation, Vec<Key>, DataType), usize>,
    /// The texts among the constants.
    texts: Vec<String>,
    /// The values of the nodes before it.
    pub(crate) values: Vec<Operand>,
}

/// Where an operand comes from, so that equal ones are found.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Column(usize),
    Step(usize),
    Text(usize),
    Constant(DataType, u64),
}

impl From<&Operand> for Key {
    fn from(operand: &Operand) -> Self {
        match operand.place {
            Place::Column(index) => Self::Column(index),
            Place::Step(index) => Self::Step(index),
            Place::Text(index) => Self::Text(index),
            Place::Constant(constant) => Self::Constant(constant.data_type(), constant.bits()),
        }
    }
}

impl Operand {
    pub(crate) fn constant(constant: Constant) -> Self {
        Self {
            place: Place::Constant(constant),
            data_type: constant.data_type(),
        }
    }
}

impl Binder<'_> {
    fn part(&mut self, kind: &Kind) -> Bind {
        match kind {
            Kind::Int(value) => Ok(Operand::constant(
                i64::try_from(*value).map_or(Constant::U64(*value), Constant::I64),
            )),
            Kind::Float(value) => Ok(Operand::constant(Constant::F64(*value))),
            Kind::Bool(value) => Ok(Operand::constant(Constant::Bool(*value))),
            Kind::Text(text) => Ok(self.text(text)),
            // Its elements are used, never itself.
            Kind::List(_) => Ok(Operand::constant(Constant::Bool(false))),
            Kind::Named(name) => self.named(name),
            Kind::Column(name) => self.column(name),
            Kind::Unary(operator, operand) => self.unary(*operator, *operand),
            Kind::Binary(operator, left, right) => self.binary(*operator, *left, *right),
            Kind::Compare(first, rest) => self.comparisons(*first, rest),
            Kind::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    fn text(&mut self, text: &str) -> Operand {
        self.texts.push(text.to_owned());
        Operand {
            place: Place::Text(self.texts.len() - 1),
            data_type: DataType::Text,
        }
    }

    fn named(&self, name: &str) -> Bind {
        let known = NAMED.iter().find(|(known, _)| *known == name);
        match (self.schema.position(name), known) {
            (None, Some((_, value))) => Ok(Operand::constant(Constant::F64(*value))),
            _ => self.column(name),
        }
    }

    fn column(&self, name: &str) -> Bind {
        let found = self.schema.fields.iter().position(|f| f.name == name);
        let column = found.and_then(|i| Some((i, self.schema.fields.get(i)?)));
        let (index, field) = column.ok_or_else(|| TypeError::UnknownColumn {
            name: one_line(name),
            near: near(name, self.schema.fields.iter().map(|f| f.name.as_str())),
            position: self.position(self.node),
        })?;
        Ok(Operand {
            place: Place::Column(index),
            data_type: field.data_type,
        })
    }

    pub(crate) fn unary(&mut self, operator: Unary, operand: usize) -> Bind {
        match operator {
            Unary::Not => self.logic(Operation::Not, "not", &[operand]),
            Unary::Invert => self.logic(Operation::Not, "~", &[operand]),
            Unary::Plus => self.arithmetic_operand(operand),
            Unary::Minus => {
                let value = self.arithmetic_operand(operand)?;
                if value.data_type == DataType::F64 {
                    return self.emit(Operation::Real(Real::Negate), &[value], DataType::F64);
                }
                let zero = Operand::constant(Constant::I64(0));
                let operation = Operation::Integer(Arithmetic::Subtract);
                self.emit(operation, &[zero, value], DataType::I64)
            }
        }
    }

    pub(crate) fn binary(&mut self, operator: Binary, left: usize, right: usize) -> Bind {
        let sides = [left, right];
        match operator {
            Binary::And => self.logic(Operation::And, "and", &sides),
            Binary::Or => self.logic(Operation::Or, "or", &sides),
            Binary::BitAnd => self.logic(Operation::And, "&", &sides),
            Binary::BitOr => self.logic(Operation::Or, "|", &sides),
            Binary::Add => self.arithmetic(Arithmetic::Add, sides),
            Binary::Subtract => self.arithmetic(Arithmetic::Subtract, sides),
            Binary::Multiply => self.arithmetic(Arithmetic::Multiply, sides),
            Binary::Divide => self.real_pair(RealPair::Divide, sides),
            Binary::FloorDivide => self.checked(Checked::FloorDivide, RealPair::FloorDivide, sides),
            Binary::Modulo => self.checked(Checked::Modulo, RealPair::Modulo, sides),
            Binary::Power => self.power(sides),
        }
    }

    fn arithmetic(&mut self, operator: Arithmetic, sides: [usize; 2]) -> Bind {
        let [left, right] = sides.map(|side| self.values[side]);
        self.sum(operator, left, right)
    }

    /// `+ - *` of values: integers stay integers.
    pub(crate) fn sum(&mut self, operator: Arithmetic, left: Operand, right: Operand) -> Bind {
        if left.data_type.is_float() || right.data_type.is_float() {
            let sides = [self.float(left)?, self.float(right)?];
            return self.emit(Operation::Float(operator), &sides, DataType::F64);
        }
        let sides = [self.number(left)?, self.number(right)?];
        self.emit(Operation::Integer(operator), &sides, DataType::I64)
    }

    /// An operation that is one thing on integers and another on floats.
    pub(crate) fn checked(&mut self, whole: Checked, real: RealPair, sides: [usize; 2]) -> Bind {
        let [left, right] = sides.map(|side| self.values[side]);
        if left.data_type.is_float() || right.data_type.is_float() {
            return self.real_pair(real, sides);
        }
        let sides = [self.number(left)?, self.number(right)?];
        self.emit(Operation::Checked(whole), &sides, DataType::I64)
    }

    pub(crate) fn real_pair(&mut self, function: RealPair, sides: [usize; 2]) -> Bind {
        let [left, right] = sides.map(|side| self.values[side]);
        let sides = [self.float(left)?, self.float(right)?];
        self.emit(Operation::RealPair(function), &sides, DataType::F64)
    }

    fn power(&mut self, sides: [usize; 2]) -> Bind {
        let [base, exponent] = sides.map(|side| self.values[side]);
        let square = match exponent.place {
            Place::Constant(Constant::F64(value)) => value == 2.0,
            Place::Constant(Constant::I64(value)) => value == 2,
            _ => false,
        };
        if square && base.data_type.is_float() {
            // The same bits as the power, in one instruction.
            let base = self.float(base)?;
            return self.sum(Arithmetic::Multiply, base, base);
        }
        self.checked(Checked::Power, RealPair::Power, sides)
    }

    pub(crate) fn logic(
        &mut self,
        operation: Operation,
        operator: &'static str,
        nodes: &[usize],
    ) -> Bind {
        let mut operands = Vec::with_capacity(nodes.len());
        for node in nodes {
            self.need_boolean(operator, *node)?;
            operands.push(self.values[*node]);
        }
        self.emit(operation, &operands, DataType::Bool)
    }

    pub(crate) fn need_boolean(
        &self,
        operator: &'static str,
        node: usize,
    ) -> Result<(), TypeError> {
        let found = self.values[node].data_type;
        if found == DataType::Bool {
            return Ok(());
        }
        Err(TypeError::NotBoolean {
            operator,
            operand: part(self.expr, node),
            found,
            position: self.position(node),
        })
    }

    /// Datetimes and texts are no numbers.
    pub(crate) fn need_number(&self, value: Operand) -> Result<(), TypeError> {
        if value.data_type.is_number() {
            return Ok(());
        }
        // The child that has this value, for the message and its place.
        let node = self
            .children()
            .find(|n| Key::from(&self.values[*n]) == Key::from(&value));
        let node = node.unwrap_or(self.node);
        Err(TypeError::NotNumber {
            operand: part(self.expr, node),
            found: value.data_type,
            position: self.position(node),
        })
    }

    /// The operands of the node that is being bound.
    fn children(&self) -> impl Iterator<Item = usize> {
        let node = self.expr.nodes().get(self.node);
        node.map(|n| n.kind.children())
            .unwrap_or_default()
            .into_iter()
    }

    /// The value of a node as int64, uint64 or float64.
    pub(crate) fn arithmetic_operand(&mut self, node: usize) -> Bind {
        self.number(self.values[node])
    }

    pub(crate) fn number(&mut self, value: Operand) -> Bind {
        self.need_number(value)?;
        match value.data_type {
            DataType::Bool => self.emit(Operation::Convert, &[value], DataType::I64),
            DataType::F32 => self.float(value),
            _ => Ok(value),
        }
    }

    pub(crate) fn float(&mut self, value: Operand) -> Bind {
        self.need_number(value)?;
        match value.data_type {
            DataType::F64 => Ok(value),
            _ => self.emit(Operation::Convert, &[value], DataType::F64),
        }
    }

    /// The value as int64: an error beyond it, and for NaN; fractions are cut off.
    pub(crate) fn int64(&mut self, value: Operand) -> Bind {
        let value = self.number(value)?;
        match value.data_type {
            DataType::I64 => Ok(value),
            DataType::F64 => self.emit(Operation::Convert, &[value], DataType::I64),
            _ => {
                let zero = Operand::constant(Constant::I64(0));
                self.sum(Arithmetic::Add, value, zero)
            }
        }
    }

    /// Adds a step unless there is one like it; computes it now if all is constant.
    pub(crate) fn emit(
        &mut self,
        operation: Operation,
        operands: &[Operand],
        data_type: DataType,
    ) -> Bind {
        let constants: Option<Vec<Values<'_>>> =
            operands.iter().map(|o| self.constant(o)).collect();
        if let Some(constants) = constants
            && !operands.is_empty()
        {
            return self.fold(operation, &constants, data_type);
        }
        let keys = operands.iter().map(Key::from).collect();
        let steps = &mut self.steps;
        let at = *self
            .known
            .entry((operation, keys, data_type))
            .or_insert_with(|| {
                steps.push(Step {
                    operation,
                    operands: operands.to_vec(),
                    data_type,
                    node: self.node,
                });
                steps.len() - 1
            });
        Ok(Operand {
            place: Place::Step(at),
            data_type,
        })
    }

    fn constant(&self, operand: &Operand) -> Option<Values<'_>> {
        match operand.place {
            Place::Constant(constant) => Some(constant.values()),
            Place::Text(index) => {
                let text = self.texts.get(index)?;
                Some(Values::Text(TextLane::Constant(text)))
            }
            _ => None,
        }
    }

    /// The text of a constant.
    pub(crate) fn text_of(&self, operand: &Operand) -> Option<&str> {
        match operand.place {
            Place::Text(index) => self.texts.get(index).map(String::as_str),
            _ => None,
        }
    }

    fn fold(&self, operation: Operation, operands: &[Values<'_>], data_type: DataType) -> Bind {
        let mut buffer = Buffer::new(data_type);
        buffer.prepare(data_type, 1);
        let undefined = |why| TypeError::Undefined {
            expression: part(self.expr, self.node),
            why,
            position: self.position(self.node),
        };
        match apply(operation, operands, buffer.target(0..1)) {
            Err(Failure::Row(_, why)) => return Err(undefined(why)),
            Err(Failure::Types) => return Err(undefined(Undefined::Overflow)),
            Ok(()) => {}
        }
        let value = buffer.first().map(Operand::constant);
        value.ok_or_else(|| undefined(Undefined::Overflow))
    }

    pub(crate) fn position(&self, node: usize) -> std::ops::Range<usize> {
        let node = self.expr.nodes().get(node);
        node.map_or(0..0, |node| node.position.clone())
    }
}
