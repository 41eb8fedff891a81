"""Pipelines with two compressors: both are undone, in the order of the file."""

import h5py
import hdf5plugin
import numpy as np
import pytest

from column_reader import read_columns

ROWS, CHUNK = 3000, 512
# The number of each filter, and the values it is set with.
FILTERS = {
    "gzip": (h5py.h5z.FILTER_DEFLATE, (4,)),
    "shuffle": (h5py.h5z.FILTER_SHUFFLE, ()),
    "fletcher32": (h5py.h5z.FILTER_FLETCHER32, ()),
    "lzf": (h5py.h5z.FILTER_LZF, ()),
    "bzip2": (hdf5plugin.BZip2.filter_id, (9,)),
    "lz4": (hdf5plugin.LZ4.filter_id, (0,)),
    "zstd": (hdf5plugin.Zstd.filter_id, (3,)),
    "bitshuffle": (hdf5plugin.Bitshuffle.filter_id, (0, 2)),
    "blosc": (hdf5plugin.Blosc.filter_id, (0, 0, 0, 0, 5, 1, 1)),
}
# These leave chunks as they are that they would make longer.
OPTIONAL = {"lzf", "blosc"}
PIPELINES = (
    *("gzip bzip2", "bzip2 gzip", "gzip lzf", "lzf gzip", "gzip gzip", "lz4 gzip", "zstd gzip"),
    *("gzip zstd", "gzip lz4", "bzip2 zstd", "bitshuffle gzip", "blosc gzip", "zstd lz4"),
    *("shuffle gzip fletcher32 bzip2", "shuffle lzf gzip fletcher32", "gzip bzip2 zstd"),
)


def write(path, values, pipeline, chunk=CHUNK):
    """A dataset whose chunks went through all filters of a pipeline."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((chunk,))
    for name in pipeline:
        number, options = FILTERS[name]
        flag = h5py.h5z.FLAG_OPTIONAL if name in OPTIONAL else h5py.h5z.FLAG_MANDATORY
        creation.set_filter(number, flag, options)
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple(values.shape)
        kind = h5py.h5t.py_create(values.dtype)
        h5py.h5d.create(file.id, b"x", kind, space, creation)
        file["x"][...] = values
    with h5py.File(path) as file:
        listed = file["x"].id.get_create_plist()
        assert listed.get_nfilters() == len(pipeline)
        chunks = [file["x"].id.get_chunk_info(i) for i in range(file["x"].id.get_num_chunks())]
        skipped = sum(1 << i for i, name in enumerate(pipeline) if name in OPTIONAL)
        assert {info.filter_mask for info in chunks} <= {0, skipped}
        assert chunks[0].filter_mask == 0, "every filter was applied"
        assert np.array_equal(file["x"][()], values)
    return path


def smooth(kind):
    """Numbers that every compressor makes shorter."""
    return (np.arange(ROWS) // 5).astype(kind)


def noisy(kind):
    """Between chunks of those, chunks of noise, which every compressor makes longer."""
    noise = np.frombuffer(np.random.default_rng(1).bytes(8 * ROWS), kind)
    noise = np.nan_to_num(noise) if noise.dtype.kind == "f" else noise
    return np.where(np.arange(ROWS) // CHUNK % 2 == 0, smooth(kind), noise).astype(kind)


def check(path, values):
    (answer,) = read_columns([(path, "", ["x"])])
    assert not answer.error, answer.message
    assert not answer.through_library, answer.through_library
    assert np.array_equal(answer.columns["x"], values)


@pytest.mark.parametrize("kind", ["<i8", ">f8"])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_filter_is_undone(tmp_path, pipeline, kind):
    values = smooth(kind)
    check(write(tmp_path / "x.h5", values, pipeline.split()), values)


@pytest.mark.parametrize("kind", ["<i8", ">f8"])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_chunks_that_grow_with_every_filter(tmp_path, pipeline, kind):
    values = noisy(kind)
    check(write(tmp_path / "x.h5", values, pipeline.split()), values)


@pytest.mark.parametrize("pipeline", ["gzip bzip2", "bzip2 gzip", "lz4 gzip", "gzip lz4", "gzip bzip2 zstd"])
def test_large_chunks_that_grow_with_every_filter(tmp_path, pipeline):
    """A mebibyte of noise gets longer by far more than the headers of its filters."""
    values = np.frombuffer(np.random.default_rng(1).bytes(1 << 20), "<i8")
    check(write(tmp_path / "x.h5", values, pipeline.split(), len(values)), values)


@pytest.mark.parametrize("pipeline", ["gzip bzip2", "bzip2 gzip"])
@pytest.mark.parametrize("skipped", [0b01, 0b10, 0b11])
def test_filters_that_a_chunk_skipped_are_not_undone(tmp_path, pipeline, skipped):
    """The mask of a chunk says which filters did not run on it."""
    values = smooth("<i8")
    path = write(tmp_path / "x.h5", values, pipeline.split())
    ran = [name for i, name in enumerate(pipeline.split()) if not skipped >> i & 1]
    alone = write(tmp_path / "alone.h5", values, ran)
    with h5py.File(path, "r+") as file, h5py.File(alone) as other:
        _, stored = other["x"].id.read_direct_chunk((CHUNK,))
        file["x"].id.write_direct_chunk((CHUNK,), stored, skipped)
    with h5py.File(path) as file:
        assert file["x"].id.get_chunk_info(1).filter_mask == skipped
        assert np.array_equal(file["x"][()], values)
    check(path, values)
