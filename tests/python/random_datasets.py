"""Random HDF5 files, written by h5py in every way that it has, with the values they must give."""

import h5py
import hdf5plugin
import numpy as np

from corpus.entry import VERSIONS, Corpus, columns_of

KINDS = ("i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8")
KINDS += ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "?")
DATASETS = 4


def write_random_files(folder, seeds):
    """A file for each seed; gives the `Corpus` of their datasets."""
    corpus = Corpus(folder)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        name = f"random-{seed}.h5"
        version = str(rng.choice(list(VERSIONS)))
        options = {"userblock_size": 512} if rng.random() < 0.1 else {}
        with h5py.File(folder / name, "w", libver=VERSIONS[version], **options) as file:
            made = {f"d{i}": _dataset(file, f"d{i}", rng) for i in range(DATASETS)}
        _check(folder / name, made)
        for path, values in made.items():
            corpus.add(f"{seed}/{path}/{version}", name, path, values)
    return corpus


def _check(path, made):
    """The library reads what is expected: nothing else would be a fair demand."""
    with h5py.File(path) as file:
        for name, values in made.items():
            read = columns_of(name, file[name][()])
            for column, wanted in columns_of(name, values).items():
                assert read[column].tobytes() == wanted.tobytes(), (path, column)


def _dataset(file, name, rng):
    """Writes a dataset in one of many ways, and gives its values."""
    rank = int(rng.choice([1, 1, 1, 2, 2, 3, 4]))
    shape = tuple(int(rng.integers(1, most + 1)) for most in {1: [2000], 2: [300, 7]}.get(rank, [9] * rank))
    kind = _compound(rng) if rng.random() < 0.15 and rank == 1 else np.dtype(str(rng.choice(KINDS)))
    options = _storage(shape, kind, rng)
    fill = None if kind.names else _values((), kind, rng)[()]
    dataset = file.create_dataset(name, shape=shape, dtype=kind, fillvalue=fill, **options)
    values = np.full(shape, fill, dtype=kind) if fill is not None else np.zeros(shape, dtype=kind)
    for part in _parts(shape, rng):
        values[part] = _values(values[part].shape, kind, rng)
        dataset[part] = values[part]
    if dataset.maxshape != dataset.shape and rng.random() < 0.5:
        values = _resized(dataset, values, fill, rng)
    if dataset.chunks and rng.random() < 0.2:
        _unfiltered_chunk(dataset, values, kind)
    return values


def _compound(rng):
    """Fields of any numbers, some of them arrays, packed, aligned or far apart."""
    kinds = [str(rng.choice(KINDS[:-1])) for _ in range(rng.integers(1, 5))]
    fields = [
        (f"f{i}", kind, (3,)) if rng.random() < 0.2 else (f"f{i}", kind) for i, kind in enumerate(kinds)
    ]
    packed = np.dtype(fields)
    if rng.random() < 0.6:
        return packed
    gaps = [int(packed.fields[name][1]) + 5 * i for i, name in enumerate(packed.names)]
    formats = [packed.fields[name][0] for name in packed.names]
    size = gaps[-1] + formats[-1].itemsize + int(rng.integers(0, 8))
    return np.dtype({"names": packed.names, "formats": formats, "offsets": gaps, "itemsize": size})


def _storage(shape, kind, rng):
    if rng.random() < 0.25:
        return {}
    chunks = tuple(int(rng.integers(1, extent + 1)) for extent in shape)
    if np.prod([-(-s // c) for s, c in zip(shape, chunks, strict=True)]) > 3000:
        chunks = shape
    growth = [None if rng.random() < 0.4 else int(extent) for extent in shape]
    options = {"chunks": chunks, "maxshape": tuple(growth)}
    options |= {"shuffle": bool(rng.random() < 0.5), "fletcher32": bool(rng.random() < 0.3)}
    return options | _compression(kind, int(np.prod(chunks)), rng)


def _compression(kind, elements, rng):
    plugins = [hdf5plugin.Zstd(), hdf5plugin.LZ4(), hdf5plugin.LZ4(nbytes=512), hdf5plugin.BZip2()]
    plugins += [hdf5plugin.Blosc(cname=c, shuffle=s) for c in ("lz4", "zstd", "blosclz") for s in range(3)]
    plugins += [hdf5plugin.Blosc2(cname=c, filters=f) for c in ("lz4", "zstd") for f in range(3)]
    plugins += [hdf5plugin.Bitshuffle(cname=c) for c in ("none", "lz4", "zstd")]
    choices = [{}, {"compression": "gzip", "compression_opts": int(rng.integers(0, 10))}]
    choices += [{"compression": "lzf"}] * 2 + [{"compression": plugin} for plugin in plugins]
    if kind.kind in "iu":
        choices += [{"scaleoffset": 0, "fletcher32": False}] * 2
    # A chunk has a block of szip at least.
    if kind.kind in "iuf" and elements >= 8:
        choices += [{"compression": "szip", "compression_opts": (str(rng.choice(["ec", "nn"])), 8)}] * 2
    return choices[rng.integers(len(choices))]


def _values(shape, kind, rng):
    """Smooth, random, extreme or equal numbers of a type."""
    if kind.names:
        values = np.zeros(shape, dtype=kind)
        for name in kind.names:
            values[name] = _values(values[name].shape, kind[name].base, rng)
        return values
    if kind.kind == "b":
        return rng.random(shape) < 0.5
    way = rng.integers(4)
    if kind.kind == "f":
        numbers = (rng.normal(size=shape), np.full(shape, 1.5), rng.integers(0, 9, shape) / 4.0)
        special = rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.0, 6e-8], size=shape)
        return (*numbers, special)[way].astype(kind)
    least, most = np.iinfo(kind).min, np.iinfo(kind).max
    native = kind.newbyteorder("=")
    limits = [(least, most), (0, 9), (5, 5), (max(least, -100), 100)][way]
    return rng.integers(*limits, size=shape, dtype=native, endpoint=True).astype(kind)


def _parts(shape, rng):
    """The places to write: everything, or a few boxes, so that some chunks are never written."""
    if rng.random() < 0.6:
        yield tuple(slice(None) for _ in shape)
        return
    for _ in range(rng.integers(0, 4)):
        starts = [int(rng.integers(0, extent)) for extent in shape]
        yield tuple(slice(a, int(rng.integers(a, n)) + 1) for a, n in zip(starts, shape, strict=True))


def _resized(dataset, values, fill, rng):
    """Grown or shrunk where it may be: what is new has the fill value."""
    limits = zip(values.shape, dataset.maxshape, strict=True)
    shape = tuple(n if most is not None else int(rng.integers(1, 2 * n + 1)) for n, most in limits)
    dataset.resize(shape)
    grown = np.full(shape, fill, dtype=values.dtype) if fill is not None else np.zeros(shape, values.dtype)
    kept = tuple(slice(0, min(a, b)) for a, b in zip(shape, values.shape, strict=True))
    grown[kept] = values[kept]
    return grown


def _unfiltered_chunk(dataset, values, kind):
    """The first chunk as raw bytes: its mask says that every filter was skipped."""
    if kind.names or any(c > n for c, n in zip(dataset.chunks, dataset.shape, strict=True)):
        return
    first = values[tuple(slice(0, c) for c in dataset.chunks)]
    count = dataset.id.get_create_plist().get_nfilters()
    dataset.id.write_direct_chunk((0,) * values.ndim, np.ascontiguousarray(first).tobytes(), (1 << count) - 1)
