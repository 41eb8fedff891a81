"""Virtual datasets: the rows that h5py reads, whatever the order, pattern and sources of the mappings."""

import math
from dataclasses import dataclass

import h5py
import numpy as np
import pytest

import program as terabin
from column_reader import read_columns
from corpus.entry import columns_of
from dialects.answers import histogram, sums

ENDLESS = h5py.h5s.UNLIMITED
FILL = -1.0


@dataclass(frozen=True)
class Mapping:
    """A block of `count` rows from `start` on, all of one source; or endless."""

    file: str
    start: int
    count: int = 10
    way: str = "fixed"

    def add_to(self, creation):
        target = h5py.h5s.create_simple((1000,), (ENDLESS,))
        source = h5py.h5s.create_simple((10,))
        if self.way == "fixed":
            source.select_hyperslab((0,), (1,), (1,), (self.count,))
            target.select_hyperslab((self.start,), (1,), (1,), (self.count,))
        elif self.way == "numbered":
            target.select_hyperslab((self.start,), (ENDLESS,), (self.count,), (self.count,))
        else:
            target.select_hyperslab((self.start,), (1,), (1,), (ENDLESS,))
            source = h5py.h5s.create_simple((10,), (ENDLESS,))
            source.select_hyperslab((0,), (1,), (1,), (ENDLESS,))
        creation.set_virtual(target, self.file.encode(), b"d", source)


def write_virtual(path, mappings):
    """A dataset `v` of doubles that can grow, and what h5py reads of it."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.VIRTUAL)
    creation.set_fill_value(np.array(FILL))
    for mapping in mappings:
        mapping.add_to(creation)
    with h5py.File(path, "w", libver="latest") as file:
        space = h5py.h5s.create_simple((1000,), (ENDLESS,))
        h5py.h5d.create(file.id, b"v", h5py.h5t.IEEE_F64LE, space, creation)
    with h5py.File(path) as file:
        return file["v"][()]


def write_source(path, values, **storage):
    with h5py.File(path, "w") as file:
        file.create_dataset("d", data=values, **storage)


@pytest.fixture
def sources(tmp_path):
    """Numbered sources 0, 1 and 3, one that has grown, and one for a fixed place; no two values are equal."""
    for number in (0, 1, 3):
        write_source(tmp_path / f"part{number}.h5", 100.0 * number + np.arange(10))
    write_source(tmp_path / "fixed.h5", 7000.0 + np.arange(10), chunks=(4,), compression="gzip")
    write_source(tmp_path / "grown.h5", 9000.0 + np.arange(25), chunks=(10,), maxshape=(None,))
    return tmp_path


def rows_of(path, dataset="v"):
    """The rows as terabin reads them, past the library."""
    with h5py.File(path) as file:
        wanted = columns_of(dataset, file[dataset][()])
    (answer,) = read_columns([(path, "", list(wanted))])
    assert not answer.error, answer.message
    assert not answer.through_library, answer.through_library
    return wanted, answer.columns


def check_rows(path, dataset="v"):
    wanted, found = rows_of(path, dataset)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


NUMBERED, GROWN = Mapping("part%b.h5", 10, 10, "numbered"), Mapping("grown.h5", 10, 10, "growing")
FIRST, SECOND = Mapping("fixed.h5", 0), Mapping("fixed.h5", 5, 5)
# Mappings that adjoin or leave a gap, the endless one behind the fixed one.
ORDERED = {
    "numbered, adjoining": ([FIRST, NUMBERED], 30),
    "numbered, after a gap": ([SECOND, Mapping("part%b.h5", 20, 10, "numbered")], 40),
    "growing, adjoining": ([FIRST, GROWN], 35),
    "growing, after a gap": ([Mapping("fixed.h5", 0, 3), GROWN], 35),
    "growing, a fixed one behind": ([Mapping("fixed.h5", 30), Mapping("grown.h5", 0, 10, "growing")], 40),
    "two fixed ones": ([Mapping("fixed.h5", 0, 5), SECOND, NUMBERED], 30),
}


@pytest.mark.parametrize("turned", [False, True], ids=["fixed first", "endless first"])
@pytest.mark.parametrize("name", ORDERED)
def test_fixed_and_endless_mappings_in_any_order(sources, name, turned):
    mappings, rows = ORDERED[name]
    path = sources / "virtual.h5"
    wanted = write_virtual(path, mappings[::-1] if turned else mappings)
    assert len(wanted) == rows
    check_rows(path)


@pytest.mark.parametrize("turned", [False, True], ids=["fixed first", "endless first"])
@pytest.mark.parametrize("start", [8, 10, 17])
@pytest.mark.parametrize("endless", [NUMBERED, GROWN], ids=["numbered", "growing"])
def test_mappings_that_overlap(sources, endless, start, turned):
    """Which of two mappings holds is up to their order; a reader gives those rows or none."""
    path = sources / "virtual.h5"
    mappings = [Mapping("fixed.h5", start), endless]
    write_virtual(path, mappings[::-1] if turned else mappings)
    words = ["bin", "--data", path, "--by", "v:4:0..1", "--quiet"]
    if terabin.run(*words).code == 0:
        check_rows(path)
    else:
        terabin.refuse(*words, naming=["virtual.h5", "/v", "blocks that overlap"])


@dataclass(frozen=True)
class Gaps:
    """Mappings of which a source is missing, and how many rows have the fill value for it."""

    mappings: list
    rows: int
    filled: int


NUMBERED_FIRST = Mapping("part%b.h5", 0, 10, "numbered")
MISSING = {
    # Numbered sources end with the first that is missing.
    "at the end": Gaps([NUMBERED_FIRST], 20, 0),
    "before a fixed one": Gaps([NUMBERED_FIRST, Mapping("fixed.h5", 30)], 40, 10),
    "named as it is": Gaps([Mapping("part2.h5", 0), NUMBERED], 30, 10),
    "named first and numbered": Gaps([Mapping("part2.h5", 20), NUMBERED_FIRST], 30, 10),
    "named last": Gaps([NUMBERED_FIRST, Mapping("part2.h5", 25, 5)], 30, 10),
    "all of them": Gaps([FIRST, Mapping("nothing%b.h5", 10, 10, "numbered")], 10, 0),
    "one that would grow": Gaps([FIRST, Mapping("nothing.h5", 10, 10, "growing")], 10, 0),
}


@pytest.mark.parametrize("name", MISSING)
def test_sources_that_are_missing(sources, name):
    gaps = MISSING[name]
    path = sources / "virtual.h5"
    values = write_virtual(path, gaps.mappings)
    assert (len(values), np.count_nonzero(values == FILL)) == (gaps.rows, gaps.filled)
    check_rows(path)
    edges = [-2, 0, 50, 150, 8000]
    by = "v:edges:" + ",".join(map(str, edges))
    found = histogram(sources, path, "--by", by, "--stat", "sum(v)")
    expected, _ = np.histogram(values, edges)
    place = np.searchsorted(edges, values, side="right") - 1
    assert np.array_equal(found.count, expected)
    assert np.array_equal(found.stats["sum(v)"], sums(values, place, 4))
    assert (found.accounting["rows"], found.accounting["fill_rows"]) == (gaps.rows, gaps.filled)
    run = terabin.succeed("bin", "--data", path, "--by", by, "--json")
    assert run.json["fill_rows"] == gaps.filled
    assert (f"{gaps.filled} rows were never written" in run.stderr) == (gaps.filled > 0), str(run)


STRIDES = {
    "every second": np.s_[::2],
    "every third from the second": np.s_[1::3],
    "few, far apart": np.s_[100:4000:371],
}


PIECES = {"whole": None, "chunks": 70, "one chunk": 5000}


@pytest.mark.parametrize("chunk", PIECES.values(), ids=PIECES)
@pytest.mark.parametrize("stride", STRIDES.values(), ids=STRIDES)
def test_strided_sources(tmp_path, rng, stride, chunk):
    values = rng.normal(size=5000)
    storage = {"chunks": (chunk,), "compression": "gzip"} if chunk else {}
    write_source(tmp_path / "source.h5", values, **storage)
    layout = h5py.VirtualLayout(values[stride].shape, "f8")
    layout[:] = h5py.VirtualSource(tmp_path / "source.h5", "d", values.shape)[stride]
    path = tmp_path / "virtual.h5"
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("v", layout)
    check_rows(path)
    kept = values[stride]
    found = histogram(tmp_path, path, "--by", "v:8:-4..4", "--stat", "sum(v)")
    assert np.array_equal(found.count, np.histogram(kept, 8, (-4, 4))[0])
    assert np.array_equal(found.stats["sum(v)"], sums(kept, np.floor(kept).astype(int) + 4, 8))
    run = terabin.succeed("bin", "--data", path, "--by", "v:8:-4..4", "--ncpus", 1, "--json").json
    # No chunk is decoded for each of its blocks anew.
    most = 8 * chunk * -(-len(values) // chunk) if chunk else kept.nbytes
    assert run["bytes_decoded"] <= most


@pytest.mark.parametrize("shape", [(600,), (600, 5)], ids=["rows", "components"])
@pytest.mark.parametrize("sources", [2, 3])
def test_interleaved_sources(tmp_path, rng, sources, shape):
    """Row k of the dataset is one of source k modulo their number."""
    whole = rng.normal(size=shape)
    layout = h5py.VirtualLayout(shape, "f8", maxshape=shape)
    for k in range(sources):
        chunks = (7, *shape[1:])
        write_source(tmp_path / f"source{k}.h5", whole[k::sources], chunks=chunks, compression="gzip")
        layout[k::sources] = h5py.VirtualSource(tmp_path / f"source{k}.h5", "d", whole[k::sources].shape)
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    with h5py.File(tmp_path / "virtual.h5") as file:
        assert np.array_equal(file["v"][()], whole)
    check_rows(tmp_path / "virtual.h5")


def test_interleaved_halves_of_one_source(tmp_path, rng):
    values = rng.normal(size=(400, 6))
    write_source(tmp_path / "source.h5", values, chunks=(400, 3), compression="gzip")
    source = h5py.VirtualSource(tmp_path / "source.h5", "d", values.shape)
    layout = h5py.VirtualLayout(values.shape, "f8")
    layout[0::2], layout[1::2] = source[:200], source[200:]
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    check_rows(tmp_path / "virtual.h5")


def test_many_columns_of_one_block_in_little_memory(tmp_path, rng):
    """A chunk of 4 MiB has the values of sixteen columns: it is decoded once, not once for each."""
    rows, width = 32_768, 16
    values = np.round(rng.normal(size=(rows, width)), 2)
    write_source(tmp_path / "source.h5", values, chunks=values.shape, compression="gzip", compression_opts=1)
    layout = h5py.VirtualLayout(values.shape, "f8")
    layout[:] = h5py.VirtualSource(tmp_path / "source.h5", "d", values.shape)
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    words = ["bin", "--data", tmp_path / "virtual.h5", "--by", "v[:,0]:8:-4..4", "--ncpus", 2]
    words += [word for k in range(width) for word in ("--stat", f"s{k}=sum(v[:,{k}])")]
    limit = ["--memory", "64MiB"]
    plan = terabin.succeed(*words, *limit, "--plan", "--json").json["memory"]
    run = terabin.succeed(*words, *limit, "--json", "--output", tmp_path / "results").json
    assert run["peak_rss_bytes"] <= plan["total"] <= 64 << 20
    # Each of two threads decodes the only chunk at most.
    assert run["bytes_decoded"] <= 2 * values.nbytes
    (found,) = terabin.read_result(tmp_path / "results").values()
    first = values[:, 0]
    place = np.floor(first).astype(int) + 4
    assert np.array_equal(found.count, np.histogram(first, 8, (-4, 4))[0])
    for k in range(width):
        expected = [math.fsum(values[place == b, k]) for b in range(8)]
        assert found.stats[f"s{k}"].tolist() == expected, k
