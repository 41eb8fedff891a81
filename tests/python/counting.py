"""The oracle of counts: numpy.histogramdd, and whole numbers compared as such."""

import math
import warnings

import numpy as np

from random_jobs import equal_edges

EXACT_IN_FLOAT64 = 2**53


def edges_of(axis):
    return axis.edges if axis.edges is not None else equal_edges(*axis.limits, axis.bins)


def count(job):
    """Counts of every cell, and the rows with a NaN on an axis."""
    samples = [axis.column.values for axis in job.axes]
    is_nan = np.any([np.isnan(s) for s in samples], axis=0)
    if any(_needs_integers(s) for s in samples):
        return _count_by_comparison(job, is_nan), int(is_nan.sum())
    bins = [axis.bins if axis.edges is None else axis.edges for axis in job.axes]
    table = np.stack([s.astype("f8") for s in samples], axis=1)
    with warnings.catch_warnings():
        # NaN and infinities are meant to be in the samples here.
        warnings.simplefilter("ignore", RuntimeWarning)
        counts, edges = np.histogramdd(table, bins, [axis.limits for axis in job.axes])
    for ours, theirs in zip(map(edges_of, job.axes), edges, strict=True):
        assert np.array_equal(ours, theirs), "the oracle disagrees with itself"
    return counts.astype("u8"), int(is_nan.sum())


def _needs_integers(values):
    """Whether a conversion to float64 could move a value across an edge."""
    if values.dtype.kind not in "iu" or not len(values):
        return False
    return max(abs(int(values.min())), abs(int(values.max()))) > EXACT_IN_FLOAT64


def _count_by_comparison(job, is_nan):
    """edges[k] <= x < edges[k+1], the last closed, without rounding an integer."""
    inside = ~is_nan
    cells = []
    for axis in job.axes:
        k = bin_of(axis.column.values, edges_of(axis))
        inside &= (k >= 0) & (k < axis.bins)
        cells.append(k)
    counts = np.zeros([axis.bins for axis in job.axes], "u8")
    np.add.at(counts, tuple(k[inside] for k in cells), 1)
    return counts


def bin_of(values, edges):
    """The bin of each value; below 0 or beyond the last where there is none."""
    if values.dtype.kind in "iu":
        # x >= e and x >= ceil(e) mean the same for a whole x.
        limits = np.array([math.ceil(e) for e in edges], dtype=object)
        values = np.array(values.tolist(), dtype=object)
        last = np.array([v == edges[-1].item() for v in values], dtype=bool)
    else:
        limits, last = edges, values == edges[-1]
    k = np.searchsorted(limits, values, side="right") - 1
    k[last] = len(edges) - 2
    return k
