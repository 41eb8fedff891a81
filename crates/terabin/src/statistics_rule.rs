//! Axes from statistics of all their values.

use serde::{Deserialize, Serialize};
use terabin_core::axis::{Axis, AxisError, Regular, Variable};
use terabin_core::histogram::Histogram;
use terabin_core::statistic::{NanRule, Number, Statistic};

use crate::bin_rule::{BinRule, MOST_BINS, levels, quantile};
use crate::error::Result;
use crate::memory_plan::refuse_huge;
use crate::range_rule::{half_width, no_axis, no_value};

/// A rule for bins, and where the values lie that it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsRule {
    /// The rule.
    pub rule: BinRule,
    /// The bits of the limits: values beyond them do not count, and they are the outer
    /// edges of equal bins.
    pub limits: Option<[u64; 2]>,
}

impl StatisticsRule {
    fn limits(self) -> Option<[f64; 2]> {
        self.limits.map(|limits| limits.map(f64::from_bits))
    }

    /// The one bin of which the rule needs statistics: the finite values, or those within
    /// the limits. NumPy's last edge is closed.
    pub(crate) fn bin_of_values(self) -> std::result::Result<Axis, AxisError> {
        let edges = self.limits().unwrap_or([-f64::MAX, f64::MAX]);
        Variable::new(edges.to_vec()).map(Axis::Variable)
    }

    /// The axis over the values of that one bin, and what the user should know of it;
    /// 0..1 where there is neither a row nor a limit.
    ///
    /// # Errors
    /// Rows without a finite value, ranges that make no axis, an axis beyond the memory.
    pub(crate) fn resolve(
        self,
        name: &str,
        values: &Histogram,
        memory: u64,
    ) -> Result<(Axis, Option<String>)> {
        let number = |statistic| values.number(statistic, NanRule::Omit, 0);
        let ends = [Statistic::Min(0), Statistic::Max(0)].map(number);
        let found = (values.rows().in_range > 0).then_some(ends);
        let rows = values.rows();
        let all = rows.in_range + rows.outside + rows.nan_axis;
        if found.is_none() && self.limits.is_none() && all > 0 {
            return Err(no_value(name, "", all));
        }
        let made = if let BinRule::Quantiles { bins } = self.rule {
            self.between_quantiles(bins, &number)
        } else {
            let (asked, [low, high]) = self.equal_bins(found, &number);
            refuse_huge(asked.min(MOST_BINS), memory)?;
            let note = (asked > MOST_BINS).then(|| self.capped(name, asked));
            Regular::new(asked.min(MOST_BINS), low, high).map(|a| (Axis::Regular(a), note))
        };
        let text = |place: usize| match self.limits() {
            Some(limits) => Number::F64(limits[place]).to_string(),
            None => ends[place].to_string(),
        };
        made.map_err(|error| no_axis(name, &text(0), &text(1), &error))
    }

    /// How many bins the rule asks for, and their outer edges.
    fn equal_bins(
        self,
        found: Option<[Number; 2]>,
        number: &dyn Fn(Statistic) -> Number,
    ) -> (u64, [f64; 2]) {
        let Some([min, max]) = found else {
            return (1, self.limits().unwrap_or(NO_VALUES));
        };
        let (edges, extent) = match self.limits() {
            Some([low, high]) => ([low, high], high - low),
            None if min.as_f64() == max.as_f64() => return (1, around(min.as_f64())),
            None => ([min.as_f64(), max.as_f64()], max.minus(min)),
        };
        (self.rule.bins(number, extent), edges)
    }

    fn between_quantiles(
        self,
        bins: u64,
        number: &dyn Fn(Statistic) -> Number,
    ) -> std::result::Result<(Axis, Option<String>), AxisError> {
        let all = levels(bins).filter_map(quantile);
        let mut edges: Vec<f64> = all.map(|q| number(q).as_f64()).collect();
        edges.dedup();
        let edges = match *edges.as_slice() {
            [first, ..] if first.is_nan() => self.limits().unwrap_or(NO_VALUES).to_vec(),
            [constant] => around(constant).to_vec(),
            _ => edges,
        };
        Variable::new(edges).map(|axis| (Axis::Variable(axis), None))
    }

    fn capped(self, name: &str, asked: u64) -> String {
        let rule = self.rule.name();
        format!(
            "{name}: {rule} asks for {asked} bins, and {MOST_BINS} are taken, the most of a rule: a number of bins in its place may be larger"
        )
    }

    /// How many bins the rule will make, if that is known.
    pub(crate) fn bins_known(self) -> Option<u64> {
        match self.rule {
            BinRule::Quantiles { bins } => Some(bins),
            _ => None,
        }
    }
}

/// NumPy's half a unit either side.
fn around(constant: f64) -> [f64; 2] {
    let half = half_width(constant, 1);
    [constant - half, constant + half]
}

/// NumPy's range of nothing.
const NO_VALUES: [f64; 2] = [0.0, 1.0];
