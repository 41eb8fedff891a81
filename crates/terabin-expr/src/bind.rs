//! Names to columns, types to every part: from an expression to a program.

use terabin_core::batch::DataType;
use terabin_core::source::Schema;

use crate::bound::{Bound, Constant, Operand, Place, Step};
use crate::buffer::{Buffer, Values};
use crate::display::part;
use crate::error::{TypeError, one_line};
use crate::expr::{Binary, Comparison, Expr, Function, Kind, NAMED, Unary};
use crate::kernel::{Arithmetic, Operation, Relation, apply};
use crate::near::near;
use crate::registers::allocate;

type Bind = Result<Operand, TypeError>;

/// The program of `expr` over the columns of `schema`.
pub(crate) fn bind(expr: &Expr, schema: &Schema) -> Result<Bound, TypeError> {
    let mut binder = Binder {
        expr,
        schema,
        node: 0,
        steps: Vec::new(),
        values: Vec::with_capacity(expr.nodes().len()),
    };
    let mut result = Operand::constant(Constant::Bool(false));
    for (i, node) in expr.nodes().iter().enumerate() {
        binder.node = i;
        result = binder.part(&node.kind)?;
        binder.values.push(result);
    }
    let (registers, register_types) = allocate(&binder.steps);
    Ok(Bound {
        expr: expr.clone(),
        steps: binder.steps,
        registers,
        register_types,
        result,
    })
}

struct Binder<'a> {
    expr: &'a Expr,
    schema: &'a Schema,
    /// The node that is being bound.
    node: usize,
    steps: Vec<Step>,
    /// The values of the nodes before it.
    values: Vec<Operand>,
}

impl Operand {
    fn constant(constant: Constant) -> Self {
        Self {
            place: Place::Constant(constant),
            data_type: constant.data_type(),
        }
    }

    fn as_constant(&self) -> Option<Values<'static>> {
        match self.place {
            Place::Constant(constant) => Some(constant.values()),
            _ => None,
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
            Kind::Named(name) => self.named(name),
            Kind::Column(name) => self.column(name),
            Kind::Unary(operator, operand) => self.unary(*operator, *operand),
            Kind::Binary(operator, left, right) => self.binary(*operator, *left, *right),
            Kind::Compare(first, rest) => self.comparisons(*first, rest),
            Kind::Call(function, arguments) => self.call(*function, arguments),
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

    fn unary(&mut self, operator: Unary, operand: usize) -> Bind {
        match operator {
            Unary::Not => self.logic(Operation::Not, "not", &[operand]),
            Unary::Invert => self.logic(Operation::Not, "~", &[operand]),
            Unary::Plus => self.arithmetic_operand(operand),
            Unary::Minus => {
                let value = self.arithmetic_operand(operand)?;
                if value.data_type == DataType::F64 {
                    return self.emit(Operation::Negate, &[value], DataType::F64);
                }
                let zero = Operand::constant(Constant::I64(0));
                let operation = Operation::Integer(Arithmetic::Subtract);
                self.emit(operation, &[zero, value], DataType::I64)
            }
        }
    }

    fn binary(&mut self, operator: Binary, left: usize, right: usize) -> Bind {
        let sides = [left, right];
        match operator {
            Binary::And => self.logic(Operation::And, "and", &sides),
            Binary::Or => self.logic(Operation::Or, "or", &sides),
            Binary::BitAnd => self.logic(Operation::And, "&", &sides),
            Binary::BitOr => self.logic(Operation::Or, "|", &sides),
            Binary::Add => self.arithmetic(Arithmetic::Add, sides),
            Binary::Subtract => self.arithmetic(Arithmetic::Subtract, sides),
            Binary::Multiply => self.arithmetic(Arithmetic::Multiply, sides),
            Binary::Divide => {
                let left = self.float(self.values[left])?;
                let right = self.float(self.values[right])?;
                self.emit(Operation::Divide, &[left, right], DataType::F64)
            }
        }
    }

    fn arithmetic(&mut self, operator: Arithmetic, sides: [usize; 2]) -> Bind {
        let [mut left, mut right] = sides.map(|side| self.values[side]);
        if left.data_type.is_float() || right.data_type.is_float() {
            left = self.float(left)?;
            right = self.float(right)?;
            return self.emit(Operation::Float(operator), &[left, right], DataType::F64);
        }
        left = self.number(left)?;
        right = self.number(right)?;
        self.emit(Operation::Integer(operator), &[left, right], DataType::I64)
    }

    fn comparisons(&mut self, first: usize, rest: &[(Comparison, usize)]) -> Bind {
        let mut left = self.arithmetic_operand(first)?;
        let mut all: Option<Operand> = None;
        for (operator, right) in rest {
            let right = self.arithmetic_operand(*right)?;
            let holds = self.comparison(*operator, left, right)?;
            all = Some(match all {
                None => holds,
                Some(before) => self.emit(Operation::And, &[before, holds], DataType::Bool)?,
            });
            left = right;
        }
        Ok(all.unwrap_or(left))
    }

    fn comparison(&mut self, operator: Comparison, left: Operand, right: Operand) -> Bind {
        let (relation, sides) = match operator {
            Comparison::Less => (Relation::Less, [left, right]),
            Comparison::LessEqual => (Relation::LessEqual, [left, right]),
            Comparison::Greater => (Relation::Less, [right, left]),
            Comparison::GreaterEqual => (Relation::LessEqual, [right, left]),
            Comparison::Equal => (Relation::Equal, [left, right]),
            Comparison::NotEqual => (Relation::NotEqual, [left, right]),
        };
        self.emit(Operation::Relation(relation), &sides, DataType::Bool)
    }

    fn call(&mut self, function: Function, arguments: &[usize]) -> Bind {
        match (function, arguments) {
            (Function::Abs, &[x]) => {
                let value = self.arithmetic_operand(x)?;
                match value.data_type {
                    DataType::F64 => self.emit(Operation::Absolute, &[value], DataType::F64),
                    DataType::I64 => self.emit(Operation::AbsoluteInteger, &[value], DataType::I64),
                    _ => Ok(value),
                }
            }
            (Function::Sqrt, &[x]) => {
                let value = self.float(self.values[x])?;
                self.emit(Operation::Root, &[value], DataType::F64)
            }
            (Function::IsNan, &[x]) => self.float_property(Operation::IsNan, x),
            (Function::IsFinite, &[x]) => self.float_property(Operation::IsFinite, x),
            (Function::Float64, &[x]) => self.float(self.values[x]),
            (Function::Where, &[condition, a, b]) => self.select(condition, a, b),
            // The parser has counted the arguments.
            _ => Ok(Operand::constant(Constant::Bool(false))),
        }
    }

    /// `isnan` and `isfinite`; integers and booleans have them as floats do.
    fn float_property(&mut self, operation: Operation, x: usize) -> Bind {
        let mut value = self.values[x];
        if !value.data_type.is_float() {
            value = self.float(value)?;
        }
        self.emit(operation, &[value], DataType::Bool)
    }

    fn select(&mut self, condition: usize, a: usize, b: usize) -> Bind {
        self.need_boolean("where", condition)?;
        self.need_number(self.values[a])?;
        self.need_number(self.values[b])?;
        let [condition, mut a, mut b] = [condition, a, b].map(|node| self.values[node]);
        let mut data_type = a.data_type;
        if a.data_type != b.data_type {
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

    fn logic(&mut self, operation: Operation, operator: &'static str, nodes: &[usize]) -> Bind {
        let mut operands = Vec::with_capacity(nodes.len());
        for node in nodes {
            self.need_boolean(operator, *node)?;
            operands.push(self.values[*node]);
        }
        self.emit(operation, &operands, DataType::Bool)
    }

    fn need_boolean(&self, operator: &'static str, node: usize) -> Result<(), TypeError> {
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

    /// Datetimes and texts are values of bare columns only.
    fn need_number(&self, value: Operand) -> Result<(), TypeError> {
        if value.data_type.is_number() {
            return Ok(());
        }
        let field = match value.place {
            Place::Column(index) => self.schema.fields.get(index),
            _ => None,
        };
        Err(TypeError::NotNumber {
            operand: field.map_or_else(String::new, |f| one_line(&f.name)),
            found: value.data_type,
            position: self.position(self.node),
        })
    }

    /// The value of a node as int64, uint64 or float64.
    fn arithmetic_operand(&mut self, node: usize) -> Bind {
        self.number(self.values[node])
    }

    fn number(&mut self, value: Operand) -> Bind {
        self.need_number(value)?;
        match value.data_type {
            DataType::Bool => self.emit(Operation::Convert, &[value], DataType::I64),
            DataType::F32 => self.float(value),
            _ => Ok(value),
        }
    }

    fn float(&mut self, value: Operand) -> Bind {
        self.need_number(value)?;
        match value.data_type {
            DataType::F64 => Ok(value),
            _ => self.emit(Operation::Convert, &[value], DataType::F64),
        }
    }

    /// The value as int64; a uint64 beyond it is an overflow.
    fn int64(&mut self, value: Operand) -> Bind {
        let value = self.number(value)?;
        if value.data_type == DataType::I64 {
            return Ok(value);
        }
        let zero = Operand::constant(Constant::I64(0));
        self.emit(
            Operation::Integer(Arithmetic::Add),
            &[value, zero],
            DataType::I64,
        )
    }

    /// Adds a step, or computes it now if all its operands are constant.
    fn emit(&mut self, operation: Operation, operands: &[Operand], data_type: DataType) -> Bind {
        let constants: Option<Vec<Values<'_>>> =
            operands.iter().map(Operand::as_constant).collect();
        if let Some(constants) = constants {
            return self.fold(operation, &constants, data_type);
        }
        self.steps.push(Step {
            operation,
            operands: operands.to_vec(),
            data_type,
            node: self.node,
        });
        Ok(Operand {
            place: Place::Step(self.steps.len() - 1),
            data_type,
        })
    }

    fn fold(&self, operation: Operation, operands: &[Values<'_>], data_type: DataType) -> Bind {
        let mut buffer = Buffer::new(data_type);
        buffer.prepare(data_type, 1);
        let done = apply(operation, operands, buffer.target(0..1));
        let value = done.ok().and_then(|()| buffer.first());
        value
            .map(Operand::constant)
            .ok_or_else(|| TypeError::Overflow {
                expression: part(self.expr, self.node),
                position: self.position(self.node),
            })
    }

    fn position(&self, node: usize) -> std::ops::Range<usize> {
        let node = self.expr.nodes().get(node);
        node.map_or(0..0, |node| node.position.clone())
    }
}
