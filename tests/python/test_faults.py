"""Failing writes, leftovers and interrupts: an error and the old result, or the right one."""

import resource
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest

import program as terabin

ROWS = 5_000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    values = np.random.default_rng(1).normal(size=ROWS)
    return terabin.write_columns(folder / "data.h5", {"x": values, "v": values**2})


def job(data, output):
    by = ["--by", "x:40:-4..4", "--by", "v:40:0..16"]
    return ["bin", "--data", data, *by, "--stat", "mean(v)", "--output", output, "--quiet"]


def limited(words, most_bytes):
    """Runs the program where no file can grow beyond a size."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    command = [str(terabin.PROGRAM), *map(str, words)]
    return subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, check=False)


def contents(path):
    """Every dataset of a file."""
    found = {}

    def note(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind != "O":
            found[name] = item[()].tobytes()

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def test_a_disk_that_is_full_at_any_point(data, tmp_path):
    terabin.succeed(*job(data, tmp_path / "whole"))
    whole = contents(tmp_path / "whole/result.h5")
    largest = max(p.stat().st_size for p in (tmp_path / "whole").iterdir())
    outcomes = set()
    for i, most in enumerate(np.linspace(512, largest * 1.1, 40).astype(int)):
        output = tmp_path / f"r{i}"
        run = limited(job(data, output), int(most))
        outcomes.add(run.returncode)
        if run.returncode == 0:
            assert contents(output / "result.h5") == whole, most
        else:
            assert run.returncode == 1, (most, run.stderr)
            assert len(run.stderr.splitlines()) == 1, run.stderr
            assert not output.exists(), most
    assert outcomes == {0, 1}


def test_generated_files_are_whole_or_not_there(tmp_path):
    terabin.succeed("generate", tmp_path / "whole", "--rows", 3_000)
    whole = contents(tmp_path / "whole/part-00000.h5")
    size = (tmp_path / "whole/part-00000.h5").stat().st_size
    for i, most in enumerate(np.linspace(512, size * 1.1, 25).astype(int)):
        output = tmp_path / f"g{i}"
        run = limited(["generate", output, "--rows", 3_000], int(most))
        if run.returncode == 0:
            assert contents(output / "part-00000.h5") == whole
        else:
            assert (run.returncode, output.exists()) == (1, False), run.stderr


def test_a_failed_run_leaves_the_earlier_result(data, tmp_path):
    terabin.succeed(*job(data, tmp_path / "r"))
    before = {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()}
    assert limited([*job(data, tmp_path / "r"), "--nan", "omit"], 4096).returncode == 1
    assert {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()} == before


def test_leftovers_of_a_killed_run_are_skipped_and_removed(data, tmp_path):
    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "data.h5").write_bytes(data.read_bytes())
    (folder / ".terabin-abc.tmp").write_bytes(data.read_bytes()[:3000])
    assert terabin.succeed("bin", "--data", folder, "--by", "x:4", "--json").json["rows"] == ROWS
    terabin.succeed("bin", "--data", folder, "--by", "x:4", "--output", folder)
    assert not (folder / ".terabin-abc.tmp").exists()


@pytest.mark.parametrize("name", ["result.h5", "x.csv"])
def test_an_input_is_not_replaced_by_a_result(data, tmp_path, name):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / name).write_bytes(data.read_bytes())
    run = terabin.run("bin", "--data", folder / name, "--by", "x:4", "--output", folder)
    assert (run.code, (folder / name).read_bytes()) == (2, data.read_bytes()), run.stderr


def test_parts_of_an_earlier_set_are_not_mixed_in(tmp_path):
    terabin.succeed("generate", tmp_path / "raw", "--rows", 100, "--files", 4)
    run = terabin.run("generate", tmp_path / "raw", "--rows", 100, "--files", 2)
    assert run.code == 2, run.stderr
    assert "part-0000" in run.stderr, run.stderr


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_are_answered_after_the_pass_too(data, tmp_path, kind, code):
    """Two million cells take far longer to print than to fill."""
    words = ["bin", "--data", data, "--by", "x:2000000:-4..4", "--stat", "std(v)", "--stat", "mean(v)"]
    with open(tmp_path / "table", "w") as table:
        run = subprocess.Popen([str(terabin.PROGRAM), *map(str, words)], stdout=table)
        time.sleep(0.5)
        run.send_signal(kind)
        assert run.wait(timeout=60) == code
