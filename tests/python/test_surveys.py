"""Automatic ranges: the survey finds them, and no row that has a finite value is lost."""

import h5py
import numpy as np
import pytest

import program as terabin


def binned(path, *options):
    return terabin.succeed("bin", "--data", path, *options, "--json").json


@pytest.mark.parametrize("kind", ["step:0.1", "step:0.3", "7", "log:5", "int"])
def test_smallest_and_largest_values_are_in_range(tmp_path, kind):
    """floor(min / step) * step may round to above the minimum, as 17 * 0.1 does."""
    values = np.array([1.7, 2.0, 2.3, 0.7, 0.1 + 0.2, 1234.7])
    path = terabin.write_columns(
        tmp_path / "x.h5", {f"x{i}": np.array([v, v + 0.6]) for i, v in enumerate(values)}
    )
    for i in range(len(values)):
        found = binned(path, "--by", f"x{i}:{kind}")
        assert (found["in_range"], found["outside"]) == (2, 0), (kind, values[i])


def test_the_table_is_that_of_the_whole_request(tmp_path):
    """The survey reads Masses alone, which two tables have."""
    path = tmp_path / "snapshot.h5"
    with h5py.File(path, "w") as file:
        file["PartType0/Masses"] = np.array([1.0, 2.0, 3.0])
        file["PartType0/Density"] = np.array([10.0, 20.0, 30.0])
        file["PartType1/Masses"] = np.array([7.0, 8.0])
    found = binned(path, "--by", "Masses", "--stat", "mean(Density)")
    assert (found["rows"], found["passes"]) == (3, 2)


def test_rows_never_written_are_counted_once(tmp_path):
    path = tmp_path / "holes.h5"
    with h5py.File(path, "w") as file:
        column = file.create_dataset("x", (100,), "f8", chunks=(10,))
        column[:20] = np.arange(20.0)
    for by in ("x", "x:4:0..20"):
        assert binned(path, "--by", by)["fill_rows"] == 80


def test_a_constant_beyond_whole_doubles_has_bins(tmp_path):
    path = terabin.write_columns(tmp_path / "t.h5", {"t": np.full(3, 1.7e18), "x": np.arange(3.0)})
    found = terabin.succeed("bin", "--data", path, "--json").json
    assert [h["in_range"] for h in found["histograms"]] == [3, 3]


def test_a_step_too_small_for_the_memory_is_refused(tmp_path):
    path = terabin.write_columns(tmp_path / "x.h5", {"x": np.array([1.7, 2.3])})
    terabin.refuse(
        "bin", "--data", path, "--by", "x:step:1e-9", "--memory", "256MiB", naming=["edges", "MiB"]
    )
