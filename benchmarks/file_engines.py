"""One peer, one file, one answer: the process that `hdf5.py` starts for each turn.

    python file_engines.py ENGINE FILE THREADS ANSWER.npz LOOPS.so

Prints one JSON object: the seconds of the job from opening the file to the answer,
without the start of Python and its imports.
"""

import ctypes
import json
import os
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

# vaex sizes its pool when it is first imported.
if __name__ == "__main__":
    os.environ["VAEX_NUM_THREADS"] = sys.argv[3]

# Finds the filters of HDF5 before h5py loads the library.
import layouts  # isort: skip
import boost_histogram as bh
import h5py
import numpy as np

import loops
from jobs import HIGH, JOBS, LOW, Answer

(JOB,) = (job for job in JOBS if job.mean_of)
# Rows that one thread reads at a time: whole chunks.
BLOCK_ROWS = 4 * layouts.CHUNK_ROWS


def vaex_engine():
    with warnings.catch_warnings():
        # vaex imports modules that announce their own retirement.
        warnings.simplefilter("ignore")
        import vaex

    def run(path, _threads):
        frame = vaex.open(path)
        grid = {"binby": list(JOB.axes), "limits": JOB.ranges, "shape": JOB.shape}
        # Both in one pass, as its users do it.
        count = frame.count(**grid, delay=True)
        mean = frame.mean(JOB.mean_of, **grid, delay=True)
        frame.execute()
        return Answer(np.asarray(count.get()), np.asarray(mean.get()))

    return run


def boost_engine():
    def fill(blocks):
        axes = [bh.axis.Regular(JOB.bins, LOW, HIGH) for _ in JOB.axes]
        histogram = bh.Histogram(*axes, storage=bh.storage.Mean())
        for x, y, v in blocks:
            histogram.fill(x, y, sample=v)
        return histogram

    def run(path, threads):
        # Its Mean storage refuses threads of its own: a histogram for each, then their sum.
        first, *others = in_threads(fill, path, threads)
        for other in others:
            first += other
        return Answer(first.counts(), first.values())

    return run


def numpy_engine():
    def fill(blocks):
        count, total = np.zeros(JOB.bins**2), np.zeros(JOB.bins**2)
        scale = JOB.bins / (HIGH - LOW)
        for x, y, v in blocks:
            inside = (x >= LOW) & (x < HIGH) & (y >= LOW) & (y < HIGH)
            i = ((x[inside] - LOW) * scale).astype(np.int64)
            cell = i * JOB.bins + ((y[inside] - LOW) * scale).astype(np.int64)
            count += np.bincount(cell, minlength=JOB.bins**2)
            total += np.bincount(cell, v[inside], minlength=JOB.bins**2)
        return count, total

    def run(path, threads):
        return summed(in_threads(fill, path, threads))

    return run


def c_engine(library):
    compiled = loops.load(library)
    pointer = ctypes.POINTER(ctypes.c_double)

    def fill(blocks):
        count, total = np.zeros(JOB.bins**2, np.int64), np.zeros(JOB.bins**2)
        limits = ctypes.c_double(LOW), ctypes.c_double(HIGH), ctypes.c_int64(JOB.bins)
        cells = count.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)), total.ctypes.data_as(pointer)
        for block in blocks:
            columns = [column.ctypes.data_as(pointer) for column in block]
            compiled.bin_mean(*columns, ctypes.c_int64(len(block[0])), *limits, *cells)
        return count, total

    def run(path, threads):
        return summed(in_threads(fill, path, threads))

    return run


def in_threads(fill, path, threads):
    """What `fill` makes of the blocks of each thread; h5py lets one thread in at a time."""
    with h5py.File(path) as file, ThreadPoolExecutor(threads) as pool:
        columns = [file[name] for name in JOB.columns]
        starts = range(0, len(columns[0]), BLOCK_ROWS)

        def work(k):
            return fill([c[s : s + BLOCK_ROWS] for c in columns] for s in starts[k::threads])

        return list(pool.map(work, range(threads)))


def summed(parts):
    count = sum(part[0] for part in parts).reshape(JOB.shape)
    total = sum(part[1] for part in parts).reshape(JOB.shape)
    with np.errstate(invalid="ignore"):
        return Answer(count, total / count)


def main():
    name, path, threads, answer, library = sys.argv[1:]
    engines = {
        "vaex": vaex_engine,
        "h5py + boost-histogram": boost_engine,
        "h5py + NumPy loop": numpy_engine,
        "h5py + C loop": lambda: c_engine(library),
    }
    run = engines[name]()
    start = time.perf_counter()
    found = run(path, int(threads))
    seconds = time.perf_counter() - start
    np.savez(answer, count=found.count, mean=found.mean)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
