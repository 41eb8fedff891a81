"""The kinds of axes that NumPy has no single call for."""

import math

import numpy as np
import pytest

import program as terabin


@pytest.fixture
def one_axis(tmp_path):
    """Bins one column by one text and returns the histogram."""

    def bin_it(values, by, *options):
        terabin.write_columns(tmp_path / "data.h5", {"v": values})
        output = tmp_path / "results"
        terabin.succeed("bin", "--data", tmp_path / "data.h5", "--by", by, *options, "--output", output)
        (result,) = terabin.read_result(output).values()
        result.check_accounting()
        return result

    return bin_it


def test_log_edges_are_numpy_geomspace(one_axis, rng):
    values = np.concatenate([10 ** rng.uniform(-4, 2, 5000), [0.0, -0.0, -1.0, np.nan, 1e-3, 8.0]])
    result = one_axis(values, "v:log:50:1e-3..8")
    (edges,) = result.edges
    # Every function of ours is within 1 ulp of the truth on every machine, and
    # NumPy's power differs between processors: the ends are exact, the rest near.
    assert (edges[0], edges[-1]) == (1e-3, 8.0)
    np.testing.assert_allclose(edges, np.geomspace(1e-3, 8, 51), rtol=1e-15 * 4)
    np.testing.assert_array_equal(result.count, np.histogram(values[np.isfinite(values)], edges)[0])


def test_log_puts_what_is_not_positive_into_the_underflow(one_axis):
    values = np.array([-5.0, 0.0, 1.0, 10.0, 1000.0, 5000.0])
    result = one_axis(values, "v:log:3:1..1000", "--flow")
    np.testing.assert_array_equal(result.count, [2, 1, 1, 1, 1])


def test_step_of_a_width(one_axis, rng):
    values = np.concatenate([rng.uniform(-1, 11, 3000), np.arange(0, 10.5, 0.5)])
    result = one_axis(values, "v:step:0.5:0..10")
    np.testing.assert_array_equal(result.edges[0], np.arange(21) * 0.5)
    np.testing.assert_array_equal(result.count, np.histogram(values, np.arange(21) * 0.5)[0])


def test_int_has_a_bin_for_both_ends(one_axis, rng):
    values = rng.integers(-3, 13, size=2000).astype("i4")
    result = one_axis(values, "v:int:0..9")
    np.testing.assert_array_equal(result.count, [np.sum(values == k) for k in range(10)])
    np.testing.assert_array_equal(result.edges[0], np.arange(11))


def test_edges_from_a_file(one_axis, tmp_path, rng):
    edges = np.sort(rng.normal(size=40))
    (tmp_path / "edges.txt").write_text("\n".join(repr(float(e)) for e in edges) + "\n")
    values = np.concatenate([rng.normal(size=3000), edges])
    result = one_axis(values, f"v:edges:@{tmp_path / 'edges.txt'}")
    np.testing.assert_array_equal(result.edges[0], edges)
    np.testing.assert_array_equal(result.count, np.histogram(values, edges)[0])


def test_edges_may_be_infinite(one_axis):
    values = np.array([-np.inf, -1e308, 0.0, 3.0, np.inf, np.nan])
    edges = np.array([-np.inf, -5.0, 0.0, np.inf])
    result = one_axis(values, "v:edges:-inf,-5,0,inf")
    np.testing.assert_array_equal(result.edges[0], edges)
    np.testing.assert_array_equal(result.count, np.histogramdd(values[:5, None], [edges])[0])


def test_circular_wraps(one_axis, rng):
    # Multiples of 2**-10 wrap at 8 without rounding.
    values = rng.integers(-40_000, 40_000, size=5000) / 1024
    result = one_axis(values, "v:circular:16:0..8")
    np.testing.assert_array_equal(result.edges[0], np.linspace(0, 8, 17))
    np.testing.assert_array_equal(result.count, np.histogram(values % 8, 16, (0, 8))[0])


def test_circular_counts_the_upper_limit_as_the_lower(one_axis):
    # A tiny negative angle wraps to the limit itself when rounded.
    result = one_axis(np.array([0.0, 8.0, -8.0, -1e-20, 7.999]), "v:circular:4:0..8")
    assert result.count.sum() == 5
    assert result.count[0] + result.count[3] == 5
    assert result.count[0] >= 3


def test_limits_may_be_constant_expressions(one_axis, rng):
    values = rng.uniform(0, 7, size=1000)
    result = one_axis(values, "v:circular:36:0..2*pi")
    assert result.edges[0][-1] == 2 * math.pi
    assert result.count.sum() == 1000


def test_a_boolean_expression_has_two_bins(one_axis, rng):
    values = rng.normal(size=1000)
    result = one_axis(values, "v > 0.5")
    np.testing.assert_array_equal(result.count, [np.sum(values <= 0.5), np.sum(values > 0.5)])


def test_a_boolean_column_has_two_bins(one_axis, rng):
    values = rng.random(1000) < 0.3
    result = one_axis(values, "v")
    np.testing.assert_array_equal(result.count, [np.sum(~values), np.sum(values)])


def test_an_expression_is_an_axis(one_axis, rng):
    values = rng.normal(size=1000)
    result = one_axis(values, "square=v*v + 1:20:1..5")
    np.testing.assert_array_equal(result.count, np.histogram(values**2 + 1, 20, (1, 5))[0])
    name = result.axis_attributes[0]["name"]
    assert (name.decode() if isinstance(name, bytes) else name) == "square"


def test_the_last_bin_is_closed_and_nothing_more(one_axis):
    values = np.array([0.0, 0.5, 1.0, np.nextafter(1, 2), np.nextafter(0, -1), np.nan, np.inf, -np.inf])
    result = one_axis(values, "v:2:0..1")
    np.testing.assert_array_equal(result.count, [1, 2])
    assert (result.accounting["nan_axis"], result.accounting["outside"]) == (1, 4)


def test_numpy_gh_7628(one_axis):
    # Values on which a rounded quotient is one bin off.
    values = np.array([49.0, 92.0, 237.0, 2280.0 - 1e-12, 2.0, 1279.0])
    result = one_axis(values, "v:8296:2..2280")
    np.testing.assert_array_equal(result.count, np.histogram(values, 8296, (2, 2280))[0])


def test_a_constant_column_gets_half_on_both_sides(one_axis):
    result = one_axis(np.full(10, 3.25), "v:4")
    np.testing.assert_array_equal(result.edges[0], np.linspace(2.75, 3.75, 5))
    np.testing.assert_array_equal(result.count, [0, 0, 10, 0])


def test_flow_adds_a_bin_on_both_sides(tmp_path, rng):
    columns = {"x": rng.normal(size=2000), "y": rng.normal(size=2000), "v": rng.normal(size=2000)}
    columns["x"][::50] = np.nan
    path = terabin.write_columns(tmp_path / "data.h5", columns)
    job = ["bin", "--data", path, "--by", "x:8:-1..1", "--by", "y:5:-1..1", "--stat", "sum(v)"]
    terabin.succeed(*job, "--output", tmp_path / "inner")
    terabin.succeed(*job, "--flow", "--output", tmp_path / "flow")
    (inner,) = terabin.read_result(tmp_path / "inner").values()
    (flow,) = terabin.read_result(tmp_path / "flow").values()
    assert flow.count.shape == flow.stats["sum(v)"].shape == (10, 7)
    np.testing.assert_array_equal(flow.count[1:-1, 1:-1], inner.count)
    np.testing.assert_array_equal(flow.stats["sum(v)"][1:-1, 1:-1], inner.stats["sum(v)"])
    assert flow.count.sum() == np.isfinite(columns["x"]).sum()
    flow.check_accounting()
