"""Types of elements that no array in memory has: integers of three bytes, texts within records."""

import math

import h5py
import numpy as np
import pytest

import program as terabin
from column_reader import read_columns
from dialects.answers import histogram, sums

ORDERS = {"little": (h5py.h5t.STD_I32LE, h5py.h5t.STD_U32LE), "big": (h5py.h5t.STD_I32BE, h5py.h5t.STD_U32BE)}
WIDTHS = [3, 5, 6, 7]


def stored_type(size, signed, order):
    """An integer of so many bytes, all of its bits used."""
    base = ORDERS[order][0 if signed else 1].copy()
    # What grows needs its size first, what shrinks its precision.
    if size > 4:
        base.set_size(size)
        base.set_precision(8 * size)
    else:
        base.set_precision(8 * size)
        base.set_size(size)
    assert (base.get_size(), base.get_precision(), base.get_offset()) == (size, 8 * size, 0)
    return base


def numbers(size, signed, rng):
    """The limits and their neighbours, and numbers between them."""
    bits = 8 * size
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    special = [least, least + 1, 0, 1, 255, 256, 65_535, 65_536, most // 2, most // 2 + 1, most - 1, most]
    special += [-1, -256, -65_537] if signed else []
    kind = "i8" if signed else "u8"
    return np.concatenate([np.array(special, kind), rng.integers(least, most, 500, kind, endpoint=True)])


def write(path, stored, values, chunked):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    if chunked:
        creation.set_chunk((64,))
        creation.set_shuffle()
        creation.set_deflate(4)
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple(values.shape)
        dataset = h5py.h5d.create(file.id, b"x", stored, space, creation)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        read = np.zeros_like(values)
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, read)
    assert np.array_equal(read, values), "the library reads what was written"
    return path


@pytest.mark.parametrize("chunked", [False, True], ids=["contiguous", "gzip"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("size", WIDTHS)
def test_integers_of_odd_widths(tmp_path, rng, size, signed, order, chunked):
    values = numbers(size, signed, rng)
    path = write(tmp_path / "x.h5", stored_type(size, signed, order), values, chunked)
    (answer,) = read_columns([(path, "", ["x"])])
    assert not answer.error, answer.message
    assert answer.columns["x"].dtype == values.dtype
    assert np.array_equal(answer.columns["x"], values)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_integers_of_three_bytes_in_bins(tmp_path, rng, signed, order):
    values = numbers(3, signed, rng)
    path = write(tmp_path / "x.h5", stored_type(3, signed, order), values, True)
    (column,) = terabin.succeed("stats", path, "--json").json["columns"]
    assert (column["min"], column["max"], column["sum"]) == (values.min(), values.max(), values.sum())
    assert column["mean"] == math.fsum(values.tolist()) / len(values)
    found = histogram(tmp_path, path, "--by", "x:16:-8388608..16777216", "--stat", "sum(x)")
    expected, _ = np.histogramdd(values[:, None].astype("f8"), 16, [(-8388608, 16777216)])
    assert np.array_equal(found.count, expected)
    place = np.searchsorted(found.edges[0], values, side="right") - 1
    assert np.array_equal(found.stats["sum(x)"], sums(values, np.minimum(place, 15), 16))


RECORD = np.dtype([("x", "<f8"), ("name", h5py.string_dtype()), ("n", ">i4"), ("w", "<f4", (3,))])


def write_records(path, layout, rng):
    """Records with a text of variable length between numbers."""
    rows = np.zeros(300, RECORD)
    rows["x"], rows["n"] = rng.normal(size=300), rng.integers(0, 5, 300)
    rows["w"] = rng.normal(size=(300, 3))
    rows["name"] = [f"name {'x' * (i % 7)}" for i in range(300)]
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    if layout == "compact":
        creation.set_layout(h5py.h5d.COMPACT)
    elif layout != "contiguous":
        creation.set_chunk((64,))
    if layout == "gzip":
        creation.set_deflate(4)
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple(rows.shape)
        h5py.h5d.create(file.id, b"r", h5py.h5t.py_create(RECORD, logical=True), space, creation)
        file["r"][...] = rows
        assert file["r"][7]["name"] == rows["name"][7].encode()
    return rows, path


@pytest.fixture(params=["contiguous", "chunked", "gzip"])
def records(request, tmp_path, rng):
    return write_records(tmp_path / "records.h5", request.param, rng)


def test_numbers_beside_texts_of_variable_length(tmp_path, records):
    rows, path = records
    asked = ["--stat", "sum(r.x)", "--stat", "sum(r.w[:,2])"]
    found = histogram(tmp_path, path, "--by", "r.n:int:0..4", *asked)
    assert np.array_equal(found.count, np.bincount(rows["n"], minlength=5))
    assert np.array_equal(found.stats["sum(r.x)"], sums(rows["x"], rows["n"], 5))
    assert np.array_equal(found.stats["sum(r.w[:,2])"], sums(rows["w"][:, 2], rows["n"], 5))


@pytest.mark.parametrize("by", ["r.name", "r.name:cat", "r.name:cat:name x", "name:cat"])
def test_texts_of_variable_length_in_records_are_refused(records, by):
    _, path = records
    naming = ["records.h5", "r.name", "text of variable length"]
    terabin.refuse("bin", "--data", path, "--by", by, naming=naming)
    terabin.refuse("bin", "--data", path, "--by", "r.x:4:-2..2", "--by", by, naming=naming)


def test_they_are_left_out_of_what_is_asked_of_every_column(records):
    rows, path = records
    run = terabin.succeed("stats", path, "--json")
    sums_of = {column["name"]: column["sum"] for column in run.json["columns"]}
    wide = {f"w[:,{k}]": math.fsum(rows["w"][:, k].tolist()) for k in range(3)}
    assert sums_of == {"x": math.fsum(rows["x"]), "n": int(rows["n"].sum())} | wide
    assert "left out: r.name is a text of variable length" in run.stderr


def test_records_in_the_header_of_their_dataset_are_refused(tmp_path, rng):
    """Only the library reads texts that lie there; nothing of them is taken for numbers."""
    _, path = write_records(tmp_path / "records.h5", "compact", rng)
    for by in ("r.x", "r.name:cat"):
        terabin.refuse("bin", "--data", path, "--by", by, naming=[by.split(":")[0], "compact layout"])
