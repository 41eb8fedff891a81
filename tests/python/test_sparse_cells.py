"""Grids of more cells than memory holds: only those that rows met are kept and listed."""

import math

import h5py
import numpy as np
import pytest
import uhi.io.hdf5

from exact_arithmetic import same
from program import read_result, refuse, succeed, write_columns

BINS = [400, 300, 500, 200]  # 12 thousand million cells
ASK = [word for name, bins in zip("abcd", BINS, strict=True) for word in ("--by", f"{name}:{bins}:-2..2")]


@pytest.fixture
def rows(rng):
    rows = {name: rng.normal(size=20_000) for name in "abcd"}
    # Most rows share their cells.
    for name in "abcd":
        rows[name][5000:] = rows[name][rng.integers(0, 5000, 15_000)]
        rows[name][rng.integers(0, 20_000, 20)] = math.nan
    rows["v"] = np.exp(rng.normal(scale=40, size=20_000)) * rng.choice([-1, 1], 20_000)
    rows["v"][::97] = math.nan
    return rows


def numbers(rows, bins=BINS, flow=False):
    """The row-major cell of each row, and which rows have one."""
    inside = np.ones(len(rows["a"]), bool)
    all_bins = []
    for name, n in zip("abcd", bins, strict=True):
        edges = np.linspace(-2, 2, n + 1)
        found = np.searchsorted(edges, rows[name], "right") - 1
        found[rows[name] == edges[-1]] = n - 1
        inside &= ~np.isnan(rows[name])
        inside &= flow | ((found >= 0) & (found < n))
        all_bins.append(np.clip(found + flow, 0, n - 1 + 2 * flow))
    shape = [n + 2 * flow for n in bins]
    return np.ravel_multi_index([np.where(inside, b, 0) for b in all_bins], shape), inside


@pytest.mark.parametrize("flow", [False, True])
def test_cells_and_numbers_are_numpys(tmp_path, rows, flow):
    write_columns(tmp_path / "data.h5", rows)
    stats = [
        "--stat",
        "sum(v)",
        "--stat",
        "mean(v)",
        "--stat",
        "min(v)",
        "--stat",
        "count(v)",
        *["--flow"] * flow,
    ]
    succeed("bin", "--data", tmp_path / "data.h5", "--output", tmp_path / "out", *ASK, *stats)
    cells, inside = numbers(rows, flow=flow)
    met, at, counts = np.unique(cells[inside], return_inverse=True, return_counts=True)
    with h5py.File(tmp_path / "out" / "result.h5") as file:
        group = file["histograms/a_b_c_d"]
        assert list(group["coo/shape"]) == [n + 2 * flow for n in BINS]
        assert group["coo/index"].dtype == np.uint64
        np.testing.assert_array_equal(group["coo/index"][()], met)
        np.testing.assert_array_equal(group["stats/count"][()], counts)
        values = rows["v"][inside]
        kept = [[] for _ in met]
        for cell, value in zip(at, values, strict=True):
            if not math.isnan(value):
                kept[cell].append(value)
        for name, of in (
            ("sum(v)", math.fsum),
            ("min(v)", lambda v: min(v, default=math.nan)),
            ("count(v)", len),
        ):
            got = group[f"stats/{name}"][()]
            assert len(got) == len(met)
            assert all(same(float(ours), float(of(v))) for ours, v in zip(got, kept, strict=True)), name


def test_uhi_reads_the_list(tmp_path, rows):
    write_columns(tmp_path / "data.h5", rows)
    succeed("bin", "--data", tmp_path / "data.h5", "--output", tmp_path / "out", *ASK, "--stat", "mean(v)")
    cells, inside = numbers(rows)
    met, counts = np.unique(cells[inside], return_counts=True)
    with h5py.File(tmp_path / "out" / "result.h5") as file:
        histogram = uhi.io.hdf5.read(file["histograms/a_b_c_d/uhi/count"])
    np.testing.assert_array_equal(histogram["storage"]["values"], counts)
    np.testing.assert_array_equal(histogram["storage"]["index"], np.unravel_index(met, BINS))


def test_what_is_written_and_what_is_not(tmp_path, rows):
    write_columns(tmp_path / "data.h5", rows)
    two = ["--by", "a:30000:-2..2", "--by", "b:30000:-2..2"]
    done = succeed("bin", "--data", tmp_path / "data.h5", "--output", tmp_path / "out", *two)
    assert "no pictures of a_b: its cells are sparse" in done.stderr
    table = (tmp_path / "out" / "a_b.csv").read_text().splitlines()
    result = read_result(tmp_path / "out")["a_b"]
    assert len(table) == 1 + len(result.count)
    assert min(result.count) > 0
    printed = succeed("bin", "--data", tmp_path / "data.h5", *two)
    assert printed.stdout.splitlines()[1].split()[-1] == str(result.count[0])


def test_sparse_memory_of_a_dense_result_changes_no_bit(tmp_path, rows):
    write_columns(tmp_path / "data.h5", rows)
    ask = [
        *["--by", "a:900:-2..2"],
        *["--by", "b:900:-2..2"],
        *["--stat", "std(v)"],
        *["--data", tmp_path / "data.h5"],
    ]
    plan = succeed("bin", *ask, "--plan", "--memory", "60MiB").stdout
    assert "sparse: only cells that rows meet" in plan
    assert "sparse" not in succeed("bin", *ask, "--plan", "--memory", "4GiB").stdout
    succeed("bin", *ask, "--memory", "4GiB", "--output", tmp_path / "dense")
    succeed("bin", *ask, "--memory", "60MiB", "--output", tmp_path / "sparse")
    with h5py.File(tmp_path / "dense/result.h5") as a, h5py.File(tmp_path / "sparse/result.h5") as b:
        assert a.attrs["state_hash"] == b.attrs["state_hash"]
        for name in ("count", "std(v)"):
            dense, sparse = (f[f"histograms/a_b/stats/{name}"][()] for f in (a, b))
            assert dense.shape == (900, 900)
            assert dense.tobytes() == sparse.tobytes()


def test_threads_and_order_change_no_bit(tmp_path, rows, rng):
    order = rng.permutation(20_000)
    write_columns(tmp_path / "data.h5", rows)
    write_columns(tmp_path / "shuffled.h5", {name: column[order] for name, column in rows.items()})
    hashes = set()
    for file in ("data.h5", "shuffled.h5"):
        for threads in (1, 2, 5):
            ask = [*ASK, "--stat", "var(v)", "--ncpus", threads, "--json"]
            hashes.add(succeed("bin", "--data", tmp_path / file, *ask).json["state_hash"])
    assert len(hashes) == 1


def test_more_cells_met_than_memory_holds(tmp_path, rng):
    """What is met only the rows can tell: the run fails, names the numbers and leaves nothing."""
    write_columns(tmp_path / "data.h5", {name: rng.random(400_000) for name in "ab"})
    ask = [
        "--by",
        "a:20000:0..1",
        "--by",
        "b:20000:0..1",
        "--data",
        tmp_path / "data.h5",
        "--memory",
        "45MiB",
    ]
    refuse("bin", *ask, "--output", tmp_path / "out", naming=["400000000 cells", "a, b", "--memory"], code=1)
    assert not (tmp_path / "out" / "result.h5").exists()


def test_quantiles_of_listed_cells_are_numpys(tmp_path, rows, rng):
    rows["w"] = rng.integers(0, 4, 20_000).astype(float)
    write_columns(tmp_path / "data.h5", rows)
    ask = [
        *ASK,
        "--stat",
        "median(v)",
        "--stat",
        "quantile(v, 0.3)",
        "--stat",
        "q=quantile(v, 0.7, weights=w)",
    ]
    succeed("bin", "--data", tmp_path / "data.h5", *ask, "--output", tmp_path / "out", "--memory", "120MiB")
    cells, inside = numbers(rows)
    values, weights, cells = rows["v"][inside], rows["w"][inside], cells[inside]
    order = np.argsort(cells, kind="stable")
    met, starts = np.unique(cells[order], return_index=True)
    result = read_result(tmp_path / "out")["a_b_c_d"]
    for at, group in enumerate(np.split(order, starts[1:])):
        kept = group[~np.isnan(values[group])]
        v, w = values[kept], weights[kept]
        got = [result.stats[name][at] for name in ("median(v)", "quantile(v, 0.3)", "q")]
        want = [np.median(v), np.quantile(v, 0.3)] if len(v) else [math.nan] * 2
        weighted = np.quantile(v, 0.7, weights=w, method="inverted_cdf") if w.sum() > 0 else math.nan
        assert all(map(same, map(float, got), map(float, [*want, weighted]))), (met[at], v, w)


def test_no_rows_list_no_cells(tmp_path):
    write_columns(tmp_path / "data.h5", {name: np.zeros(0) for name in "abcd"})
    succeed("bin", "--data", tmp_path / "data.h5", "--output", tmp_path / "out", *ASK)
    with h5py.File(tmp_path / "out" / "result.h5") as file:
        assert file["histograms/a_b_c_d/coo/index"].shape == (0,)
        assert file["histograms/a_b_c_d/stats/count"].shape == (0,)
