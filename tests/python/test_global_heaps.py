"""Values in the global heap: texts of any number are read as h5py reads them, and a damaged collection
is an error, where the HDF5 library would go round in it for ever."""

import struct

import h5py
import numpy as np
import pytest

from column_reader import read_columns
from hostile_runs import bin_by, stats

SIGNATURE = b"GCOL\x01"
TEXT = h5py.string_dtype()


def texts(count):
    return np.array([f"väl{'x' * (i * i % 97)}{i}" for i in range(count)], dtype=object)


def written(path, **options):
    return h5py.File(path, "w", **options)


def as_values(path):
    with written(path) as file:
        file.create_dataset("x", data=texts(300), dtype=TEXT)


def as_compressed_values(path):
    with written(path) as file:
        file.create_dataset("x", data=texts(300), dtype=TEXT, chunks=(50,), compression="gzip")


def as_attribute(path):
    with written(path) as file:
        file["x"] = np.zeros(5)
        file["x"].attrs["units"] = "kpc"


def as_attribute_of_a_group(path):
    with written(path) as file:
        file["x"] = np.zeros(5)
        file.attrs.create("authors", ["a", "b"], dtype=TEXT)


def as_scales(path):
    with written(path) as file:
        file["time"] = np.zeros(5)
        file["time"].make_scale()
        file["x"] = np.zeros(5)
        file["x"].dims[0].attach_scale(file["time"])


def as_fill_value(path):
    with written(path) as file:
        file.create_dataset("x", shape=(5,), dtype=TEXT, fillvalue="none", chunks=(5,))


def as_sources(path):
    with written(path.with_name("source.h5")) as file:
        file["x"] = np.zeros(5)
    layout = h5py.VirtualLayout((5,), dtype="f8")
    layout[:] = h5py.VirtualSource("source.h5", "x", shape=(5,))
    with written(path, libver="v110") as file:
        file.create_virtual_dataset("x", layout)


KEPT = (as_values, as_compressed_values, as_attribute, as_attribute_of_a_group, as_scales)
KEPT += (as_fill_value, as_sources)


def collections(content):
    """Where collections lie, and where their objects lie by index; 0 is free space."""
    found = {}
    place = content.find(SIGNATURE)
    while place >= 0:
        (size,) = struct.unpack_from("<Q", content, place + 8)
        at, objects = place + 16, {}
        while at + 16 <= place + size:
            index, length = struct.unpack_from("<H6xQ", content, at)
            objects[index] = at
            at += length if index == 0 else 16 + (length + 7) // 8 * 8
        assert at <= place + size
        found[place] = objects
        place = content.find(SIGNATURE, place + size)
    return found


# The object whose size is changed, None for the collection itself, and the size.
DAMAGES = {
    "free space of no bytes": (0, 0),
    "free space smaller than its header": (0, 8),
    "free space that is too long": (0, 1 << 20),
    "free space that ends in front of it": (0, 2**64 - 8),
    "an object that is too long": (1, 1 << 20),
    "an object of no bytes when it is rounded": (1, 2**64 - 16),
    "an object of the most bytes": (1, 2**64 - 1),
    "a collection of no bytes": (None, 0),
    "a collection longer than the file": (None, 1 << 26),
    "a collection of the most bytes": (None, 2**64 - 1),
}


def damaged(content, what):
    """Each collection with the damage, and where it lies."""
    number, size = DAMAGES[what]
    for place, objects in collections(content).items():
        at = place if number is None else objects.get(number)
        if at is not None:
            changed = bytearray(content)
            struct.pack_into("<Q", changed, at + 8, size)
            yield place, bytes(changed)


@pytest.mark.parametrize("what", DAMAGES)
@pytest.mark.parametrize("kept", KEPT)
def test_a_damaged_collection_is_an_error(tmp_path, kept, what):
    """One that says where it lies, by the program too, and in time."""
    intact = tmp_path / "intact.h5"
    kept(intact)
    assert not read_columns([(intact, "", ["x"])])[0].error
    # An attribute of the group above has no part in values.
    needed = kept is not as_attribute_of_a_group
    for place, content in damaged(intact.read_bytes(), what):
        path = tmp_path / f"at{place}.h5"
        path.write_bytes(content)
        said = f"the global heap collection at byte {place} is damaged"
        (answer,) = read_columns([(path, "", ["x"])])
        assert (answer.error, said in answer.message) == ("run" if needed else "", needed), answer
        assert bin_by(path, "x").code in ((1, 2) if needed else (0,))
        stats(path)


def test_a_zeroed_page(tmp_path):
    """The rest of a collection on the page that a disk lost."""
    intact, path = tmp_path / "intact.h5", tmp_path / "lost.h5"
    as_values(intact)
    content = intact.read_bytes()
    for place in collections(content):
        changed = bytearray(content)
        changed[place + 64 : place + 4096] = bytes(4032)
        path.write_bytes(changed)
        (answer,) = read_columns([(path, "", ["x"])])
        assert (answer.error, f"at byte {place} is damaged" in answer.message) == ("run", True), answer


@pytest.mark.parametrize("chunks", [None, (2,)])
def test_texts_that_were_never_written(tmp_path, chunks):
    """They are the fill value, which lies in the heap; h5py refuses to read it in place of a chunk."""
    path = tmp_path / "texts.h5"
    with written(path) as file:
        file.create_dataset("x", shape=(10,), dtype=TEXT, chunks=chunks, fillvalue="none")
        if chunks:
            file["x"][:3] = ["a", "b", "c"]
    (answer,) = read_columns([(path, "", ["x"])])
    first = [b"a", b"b", b"c"] if chunks else []
    assert answer.columns["x"].tolist() == first + [b"none"] * (10 - len(first))


@pytest.mark.parametrize("userblock", [0, 4096])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_very_many_texts(tmp_path, libver, userblock):
    """Thousands of collections, those of one large text, and empty and unwritten texts."""
    path = tmp_path / "texts.h5"
    values = texts(100_000)
    values[::7] = ""
    values[[5, 70_000]] = "y" * 70_000, "z" * 3_000_000
    with written(path, libver=libver, userblock_size=userblock) as file:
        file.create_dataset("whole", data=values, dtype=TEXT)
        file.create_dataset("chunked", data=values, dtype=TEXT, chunks=(999,), compression="gzip")
        partly = file.create_dataset("partly", shape=values.shape, dtype=TEXT, chunks=(1000,))
        partly[:60_500] = values[:60_500]
        file["whole"].attrs.create("many", values[:3000], dtype=TEXT)
    names = ["whole", "chunked", "partly"]
    (answer,) = read_columns([(path, "", names)], seconds=60)
    assert not answer.error, answer.message
    assert answer.columns["whole"].tolist() == [value.encode() for value in values]
    with h5py.File(path) as file:
        for name in names:
            assert answer.columns[name].tolist() == file[name][()].tolist(), name


def test_sizes_of_four_bytes(tmp_path):
    """A file may say sizes and addresses in fewer bytes; damage is found there, too."""
    path = tmp_path / "small.h5"
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_sizes(4, 4)
    with h5py.File(h5py.h5f.create(bytes(path), h5py.h5f.ACC_TRUNC, creation)) as file:
        file.create_dataset("x", data=texts(300), dtype=TEXT)
    (answer,) = read_columns([(path, "", ["x"])])
    assert [text.decode() for text in answer.columns["x"]] == texts(300).tolist()
    content = bytearray(path.read_bytes())
    place = content.index(SIGNATURE)
    # The first object, of as many bytes as make the library stay where it is.
    struct.pack_into("<HHII", content, place + 16, 0, 0, 0, 0)
    path.write_bytes(content)
    (answer,) = read_columns([(path, "", ["x"])])
    assert (answer.error, f"at byte {place} is damaged" in answer.message) == ("run", True), answer
