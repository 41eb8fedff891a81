"""Makes `vaex.hdf5` with vaex-core 4.19 and vaex-hdf5 0.15, which ask for older libraries
than the tests do: it is kept as a file. `columns` are its values."""

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("vaex.hdf5")


def columns():
    x = np.arange(24) / 8
    return {
        "x": x,
        "position": np.stack([x, 2 * x, -x], axis=1),
        "when": np.datetime64("2024-01-01", "ns") + np.arange(24) * np.timedelta64(30, "m"),
        "bright": x > 1,
        "number": np.arange(24),
        "holes": np.ma.array(x, mask=np.arange(24) % 5 == 0),
        "word": np.array(["gas", "star"] * 12),
    }


if __name__ == "__main__":
    import vaex

    vaex.from_arrays(**columns()).export_hdf5(str(FILE))
