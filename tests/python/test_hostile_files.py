"""Files made to harm: shapes and chunks that burst, links in circles and out of the folder, plugins."""

import bz2
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

import program as terabin
from hostile_runs import SOAK, bin_by, compiled, stats

EIB = 1 << 60
GIB = 1 << 30


# Shapes that no file can fill. Rows that were never written have the fill value, so that an honest
# reader would count them for years.
SHAPES = {
    "rows_of_bytes": dict(shape=(2**63 - 1,), dtype="u1", chunks=(1024,)),
    "rows_of_doubles": dict(shape=(EIB,), dtype="f8", chunks=(1024,)),
    "contiguous": dict(shape=(EIB,), dtype="f8"),
    "matrix": dict(shape=(2**40, 2**40), dtype="f8", chunks=(1024, 1024)),
    "product_of_bytes_wraps": dict(shape=(2**31, 2**31), dtype="f8", chunks=(1024, 1024)),
    "product_of_rows_wraps": dict(shape=(2**31, 2**31, 2**31), dtype="f8", chunks=(16, 16, 16)),
    "contiguous_matrix": dict(shape=(2**40, 2**40), dtype="u1"),
    "large_cube": dict(shape=(2**21, 2**21, 2**20), dtype="u1", chunks=(64, 64, 64)),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_shapes_that_burst(tmp_path, name, libver):
    path = tmp_path / "shape.h5"
    with h5py.File(path, "w", libver=libver) as file:
        file.create_dataset("x", **SHAPES[name])
        rank = len(file["x"].shape)
    for run in (stats(path), bin_by(path, "x[:,0]" if rank == 2 else "x", output=tmp_path / "r")):
        assert run.code in (1, 2), str(run)


def test_a_row_of_very_many_components(tmp_path):
    """Four rows: the components are there, but nobody can want a column for each of them."""
    path = tmp_path / "wide.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", shape=(4, 2**40), dtype="f8", chunks=(1, 1024))
    run = stats(path)
    assert run.code in (1, 2), str(run)
    run = bin_by(path, "x[:,7]")
    assert run.code in (1, 2) or run.json["in_range"] == 4, str(run)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_chunk_larger_than_memory(tmp_path, libver):
    """A chunk of 8 GiB, of 4 GiB less one element in the older versions, stored in a few bytes."""
    path = tmp_path / "chunk.h5"
    chunk = (GIB if libver == "latest" else GIB // 2 - 1,)
    with h5py.File(path, "w", libver=libver) as file:
        file.create_dataset("x", shape=(2 * GIB,), dtype="f8", chunks=chunk, compression="gzip")
        file["x"].id.write_direct_chunk((0,), zlib.compress(bytes(1000)))
    for run in (stats(path), bin_by(path, "x")):
        assert (run.code, "chunk" in run.stderr) == (2, True), str(run)


def bombs():
    """Chunks of 8 KiB whose stored bytes say, or turn into, far more; by filter."""
    zeros = zlib.compressobj(9)
    deflated = b"".join(zeros.compress(bytes(1 << 20)) for _ in range(256)) + zeros.flush()
    yield "gzip", (1, (6,)), deflated
    # A frame of Zstandard that declares 8 GiB, then a block of one byte repeated.
    frame = struct.pack("<IBQ", 0xFD2FB528, 0xE0, 8 * GIB)
    block = (3 | (131072 << 3)).to_bytes(3, "little") + b"\0"
    yield "zstd", (32015, ()), frame + block
    yield (
        "zstd_true",
        (32015, ()),
        frame + (2 | (131072 << 3)).to_bytes(3, "little").join([b"", b"\0"]) * 65535,
    )
    yield "lz4", (32004, (0,)), struct.pack(">QII", 8 * GIB, GIB, 4) + b"\x1f\0\x01\0"
    yield (
        "lz4_block",
        (32004, (0,)),
        struct.pack(">QII", 8192, 8192, 70000) + b"\x1f\0\x01\0" + b"\xff" * 69996,
    )
    yield "lzf", (32000, (4, 0x105, 8 * 1024)), (b"\0\0" + b"\xe0\xff\0") * 4000
    blosc = struct.pack("<BBBBIII", 2, 1, 1, 8, 2**31 - 1, 2**30, 64)
    yield "blosc", (32001, (2, 2, 8, 8192, 5, 1, 1)), blosc + bytes(48)
    yield "blosc2", (32026, (1, 2, 8, 8192, 5, 1, 1)), b"\x9e\xa8b2frame\0" + b"\xff" * 200
    yield "bitshuffle", (32008, (0, 4, 8, 0, 2)), struct.pack(">QI", 8 * GIB, 8192) + bytes(64)
    yield "bzip2", (307, (9,)), bz2.compress(bytes(64 << 20))
    yield "szip", (4, (141, 32, 64, 1024)), struct.pack("<I", 2**32 - 1) + b"\xff" * 64
    yield "scaleoffset", (6, (2, 0, 1024, 0, 8, 1, 0, *[0] * 13)), b"\xff" * 64
    yield "nbit", (5, (8, 0, 2**32 - 1, 1, 8, 0, 64, 0)), b"\xff" * 64


BOMBS = {name: (kind, stored) for name, kind, stored in bombs()}


@pytest.mark.parametrize("name", BOMBS)
def test_a_chunk_that_bursts(tmp_path, name):
    """It is longer than the chunk once it is decoded: an error, found on the way."""
    (number, values), stored = BOMBS[name]
    path = tmp_path / "bomb.h5"
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((1024,))
    creation.set_filter(number, h5py.h5z.FLAG_OPTIONAL, values)
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((1024,))
        dataset = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, space, creation)
        dataset.write_direct_chunk((0,), stored)
    run = bin_by(path, "x", "--output", tmp_path / "r", output=tmp_path / "r")
    assert run.code in (1, 2), str(run)
    assert "/x" in run.stderr, str(run)


def test_groups_in_circles(tmp_path):
    """Groups that hold themselves, each other, and two ways down on each of fifty floors."""
    path = tmp_path / "circles.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(5)
        file["self"] = file["/"]
        a, b = file.create_group("a"), file.create_group("b")
        a["b"], b["a"] = b, a
        floor = file.create_group("floors")
        for _ in range(50):
            below = floor.create_group("left")
            floor["right"] = below
            floor = below
        floor["x"] = np.ones(5)
    assert stats(path, "--columns", "x", "--table", "/").json["columns"][0]["sum"] == 0
    down = ".".join(["floors", *["left"] * 50, "x"])
    assert bin_by(path, down).json["in_range"] == 5


def test_groups_nested_very_deep(tmp_path):
    path = tmp_path / "deep.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(5)
        group = file["/"]
        for _ in range(5000):
            group = group.create_group("g")
        group["y"] = np.zeros(5)
    assert bin_by(path, "x").json["in_range"] == 5


def test_long_chains_of_soft_links(tmp_path):
    path = tmp_path / "chain.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["x"] = np.zeros(5)
        file["l0"] = h5py.SoftLink("/x")
        count = 50_000 if SOAK else 500
        for i in range(1, count):
            file[f"l{i}"] = h5py.SoftLink(f"/l{i - 1}")
    run = bin_by(path, "x", seconds=120)
    assert run.json["in_range"] == 5
    assert bin_by(path, f"l{count - 1}", seconds=120).code in (1, 2)


def test_types_nested_very_deep(tmp_path):
    """A compound in a compound in a compound; arrays of arrays."""
    path = tmp_path / "types.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(5)
        file.create_dataset("compound", shape=(5,), dtype=nested(400))
        arrays = h5py.h5t.IEEE_F64LE
        for _ in range(400):
            arrays = h5py.h5t.array_create(arrays, (1,))
        space = h5py.h5s.create_simple((5,))
        h5py.h5d.create(file.id, b"arrays", arrays, space)
    assert bin_by(path, "x").json["in_range"] == 5
    deepest = bin_by(path, ".".join(["compound", *["f"] * 400]))
    assert deepest.code in (1, 2) or deepest.json["in_range"] == 5, str(deepest)
    assert bin_by(path, "arrays").code in (0, 1, 2)


def nested(depth):
    kind = np.dtype("f8")
    for _ in range(depth):
        kind = np.dtype([("f", kind)])
    return kind


@pytest.fixture
def outside(tmp_path):
    """Files that lie beside the folder with the data, not below it: HDF5 and raw bytes."""
    folder = tmp_path / "outside"
    folder.mkdir()
    terabin.write_columns(folder / "secret.h5", {"x": np.zeros(5)})
    (folder / "secret.raw").write_bytes(bytes(40))
    return folder


def reaching_out(file, way, target):
    """A dataset `x` whose values would come from another file."""
    if way == "external link":
        file["x"] = h5py.ExternalLink(str(target / "secret.h5"), "/x")
    elif way == "external link to text":
        file["x"] = h5py.ExternalLink("/etc/passwd", "/x")
    elif way == "soft link over an external link":
        file["door"] = h5py.ExternalLink(str(target / "secret.h5"), "/")
        file["x"] = h5py.SoftLink("/door/x")
    elif way == "virtual dataset":
        layout = h5py.VirtualLayout((5,), dtype="f8")
        layout[:] = h5py.VirtualSource(str(target / "secret.h5"), "x", shape=(5,))
        file.create_virtual_dataset("x", layout)
    elif way == "raw bytes":
        raw = [(str(target / "secret.raw"), 0, 40)]
        file.create_dataset("x", shape=(5,), dtype="f8", external=raw)
    elif way == "text as raw bytes":
        file.create_dataset("x", shape=(5,), dtype="f8", external=[("/etc/passwd", 0, 40)])


WAYS_OUT = ["external link", "external link to text", "soft link over an external link"]
WAYS_OUT += ["virtual dataset", "raw bytes", "text as raw bytes"]


@pytest.mark.parametrize("how", ["absolute", "relative", "through a symbolic link"])
@pytest.mark.parametrize("way", WAYS_OUT)
def test_files_outside_stay_closed(tmp_path, outside, way, how):
    folder = tmp_path / "data"
    folder.mkdir()
    target = {"absolute": outside, "relative": os.path.join("..", outside.name)}.get(how, "inside")
    if how == "through a symbolic link":
        (folder / "inside").symlink_to(outside)
    with h5py.File(folder / "data.h5", "w", libver=("earliest", "v110")) as file:
        reaching_out(file, way, Path(target))
        file["y"] = np.zeros(5)
    log = tmp_path / "opened"
    shim = {"LD_PRELOAD": str(compiled("file_faults.c")), "OPEN_LOG": str(log)}
    refused = bin_by(folder / "data.h5", "x", env=shim)
    assert refused.code in (1, 2), str(refused)
    assert bin_by(folder / "data.h5", "y", env=shim).json["in_range"] == 5
    opened = log.read_text().splitlines()
    assert str(folder / "data.h5") in opened, "the program opened the file past the shim"
    inodes = {(s.st_dev, s.st_ino) for path in opened if os.path.exists(path) for s in [os.stat(path)]}
    for secret in (outside / "secret.h5", outside / "secret.raw", Path("/etc/passwd")):
        assert (secret.stat().st_dev, secret.stat().st_ino) not in inodes, opened


@pytest.mark.parametrize("way", [way for way in WAYS_OUT if "text" not in way])
def test_files_outside_are_read_where_that_is_allowed(tmp_path, outside, way):
    """Else the test above could not fail."""
    folder = tmp_path / "data"
    folder.mkdir()
    with h5py.File(folder / "data.h5", "w", libver=("earliest", "v110")) as file:
        reaching_out(file, way, outside)
    assert bin_by(folder / "data.h5", "x").code in (1, 2)
    assert bin_by(folder / "data.h5", "x", "--allow-external", outside).json["in_range"] == 5


@pytest.fixture
def plugins(tmp_path):
    """A folder with a plugin for every name that the library could look for."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(compiled("hostile_plugin.c"), folder / "libfilter.so")
    return folder


def test_no_plugin_is_loaded(tmp_path, plugins):
    """A filter that nobody knows is named; the folder of plugins in the environment is not touched."""
    path = unknown_filter(tmp_path / "filter.h5")
    mark = tmp_path / "mark"
    hostile = {"HDF5_PLUGIN_PATH": str(plugins), "PLUGIN_MARK": str(mark)}
    hostile |= {"HDF5_VOL_CONNECTOR": "mark", "HDF5_DRIVER": "split", "HDF5_VDS_PREFIX": "/etc"}
    run = bin_by(path, "x", env=hostile)
    assert (run.code, "32099" in run.stderr) == (2, True), str(run)
    assert bin_by(path, "y", env=hostile).json["state_hash"] == bin_by(path, "y").json["state_hash"]
    assert not mark.exists()


def test_the_plugin_of_these_tests_leaves_its_mark(tmp_path, plugins):
    """Else the test above could not fail: h5py does load it."""
    path, mark = unknown_filter(tmp_path / "filter.h5"), tmp_path / "mark"
    code = "import h5py, sys\ntry: h5py.File(sys.argv[1])['x'][()]\nexcept OSError: pass"
    env = os.environ | {"HDF5_PLUGIN_PATH": str(plugins), "PLUGIN_MARK": str(mark)}
    subprocess.run([sys.executable, "-c", code, str(path)], env=env, check=True)
    assert mark.exists()


def unknown_filter(path):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((5,))
    creation.set_filter(32099, h5py.h5z.FLAG_OPTIONAL, (1,))
    with h5py.File(path, "w") as file:
        file["y"] = np.zeros(5)
        space = h5py.h5s.create_simple((5,))
        dataset = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, space, creation)
        dataset.write_direct_chunk((0,), bytes(40))
    return path
