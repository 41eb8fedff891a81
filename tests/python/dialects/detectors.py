"""Stacks of detector frames as NeXus has them."""

import h5py
import numpy as np

SHAPE = (6, 4, 5)


def stack():
    """Frames, a mask of pixels and an exposure for each frame."""
    rng = np.random.default_rng(14)
    return {
        "data": rng.integers(0, 1000, SHAPE).astype("u4"),
        "mask": rng.random(SHAPE[1:]) < 0.4,
        "exposure": np.array([1, 1, 2, 2, 4, 4]) / 8,
    }


def write_named(path):
    """NXdata whose attributes say what runs along what."""
    values = stack()
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        group = entry.create_group("data")
        group.attrs.update(
            {"NX_class": "NXdata", "signal": "data", "axes": ["frame", "y", "x"], "mask_indices": [1, 2]}
        )
        group.attrs["exposure_indices"] = [0]
        group["frame"] = np.arange(SHAPE[0])
        for name, array in values.items():
            group.create_dataset(name, data=array, chunks=(*array.shape[:-1], 3))
    return values


def write_unnamed(path):
    """NXdetector that leaves it to the shapes."""
    values = stack()
    with h5py.File(path, "w") as file:
        group = file.create_group("entry/instrument/detector")
        group.attrs["NX_class"] = "NXdetector"
        for name, array in values.items():
            group[name] = array
    return values
