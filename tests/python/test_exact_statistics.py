"""Statistics per bin against rational arithmetic: the nearest float, always."""

import math

import numpy as np
import pytest
from scipy import stats

import exact_arithmetic
import program as terabin
from exact_arithmetic import same

BINS = 12
ROWS = 3000
STATISTICS = {
    "count(v)": "count(v)",
    "sum": "sum(v)",
    "mean": "mean(v)",
    "var": "var(v)",
    "var1": "var(v, ddof=1)",
    "std": "std(v)",
    "std1": "std(v, ddof=1)",
    "sem": "sem(v)",
    "min": "min(v)",
    "max": "max(v)",
}


def nasty_columns(rng):
    """Columns that break sums in float64, by name."""
    sign = rng.choice([-1.0, 1.0], size=ROWS)
    f8 = {
        "gauss": rng.normal(size=ROWS),
        "offset": 1e9 + 1e-6 * rng.normal(size=ROWS),
        "decades": sign * 10 ** rng.uniform(-5, 5, size=ROWS),
        "all_exponents": sign * 10 ** rng.uniform(-300, 300, size=ROWS),
        "cancel_1e16": cancelling(rng, 1e16),
        "cancel_1e300": cancelling(rng, 1e300),
        "subnormal": rng.choice([5e-324, 1e-310, -3e-320, 2.2e-308, 0.0, -0.0], size=ROWS),
        "near_overflow": rng.choice([1.7e308, -1.6e308, 1e308, 8e307], size=ROWS),
        "all_large": rng.uniform(1.5e308, 1.7e308, size=ROWS),
        "ties": rng.choice([1.0, 2.0**-53, 2.0**-54, 2.0**-106, -(2.0**-106)], size=ROWS),
        "negative_zero": np.full(ROWS, -0.0),
        "tenth": np.full(ROWS, 0.1),
        "with_nan": np.where(rng.random(ROWS) < 0.3, np.nan, rng.normal(size=ROWS)),
        "only_nan": np.full(ROWS, np.nan),
    }
    others = {
        "f4": rng.normal(5, 2, size=ROWS).astype("f4"),
        "f4_large": (rng.normal(size=ROWS) * 1e38).astype("f4"),
        "f4_big_endian": rng.normal(size=ROWS).astype(">f4"),
        "f8_big_endian": (1e12 + rng.normal(size=ROWS)).astype(">f8"),
        "f2": rng.normal(size=ROWS).astype("f2"),
        "beyond_2_53": 2**53 + rng.integers(0, 1000, size=ROWS),
        "i8_signs": rng.integers(-(2**57), 2**57, size=ROWS),
        "i8_big_endian": rng.integers(-(10**15), 10**15, size=ROWS).astype(">i8"),
        "i1": rng.integers(-128, 128, size=ROWS).astype("i1"),
        "u2_big_endian": rng.integers(0, 65536, size=ROWS).astype(">u2"),
        "u4": rng.integers(0, 2**32, size=ROWS).astype("u4"),
    }
    return f8 | others


def cancelling(rng, size):
    """Numbers near `size` with their negatives, and one small number in ten."""
    large = size * rng.uniform(1, 9, size=ROWS)
    values = np.concatenate([large[: ROWS // 2], -large[: ROWS // 2]])
    values[::10] = rng.random(size=len(values[::10]))
    return rng.permutation(values)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Every statistic of every column in one run: columns, rows of each bin, results."""
    folder = tmp_path_factory.mktemp("exact")
    rng = np.random.default_rng(7)
    columns = nasty_columns(rng)
    key = rng.integers(0, BINS - 1, size=ROWS).astype("i4")  # the last bin stays empty
    key[np.flatnonzero(key == 3)[1:]] = 4  # one row alone
    # Interleaved halves: a column's terms of one bin lie in both files.
    for part in range(2):
        data = {name: values[part::2] for name, values in columns.items()}
        terabin.write_columns(folder / f"part.{part}.h5", data | {"key": key[part::2]})
    lines = [f'by = ["key:int:0..{BINS - 1}"]']
    stat = [f"{label(n, s)}={t.replace('(v', f'({n}')}" for n in columns for s, t in STATISTICS.items()]
    lines.append(f"stat = {stat}")
    (folder / "spec.toml").write_text("[[histogram]]\nname = 'exact'\n" + "\n".join(lines) + "\n")
    terabin.succeed(
        "bin",
        "--data",
        folder / "part.*.h5",
        "--spec",
        folder / "spec.toml",
        "--ncpus",
        3,
        "--output",
        folder / "results",
    )
    bins = [np.flatnonzero(key == k) for k in range(BINS)]
    return columns, bins, terabin.read_result(folder / "results")["exact"].stats


def label(column, statistic):
    return f"{statistic.replace('(v)', '')}_of_{column}"


@pytest.mark.parametrize("column", nasty_columns(np.random.default_rng(7)))
def test_every_statistic_is_the_nearest_float(filled, column):
    columns, bins, results = filled
    wrong = []
    for k, rows in enumerate(bins):
        values = columns[column][rows]
        wanted = exact_arithmetic.statistics(values)
        is_integer = values.dtype.kind in "iu"
        for statistic in STATISTICS:
            if is_integer and statistic in ("min", "max") and not len(values):
                continue  # a whole number has no NaN to say "none"
            expected = wanted[statistic]
            if is_integer and statistic == "sum":
                expected = int(wanted["exact_sum"])
            got = results[label(column, statistic)][k]
            if not same(got, expected):
                wrong.append(f"bin {k}, {statistic}: {got!r}, not {expected!r}")
    assert not wrong, "\n".join(wrong[:20])


def test_sums_equal_fsum(filled):
    columns, bins, results = filled
    for column in ("gauss", "offset", "decades", "cancel_1e16", "subnormal", "tenth"):
        sums = [math.fsum(columns[column][rows]) for rows in bins]
        np.testing.assert_array_equal(results[label(column, "sum")], sums, err_msg=column)


def test_types_of_the_results(filled):
    columns, _, results = filled
    for column, values in columns.items():
        kind = {"i": np.int64, "u": np.uint64, "f": np.float64}[values.dtype.kind]
        for statistic in ("sum", "min", "max"):
            assert results[label(column, statistic)].dtype == kind, (column, statistic)
        assert results[label(column, "mean")].dtype == np.float64


@pytest.mark.parametrize(
    "values",
    [
        np.array([-(2**63)], "i8"),
        np.array([2**63 - 1, -(2**63)], "i8"),
        np.array([2**64 - 1], "u8"),
        np.array([2**63 + 1, 2**63 - 2, 0], "u8"),
        np.array([2**53 + 1, 1, -1], ">i8"),
    ],
    ids=str,
)
def test_integers_never_pass_through_floats(tmp_path, values):
    key = np.zeros(len(values), "i4")
    path = terabin.write_columns(tmp_path / "data.h5", {"v": values, "key": key})
    asked = ["sum(v)", "min(v)", "max(v)", "mean(v)", "std(v)"]
    options = [word for text in asked for word in ("--stat", text)]
    terabin.succeed("bin", "--data", path, "--by", "key:int:0..0", *options, "--output", tmp_path / "r")
    (result,) = terabin.read_result(tmp_path / "r").values()
    wanted = exact_arithmetic.statistics(values)
    whole = [int(v) for v in values]
    got = [result.stats[text][0].item() for text in asked]
    assert got == [sum(whole), min(whole), max(whole), wanted["mean"], wanted["std"]]


@pytest.fixture
def nan_rule(tmp_path):
    """Statistics of one column in two bins under a `--nan` rule."""
    values = np.array([1.0, np.nan, 2.0, 5.0, 7.0])
    path = terabin.write_columns(tmp_path / "data.h5", {"v": values, "key": np.array([0, 0, 0, 1, 1])})
    names = ("sum", "mean", "std", "sem", "min", "max")

    def ask(*options, check=terabin.succeed):
        stat = [word for name in names for word in ("--stat", f"{name}(v)")]
        run = check(
            "bin", "--data", path, "--by", "key:int:0..1", *stat, *options, "--output", tmp_path / "r"
        )
        if run.code:
            return run
        (result,) = terabin.read_result(tmp_path / "r").values()
        np.testing.assert_array_equal(result.count, [3, 2])
        return {name: result.stats[f"{name}(v)"] for name in names}

    return ask


@pytest.mark.parametrize("options", [(), ("--nan", "omit")], ids=["default", "omit"])
def test_nan_is_left_out(nan_rule, options):
    result = nan_rule(*options)
    for k, values in enumerate([[1.0, 2.0], [5.0, 7.0]]):
        wanted = exact_arithmetic.statistics(values)
        assert {n: v[k] for n, v in result.items()} == {n: wanted[n] for n in result}


def test_nan_propagates(nan_rule):
    result = nan_rule("--nan", "propagate")
    assert all(np.isnan(values[0]) for values in result.values()), result
    wanted = exact_arithmetic.statistics([5.0, 7.0])
    assert {n: v[1] for n, v in result.items()} == {n: wanted[n] for n in result}


def test_nan_is_an_error(nan_rule, tmp_path):
    run = nan_rule("--nan", "error", check=terabin.run)
    assert run.code == 1, str(run)
    assert len(run.stderr.strip().splitlines()) == 1, str(run)
    assert "NaN" in run.stderr
    assert "v" in run.stderr
    assert not (tmp_path / "r" / "result.h5").exists()


def test_infinities_propagate(tmp_path):
    inf = np.inf
    values = np.array([1.0, inf, 2.0, -inf, inf, -inf, 3.0, 4.0])
    key = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    path = terabin.write_columns(tmp_path / "data.h5", {"v": values, "key": key})
    names = ("sum", "mean", "var", "std", "sem", "min", "max")
    options = [word for name in names for word in ("--stat", f"{name}(v)")]
    terabin.succeed("bin", "--data", path, "--by", "key:int:0..3", *options, "--output", tmp_path / "r")
    (result,) = terabin.read_result(tmp_path / "r").values()
    for k in range(4):
        wanted = exact_arithmetic.statistics(values[key == k])
        for name in names:
            assert same(result.stats[f"{name}(v)"][k], wanted[name]), (k, name)


def test_a_sum_may_pass_beyond_the_largest_float(tmp_path):
    values = np.array([1.7e308, 1.7e308, 1.7e308, -1.7e308, -1.7e308])
    path = terabin.write_columns(tmp_path / "data.h5", {"v": values, "key": np.zeros(5, "i4")})
    terabin.succeed(
        "bin",
        "--data",
        path,
        "--by",
        "key:int:0..0",
        "--stat",
        "sum(v)",
        "--stat",
        "mean(v)",
        "--output",
        tmp_path / "r",
    )
    (result,) = terabin.read_result(tmp_path / "r").values()
    assert result.stats["sum(v)"] == [1.7e308]
    assert result.stats["mean(v)"] == [exact_arithmetic.statistics(values)["mean"]]


def test_tame_data_agree_with_scipy(tmp_path, rng):
    rows = 20_000
    sample = {"x": rng.normal(size=rows), "y": rng.uniform(size=rows)}
    values = rng.gamma(2, size=rows)
    path = terabin.write_columns(tmp_path / "data.h5", sample | {"v": values})
    names = ("sum", "mean", "std", "min", "max")
    options = [word for name in names for word in ("--stat", f"{name}(v)")]
    terabin.succeed(
        "bin", "--data", path, "--by", "x:12:-3..3", "--by", "y:7:0..1", *options, "--output", tmp_path / "r"
    )
    (result,) = terabin.read_result(tmp_path / "r").values()
    table = np.stack([sample["x"], sample["y"]], axis=1)
    for name in ("count", *names):
        theirs = stats.binned_statistic_dd(table, values, name, (12, 7), [(-3, 3), (0, 1)]).statistic
        ours = result.count if name == "count" else result.stats[f"{name}(v)"]
        tolerance = 1e-12 if name in ("sum", "mean", "std") else 0
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, err_msg=name)
