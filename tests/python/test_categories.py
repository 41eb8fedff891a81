"""Axes of categories through the program: numbers, files, UHI histograms, refusals."""

import csv

import h5py
import hist
import numpy as np
import pytest
import uhi.io.hdf5

import program as terabin


@pytest.fixture
def data(tmp_path, rng):
    columns = {
        "code": rng.choice([-7, 0, 3, 4, 1000], size=3000, p=[0.1, 0.4, 0.2, 0.2, 0.1]),
        "id": rng.choice(np.array([2**63 + 5, 1, 2**40], "u8"), size=3000),
        "v": rng.normal(size=3000),
    }
    return terabin.write_columns(tmp_path / "data.h5", columns), columns


def result(path, by, *options):
    output = path.parent / "results"
    terabin.succeed("bin", "--data", path, *by, *options, "--output", output)
    return output


@pytest.mark.parametrize("column", ["code", "id"])
def test_the_values_of_a_column_are_its_bins(data, column):
    path, columns = data
    output = result(path, ["--by", f"{column}:cat"], "--stat", "max(v)")
    histogram = terabin.read_result(output)[column]
    values, counts = np.unique(columns[column], return_counts=True)
    assert list(histogram.axes[0]) == [str(v) for v in values]
    np.testing.assert_array_equal(histogram.count, counts)
    largest = [columns["v"][columns[column] == v].max() for v in values]
    np.testing.assert_array_equal(histogram.stats["max(v)"], largest)
    attributes = histogram.axis_attributes[0]
    assert attributes["kind"] == "cat"
    assert attributes["dtype"] == {"code": "int64", "id": "uint64"}[column]
    assert (output / f"{column}-count.png").stat().st_size > 1000
    with open(output / f"{column}.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [column, "count", "max(v)"]
    assert [row[0] for row in rows[1:]] == [str(v) for v in values]


def test_values_that_are_not_named_are_outside(data):
    path, columns = data
    output = result(path, ["--by", "code:cat:4,-7,5", "--by", "v:2:-1..1"])
    histogram = terabin.read_result(output)["code_v"]
    near = np.abs(columns["v"]) <= 1
    for k, code in enumerate([4, -7, 5]):
        assert histogram.count[k].sum() == np.sum((columns["code"] == code) & near)
    histogram.check_accounting()
    known = np.isin(columns["code"], [4, -7])
    assert histogram.accounting["overflow_0"] == np.sum(~known)
    assert histogram.accounting["outside"] == np.sum(~(known & near))


@pytest.mark.parametrize(("column", "kind"), [("code", "IntCategory"), ("id", "StrCategory")])
def test_hist_opens_them(data, column, kind):
    path, columns = data
    output = result(path, ["--by", f"{column}:cat", "--by", "v:4:-2..2"], "--stat", "mean(v)", "--flow")
    with h5py.File(output / "result.h5") as file:
        group = file[f"histograms/{column}_v/uhi"]
        for stat in group:
            opened = hist.Hist(uhi.io.hdf5.read(group[stat]))
            assert type(opened.axes[0]).__name__ == kind
            # Integers beyond 32 bits go by their names.
            values = np.unique(columns[column])
            names = values.tolist() if kind == "IntCategory" else [str(v) for v in values]
            assert list(opened.axes[0]) == names
        counts = hist.Hist(uhi.io.hdf5.read(group["count"]))
        first = columns["v"][columns[column] == values[0]]
        assert counts.view(flow=False)[0].sum() == np.sum(np.abs(first) <= 2)


def test_too_many_categories_are_refused(tmp_path):
    path = terabin.write_columns(tmp_path / "data.h5", {"id": np.arange(70_000)})
    terabin.refuse("bin", "--data", path, "--by", "id:cat", naming=["id", "65536"])
    most = terabin.write_columns(tmp_path / "most.h5", {"id": np.arange(65_536) * 977})
    done = terabin.succeed("bin", "--data", most, "--by", "id:cat", "--json").json
    assert done["in_range"] == 65_536


def test_a_survey_of_categories_is_part_of_the_plan(data):
    path, _ = data
    terabin.refuse("bin", "--data", path, "--by", "code:cat", "--memory", "26MiB", naming=["--memory"])


def test_threads_and_memory_do_not_change_the_hash(data):
    path, _ = data
    runs = [
        terabin.succeed("bin", "--data", path, "--by", "code:cat", "--by", "id:cat", "--json", *options)
        for options in (["--ncpus", 1], ["--ncpus", 4], ["--memory", "64MiB"])
    ]
    assert len({run.json["state_hash"] for run in runs}) == 1
