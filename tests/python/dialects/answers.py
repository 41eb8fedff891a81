"""One histogram of the program, and sums and means by their definition."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

import program as terabin
from exact_arithmetic import nearest


def histogram(folder, data, *arguments, kept=None):
    """The only histogram of a run over `data`, of the rows for which the condition `kept` holds."""
    output = folder / "results"
    condition = ["--by", f"kept={kept}"] if kept else []
    terabin.succeed("bin", "--data", data, "--output", output, "--quiet", *arguments, *condition)
    (found,) = terabin.read_result(output).values()
    found.check_accounting()
    if not kept:
        return found
    return replace(found, axes=found.axes[:-1], stats={name: v[..., 1] for name, v in found.stats.items()})


def exact_sums(values, places, bins):
    """The exact sum of the values in each of so many bins; a place elsewhere is outside."""
    sums = [Fraction(0)] * bins
    for value, place in zip(np.ravel(values).tolist(), np.ravel(places).tolist(), strict=True):
        if 0 <= place < bins:
            sums[place] += Fraction(value)
    return sums


def sums(values, places, bins):
    return np.array([nearest(total) for total in exact_sums(values, places, bins)])


def means(values, places, bins):
    """The float nearest to the mean of each bin, NaN where it is empty."""
    counts = [np.count_nonzero(np.ravel(places) == k) for k in range(bins)]
    totals = exact_sums(values, places, bins)
    pairs = zip(totals, counts, strict=True)
    return np.array([nearest(total / count) if count else np.nan for total, count in pairs])


def hours(times, start):
    """The number of each time's hour since `start`."""
    return (np.asarray(times) - np.datetime64(start)) // np.timedelta64(1, "h")
