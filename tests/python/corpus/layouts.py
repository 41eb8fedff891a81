"""Layouts, chunk indices and filters."""

import h5py
import hdf5plugin
import numpy as np

from corpus.entry import VERSIONS

ROWS = 5000


def smooth(rows=ROWS):
    """Numbers that compress, as measured ones do."""
    return np.cumsum(np.random.default_rng(1).normal(size=rows))


def matrix():
    return np.random.default_rng(2).normal(size=(1001, 7))


def cube():
    return np.random.default_rng(3).normal(size=(37, 21, 5)).astype("f4")


def integers():
    return np.random.default_rng(4).integers(-1000, 1000, ROWS).astype("i4")


def write_layouts(corpus, version):
    """A dataset for each way to store and to index; what the library makes of it is up to the version."""
    line, plane, solid = smooth(), matrix(), cube()
    growing, both = {"maxshape": (None,)}, {"maxshape": (None, None)}
    gzip, shuffled = {"compression": "gzip"}, {"compression": "gzip", "shuffle": True}
    datasets = {
        "contiguous": (line, {}),
        "contiguous_2d": (plane, {}),
        "contiguous_3d": (solid, {}),
        "one_chunk": (line, {"chunks": (ROWS,)}),
        "one_chunk_gzip": (line, {"chunks": (ROWS,), **gzip}),
        "fixed_array": (line, {"chunks": (300,)}),
        "fixed_array_gzip": (line, {"chunks": (300,), **shuffled}),
        # Beyond 1,024 chunks the index has pages.
        "fixed_array_paged": (line, {"chunks": (2,)}),
        "extensible_array": (line, {"chunks": (300,), **growing}),
        "extensible_array_many": (line, {"chunks": (2,), **growing}),
        "extensible_array_gzip": (line, {"chunks": (300,), **growing, **gzip}),
        # The library numbers the chunks of these with the growing dimension first.
        "extensible_second": (plane, {"chunks": (100, 3), "maxshape": (1001, None)}),
        "extensible_middle": (solid, {"chunks": (8, 8, 2), "maxshape": (37, None, 5), **gzip}),
        "btree": (plane, {"chunks": (100, 3), **both}),
        "btree_gzip": (plane, {"chunks": (100, 3), **both, **shuffled}),
        "btree_many": (plane, {"chunks": (1, 3), **both}),
        "edges_2d": (plane, {"chunks": (100, 3), **gzip}),
        "edges_3d": (solid, {"chunks": (8, 8, 2), **shuffled}),
        "scalar": (3.25, {}),
        "no_rows": (np.zeros((0, 3)), {"chunks": (10, 3), "maxshape": (None, 3)}),
    }
    name = f"layouts-{version}.h5"
    with h5py.File(corpus.folder / name, "w", libver=VERSIONS[version]) as file:
        for path, (values, options) in datasets.items():
            file.create_dataset(path, data=values, **options)
            corpus.add(f"layout/{path}/{version}", name, path, values)
        _implicit(file, line)
        _compact(file, line[:50])
    corpus.add(f"layout/implicit/{version}", name, "implicit", line)
    corpus.add(f"layout/compact/{version}", name, "compact", line[:50])


def _implicit(file, values):
    """Chunks allocated early, without filters, in a fixed shape: no index at all in the newest version."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((300,))
    creation.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    _dataset(file, "implicit", values, creation)


def _compact(file, values):
    """Values that lie within the object's header."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    _dataset(file, "compact", values, creation)


def _dataset(file, name, values, creation, stored=None):
    values = np.ascontiguousarray(values)
    stored = stored or h5py.h5t.py_create(values.dtype)
    space = h5py.h5s.create_simple(values.shape)
    dataset = h5py.h5d.create(file.id, name.encode(), stored, space, creation)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def compressions():
    """The filters by name, as the arguments of a dataset's creation."""
    blosc, blosc2, bitshuffle = hdf5plugin.Blosc, hdf5plugin.Blosc2, hdf5plugin.Bitshuffle
    zstd = hdf5plugin.Zstd(clevel=3)
    shuffle = {"shuffle": True}
    return {
        "gzip9": {"compression": "gzip", "compression_opts": 9},
        "gzip_shuffle": {"compression": "gzip", **shuffle},
        "gzip_shuffle_fletcher32": {"compression": "gzip", **shuffle, "fletcher32": True},
        "fletcher32": {"fletcher32": True},
        "lzf": {"compression": "lzf"},
        "lzf_shuffle": {"compression": "lzf", **shuffle},
        "szip": {"compression": "szip"},
        "zstd": {"compression": zstd},
        "zstd_shuffle": {"compression": zstd, **shuffle},
        "lz4": {"compression": hdf5plugin.LZ4()},
        "lz4_blocks": {"compression": hdf5plugin.LZ4(nbytes=1024), **shuffle},
        "blosc_blosclz": {"compression": blosc(cname="blosclz", clevel=5, shuffle=blosc.SHUFFLE)},
        "blosc_lz4": {"compression": blosc(cname="lz4", clevel=5, shuffle=blosc.SHUFFLE)},
        "blosc_zstd": {"compression": blosc(cname="zstd", clevel=5, shuffle=blosc.BITSHUFFLE)},
        "blosc_zlib": {"compression": blosc(cname="zlib", clevel=5, shuffle=blosc.SHUFFLE)},
        "blosc2_lz4": {"compression": blosc2(cname="lz4", clevel=5)},
        "blosc2_zstd": {"compression": blosc2(cname="zstd", clevel=5)},
        "bitshuffle": {"compression": bitshuffle(cname="none")},
        "bitshuffle_lz4": {"compression": bitshuffle(cname="lz4")},
        "bitshuffle_zstd": {"compression": bitshuffle(cname="zstd")},
        "bzip2": {"compression": hdf5plugin.BZip2()},
    }


def write_filters(corpus, version):
    line, counts = smooth(), integers()
    name = f"filters-{version}.h5"
    with h5py.File(corpus.folder / name, "w", libver=VERSIONS[version]) as file:
        for path, options in compressions().items():
            file.create_dataset(path, data=line, chunks=(512,), **options)
        file.create_dataset("scaleoffset_integer", data=counts, chunks=(512,), scaleoffset=0)
        file.create_dataset("scaleoffset_float", data=line, chunks=(512,), scaleoffset=3)
        _twelve_bits(file, counts)
        _masked_filters(file, line[:1024])
    corpus.add_as_read("filter", name, version)
    _check_lossless(corpus, name)


def _twelve_bits(file, values):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((512,))
    creation.set_filter(h5py.h5z.FILTER_NBIT, 0, ())
    stored = h5py.h5t.STD_I16LE.copy()
    stored.set_precision(12)
    stored.set_offset(0)
    _dataset(file, "nbit_12", values, creation, stored)


def _masked_filters(file, values):
    """The first chunk lies there raw: its mask says that no filter was applied."""
    options = {"chunks": (512,), "compression": "gzip", "shuffle": True}
    dataset = file.create_dataset("filter_mask", shape=values.shape, dtype="f8", **options)
    dataset.id.write_direct_chunk((0,), values[:512].tobytes(), 0b11)
    dataset[512:] = values[512:]


def _check_lossless(corpus, name):
    """What the library reads is what was written, but for the filter that rounds."""
    wanted = {"scaleoffset_integer": integers(), "nbit_12": integers(), "filter_mask": smooth()[:1024]}
    with h5py.File(corpus.folder / name) as file:
        for path in set(file) - {"scaleoffset_float"}:
            assert np.array_equal(file[path][()], wanted.get(path, smooth())), path
