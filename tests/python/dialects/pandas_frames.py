"""Frames and series that pandas stores, in both of its formats."""

import warnings

import numpy as np
import pandas

ROWS = 600


def frame():
    """Floats, integers, truth values, times and words under an index of times."""
    rng = np.random.default_rng(11)
    minutes = np.sort(rng.integers(0, 3 * 24 * 60, ROWS))
    index = pandas.DatetimeIndex(np.datetime64("2024-01-01", "us") + minutes * np.timedelta64(1, "m"))
    return pandas.DataFrame(
        {
            "a": rng.integers(-400, 400, ROWS) / 8,
            "b.c": rng.integers(0, 100, ROWS) / 4,
            "n": rng.integers(0, 5, ROWS),
            "flag": rng.random(ROWS) < 0.3,
            "when": index + pandas.Timedelta("12h"),
            "kind": rng.choice(["gas", "halo", "star"], ROWS),
        },
        index=index,
    )


def write(path, **frames):
    """Stores frames under their keys, each a pair of a frame and the options of `put`."""
    with warnings.catch_warnings():
        # pandas warns that it pickles words in the fixed format, and of long names.
        warnings.simplefilter("ignore")
        with pandas.HDFStore(path, "w") as store:
            for key, (values, options) in frames.items():
                store.put(key, values, **options)
    return path
