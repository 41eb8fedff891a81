"""Whether the answers of `kernels.py` are right, before any time is taken."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

import jobs
import kernel_cases

# Cells whose numbers are computed anew from their rows.
CELLS = 5


@dataclass
class Truth:
    """terabin's answers that were checked: on all rows and on the first few."""

    whole: jobs.Answer
    few: jobs.Answer
    hash: str
    near: int


def check_terabin(case, program, words, columns):
    """Counts against NumPy, numbers of some cells against sums without rounding."""
    job, few = case.job, min(kernel_cases.FEW_ROWS, program.about["rows"])
    stats = [*case.stats, *(["sum(v)"] if case.stats else [])]
    answer, counts, values = program.ask_with_numbers(
        "bin", job.shape, by=words, stat=stats, threads=2, rows=few
    )
    sample = {name: columns[name][:few] for name in job.columns}
    check_counts(job, counts, sample)
    if stats:
        check_cells(job, counts, dict(zip(stats, values, strict=True)), sample)
    of_few = jobs.Answer(counts, values[0] if stats else None)
    answer, counts, values = program.ask_with_numbers("bin", job.shape, by=words, stat=case.stats, threads=1)
    require(rows_inside(job, columns) == counts.sum() == answer["counted"], "rows are missing")
    near = 0 if isinstance(job, kernel_cases.EdgesJob) else jobs.rows_near_edges(job, columns)
    return Truth(jobs.Answer(counts, values[0] if stats else None), of_few, answer["state_hash"], near)


def check_counts(job, counts, sample):
    bins = kernel_cases.edges_of(job)
    expected = np.histogramdd([sample[axis] for axis in job.axes], bins)[0]
    require(np.array_equal(counts, expected), "other counts than numpy.histogramdd")


def check_cells(job, counts, values, sample):
    """Sum and mean are correctly rounded, extremes are equal, the deviation agrees."""
    bins = kernel_cases.edges_of(job)
    places = [np.searchsorted(e, sample[axis], "right") - 1 for e, axis in zip(bins, job.axes, strict=True)]
    inside = np.logical_and.reduce([(p >= 0) & (p < n) for p, n in zip(places, job.shape, strict=True)])
    cell = np.ravel_multi_index([p[inside] for p in places], job.shape)
    v = sample[job.mean_of][inside]
    filled = np.flatnonzero(counts)
    for chosen in np.random.default_rng(4).choice(filled, min(CELLS, len(filled)), replace=False):
        rows = v[cell == chosen].tolist()
        exact = {
            "sum(v)": math.fsum(rows),
            "mean(v)": float(sum(map(Fraction, rows)) / len(rows)),
            "min(v)": min(rows),
            "max(v)": max(rows),
        }
        for stat, numbers in values.items():
            found = numbers.flat[chosen]
            if stat in exact:
                require(found == exact[stat], f"{stat} of cell {chosen} is {found}, not {exact[stat]}")
            else:
                np.testing.assert_allclose(found, np.std(rows), rtol=1e-9, atol=1e-12)


def check_naive(case, program, words, truth):
    """The same counts to the row; means within what a naive sum loses."""
    job = case.job
    for threads in kernel_cases.THREADS:
        _, counts, values = program.ask_with_numbers(
            "naive", job.shape, by=words, collect=case.collect, of=job.mean_of, threads=threads
        )
        mean = values[0] if values else None
        require(jobs.differences(jobs.Answer(counts, mean), truth.whole, 0) == 0, "a naive loop moves rows")


def rows_inside(job, columns):
    bins = kernel_cases.edges_of(job)
    within = [
        (columns[axis] >= e[0]) & (columns[axis] <= e[-1]) for e, axis in zip(bins, job.axes, strict=True)
    ]
    return int(np.logical_and.reduce(within).sum())


def require(right, complaint):
    if not right:
        raise AssertionError(complaint)
