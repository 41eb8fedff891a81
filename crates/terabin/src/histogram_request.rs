//! A histogram asked for, its texts parsed.

use terabin_core::axis::Convention;
use terabin_expr::Expr;

use crate::axis_request::{AxisRequest, bin_count};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::spec::{HistogramSpec, Spec};
use crate::statistic_request::StatisticRequest;

/// A histogram asked for, its texts parsed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HistogramRequest {
    pub name: Option<String>,
    pub by: Vec<AxisRequest>,
    pub stat: Vec<StatisticRequest>,
    /// Of the statistics that have none of their own.
    pub weights: Option<Expr>,
    pub bins: u64,
    pub range: Option<Limits>,
    pub flow: bool,
    pub convention: Convention,
    /// Whether the run goes on without it where its data make no axis.
    pub optional: bool,
}

/// NumPy's.
const DEFAULT_BINS: u64 = 10;

impl Spec {
    /// The histograms asked for, their texts parsed; empty if every numeric column gets
    /// one of its own.
    ///
    /// # Errors
    /// Texts that are no axis or statistic, a number of bins or a range that is none,
    /// `by` beside `histogram` entries.
    pub(crate) fn requests(&self) -> Result<Vec<HistogramRequest>> {
        if self.histogram.is_empty() {
            let single = HistogramSpec {
                by: self.by.clone(),
                ..HistogramSpec::default()
            };
            return if self.by.is_empty() {
                Ok(Vec::new())
            } else {
                Ok(vec![self.request(&single)?])
            };
        }
        if !self.by.is_empty() {
            return Err(Error::request(
                "`by` stands beside [[histogram]] entries: move it into one of them",
            ));
        }
        self.histogram.iter().map(|h| self.request(h)).collect()
    }

    /// The statistics and defaults of the histograms, whatever their axes.
    pub(crate) fn request(&self, spec: &HistogramSpec) -> Result<HistogramRequest> {
        let stat = spec.stat.as_ref().unwrap_or(&self.stat);
        let range = spec.range.as_ref().or(self.range.as_ref());
        let wrong = |e: Error| Error::request(format!("--range: {e}"));
        let weights = spec.weights.as_ref().or(self.weights.as_ref());
        let weights = weights.map(|w| {
            terabin_expr::parse(w).map_err(|e| Error::request(format!("--weights {w}: {e}")))
        });
        let bins = spec.bins.or(self.bins);
        Ok(HistogramRequest {
            name: spec.name.clone(),
            by: spec.by.iter().map(|t| t.parse()).collect::<Result<_>>()?,
            stat: stat.iter().map(|t| t.parse()).collect::<Result<_>>()?,
            weights: weights.transpose()?,
            bins: bins
                .map(|b| bin_count(&b.to_string()))
                .transpose()
                .map_err(|e| Error::request(format!("--bins: {e}")))?
                .unwrap_or(DEFAULT_BINS),
            range: range.map(|t| t.parse()).transpose().map_err(wrong)?,
            flow: spec.flow.unwrap_or(self.flow),
            convention: spec.convention.unwrap_or(self.convention),
            optional: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_inherit_from_the_top() {
        let spec = Spec::from_toml(
            "bins = 7\nstat = 'mean(v)'\nconvention = 'boost'\n[[histogram]]\nby = 'x'\n\
             [[histogram]]\nby = 'y'\nbins = 3\nstat = []\nconvention = 'scipy'\n",
        )
        .unwrap();
        let requests = spec.requests().unwrap();
        assert_eq!((requests[0].bins, requests[0].stat.len()), (7, 1));
        assert_eq!((requests[1].bins, requests[1].stat.len()), (3, 0));
        let conventions = [requests[0].convention, requests[1].convention];
        assert_eq!(conventions, [Convention::Boost, Convention::Scipy]);
    }
}
