"""Snapshots and grids of simulation codes, in the parts and shapes that they write."""

import h5py
import numpy as np

MASSES = [0.0, 0.125, 0.0, 0.0, 0.0, 0.0]


def write_gadget(folder):
    """Three parts of a snapshot of Gadget, of which the second has no gas.

    Dark matter has no masses of its own: the header's table gives one for each type.
    """
    rng = np.random.default_rng(16)
    parts = []
    for part, gas in enumerate((40, 0, 60)):
        with h5py.File(folder / f"snap_003.{part}.hdf5", "w") as file:
            header = file.create_group("Header")
            header.attrs["MassTable"] = np.array(MASSES)
            header.attrs["NumPart_ThisFile"] = np.array([gas, 30, 0, 0, 0, 0], "u4")
            values = {
                "PartType0/Density": rng.integers(1, 640, gas) / 64,
                "PartType0/Masses": rng.integers(1, 64, gas) / 16,
                "PartType1/Coordinates": rng.integers(0, 640, (30, 3)) / 64,
            }
            for name, array in values.items():
                if len(array):
                    file.create_dataset(name, data=array.astype("f4"), compression="gzip")
        parts.append(values)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def write_swift(folder):
    """Two parts of a snapshot of SWIFT and the virtual file over them."""
    rng = np.random.default_rng(17)
    sizes = (70, 50)
    coordinates = rng.integers(0, 640, (sum(sizes), 3)) / 64
    masses = rng.integers(1, 64, sum(sizes)) / 16
    names = [f"snap_0007.{part}.hdf5" for part in range(len(sizes))]
    ends = np.cumsum(sizes)
    for name, end, size in zip(names, ends, sizes, strict=True):
        with h5py.File(folder / name, "w") as file:
            file["PartType0/Coordinates"] = coordinates[end - size : end]
            file["PartType0/Masses"] = masses[end - size : end]
    with h5py.File(folder / "snap_0007.hdf5", "w") as file:
        for dataset, values in (("Coordinates", coordinates), ("Masses", masses)):
            layout = h5py.VirtualLayout(values.shape, values.dtype)
            for name, end, size in zip(names, ends, sizes, strict=True):
                source = h5py.VirtualSource(name, f"PartType0/{dataset}", (size, *values.shape[1:]))
                layout[end - size : end] = source
            file.create_virtual_dataset(f"PartType0/{dataset}", layout)
    return {"Coordinates": coordinates, "Masses": masses}


def write_flash(path):
    """Blocks of cells, and what FLASH stores for each block."""
    rng = np.random.default_rng(18)
    blocks = 7
    values = {
        "dens": rng.integers(1, 640, (blocks, 2, 4, 5)) / 64,
        "pres": rng.integers(1, 640, (blocks, 2, 4, 5)) / 64,
        "coordinates": rng.integers(0, 64, (blocks, 3)) / 64,
        "gid": rng.integers(-1, 50, (blocks, 15)).astype("i4"),
        "refine level": rng.integers(1, 4, blocks).astype("i4"),
    }
    with h5py.File(path, "w") as file:
        for name, array in values.items():
            file.create_dataset(name, data=array, chunks=(1, *array.shape[1:]))
    return values


def write_enzo(path):
    """Grids of several shapes, each in a group."""
    rng = np.random.default_rng(19)
    grids = [rng.integers(1, 640, shape) / 64 for shape in ((4, 4, 4), (2, 6, 3), (8, 2, 5))]
    with h5py.File(path, "w") as file:
        file["Metadata/Level"] = np.arange(3)
        for number, grid in enumerate(grids, start=1):
            file[f"Grid{number:08}/Density"] = grid
            file[f"Grid{number:08}/Temperature"] = grid * 8
    return grids
