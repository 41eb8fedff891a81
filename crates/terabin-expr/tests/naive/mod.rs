//! The definition of the language: one row at a time, as plainly as possible.

use std::cmp::Ordering;

/// One value with its type.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    I64(i64),
    U64(u64),
    F32(f32),
    F64(f64),
    Bool(bool),
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    NotBoolean,
    Overflow,
}

/// A tree that writes itself with all its parentheses.
#[derive(Clone, Debug)]
pub enum Tree {
    Literal(&'static str, Value),
    Column(&'static str, usize),
    Unary(&'static str, Box<Tree>),
    Binary(&'static str, Box<Tree>, Box<Tree>),
    Chain(Box<Tree>, Vec<(&'static str, Tree)>),
    Call(&'static str, Vec<Tree>),
}

impl Tree {
    pub fn text(&self) -> String {
        match self {
            Self::Literal(text, _) | Self::Column(text, _) => (*text).to_owned(),
            Self::Unary(operator, a) => format!("({operator} {})", a.text()),
            Self::Binary(operator, a, b) => format!("({} {operator} {})", a.text(), b.text()),
            Self::Chain(first, rest) => {
                let rest: Vec<String> = rest
                    .iter()
                    .map(|(o, b)| format!(" {o} {}", b.text()))
                    .collect();
                let rest = rest.concat();
                format!("({}{rest})", first.text())
            }
            Self::Call(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(Self::text).collect();
                format!("{name}({})", arguments.join(", "))
            }
        }
    }

    pub fn value(&self, row: &[Value]) -> Result<Value, Fault> {
        match self {
            Self::Literal(_, value) => Ok(*value),
            Self::Column(_, index) => Ok(row[*index]),
            Self::Unary(operator, a) => unary(operator, a.value(row)?),
            Self::Binary(operator, a, b) => binary(operator, a.value(row)?, b.value(row)?),
            Self::Chain(first, rest) => {
                let mut left = first.value(row)?;
                let mut all = true;
                for (operator, right) in rest {
                    let right = right.value(row)?;
                    all &= compare(operator, left, right);
                    left = right;
                }
                Ok(Value::Bool(all))
            }
            Self::Call(name, arguments) => {
                let values: Result<Vec<Value>, Fault> =
                    arguments.iter().map(|a| a.value(row)).collect();
                call(name, &values?)
            }
        }
    }
}

impl Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "rounded to nearest by definition"
    )]
    pub fn float(self) -> f64 {
        match self {
            Self::I64(v) => v as f64,
            Self::U64(v) => v as f64,
            Self::F32(v) => f64::from(v),
            Self::F64(v) => v,
            Self::Bool(v) => f64::from(u8::from(v)),
        }
    }

    fn whole(self) -> Option<i128> {
        match self {
            Self::I64(v) => Some(v.into()),
            Self::U64(v) => Some(v.into()),
            Self::Bool(v) => Some(v.into()),
            Self::F32(_) | Self::F64(_) => None,
        }
    }

    fn truth(self) -> Result<bool, Fault> {
        match self {
            Self::Bool(v) => Ok(v),
            _ => Err(Fault::NotBoolean),
        }
    }
}

fn int64(value: Option<i128>) -> Result<Value, Fault> {
    let value = value.and_then(|v| i64::try_from(v).ok());
    value.map(Value::I64).ok_or(Fault::Overflow)
}

fn unary(operator: &str, a: Value) -> Result<Value, Fault> {
    match (operator, a, a.whole()) {
        ("not" | "~", ..) => Ok(Value::Bool(!a.truth()?)),
        ("-", _, Some(whole)) => int64(Some(-whole)),
        ("-", ..) => Ok(Value::F64(-a.float())),
        (_, Value::Bool(v), _) => Ok(Value::I64(v.into())),
        (_, Value::I64(_) | Value::U64(_), _) => Ok(a),
        _ => Ok(Value::F64(a.float())),
    }
}

fn binary(operator: &str, a: Value, b: Value) -> Result<Value, Fault> {
    let whole = a.whole().zip(b.whole());
    match (operator, whole) {
        ("and" | "&", _) => Ok(Value::Bool(a.truth()? & b.truth()?)),
        ("or" | "|", _) => Ok(Value::Bool(a.truth()? | b.truth()?)),
        ("/", _) => Ok(Value::F64(a.float() / b.float())),
        ("+", Some((a, b))) => int64(a.checked_add(b)),
        ("-", Some((a, b))) => int64(a.checked_sub(b)),
        ("*", Some((a, b))) => int64(a.checked_mul(b)),
        ("+", None) => Ok(Value::F64(a.float() + b.float())),
        ("-", None) => Ok(Value::F64(a.float() - b.float())),
        _ => Ok(Value::F64(a.float() * b.float())),
    }
}

fn compare(operator: &str, a: Value, b: Value) -> bool {
    let order = match (a.whole(), b.whole()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        (Some(a), None) => order_of(a, b.float()),
        (None, Some(b)) => order_of(b, a.float()).map(Ordering::reverse),
        (None, None) => a.float().partial_cmp(&b.float()),
    };
    match operator {
        "<" => order == Some(Ordering::Less),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">" => order == Some(Ordering::Greater),
        ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        "==" => order == Some(Ordering::Equal),
        _ => order != Some(Ordering::Equal),
    }
}

/// An integer against a float: first the whole part, then the fraction.
#[expect(clippy::cast_possible_truncation, reason = "whole and clamped")]
fn order_of(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    let floor = float.floor().clamp(-1e30, 1e30);
    let fraction = float > floor && float.is_finite();
    let order = integer.cmp(&(floor as i128));
    Some(if order == Ordering::Equal && fraction {
        Ordering::Less
    } else {
        order
    })
}

fn call(name: &str, arguments: &[Value]) -> Result<Value, Fault> {
    let a = arguments[0];
    match name {
        "abs" => match a {
            Value::U64(_) => Ok(a),
            _ => a
                .whole()
                .map_or(Ok(Value::F64(a.float().abs())), |w| int64(Some(w.abs()))),
        },
        "sqrt" => Ok(Value::F64(a.float().sqrt())),
        "isnan" => Ok(Value::Bool(a.float().is_nan())),
        "isfinite" => Ok(Value::Bool(a.float().is_finite())),
        "float64" => Ok(Value::F64(a.float())),
        _ => choose(a.truth()?, arguments[1], arguments[2]),
    }
}

fn choose(condition: bool, a: Value, b: Value) -> Result<Value, Fault> {
    let chosen = if condition { a } else { b };
    if std::mem::discriminant(&a) == std::mem::discriminant(&b) {
        return Ok(chosen);
    }
    match (a.whole(), b.whole()) {
        (Some(a), Some(b)) => {
            // Both sides are converted before one is chosen.
            let (a, b) = (int64(Some(a))?, int64(Some(b))?);
            Ok(if condition { a } else { b })
        }
        _ => Ok(Value::F64(chosen.float())),
    }
}
