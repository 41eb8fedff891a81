"""Random columns, files and binning requests, from a seed.

A group is a folder of files with the same columns and a few dozen histograms
over them, which the program fills in one run.
"""

import json
from dataclasses import dataclass, field

import h5py
import numpy as np

FLOATS = ("<f8", ">f8", "<f4", ">f4", "<f2")
INTEGERS = ("i1", "u1", *(f"{order}{kind}{width}" for order in "<>" for kind in "iu" for width in (2, 4, 8)))
ROWS = (1, 2, 37, 1000, 2500, 4099)
STORAGE = (
    {},
    {"chunks": True},
    {"chunks": (64,), "compression": "gzip", "shuffle": True},
    {"chunks": (257,), "compression": "gzip", "compression_opts": 1, "fletcher32": True},
)
# Few cells, so that thousands of jobs take seconds; the program has no such limit.
CELLS = 20_000


@dataclass
class Column:
    """A column as the oracle has it, and the words that name it."""

    name: str
    values: np.ndarray

    @property
    def is_integer(self):
        return self.values.dtype.kind in "iu"

    def finite(self):
        return self.values[np.isfinite(self.values)]


@dataclass
class Axis:
    """One axis of a job: the text for `--by`, and the edges where they are given."""

    column: Column
    text: str
    bins: int = 0
    limits: tuple | None = None
    edges: np.ndarray | None = None
    is_counted: bool = False  # an `int` axis: one bin per whole number


@dataclass
class Job:
    name: str
    axes: list = field(default_factory=list)

    @property
    def by(self):
        return [axis.text for axis in self.axes]


def random_columns(rng, rows):
    """About twenty columns: every type of number, every kind of content."""
    columns = []
    for k, dtype in enumerate(FLOATS * 2):
        values = _floats(rng, rows, k)
        if np.dtype(dtype).itemsize < 8:
            values = np.clip(values, -6e4, 6e4) if dtype == "<f2" else np.clip(values, -3e38, 3e38)
        columns.append(Column(f"f{k}", values.astype(dtype)))
    for k in rng.permutation(len(INTEGERS))[:8]:
        columns.append(Column(f"i{k}", _integers(rng, rows, np.dtype(INTEGERS[k]))))
    for column in columns:
        if not column.is_integer and rng.random() < 0.5:
            _damage(rng, column.values)
    return columns


def _floats(rng, rows, kind):
    return (
        lambda: rng.normal(size=rows),
        lambda: rng.uniform(-4, 4, size=rows),
        lambda: rng.integers(-40, 40, size=rows) / 8,  # many values exactly on edges
        lambda: rng.integers(-30, 30, size=rows) * 0.1,  # on edges but for the last bit
        lambda: rng.normal(size=rows) * 1e300,
        lambda: rng.integers(-1000, 1000, size=rows) * 5e-324,
        lambda: 1e9 + rng.random(size=rows),
        lambda: np.full(rows, 3.25),
        lambda: np.exp(rng.uniform(-300, 300, size=rows)),
        lambda: rng.normal(size=rows) * rng.choice([1, 1e6], p=[0.99, 0.01], size=rows),
    )[kind % 10]()


def _integers(rng, rows, dtype):
    info = np.iinfo(dtype)
    if rng.random() < 0.4:
        low, high = info.min, info.max
    else:
        low, high = max(info.min, -50), min(info.max, 50)
    native = rng.integers(low, high, size=rows, dtype=dtype.newbyteorder("="), endpoint=True)
    return native.astype(dtype)


def _damage(rng, values):
    """NaN and infinities in a twentieth of the rows."""
    bad = rng.random(len(values)) < 0.05
    values[bad] = rng.choice([np.nan, np.inf, -np.inf, np.nan], size=bad.sum())


def components(rng, rows):
    """A dataset of three components, and the columns that name them."""
    data = rng.normal(size=(rows, 3)).astype(rng.choice(["<f8", "<f4", ">f8"]))
    return data, [Column(f"vector[:,{k}]", data[:, k]) for k in range(3)]


def write_files(rng, folder, columns, vector):
    """Cuts the rows into one to three files of different storage."""
    rows = len(vector)
    cuts = sorted(rng.integers(0, rows, endpoint=True, size=rng.integers(0, 3)))
    for part, (a, b) in enumerate(zip([0, *cuts], [*cuts, rows], strict=True)):
        with h5py.File(folder / f"part.{part}.h5", "w") as file:
            for column in columns:
                storage = STORAGE[rng.integers(len(STORAGE))] if b > a else {}
                # The type of the file, byte order included, is the array's.
                make = dict(shape=(b - a,), dtype=column.values.dtype, maxshape=(None,), **storage)
                if not storage:
                    del make["maxshape"]
                file.create_dataset(column.name, **make)[...] = column.values[a:b]
            tall = {"chunks": (100, 2), "compression": "gzip"} if b - a >= 100 else {}
            file.create_dataset("vector", data=vector[a:b], **tall)


def random_job(rng, name, columns):
    dimensions = rng.choice(np.arange(1, 9), p=[0.4, 0.28, 0.16, 0.08, 0.02, 0.02, 0.02, 0.02])
    most = max(2, int(min(300, CELLS ** (1 / dimensions)))) if dimensions < 5 else 3
    job = Job(name)
    # With eight axes one variable may come twice: that is allowed too.
    for k in rng.integers(len(columns), size=dimensions):
        job.axes.append(_random_axis(rng, columns[k], most))
    return job


def _random_axis(rng, column, most):
    """An axis that the oracle can make too: edges distinct, range finite."""
    while True:
        kind = rng.choice(["range", "automatic", "edges", "int"], p=[0.45, 0.2, 0.25, 0.1])
        make = {"range": _ranged, "automatic": _automatic, "edges": _irregular, "int": _counted}
        axis = make[kind](rng, column, int(rng.integers(1, most, endpoint=True)))
        if axis is not None:
            return axis


def equal_edges(low, high, bins):
    with np.errstate(all="ignore"):
        return np.linspace(float(low), float(high), bins + 1)


def distinct(edges):
    return np.isfinite(edges).all() and (np.diff(edges) > 0).all()


def _ranged(rng, column, bins):
    low, high = _limits(rng, column)
    if not low < high or not distinct(equal_edges(low, high, bins)):
        return None
    return Axis(column, f"{column.name}:{bins}:{low!r}..{high!r}", bins, (low, high))


def _limits(rng, column):
    """A range from the data, through the data or beside it."""
    finite = column.finite()
    if len(finite) < 2 or rng.random() < 0.3:
        return float(rng.integers(-8, 0)), float(rng.integers(1, 8))
    return tuple(sorted(float(v) for v in rng.choice(finite, size=2)))


def _automatic(rng, column, bins):
    finite = column.finite()
    if not len(finite):
        return None
    least, most = finite.min().item(), finite.max().item()
    low, high = float(least), float(most)
    if low > least or high < most:
        return None  # beyond 2**53 a range in float64 may not hold the data's ends
    if low == high:
        low, high = low - 0.5, high + 0.5
    if not distinct(equal_edges(low, high, bins)):
        return None
    return Axis(column, f"{column.name}:{bins}", bins, (low, high))


def _irregular(rng, column, bins):
    finite = column.finite().astype("f8")
    pool = [rng.normal(size=bins + 1), rng.integers(-9, 9, size=3).astype("f8")]
    if len(finite):
        pool.append(rng.choice(finite, size=bins + 1))
    edges = np.unique(rng.choice(np.concatenate(pool), size=min(bins, 25) + 1) + 0.0)
    if len(edges) < 2:
        return None
    text = ",".join(repr(float(e)) for e in edges)
    return Axis(column, f"{column.name}:edges:{text}", len(edges) - 1, edges=edges)


def _counted(rng, column, bins):
    if not column.is_integer:
        return None
    low = int(rng.integers(-20, 20))
    edges = np.arange(bins + 1) + low - 0.5
    text = f"{column.name}:int:{low}..{low + bins - 1}"
    return Axis(column, text, bins, edges=edges, is_counted=True)


def specification(jobs):
    """The TOML text of the jobs. JSON's strings and lists are TOML's too."""
    tables = [f"[[histogram]]\nname = {json.dumps(job.name)}\nby = {json.dumps(job.by)}\n" for job in jobs]
    return "\n".join(tables)
