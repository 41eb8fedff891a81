"""What is measured: the jobs, their data, and how an answer is checked."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

LOW, HIGH = -4.0, 4.0
COLUMNS = ("x", "y", "z", "v")
ROWS_PER_WRITE = 1_000_000


@dataclass(frozen=True)
class Job:
    """A grid of equal bins over -4..4, and the mean of a column where asked."""

    name: str
    axes: tuple
    bins: int
    mean_of: str | None = None

    @property
    def shape(self):
        return (self.bins,) * len(self.axes)

    @property
    def ranges(self):
        return [(LOW, HIGH)] * len(self.axes)

    @property
    def columns(self):
        return (*self.axes, *([self.mean_of] if self.mean_of else []))


JOBS = (
    Job("1-D counts, 256 bins", ("x",), 256),
    Job("2-D counts, 256 x 256 bins", ("x", "y"), 256),
    Job("2-D mean, 256 x 256 bins", ("x", "y"), 256, "v"),
    Job("3-D counts, 64 x 64 x 64 bins", ("x", "y", "z"), 64),
)


@dataclass
class Answer:
    """What an engine found: counts, and means where they were asked for."""

    count: np.ndarray
    mean: np.ndarray | None = None


def make_data(folder, rows):
    """A file of `rows` rows in contiguous float64 columns; an existing one is kept."""
    path = Path(folder) / f"rows-{rows}.h5"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    rng = np.random.default_rng(1)
    with h5py.File(unfinished, "w") as file:
        for name in COLUMNS:
            dataset = file.create_dataset(name, (rows,), "f8")
            for start in range(0, rows, ROWS_PER_WRITE):
                stop = min(start + ROWS_PER_WRITE, rows)
                dataset[start:stop] = rng.normal(3.0 * (name == "v"), 1.0, stop - start)
    unfinished.rename(path)
    return path


def rows_near_edges(job, data):
    """Rows so near an edge that an engine without edge correction may put them next door.

    boost-histogram, fast-histogram and vaex compute the bin from a rounded quotient
    and stop there. The upper limit itself is a documented difference of the last two:
    their last bin is open. On such rows, and no others, an answer may differ.
    """
    near = np.zeros(len(data[job.axes[0]]), bool)
    for axis in job.axes:
        position = (data[axis] - LOW) * (job.bins / (HIGH - LOW))
        near |= np.abs(position - np.round(position)) < 1e-9
    return int(near.sum())


def differences(answer, reference, near_rows):
    """Rows counted in another cell than the reference has them; an error where too many are."""
    if answer.count.shape != reference.count.shape:
        raise AssertionError(f"shape {answer.count.shape}, not {reference.count.shape}")
    count = answer.count.astype("i8") - reference.count.astype("i8")
    moved = int(np.abs(count).sum())
    # A row that moves is missing in one cell and too many in another.
    if moved > 2 * near_rows:
        raise AssertionError(f"{moved} counts differ; {near_rows} rows lie near an edge")
    if reference.mean is not None:
        same_rows = (count == 0) & (reference.count > 0)
        np.testing.assert_allclose(answer.mean[same_rows], reference.mean[same_rows], rtol=1e-9, atol=1e-12)
    return moved
