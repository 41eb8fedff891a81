"""Rows that `--where` keeps: the same numbers as of a file with these rows alone."""

import h5py
import numpy as np
import pytest

from program import read_result, refuse, succeed, write_columns

FILTERS = {
    "x > 0.25": lambda c: c["x"] > 0.25,
    "x > 0 and not (k == 3) or v < -1": lambda c: ((c["x"] > 0) & ~(c["k"] == 3)) | (c["v"] < -1),
    "flag & (k < 5)": lambda c: c["flag"] & (c["k"] < 5),
    "isnan(v)": lambda c: np.isnan(c["v"]),
    "row": lambda c: c["row"],
    "x == x": lambda c: ~np.isnan(c["x"]),
}


@pytest.fixture
def columns(rng):
    n = 150_000
    columns = {
        "x": rng.normal(size=n),
        "v": rng.normal(size=n),
        "k": rng.integers(0, 8, n),
        "flag": rng.random(n) < 0.5,
    }
    columns["x"][::101] = np.nan
    columns["v"][::103] = np.nan
    # Whole batches without a row, and with all of them.
    columns["row"] = (np.arange(n) // 20_000) % 2 == 0
    return columns


@pytest.mark.parametrize("where", FILTERS)
def test_a_filter_is_a_file_of_the_rows_that_it_keeps(tmp_path, columns, where):
    kept = FILTERS[where](columns)
    parts = {"a.h5": slice(None, 70_000), "b.h5": slice(70_000, None)}
    for name, rows in parts.items():
        write_columns(
            tmp_path / name, {c: v[rows] for c, v in columns.items()}, chunks=(7001,), compression="gzip"
        )
    write_columns(tmp_path / "kept.h5", {c: v[kept] for c, v in columns.items()})
    stats = ("sum(v)", "std(v)", "median(x)", "min(k)", "cov(v, x)")
    ask = ["--by", "x:20", "--by", "k:cat", *[word for stat in stats for word in ("--stat", stat)]]
    hashes = set()
    for threads in (1, 2, 5):
        run = [
            "bin",
            "--data",
            *parts,
            *ask,
            "--where",
            where,
            "--ncpus",
            threads,
            "--output",
            "out",
            "--json",
        ]
        done = succeed(*run, cwd=tmp_path).json
        assert done["filtered"] == np.count_nonzero(~kept)
        hashes.add(done["state_hash"])
    assert len(hashes) == 1
    succeed("bin", "--data", tmp_path / "kept.h5", *ask, "--output", tmp_path / "alone")
    filtered, alone = (read_result(tmp_path / name)["x_k"] for name in ("out", "alone"))
    for ours, theirs in zip(filtered.axes, alone.axes, strict=True):
        assert np.array_equal(ours, theirs)
    for name, values in alone.stats.items():
        assert filtered.stats[name].tobytes() == values.tobytes(), name
    assert filtered.accounting["rows"] == 150_000


def test_statistics_of_columns_take_a_filter(tmp_path, columns):
    write_columns(tmp_path / "data.h5", columns)
    told = succeed("stats", tmp_path / "data.h5", "--columns", "v", "--where", "k < 3", "--json").json[
        "columns"
    ][0]
    v = columns["v"][columns["k"] < 3]
    assert (told["rows"], told["nan"]) == (len(v), np.isnan(v).sum())
    assert (told["min"], told["max"]) == (np.nanmin(v), np.nanmax(v))


def test_masked_rows_are_masked_before_they_are_filtered(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = [0.5, -99.0, -99.0, 1.5, 2.5]
        file["x"].attrs["_FillValue"] = -99.0
    done = succeed(
        "bin", "--data", tmp_path / "data.h5", "--by", "x:3:0..3", "--where", "x > 1", "--json"
    ).json
    assert (done["masked"], done["filtered"], done["in_range"]) == (2, 1, 2)


def test_a_nan_that_is_filtered_out_is_no_error(tmp_path):
    write_columns(tmp_path / "data.h5", {"x": np.arange(5.0), "v": [1.0, np.nan, 2.0, np.nan, 3.0]})
    ask = ["bin", "--data", tmp_path / "data.h5", "--by", "x:5:0..5", "--stat", "sum(v)", "--nan", "error"]
    succeed(*ask, "--where", "x != 1 and x != 3")
    refuse(*ask, "--where", "x != 1", naming=["v is NaN at row 3"], code=1)


def test_what_is_no_filter_is_refused(tmp_path):
    write_columns(tmp_path / "data.h5", {"x": np.arange(5.0)})
    for where, words in (("x + 1", ["x + 1", "float64"]), ("x >", ["byte 3"]), ("y > 1", ["y"])):
        refuse("bin", "--data", tmp_path / "data.h5", "--by", "x:2:0..1", "--where", where, naming=words)
