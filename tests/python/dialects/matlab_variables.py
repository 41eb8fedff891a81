"""Variables of MATLAB 7.3 and the dimensions that MATLAB sees."""

import hdf5storage
import numpy as np


def write(path):
    """Column and row vectors, a matrix, a cube, a struct, and what cannot be read."""
    rng = np.random.default_rng(15)
    variables = {
        "x": rng.integers(-32, 32, (50, 1)) / 8,
        "row": rng.integers(-32, 32, (1, 50)) / 8,
        "flag": rng.random((50, 1)) < 0.5,
        "matrix": rng.integers(-32, 32, (50, 3)) / 8,
        "cube": rng.integers(-32, 32, (2, 3, 4)) / 8,
        "spin": (rng.integers(-8, 8, (50, 1)) + 1j * rng.integers(-8, 8, (50, 1))) / 4,
        "particle": {"mass": rng.integers(0, 32, (20, 1)) / 8, "kind": np.arange(20)[:, None] % 3},
        "title": "a text",
        "nothing": np.zeros((0, 3)),
        "mixed": np.array([1, "a"], object),
    }
    hdf5storage.savemat(
        str(path), variables, format="7.3", store_python_metadata=False, matlab_compatible=True
    )
    return variables
