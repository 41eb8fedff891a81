"""The Python module, beside h5py and its own copy of the HDF5 library."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

WORKSPACE = Path(__file__).resolve().parents[2]


def python(code):
    """Runs code in a fresh interpreter; TERABIN_MODULE may name the folder of a built module."""
    paths = [os.environ.get("TERABIN_MODULE", ""), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_module_tells_its_version():
    with (WORKSPACE / "Cargo.toml").open("rb") as file:
        version = tomllib.load(file)["workspace"]["package"]["version"]
    assert python("import terabin; print(terabin.__version__)") == version


@pytest.mark.parametrize("order", ["h5py, terabin", "terabin, h5py"])
def test_two_copies_of_hdf5_in_one_process(tmp_path, order):
    code = f"""
import {order}
with h5py.File({str(tmp_path / "a.h5")!r}, "w") as file:
    file["x"] = [1.0, 2.0]
print(h5py.File({str(tmp_path / "a.h5")!r})["x"][1])
"""
    assert python(code) == "2.0"
