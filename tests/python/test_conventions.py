"""Conventions at edges: every count as SciPy and boost-histogram have it.

The samples are the columns as float64: that is how they are binned.
"""

import json
import os
import warnings

import boost_histogram
import h5py
import numpy as np
import pytest
from scipy import stats

import program as terabin
import random_jobs

SEEDS = range(int(os.environ.get("TERABIN_JOBS", "300")) // 50)
CONVENTIONS = ("numpy", "scipy", "boost")
# Limits and bins where the rules at edges are hardest to get right.
HARD = [
    (0.0, 1.0, 1),
    (0.0, 1.0, 10),  # widths of a tenth: at a step of the number of decimals
    (0.0, 100.0, 100),
    (2.0, 2280.0, 8296),
    (-1.0, 1.0, 7),
    (-8.5, -3.25, 13),
    (-1e300, 1e300, 2),
    (0.0, 1e300, 3),
    (1e-320, 3e-320, 5),
    (0.0, 4e-303, 4),
    (-1e-306, 1e-306, 3),
    (1e9, 1e9 + 1, 100),
    (2.0**53 - 40, 2.0**53 + 40, 20),
    (1.7e12, 1.7e12 + 500, 50),
    (0.1, 0.1 + 2e-15, 9),
    (1e15, 3e22, 12),
    (-4e-12, 5e-9, 31),
]


def fill(edges, rng):
    """Values at edges and quotients, a few doubles beside them, and a little above the end."""
    low, high = edges[0], edges[-1]
    width = np.diff(edges).min()
    near = [edges, rng.uniform(low, high, 300), [0.0, -0.0, 1e308, -1e308, 5e-324, np.inf, -np.inf]]
    if np.isfinite([low, high]).all():
        near.append((high - low) * (np.arange(len(edges)) / (len(edges) - 1)) + low)
    digits = np.floor(-np.log10(width)) + np.arange(3, 10)
    with np.errstate(all="ignore"):
        ties = 10.0**-digits
        near.append(high + np.outer(ties, [0.1, 0.4999999, 0.5, 0.5000001, 1, 2]).ravel())
        near.append(high + width * 10 ** rng.uniform(-9, -4, 60))
    near = np.concatenate(near)
    below, above = np.nextafter(near, -np.inf), np.nextafter(near, np.inf)
    values = np.concatenate([near, below, above, np.nextafter(below, -np.inf), np.nextafter(above, np.inf)])
    return values[~np.isnan(values)]


def by_scipy(samples, axes):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return stats.binned_statistic_dd(samples, None, "count", [a.edges for a in axes]).statistic


def by_boost(samples, axes):
    with np.errstate(all="ignore"):
        histogram = boost_histogram.Histogram(*(a.boost for a in axes))
        histogram.fill(*samples.T)
    return histogram.view()


def by_numpy(samples, axes):
    with np.errstate(all="ignore"):
        return np.histogramdd(samples, [a.edges for a in axes])[0]


ORACLES = {"numpy": by_numpy, "scipy": by_scipy, "boost": by_boost}


class Axis:
    """One axis as all three libraries and the program know it."""

    def __init__(self, name, limits=None, bins=None, edges=None):
        if edges is None:
            (low, high), self.name = map(float, limits), name
            self.edges = np.linspace(low, high, bins + 1)
            self.text = f"{name}:{bins}:{low!r}..{high!r}"
            self.boost = boost_histogram.axis.Regular(bins, low, high)
        else:
            self.name, self.edges = name, np.asarray(edges, float)
            self.text = f"{name}:edges:{','.join(repr(float(e)) for e in edges)}"
            self.boost = boost_histogram.axis.Variable(edges)


def results(folder, columns, axes):
    """The counts in each convention, from one run."""
    with h5py.File(folder / "data.h5", "w") as file:
        for name, values in columns.items():
            file[name] = values
    by = json.dumps([axis.text for axis in axes])
    spec = (f'[[histogram]]\nname = "{c}"\nby = {by}\nconvention = "{c}"\n' for c in CONVENTIONS)
    (folder / "spec.toml").write_text("\n".join(spec))
    job = ["bin", "--data", folder / "data.h5", "--spec", folder / "spec.toml"]
    terabin.succeed(*job, "--output", folder / "results", "--quiet")
    found = terabin.read_result(folder / "results")
    for name, result in found.items():
        result.check_accounting()
        for axis, edges, attributes in zip(axes, result.edges, result.axis_attributes, strict=True):
            np.testing.assert_array_equal(edges, axis.edges)
            assert attributes["convention"] in (name, name.encode())
    return {name: result.count for name, result in found.items()}


def check(folder, columns, axes):
    counts = results(folder, columns, axes)
    samples = np.stack([columns[axis.name].astype("f8") for axis in axes], axis=1)
    samples = samples[~np.isnan(samples).any(axis=1)]
    for name, oracle in ORACLES.items():
        wanted = oracle(samples, axes)
        wrong = np.argwhere(counts[name] != wanted)
        texts = [axis.text for axis in axes]
        assert not len(wrong), f"{name} {texts}: {wrong[:5].tolist()}, {len(samples)} rows"
    return counts


@pytest.mark.parametrize(("low", "high", "bins"), HARD, ids=str)
def test_equal_bins_where_it_is_hard(tmp_path, rng, low, high, bins):
    axis = Axis("x", (low, high), bins)
    counts = check(tmp_path, {"x": fill(axis.edges, rng)}, [axis])
    assert not np.array_equal(counts["boost"], counts["numpy"])


@pytest.mark.parametrize(("low", "high", "bins"), HARD, ids=str)
def test_given_edges_where_it_is_hard(tmp_path, rng, low, high, bins):
    edges = np.linspace(low, high, bins + 1)
    chosen = np.sort(rng.choice(bins + 1, size=min(bins + 1, 12), replace=False))
    axis = Axis("x", edges=edges[np.union1d(chosen, [0, bins])])
    check(tmp_path, {"x": fill(edges, rng)}, [axis])


@pytest.mark.parametrize("seed", SEEDS)
def test_random_equal_bins(tmp_path, seed):
    rng = np.random.default_rng([7, seed])
    for k in range(20):
        scale = 10.0 ** rng.uniform(-300, 300) if k % 2 else 10.0 ** rng.integers(-6, 7)
        low = rng.choice([rng.normal(), rng.integers(-9, 9)])
        width = rng.choice([rng.random(), 1, 8])
        limits, bins = (low * scale, (low + width) * scale), int(rng.integers(1, 120))
        if not random_jobs.distinct(np.linspace(*limits, bins + 1)):
            continue
        axis = Axis("x", limits, bins)
        (folder := tmp_path / str(k)).mkdir()
        check(folder, {"x": fill(axis.edges, rng)}, [axis])


@pytest.mark.parametrize("seed", SEEDS)
def test_random_edges(tmp_path, seed):
    rng = np.random.default_rng([8, seed])
    for k in range(20):
        widths = 10.0 ** rng.uniform(-rng.integers(1, 8), 3, size=rng.integers(1, 40))
        edges = np.unique(rng.normal() * 10.0 ** rng.integers(-3, 4) + np.cumsum(widths))
        if len(edges) < 2:
            continue
        axis = Axis("x", edges=edges)
        (folder := tmp_path / str(k)).mkdir()
        check(folder, {"x": fill(axis.edges, rng)}, [axis])


def test_outer_edges_may_be_infinite(tmp_path):
    values = np.array([-np.inf, -1e308, 0.0, 3.0, 1.7e308, np.inf, np.nan])
    check(tmp_path, {"x": values}, [Axis("x", edges=[-np.inf, -5, 0, np.inf])])


def test_several_axes_and_types(tmp_path, rng):
    columns = {
        "x": np.round(rng.normal(size=6000), 1),
        "f": (rng.integers(-30, 31, size=6000) * 0.1).astype("f4"),
        "k": rng.integers(-3, 12, size=6000).astype("i2"),
    }
    columns["x"][::97] = np.nan
    axes = [Axis("x", (-2, 2), 40), Axis("f", edges=[-2, -0.1, 0.3, 3]), Axis("k", (0, 10), 10)]
    check(tmp_path, columns, axes)


@pytest.mark.parametrize("dtype", ["f4", "f2", "i8", "u8", "i1", "?"])
def test_other_types_are_binned_as_doubles(tmp_path, rng, dtype):
    values = rng.integers(-120, 120, size=3000) * (1.0 if dtype in ("i8", "i1") else 0.1)
    values = (np.abs(values) if dtype in ("u8", "?") else values).astype(dtype)
    check(tmp_path, {"x": values}, [Axis("x", (0, 12), 24)])


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_integers_about_the_last_whole_double(tmp_path, rng, dtype):
    middle = 2**53
    values = np.arange(middle - 100, middle + 100).astype(dtype)
    check(tmp_path, {"x": values}, [Axis("x", (middle - 60, middle + 60), 30)])
    counts = check(tmp_path, {"x": values}, [Axis("x", edges=[middle - 60, middle, middle + 2])])
    # 2**53 + 3 is the double 2**53 + 4, and the bins of two have six decimals.
    assert counts["boost"].sum() < counts["numpy"].sum() <= counts["scipy"].sum()


def test_flow_counts_the_last_edge_as_boost_does(tmp_path):
    values = np.array([0.0, 0.5, 1.0, np.nan, -1.0, np.inf, -np.inf])
    terabin.write_columns(tmp_path / "data.h5", {"x": values})
    job = ["bin", "--data", tmp_path / "data.h5", "--by", "x:2:0..1", "--flow", "--convention", "boost"]
    terabin.succeed(*job, "--output", tmp_path / "results")
    (result,) = terabin.read_result(tmp_path / "results").values()
    axis = boost_histogram.axis.Regular(2, 0, 1)
    # Boost counts NaN as overflow; here it is counted apart.
    wanted = boost_histogram.Histogram(axis).fill(values[~np.isnan(values)]).view(flow=True)
    np.testing.assert_array_equal(result.count, wanted)
    assert result.accounting["nan_axis"] == 1


def test_scipy_over_the_range_of_the_data(tmp_path, rng):
    values = rng.normal(size=999)
    terabin.write_columns(tmp_path / "data.h5", {"x": values, "c": np.full(999, 3.25)})
    job = ["bin", "--data", tmp_path / "data.h5", "--bins", "17", "--convention", "scipy"]
    terabin.succeed(*job, "--output", tmp_path / "results")
    for name, result in terabin.read_result(tmp_path / "results").items():
        column = values if name == "x" else np.full(999, 3.25)
        wanted = stats.binned_statistic(column, None, "count", 17)
        np.testing.assert_array_equal(result.edges[0], wanted.bin_edges)
        np.testing.assert_array_equal(result.count, wanted.statistic)


def test_results_of_different_conventions_have_different_hashes(tmp_path):
    terabin.write_columns(tmp_path / "data.h5", {"x": np.array([0.25, 0.75])})

    def state_hash(by, *options):
        run = terabin.succeed("bin", "--data", tmp_path / "data.h5", "--by", by, *options, "--json")
        return run.json["state_hash"]

    # The counts are equal.
    assert len({state_hash("x:2:0..1", "--convention", c) for c in CONVENTIONS}) == 3
    assert state_hash("x:2:0..1", "--convention", "numpy") == state_hash("x:2:0..1")
    assert len({state_hash("x:int:0..1", "--convention", c) for c in CONVENTIONS}) == 1


def test_an_option_wins_over_the_spec(tmp_path):
    terabin.write_columns(tmp_path / "data.h5", {"x": np.array([0.25, 1.0])})
    (tmp_path / "spec.toml").write_text('by = "x:2:0..1"\nconvention = "boost"\n')
    job = ["bin", "--data", tmp_path / "data.h5", "--spec", tmp_path / "spec.toml", "--json"]
    assert terabin.succeed(*job).json["in_range"] == 1
    assert terabin.succeed(*job, "--convention", "numpy").json["in_range"] == 2
    plan = terabin.succeed(*job, "--plan").json
    assert [h["convention"] for h in plan["histograms"]] == ["boost"]


@pytest.mark.parametrize("word", ["cern", "NumPy", "", "numpy,scipy"])
def test_other_conventions_are_refused(tmp_path, word):
    terabin.write_columns(tmp_path / "data.h5", {"x": np.array([0.25])})
    job = ["bin", "--data", tmp_path / "data.h5", "--by", "x:2:0..1", f"--convention={word}"]
    if word:
        terabin.refuse(*job, naming=[f"--convention {word}", "numpy, scipy or boost"])
    else:
        terabin.refuse(*job, naming=["--convention"])
    spec = tmp_path / "spec.toml"
    spec.write_text(f'by = "x"\nconvention = "{word}"\n')
    job = ["bin", "--data", tmp_path / "data.h5", "--spec", spec]
    terabin.refuse(*job, naming=["spec.toml", "line 2", "numpy", "scipy", "boost"])
