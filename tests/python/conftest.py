"""Fixtures that every test file may use."""

import h5py
import hdf5plugin
import numpy as np
import pytest

import program as terabin

# Before PyTables brings a Blosc of its own, which the HDF5 library of h5py cannot call.
assert h5py.h5z.filter_avail(hdf5plugin.Blosc.filter_id)


def pytest_sessionstart(session):
    """A missing program is one clear failure, not three hundred."""
    if not terabin.PROGRAM.is_file():
        pytest.exit(f"{terabin.PROGRAM} does not exist: build it, or name it in TERABIN", 1)


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)


@pytest.fixture
def small_file(tmp_path, rng):
    """A file as a user has it: a few columns, one of them text, NaN in one."""
    temperature = rng.lognormal(size=1000)
    temperature[::100] = np.nan
    columns = {
        "x": rng.normal(size=1000),
        "temperature": temperature,
        "id": np.arange(1000),
        "label": np.array([b"gas", b"star"] * 500),
    }
    return terabin.write_columns(tmp_path / "small.h5", columns)


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """20,000 generated rows in three files, two of them compressed."""
    folder = tmp_path_factory.mktemp("generated") / "raw"
    terabin.succeed(
        "generate", folder, "--rows", 20000, "--files", 3, "--seed", 1, "--compress", "none,gzip:4"
    )
    return folder
