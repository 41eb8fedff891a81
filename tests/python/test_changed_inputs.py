"""Inputs that another process changes during the run: an error, never rows of two files."""

import shutil

import h5py
import numpy as np
import pytest

import program as terabin
from hostile_runs import compiled, survive

ROWS = 3_000
CHANGED = "the input changed during the run"
# What to read, and the chunks that it has.
TABLES = {"one table": ("first", 6), "two tables": ("*", 12)}


def write_words(path, words):
    """Texts of variable length in two tables."""
    with h5py.File(path, "w") as file:
        for table in ("first", "second"):
            file.create_dataset(f"{table}/word", data=words, dtype=h5py.string_dtype(), chunks=(500,))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file, and one of the same shape and size with other texts."""
    folder = tmp_path_factory.mktemp("changed")
    rng = np.random.default_rng(1)
    before = write_words(folder / "before.h5", rng.choice(["gas", "star"], ROWS).tolist())
    after = write_words(folder / "after.h5", rng.choice(["gas", "dust"], ROWS).tolist())
    assert before.stat().st_size == after.stat().st_size
    return before, after


def job(path, table):
    words = ["bin", "--data", path, "--table", table, "--by", "word:cat:gas,star,dust"]
    return [*words, "--ncpus", 1, "--json", "--quiet"]


def changed(files, folder, table, fault):
    """A run over a copy that changes at one of its reads, and whether it came to that."""
    folder.mkdir()
    path, other, log = folder / "data.h5", folder / "other.tmp", folder / "log"
    shutil.copy(files[0], path)
    shutil.copy(files[1], other)
    shim = {"LD_PRELOAD": str(compiled("file_faults.c")), "OPEN_LOG": str(log)}
    shim |= {"FAULT_FILE": str(path), "FAULT_OTHER": str(other), "FAULT": fault}
    run = survive(*job(path, table), env=shim)
    assert str(path) in log.read_text(), "the program opened the file past the shim"
    return run, fault in log.read_text().splitlines()


def outcomes(files, folder, table, way):
    """The exit codes where the file changes at its first read, at its second, and so on.

    Every run that gives a result gives that of one file, and every other says what happened.
    """
    right = [terabin.succeed(*job(path, table)).json["state_hash"] for path in files]
    assert right[0] != right[1], "else a mixture could not be told"
    codes = []
    for number in range(1, 1000):
        run, happened = changed(files, folder / f"r{number}", table, f"{way}:{number}")
        if not happened:
            return codes
        codes.append(run.code)
        if run.code == 0:
            assert run.json["state_hash"] in right, f"read {number} of rows of two files\n{run}"
        else:
            said = run.code == 1 and CHANGED in run.stderr and "data.h5" in run.stderr
            assert said, f"read {number}\n{run}"
    raise AssertionError("a thousand reads of a small file")


@pytest.mark.parametrize(("table", "reads"), TABLES.values(), ids=TABLES)
def test_texts_of_a_file_that_grows(files, tmp_path, table, reads):
    """From the description on, every change is noticed; the last is at a read of texts."""
    codes = outcomes(files, tmp_path, table, "grow")
    assert codes == sorted(codes), f"a change went by unnoticed: {codes}"
    assert codes.count(1) >= reads, f"there are {reads} chunks of texts: {codes}"


def test_texts_of_a_file_that_is_replaced(files, tmp_path):
    """What is open stays readable, so that the result of the file as it was is right, too."""
    codes = outcomes(files, tmp_path, "first", "swap")
    assert 1 in codes, "a file that is replaced before its rows are read"


def test_texts_of_a_file_that_is_replaced_between_two_tables(files, tmp_path):
    codes = outcomes(files, tmp_path, "*", "swap")
    assert 1 in codes, "a file that is replaced before its rows are read"
