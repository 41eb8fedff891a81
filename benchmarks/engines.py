"""The engines: terabin as a program, and each peer in the way its documentation shows."""

import json
import os
import subprocess
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import boost_histogram as bh
import fast_histogram
import h5py
import numpy as np
import scipy.stats

from jobs import HIGH, LOW, Answer

# vaex sizes its pool when it is first imported; all engines get the same CPUs.
CPUS = len(os.sched_getaffinity(0))
os.environ.setdefault("VAEX_NUM_THREADS", str(CPUS))

with warnings.catch_warnings():
    # vaex imports modules that announce their own retirement.
    warnings.simplefilter("ignore")
    import vaex


@dataclass(frozen=True)
class Engine:
    """A named way to do a job; `run` gives an answer, or None where it has no such thing."""

    name: str
    threads: int
    run: object
    note: str = ""


class Terabin:
    """The program: reads the HDF5 file, writes a result; its own report is kept."""

    def __init__(self, program, data, threads):
        self.program, self.data, self.threads = program, data, threads
        self.report = None

    def __call__(self, job, _columns):
        by = [word for axis in job.axes for word in ("--by", f"{axis}:{job.bins}:{LOW}..{HIGH}")]
        stat = ["--stat", f"mean={f'mean({job.mean_of})'}"] if job.mean_of else []
        with tempfile.TemporaryDirectory() as folder:
            command = [self.program, "bin", "--data", self.data, *by, *stat]
            command += ["--ncpus", str(self.threads), "--output", folder, "--json"]
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            wall = time.perf_counter() - start
            if done.returncode:
                raise RuntimeError(done.stderr)
            self.report = json.loads(done.stdout) | {"wall_seconds": wall}
            return self._answer(folder, job)

    @staticmethod
    def _answer(folder, job):
        with h5py.File(Path(folder) / "result.h5") as file:
            (group,) = file["histograms"].values()
            stats = group["stats"]
            return Answer(stats["count"][()], stats["mean"][()] if job.mean_of else None)


def numpy_histogram(job, columns):
    if len(job.axes) > 1:
        return None
    return Answer(np.histogram(columns[job.axes[0]], job.bins, (LOW, HIGH))[0])


def numpy_histogramdd(job, columns):
    sample = [columns[axis] for axis in job.axes]
    count = np.histogramdd(sample, job.shape, job.ranges)[0]
    if not job.mean_of:
        return Answer(count)
    total = np.histogramdd(sample, job.shape, job.ranges, weights=columns[job.mean_of])[0]
    return Answer(count, _ratio(total, count))


def scipy_binned_statistic_dd(job, columns):
    sample = [columns[axis] for axis in job.axes]
    if not job.mean_of:
        found = scipy.stats.binned_statistic_dd(sample, None, "count", job.shape, job.ranges)
        return Answer(found.statistic)
    found = scipy.stats.binned_statistic_dd(sample, columns[job.mean_of], "mean", job.shape, job.ranges)
    # The means come without counts; those are taken from its bin numbers.
    inner = np.bincount(found.binnumber, minlength=(job.bins + 2) ** len(job.axes))
    inner = inner.reshape([job.bins + 2] * len(job.axes))[(slice(1, -1),) * len(job.axes)]
    return Answer(inner, found.statistic)


def boost_histogram(threads):
    def run(job, columns):
        if job.mean_of and threads > 1:
            return None  # its Mean storage refuses threads
        storage = bh.storage.Mean() if job.mean_of else bh.storage.Int64()
        axes = [bh.axis.Regular(job.bins, LOW, HIGH) for _ in job.axes]
        histogram = bh.Histogram(*axes, storage=storage)
        sample = {"sample": columns[job.mean_of]} if job.mean_of else {}
        histogram.fill(*[columns[axis] for axis in job.axes], threads=threads, **sample)
        if not job.mean_of:
            return Answer(histogram.values())
        return Answer(histogram.counts(), histogram.values())

    return run


def fast_histogram_dd(job, columns):
    sample = [columns[axis] for axis in job.axes]

    def fill(weights=None):
        if len(sample) == 1:
            return fast_histogram.histogram1d(sample[0], bins=job.bins, range=(LOW, HIGH), weights=weights)
        if len(sample) == 2:
            return fast_histogram.histogram2d(*sample, bins=job.shape, range=job.ranges, weights=weights)
        return fast_histogram.histogramdd(tuple(sample), bins=job.shape, range=job.ranges, weights=weights)

    count = fill()
    return Answer(count, _ratio(fill(columns[job.mean_of]), count) if job.mean_of else None)


def vaex_grid(job, columns):
    frame = vaex.from_arrays(**{name: columns[name] for name in job.columns})
    grid = {"binby": list(job.axes), "limits": [[LOW, HIGH]] * len(job.axes), "shape": job.shape}
    if not job.mean_of:
        return Answer(frame.count(**grid))
    # Both in one pass, as its users do it.
    count = frame.count(**grid, delay=True)
    mean = frame.mean(job.mean_of, **grid, delay=True)
    frame.execute()
    return Answer(count.get(), mean.get())


def _ratio(total, count):
    with np.errstate(invalid="ignore"):
        return total / count


def all_engines(program, data):
    """terabin first: its counts are the reference, which NumPy's then must equal."""
    half_open = "last bin open"
    own = [
        Engine("terabin", n, Terabin(program, data, n), "reads HDF5, writes a result") for n in _counts(CPUS)
    ]
    boost = [
        Engine("boost-histogram", n, boost_histogram(n), "upper limit in overflow") for n in _counts(CPUS)
    ]
    return [
        *own,
        Engine("numpy.histogram", 1, numpy_histogram),
        Engine("numpy.histogramdd", 1, numpy_histogramdd),
        Engine("scipy binned_statistic_dd", 1, scipy_binned_statistic_dd, "upper limit fuzzy"),
        *boost,
        Engine("fast-histogram", 1, fast_histogram_dd, half_open),
        Engine("vaex", int(os.environ["VAEX_NUM_THREADS"]), vaex_grid, half_open),
    ]


def _counts(cpus):
    return sorted({1, cpus})
