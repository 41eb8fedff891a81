"""The same rows give the same bits: one hash, whatever the threads, files and storage."""

import itertools
import json

import h5py
import numpy as np
import pytest

import program as terabin
from hostile_runs import SOAK

ROWS = 20_000
# More than threads: every thread has a file of its own.
FILES = 80
THREADS = range(1, 65) if SOAK else (1, 2, 3, 7, 16, 64)
STATISTICS = (
    *("sum(v)", "mean(v)", "var(v, ddof=1)", "std(v)", "sem(v)", "min(v)", "max(v)", "count(v)", "sum(k)"),
    *("mean(v, weights=w)", "std(v, weights=w)", "cov(v, x, weights=w)", "corr(x, t)", "sumw(w)", "sumw2(w)"),
    *("median(v)", "quantile(v, 0.9)", "median(x, weights=w)", "first(v, t)", "last(x, t)"),
)
JOB = (
    *("--by", "x:40:-3..3", "--by", "k:int:0..6"),
    *(word for text in STATISTICS for word in ("--stat", text)),
)


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(3)
    values = rng.normal(size=ROWS) * 10 ** rng.uniform(-200, 200, size=ROWS)
    values[::1000] = np.nan
    return {
        "x": rng.normal(size=ROWS),
        "k": rng.integers(0, 8, size=ROWS),
        "v": values,
        "w": rng.integers(0, 4, size=ROWS) * rng.random(ROWS),
        "t": rng.integers(0, 30, size=ROWS),  # times that several rows have
    }


@pytest.fixture(scope="module")
def reference(columns, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    return folder, outcome(terabin.write_columns(folder / "all.h5", columns), folder / "r")


def outcome(data, output, *options, job=JOB):
    """The hash and the bits of every number."""
    run = terabin.succeed("bin", "--data", data, *job, *options, "--output", output, "--json")
    (result,) = terabin.read_result(output).values()
    bits = {name: values.tobytes() for name, values in result.stats.items()}
    assert run.json["state_hash"].startswith("tb1:")
    return run.json["state_hash"], bits


@pytest.fixture(scope="module")
def shuffled(columns, tmp_path_factory):
    """Folders with all rows in another order each, cut into files at other places."""
    rng = np.random.default_rng(8)
    folders = []
    chunked = {"chunks": (99,), "maxshape": (None,)}
    for storage in ({}, chunked, chunked | {"compression": "gzip", "shuffle": True}):
        folder = tmp_path_factory.mktemp("shuffled")
        rows = rng.permutation(ROWS)
        cuts = [0, *np.sort(rng.choice(np.arange(1, ROWS), FILES - 1, replace=False)), ROWS]
        for name, (a, b) in zip(rng.permutation(FILES), itertools.pairwise(cuts), strict=True):
            data = {column: values[rows[a:b]] for column, values in columns.items()}
            terabin.write_columns(folder / f"p.{name}.h5", data, **storage)
        folders.append(folder)
    return folders


@pytest.fixture(scope="module")
def instruction_sets(reference):
    """Those of this processor, the best one last."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERABIN_INSTRUCTION_SET", "abacus")
        naming = ["TERABIN_INSTRUCTION_SET", "abacus"]
        message = terabin.refuse("bin", "--data", reference[0] / "all.h5", *JOB, naming=naming)
    sets = message.strip().partition("which has ")[2].split(", ")
    assert sets[0] == "baseline"
    return sets


@pytest.mark.parametrize("ncpus", THREADS)
def test_threads_files_and_instruction_sets_do_not_matter(
    reference, shuffled, instruction_sets, tmp_path, monkeypatch, ncpus
):
    # Without a soak every set meets another folder with another number of threads.
    turns = range(len(shuffled)) if SOAK else [ncpus]
    for (i, instructions), turn in itertools.product(enumerate(instruction_sets), turns):
        folder = shuffled[(i + turn) % len(shuffled)]
        monkeypatch.setenv("TERABIN_INSTRUCTION_SET", instructions)
        output = tmp_path / f"{instructions}.{folder.name}"
        got = outcome(folder, output, "--ncpus", ncpus, "--memory", "1GiB")
        assert got == reference[1], (instructions, folder)
        assert json.loads((output / "summary.json").read_text())["threads"] == ncpus


@pytest.mark.parametrize("files", [2, 7])
@pytest.mark.parametrize(
    "storage", [{}, {"chunks": (999,), "compression": "gzip", "shuffle": True}], ids=["contiguous", "gzip"]
)
def test_files_and_storage_do_not_matter(reference, columns, tmp_path, files, storage):
    (tmp_path / "data").mkdir()
    cuts = np.linspace(0, ROWS, files + 1).astype(int)
    for part, (a, b) in enumerate(itertools.pairwise(cuts)):
        data = {name: values[a:b] for name, values in columns.items()}
        terabin.write_columns(tmp_path / "data" / f"p.{part}.h5", data, **storage)
    assert outcome(tmp_path / "data", tmp_path / "r", "--ncpus", 2) == reference[1]


def test_the_order_of_rows_does_not_matter(reference, columns, rng, tmp_path):
    order = rng.permutation(ROWS)
    shuffled = {name: values[order] for name, values in columns.items()}
    assert outcome(terabin.write_columns(tmp_path / "s.h5", shuffled), tmp_path / "r") == reference[1]


def test_the_order_of_options_does_not_matter(reference, tmp_path):
    folder, (wanted, _) = reference
    by, stat = JOB[:4], JOB[4:]
    backwards = [word for k in range(len(stat) - 2, -1, -2) for word in stat[k : k + 2]]
    got, _ = outcome(folder / "all.h5", tmp_path / "r", job=(*backwards, *by))
    assert got == wanted


def test_memory_does_not_matter(reference, tmp_path):
    folder, wanted = reference
    assert outcome(folder / "all.h5", tmp_path / "r", "--memory", "128MiB") == wanted


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["v"].__setitem__(17, np.nextafter(c["v"][17], np.inf)),
        lambda c: c["x"].__setitem__(17, 100.0),
        lambda c: c["x"].__setitem__(17, np.nan),
    ],
    ids=["last bit of a value", "a row outside", "a row with NaN on an axis"],
)
def test_another_row_is_another_hash(reference, columns, tmp_path, change):
    changed = {name: values.copy() for name, values in columns.items()}
    assert abs(changed["x"][17]) < 3
    assert changed["k"][17] <= 6
    change(changed)
    got, _ = outcome(terabin.write_columns(tmp_path / "c.h5", changed), tmp_path / "r")
    assert got != reference[1][0]


def test_other_edges_are_another_hash(reference, tmp_path):
    folder, (wanted, _) = reference
    got, _ = outcome(folder / "all.h5", tmp_path / "r", job=("--by", "x:41:-3..3", *JOB[2:]))
    assert got != wanted


def test_the_hash_in_the_file_is_the_hash_of_the_run(reference):
    folder, (wanted, _) = reference
    with h5py.File(folder / "r" / "result.h5") as file:
        stored = file.attrs["state_hash"]
    assert (stored.decode() if isinstance(stored, bytes) else stored) == wanted
