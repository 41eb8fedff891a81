"""Medians and quantiles against NumPy, to the bit, in as little memory as it takes."""

from fractions import Fraction

import h5py
import numpy as np
import pytest

import program as terabin
from exact_arithmetic import nearest

LEVELS = (0, 0.1, 1 / 3, 0.5, 0.9, 0.999, 1)
BINS = 7


def distributions(rng, rows):
    sign = rng.choice([-1.0, 1.0], size=rows)
    return {
        "normal": rng.normal(size=rows),
        "offset": 1e9 + 1e-6 * rng.normal(size=rows),
        "log_uniform": sign * 10 ** rng.uniform(-300, 300, size=rows),
        "few": rng.integers(0, 4, size=rows) / 4,
        "constant": np.full(rows, 0.1),
        "nan": np.where(rng.random(rows) < 0.4, np.nan, rng.normal(size=rows)),
        "only_nan": np.full(rows, np.nan),
        "subnormal": rng.integers(-50, 50, size=rows) * 5e-324,
        "f4": rng.normal(size=rows).astype("f4"),
        "integer": rng.integers(-1000, 1000, size=rows),
        "u1": rng.integers(0, 255, size=rows).astype("u1"),
    }


def quantiles(path, folder, columns, *options):
    stats = [f"{name}_{i}=quantile({name}, {q!r})" for name in columns for i, q in enumerate(LEVELS)]
    stats += [f"{name}_median=median({name})" for name in columns]
    spec = folder / "spec.toml"
    spec.write_text(f"by = ['key:int:0..{BINS - 1}']\nstat = {stats}\n")
    command = ["bin", "--data", path, "--spec", spec, "--output", folder / "r", "--json", *options]
    run = terabin.succeed(*command)
    (result,) = terabin.read_result(folder / "r").values()
    return run.json, result.stats


def check(columns, stats):
    for name, values in columns.items():
        for k in range(BINS):
            some = values[columns["key"] == k].astype("f8")
            some = np.sort(some[~np.isnan(some)])
            wanted = [np.quantile(some, q) if len(some) else np.nan for q in LEVELS]
            wanted.append(np.median(some) if len(some) else np.nan)
            got = [stats[f"{name}_{i}"][k] for i in (*range(len(LEVELS)), "median")]
            np.testing.assert_array_equal(got, wanted, err_msg=f"{name}, bin {k}")


@pytest.mark.parametrize("rows", [10, 6000])
def test_quantiles_are_those_of_numpy(tmp_path, rng, rows):
    columns = distributions(rng, rows) | {"key": rng.integers(0, BINS - 1, size=rows)}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    hashes = set()
    for threads in (1, 3):
        report, stats = quantiles(path, tmp_path, columns, "--ncpus", threads)
        check(columns, stats)
        hashes.add(report["state_hash"])
    assert len(hashes) == 1


def test_little_memory_takes_passes_and_changes_nothing(tmp_path, rng):
    rows = 300_000
    some = distributions(rng, rows)
    columns = {name: some[name] for name in ("normal", "offset", "log_uniform")}
    columns |= {"key": rng.integers(0, BINS, size=rows)}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    much, stats = quantiles(path, tmp_path, columns, "--memory", "2GiB")
    little, same = quantiles(path, tmp_path, columns, "--memory", "40MiB")
    assert (much["passes"], much["state_hash"]) == (2, little["state_hash"])
    assert 3 <= little["passes"] <= 4, little["passes"]
    assert all(np.array_equal(stats[name], same[name]) for name in stats)
    check(columns, stats)


def test_a_nan_makes_the_quantile_nan_where_that_was_asked(tmp_path):
    columns = {"key": np.array([0, 0, 1, 1]), "v": np.array([1.0, np.nan, 2.0, 5.0])}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    command = ["bin", "--data", path, "--by", "key:int:0..2", "--stat", "median(v)", "--json"]
    run = terabin.succeed(*command, "--nan", "propagate", "--output", tmp_path / "r")
    assert run.json["histograms"][0]["nan_value"] == {"median(v)": 1}
    (result,) = terabin.read_result(tmp_path / "r").values()
    np.testing.assert_array_equal(result.stats["median(v)"], [np.nan, 3.5, np.nan])


def by_weight(values, weights, level):
    """The least value up to which the share of the weights is the level at least, in fractions."""
    rows = sorted((v, Fraction(w)) for v, w in zip(values.tolist(), weights.tolist(), strict=True))
    total = sum(w for _, w in rows)
    done = Fraction(0)
    for value, weight in rows:
        done += weight
        last_of_its_kind = sum(w for v, w in rows if v <= value)
        if total and weight and nearest(last_of_its_kind / total) >= level:
            return value
    return np.nan


WEIGHTS = {
    "uniform": lambda rng, n: rng.random(n),
    "decades": lambda rng, n: 10 ** rng.uniform(-200, 200, size=n),
    "integers": lambda rng, n: rng.integers(0, 4, size=n),
    "f4": lambda rng, n: rng.random(n).astype("f4"),
    "nan": lambda rng, n: np.where(rng.random(n) < 0.2, np.nan, rng.random(n)),
    "zero": lambda rng, n: np.zeros(n),
}


@pytest.mark.parametrize("kind", WEIGHTS)
def test_weighted_quantiles(tmp_path, rng, kind):
    rows = 150
    some = distributions(rng, rows)
    columns = {name: some[name] for name in ("normal", "few", "nan", "integer")}
    columns |= {"w": WEIGHTS[kind](rng, rows), "key": rng.integers(0, BINS - 1, size=rows)}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    results = set()
    for memory, threads in (("1GiB", 1), ("33MiB", 2)):
        options = ("--weights", "w", "--memory", memory, "--ncpus", threads)
        report, stats = quantiles(path, tmp_path, columns, *options)
        results.add(report["state_hash"])
    assert len(results) == 1
    for name in ("normal", "few", "nan", "integer"):
        for k in range(BINS):
            kept = (columns["key"] == k) & ~np.isnan(columns[name]) & ~np.isnan(columns["w"])
            values, weights = columns[name][kept], columns["w"][kept]
            wanted = [by_weight(values, weights, q) for q in (*LEVELS, 0.5)]
            got = [stats[f"{name}_{i}"][k] for i in (*range(len(LEVELS)), "median")]
            np.testing.assert_array_equal(got, wanted, err_msg=f"{name}, bin {k}")
            if kind == "integers" and weights.sum():
                numpys = np.quantile(values, LEVELS[1:], method="inverted_cdf", weights=weights)
                np.testing.assert_array_equal(got[1:-1], numpys)


def test_weights_below_zero_are_refused(tmp_path):
    columns = {"key": np.zeros(3, "i4"), "v": np.arange(3.0), "w": np.array([1.0, -0.5, 2.0])}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    run = terabin.run("bin", "--data", path, "--by", "key:int:0..1", "--stat", "median(v, weights=w)")
    assert run.code == 1
    assert "weights from -0.5 to 2" in run.stderr


def test_searches_keep_to_the_memory(tmp_path, rng):
    """Many cells: what a search knows of each is in the plan."""
    rows = 400_000
    columns = {"x": rng.random(rows), "y": rng.random(rows), "v": rng.normal(size=rows)}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    axes = ["--by", "x:500:0..1", "--by", "y:400:0..1", "--stat", "median(v)", "--json"]
    run = terabin.succeed("bin", "--data", path, *axes, "--memory", "100MiB", "--output", tmp_path / "r")
    assert run.json["peak_rss_bytes"] < 100 << 20
    refused = terabin.run("bin", "--data", path, *axes, "--memory", "60MiB")
    assert refused.code == 2
    assert "give more with --memory" in refused.stderr


def test_integers_of_one_row_beside_nan(tmp_path):
    columns = {"key": np.array([1, 1, 2]), "v": np.array([1, 2, 3]), "t": np.array([np.nan, 1, 1])}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    command = ["bin", "--data", path, "--by", "key:int:0..3", "--stat", "last(v, t)"]
    terabin.succeed(*command, "--nan", "propagate", "--output", tmp_path / "r")
    (result,) = terabin.read_result(tmp_path / "r").values()
    np.testing.assert_array_equal(result.stats["last(v, t)"], [np.nan, np.nan, 3, np.nan])


def test_every_pass_leaves_out_the_same_damaged_rows(tmp_path):
    """A chunk that only the fill reads costs the searches its rows as well."""
    path, rows = tmp_path / "a.h5", 400
    with h5py.File(path, "w") as file:
        for name in ("x", "a", "b"):
            file.create_dataset(name, data=np.arange(rows) % 37 / 37, chunks=(100,), fletcher32=True)
        place = file["a"].id.get_chunk_info(1).byte_offset
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 8)
    command = ["bin", "--data", path, "--by", "x:2:0..1", "--stat", "mean(a)", "--stat", "median(b)"]
    run = terabin.succeed(*command, "--on-error", "skip", "--json", "--output", tmp_path / "r")
    assert (run.json["skipped"], run.json["in_range"]) == (100, 300)
    kept = np.delete(np.arange(rows), np.s_[100:200]) % 37 / 37
    (result,) = terabin.read_result(tmp_path / "r").values()
    wanted = [np.median(kept[kept < 0.5]), np.median(kept[kept >= 0.5])]
    np.testing.assert_array_equal(result.stats["median(b)"], wanted)
