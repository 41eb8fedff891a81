//! Numbers of bins by rule, and edges at quantiles.

use serde::{Deserialize, Serialize};
use terabin_core::moment_statistic::{Measure, MomentStatistic};
use terabin_core::order::{Level, QuantileOf};
use terabin_core::statistic::{Number, Statistic};

/// How statistics of the finite values make bins.
///
/// The rules are those of `numpy.histogram_bin_edges`, in the same operations on doubles;
/// the statistics that go in are correctly rounded, where NumPy's have errors of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinRule {
    /// The narrower of Sturges' bins and those of Freedman and Diaconis, which are not
    /// narrower than half of those of the square root.
    Auto,
    /// Freedman and Diaconis: from the interquartile range.
    Fd,
    /// Doane: Sturges' rule with the skewness.
    Doane,
    /// Scott: from the standard deviation.
    Scott,
    /// Rice: twice the cube root of the number of values.
    Rice,
    /// The square root of the number of values.
    Sqrt,
    /// Sturges: one more than the binary logarithm of the number of values.
    Sturges,
    /// Edges at `numpy.quantile` of levels in equal steps, equal edges made one.
    Quantiles {
        /// Number of bins, where no two edges are equal.
        bins: u64,
    },
}

/// The bins that a rule makes at most, and quantiles that may be asked for.
pub(crate) const MOST_BINS: u64 = 65_536;

/// The rules by name.
const NAMES: [(&str, BinRule); 7] = [
    ("auto", BinRule::Auto),
    ("fd", BinRule::Fd),
    ("doane", BinRule::Doane),
    ("scott", BinRule::Scott),
    ("rice", BinRule::Rice),
    ("sqrt", BinRule::Sqrt),
    ("sturges", BinRule::Sturges),
];

impl BinRule {
    /// The rule of this name; None for other words.
    pub(crate) fn named(word: &str) -> Option<Self> {
        let found = NAMES.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, rule)| rule)
    }

    /// The names of the rules.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().map(|(name, _)| name)
    }

    pub(crate) fn name(self) -> &'static str {
        let found = NAMES.into_iter().find(|(_, rule)| *rule == self);
        found.map_or("quantile", |(name, _)| name)
    }

    /// The statistics of the value at position 0 that this needs.
    pub(crate) fn statistics(self) -> Vec<Statistic> {
        let mut all = vec![Statistic::Count, Statistic::Min(0), Statistic::Max(0)];
        match self {
            Self::Auto | Self::Fd => all.extend(QUARTILES.into_iter().filter_map(quantile)),
            Self::Doane => all.push(SKEWNESS),
            Self::Scott => all.push(Statistic::Std(0, 0)),
            Self::Quantiles { bins } => all.extend(levels(bins).filter_map(quantile)),
            Self::Rice | Self::Sqrt | Self::Sturges => {}
        }
        all
    }

    /// The width of the bins over values of which `number` gives the statistics; 0 where
    /// the rule makes none.
    fn width(self, number: &dyn Fn(Statistic) -> Number) -> f64 {
        let real = |statistic| number(statistic).as_f64();
        let n = real(Statistic::Count);
        let extent = number(Statistic::Max(0)).minus(number(Statistic::Min(0)));
        let [sturges, sqrt] = [extent / (libm::log2(n) + 1.0), extent / n.sqrt()];
        let fd = || {
            let [low, high] = QUARTILES.map(|q| quantile(q).map_or(f64::NAN, real));
            2.0 * (high - low) * libm::pow(n, -1.0 / 3.0)
        };
        match self {
            Self::Auto => fd().max(sqrt / 2.0).min(sturges),
            Self::Fd => fd(),
            Self::Doane => doane(n, extent, real(SKEWNESS)),
            Self::Scott => {
                let factor = 24.0 * std::f64::consts::PI.sqrt() / n;
                libm::pow(factor, 1.0 / 3.0) * real(Statistic::Std(0, 0))
            }
            Self::Rice => extent / (2.0 * libm::pow(n, 1.0 / 3.0)),
            Self::Sqrt => sqrt,
            Self::Sturges => sturges,
            Self::Quantiles { .. } => 0.0,
        }
    }

    /// How many bins this asks for between limits that lie `extent` apart: one where it
    /// has no width.
    pub(crate) fn bins(self, number: &dyn Fn(Statistic) -> Number, extent: f64) -> u64 {
        let integers = !matches!(number(Statistic::Min(0)), Number::F64(_));
        let width = match self.width(number) {
            // NumPy leaves no bin of integers without one.
            width if integers && width != 0.0 => width.max(1.0),
            width => width,
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        match (extent / width).ceil() as u64 {
            _ if width == 0.0 => 1,
            bins => bins.max(1),
        }
    }
}

/// The levels of the interquartile range.
const QUARTILES: [f64; 2] = [0.25, 0.75];

const SKEWNESS: Statistic = Statistic::Moment(MomentStatistic {
    measure: Measure::Skew,
    first: 0,
    second: 0,
    weights: None,
    ddof: 0,
});

/// `numpy.linspace(0, 1, bins + 1)`
pub(crate) fn levels(bins: u64) -> impl Iterator<Item = f64> {
    #[allow(clippy::cast_precision_loss)] // bins are far below 2^53
    let level = move |i: u64| i as f64 * (1.0 / bins as f64);
    (0..bins).map(level).chain([1.0])
}

/// The statistic of a level from 0 to 1.
pub(crate) fn quantile(level: f64) -> Option<Statistic> {
    let quantile = |level| QuantileOf {
        value: 0,
        weights: None,
        level,
    };
    Level::quantile(level).map(|level| Statistic::Quantile(quantile(level)))
}

/// Doane's width; the skewness of a constant is NaN.
fn doane(n: f64, extent: f64, skewness: f64) -> f64 {
    if n <= 2.0 || skewness.is_nan() {
        return 0.0;
    }
    let usual = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    let more = libm::log2(1.0 + skewness.abs() / usual);
    extent / (1.0 + libm::log2(n) + more)
}
