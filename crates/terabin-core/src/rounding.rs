//! A statistic of many cells: what it needs is looked up once, and read from few words.

use std::ops::Range;

use crate::batch::DataType;
use crate::contents::Contents;
use crate::exact::Short;
use crate::fill::Layout;
use crate::moment_statistic::{Measure, MomentStatistic, RawMoment};
use crate::state::Quantity;
use crate::statistic::{NanRule, Number, Statistic};

/// A statistic of the cells of a histogram.
///
/// Every number is that of [`Statistic::round`], which takes contents of any size; this
/// knows those that few words hold.
pub(crate) struct Rounding<'a> {
    layout: &'a Layout,
    contents: &'a Contents,
    rule: NanRule,
    result: DataType,
    /// What counts the rows that the statistic is of, and all rows.
    rows: Place,
    all: Place,
    method: Method,
}

/// The position of a quantity in the layout, if it was collected.
type Place = Option<usize>;

/// What is done with the rows of a cell.
enum Method {
    Count,
    Sum(Place),
    /// The plain mean.
    Mean(Place),
    Moments(MomentStatistic, [Place; RawMoment::COUNT]),
    /// Nothing here.
    Other,
}

/// What neighbouring cells have of what a statistic needs.
struct Block {
    rows: Vec<u64>,
    all: Vec<u64>,
    /// The sum, or the raw moments.
    sums: [Vec<Option<Short>>; RawMoment::COUNT],
}

/// Cells of a block: their sums stay in the first cache.
const BLOCK: usize = 256;

impl<'a> Rounding<'a> {
    /// Looks up what a statistic needs.
    pub fn new(
        layout: &'a Layout,
        contents: &'a Contents,
        (statistic, rule, result): (Statistic, NanRule, DataType),
    ) -> Self {
        let place = |quantity| layout.quantities.iter().position(|&q| q == quantity);
        let all = place(Quantity::Count);
        Self {
            layout,
            contents,
            rule,
            result,
            // Where the valid rows of a value were not collected, all rows are valid.
            rows: place(statistic.rows()).or(all),
            all,
            method: Method::new(statistic, place),
        }
    }

    /// The rows that the statistic is of, of some cells.
    pub fn rows(&self, cells: Range<usize>) -> Vec<u64> {
        self.counts(self.rows, cells)
    }

    /// The numbers of some cells; those that take contents of any size come from `other`.
    pub fn numbers(
        self,
        cells: Range<usize>,
        other: impl Fn(usize) -> Number,
    ) -> impl Iterator<Item = Number> {
        let blocks = blocks(cells);
        blocks.flat_map(move |cells| {
            let block = self.block(cells.clone());
            let numbers = cells.enumerate().map(|(i, cell)| {
                let number = self.number(&block, i);
                number.unwrap_or_else(|| other(cell))
            });
            numbers.collect::<Vec<_>>()
        })
    }

    /// The same as doubles.
    pub fn doubles(&self, cells: Range<usize>, other: impl Fn(usize) -> Number) -> Vec<f64> {
        let mut doubles = Vec::with_capacity(cells.len());
        for cells in blocks(cells) {
            let block = self.block(cells.clone());
            doubles.extend(cells.enumerate().map(|(i, cell)| {
                let number = self.number(&block, i);
                number.unwrap_or_else(|| other(cell)).as_f64()
            }));
        }
        doubles
    }

    fn block(&self, cells: Range<usize>) -> Block {
        let mut sums = [const { Vec::new() }; RawMoment::COUNT];
        let places: &[Place] = match &self.method {
            Method::Count | Method::Other => &[],
            Method::Sum(place) | Method::Mean(place) => std::slice::from_ref(place),
            Method::Moments(_, places) => places,
        };
        for (sums, place) in sums.iter_mut().zip(places) {
            if let Some(at) = *place {
                self.contents.shorts(at, cells.clone(), sums);
            }
        }
        let propagate = self.rule == NanRule::Propagate;
        Block {
            rows: self.counts(self.rows, cells.clone()),
            all: self.counts(self.all.filter(|_| propagate), cells),
            sums,
        }
    }

    fn counts(&self, place: Place, cells: Range<usize>) -> Vec<u64> {
        let mut counts = Vec::with_capacity(cells.len());
        match place {
            Some(at) => self.contents.counts(self.layout, at, cells, &mut counts),
            None => counts.resize(cells.len(), 0),
        }
        counts
    }

    /// The number of a block's cell; None where it takes contents of any size.
    #[inline]
    fn number(&self, block: &Block, i: usize) -> Option<Number> {
        let rows = *block.rows.get(i)?;
        let sum = |place: usize| block.sums.get(place)?.get(i)?.as_ref();
        if let Method::Count = self.method {
            return Some(Number::U64(rows));
        }
        if rows < *block.all.get(i)? {
            return None;
        }
        let double = match &self.method {
            Method::Count | Method::Other => None,
            Method::Sum(_) => return short_sum(sum(0)?, self.result),
            Method::Mean(_) if rows == 0 => Some(f64::NAN),
            Method::Mean(_) => Some(sum(0)?.mean(rows)),
            Method::Moments(statistic, _) => {
                statistic.of_sums::<Short, _>(rows, |moment| sum(moment as usize))
            }
        };
        double.map(Number::F64)
    }
}

/// Neighbouring cells, as many at a time as are best read together.
pub(crate) fn blocks(cells: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = cells.end;
    let starts = cells.step_by(BLOCK);
    starts.map(move |start| start..end.min(start + BLOCK))
}

impl Method {
    fn new(statistic: Statistic, place: impl Fn(Quantity) -> Place) -> Self {
        match (statistic, statistic.moment()) {
            (Statistic::Count | Statistic::CountValid(_), _) => Self::Count,
            (Statistic::Sum(v), _) => Self::Sum(place(Quantity::Sum(v))),
            (Statistic::SumSquares(v), _) => Self::Sum(place(Quantity::Squares(v))),
            (_, Some(moment)) if moment.measure == Measure::Mean && moment.weights.is_none() => {
                Self::Mean(place(moment.quantity(RawMoment::First)))
            }
            (_, Some(moment)) => {
                let mut places = [None; RawMoment::COUNT];
                for raw in moment.raw_moments() {
                    if let Some(at) = places.get_mut(raw as usize) {
                        *at = place(moment.quantity(raw));
                    }
                }
                Self::Moments(moment, places)
            }
            _ => Self::Other,
        }
    }
}

/// A sum in the type of the result.
fn short_sum(sum: &Short, result: DataType) -> Option<Number> {
    match result {
        DataType::I64 => Some(Number::I64(sum.integer()?.try_into().ok()?)),
        DataType::U64 => Some(Number::U64(sum.integer()?.try_into().ok()?)),
        _ => Some(Number::F64(sum.mean(1))),
    }
}
