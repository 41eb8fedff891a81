"""Numbers of bins by rule, and edges at quantiles: those of NumPy over the finite values, to the bit."""

import numpy as np
import pytest

import program as terabin
from hostile_runs import SOAK

RULES = ("auto", "fd", "doane", "scott", "rice", "sqrt", "sturges")
LIMITS = (-0.5, 2.25)
QUANTILES = (1, 4, 10)
# numpy/lib/tests/test_histograms.py: TestHistogramOptimBinNums.
SIMPLE = {
    50: {"fd": 4, "scott": 4, "rice": 8, "sturges": 7, "doane": 8, "sqrt": 8, "auto": 7},
    500: {"fd": 8, "scott": 8, "rice": 16, "sturges": 10, "doane": 12, "sqrt": 23, "auto": 10},
    5000: {"fd": 17, "scott": 17, "rice": 35, "sturges": 14, "doane": 17, "sqrt": 71, "auto": 17},
}
SIMPLE_IN_RANGE = {
    50: {"fd": 8, "scott": 8, "rice": 15, "sturges": 14, "auto": 14},
    500: {"fd": 15, "scott": 16, "rice": 32, "sturges": 20, "auto": 20},
    5000: {"fd": 33, "scott": 33, "rice": 69, "sturges": 27, "auto": 33},
}


def distributions(rng, rows):
    normal = rng.normal(size=rows)
    # NumPy has no bin around a single one of these.
    large = {"large": rng.integers(0, 2**64 - 1, size=rows, dtype="u8")} if rows > 1 else {}
    holes = rng.lognormal(size=rows)
    holes[1::5], holes[2::7], holes[3::11] = np.nan, np.inf, -np.inf
    return {
        "normal": normal,
        "lognormal": rng.lognormal(size=rows),
        "uniform": rng.uniform(size=rows),
        "holes": holes,
        "offset": 1e6 + normal,
        "few": rng.integers(0, 4, size=rows) / 4,
        "constant": np.full(rows, 0.75),
        "single": normal.astype("f4"),
        "integer": rng.integers(-1000, 1000, size=rows),
        "narrow": rng.integers(-3, 3, size=rows),
        "byte": rng.integers(0, 255, size=rows).astype("u1"),
    } | large


def counted(values, limits=None):
    """What a rule counts; singles are binned as doubles."""
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)].astype("f8")
    if limits:
        values = values[(values >= limits[0]) & (values <= limits[1])]
    return values


def quantile_edges(values, bins, limits=None):
    if not len(values):
        return np.array(limits or (0.0, 1.0))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 1 else edges[0] + np.array([-0.5, 0.5])


def run(folder, path, requests, *options):
    """Axes by name, all in one run."""
    entries = [f"[[histogram]]\nname = '{name}'\nby = ['{by}']\n" for name, by in requests.items()]
    (folder / "spec.toml").write_text("\n".join(entries))
    command = ["bin", "--data", path, "--spec", folder / "spec.toml", "--output", folder / "r", "--json"]
    done = terabin.succeed(*command, *options)
    found = terabin.read_result(folder / "r")
    return done, {name: result.edges[0] for name, result in found.items()}


def requests_and_edges(columns):
    requests, wanted = {}, {}
    for name, values in columns.items():
        for limits in (None, LIMITS):
            tail = f":{limits[0]}..{limits[1]}" if limits else ""
            some = counted(values, limits)
            for rule in RULES:
                key = f"{name}-{rule}{bool(limits)}"
                requests[key] = f"{name}:{rule}{tail}"
                wanted[key] = np.histogram_bin_edges(some, bins=rule, range=limits)
            for bins in QUANTILES:
                key = f"{name}-{bins}{bool(limits)}"
                requests[key] = f"{name}:quantile:{bins}{tail}"
                wanted[key] = quantile_edges(some, bins, limits)
    return requests, wanted


@pytest.mark.parametrize("rows", [*(range(1, 21) if SOAK else (1, 2, 3, 7, 20)), 1000, 40_000])
def test_edges_are_those_of_numpy(tmp_path, rng, rows):
    columns = distributions(rng, rows)
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    requests, wanted = requests_and_edges(columns)
    hashes = set()
    for threads in (1, 3):
        done, edges = run(tmp_path, path, requests, "--ncpus", threads)
        hashes.add(done.json["state_hash"])
        for key, expected in wanted.items():
            np.testing.assert_array_equal(edges[key], expected, err_msg=f"{key}, {rows} rows")
    assert len(hashes) == 1


@pytest.mark.parametrize("rows", SIMPLE)
def test_the_numbers_that_numpy_pins(tmp_path, rows):
    parts = [np.linspace(-10, -1, rows // 5 * 2), np.linspace(1, 10, rows // 5 * 3)]
    x = np.concatenate(parts)
    path = terabin.write_columns(tmp_path / "x.h5", {"x": x})
    _, edges = run(tmp_path, path, {rule: f"x:{rule}" for rule in SIMPLE[rows]})
    assert {rule: len(e) - 1 for rule, e in edges.items()} == SIMPLE[rows]
    wide = np.concatenate([*parts, np.linspace(-100, -50, rows)])
    path = terabin.write_columns(tmp_path / "wide.h5", {"x": wide})
    _, edges = run(tmp_path, path, {rule: f"x:{rule}:-20..20" for rule in SIMPLE_IN_RANGE[rows]})
    assert {rule: len(e) - 1 for rule, e in edges.items()} == SIMPLE_IN_RANGE[rows]


def test_little_memory_takes_passes_and_changes_nothing(tmp_path, rng):
    rows = 300_000
    columns = {
        "x": rng.normal(size=rows),
        "y": 10 ** rng.uniform(-300, 300, size=rows),
        "k": rng.normal(size=rows),
    }
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    requests = {"x": "x:fd", "y": "y:quantile:100", "k": "k:7", "s": "x:scott"}
    much, edges = run(tmp_path, path, requests, "--memory", "2GiB")
    little, same = run(tmp_path, path, requests, "--memory", "40MiB")
    assert (much.json["passes"], much.json["state_hash"]) == (3, little.json["state_hash"])
    assert 3 < little.json["passes"] < 7, little.json["passes"]
    assert all(np.array_equal(edges[name], same[name]) for name in edges)
    np.testing.assert_array_equal(edges["x"], np.histogram_bin_edges(columns["x"], "fd"))
    np.testing.assert_array_equal(edges["y"], np.quantile(columns["y"], np.linspace(0, 1, 101)))


@pytest.mark.parametrize(("by", "passes"), [("scott", 2), ("sqrt", 2), ("fd", 3), ("quantile:3", 3)])
def test_ranges_and_rules_are_surveyed_together(tmp_path, rng, by, passes):
    path = terabin.write_columns(tmp_path / "a.h5", {"x": rng.normal(size=500), "y": rng.normal(size=500)})
    command = ["bin", "--data", path, "--by", f"x:{by}", "--by", "y:5"]
    assert terabin.succeed(*command, "--json").json["passes"] == passes
    planned = terabin.succeed(*command, "--plan", "--json").json["passes"]
    assert planned >= passes


def test_the_range_option_limits_rules_and_quantiles(tmp_path, rng):
    x = rng.normal(size=2000)
    path = terabin.write_columns(tmp_path / "a.h5", {"x": x})
    _, edges = run(tmp_path, path, {"fd": "x:fd", "q": "x:quantile"}, "--range=-1..2", "--bins", 4)
    np.testing.assert_array_equal(edges["fd"], np.histogram_bin_edges(x, "fd", range=(-1.0, 2.0)))
    np.testing.assert_array_equal(edges["q"], quantile_edges(counted(x, (-1, 2)), 4))


def test_weights_do_not_change_rules(tmp_path, rng):
    columns = {"x": rng.normal(size=700), "w": rng.uniform(size=700)}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    _, edges = run(tmp_path, path, {"x": "x:doane"}, "--weights", "w")
    np.testing.assert_array_equal(edges["x"], np.histogram_bin_edges(columns["x"], "doane"))


def test_a_rule_that_asks_for_too_much_is_capped(tmp_path):
    x = np.append(np.linspace(0, 1e-3, 1000), 1e6)
    path = terabin.write_columns(tmp_path / "a.h5", {"x": x})
    done, edges = run(tmp_path, path, {"x": "x:fd", "again": "x:fd"})
    asked = int(np.ceil(1e6 / (2 * np.subtract(*np.percentile(x, [75, 25])) * x.size ** (-1 / 3))))
    (note,) = done.stderr.strip().splitlines()
    assert f"fd asks for {asked} bins, and 65536 are taken" in note
    np.testing.assert_array_equal(edges["x"], np.linspace(0, 1e6, 65_537))


def test_bins_beyond_the_memory_are_refused(tmp_path):
    x = np.append(np.linspace(0, 1e-3, 1000), 1e6)
    path = terabin.write_columns(tmp_path / "a.h5", {"x": x, "y": np.arange(1001.0)})
    command = ["bin", "--data", path, "--by", "x:fd", "--by", "y:1000:0..1"]
    terabin.refuse(*command, "--memory", "31MiB", naming=["65536000 cells", "MiB"])


def test_without_a_value_there_is_no_axis(tmp_path):
    columns = {"nan": np.full(3, np.nan), "inf": np.array([np.inf, -np.inf, np.nan])}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    for name in columns:
        for kind in ("fd", "quantile:4"):
            terabin.refuse(
                "bin", "--data", path, "--by", f"{name}:{kind}", naming=[name, "no finite value", "3 rows"]
            )
    _, edges = run(tmp_path, path, {"fd": "nan:fd:0..2", "q": "nan:quantile:4:0..2"})
    assert all(np.array_equal(e, [0, 2]) for e in edges.values())


def test_without_rows_there_is_one_bin(tmp_path):
    path = terabin.write_columns(tmp_path / "a.h5", {"x": np.zeros(0)})
    _, edges = run(tmp_path, path, {"x": "x:auto", "q": "x:quantile:5"})
    assert all(np.array_equal(e, [0, 1]) for e in edges.values())


@pytest.mark.parametrize(
    ("by", "naming"),
    [
        ("x:fd:7", ["`:7`", "x:fd:0..10"]),
        ("x:fd:0..1:7", ["more than"]),
        ("x:fd:2..2", ["x:fd:2..2"]),
        ("x:fd:nan..2", ["not finite"]),
        ("x:stone", ["stone", "auto, fd, doane"]),
        ("x:quantile:0", ["at least one bin"]),
        ("x:quantile:65537", ["65537", "65536 at most"]),
        ("x:quantile:a", ["not a number of bins"]),
        ("kind:fd", ["string", "texts have no order"]),
        ("kind:quantile:3", ["string"]),
        ("flag:sturges", ["bool", "numbers"]),
        ("x > 0:sqrt", ["bool", "numbers"]),
        ("x:fd:2024-01-01..2024-02-01", ["only datetimes"]),
    ],
)
def test_wrong_requests_are_explained(tmp_path, by, naming):
    columns = {"x": np.arange(4.0), "flag": np.array([True, False] * 2), "kind": np.array([b"a", b"b"] * 2)}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    terabin.refuse("bin", "--data", path, "--by", by, naming=naming)
