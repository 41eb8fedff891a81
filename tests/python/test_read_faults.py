"""Reads that fail, fall short or are interrupted, at every place of a run."""

import h5py
import numpy as np
import pytest

import program as terabin
from hostile_runs import SOAK, compiled, sample, survive

ROWS = 3_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two files with a table in a group: contiguous, compressed in small chunks, and through the library."""
    folder = tmp_path_factory.mktemp("read-faults")
    rng = np.random.default_rng(1)
    for name in ("a.h5", "b.h5"):
        with h5py.File(folder / name, "w") as file:
            group = file.create_group("gas")
            group["x"] = rng.normal(size=ROWS)
            group.create_dataset("v", data=rng.normal(size=ROWS), chunks=(500,), compression="gzip")
            group.create_dataset("n", data=rng.integers(0, 9, ROWS), chunks=(500,), scaleoffset=0)
            file["note"] = np.arange(5)
    return folder


def job(folder, output):
    stats = [word for column in ("v", "n") for word in ("--stat", f"sum({column})")]
    files = [word for name in ("a.h5", "b.h5") for word in ("--data", folder / name)]
    return [
        "bin",
        *files,
        "--by",
        "x:16:-4..4",
        *stats,
        "--ncpus",
        1,
        "--json",
        "--quiet",
        "--output",
        output,
    ]


@pytest.fixture(scope="module")
def clean(folder):
    return terabin.succeed(*job(folder, folder / "clean")).json


def faulty(folder, output, fault):
    log = output.with_suffix(".log")
    shim = {"LD_PRELOAD": str(compiled("file_faults.c")), "OPEN_LOG": str(log)}
    shim |= {"FAULT_FILE": str(folder / "b.h5"), "FAULT": fault}
    run = survive(*job(folder, output), env=shim, output=output)
    assert str(folder / "b.h5") in log.read_text(), "the program opened the file past the shim"
    return run, fault in log.read_text().splitlines()


@pytest.fixture(scope="module")
def failures(folder, tmp_path_factory):
    """The runs in which the Nth read of the second file fails, for every N."""
    place = tmp_path_factory.mktemp("failed")
    runs = []
    for number in range(1, 1000):
        run, failed = faulty(folder, place / f"r{number}", f"eio:{number}")
        if not failed:
            return runs
        runs.append(run)
    raise AssertionError("a thousand reads of a small file")


def test_a_read_that_fails(failures, clean):
    """Every failure is an error; none makes rows vanish."""
    assert len(failures) > 20, "the reads of descriptions and of chunks"
    wrong = [f"read {n}\n{run}" for n, run in enumerate(failures, 1) if not refused_or_right(run, clean)]
    assert not wrong, f"{len(wrong)} of {len(failures)}\n" + "\n".join(wrong)


def refused_or_right(run, clean):
    """What was read in vain was not needed, or the error says what happened where."""
    if run.code == 0:
        return run.json["state_hash"] == clean["state_hash"]
    return run.code == 1 and "b.h5" in run.stderr and "Input/output error" in run.stderr


def test_a_read_of_values_that_fails_is_named(failures):
    """Dataset and byte are named for what the program itself reads."""
    named = [run for run in failures if "/gas/" in run.stderr and "byte" in run.stderr]
    # One of contiguous values, one for each of six chunks.
    assert len(named) >= 7


@pytest.mark.parametrize("most", [1, 3, 7, 100, 511, 4096] if not SOAK else range(1, 1200))
def test_short_reads(folder, clean, tmp_path, most):
    run, _ = faulty(folder, tmp_path / "r", f"short:{most}")
    assert (run.code, run.json["state_hash"]) == (0, clean["state_hash"]), str(run)


@pytest.mark.parametrize("every", sample(range(2, 60), 6))
def test_interrupted_reads(folder, clean, tmp_path, every):
    run, _ = faulty(folder, tmp_path / "r", f"eintr:{every}")
    assert (run.code, run.json["state_hash"]) == (0, clean["state_hash"]), str(run)
