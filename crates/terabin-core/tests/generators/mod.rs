//! Values that are hard to add: one strategy for each way in which sums go wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;
use terabin_core::batch::{Column, DataType};

/// A column that owns its values.
#[derive(Clone, Debug)]
pub enum Values {
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
}

impl Values {
    pub fn column(&self) -> Column<'_> {
        match self {
            Self::I64(v) => Column::I64(v),
            Self::U64(v) => Column::U64(v),
            Self::F32(v) => Column::F32(v),
            Self::F64(v) => Column::F64(v),
            Self::Bool(v) => Column::Bool(v),
        }
    }

    pub fn data_type(&self) -> DataType {
        self.column().data_type()
    }

    /// The values of the rows in `rows`, in that order.
    pub fn pick(&self, rows: &[usize]) -> Self {
        fn of<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| values[row]).collect()
        }
        match self {
            Self::I64(v) => Self::I64(of(v, rows)),
            Self::U64(v) => Self::U64(of(v, rows)),
            Self::F32(v) => Self::F32(of(v, rows)),
            Self::F64(v) => Self::F64(of(v, rows)),
            Self::Bool(v) => Self::Bool(of(v, rows)),
        }
    }
}

/// Columns of every type and regime, empty ones and single values included.
pub fn values() -> impl Strategy<Value = Values> {
    let others = types().into_iter().map(|(_, values)| (1, values));
    let doubles = doubles().prop_map(Values::F64).boxed();
    Union::new_weighted([(10, doubles)].into_iter().chain(others).collect())
}

/// Values of each type beside doubles, by its name.
pub fn types() -> Vec<(&'static str, BoxedStrategy<Values>)> {
    let integers = prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>(), -3i64..4];
    let unsigned = prop_oneof![Just(u64::MAX), Just(0), any::<u64>()];
    let singles = any::<u32>().prop_map(f32::from_bits);
    vec![
        ("singles", vec(singles, 0..40).prop_map(Values::F32).boxed()),
        ("signed", vec(integers, 0..40).prop_map(Values::I64).boxed()),
        (
            "unsigned",
            vec(unsigned, 0..40).prop_map(Values::U64).boxed(),
        ),
        (
            "truths",
            vec(any::<bool>(), 0..40).prop_map(Values::Bool).boxed(),
        ),
    ]
}

/// Doubles of one regime, whichever.
fn doubles() -> impl Strategy<Value = Vec<f64>> {
    Union::new(regimes().into_iter().map(|(_, values)| values))
}

/// Each way in which sums of doubles go wrong, by its name.
pub fn regimes() -> Vec<(&'static str, BoxedStrategy<Vec<f64>>)> {
    vec![
        ("any bits", vec(any_bits(), 0..40).boxed()),
        ("few of any bits", vec(any_bits(), 0..2).boxed()),
        ("cancelling", cancelling().boxed()),
        ("ties", vec(tie(), 0..12).boxed()),
        ("subnormals", vec(subnormal(), 0..40).boxed()),
        ("near the largest", vec(near_max(), 0..20).boxed()),
        ("window edges", window_edges().boxed()),
        ("spills", spills().boxed()),
        ("an offset", vec(offset(), 0..40).boxed()),
        ("infinities and NaN", vec(special(), 0..12).boxed()),
    ]
}

fn offset() -> impl Strategy<Value = f64> {
    (0.0..1.0).prop_map(|noise| 1e9 + 1e-6 * noise)
}

/// Every bit pattern: all exponents alike, now and then an infinity or NaN.
fn any_bits() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

/// Large values and their negatives beside a small rest: condition 1e16 to 1e300.
fn cancelling() -> impl Strategy<Value = Vec<f64>> {
    let large = (1.0..2.0, 16i32..300).prop_map(|(x, e)| x * 10f64.powi(e));
    (vec(large, 1..12), vec(-1.0..1.0, 0..5)).prop_map(|(large, rest)| {
        let mirror: Vec<f64> = large.iter().map(|x| -x).collect();
        [large, rest, mirror].concat()
    })
}

/// Sums of these lie halfway between doubles, or just beside.
fn tie() -> impl Strategy<Value = f64> {
    let exponent = prop_oneof![
        Just(0),
        Just(1),
        Just(-53),
        Just(-54),
        Just(-106),
        Just(53),
        Just(54),
    ];
    (exponent, any::<bool>()).prop_map(|(e, minus)| if minus { -power(e) } else { power(e) })
}

fn subnormal() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(|bits| f64::from_bits(bits & (1 << 63 | ((1 << 52) - 1))))
}

fn near_max() -> impl Strategy<Value = f64> {
    (0u64..4, any::<bool>()).prop_map(|(below, minus)| {
        let x = f64::from_bits(f64::MAX.to_bits() - below);
        if minus { -x } else { x }
    })
}

/// One value that places the windows, and others around the windows' lower and upper
/// ends, with full mantissas or ending in zeros.
fn window_edges() -> impl Strategy<Value = Vec<f64>> {
    let distance = prop_oneof![
        Just(0i32),
        // Lowest bits at the lower end: of sums, of squares, and far below.
        -46i32..-36,
        -64i32..-52,
        -112i32..-88,
        // Highest bits at the upper end: of squares and of sums.
        10i32..24,
        28i32..40,
    ];
    let other = (distance, any::<u64>(), 0u32..53, any::<bool>());
    (-850i32..850, vec(other, 1..30)).prop_map(|(base, others)| {
        let others = others.into_iter().map(|(distance, bits, zeros, minus)| {
            let mantissa = (bits >> 12 | 1 << 52) >> zeros << zeros;
            let x =
                f64::from_bits(mantissa & ((1 << 52) - 1) | 1023 << 52) * power(base + distance);
            if minus { -x } else { x }
        });
        std::iter::once(power(base)).chain(others).collect()
    })
}

/// One value that places the windows, and copies of one so large that a few overflow
/// the window's words.
fn spills() -> impl Strategy<Value = Vec<f64>> {
    let distance = prop_oneof![12i32..19, 29i32..36];
    (-850i32..850, distance, 1usize..40, any::<bool>()).prop_map(|(base, distance, n, minus)| {
        let x = (2.0 - f64::EPSILON) * power(base + distance);
        let x = if minus { -x } else { x };
        std::iter::once(power(base)).chain(vec![x; n]).collect()
    })
}

fn special() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(0.0),
        Just(-0.0),
        -2.0..2.0,
    ]
}

fn power(exponent: i32) -> f64 {
    2f64.powi(exponent)
}
