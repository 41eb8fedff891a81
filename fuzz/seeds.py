"""Writes the seeds of the fuzz targets: small chunks and files, as h5py writes them.

    .venv/bin/python fuzz/seeds.py

One folder for each target in fuzz/seeds. A chunk stands after the size of its
elements (1 byte), its size (4), the number of the filter's values (1) and the values
(4 each), all little-endian.
"""

import shutil
import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

SEEDS = Path(__file__).parent / "seeds"

STEPS = (np.arange(90) // 9 * 7).astype("<i4")
WAVE = np.sin(np.arange(70) / 9)
BOX = STEPS[:70].reshape(2, 5, 7)
NOISE = np.random.default_rng(1).integers(0, 256, 64, dtype="u1")

# Target: its filter's number, and what to write with it.
CHUNKS = {
    "deflate": (1, [(STEPS, {"compression": "gzip"})]),
    "shuffle": (2, [(d, {"shuffle": True}) for d in (STEPS, WAVE, BOX)]),
    "fletcher32": (3, [(d, {"fletcher32": True}) for d in (STEPS, NOISE[:33])]),
    "szip": (
        4,
        [
            (data, {"compression": "szip", "compression_opts": (coding, pixels)})
            for data in (STEPS, WAVE.astype("<f4"), WAVE, NOISE, BOX.astype("<i2"))
            for coding in ("nn", "ec")
            for pixels in (8, 32)
        ],
    ),
    "scaleoffset": (
        6,
        [
            (STEPS, {"scaleoffset": 0}),
            (STEPS, {"scaleoffset": 4}),
            (-STEPS.astype(">i8"), {"scaleoffset": 0, "fillvalue": -7}),
            (WAVE, {"scaleoffset": 3}),
            (WAVE.astype("<f4"), {"scaleoffset": 2}),
        ],
    ),
    "bzip2": (307, [(d, hdf5plugin.BZip2()) for d in (STEPS, NOISE)]),
    "lzf": (32000, [(d, {"compression": "lzf"}) for d in (STEPS, WAVE.astype("i1"))]),
    "blosc": (
        32001,
        [
            (
                np.resize(data, size),
                hdf5plugin.Blosc(cname=name, clevel=9, shuffle=shuffle),
            )
            for name in ("blosclz", "lz4", "zlib", "zstd", "snappy")
            for shuffle in (0, 1, 2)
            for data, size in ((STEPS, 600), (NOISE, 64), (BOX, 104))
        ],
    ),
    "lz4": (32004, [(d, hdf5plugin.LZ4(nbytes=128)) for d in (STEPS, NOISE)]),
    "bitshuffle": (
        32008,
        [
            (data, hdf5plugin.Bitshuffle(nelems=size, cname=name))
            for name in ("none", "lz4", "zstd")
            for size in (0, 16)
            for data in (STEPS, WAVE, NOISE[:61])
        ],
    ),
    "zstd": (32015, [(d, hdf5plugin.Zstd()) for d in (STEPS, NOISE)]),
    "blosc2": (
        32026,
        [
            (
                data,
                {
                    "compression": 32026,
                    "compression_opts": (0, 64, 0, 0, 9, filters, codec),
                },
            )
            for filters in (0, 1, 2, 3)
            for codec in (0, 1, 4, 5)
            for data in (STEPS, STEPS * 0, BOX)
        ],
    ),
}


def main() -> None:
    shutil.rmtree(SEEDS, ignore_errors=True)
    for target, (number, datasets) in CHUNKS.items():
        save(
            target, (seed for d, kw in datasets for seed in chunk(number, d, dict(kw)))
        )
    save(
        "nbit",
        (seed for data, precision in nbit_types() for seed in nbit(data, precision)),
    )
    save("description", files())


def save(target: str, seeds: Iterator[bytes]) -> None:
    (SEEDS / target).mkdir(parents=True)
    for i, seed in enumerate(dict.fromkeys(seeds)):
        (SEEDS / target / f"{i:02}").write_bytes(seed)


def chunk(number: int, data: np.ndarray, options: dict) -> Iterator[bytes]:
    """The chunk, if the filter made it smaller, so that it was kept."""
    with h5py.File(BytesIO(), "w") as file:
        dataset = file.create_dataset("d", data=data, chunks=data.shape, **options)
        file.flush()
        yield from stored(number, dataset.id, data.itemsize, data.nbytes)


def nbit_types() -> list[tuple[np.ndarray, int]]:
    return [(STEPS, 20), (STEPS.astype(">i2"), 9), (STEPS.astype("u1"), 7), (BOX, 32)]


def nbit(data: np.ndarray, precision: int) -> Iterator[bytes]:
    """A chunk of integers with `precision` bits, which h5py writes by its low level only."""
    kind = h5py.h5t.py_create(data.dtype).copy()
    kind.set_precision(precision)
    options = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    options.set_chunk(data.shape)
    options.set_filter(5)
    with h5py.File(BytesIO(), "w") as file:
        space = h5py.h5s.create_simple(data.shape)
        dataset = h5py.h5d.create(file.id, b"d", kind, space, options)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(data))
        file.flush()
        yield from stored(5, dataset, data.itemsize, data.nbytes)


def stored(
    number: int, dataset: h5py.h5d.DatasetID, element: int, size: int
) -> Iterator[bytes]:
    mask, raw = dataset.read_direct_chunk((0,) * dataset.rank)
    filters = dataset.get_create_plist()
    found, _, values, _ = filters.get_filter(0)
    assert found == number and filters.get_nfilters() == 1
    if mask == 0:
        head = struct.pack(f"<BIB{len(values)}I", element, size, len(values), *values)
        yield head + raw


def files() -> Iterator[bytes]:
    for libver in ("earliest", "latest"):
        for fill in (plain, chunked, kinds, groups):
            buffer = BytesIO()
            with h5py.File(buffer, "w", libver=libver) as file:
                fill(file)
            yield buffer.getvalue()


def plain(file: h5py.File) -> None:
    file["x"] = STEPS
    file["y"] = np.float64(3)
    file["z"] = h5py.Empty("f8")


def chunked(file: h5py.File) -> None:
    file.create_dataset(
        "fixed", data=STEPS, chunks=(16,), compression="gzip", fletcher32=True
    )
    file.create_dataset("growing", data=BOX, chunks=(1, 2, 3), maxshape=(None, 5, None))
    file.create_dataset(
        "one", data=STEPS, chunks=STEPS.shape, shuffle=True, fillvalue=7
    )
    file.create_dataset("none", shape=(9, 3), dtype="<f4", chunks=(4, 2))


def kinds(file: h5py.File) -> None:
    row = np.dtype([("a", ">f4"), ("b", "<u2", (3,)), ("c", [("d", "S5")])])
    file["rows"] = np.zeros(4, row)
    file["text"] = ["one", "two"]
    file["colour"] = np.zeros(3, h5py.enum_dtype({"RED": 0, "BLUE": 1}, "i1"))
    file["flag"] = np.array([True, False])
    file["ragged"] = np.array([np.arange(2), np.arange(1)], h5py.vlen_dtype("i4"))
    file["complex"] = np.zeros(2, "c8")


def groups(file: h5py.File) -> None:
    group = file.create_group("PartType0", track_order=True)
    group["Masses"] = WAVE
    group["Masses"].attrs["units"] = "kg"
    group.attrs["sizes"] = STEPS[:5]
    file["alias"] = group
    file["soft"] = h5py.SoftLink("/PartType0/Masses")
    file["outside"] = h5py.ExternalLink("other.h5", "/x")
    file["reference"] = np.array([group.ref], h5py.ref_dtype)


if __name__ == "__main__":
    main()
