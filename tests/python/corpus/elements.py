"""Types of elements, fill values, and chunks that were never written."""

import h5py
import numpy as np

from corpus.entry import VERSIONS
from corpus.layouts import matrix, smooth

NUMBERS = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")


def write_elements(corpus, version):
    rng = np.random.default_rng(5)
    name = f"elements-{version}.h5"
    with h5py.File(corpus.folder / name, "w", libver=VERSIONS[version]) as file:
        for path, values, options in [*_numbers(rng), *_others(rng)]:
            file.create_dataset(path, data=values, **options)
            corpus.add(f"element/{path}/{version}", name, path, values)
        # h5py takes a field of arrays for components unless the dataset is made first.
        arrays = rng.normal(size=(50, 4))
        file.create_dataset("array", shape=(50,), dtype=np.dtype("(4,)f8"))[...] = arrays
    corpus.add(f"element/array/{version}", name, "array", arrays)


def _numbers(rng):
    """Every width in both byte orders, contiguous and compressed."""
    for kind in NUMBERS:
        for order in "<>" if kind[1] != "1" else "<":
            numbers = rng.normal(size=777) * 50
            values = numbers.astype("i8" if kind[0] == "u" else kind).astype(order + kind)
            path = f"{'big' if order == '>' else 'little'}_{kind}"
            yield path, values, {}
            yield f"{path}_gzip", values, {"chunks": (100,), "compression": "gzip", "shuffle": True}


def _others(rng):
    yield "special", np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, 1.7e308]), {}
    yield "bool", rng.integers(0, 2, 500).astype(bool), {}
    letters = h5py.enum_dtype({"A": 0, "B": 1, "C": 2}, basetype="i4")
    yield "enum", rng.integers(0, 3, 500).astype("i4"), {"dtype": letters}
    yield "fixed_text", np.array([f"s{i}".encode() for i in range(300)], dtype="S8"), {}
    texts = np.array([f"väl{'x' * (i % 40)}{i}" for i in range(300)], dtype=object)
    yield "text", texts, {"dtype": h5py.string_dtype()}
    yield "text_gzip", texts, {"dtype": h5py.string_dtype(), "chunks": (50,), "compression": "gzip"}
    yield "compound", records(), {}
    yield "compound_gzip", records(), {"chunks": (64,), "compression": "gzip", "shuffle": True}
    yield "complex", rng.normal(size=100) + 1j * rng.normal(size=100), {}


def records():
    rng = np.random.default_rng(6)
    rows = np.zeros(400, dtype=[("x", "<f8"), ("id", "<i4"), ("w", "<f4", (3,)), ("b", "<u2")])
    rows["x"], rows["w"] = rng.normal(size=400), rng.normal(size=(400, 3))
    rows["id"], rows["b"] = np.arange(400), 7
    return rows


def write_fills(corpus, version):
    """Rows that nobody wrote have the fill value; rows cut off again are gone."""
    line = smooth()
    gap = {"shape": (5000,), "chunks": (300,)}
    name = f"fills-{version}.h5"
    with h5py.File(corpus.folder / name, "w", libver=VERSIONS[version]) as file:
        gzip = {"dtype": "f8", "fillvalue": -9.5, "compression": "gzip"}
        file.create_dataset("gap", **gap, **gzip)[1000:2000] = line[1000:2000]
        file.create_dataset("gap_big", **gap, dtype=">f4", fillvalue=2.5)[1000:2000] = line[1000:2000]
        never = {"shape": (777,), "dtype": "f8", "fillvalue": 1.25}
        file.create_dataset("never_written", chunks=(100,), **never)
        file.create_dataset("never_written_contiguous", **never)
        grown = {"chunks": (64, 7), "maxshape": (None, 7), "fillvalue": 4.0, "compression": "gzip"}
        file.create_dataset("grown", data=matrix(), **grown).resize((1500, 7))
        file.create_dataset("shrunk", data=line, chunks=(300,), maxshape=(None,)).resize((1234,))
    corpus.add_as_read("fill", name, version)
