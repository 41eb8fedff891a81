"""Links, virtual datasets, and what surrounds the data in a file."""

import h5py
import numpy as np

from corpus.entry import EITHER, ERROR, VERSIONS
from corpus.layouts import smooth


def write_links(corpus, version):
    line = smooth()
    name, target = f"links-{version}.h5", f"link-target-{version}.h5"
    with h5py.File(corpus.folder / target, "w", libver=VERSIONS[version]) as file:
        file["g/data"] = line
    with h5py.File(corpus.folder / name, "w", libver=VERSIONS[version]) as file:
        file["a/b/c/d/data"] = line
        file["soft"] = h5py.SoftLink("/a/b/c/d/data")
        file["soft_group"] = h5py.SoftLink("/a/b")
        file["soft_relative"] = h5py.SoftLink("a/b/c/d/data")
        file["hard"] = file["a/b/c/d/data"]
        file["external"] = h5py.ExternalLink(target, "/g/data")
        file["loop"], file["loop2"] = h5py.SoftLink("/loop2"), h5py.SoftLink("/loop")
        file["dangling"] = h5py.SoftLink("/nowhere")
        for i in range(300):
            file[f"many/d{i:04d}"] = np.arange(3.0) + i
        tracked = file.create_group("tracked", track_order=True)
        for i in range(50):
            tracked[f"z{49 - i}"] = float(i)
        _attributes(file["a/b/c/d/data"])
    reached = {"nested": "a/b/c/d/data", "soft": "soft", "soft_group": "soft_group/c/d/data"}
    reached |= {path: path for path in ("soft_relative", "hard", "external")}
    for way, path in reached.items():
        corpus.add(f"links/{way}/{version}", name, path, line)
    corpus.add(f"links/many/{version}", name, "many/d0299", np.arange(3.0) + 299)
    corpus.add(f"links/tracked/{version}", name, "tracked/z0", 49.0)
    corpus.add(f"links/loop/{version}", name, "loop", np.zeros(1), ERROR)
    corpus.add(f"links/dangling/{version}", name, "dangling", np.zeros(1), ERROR)


def _attributes(dataset):
    dataset.attrs["units"] = "kelvin"
    dataset.attrs["scale"], dataset.attrs["vector"] = 2.5, np.arange(4)
    # So many of them lie in a heap of their own in the newer versions.
    for i in range(60):
        dataset.attrs[f"attribute{i}"] = i


def write_virtual(corpus, version):
    """Three files end to end, the last part of the dataset missing; and the same three as rows."""
    line = smooth()
    sources = [f"virtual-source{i}-{version}.h5" for i in range(3)]
    for i, source in enumerate(sources):
        with h5py.File(corpus.folder / source, "w", libver=VERSIONS[version]) as file:
            values = line[i * 1000 : (i + 1) * 1000]
            file.create_dataset("d", data=values, chunks=(100,), compression="gzip")
    name = f"virtual-{version}.h5"
    # Virtual datasets are newer than the earliest version.
    bounds = ("earliest", "v110") if version == "earliest" else VERSIONS[version]
    with h5py.File(corpus.folder / name, "w", libver=bounds) as file:
        joined = h5py.VirtualLayout((4000,), dtype="f8")
        stacked = h5py.VirtualLayout((3, 1000), dtype="f8")
        for i, source in enumerate(sources):
            part = h5py.VirtualSource(source, "d", shape=(1000,))
            joined[i * 1000 : (i + 1) * 1000] = part
            stacked[i] = part
        file.create_virtual_dataset("joined", joined, fillvalue=-1)
        file.create_virtual_dataset("stacked", stacked)
    joined = np.concatenate([line[:3000], np.full(1000, -1.0)])
    corpus.add(f"virtual/joined/{version}", name, "joined", joined)
    corpus.add(f"virtual/stacked/{version}", name, "stacked", line[:3000].reshape(3, 1000))


def write_user_block(corpus, version):
    line = smooth()
    name = f"user-block-{version}.h5"
    with h5py.File(corpus.folder / name, "w", userblock_size=1024, libver=VERSIONS[version]) as file:
        file["contiguous"] = line
        file.create_dataset("gzip", data=line, chunks=(300,), compression="gzip")
        file.create_dataset("never_written", shape=(99,), dtype="f8", fillvalue=1.25)
    with open(corpus.folder / name, "r+b") as raw:
        raw.write(b"MATLAB-like header" * 20)
    corpus.add(f"user_block/contiguous/{version}", name, "contiguous", line)
    corpus.add(f"user_block/gzip/{version}", name, "gzip", line)
    corpus.add(f"user_block/never_written/{version}", name, "never_written", np.full(99, 1.25))


def write_netcdf(corpus, version):
    """Dimension scales as netCDF-4 writes them; no value is the fill value."""
    temperature = np.random.default_rng(7).normal(280, 9, (48, 19)).astype("f4")
    fill = 9.96921e36
    name = f"netcdf-{version}.h5"
    with h5py.File(corpus.folder / name, "w", track_order=True, libver=VERSIONS[version]) as file:
        file["time"], file["lat"] = np.arange(48.0), np.linspace(-90, 90, 19)
        options = {"chunks": (12, 19), "compression": "gzip", "shuffle": True, "fillvalue": fill}
        dataset = file.create_dataset("temp", data=temperature, **options)
        for k, scale in enumerate(("time", "lat")):
            file[scale].make_scale(scale)
            dataset.dims[k].attach_scale(file[scale])
        dataset.attrs["_FillValue"], dataset.attrs["units"] = np.float32(fill), "K"
    corpus.add(f"netcdf/temp/{version}", name, "temp", temperature)
    corpus.add(f"netcdf/time/{version}", name, "time", np.arange(48.0))


def write_single_files(corpus):
    """What needs no version of its own."""
    line, gzip = smooth(), {"chunks": (300,), "compression": "gzip"}
    with h5py.File(corpus.folder / "misc.h5", "w") as file:
        raw = {"external": [("misc.raw", 0, h5py.h5f.UNLIMITED)], "efile_prefix": str(corpus.folder)}
        file.create_dataset("external_raw", shape=line.shape, dtype="f8", **raw)[...] = line
        file["stored_type"] = np.dtype("f8")
        file.create_dataset("committed", data=line, dtype=file["stored_type"])
    corpus.add("single/external_raw", "misc.h5", "external_raw", line)
    corpus.add("single/committed_type", "misc.h5", "committed", line)
    paged = {"fs_strategy": "page", "fs_persist": True, "fs_page_size": 4096}
    with h5py.File(corpus.folder / "paged.h5", "w", libver="latest", **paged) as file:
        file.create_dataset("d", data=line, **gzip)
    corpus.add("single/paged_space", "paged.h5", "d", line)
    _short_addresses(corpus, line, gzip)
    _crashed_writer(corpus, line)


def _short_addresses(corpus, line, gzip):
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_sizes(4, 4)
    path = str(corpus.folder / "short-addresses.h5").encode()
    with h5py.File(h5py.h5f.create(path, h5py.h5f.ACC_TRUNC, creation)) as file:
        file["contiguous"] = line
        file.create_dataset("gzip", data=line, **gzip)
    corpus.add("single/short_addresses", "short-addresses.h5", "contiguous", line)
    corpus.add("single/short_addresses_gzip", "short-addresses.h5", "gzip", line)


def _crashed_writer(corpus, line):
    """The file says that it is open for writing, and nobody has it open."""
    path = corpus.folder / "crashed-writer.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("d", data=line, chunks=(300,), maxshape=(None,))
        file.swmr_mode = True
        file.flush()
        open_for_writing = path.read_bytes()
    path.write_bytes(open_for_writing)
    corpus.add("single/crashed_writer", "crashed-writer.h5", "d", line, EITHER)
