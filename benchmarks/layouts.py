"""The same rows in three layouts of HDF5, and files that are hard to open.

    python layouts.py job FOLDER ROWS        contiguous.h5, gzip.h5 and zstd.h5
    python layouts.py chunks FOLDER CHUNKS   one file of so many chunks of 8 rows
    python layouts.py files FOLDER FILES     so many files of 100 rows

What exists is kept. A program of its own, so that the memory it takes is not
that of the measurement.
"""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def find_plugins():
    """Where HDF5 finds its zstd filter: in this environment, or in that of the tests."""
    if importlib.util.find_spec("hdf5plugin"):
        import hdf5plugin

        return hdf5plugin.PLUGIN_PATH
    found = sorted(ROOT.glob(".venv/lib/python3.*/site-packages/hdf5plugin/plugins"))
    if not found:
        sys.exit("no hdf5plugin here nor in .venv: `make .venv/.ready` installs it")
    return str(found[0])


# The library reads it when it is loaded.
os.environ.setdefault("HDF5_PLUGIN_PATH", find_plugins())

import h5py  # noqa: E402
import numpy as np  # noqa: E402

COLUMNS = ("x", "y", "v")
# 1 MiB of doubles, as `terabin generate` has them.
CHUNK_ROWS = 1 << 17
ZSTD = 32015
LAYOUTS = {
    "contiguous": {},
    "gzip": {"chunks": (CHUNK_ROWS,), "shuffle": True, "compression": "gzip", "compression_opts": 4},
    "zstd": {"chunks": (CHUNK_ROWS,), "shuffle": True, "compression": ZSTD, "compression_opts": (3,)},
}
ROWS_PER_TINY_CHUNK = 8
ROWS_PER_SMALL_FILE = 100
ROWS_PER_WRITE = 8 * CHUNK_ROWS


def write_job(folder, rows):
    """One file for each layout, all of the same values."""
    for layout, storage in LAYOUTS.items():
        path = Path(folder) / f"{layout}.h5"
        # A chunk may not be longer than its dataset.
        if "chunks" in storage:
            storage = storage | {"chunks": (min(CHUNK_ROWS, rows),)}
        write(path, lambda file, storage=storage: fill_columns(file, rows, storage))


def fill_columns(file, rows, storage):
    rng = np.random.default_rng(1)
    datasets = {name: file.create_dataset(name, (rows,), "f8", **storage) for name in COLUMNS}
    for start in range(0, rows, ROWS_PER_WRITE):
        stop = min(start + ROWS_PER_WRITE, rows)
        for name, dataset in datasets.items():
            dataset[start:stop] = measured(rng, 3.0 * (name == "v"), stop - start)


def measured(rng, mean, count):
    """Normal numbers of two decimals, as instruments give them: random bits do not compress.

    Shifted by 0.003, none of them lies within 0.01 bins of an edge of 256 bins over
    -4..4, so that engines which round differently there must count alike.
    """
    return np.round(rng.normal(mean, 1.0, count), 2) + 0.003


def write_chunks(folder, chunks):
    """`x` is 0, 1, 2 ... in chunks of a few rows."""
    rows = chunks * ROWS_PER_TINY_CHUNK

    def fill(file):
        dataset = file.create_dataset("x", (rows,), "f8", chunks=(ROWS_PER_TINY_CHUNK,))
        for start in range(0, rows, CHUNK_ROWS):
            stop = min(start + CHUNK_ROWS, rows)
            dataset[start:stop] = np.arange(start, stop)

    write(Path(folder) / "chunks.h5", fill)


def write_files(folder, files):
    """`x` is 0, 1, 2 ... through all files."""
    for number in range(files):
        start = number * ROWS_PER_SMALL_FILE
        values = np.arange(float(start), float(start + ROWS_PER_SMALL_FILE))
        write(Path(folder) / f"part-{number}.h5", lambda file, x=values: file.create_dataset("x", data=x))


def write(path, fill):
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with h5py.File(unfinished, "w") as file:
        fill(file)
    unfinished.rename(path)


if __name__ == "__main__":
    what, folder, count = sys.argv[1:]
    {"job": write_job, "chunks": write_chunks, "files": write_files}[what](folder, int(count))
