"""Libraries that make the process flush subnormal numbers to zero change no bit of any result."""

import platform

import h5py
import numpy as np
import pytest

import program as terabin
from hostile_runs import compiled, survive

ROWS = 20_000
TINY = 5e-324
LEAST = 2.2250738585072014e-308  # the least normal number

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="only for x86-64 is there a library that sets this"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two files whose values are subnormal, or become so in sums, means and deviations."""
    rng = np.random.default_rng(5)
    folder = tmp_path_factory.mktemp("subnormal")
    small = rng.integers(-(2**52), 2**52, size=ROWS) * TINY
    columns = {
        "x": small,
        "few": rng.integers(-20, 20, size=ROWS) * TINY,
        "v": rng.choice([1.5, -1.5, 1.25], size=ROWS) * LEAST,
        "mixed": np.where(rng.random(ROWS) < 0.5, small, rng.normal(size=ROWS)),
        "f4": rng.integers(-(2**22), 2**22, size=ROWS).astype("f4") * np.float32(1e-45),
        "w": rng.integers(0, 3, size=ROWS) * TINY,
        "u": rng.random(ROWS),
    }
    for part in range(2):
        half = {name: values[part::2] for name, values in columns.items()}
        terabin.write_columns(folder / f"part.{part}.h5", half, chunks=(999,))
    return folder


STATS = [
    *(f"{f}({v})" for f in ("sum", "mean", "std", "min", "max") for v in ("x", "few", "v", "mixed", "f4")),
    *("median(x)", "quantile(few, 0.3)", "mean(mixed, weights=w)", "median(v, weights=w)"),
    *("cov(x, v)", "first(x, few)", "last(v, x)", "sumw(w)", "sumw2(w)"),
]
AXES = {
    "a range": ["--by", "x:7:-1e-308..1e-308"],
    "a range of few": ["--by", f"few:8:0..{8 * TINY!r}"],
    "the range of the data": ["--by", "few:5", "--by", "f4:3"],
    "edges": ["--by", "few:edges:-5e-323,-5e-324,0,5e-324,1e-323,5e-323"],
    "steps": ["--by", "few:step:1.5e-323"],
    "a step and a range": ["--by", "few:step:1e-323:-5e-323..5e-323"],
    "logarithms": ["--by", "x:log:9:1e-315..1e-308", "--by", "few:log:3:5e-324..5e-323"],
    "a circle": ["--by", "x:circular:6:0..1e-309"],
    "single precision": ["--by", "f4:5:-1e-39..1e-39"],
    "integers": ["--by", "few:int:-1..1"],
    "quantiles": ["--by", "x:quantile:6"],
    "a rule": ["--by", "few:sqrt", "--by", "u:3:0..1"],
    "expressions": ["--by", "x * 1e308:6:-3..3", "--by", "x > 0"],
    "choices": ["--by", "where(few > 0, few, v):5:0..1e-307"],
    "conventions": ["--by", "few:6:-1e-322..1e-322", "--convention", "scipy"],
    "other conventions": ["--by", "few:6:-1e-322..1e-322", "--convention", "boost", "--flow"],
}


def flushing(tmp_path):
    """The environment of a process that flushes, and its log."""
    log = tmp_path / "flush.log"
    return {"LD_PRELOAD": str(compiled("flush_to_zero.c", "-Ofast")), "FLUSH_LOG": str(log)}, log


def assert_flushed(log, threads):
    """It did flush: in the main thread at its start and its end, and in every other thread."""
    lines = log.read_text().splitlines()
    assert lines[0] == "start flushed flushed", lines
    assert lines[-1] == "end flushed flushed", lines
    # A process that starts the program, as under make, may be told of as well.
    others = [line for line in lines[1:-1] if line != "start flushed flushed"]
    assert others.count("thread flushed flushed") == len(others) >= threads, lines


def contents(path):
    """Every dataset of a file, by its bytes."""
    found = {}

    def note(name, item):
        # References are where the library put things.
        if isinstance(item, h5py.Dataset) and not h5py.check_ref_dtype(item.dtype):
            values = np.asarray(item[()])
            found[name] = values.tolist() if values.dtype.kind == "O" else values.tobytes()

    with h5py.File(path) as file:
        file.visititems(note)
        found["state_hash"] = file.attrs["state_hash"]
    return found


def numbers(folder):
    """All that was written but what tells of the run itself."""
    files = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    files |= {path.name: path.read_bytes() for path in folder.glob("*.png")}
    return contents(folder / "result.h5") | files


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
def test_a_flushing_library_changes_no_bit(data, tmp_path, axes):
    stats = [f"--stat={text}" for text in STATS]
    command = ["bin", "--data", data, *axes, *stats, "--ncpus", 3, "--json", "--quiet"]
    environment, log = flushing(tmp_path)
    wanted = survive(*command, "--output", tmp_path / "kept")
    got = survive(*command, "--output", tmp_path / "flushed", env=environment)
    assert (wanted.code, got.code) == (0, 0), got
    assert_flushed(log, threads=2)
    assert got.json["state_hash"] == wanted.json["state_hash"]
    kept, flushed = numbers(tmp_path / "kept"), numbers(tmp_path / "flushed")
    assert set(flushed) == set(kept)
    assert [name for name in kept if flushed[name] != kept[name]] == []


@pytest.mark.parametrize(
    "command",
    [
        ["stats", "--ncpus", 2],
        ["stats", "--ncpus", 2, "--json"],
        ["bin", "--ncpus", 2, "--by", "few:5:-1e-322..1e-322", "--stat", "mean(x)", "--stat", "min(v)"],
        ["inspect"],
    ],
    ids=lambda command: " ".join(map(str, command[::3])),
)
def test_a_flushing_library_changes_nothing_that_is_printed(data, tmp_path, command):
    environment, log = flushing(tmp_path)
    wanted = survive(*command, data)
    got = survive(*command, data, env=environment)
    assert (wanted.code, got.code) == (0, 0), got
    assert_flushed(log, threads=0)
    assert got.stdout == wanted.stdout
