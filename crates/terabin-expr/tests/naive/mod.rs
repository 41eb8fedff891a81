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
    Undefined,
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
    /// `in` or `not in` a list.
    Among(bool, Box<Tree>, Vec<Tree>),
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
            Self::Among(within, a, list) => {
                let list: Vec<String> = list.iter().map(|b| b.text() + ",").collect();
                let operator = if *within { "in" } else { "not in" };
                format!("({} {operator} ({}))", a.text(), list.concat())
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
            Self::Among(within, a, list) => {
                let a = a.value(row)?;
                let list: Result<Vec<Value>, Fault> = list.iter().map(|b| b.value(row)).collect();
                let found = list?.into_iter().any(|b| compare("==", a, b));
                Ok(Value::Bool(found == *within))
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
    value.map(Value::I64).ok_or(Fault::Undefined)
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
        ("//" | "%" | "fmod", Some((_, 0))) => Err(Fault::Undefined),
        ("//", Some((a, b))) => int64(Some(a / b - i128::from(a % b != 0 && (a < 0) != (b < 0)))),
        ("%", Some((a, b))) => int64(Some((a % b + b) % b)),
        ("fmod", Some((a, b))) => int64(Some(a % b)),
        ("**", Some((a, b))) => power(a, b),
        ("//", None) => Ok(Value::F64(floor_divide(a.float(), b.float()))),
        ("%", None) => Ok(Value::F64(modulo(a.float(), b.float()))),
        ("fmod", None) => Ok(Value::F64(a.float() % b.float())),
        ("**", None) => Ok(Value::F64(constant("power", &[a.float(), b.float()]))),
        ("+", None) => Ok(Value::F64(a.float() + b.float())),
        ("-", None) => Ok(Value::F64(a.float() - b.float())),
        _ => Ok(Value::F64(a.float() * b.float())),
    }
}

fn power(a: i128, b: i128) -> Result<Value, Fault> {
    if b < 0 {
        return Err(Fault::Undefined);
    }
    if a.abs() <= 1 {
        return int64(Some(if b == 0 || a == 1 || (a == -1 && b % 2 == 0) {
            1
        } else {
            a
        }));
    }
    let mut value: i128 = 1;
    for _ in 0..b.min(64) {
        value = value.checked_mul(a).ok_or(Fault::Undefined)?;
    }
    int64(Some(value))
}

/// A function of floats by the value of a constant expression.
///
/// There is one implementation, whose values `elementary.rs` tests; here it is rows in
/// blocks that are compared with one number alone.
fn constant(function: &str, arguments: &[f64]) -> f64 {
    let literal = |v: &f64| match *v {
        v if v.is_nan() => "nan".to_owned(),
        v if v.is_infinite() => if v > 0.0 { "inf" } else { "-inf" }.to_owned(),
        v => format!("{v:?}"),
    };
    let arguments: Vec<String> = arguments.iter().map(literal).collect();
    let text = format!("{function}({})", arguments.join(", "));
    let value = terabin_expr::parse(&text).expect(&text).constant();
    value.expect(&text)
}

fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 && b != 0.0 {
        return 0.0_f64.copysign(b);
    }
    if rest * b.signum() < 0.0 {
        rest + b
    } else {
        rest
    }
}

/// `numpy.floor_divide`: the whole number next to the quotient of what the remainder leaves.
fn floor_divide(a: f64, b: f64) -> f64 {
    if b == 0.0 || a.is_nan() || b.is_nan() {
        return a / b;
    }
    let rest = a % b;
    let below = rest * b.signum() < 0.0;
    let quotient = (a - rest) / b - if below { 1.0 } else { 0.0 };
    if quotient == 0.0 {
        return 0.0_f64.copysign(a / b);
    }
    if quotient - quotient.floor() > 0.5 {
        quotient.ceil()
    } else {
        quotient.floor()
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
    let float = |v: f64| Ok(Value::F64(v));
    match name {
        "abs" => match a {
            Value::U64(_) => Ok(a),
            _ => a
                .whole()
                .map_or(Ok(Value::F64(a.float().abs())), |w| int64(Some(w.abs()))),
        },
        "sign" => match a.whole() {
            Some(whole) => int64(Some(whole.signum())),
            None if a.float() == 0.0 => float(0.0),
            None if a.float().is_nan() => float(a.float()),
            None => float(a.float().signum()),
        },
        "square" => binary("*", a, a),
        "floor" | "round" if a.whole().is_some() => unary("+", a),
        "floor" => float(a.float().floor()),
        "round" | "rint" => float(a.float().round_ties_even()),
        "sqrt" => float(a.float().sqrt()),
        "isnan" => Ok(Value::Bool(a.float().is_nan())),
        "isfinite" => Ok(Value::Bool(a.float().is_finite())),
        "isinf" => Ok(Value::Bool(a.float().is_infinite())),
        "float64" => float(a.float()),
        "float32" => Ok(single(a)),
        "int64" => truncated(a),
        "minimum" => extreme("<", a, arguments[1]),
        "maximum" => extreme(">", a, arguments[1]),
        "clip" => extreme("<", extreme(">", a, arguments[1])?, arguments[2]),
        "fmin" => {
            let (a, b) = (a.float(), arguments[1].float());
            float(if a < b || b.is_nan() { a } else { b })
        }
        "fmod" => binary("fmod", a, arguments[1]),
        "exp" | "log10" | "sin" | "tanh" | "cbrt" | "rad2deg" => {
            float(constant(name, &[a.float()]))
        }
        "arctan2" | "hypot" | "heaviside" => {
            float(constant(name, &[a.float(), arguments[1].float()]))
        }
        _ => choose(a.truth()?, arguments[1], arguments[2]),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "rounds"
)]
fn single(a: Value) -> Value {
    Value::F32(match a {
        Value::I64(v) => v as f32,
        Value::U64(v) => v as f32,
        Value::F32(v) => v,
        Value::F64(v) => v as f32,
        Value::Bool(v) => f32::from(u8::from(v)),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "whole and within i128")]
fn truncated(a: Value) -> Result<Value, Fault> {
    match a.whole() {
        Some(whole) => int64(Some(whole)),
        None if a.float().abs() < 1e30 => int64(Some(a.float().trunc() as i128)),
        None => Err(Fault::Undefined),
    }
}

/// The first value where it is NaN or stands in order, else the second.
fn extreme(order: &str, a: Value, b: Value) -> Result<Value, Fault> {
    let number = |v| unary("+", v);
    if a.whole().is_none() || b.whole().is_none() {
        let (a, b) = (a.float(), b.float());
        let first = a.is_nan() || compare(order, Value::F64(a), Value::F64(b));
        return Ok(Value::F64(if first { a } else { b }));
    }
    choose(compare(order, a, b), number(a)?, number(b)?)
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
