"""The oracle of counts: numpy.histogramdd over the values as float64."""

import warnings

import numpy as np

from random_jobs import equal_edges


def edges_of(axis):
    return axis.edges if axis.edges is not None else equal_edges(*axis.limits, axis.bins)


def count(job):
    """Counts of every cell, and the rows with a NaN on an axis."""
    samples = [axis.column.values for axis in job.axes]
    is_nan = np.any([np.isnan(s) for s in samples], axis=0)
    bins = [axis.bins if axis.edges is None else axis.edges for axis in job.axes]
    # NumPy compares whole numbers with float64 edges as float64, too.
    table = np.stack([s.astype("f8") for s in samples], axis=1)
    with warnings.catch_warnings():
        # NaN and infinities are meant to be in the samples here.
        warnings.simplefilter("ignore", RuntimeWarning)
        counts, edges = np.histogramdd(table, bins, [axis.limits for axis in job.axes])
    for ours, theirs in zip(map(edges_of, job.axes), edges, strict=True):
        assert np.array_equal(ours, theirs), "the oracle disagrees with itself"
    return counts.astype("u8"), int(is_nan.sum())
