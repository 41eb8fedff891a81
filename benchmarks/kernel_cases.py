"""What `kernels.py` measures, as data: the cases, their engines, their targets."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import boost_histogram as bh
import numpy as np
import vaex

import engines
from jobs import HIGH, LOW, Answer, Job

# x, y, z and v are normal as in `jobs.py`; p and q are uniform, so that every one of very
# many cells is as likely; s is x in order, so that neighbours share a cell.
COLUMNS = ("x", "y", "z", "v", "p", "q", "s")
# Peers that take seconds for the whole get so many rows.
FEW_ROWS = 2_000_000
THREADS = (1, 2)


@dataclass(frozen=True)
class EdgesJob(Job):
    """A job over irregular edges: `bins` counts no axis."""

    edges: tuple = ()

    @property
    def shape(self):
        return tuple(len(edges) - 1 for edges in self.edges)

    @property
    def ranges(self):
        return [np.array(edges) for edges in self.edges]


@dataclass(frozen=True)
class Target:
    """A bound on the seconds per row of `what` over those of `over`, or on nanoseconds per row.

    `what` and `over` are an engine with its threads.
    """

    text: str
    what: tuple
    over: tuple | None
    bound: float
    at_least: bool = False

    def reached(self, value):
        return value >= self.bound if self.at_least else value <= self.bound


@dataclass(frozen=True)
class Case:
    """A job, terabin's statistics, what a naive loop collects for them, the peers beside."""

    number: int
    job: Job
    stats: tuple
    collect: str
    peers: tuple = ()
    targets: tuple = ()
    # The same job along another column, as an engine of its own.
    sorted_by: str | None = None
    arithmetic: bool = False

    @property
    def name(self):
        return f"{self.number}. {self.job.name}"


def edges(bins, seed):
    inner = np.sort(np.random.default_rng(seed).uniform(LOW, HIGH, bins - 1))
    return (LOW, *inner.tolist(), HIGH)


def faster_than(peer, threads, times):
    text = f"{times:g} times as fast as {peer}, {threads} against {threads}"
    return Target(text, (peer, threads), ("terabin", threads), times, at_least=True)


def within(times, other, threads):
    text = f"at most {times:g} x {other}, on {threads}"
    return Target(text, ("terabin", threads), (other, threads), times)


def fill_within(times, other, threads):
    text = f"fill alone: at most {times:g} x {other}, on {threads}"
    return Target(text, ("terabin fill", threads), (other, threads), times)


MEAN, MOMENTS = ("mean(v)",), ("mean(v)", "std(v)", "min(v)", "max(v)")
MEAN_2D = Job("2-D mean, 256 x 256 bins", ("x", "y"), 256, "v")
SCALING = Job("one thread against two, 2-D mean, 256 x 256 bins", ("x", "y"), 256, "v")
IRREGULAR = EdgesJob("irregular mean, 100 x 50 bins", ("x", "y"), 0, "v", (edges(100, 2), edges(50, 3)))
CASES = (
    Case(
        1,
        MEAN_2D,
        MEAN,
        "mean",
        ("vaex", "boost-histogram", "fast-histogram", "numpy.histogramdd", "scipy binned_statistic_dd"),
        (
            fill_within(1.25, "naive fill", 2),
            within(1.25, "naive", 2),
            fill_within(1.7, "read", 2),
            within(1.7, "read", 2),
            within(1.5, "read", 2),
        ),
    ),
    Case(
        2,
        Job("mean, std, min and max, 256 x 256 bins", ("x", "y"), 256, "v"),
        MOMENTS,
        "moments",
        ("vaex moments",),
        (
            fill_within(1.5, "naive fill", 1),
            fill_within(1.5, "naive fill", 2),
            within(1.5, "naive", 1),
            within(1.5, "naive", 2),
        ),
    ),
    Case(
        3,
        Job("1-D counts, 100 bins", ("x",), 100),
        (),
        "count",
        ("boost-histogram", "fast-histogram", "vaex", "numpy.histogram"),
        (faster_than("boost-histogram", 1, 3), faster_than("boost-histogram", 2, 3)),
    ),
    Case(
        4,
        Job("2-D counts, 256 x 256 bins", ("x", "y"), 256),
        (),
        "count",
        ("fast-histogram", "boost-histogram", "vaex", "numpy.histogramdd"),
        (faster_than("fast-histogram", 1, 2),),
    ),
    Case(
        5,
        IRREGULAR,
        MEAN,
        "mean",
        ("boost-histogram by edges", "scipy binned_statistic_dd"),
        (faster_than("boost-histogram by edges", 1, 12), faster_than("boost-histogram by edges", 2, 12)),
    ),
    Case(
        6,
        Job("3-D counts, 64 x 64 x 64 bins", ("x", "y", "z"), 64),
        (),
        "count",
        ("fast-histogram", "boost-histogram", "vaex", "numpy.histogramdd"),
        (faster_than("fast-histogram", 1, 2),),
    ),
    Case(
        7,
        Job("2-D mean of uniform rows, 3162 x 3162 bins", ("p", "q"), 3162, "v"),
        MEAN,
        "mean",
        ("vaex",),
        (
            Target("fill alone: below 10 ns/row, on 2", ("terabin fill", 2), None, 10.0),
            Target("below 10 ns/row, on 2", ("terabin", 2), None, 10.0),
        ),
    ),
    Case(
        8,
        Job("1-D mean, 256 bins, rows at random and in order", ("x",), 256, "v"),
        MEAN,
        "mean",
        (),
        tuple(
            Target(f"in order as fast as at random, on {n}", ("terabin, in order", n), ("terabin", n), 1)
            for n in THREADS
        ),
        sorted_by="s",
    ),
    Case(9, SCALING, MEAN, "mean", arithmetic=True),
)


def by(job, folder):
    """The axes in the words of `--by`; irregular edges go through files."""
    if not isinstance(job, EdgesJob):
        return [f"{axis}:{job.bins}:{LOW}..{HIGH}" for axis in job.axes]
    words = []
    for axis, values in zip(job.axes, job.edges, strict=True):
        path = Path(folder) / f"edges-{axis}.txt"
        path.write_text("\n".join(map(repr, values)) + "\n")
        words.append(f"{axis}:edges:@{path.resolve()}")
    return words


def edges_of(job):
    if isinstance(job, EdgesJob):
        return job.ranges
    return [np.linspace(LOW, HIGH, job.bins + 1)] * len(job.axes)


def peer_engines(case):
    """`(name, threads, run, few_rows)` of each peer of a case."""
    vaex_threads = int(engines.os.environ["VAEX_NUM_THREADS"])
    known = {
        "vaex": [(vaex_threads, engines.vaex_grid, False)],
        "vaex moments": [(vaex_threads, vaex_moments, False)],
        "fast-histogram": [(1, engines.fast_histogram_dd, False)],
        # Its Mean storage refuses threads.
        "boost-histogram": [
            (n, engines.boost_histogram(n), False) for n in THREADS if n == 1 or not case.job.mean_of
        ],
        "boost-histogram by edges": [(n, boost_by_edges(n), False) for n in THREADS],
        "numpy.histogram": [(1, engines.numpy_histogram, True)],
        "numpy.histogramdd": [(1, engines.numpy_histogramdd, True)],
        "scipy binned_statistic_dd": [(1, scipy_statistic, True)],
    }
    return [(name, *entry) for name in case.peers for entry in known[name]]


def boost_by_edges(threads):
    """Variable axes with Mean storage: a histogram for each thread, then their sum."""

    def run(job, columns):
        rows = len(columns[job.mean_of])
        cuts = [rows * k // threads for k in range(threads + 1)]

        def fill(k):
            part = slice(cuts[k], cuts[k + 1])
            histogram = bh.Histogram(*map(bh.axis.Variable, job.edges), storage=bh.storage.Mean())
            return histogram.fill(*(columns[a][part] for a in job.axes), sample=columns[job.mean_of][part])

        with ThreadPoolExecutor(threads) as pool:
            first, *others = pool.map(fill, range(threads))
        for other in others:
            first += other
        return Answer(first.counts(), first.values())

    return run


def scipy_statistic(job, columns):
    if not isinstance(job, EdgesJob):
        return engines.scipy_binned_statistic_dd(job, columns)
    sample, edges = [columns[axis] for axis in job.axes], job.ranges
    found = engines.scipy.stats.binned_statistic_dd(sample, columns[job.mean_of], "mean", edges)
    # The means come without counts; those are taken from its bin numbers.
    whole = [n + 2 for n in job.shape]
    inner = np.bincount(found.binnumber, minlength=np.prod(whole)).reshape(whole)
    return Answer(inner[(slice(1, -1),) * len(whole)], found.statistic)


def vaex_moments(job, columns):
    frame = vaex.from_arrays(**{name: columns[name] for name in job.columns})
    grid = {"binby": list(job.axes), "limits": job.ranges, "shape": job.shape, "delay": True}
    count = frame.count(**grid)
    moments = [getattr(frame, name)(job.mean_of, **grid) for name in ("mean", "std", "min", "max")]
    frame.execute()
    return Answer(np.asarray(count.get()), np.asarray(moments[0].get()))
