"""Weighted statistics, covariances and correlations against fractions and NumPy."""

import numpy as np
import pytest

import program as terabin
from exact_arithmetic import moment, same
from test_exact_statistics import nasty_columns

BINS, ROWS = 6, 600
FUNCTIONS = {
    "mean": ("mean({u}, weights={w})", {}),
    "var": ("var({u}, weights={w})", {}),
    "var1": ("var({u}, ddof=1, weights={w})", {"ddof": 1}),
    "std": ("std({u}, weights={w})", {}),
    "sem": ("sem({u}, weights={w})", {"ddof": 1}),
    "cov": ("cov({u}, {v}, weights={w})", {"ddof": 1}),
    "corr": ("corr({u}, {v}, weights={w})", {}),
    "cov0": ("cov({u}, {v}, ddof=0)", {"ddof": 0}),
    "plain_corr": ("corr({u}, {v})", {}),
}


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(3)
    some = {name: values[:ROWS] for name, values in nasty_columns(rng).items()}
    some["infinite"] = np.where(rng.random(ROWS) < 0.02, np.inf, rng.normal(size=ROWS))
    return some | {"key": rng.integers(0, BINS - 1, size=ROWS).astype("i4")}


PAIRS = [
    ("gauss", "decades", "tenth"),
    ("offset", "f4", "u4"),
    ("cancel_1e300", "gauss", "with_nan"),
    ("all_exponents", "subnormal", "decades"),
    ("near_overflow", "i8_signs", "f2"),
    ("all_exponents", "all_exponents", "all_exponents"),
    ("i8_signs", "beyond_2_53", "i1"),
    ("with_nan", "ties", "u2_big_endian"),
    ("infinite", "gauss", "f4"),
    ("gauss", "offset", "infinite"),
    ("only_nan", "gauss", "gauss"),
    ("tenth", "negative_zero", "gauss"),
]


@pytest.mark.parametrize("names", PAIRS, ids="-".join)
def test_moments_are_the_nearest_floats(columns, tmp_path, names):
    u, v, w = names
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    stats = [f"--stat={key}={text.format(u=u, v=v, w=w)}" for key, (text, _) in FUNCTIONS.items()]
    command = ["bin", "--data", path, "--by", f"key:int:0..{BINS - 1}", *stats, "--ncpus", 2]
    terabin.succeed(*command, "--output", tmp_path / "r")
    (result,) = terabin.read_result(tmp_path / "r").values()
    wrong = []
    for k in range(BINS):
        rows = columns["key"] == k
        for key, (text, options) in FUNCTIONS.items():
            second = columns[v][rows] if "{v}" in text else None
            weights = columns[w][rows] if "{w}" in text else None
            function = text.partition("(")[0]
            wanted = moment(function, columns[u][rows], second, weights, **options)
            got = result.stats[key][k]
            if not same(got, wanted):
                wrong.append(f"bin {k}, {key}: {got!r}, not {wanted!r}")
    assert not wrong, "\n".join(wrong[:20])


def test_numpy_agrees(tmp_path):
    rng = np.random.default_rng(4)
    u, w = rng.normal(size=500), rng.random(500)
    v = u + rng.normal(size=500)
    path = terabin.write_columns(tmp_path / "a.h5", {"u": u, "v": v, "w": w, "one": np.full(500, 0.5)})
    stats = ["cov(u, v)", "corr(u, v)", "var(u, ddof=1)", "mean(u)", "sumw", "sumw2"]
    asked = [f"--stat={s}" for s in stats if "sumw" not in s]
    command = ["bin", "--data", path, "--by", "one:1:0..1", *asked, "--weights", "w"]
    terabin.succeed(*command, "--output", tmp_path / "r")
    (result,) = terabin.read_result(tmp_path / "r").values()
    cov = np.cov(u, v, aweights=w)
    wanted = [cov[0, 1], cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]), cov[0, 0]]
    wanted += [np.average(u, weights=w), w.sum(), (w**2).sum()]
    np.testing.assert_allclose([result.stats[s][0] for s in stats], wanted, rtol=1e-12)


def test_one_hash_whatever_the_threads_and_the_order(columns, tmp_path):
    order = np.random.default_rng(5).permutation(ROWS)
    hashes = set()
    for i, rows in enumerate((slice(None), order)):
        data = {name: values[rows] for name, values in columns.items()}
        path = terabin.write_columns(tmp_path / f"{i}.h5", data)
        stats = ["--stat=corr(gauss, all_exponents, weights=decades)", "--stat=cov(offset, gauss)"]
        for threads, texts in ((1, stats), (3, stats[::-1])):
            command = ["bin", "--data", path, "--by", "key:int:0..4", *texts, "--ncpus", threads]
            done = terabin.succeed(*command, "--json", "--output", tmp_path / f"r{i}{threads}")
            hashes.add(done.json["state_hash"])
    assert len(hashes) == 1
