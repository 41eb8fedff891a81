"""Files cut short, with bits turned, and with every field of their structures overwritten."""

import shutil

import h5py
import numpy as np
import pytest

from column_reader import read_columns
from corpus.entry import VERSIONS
from hostile_runs import SOAK, bin_by, sample, stats
from structures import changes, structures

ROWS = 300


def values():
    return np.random.default_rng(1).normal(size=ROWS)


@pytest.fixture(scope="module", params=VERSIONS)
def checked(request, tmp_path_factory):
    """A small file whose chunks all have checksums, and all else too in the newest version."""
    path = tmp_path_factory.mktemp("damaged") / f"{request.param}.h5"
    with h5py.File(path, "w", libver=VERSIONS[request.param]) as file:
        group = file.create_group("gas")
        options = {"compression": "gzip", "shuffle": True, "fletcher32": True}
        group.create_dataset("x", data=values(), chunks=(50,), **options)
        group["x"].attrs["units"] = "kpc"
    return path


@pytest.fixture(scope="module", params=VERSIONS)
def rich(request, tmp_path_factory):
    """A file with a structure of every kind; most columns have `ROWS` rows."""
    path = tmp_path_factory.mktemp("rich") / f"{request.param}.h5"
    with h5py.File(path, "w", libver=VERSIONS[request.param]) as file:
        x, grow = values(), (None,)
        file["x"] = x
        file.create_dataset("one", data=x, chunks=(ROWS,), compression="gzip")
        file.create_dataset("fixed", data=x, chunks=(20,), shuffle=True)
        file.create_dataset("growing", data=x, chunks=(20,), maxshape=grow, fletcher32=True)
        file.create_dataset("pairs", data=x.reshape(-1, 2), chunks=(10, 1), maxshape=(None, None))
        file.create_dataset("kept", data=x, chunks=(20,), scaleoffset=4)
        file.create_dataset("text", data=["gas", "star"] * (ROWS // 2), dtype=h5py.string_dtype())
        record = np.dtype([("a", "<f4"), ("b", "<i2", (3,)), ("c", [("d", ">u8")])])
        file["record"] = np.zeros(ROWS, record)
        file["wide"] = x.reshape(5, 6, 10)
        file["letters"] = np.array([b"a", b"bc"] * (ROWS // 2))
        file.create_dataset("kind", data=np.arange(ROWS) % 2, dtype=h5py.enum_dtype({"no": 0, "yes": 1}))
        file["deep/er/still"] = x
        file["soft"] = h5py.SoftLink("/deep/er")
        file["hard"] = file["deep"]
        for i in range(12):
            file["x"].attrs[f"note{i}"] = "n" * i
        names = [f"names/{letter}" for letter in "abcdefghijkl"]
        for name in names:
            file[name] = np.arange(3)
    return path


# The columns that a damaged file of the kind above is asked for, one request each.
ASKED = ("x", "one", "fixed", "growing", "pairs[:,1]", "kept", "text", "record.b[:,1]", "record.c.d", "wide")
ASKED += ("letters", "kind", "deep.er.still", "soft.still", "hard.er.still", "names.k")


def crashes(requests, seconds=20):
    """The requests that end the reading process."""
    requests = [(path, "", [name]) for path, name in requests]
    answers = read_columns(requests, seconds)
    return [
        f"{path.name} {name}: {answer.message}"
        for (path, _, [name]), answer in zip(requests, answers, strict=True)
        if answer.error == "crash"
    ]


def program_harm(path, seconds):
    """How a run of the program over a file went wrong; None if it did not."""
    try:
        stats(path, seconds=seconds)
    except AssertionError as harm:
        return f"{path.name}: {harm}"
    return None


def right_or_refused(paths):
    """The values of x are right, or an error says why not; gives how many are right."""
    answers = read_columns([(path, "", ["x"]) for path in paths])
    for path, answer in zip(paths, answers, strict=True):
        assert answer.error != "crash", (path.name, answer.message)
        if not answer.error:
            assert answer.columns["x"].tobytes() == values().tobytes(), path.name
    return sum(not answer.error for answer in answers)


def damaged(folder, damages):
    """A file for each damage: a name and its bytes."""
    for name, content in damages:
        path = folder / f"{name}.h5"
        path.write_bytes(content)
        yield path


def in_turn(items, count):
    """The items, `count` at a time: their files need not all lie on the disk at once."""
    items = list(items)
    return [items[i : i + count] for i in range(0, len(items), count)]


def test_every_length(checked, tmp_path):
    """A file that is cut short anywhere."""
    whole = checked.read_bytes()
    right = 0
    for lengths in in_turn(sample(range(len(whole)), 2000), 2000):
        cuts = [(f"cut{length}", whole[:length]) for length in lengths]
        paths = list(damaged(tmp_path, cuts))
        right += right_or_refused(paths)
        for path in sample(paths, 15)[:50]:
            stats(path)
    # The library reads no file that ends before the end that it was given.
    assert right == 0


def flips(whole, places):
    for place in places:
        for bit in range(8):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            yield f"bit{place}-{bit}", bytes(changed)


def test_every_bit(checked, tmp_path):
    """Where all is under a checksum, a bit that has turned is met or is in no one's way."""
    whole = checked.read_bytes()
    places = range(len(whole)) if checked.stem == "latest" else chunk_places(checked)
    for some in in_turn(sample(places, 400), 400):
        paths = list(damaged(tmp_path, flips(whole, some)))
        right_or_refused(paths)
        for path in sample(paths, 8)[:20]:
            bin_by(path, "x")


def chunk_places(path):
    """The bytes of all chunks."""
    with h5py.File(path) as file:
        dataset = file["gas/x"].id
        chunks = [dataset.get_chunk_info(i) for i in range(dataset.get_num_chunks())]
    return [place for c in chunks for place in range(c.byte_offset, c.byte_offset + c.size)]


def test_every_bit_of_headers_without_checksums(checked, tmp_path):
    """Any answer may come of it, and no crash."""
    whole = checked.read_bytes()
    for some in in_turn(sample(range(min(4096, len(whole))), 300), 300):
        paths = list(damaged(tmp_path, flips(whole, some)))
        assert not crashes([(path, "x") for path in paths])
        for path in sample(paths, 8)[:20]:
            stats(path)


# Headers that HDF5 2.2 believes if their checksum fits: counts and sizes in them make the library
# itself crash, count for ever or take gigabytes, before anything in front of it can tell.
TRUSTED = ("BTHD", "BTLF", "EAHD", "FRHP")


def test_every_field_of_every_structure(rich, tmp_path):
    """Counts, sizes, addresses and kinds as 0, as the largest, and as circles; checksums made to fit."""
    found = structures(rich)
    expected = {"OHDR", "FADB", "EAIB"} if rich.stem != "earliest" else {"TREE", "SNOD", "HEAP"}
    assert expected | {"GCOL"} <= {structure.name for structure in found}
    harms = harm_of_changes(rich, [s for s in found if s.name not in TRUSTED], tmp_path)
    assert not harms, "\n".join(harms)


@pytest.mark.xfail(reason="HDF5 2.2 believes these headers")
@pytest.mark.parametrize("rich", ["latest"], indirect=True)
def test_headers_that_the_library_trusts(rich, tmp_path):
    headers = [structure for structure in structures(rich) if structure.name in TRUSTED]
    assert {header.name for header in headers} == set(TRUSTED)
    one_of_each = {header.name: header for header in headers}
    assert not harm_of_changes(rich, one_of_each.values(), tmp_path, seconds=2)


def harm_of_changes(path, found, place, seconds=20):
    """Changes all fields of some structures; gives the requests and the runs that went wrong."""
    whole = path.read_bytes()
    harms = []
    every = [change for structure in found for change in sample(changes(structure, whole), 5)]
    for number, some in enumerate(in_turn(every, 500)):
        folder = place / str(number)
        folder.mkdir()
        named = [(f"{i}-{change.name}", change.applied(whole)) for i, change in enumerate(some)]
        paths = list(damaged(folder, named))
        asked = [ASKED if SOAK else ("x", ASKED[i % len(ASKED)]) for i in range(len(paths))]
        requests = [(path, name) for path, names in zip(paths, asked, strict=True) for name in names]
        harms += crashes(requests, seconds)
        harms += [harm for path in sample(paths, 15)[:50] if (harm := program_harm(path, seconds))]
        shutil.rmtree(folder)
    return harms


@pytest.mark.parametrize("value", [b"\0other.h5./x.", b"\0other.h5\0/x.", b"\1other.h5\0/x\0"])
def test_external_links_that_do_not_end(tmp_path, value):
    """The library would look for the end of their texts behind them."""
    path, whole = tmp_path / "link.h5", b"\0other.h5\0/x\0"
    for name in ("link.h5", "other.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file["y"] = values()
            file["x"] = h5py.ExternalLink("other.h5", "/x") if name == "link.h5" else values()
    assert bin_by(path, "x").json["in_range"] == ROWS
    assert path.read_bytes().count(whole) == 1
    path.write_bytes(path.read_bytes().replace(whole, value))
    answers = read_columns([(path, "", ["x"]), (path, "", ["y"])])
    assert "is a damaged external link" in answers[0].message, answers
    assert answers[1].columns["y"].tobytes() == values().tobytes()
